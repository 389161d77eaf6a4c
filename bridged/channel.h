/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One channel of an adapter: the port towards applications, the frames that wait for the bus,
 * and what was counted.
 */
#ifndef BRIDGED_CHANNEL_H
#define BRIDGED_CHANNEL_H

#include "driver.h"
#include "loop.h"
#include "port.h"

#include <linux/can/error.h>
#include <net/if.h>

struct bridged_adapter;

/** Frames of one channel that wait for the adapter; senders are held back before it is full. */
#define BRIDGED_QUEUE 256

enum bridged_channel_state {
	BRIDGED_CHANNEL_CLOSED,	 /**< off the bus: the netdev is down, or the adapter away */
	BRIDGED_CHANNEL_OPENING, /**< the driver has been asked to start */
	BRIDGED_CHANNEL_OPEN,
	BRIDGED_CHANNEL_REFUSED, /**< the adapter would not; until the netdev goes down */
};

/**
 * struct bridged_counters - where the frames of a channel went
 *
 * Taken from applications = tx_frames + tx_unsupported + tx_aborted + queued.
 * Written to the adapter: tx_frames = tx_confirmed + tx_failed + in flight, if it confirms.
 */
struct bridged_counters {
	uint64_t rx_frames;	 /**< handed to the port */
	uint64_t rx_errors;	 /**< error frames among them */
	uint64_t rx_unclaimed;	 /**< came while the netdev was down */
	uint64_t tx_frames;	 /**< written to the adapter */
	uint64_t tx_confirmed;	 /**< of those, confirmed by it */
	uint64_t tx_failed;	 /**< of those, reported as not sent, or given up */
	uint64_t tx_unsupported; /**< of a kind that the adapter cannot send */
	uint64_t tx_aborted;	 /**< waiting when the channel closed or the adapter left */
};

struct bridged_channel {
	struct bridged_adapter *adapter;
	unsigned int index;
	char netdev[IFNAMSIZ];
	struct bridged_port *port; /**< NULL until the netdev exists */
	struct bridged_source sources[BRIDGED_PORT_FDS];

	enum bridged_channel_state state;
	unsigned int starts; /**< how often the driver was asked to */
	enum can_state can_state;
	struct can_berr_counter berr;
	char refusal[BRIDGED_REASON_SIZE];

	struct anycan_frame queue[BRIDGED_QUEUE];
	uint32_t tokens[BRIDGED_QUEUE]; /**< the port's numbers of those frames */
	unsigned int head, queued;
	bool held;
	uint32_t echo;		/**< number of the next frame, where the port has none of its own */
	uint32_t in_flight;	/**< frames written and not yet confirmed */
	uint64_t overflow_seen; /**< drops before the adapter that were reported by error frames */
	struct bridged_counters counters;
};

/** bridged_channel_listen() - watch the port of @channel. Return: 0 or a negative errno */
int bridged_channel_listen(struct bridged_channel *channel);

/** bridged_channel_close() - let the port go; its netdev goes as it is meant to */
void bridged_channel_close(struct bridged_channel *channel);

/** bridged_channel_deliver() - hand received frames to applications */
void bridged_channel_deliver(struct bridged_channel *channel, const struct anycan_frame *frames,
			     unsigned int n);

/** bridged_channel_queue_peek() - the frame that waits longest, or NULL */
struct anycan_frame *bridged_channel_queue_peek(struct bridged_channel *channel);

/** bridged_channel_number() - the number by which the driver is to know that frame */
uint32_t bridged_channel_number(const struct bridged_channel *channel);

/** bridged_channel_finished() - tell the port, if it cares, what became of a frame */
void bridged_channel_finished(struct bridged_channel *channel, uint32_t number,
			      enum bridged_port_fate fate);

/** bridged_channel_controller() - hooks of a port with a controller, or NULL */
const struct bridged_port_controller *
bridged_channel_controller(const struct bridged_channel *channel);

/** bridged_channel_queue_pop() - that frame has been dealt with */
void bridged_channel_queue_pop(struct bridged_channel *channel);

/** bridged_channel_flow() - hold senders back or let them go on, by how much waits */
void bridged_channel_flow(struct bridged_channel *channel);

/** bridged_channel_abort() - count everything that waits as aborted, here and in the port */
void bridged_channel_abort(struct bridged_channel *channel);

/** bridged_channel_error() - an error frame of @error_class for applications, if it is open */
void bridged_channel_error(struct bridged_channel *channel, uint32_t error_class,
			   const uint8_t data[CAN_ERR_DLC]);

#endif
