/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The engine. Every hook of the driver runs between begin() and finish(); finish() passes on
 * what it produced. What the driver wrote leaves in one write per round of the loop.
 */
#include "adapter.h"

#include <anycan/log.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

/* Between two looks for an adapter that is away: at first, and at most. */
#define RETRY_FIRST_NS (100 * ANYCAN_NS_PER_MS)
#define RETRY_LAST_NS ANYCAN_NS_PER_S

/* A TCP connection, or a driver's probe, that takes longer than this has failed. */
#define PHASE_LIMIT_NS (10 * ANYCAN_NS_PER_S)

/* An adapter that has not answered a change of its settings by then will not. */
#define CHANGE_LIMIT_NS (3 * ANYCAN_NS_PER_S)

/* How long the closing commands may take to leave the host. */
#define CLOSE_LIMIT_NS (500 * ANYCAN_NS_PER_MS)

/* Reads in one round, so that a babbling adapter does not keep frames for the bus waiting. */
#define READS_PER_ROUND 4

void bridged_adapter_fail(struct bridged_adapter *adapter, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(adapter->refusal, sizeof(adapter->refusal), format, args);
	va_end(args);
	adapter->failed = true;
	adapter->loop->stop = true;
}

static void begin(struct bridged_adapter *adapter, struct bridged_io *io)
{
	*io = (struct bridged_io){
		.frames = adapter->frames,
		.max_frames = BRIDGED_FRAMES_MAX,
		.events = adapter->events,
		.max_events = BRIDGED_EVENTS_MAX,
		.out = adapter->out + adapter->out_len,
		.out_max = BRIDGED_OUT_SIZE - adapter->out_len,
	};
	io->now = bridged_now(&io->wall_ns);
}

static void pass_frames(struct bridged_adapter *adapter, const struct bridged_io *io)
{
	unsigned int from = 0;

	/* Runs of frames of one channel go out in one batch. */
	for (unsigned int i = 1; i <= io->n_frames; i++) {
		unsigned int channel = io->frames[from].channel;

		if (i < io->n_frames && io->frames[i].channel == channel)
			continue;
		if (channel < BRIDGED_CHANNELS_MAX)
			bridged_channel_deliver(&adapter->channels[channel], &io->frames[from],
						i - from);
		from = i;
	}
}

static const char *name_of(const struct bridged_adapter *adapter,
			   const struct bridged_channel *channel)
{
	return channel->netdev[0] ? channel->netdev : adapter->address;
}

static void refused(struct bridged_adapter *adapter, struct bridged_channel *channel,
		    const char *reason)
{
	if (adapter->phase == BRIDGED_PROBING) {
		snprintf(adapter->refusal, sizeof(adapter->refusal), "%s", reason);
		adapter->phase = BRIDGED_UNUSABLE;
		adapter->phase_deadline = ANYCAN_NEVER;
		if (adapter->was_present)
			anycan_log(ANYCAN_LOG_ERROR, "%s: %s", adapter->address, reason);
		return;
	}
	anycan_log(ANYCAN_LOG_ERROR, "%s: %s", name_of(adapter, channel), reason);
	snprintf(channel->refusal, sizeof(channel->refusal), "%s", reason);
	channel->state = BRIDGED_CHANNEL_REFUSED;
	bridged_channel_abort(channel);
	if (bridged_channel_controller(channel))
		bridged_channel_controller(channel)->refused(channel->port, reason);
	else if (channel->port && channel->port->class->set_carrier)
		channel->port->class->set_carrier(channel->port, false);
}

static void opened(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	channel->state = BRIDGED_CHANNEL_OPEN;
	if (bridged_channel_controller(channel))
		bridged_channel_controller(channel)->opened(channel->port);
	anycan_log(ANYCAN_LOG_INFO, "%s: on the bus", name_of(adapter, channel));
}

static void present(struct bridged_adapter *adapter)
{
	adapter->driver->describe(adapter->state, &adapter->description);
	adapter->phase = BRIDGED_PRESENT;
	adapter->phase_deadline = ANYCAN_NEVER;
	adapter->retry_ns = RETRY_FIRST_NS;
	adapter->refusal[0] = 0;
	anycan_log(ANYCAN_LOG_INFO, "%s: %s %s", adapter->address, adapter->description.model,
		   adapter->description.firmware);
	if (adapter->was_present) {
		adapter->counters.reconnects++;
		anycan_log(ANYCAN_LOG_WARNING, "%s: the adapter is back", adapter->address);
		/* Not from here: what this hook has produced is still being passed on. */
		adapter->serve_again = true;
	}
	adapter->was_present = true;
}

