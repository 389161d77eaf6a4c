// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the engine works with, in memory. See fakes.h.
 */
#include "fakes.h"
#include "check.h"

#include <errno.h>
#include <string.h>

/* ---- The driver */

static uint32_t get_number(const uint8_t *unit)
{
	return (uint32_t)unit[2] << 24 | (uint32_t)unit[3] << 16 | (uint32_t)unit[4] << 8 | unit[5];
}

void fake_unit(uint8_t *unit, enum unit_type type, unsigned int channel, uint32_t number)
{
	unit[0] = (uint8_t)type;
	unit[1] = (uint8_t)channel;
	unit[2] = (uint8_t)(number >> 24);
	unit[3] = (uint8_t)(number >> 16);
	unit[4] = (uint8_t)(number >> 8);
	unit[5] = (uint8_t)number;
}

static void driver_write(struct bridged_io *io, enum unit_type type, unsigned int channel)
{
	uint8_t *unit = bridged_io_out(io, UNIT_SIZE);

	assert_non_null(unit); /* BRIDGED_OUT_ROOM is promised */
	fake_unit(unit, type, channel, 0);
}

static void driver_tell(struct bridged_io *io, enum bridged_event_type type, unsigned int channel,
			const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, type, channel);

	assert_non_null(event);
	event->reason = reason;
}

static void driver_attach(void *state, struct bridged_io *io)
{
	struct fake_driver_state *st = state;

	memset(st->under_way, 0, sizeof(st->under_way));
	st->attached++;
	driver_write(io, UNIT_ATTACH, 0);
}

static void driver_describe(const void *state, struct bridged_description *desc)
{
	(void)state;
	*desc = (struct bridged_description){
		.model = "Fake",
		.firmware = "1.0",
		.channels = FAKE_CHANNELS,
		.confirm = BRIDGED_CONFIRM_SENT,
		.ctrlmodes = CAN_CTRLMODE_FD,
	};
}

static int driver_init(void *state, const struct bridged_settings *settings, const void *options,
		       const char **reason)
{
	(void)state;
	(void)options;
	*reason = "bitrate: no fake adapter does more than 1000000";
	return settings->nominal.bitrate > 1000000 ? -EINVAL : 0;
}

static void driver_start(void *state, unsigned int channel, const struct bridged_settings *settings,
			 struct bridged_io *io)
{
	const struct fake_driver_state *st = state;

	assert_int_equal(settings->nominal.bitrate,
			 st->bitrate ? st->bitrate : FAKE_BITRATE + channel);
	driver_write(io, UNIT_START, channel);
	if (!st->opens_at_once)
		return;
	driver_tell(io, BRIDGED_NOTE, channel, "a note from start()");
	driver_tell(io, BRIDGED_OPENED, channel, NULL);
}

static void driver_tx_ended(struct fake_driver_state *st, enum bridged_event_type type,
			    unsigned int channel, struct bridged_io *io)
{
	struct bridged_event *event;

	if (!st->under_way[channel].n)
		return;
	event = bridged_io_event(io, type, channel);
	assert_non_null(event);
	event->echo = st->under_way[channel].oldest++;
	st->under_way[channel].n--;
}

static void driver_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct fake_driver_state *st = state;

	driver_write(io, UNIT_STOP, channel);
	while (st->under_way[channel].n)
		driver_tx_ended(st, BRIDGED_TX_FAILED, channel, io);
}

struct live_values {
	uint32_t level;
	const char *label;
};

static const struct bridged_option driver_live[] = {
	{.name = "level",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct live_values, level),
	 .min = 1,
	 .max = 9,
	 .help = "1 to 9"},
	{.name = "label",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct live_values, label),
	 .help = "any text"},
	{0},
};

