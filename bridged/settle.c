// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A program that sends one frame and ends, and with it the bridge that it has started, has sent
 * that frame: it must not be lost on its way through the netdev, this process and the adapter's
 * queue, which adapters empty when they are closed.
 */
#include "settle.h"

#define LIMIT_NS ANYCAN_NS_PER_S

/* A bus on which nothing was sent for so long takes nothing. */
#define STUCK_NS (200 * ANYCAN_NS_PER_MS)

#define STEP_NS ANYCAN_NS_PER_MS

/* The way to it, with the timers of USB serial chips. */
#define LINE_NS (20 * ANYCAN_NS_PER_MS)

/* Frames that the queue of an adapter may hold, and bits of a long one. */
#define QUEUE_FRAMES 32
#define FRAME_BITS 130
#define SLOWEST_BPS 10000

struct progress {
	uint64_t taken;	  /* frames that the adapter got */
	uint64_t waiting; /* frames that it has not got, or has not confirmed */
	bool opening;	  /* a channel, and nobody knows what waits in the netdev */
};

static struct progress look(const struct bridged_adapter *adapter)
{
	struct progress progress = {0};

	for (unsigned int i = 0; i < adapter->n_channels; i++) {
		const struct bridged_channel *channel = &adapter->channels[i];

		if (channel->state == BRIDGED_CHANNEL_CLOSED)
			continue;
		progress.opening |= channel->state == BRIDGED_CHANNEL_OPENING;
		progress.taken += channel->counters.tx_frames;
		progress.waiting += channel->queued + channel->in_flight;
	}
	return progress;
}

/* Return: whether to go on; a second signal does not wait. */
static bool run(struct bridged_adapter *adapter, int64_t ns)
{
	bridged_loop_run(adapter->loop, anycan_mono_after(bridged_now(NULL), ns));
	return !adapter->loop->stop;
}

/* How long an adapter that confirms too early may still need for what is in its queue. */
static int64_t queue_ns(const struct bridged_adapter *adapter)
{
	uint32_t bitrate = adapter->settings[0].nominal.bitrate;

	if (adapter->description.confirm == BRIDGED_CONFIRM_SENT)
		return 0;
	if (bitrate < SLOWEST_BPS)
		bitrate = SLOWEST_BPS;
	return LINE_NS + QUEUE_FRAMES * FRAME_BITS * ANYCAN_NS_PER_S / bitrate;
}

void bridged_settle(struct bridged_adapter *adapter)
{
	struct anycan_mono limit = anycan_mono_after(bridged_now(NULL), LIMIT_NS);
	struct anycan_mono moved = bridged_now(NULL);
	struct progress before, now = look(adapter);

	if (adapter->phase != BRIDGED_PRESENT)
		return;
	adapter->loop->stop = false;
	do {
		before = now;
		if (!run(adapter, STEP_NS))
			return;
		now = look(adapter);
		if (now.opening || now.taken != before.taken || now.waiting < before.waiting)
			moved = bridged_now(NULL);
	} while ((now.waiting || now.opening) && adapter->phase == BRIDGED_PRESENT &&
		 bridged_now(NULL).ns < limit.ns &&
		 bridged_now(NULL).ns < anycan_mono_after(moved, STUCK_NS).ns);
	if (now.taken && !now.waiting)
		run(adapter, queue_ns(adapter));
}