static void tx_ended(struct bridged_channel *channel, const struct bridged_event *event,
		     uint64_t *counter)
{
	bridged_channel_finished(channel, event->echo,
				 event->type == BRIDGED_TX_DONE ? BRIDGED_PORT_SENT
								: BRIDGED_PORT_FAILED);
	if (!channel->in_flight)
		return;
	channel->in_flight--;
	(*counter)++;
}

/* The caller may ask for the next change only later: events are still being passed on. */
static void change_ended(struct bridged_adapter *adapter, const char *refusal)
{
	struct bridged_change ended = adapter->change;

	adapter->change.ended = NULL;
	adapter->change_deadline = ANYCAN_NEVER;
	if (ended.ended)
		ended.ended(ended.arg, refusal);
}

static void pass_event(struct bridged_adapter *adapter, const struct bridged_event *event)
{
	struct bridged_channel *channel = &adapter->channels[event->channel];

	switch (event->type) {
	case BRIDGED_READY:
		present(adapter);
		break;
	case BRIDGED_REFUSED:
		refused(adapter, channel, event->reason);
		break;
	case BRIDGED_OPENED:
		opened(adapter, channel);
		break;
	case BRIDGED_TX_DONE:
		tx_ended(channel, event, &channel->counters.tx_confirmed);
		break;
	case BRIDGED_TX_FAILED:
		tx_ended(channel, event, &channel->counters.tx_failed);
		break;
	case BRIDGED_STATE:
		channel->can_state = event->state;
		channel->berr = event->berr;
		if (bridged_channel_controller(channel))
			bridged_channel_controller(channel)->state(channel->port, event->state,
								   event->berr);
		break;
	case BRIDGED_NOTE:
		anycan_log(ANYCAN_LOG_WARNING, "%s: %s", name_of(adapter, channel), event->reason);
		break;
	case BRIDGED_SET_DONE:
		change_ended(adapter, NULL);
		break;
	case BRIDGED_SET_REFUSED:
		change_ended(adapter, event->reason);
		break;
	}
}

static void finish(struct bridged_adapter *adapter, struct bridged_io *io)
{
	adapter->out_len += io->out_len;
	adapter->counters.bad_units += io->bad_units;
	adapter->counters.overruns += io->overruns;
	for (unsigned int i = 0; i < io->n_events; i++)
		if (io->events[i].channel < BRIDGED_CHANNELS_MAX)
			pass_event(adapter, &io->events[i]);
	pass_frames(adapter, io);
}

static void start_channel(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	const struct bridged_port_controller *controller = bridged_channel_controller(channel);
	struct bridged_io io;

	channel->state = BRIDGED_CHANNEL_OPENING;
	channel->starts++;
	channel->can_state = CAN_STATE_ERROR_ACTIVE;
	channel->refusal[0] = 0;
	begin(adapter, &io);
	adapter->driver->start(adapter->state, channel->index,
			       controller ? controller->settings(channel->port)
					  : &adapter->settings[channel->index],
			       &io);
	finish(adapter, &io);
}

static void stop_channel(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	struct bridged_io io;

	if (channel->state == BRIDGED_CHANNEL_OPENING || channel->state == BRIDGED_CHANNEL_OPEN) {
		begin(adapter, &io);
		adapter->driver->stop(adapter->state, channel->index, &io);
		finish(adapter, &io);
		anycan_log(ANYCAN_LOG_INFO, "%s: off the bus", name_of(adapter, channel));
	}
	channel->state = BRIDGED_CHANNEL_CLOSED;
	channel->can_state = CAN_STATE_STOPPED;
	bridged_channel_abort(channel);
}

void bridged_adapter_link_changed(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	bool up = channel->port->class->is_up(channel->port);

	if (adapter->phase != BRIDGED_PRESENT)
		return;
	if (up &&
	    (channel->state == BRIDGED_CHANNEL_CLOSED ||
	     (channel->state == BRIDGED_CHANNEL_REFUSED && bridged_channel_controller(channel)))) {
		start_channel(adapter, channel);
	} else if (!up && channel->state != BRIDGED_CHANNEL_CLOSED) {
		bool refused_before = channel->state == BRIDGED_CHANNEL_REFUSED;

		stop_channel(adapter, channel);
		if (refused_before && channel->port->class->set_carrier)
			channel->port->class->set_carrier(channel->port, true);
	}
}