static void driver_set(void *state, unsigned int channel, const struct bridged_option *option,
		       const void *values, struct bridged_io *io)
{
	const struct fake_driver_state *st = state;
	const struct live_values *live = values;
	uint8_t *unit = bridged_io_out(io, UNIT_SIZE);

	assert_non_null(unit);
	fake_unit(unit, UNIT_SET, channel,
		  option == &driver_live[0] ? live->level : (uint32_t)strlen(live->label));
	if (st->sets_at_once)
		driver_tell(io, BRIDGED_SET_DONE, channel, NULL);
}

static void driver_unit(const uint8_t *unit, struct bridged_io *io)
{
	unsigned int channel = unit[1];
	struct bridged_event *event;

	switch (unit[0]) {
	case UNIT_READY:
		driver_tell(io, BRIDGED_READY, 0, NULL);
		break;
	case UNIT_REFUSED:
		driver_tell(io, BRIDGED_REFUSED, channel, "bitrate 33333: Fake cannot do that");
		break;
	case UNIT_OPENED:
		driver_tell(io, BRIDGED_OPENED, channel, NULL);
		break;
	case UNIT_NOTE:
		driver_tell(io, BRIDGED_NOTE, channel, "a note from decode()");
		break;
	case UNIT_SET_DONE:
		driver_tell(io, BRIDGED_SET_DONE, channel, NULL);
		break;
	case UNIT_SET_REFUSED:
		driver_tell(io, BRIDGED_SET_REFUSED, channel, "Fake is full");
		break;
	case UNIT_STATE:
		event = bridged_io_event(io, BRIDGED_STATE, channel);
		event->state = (enum can_state)get_number(unit);
		event->berr = (struct can_berr_counter){.txerr = 96, .rxerr = 7};
		break;
	case UNIT_OVERRUN:
		io->overruns++;
		break;
	default:
		io->bad_units++;
	}
}

static size_t driver_decode(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct fake_driver_state *st = state;
	struct anycan_frame *frame;
	size_t done;

	for (done = 0; len - done >= UNIT_SIZE; done += UNIT_SIZE) {
		const uint8_t *unit = in + done;

		if (io->n_events == io->max_events)
			break;
		if (unit[0] == UNIT_DONE) {
			driver_tx_ended(st, BRIDGED_TX_DONE, unit[1], io);
		} else if (unit[0] == UNIT_FAILED) {
			driver_tx_ended(st, BRIDGED_TX_FAILED, unit[1], io);
		} else if (unit[0] != UNIT_FRAME) {
			driver_unit(unit, io);
		} else {
			frame = bridged_io_frame(io);
			if (!frame)
				break;
			*frame = (struct anycan_frame){
				.ts_ns = io->wall_ns,
				.can_id = get_number(unit) | CAN_EFF_FLAG,
				.channel = unit[1],
			};
			io->n_frames++;
		}
	}
	return done;
}

static int driver_encode(void *state, const struct anycan_frame *frame, uint32_t echo,
			 struct bridged_io *io)
{
	struct fake_driver_state *st = state;
	unsigned int channel = frame->channel;
	uint8_t *unit;

	if (frame->can_id & CAN_RTR_FLAG)
		return -EOPNOTSUPP;
	if (st->busy || (st->confirms && st->under_way[channel].n >= st->window))
		return -EAGAIN;
	unit = bridged_io_out(io, UNIT_SIZE);
	if (!unit)
		return -EAGAIN;
	fake_unit(unit, UNIT_FRAME, channel, frame->can_id & CAN_EFF_MASK);
	if (!st->confirms)
		return BRIDGED_TAKEN_DONE;
	if (!st->under_way[channel].n)
		st->under_way[channel].oldest = echo;
	assert_int_equal(echo, st->under_way[channel].oldest + st->under_way[channel].n);
	st->under_way[channel].n++;
	return BRIDGED_TAKEN;
}

static struct anycan_mono driver_tick(void *state, struct bridged_io *io)
{
	struct fake_driver_state *st = state;

	st->ticks++;
	if (st->ready_by_tick && st->attached)
		driver_tell(io, BRIDGED_READY, 0, NULL);
	st->ready_by_tick = false;
	return st->tick_again;
}

