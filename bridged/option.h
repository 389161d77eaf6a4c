/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * KEY VALUE settings: what `ip link` calls the settings of every CAN link, and the tables by
 * which drivers, transports and ports declare their own.
 */
#ifndef BRIDGED_OPTION_H
#define BRIDGED_OPTION_H

#include <linux/can/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Kinds of value an option takes. */
enum bridged_option_type {
	BRIDGED_OPT_FLAG,   /**< on or off, into a bool */
	BRIDGED_OPT_UINT,   /**< a number of min..max, into a uint32_t */
	BRIDGED_OPT_MS,	    /**< seconds with decimals or unit (2, 0.5, 20ms), ms into a uint32_t */
	BRIDGED_OPT_CHOICE, /**< one of .choices, its index into a uint32_t */
	BRIDGED_OPT_TEXT,   /**< text, into a const char * that lives as long as the process */
};

/**
 * struct bridged_option - one setting that a driver, transport or port declares
 *
 * A table of these ends with a row whose name is NULL.
 */
struct bridged_option {
	const char *name;  /**< the key, in lower case with dashes */
	const char *alias; /**< NULL, or another spelling that is accepted as well */
	enum bridged_option_type type;
	size_t offset;		    /**< where the value goes in the owner's options structure */
	uint32_t min, max;	    /**< BRIDGED_OPT_UINT: the range */
	const char *const *choices; /**< BRIDGED_OPT_CHOICE: the words, ended by NULL */
	const char *fallback; /**< value when it is not given, as a user would type it; NULL = 0 */
	const char *help;     /**< a few words with the unit and the default, for --help */
};

/**
 * struct bridged_settings - the settings of a CAN link, in the words of `ip link`
 *
 * All zero = nothing was set.
 */
struct bridged_settings {
	/**
	 * bitrate, sample_point (1/1000) or tq and segments; with brp all of it is final, worked
	 * out within the limits that the driver told
	 */
	struct can_bittiming nominal;
	struct can_bittiming data;    /**< the same for the data phase */
	struct can_ctrlmode ctrlmode; /**< mask: which were named; flags: which are on */
	uint32_t restart_ms;	      /**< time after bus-off until a restart; 0 = none */
	uint16_t termination;	      /**< ohms */
	uint8_t has_restart_ms;
	uint8_t has_termination;
};

/**
 * struct bridged_limits - what the settings of a channel may be
 *
 * All zero = nothing is told; the driver finds the bit timing, and says what it refuses.
 */
struct bridged_limits {
	uint32_t clock_hz;			   /**< that the bit timing is counted in */
	const struct can_bittiming_const *nominal; /**< NULL = not told */
	const struct can_bittiming_const *data;	   /**< the same for the data phase */
	const uint16_t *terminations; /**< ohms, ended by 0, which is off; NULL = no switch */
};

/**
 * bridged_option_defaults() - put every option's fallback into @values
 *
 * A fallback that its own table does not accept is a programmer's error.
 */
void bridged_option_defaults(const struct bridged_option *table, void *values);

/**
 * bridged_option_find() - the row of a key
 * @table: NULL or a table
 * @key: compared without regard to case, `_` counts as `-`
 *
 * Return: the row, or NULL.
 */
const struct bridged_option *bridged_option_find(const struct bridged_option *table,
						 const char *key);

/**
 * bridged_option_set() - put a value that a user typed into @values
 * @option: the row
 * @value: the text; lives as long as the process
 * @values: the structure that .offset counts in
 * @reason: room for @size characters, filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int bridged_option_set(const struct bridged_option *option, const char *value, void *values,
		       char *reason, size_t size);

/**
 * bridged_settings_set() - put the value of one of ip link's keys into @settings
 *
 * Parameters and result as those of bridged_option_set(); -ENOENT if @key is none of them.
 */
int bridged_settings_set(struct bridged_settings *settings, const char *key, const char *value,
			 char *reason, size_t size);

/** bridged_is_netdev_name() - whether the kernel takes the first @len characters for a name */
bool bridged_is_netdev_name(const char *name, size_t len);

/** bridged_settings_keys() - the name of key @i of ip link's, NULL behind the last */
const char *bridged_settings_key(unsigned int i);

#endif