void bridged_adapter_restart(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	bool refused_before = channel->state == BRIDGED_CHANNEL_REFUSED;

	if (adapter->phase != BRIDGED_PRESENT)
		return;
	stop_channel(adapter, channel);
	if (refused_before && !bridged_channel_controller(channel) &&
	    channel->port->class->set_carrier)
		channel->port->class->set_carrier(channel->port, true);
	start_channel(adapter, channel);
}

int bridged_adapter_set(struct bridged_adapter *adapter, const struct bridged_change *change)
{
	struct bridged_io io;

	if (adapter->phase != BRIDGED_PRESENT)
		return -ENODEV;
	if (adapter->change.ended)
		return -EBUSY;
	adapter->change = *change;
	adapter->change_deadline = anycan_mono_after(bridged_now(NULL), CHANGE_LIMIT_NS);
	begin(adapter, &io);
	adapter->driver->set(adapter->state, change->channel, change->option, change->values, &io);
	finish(adapter, &io);
	return 0;
}

void bridged_adapter_terminate(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	uint16_t ohms = bridged_channel_controller(channel)->settings(channel->port)->termination;
	struct bridged_io io;

	if (adapter->phase != BRIDGED_PRESENT)
		return; /* it is switched when the channel is opened */
	if (adapter->driver->terminate) {
		begin(adapter, &io);
		adapter->driver->terminate(adapter->state, channel->index, ohms, &io);
		finish(adapter, &io);
	} else if (channel->state == BRIDGED_CHANNEL_OPEN) {
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: termination %u takes effect when it is set down and up again",
			   name_of(adapter, channel), ohms);
	}
}

int bridged_adapter_serve(struct bridged_adapter *adapter)
{
	int ret = 0;

	for (unsigned int i = 0; i < adapter->n_channels && !ret; i++) {
		struct bridged_channel *channel = &adapter->channels[i];

		if (channel->port->class->set_carrier)
			ret = channel->port->class->set_carrier(channel->port, true);
		bridged_adapter_link_changed(adapter, channel);
	}
	return ret;
}

static void forget_unfinished(struct bridged_channel *channel)
{
	channel->counters.tx_failed += channel->in_flight;
	channel->in_flight = 0;
}

/* Frames that have not left the host in full, and of which nobody else will say so. */
static void forget_unwritten(struct bridged_adapter *adapter)
{
	for (size_t i = 0; i < adapter->out_len; i++)
		if (adapter->out_ends[i])
			adapter->channels[adapter->out_ends[i] - 1].counters.tx_failed++;
	memset(adapter->out_ends, 0, adapter->out_len);
	adapter->out_len = 0;
}

static void close_transport(struct bridged_adapter *adapter)
{
	if (adapter->source.fd >= 0)
		bridged_loop_del(adapter->loop, &adapter->source);
	adapter->source.fd = -1;
	adapter->transport->class->close(adapter->transport);
	adapter->in_len = 0;
	forget_unwritten(adapter);
}

/* For applications: nobody is there. */
static void say_gone(struct bridged_channel *channel)
{
	static const uint8_t no_wire[CAN_ERR_DLC] = {[4] = CAN_ERR_TRX_CANH_NO_WIRE |
							   CAN_ERR_TRX_CANL_NO_WIRE};

	bridged_channel_error(channel, CAN_ERR_TRX, no_wire);
}

static void drop_carrier(struct bridged_channel *channel)
{
	if (channel->port && channel->port->class->set_carrier)
		channel->port->class->set_carrier(channel->port, false);
}

void bridged_adapter_inherit(struct bridged_channel *channel)
{
	uint64_t before;

	if (!channel->port->orphaned)
		return;
	channel->state = BRIDGED_CHANNEL_OPEN;
	say_gone(channel);
	channel->state = BRIDGED_CHANNEL_CLOSED;
	drop_carrier(channel);
	/* Without a carrier no more come. */
	do {
		before = channel->counters.tx_aborted;
		bridged_channel_abort(channel);
	} while (channel->counters.tx_aborted != before);
}

