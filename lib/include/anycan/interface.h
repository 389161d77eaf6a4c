/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is behind a bus: one vtable per kind. Programs that only use buses need <anycan/bus.h>;
 * this is for those that bring a kind of their own.
 */
#ifndef ANYCAN_INTERFACE_H
#define ANYCAN_INTERFACE_H

#include <anycan/bus.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct anycan_interface - one kind of bus
 *
 * Hooks get the state that open() made. The bus calls recv(), set_filters() and flush() with its
 * receive lock held, send() with its send lock, set_state() and close() with both, so that each is
 * called by one thread at a time; get_state(), drops(), channel() and channel_name() by any.
 * Hooks that may be NULL say so: then the bus has no such function.
 */
struct anycan_interface {
	const char *name;    /**< the word before the colon of an address */
	const char *summary; /**< one line for people */

	/**
	 * open() - connect
	 * @state: set on success, to be given to close()
	 * @channel: what stands behind the colon
	 * @options: never NULL; filters are set by set_filters() afterwards, whatever they are
	 * @error: NULL, or filled on failure
	 *
	 * Return: 0 or a negative errno.
	 */
	int (*open)(void **state, const char *channel, const struct anycan_bus_options *options,
		    struct anycan_error *error);

	/** close() - disconnect */
	void (*close)(void *state);

	/**
	 * recv() - receive up to @max frames, waiting for the first
	 *
	 * Return: how many, 0 if none came in time, or a negative errno.
	 */
	int (*recv)(void *state, struct anycan_frame *frames, unsigned int max, int64_t timeout_ns);

	/**
	 * send() - send up to @n frames that are valid and of a kind that the bus was opened for
	 *
	 * Return: how many were taken within the time, 0 if there was no room for any, or a
	 * negative errno if the first one cannot be sent.
	 */
	int (*send)(void *state, const struct anycan_frame *frames, unsigned int n,
		    int64_t timeout_ns);

	/** fd() - descriptor that is readable when there may be a frame. May be NULL */
	int (*fd)(void *state);

	/**
	 * set_filters() - let only some frames through to recv(); the bus filters if this fails.
	 * May be NULL
	 *
	 * Return: 0, or a negative errno; then all frames come.
	 */
	int (*set_filters)(void *state, const struct anycan_filters *filters);

	/** flush_tx() - forget what waits to be sent. May be NULL */
	int (*flush_tx)(void *state);

	/** get_state() - whether it takes part. NULL: as set_state() or the options said */
	int (*get_state)(void *state, enum anycan_bus_state *bus_state);

	/** set_state() - take part, or only listen; says why not. May be NULL */
	int (*set_state)(void *state, enum anycan_bus_state bus_state, struct anycan_error *error);

	/** info() - say what it is connected to. May be NULL */
	void (*info)(const void *state, char *text, size_t size);

	/** channel() - number of a channel by its name, or -ENODEV. May be NULL */
	int (*channel)(void *state, const char *name);

	/** channel_name() - the reverse. Return: 0 or -ENODEV. May be NULL */
	int (*channel_name)(void *state, uint16_t channel, char *name, size_t size);

	/** drops() - frames lost on the way to recv() so far, and units that were no frames */
	void (*drops)(const void *state, uint64_t *dropped, uint64_t *invalid);

	/**
	 * detect() - call @found for every channel that could be opened. May be NULL
	 *
	 * Return: 0, what @found ended with (anything but 0), or a negative errno.
	 */
	int (*detect)(int (*found)(const char *channel, void *arg), void *arg);
};

/**
 * anycan_interface_register() - make a kind of bus known to anycan_bus_open()
 * @interface: stays the caller's; must live as long as the program
 *
 * For programs and libraries with an interface of their own, what python-can does by the entry
 * point can.interface. One that has the name of another takes its place.
 *
 * Return: 0, -EINVAL without a name, open(), close(), recv() or send(), or -ENOSPC.
 */
ANYCAN_API int anycan_interface_register(const struct anycan_interface *interface);

/** anycan_interface_find() - the interface of a name, or NULL */
ANYCAN_API const struct anycan_interface *anycan_interface_find(const char *name);

/**
 * anycan_interface_each() - call @each for every interface
 * @each: returns 0 to go on, anything else to end
 * @arg: handed to @each
 *
 * Return: 0, or what @each ended with.
 */
ANYCAN_API int
anycan_interface_each(int (*each)(const struct anycan_interface *interface, void *arg), void *arg);

#ifdef __cplusplus
}
#endif

#endif