const struct bridged_driver fake_driver = {
	.name = "fake",
	.summary = "units of 6 bytes",
	.transport = BRIDGED_STREAM,
	.state_size = sizeof(struct fake_driver_state),
	.unit_max = UNIT_SIZE,
	.live = driver_live,
	.live_size = sizeof(struct live_values),
	.set = driver_set,
	.init = driver_init,
	.attach = driver_attach,
	.describe = driver_describe,
	.start = driver_start,
	.stop = driver_stop,
	.decode = driver_decode,
	.encode = driver_encode,
	.tick = driver_tick,
};

/* ---- The transport */

static struct fake_transport *line_of(struct bridged_transport *t)
{
	return (struct fake_transport *)t;
}

static int line_open(struct bridged_transport *t, char *reason)
{
	struct fake_transport *line = line_of(t);

	assert_false(line->is_open);
	line->opens++;
	if (line->open_error < 0) {
		strcpy(reason, "/dev/fake: not there");
		return line->open_error;
	}
	line->is_open = true;
	line->unit_len = 0;
	return line->open_error;
}

static int line_opened(struct bridged_transport *t, char *reason)
{
	if (line_of(t)->opened_error < 0) {
		line_of(t)->is_open = false;
		strcpy(reason, "/dev/fake: refused");
	}
	return line_of(t)->opened_error;
}

static void line_close(struct bridged_transport *t)
{
	line_of(t)->is_open = false;
}

static int line_fd(const struct bridged_transport *t)
{
	const struct fake_transport *line = (const struct fake_transport *)t;

	return line->is_open ? line->fd : -1;
}

static void count_read(struct fake_transport *line, size_t from, size_t to)
{
	for (size_t at = from / UNIT_SIZE * UNIT_SIZE; at + UNIT_SIZE <= to; at += UNIT_SIZE)
		if (line->to_host[at] == UNIT_FRAME && at + UNIT_SIZE > from)
			line->frames_read[line->to_host[at + 1]]++;
}

static ssize_t line_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	struct fake_transport *line = line_of(t);
	size_t n = line->said - line->read;

	assert_true(line->is_open);
	assert_true(size > 0);
	if (!n)
		return line->error ? line->error : -EAGAIN;
	if (n > size)
		n = size;
	memcpy(buf, line->to_host + line->read, n);
	count_read(line, line->read, line->read + n);
	line->read += n;
	if (line->read == line->said)
		line->read = line->said = 0;
	return (ssize_t)n;
}

static void line_got(struct fake_transport *line)
{
	unsigned int channel = line->unit[1];
	int64_t number = get_number(line->unit);

	line->units[line->unit[0]]++;
	if (line->unit[0] == UNIT_SET)
		memcpy(line->last_set, line->unit, UNIT_SIZE);
	if (line->unit[0] != UNIT_FRAME)
		return;
	line->frames_got[channel]++;
	line->disorder |= number <= line->last_got[channel];
	line->last_got[channel] = number;
}

static ssize_t line_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	struct fake_transport *line = line_of(t);
	size_t n = len < line->write_max ? len : line->write_max;

	assert_true(line->is_open && !line->held);
	if (line->error)
		return line->error;
	if (!n)
		return -EAGAIN;
	for (size_t i = 0; i < n; i++) {
		line->unit[line->unit_len++] = buf[i];
		if (line->unit_len < UNIT_SIZE)
			continue;
		line_got(line);
		line->unit_len = 0;
	}
	return (ssize_t)n;
}

static bool line_held(const struct bridged_transport *t)
{
	return ((const struct fake_transport *)t)->held;
}

static void line_drain(struct bridged_transport *t, int timeout_ms)
{
	(void)t;
	(void)timeout_ms;
}

