/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A model of the adapter's transmit queue, for adapters that drop silently what does not fit:
 * frames leave it one after the other at the speed of the bus, while nobody else sends.
 */
#ifndef PACE_H
#define PACE_H

#include <anycan/clock.h>
#include <anycan/frame.h>
#include <stdbool.h>

/** Most frames that the model holds; a power of two. */
#define PACE_MAX 64

/**
 * struct pace - the queue
 *
 * Time is counted as work on the bus: a frame has left when done_ns reaches its end.
 */
struct pace {
	uint32_t bitrate;   /**< 0: not known, nothing is held back */
	uint32_t dbitrate;  /**< of the data phase */
	unsigned int depth; /**< frames in the queue; 0: not known, as many as last 2 ms */
	unsigned int head, tail;
	int64_t work_ns; /**< bus time of all frames so far */
	int64_t done_ns; /**< how much of it has passed */
	struct anycan_mono at;
	int64_t ends[PACE_MAX];
};

/** pace_init() - an empty queue; @depth is cut to PACE_MAX */
void pace_init(struct pace *pace, uint32_t bitrate, uint32_t dbitrate, unsigned int depth,
	       struct anycan_mono now);

/** pace_ready() - whether one more frame fits */
bool pace_ready(struct pace *pace, struct anycan_mono now);

/** pace_sent() - @frame was given to the adapter */
void pace_sent(struct pace *pace, const struct anycan_frame *frame);

/** pace_received() - the bus was taken by somebody else's @frame */
void pace_received(struct pace *pace, const struct anycan_frame *frame, struct anycan_mono now);

/** pace_wake() - when it is worth to offer frames again */
struct anycan_mono pace_wake(const struct pace *pace);

/**
 * pace_due() - when a sender that was held back is to be asked for frames
 * @blocked: whether there is one; cleared when it is now
 *
 * For tick(): the sender is asked before it, so a second round brings its frames.
 */
struct anycan_mono pace_due(struct pace *pace, bool *blocked, struct anycan_mono now);

#endif
