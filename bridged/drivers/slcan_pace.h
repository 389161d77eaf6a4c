/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A model of the adapter's transmit queue, for adapters that drop silently what does not fit:
 * frames leave it one after the other at the speed of the bus, while nobody else sends.
 */
#ifndef SLCAN_PACE_H
#define SLCAN_PACE_H

#include <anycan/clock.h>
#include <anycan/frame.h>
#include <stdbool.h>

/** Most frames that the model holds; a power of two. */
#define SLCAN_PACE_MAX 64

/**
 * struct slcan_pace - the queue
 *
 * Time is counted as work on the bus: a frame has left when done_ns reaches its end.
 */
struct slcan_pace {
	uint32_t bitrate;   /**< 0: not known, nothing is held back */
	uint32_t dbitrate;  /**< of the data phase */
	unsigned int depth; /**< frames in the queue; 0: not known, as many as last 2 ms */
	unsigned int head, tail;
	int64_t work_ns; /**< bus time of all frames so far */
	int64_t done_ns; /**< how much of it has passed */
	struct anycan_mono at;
	int64_t ends[SLCAN_PACE_MAX];
};

/** slcan_pace_init() - an empty queue; @depth is cut to SLCAN_PACE_MAX */
void slcan_pace_init(struct slcan_pace *pace, uint32_t bitrate, uint32_t dbitrate,
		     unsigned int depth, struct anycan_mono now);

/** slcan_pace_ready() - whether one more frame fits */
bool slcan_pace_ready(struct slcan_pace *pace, struct anycan_mono now);

/** slcan_pace_sent() - @frame was given to the adapter */
void slcan_pace_sent(struct slcan_pace *pace, const struct anycan_frame *frame);

/** slcan_pace_received() - the bus was taken by somebody else's @frame */
void slcan_pace_received(struct slcan_pace *pace, const struct anycan_frame *frame,
			 struct anycan_mono now);

/** slcan_pace_wake() - when it is worth to offer frames again */
struct anycan_mono slcan_pace_wake(const struct slcan_pace *pace);

#endif