const struct bridged_transport_class fake_transport_class = {
	.name = "fake",
	.summary = "memory",
	.open = line_open,
	.opened = line_opened,
	.close = line_close,
	.fd = line_fd,
	.held = line_held,
	.read = line_read,
	.write = line_write,
	.drain = line_drain,
};

/* ---- The port */

static struct fake_port *port_of(struct bridged_port *p)
{
	return (struct fake_port *)p;
}

static void trace(struct fake_port *port, char what)
{
	size_t len = strlen(port->trace);

	if (len + 1 < sizeof(port->trace))
		port->trace[len] = what;
}

static void port_close(struct bridged_port *p)
{
	(void)p;
}

static void port_fds(const struct bridged_port *p, int fds[BRIDGED_PORT_FDS])
{
	fds[0] = ((const struct fake_port *)p)->fd;
	fds[1] = -1;
	fds[2] = -1;
}

static unsigned int port_handle(struct bridged_port *p, int index)
{
	assert_int_equal(index, 0);
	if (port_of(p)->deleted)
		return BRIDGED_PORT_GONE;
	return BRIDGED_PORT_FRAMES | BRIDGED_PORT_LINK;
}

static bool port_is_up(const struct bridged_port *p)
{
	return ((const struct fake_port *)p)->up;
}

static int port_change(struct bridged_port *p, const struct bridged_link_change *change,
		       enum bridged_link_step *step)
{
	struct fake_port *port = port_of(p);

	if (change->txqueuelen > 1000) {
		*step = BRIDGED_LINK_TXQUEUELEN;
		return -ERANGE;
	}
	port->txqueuelen = change->txqueuelen;
	if (change->mtu)
		port->fd_frames = change->mtu == CANFD_MTU;
	port->up = (port->up && !change->down) || change->up;
	return 0;
}

static int port_set_carrier(struct bridged_port *p, bool on)
{
	trace(port_of(p), on ? '+' : '-');
	return 0;
}

static void port_hold(struct bridged_port *p, bool on)
{
	trace(port_of(p), on ? 'H' : 'h');
}

static void port_send(struct bridged_port *p, const struct anycan_frame *frames, unsigned int n)
{
	struct fake_port *port = port_of(p);

	for (unsigned int i = 0; i < n; i++) {
		int64_t number = frames[i].can_id & CAN_EFF_MASK;

		if (frames[i].can_id & CAN_ERR_FLAG) {
			port->errors++;
			port->last_error = frames[i];
			trace(port, 'e');
			continue;
		}
		port->got++;
		port->disorder |= number <= port->last_got;
		port->last_got = number;
	}
}

static unsigned int port_recv(struct bridged_port *p, struct anycan_frame *frames, uint32_t *tokens,
			      unsigned int max)
{
	struct fake_port *port = port_of(p);
	unsigned int n = port->waiting < max ? port->waiting : max;

	(void)tokens;
	assert_true(max > 0);
	for (unsigned int i = 0; i < n; i++, port->next++) {
		frames[i] = (struct anycan_frame){.can_id = port->next | CAN_EFF_FLAG};
		if (port->remote_every && port->next % port->remote_every == 0)
			frames[i].can_id |= CAN_RTR_FLAG;
	}
	port->waiting -= n;
	port->taken += n;
	return n;
}

static void port_drops(const struct bridged_port *p, struct bridged_port_drops *drops)
{
	*drops = ((const struct fake_port *)p)->dropped;
}

static void port_backlog(struct bridged_port *p, uint64_t *rx, uint64_t *tx)
{
	*rx = port_of(p)->backlog_rx;
	*tx = port_of(p)->backlog_tx;
}

const struct bridged_port_class fake_port_class = {
	.name = "fake",
	.summary = "memory",
	.close = port_close,
	.fds = port_fds,
	.handle = port_handle,
	.is_up = port_is_up,
	.change = port_change,
	.set_carrier = port_set_carrier,
	.hold = port_hold,
	.send = port_send,
	.recv = port_recv,
	.drops = port_drops,
	.backlog = port_backlog,
};