/* The adapter is gone: say so in the stream of frames, then by the carrier, and wait for it. */
static void lost(struct bridged_adapter *adapter)
{
	if (adapter->phase == BRIDGED_PRESENT)
		anycan_log(ANYCAN_LOG_WARNING, "%s: the adapter is gone; waiting for it",
			   adapter->address);
	close_transport(adapter);
	for (unsigned int i = 0; i < adapter->n_channels; i++) {
		struct bridged_channel *channel = &adapter->channels[i];

		say_gone(channel);
		channel->state = BRIDGED_CHANNEL_CLOSED;
		channel->can_state = CAN_STATE_STOPPED;
		forget_unfinished(channel);
		drop_carrier(channel);
		bridged_channel_abort(channel);
	}
	change_ended(adapter, "the adapter went away before it answered");
	adapter->phase = BRIDGED_ABSENT;
	adapter->serve_again = false;
	adapter->tick_deadline = ANYCAN_NEVER;
	adapter->phase_deadline = anycan_mono_after(bridged_now(NULL), adapter->retry_ns);
	adapter->retry_ns *= 2;
	if (adapter->retry_ns > RETRY_LAST_NS)
		adapter->retry_ns = RETRY_LAST_NS;
}

static void decode(struct bridged_adapter *adapter)
{
	size_t done = 0;
	struct bridged_io io;

	while (done < adapter->in_len) {
		size_t used;

		begin(adapter, &io);
		used = adapter->driver->decode(adapter->state, adapter->in + done,
					       adapter->in_len - done, &io);
		finish(adapter, &io);
		done += used;
		/* A full sink stops a driver; what it left is offered again at once. */
		if (!used && !io.n_frames && !io.n_events)
			break;
	}
	adapter->in_len -= done;
	memmove(adapter->in, adapter->in + done, adapter->in_len);
}

static void take_input(struct bridged_adapter *adapter)
{
	for (int i = 0; i < READS_PER_ROUND; i++) {
		size_t room = sizeof(adapter->in) - adapter->in_len;
		ssize_t n = adapter->transport->class->read(adapter->transport,
							    adapter->in + adapter->in_len, room);

		if (n == -EAGAIN || n == -EINTR)
			return;
		if (n < 0) {
			lost(adapter);
			return;
		}
		adapter->counters.bytes_in += (uint64_t)n;
		if (adapter->phase <= BRIDGED_SETTLING)
			continue; /* what a starting adapter babbles */
		adapter->in_len += (size_t)n;
		decode(adapter);
		if ((size_t)n < room)
			return;
	}
}

static void attach(struct bridged_adapter *adapter)
{
	struct bridged_io io;

	adapter->phase = BRIDGED_PROBING;
	adapter->phase_deadline = anycan_mono_after(bridged_now(NULL), PHASE_LIMIT_NS);
	begin(adapter, &io);
	adapter->driver->attach(adapter->state, &io);
	finish(adapter, &io);
}

static void connected(struct bridged_adapter *adapter)
{
	uint32_t settle_ms = adapter->transport->settle_ms;

	bridged_loop_want(adapter->loop, &adapter->source, EPOLLIN);
	adapter->phase = BRIDGED_SETTLING;
	adapter->phase_deadline =
		anycan_mono_after(bridged_now(NULL), settle_ms * ANYCAN_NS_PER_MS);
	if (!settle_ms)
		attach(adapter);
}

static void transport_ready(struct bridged_source *source, uint32_t events);

/* @ret is what open() or opened() returned. */
static int follow_up(struct bridged_adapter *adapter, int ret)
{
	if (ret < 0)
		return ret;
	adapter->source = (struct bridged_source){
		.fd = adapter->transport->class->fd(adapter->transport),
		.events = ret == BRIDGED_OPEN_WRITABLE ? EPOLLOUT : EPOLLIN,
		.ready = transport_ready,
		.owner = adapter,
	};
	adapter->phase = BRIDGED_CONNECTING;
	adapter->phase_deadline = anycan_mono_after(bridged_now(NULL), PHASE_LIMIT_NS);
	if (bridged_loop_add(adapter->loop, &adapter->source))
		return -ENOMEM;
	if (!ret)
		connected(adapter);
	return 0;
}

