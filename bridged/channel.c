/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One channel of an adapter, on the side of the applications.
 */
#include "channel.h"
#include "adapter.h"

#include <anycan/log.h>
#include <anycan/text.h>
#include <string.h>
#include <sys/epoll.h>

/* Senders wait from here on, and go on from there. */
#define HOLD_AT (BRIDGED_QUEUE * 3 / 4)
#define RELEASE_AT (BRIDGED_QUEUE / 4)

/* Queues full of frames that are thrown away in one go. */
#define ABORT_ROUNDS 16

static void log_frames(const struct bridged_channel *channel, const char *direction,
		       const struct anycan_frame *frames, unsigned int n)
{
	char text[ANYCAN_TEXT_SIZE];

	if (!anycan_log_enabled(ANYCAN_LOG_FRAMES))
		return;
	for (unsigned int i = 0; i < n; i++)
		if (anycan_frame_print(&frames[i], text, sizeof(text)) > 0)
			anycan_log(ANYCAN_LOG_FRAMES, "%s %s %s", channel->netdev, direction, text);
}

void bridged_channel_deliver(struct bridged_channel *channel, const struct anycan_frame *frames,
			     unsigned int n)
{
	if (channel->state != BRIDGED_CHANNEL_OPEN || !channel->port) {
		channel->counters.rx_unclaimed += n;
		return;
	}
	log_frames(channel, "rx", frames, n);
	channel->port->class->send(channel->port, frames, n);
	channel->counters.rx_frames += n;
	for (unsigned int i = 0; i < n; i++)
		channel->counters.rx_errors += !!(frames[i].can_id & CAN_ERR_FLAG);
}

void bridged_channel_error(struct bridged_channel *channel, uint32_t error_class,
			   const uint8_t data[CAN_ERR_DLC])
{
	struct anycan_frame frame = {
		.can_id = CAN_ERR_FLAG | error_class,
		.len = CAN_ERR_DLC,
		.channel = (uint16_t)channel->index,
	};

	if (channel->state != BRIDGED_CHANNEL_OPEN)
		return;
	bridged_now(&frame.ts_ns);
	memcpy(frame.data, data, CAN_ERR_DLC);
	bridged_channel_deliver(channel, &frame, 1);
}

/* What the kernel dropped before we could read it becomes visible in the stream of frames. */
static void report_overflow(struct bridged_channel *channel)
{
	static const uint8_t tx_overflow[CAN_ERR_DLC] = {[1] = CAN_ERR_CRTL_TX_OVERFLOW};
	struct bridged_port_drops drops;

	channel->port->class->drops(channel->port, &drops);
	if (drops.tx_overflow == channel->overflow_seen)
		return;
	channel->overflow_seen = drops.tx_overflow;
	bridged_channel_error(channel, CAN_ERR_CRTL, tx_overflow);
}

/* Take what applications have sent, as long as there is room. */
static void pull(struct bridged_channel *channel)
{
	while (channel->queued < BRIDGED_QUEUE) {
		unsigned int tail = (channel->head + channel->queued) % BRIDGED_QUEUE;
		unsigned int room = BRIDGED_QUEUE - channel->queued;
		unsigned int n;

		if (room > BRIDGED_QUEUE - tail)
			room = BRIDGED_QUEUE - tail;
		n = channel->port->class->recv(channel->port, &channel->queue[tail],
					       &channel->tokens[tail], room);
		for (unsigned int i = 0; i < n; i++) {
			channel->queue[tail + i].channel = (uint16_t)channel->index;
			channel->queue[tail + i].dir = ANYCAN_TX;
		}
		log_frames(channel, "tx", &channel->queue[tail], n);
		channel->queued += n;
		if (!n)
			break;
	}
	report_overflow(channel);
}

struct anycan_frame *bridged_channel_queue_peek(struct bridged_channel *channel)
{
	return channel->queued ? &channel->queue[channel->head] : NULL;
}

const struct bridged_port_controller *
bridged_channel_controller(const struct bridged_channel *channel)
{
	return channel->port ? channel->port->class->controller : NULL;
}

uint32_t bridged_channel_number(const struct bridged_channel *channel)
{
	return bridged_channel_controller(channel) ? channel->tokens[channel->head] : channel->echo;
}

