/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What carries an adapter's bytes: a serial line, a TCP connection. One vtable per kind; the
 * engine picks it by the address's prefix.
 */
#ifndef BRIDGED_TRANSPORT_H
#define BRIDGED_TRANSPORT_H

#include "driver.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct bridged_keeper;
struct bridged_keeper_scope;
struct bridged_transport_class;

/** struct bridged_transport - what every transport begins with */
struct bridged_transport {
	const struct bridged_transport_class *class;
	struct bridged_keeper *keeper;	      /**< opens device nodes; NULL = this process may */
	const struct bridged_usb_id *usb_ids; /**< the driver's */
	uint32_t settle_ms;		      /**< after open(): time until the adapter listens */
	/**
	 * stays() - whether only what is plugged in at the same place is the same adapter, though
	 * it has a serial number; NULL = no
	 */
	bool (*stays)(const void *arg);
	const void *stays_arg;
};

/** bridged_transport_stays() - as .stays() says */
static inline bool bridged_transport_stays(const struct bridged_transport *t)
{
	return t->stays && t->stays(t->stays_arg);
}

/** What open() and opened() return when the connection is under way. */
#define BRIDGED_OPEN_WRITABLE 1 /**< opened() is to be called when fd is writable */
#define BRIDGED_OPEN_READABLE 2 /**< opened() is to be called when fd is readable */

/** Room for a sentence about a failure. */
#define BRIDGED_REASON_SIZE 512

/**
 * struct bridged_transport_class - one kind of transport
 */
struct bridged_transport_class {
	const char *name;
	const char *summary; /**< address form and one line, for --help */
	enum bridged_transport_kind kind;
	const struct bridged_option *options;
	size_t options_size;

	/** match() - whether @address (without driver) is meant for this transport */
	bool (*match)(const char *address);

	/**
	 * create() - check the address and remember it; opens nothing
	 * @out: the new transport, to be freed by free()
	 * @address: what follows the driver's name and colon
	 * @options: structure with the values of .options; lives as long as the transport
	 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
	 *
	 * Return: 0 or a negative errno.
	 */
	int (*create)(struct bridged_transport **out, const char *address, const void *options,
		      char *reason);
	void (*free)(struct bridged_transport *t);

	/**
	 * open() - reach the adapter, without blocking for longer than the kernel needs
	 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
	 *
	 * Return: 0: bytes can flow; BRIDGED_OPEN_*: under way, opened() tells; or a negative
	 *	errno: -ENOENT, -ENODEV: not there (it may come back), others: refused.
	 */
	int (*open)(struct bridged_transport *t, char *reason);

	/**
	 * opened() - outcome of an open() that was under way
	 *
	 * Asked before there is one, it has taken too long, and the next address is tried.
	 *
	 * Return: as open().
	 */
	int (*opened)(struct bridged_transport *t, char *reason);
	void (*close)(struct bridged_transport *t);

	/** scope() - what the keeper may open again after the first open(); NULL = nothing */
	void (*scope)(const struct bridged_transport *t, struct bridged_keeper_scope *scope);

	/**
	 * node() - where the adapter was opened last: the path of a device node, for USB the
	 * name in /sys/bus/usb/devices; NULL = there is no such place
	 */
	const char *(*node)(const struct bridged_transport *t);

	/** fd() - descriptor for epoll while open or under way, otherwise -1 */
	int (*fd)(const struct bridged_transport *t);

	/** held() - whether the peer wants to be sent nothing now, as read() found; NULL = never */
	bool (*held)(const struct bridged_transport *t);

	/**
	 * read() - bytes that have arrived
	 *
	 * Return: how many; -EAGAIN: none now; another negative errno: the adapter is gone.
	 */
	ssize_t (*read)(struct bridged_transport *t, uint8_t *buf, size_t size);

	/** write() - as read(), in the other direction; may take less than @len */
	ssize_t (*write)(struct bridged_transport *t, const uint8_t *buf, size_t len);

	/** drain() - give written bytes up to @timeout_ms to leave the host, before close() */
	void (*drain)(struct bridged_transport *t, int timeout_ms);
};

/** All transports in order of match(), ended by NULL (bridged/transports/list.c). */
extern const struct bridged_transport_class *const bridged_transports[];

#endif