static void connecting(struct bridged_adapter *adapter)
{
	int ret;

	/* Another address may be tried, on another descriptor. */
	bridged_loop_del(adapter->loop, &adapter->source);
	adapter->source.fd = -1;
	ret = adapter->transport->class->opened(adapter->transport, adapter->refusal);
	if (follow_up(adapter, ret) < 0) {
		if (adapter->was_present)
			lost(adapter);
		else
			adapter->phase = BRIDGED_UNUSABLE;
	}
}

static void transport_ready(struct bridged_source *source, uint32_t events)
{
	struct bridged_adapter *adapter = source->owner;

	if (adapter->source.fd < 0)
		return; /* lost in this very round */
	if (adapter->phase == BRIDGED_CONNECTING)
		connecting(adapter);
	else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		take_input(adapter);
}

int bridged_adapter_connect(struct bridged_adapter *adapter)
{
	adapter->source.fd = -1;
	adapter->retry_ns = RETRY_FIRST_NS;
	adapter->tick_deadline = ANYCAN_NEVER;
	adapter->phase_deadline = ANYCAN_NEVER;
	adapter->change_deadline = ANYCAN_NEVER;
	return follow_up(adapter,
			 adapter->transport->class->open(adapter->transport, adapter->refusal));
}

static void try_again(struct bridged_adapter *adapter)
{
	char reason[BRIDGED_REASON_SIZE];

	if (follow_up(adapter, adapter->transport->class->open(adapter->transport, reason)) < 0) {
		anycan_log(ANYCAN_LOG_DEBUG, "%s", reason);
		lost(adapter);
	}
}

static void phase_due(struct bridged_adapter *adapter)
{
	switch (adapter->phase) {
	case BRIDGED_ABSENT:
		try_again(adapter);
		break;
	case BRIDGED_SETTLING:
		attach(adapter);
		break;
	case BRIDGED_CONNECTING:
		connecting(adapter);
		break;
	case BRIDGED_PROBING:
		snprintf(adapter->refusal, sizeof(adapter->refusal),
			 "%s: no answer within %d s; is this the right port?", adapter->address,
			 (int)(PHASE_LIMIT_NS / ANYCAN_NS_PER_S));
		if (adapter->was_present)
			lost(adapter);
		else
			adapter->phase = BRIDGED_UNUSABLE;
		break;
	default:
		break;
	}
}

/* Whether a frame was taken, or can never be. */
static void count_taken(struct bridged_adapter *adapter, struct bridged_channel *channel,
			uint32_t number, int ret, const struct bridged_io *io)
{
	size_t end = (size_t)(io->out - adapter->out) + io->out_len;

	if (ret < 0) {
		channel->counters.tx_unsupported++;
		bridged_channel_finished(channel, number, BRIDGED_PORT_FAILED);
		return;
	}
	channel->echo++;
	channel->counters.tx_frames++;
	if (ret == BRIDGED_TAKEN) {
		channel->in_flight++;
		return;
	}
	/* Nobody will say more of it. */
	bridged_channel_finished(channel, number, BRIDGED_PORT_SENT);
	if (end)
		adapter->out_ends[end - 1] = (uint8_t)(channel->index + 1);
}

/*
 * Offer the driver what waits, until it has enough for now.
 *
 * Return: whether frames wait only because there is no room.
 */
static bool encode(struct bridged_adapter *adapter, struct bridged_channel *channel)
{
	struct anycan_frame *frame;
	struct bridged_io io;
	int ret = 0;

	begin(adapter, &io);
	/* Room for commands stays free; more than a few ms of frames in a tty is no use. */
	if (io.out_max <= BRIDGED_OUT_ROOM)
		return channel->queued;
	io.out_max -= BRIDGED_OUT_ROOM;
	while ((frame = bridged_channel_queue_peek(channel))) {
		uint32_t number = bridged_channel_number(channel);

		ret = adapter->driver->encode(adapter->state, frame, number, &io);
		if (ret == -EAGAIN)
			break;
		bridged_channel_queue_pop(channel);
		count_taken(adapter, channel, number, ret, &io);
	}
	if (io.out_len || io.n_events)
		finish(adapter, &io);
	return ret == -EAGAIN && io.out_max - io.out_len < adapter->driver->unit_max;
}

