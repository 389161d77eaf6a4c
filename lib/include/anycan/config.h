/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What an application opens, from where python-can's users have it: arguments, files, environment.
 * Source: python-can's manual, "Configuration", and the behaviour of can.util.load_config() of 4.1.
 *
 * Of each key the first source that has it counts:
 *   1. arguments of the call
 *   2. the process-wide dictionary, anycan_config_set_rc()
 *   3. CAN_INTERFACE_<context>, CAN_CHANNEL_<context>, CAN_BITRATE_<context>, CAN_CONFIG_<context>
 *   4. CAN_INTERFACE, CAN_CHANNEL, CAN_BITRATE, and CAN_CONFIG, a JSON object with any keys
 *   5. section [<context>] of the files
 *   6. section [default] of the files
 * The files are ~/can.conf, /etc/can.conf, ~/.can and ~/.canrc; what stands in a later one counts.
 */
#ifndef ANYCAN_CONFIG_H
#define ANYCAN_CONFIG_H

#include <anycan/address.h>
#include <anycan/bus.h>
#include <anycan/error.h>
#include <anycan/timing.h>
#include <linux/can.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct anycan_config - keys with their values; one thread at a time may use it */
struct anycan_config;

/** struct anycan_config_item - an argument */
struct anycan_config_item {
	const char *key;   /**< as in a file; NULL ends the list */
	const char *value; /**< NULL hides what other sources say */
};

/** struct anycan_config_source - where to look; all of it may be 0 */
struct anycan_config_source {
	const char *path;    /**< the only file; NULL = the usual ones */
	const char *context; /**< section and suffix of variables to prefer */
	const struct anycan_config_item *arguments;
};

/**
 * anycan_config_load() - gather a configuration
 * @out: set on success; the caller frees it with anycan_config_free()
 * @source: NULL = nothing but files, environment and anycan_config_set_rc()
 * @error: NULL or the reason, with the file, line, variable or key
 *
 * `interface` must be one of anycan_config_interfaces(); `bustype` is another word for it.
 * `bitrate`, `data_bitrate` and `port` are numbers, `fd` is true unless it is 0 or false.
 * `f_clock`, `brp`, `tseg1`, `tseg2`, `sjw`, `nof_samples`, `btr0` and `btr1` become
 * anycan_config_timing(). All other keys stay as they are.
 *
 * Return: 0; -EPROTONOSUPPORT if there is no such interface (category not implemented); -EINVAL for
 * a file, variable or value that cannot be read; -ENOMEM.
 */
ANYCAN_API int anycan_config_load(struct anycan_config **out,
				  const struct anycan_config_source *source,
				  struct anycan_error *error);

/** anycan_config_free() - NULL is fine */
ANYCAN_API void anycan_config_free(struct anycan_config *config);

/**
 * anycan_config_get() - a value
 *
 * Return: text that lives until the configuration is freed; what was no text in CAN_CONFIG as JSON
 * has it (`true`, `[1, 2]`). NULL if there is no such key, or it is null.
 */
ANYCAN_API const char *anycan_config_get(const struct anycan_config *config, const char *key);

/** anycan_config_timing() - the bit timing. Return: NULL if none of its keys is there */
ANYCAN_API const struct anycan_timing *anycan_config_timing(const struct anycan_config *config);

/**
 * anycan_config_each() - call @each for every key
 * @config: the configuration
 * @each: returns 0 to go on, anything else to end; @value as anycan_config_get()
 * @arg: handed to @each
 *
 * Return: 0, or what @each ended with.
 */
ANYCAN_API int anycan_config_each(const struct anycan_config *config,
				  int (*each)(const char *key, const char *value, void *arg),
				  void *arg);

/**
 * anycan_config_print() - all of it as one JSON object, for logs
 * @config: the configuration
 * @buf: room for @size bytes with the NUL; what does not fit is cut off
 *
 * Return: length of the whole text, as snprintf().
 */
ANYCAN_API int anycan_config_print(const struct anycan_config *config, char *buf, size_t size);

/**
 * anycan_config_set_rc() - set a key for the whole process, before all but arguments
 * @key: as in a file
 * @value: NULL removes it
 *
 * Any thread may call it.
 *
 * Return: 0 or -ENOMEM.
 */
ANYCAN_API int anycan_config_set_rc(const char *key, const char *value);

/** struct anycan_config_interface - an interface of python-can's, and what it may be told */
struct anycan_config_interface {
	const char *name;
	const char *keys;   /**< besides those of all: `ttyBaudrate=115200 btr`, with defaults */
	const char *driver; /**< what anycan calls it; NULL: it has no such adapter yet */
	const char *needs;  /**< where it is NULL: what would be needed */
};

/** Keys of every interface. */
#define ANYCAN_CONFIG_COMMON_KEYS                                                                  \
	"interface channel bitrate data_bitrate fd can_filters state receive_own_messages"

/**
 * anycan_config_interfaces() - all interfaces, in order of name
 * @count: set to how many there are
 */
ANYCAN_API const struct anycan_config_interface *anycan_config_interfaces(size_t *count);

/** Room for the settings that an adapter is to be bridged with, with the NUL. */
#define ANYCAN_CONFIG_SETTINGS_SIZE 512

/** struct anycan_config_target - what a configuration means */
struct anycan_config_target {
	char address[ANYCAN_DRIVER_SIZE + ANYCAN_ADDRESS_SIZE]; /**< for anycan_bus_open() */
	/** What has no member of its own, in bridged's words: `sample-point 0.8 rtscts on`. */
	char settings[ANYCAN_CONFIG_SETTINGS_SIZE];
	bool receive_own_messages;
	bool no_local_loopback;
	bool ignore_rx_error_frames;
	bool preserve_timestamps;
	bool fd;
	bool passive; /**< state = PASSIVE: listen only */
	uint32_t bitrate, data_bitrate;
	uint32_t rx_queue_size;
	struct can_filter *filters; /**< NULL: all frames; anycan_config_target_clear() frees it */
	size_t n_filters;
};

/**
 * anycan_config_resolve() - turn a configuration into an address and options
 * @config: the configuration
 * @target: filled on success; to be given to anycan_config_target_clear()
 * @error: NULL or the reason
 *
 * Return: 0; -EINVAL for a key that the interface does not know (the reason lists those it knows),
 * or a value that it cannot have; -EPROTONOSUPPORT for an interface without driver (category not
 * implemented); -ENOMEM.
 */
ANYCAN_API int anycan_config_resolve(const struct anycan_config *config,
				     struct anycan_config_target *target,
				     struct anycan_error *error);

/** anycan_config_target_clear() - free what belongs to it */
ANYCAN_API void anycan_config_target_clear(struct anycan_config_target *target);

/**
 * anycan_bus_open_config() - open the bus that is configured
 * @out: set on success; to be given to anycan_bus_close()
 * @source: as anycan_config_load(); NULL = nothing but files, environment and
 *	anycan_config_set_rc()
 * @error: NULL or the reason
 *
 * Return: 0, or a negative errno of anycan_config_load(), anycan_config_resolve() or
 * anycan_bus_open().
 */
ANYCAN_API int anycan_bus_open_config(struct anycan_bus **out,
				      const struct anycan_config_source *source,
				      struct anycan_error *error);

#ifdef __cplusplus
}
#endif

#endif
