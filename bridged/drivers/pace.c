// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A model of the adapter's transmit queue. See pace.h.
 */
#include "pace.h"

#include <anycan/wire.h>

/* Where the depth is not known: what a timer of 1 ms needs to keep the bus busy. */
#define PACE_NS (2 * ANYCAN_NS_PER_MS)
#define PACE_MIN_FRAMES 3

/* Frames of others that arrive late, all at once, hold back no longer than this. */
#define PACE_DEBT_NS ANYCAN_NS_PER_S

/* The model runs this much slower than the bus, so that no drift of clocks fills the queue. */
#define PACE_MARGIN 128

static int64_t pace_cost(const struct pace *pace, const struct anycan_frame *frame)
{
	struct anycan_wire_bits bits = anycan_frame_bits(frame, ANYCAN_STUFF_EXACT);
	int64_t ns = (int64_t)anycan_wire_time_ns(bits, pace->bitrate, pace->dbitrate);

	return ns + ns / PACE_MARGIN;
}

void pace_init(struct pace *pace, uint32_t bitrate, uint32_t dbitrate, unsigned int depth,
	       struct anycan_mono now)
{
	pace->bitrate = bitrate;
	pace->dbitrate = dbitrate;
	pace->depth = depth < PACE_MAX ? depth : PACE_MAX;
	pace->head = pace->tail = 0;
	pace->work_ns = pace->done_ns = 0;
	pace->at = now;
}

static void pace_advance(struct pace *pace, struct anycan_mono now)
{
	/* An idle bus saves nothing up. */
	pace->done_ns += now.ns - pace->at.ns;
	if (pace->done_ns > pace->work_ns)
		pace->done_ns = pace->work_ns;
	pace->at = now;
	while (pace->head != pace->tail && pace->ends[pace->head % PACE_MAX] <= pace->done_ns)
		pace->head++;
}

bool pace_ready(struct pace *pace, struct anycan_mono now)
{
	unsigned int queued;

	if (!pace->bitrate)
		return true;
	pace_advance(pace, now);
	queued = pace->tail - pace->head;
	if (pace->depth)
		return queued < pace->depth;
	return queued < PACE_MIN_FRAMES ||
	       (queued < PACE_MAX && pace->work_ns - pace->done_ns < PACE_NS);
}

void pace_sent(struct pace *pace, const struct anycan_frame *frame)
{
	if (!pace->bitrate)
		return;
	pace->work_ns += pace_cost(pace, frame);
	pace->ends[pace->tail++ % PACE_MAX] = pace->work_ns;
}

void pace_received(struct pace *pace, const struct anycan_frame *frame, struct anycan_mono now)
{
	if (!pace->bitrate)
		return;
	pace_advance(pace, now);
	/* Only while frames wait does somebody else's frame delay them. */
	if (pace->head == pace->tail)
		return;
	pace->done_ns -= pace_cost(pace, frame);
	if (pace->work_ns - pace->done_ns > PACE_DEBT_NS)
		pace->done_ns = pace->work_ns - PACE_DEBT_NS;
}

struct anycan_mono pace_wake(const struct pace *pace)
{
	unsigned int queued = pace->tail - pace->head;
	unsigned int leave = queued / 2;
	int64_t wait;

	if (!queued)
		return pace->at;
	/* Half of the queue at once: fewer wake-ups, and enough left for a late one. */
	wait = pace->ends[(pace->head + (queued - leave) - 1) % PACE_MAX] - pace->done_ns;
	return anycan_mono_after(pace->at, wait);
}

struct anycan_mono pace_due(struct pace *pace, bool *blocked, struct anycan_mono now)
{
	if (!*blocked)
		return ANYCAN_NEVER;
	if (!pace_ready(pace, now))
		return pace_wake(pace);
	*blocked = false;
	return now;
}