static bool encode_all(struct bridged_adapter *adapter)
{
	bool more = false;

	/* Another channel is first each time, so that none has to live on what others leave. */
	for (unsigned int i = 0; i < adapter->n_channels; i++) {
		unsigned int index = (adapter->turn + i) % adapter->n_channels;

		if (adapter->channels[index].state == BRIDGED_CHANNEL_OPEN)
			more |= encode(adapter, &adapter->channels[index]);
	}
	adapter->turn++;
	return more;
}

/* @more: with room there will be more to write. */
static void flush(struct bridged_adapter *adapter, bool more)
{
	const struct bridged_transport_class *class = adapter->transport->class;
	ssize_t n = 0;

	if (adapter->phase < BRIDGED_PROBING)
		return;
	/* Room in the socket is no news then; it would wake us for nothing. */
	if (class->held && class->held(adapter->transport)) {
		bridged_loop_want(adapter->loop, &adapter->source, EPOLLIN);
		return;
	}
	if (adapter->out_len)
		n = class->write(adapter->transport, adapter->out, adapter->out_len);
	if (n < 0 && n != -EAGAIN && n != -EINTR) {
		lost(adapter);
		return;
	}
	if (n > 0) {
		adapter->counters.bytes_out += (uint64_t)n;
		adapter->out_len -= (size_t)n;
		memmove(adapter->out, adapter->out + n, adapter->out_len);
		memmove(adapter->out_ends, adapter->out_ends + n, adapter->out_len);
		memset(adapter->out_ends + adapter->out_len, 0, (size_t)n);
	}
	bridged_loop_want(adapter->loop, &adapter->source,
			  EPOLLIN | (adapter->out_len || more ? EPOLLOUT : 0));
}

static void tick(struct bridged_adapter *adapter)
{
	struct bridged_io io;

	begin(adapter, &io);
	adapter->tick_deadline = adapter->driver->tick(adapter->state, &io);
	finish(adapter, &io);
}

/* The driver's turn. Return: as encode(). */
static bool run_driver(struct bridged_adapter *adapter)
{
	bool more = encode_all(adapter);

	tick(adapter);
	if (adapter->serve_again) {
		adapter->serve_again = false;
		bridged_adapter_serve(adapter);
		tick(adapter);
	}
	return more;
}

void bridged_adapter_due(void *arg)
{
	struct bridged_adapter *adapter = arg;
	bool more = false;

	if (bridged_now(NULL).ns >= adapter->phase_deadline.ns)
		phase_due(adapter);
	if (bridged_now(NULL).ns >= adapter->change_deadline.ns)
		change_ended(adapter, "the adapter did not answer within 3 s; it may have taken "
				      "it all the same");
	if (adapter->phase == BRIDGED_PROBING || adapter->phase == BRIDGED_PRESENT)
		more = run_driver(adapter);
	flush(adapter, more);
	for (unsigned int i = 0; i < adapter->n_channels; i++)
		bridged_channel_flow(&adapter->channels[i]);
	adapter->loop->deadline = anycan_mono_min(adapter->phase_deadline, adapter->tick_deadline);
	adapter->loop->deadline =
		anycan_mono_min(adapter->loop->deadline, adapter->change_deadline);
}

void bridged_adapter_disconnect(struct bridged_adapter *adapter)
{
	struct anycan_mono limit = anycan_mono_after(bridged_now(NULL), CLOSE_LIMIT_NS);

	if (adapter->source.fd < 0)
		return;
	for (unsigned int i = 0; i < adapter->n_channels; i++) {
		struct bridged_channel *channel = &adapter->channels[i];

		if (channel->port->parked)
			say_gone(channel);
		stop_channel(adapter, channel);
	}
	while (adapter->out_len && adapter->phase == BRIDGED_PRESENT &&
	       bridged_now(NULL).ns < limit.ns) {
		adapter->loop->stop = false;
		flush(adapter, false);
		bridged_loop_run(adapter->loop,
				 anycan_mono_after(bridged_now(NULL), ANYCAN_NS_PER_MS));
	}
	if (adapter->source.fd < 0)
		return;
	adapter->transport->class->drain(adapter->transport,
					 (int)(CLOSE_LIMIT_NS / ANYCAN_NS_PER_MS));
	for (unsigned int i = 0; i < adapter->n_channels; i++)
		if (adapter->channels[i].port->parked)
			drop_carrier(&adapter->channels[i]);
	close_transport(adapter);
}