void bridged_channel_finished(struct bridged_channel *channel, uint32_t number,
			      enum bridged_port_fate fate)
{
	const struct bridged_port_controller *controller = bridged_channel_controller(channel);

	if (controller)
		controller->finished(channel->port, number, fate);
}

void bridged_channel_queue_pop(struct bridged_channel *channel)
{
	channel->head = (channel->head + 1) % BRIDGED_QUEUE;
	channel->queued--;
}

void bridged_channel_flow(struct bridged_channel *channel)
{
	bool hold = channel->queued >= (channel->held ? RELEASE_AT : HOLD_AT);
	bool full = channel->queued == BRIDGED_QUEUE;

	if (!channel->port)
		return;
	if (bridged_channel_controller(channel))
		bridged_channel_controller(channel)->flush(channel->port);
	bridged_loop_want(channel->adapter->loop, &channel->sources[0], full ? 0 : EPOLLIN);
	if (hold == channel->held)
		return;
	channel->held = hold;
	if (channel->port->class->hold)
		channel->port->class->hold(channel->port, hold);
}

static void abort_queued(struct bridged_channel *channel)
{
	channel->counters.tx_aborted += channel->queued;
	while (channel->queued) {
		bridged_channel_finished(channel, bridged_channel_number(channel),
					 BRIDGED_PORT_ABORTED);
		bridged_channel_queue_pop(channel);
	}
}

void bridged_channel_abort(struct bridged_channel *channel)
{
	if (!channel->port)
		return;
	abort_queued(channel);
	/* A sender may be faster than this; the loop comes back for the rest. */
	for (int round = 0; round < ABORT_ROUNDS; round++) {
		pull(channel);
		if (!channel->queued)
			break;
		abort_queued(channel);
	}
	bridged_channel_flow(channel);
}

/* What handle() has learnt. */
static void port_told(struct bridged_channel *channel, unsigned int what)
{
	if (what & BRIDGED_PORT_RESTART)
		bridged_adapter_restart(channel->adapter, channel);
	if (what & BRIDGED_PORT_TERMINATION)
		bridged_adapter_terminate(channel->adapter, channel);
	if (what & BRIDGED_PORT_LINK)
		bridged_adapter_link_changed(channel->adapter, channel);
	if (!(what & BRIDGED_PORT_FRAMES))
		return;
	/* Frames that come while the bus is opened wait; with no bus in sight they are dropped. */
	if (channel->state == BRIDGED_CHANNEL_CLOSED || channel->state == BRIDGED_CHANNEL_REFUSED)
		bridged_channel_abort(channel);
	else
		pull(channel);
}

static void port_ready(struct bridged_source *source, uint32_t events)
{
	struct bridged_channel *channel = source->owner;
	struct bridged_port *port = channel->port;
	unsigned int what;

	(void)events;
	do {
		what = port->class->handle(port, (int)(source - channel->sources));
		if (what & BRIDGED_PORT_GONE) {
			bridged_adapter_fail(channel->adapter, "%s was deleted", channel->netdev);
			return;
		}
		port_told(channel, what);
	} while (what & BRIDGED_PORT_MORE);
}

int bridged_channel_listen(struct bridged_channel *channel)
{
	int fds[BRIDGED_PORT_FDS];
	int ret = 0;

	channel->port->class->fds(channel->port, fds);
	for (int i = 0; i < BRIDGED_PORT_FDS; i++) {
		channel->sources[i] = (struct bridged_source){
			.fd = fds[i],
			.events = EPOLLIN,
			.ready = port_ready,
			.owner = channel,
		};
		if (fds[i] >= 0 && !ret)
			ret = bridged_loop_add(channel->adapter->loop, &channel->sources[i]);
	}
	return ret;
}

void bridged_channel_close(struct bridged_channel *channel)
{
	if (!channel->port)
		return;
	for (int i = 0; i < BRIDGED_PORT_FDS; i++)
		if (channel->sources[i].fd >= 0 && channel->sources[i].ready)
			bridged_loop_del(channel->adapter->loop, &channel->sources[i]);
	channel->port->class->close(channel->port);
	channel->port = NULL;
}
