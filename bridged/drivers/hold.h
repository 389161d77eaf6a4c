/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Remote frames with or without bytes of data behind them. Two protocols let a remote frame with
 * a length of N end at once or after N bytes that mean nothing, and senders do both. Where the
 * next byte is the end mark, what follows decides: the beginning of another frame, or silence,
 * or the bytes up to a second end mark. Until then the bytes are held here.
 */
#ifndef HOLD_H
#define HOLD_H

#include "driver.h"

/** More than the longest unit of a driver that uses this. */
#define HOLD_MAX 32

/** Silence that ends a frame: longer than what a port takes to hand over the rest. */
#define HOLD_NS (10 * ANYCAN_NS_PER_MS)

/** What there is of a unit besides a number of bytes. */
enum hold_found {
	HOLD_BAD = -2,	  /**< it is none */
	HOLD_UNSURE = -1, /**< the next byte, or silence, tells how long it is */
	HOLD_MORE = 0,	  /**< it is not whole yet */
};

struct hold {
	uint8_t bytes[HOLD_MAX];
	size_t len;
	bool unsure;		     /**< a unit would end here if silence followed */
	struct anycan_mono deadline; /**< when it is silence */
};

/** struct hold_form - where a remote frame is between its marks */
struct hold_form {
	size_t head;   /**< bytes before the data */
	size_t data;   /**< bytes of data, if they are there */
	uint8_t begin; /**< first byte of every frame */
	uint8_t end;   /**< last byte of every frame */
};

/**
 * hold_remote() - how long a remote frame is
 * @in: its first byte
 * @len: how many there are, at least .head
 * @silent: whether it is known that nothing follows
 *
 * Return: bytes, end mark included, or enum hold_found.
 */
int hold_remote(const struct hold_form *form, const uint8_t *in, size_t len, bool silent);

/**
 * struct hold_parser - how a driver reads a unit
 * @unit: Return: bytes used, with what they mean in @io; HOLD_MORE, or HOLD_UNSURE, which it
 *	never says of bytes that are followed by silence
 * @has_room: whether @io has room for what a unit can mean
 */
struct hold_parser {
	int (*unit)(void *state, const uint8_t *in, size_t len, bool silent, struct bridged_io *io);
	bool (*has_room)(const struct bridged_io *io);
};

/** hold_decode() - decode() of such a driver */
size_t hold_decode(struct hold *hold, const struct hold_parser *parser, void *state,
		   const uint8_t *in, size_t len, struct bridged_io *io);

/** hold_tick() - what silence has made of the bytes. Return: when to look again */
struct anycan_mono hold_tick(struct hold *hold, const struct hold_parser *parser, void *state,
			     struct bridged_io *io);

#endif
