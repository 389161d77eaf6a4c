// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * serial: "CAN over serial", the protocol that python-can made for programs and boards of one's
 * own. It has frames and nothing else: no settings, no answers. Sources: see serial_codec.h.
 */
#include "hold.h"
#include "pace.h"
#include "refusal.h"
#include "serial_codec.h"

#include <anycan/string.h>
#include <errno.h>
#include <string.h>

enum serial_unit {
	SERIAL_UNIT_MS,
	SERIAL_UNIT_US,
	SERIAL_UNIT_S,
	SERIAL_UNIT_NONE,
};

struct serial_options {
	uint32_t dialect; /**< 0 the newest, 1 that of python-can before 4.6 */
	uint32_t rtr;	  /**< 0 filled, 1 empty */
	uint32_t unit;	  /**< enum serial_unit */
};

struct serial {
	struct serial_options options;
	struct serial_form form;
	bool attached, ready, open;
	bool skipping; /**< inside bytes that are no frame */
	bool blocked;  /**< a sender waits */
	struct hold hold;
	struct pace pace;
	struct anycan_clock clock;
	struct anycan_mono since; /**< what the stamps of sent frames count from */
	char text[256];
};

static const char *const serial_dialect_words[] = {"4.6", "4.0", NULL};
static const char *const serial_rtr_words[] = {"filled", "empty", NULL};
static const char *const serial_unit_words[] = {"ms", "us", "s", "none", NULL};

static const struct bridged_option serial_options_table[] = {
	{.name = "dialect",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct serial_options, dialect),
	 .choices = serial_dialect_words,
	 .fallback = "4.6",
	 .help = "for what is sent: 4.6 (default), or 4.0 for python-can before 4.6"},
	{.name = "rtr",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct serial_options, rtr),
	 .choices = serial_rtr_words,
	 .fallback = "filled",
	 .help = "remote frames sent: filled, as python-can reads (default), empty, as it writes"},
	{.name = "timestamp-unit",
	 .alias = "timestamp_unit",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct serial_options, unit),
	 .choices = serial_unit_words,
	 .fallback = "ms",
	 .help = "what the device's time stamps count: ms (default), us, s; none ignores them"},
	{.name = NULL},
};

static const struct refusal_limits serial_limits = {
	.adapter = "the serial protocol",
	.bitrate_max = 1000000,
	.restart_step = "leave it out",
};

static const int64_t serial_tick_ns[] = {
	[SERIAL_UNIT_MS] = ANYCAN_NS_PER_MS,
	[SERIAL_UNIT_US] = ANYCAN_NS_PER_US,
	[SERIAL_UNIT_S] = ANYCAN_NS_PER_S,
	[SERIAL_UNIT_NONE] = ANYCAN_NS_PER_MS,
};

static void serial_refuse(struct bridged_io *io, const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, BRIDGED_REFUSED, 0);

	if (event)
		event->reason = reason;
}

static int serial_init(void *state, const struct bridged_settings *settings, const void *options,
		       const char **reason)
{
	struct serial *st = state;

	st->options = *(const struct serial_options *)options;
	st->form = (struct serial_form){.bare = st->options.dialect, .empty = st->options.rtr};
	*reason = refusal_of(&serial_limits, settings, st->text, sizeof(st->text));
	return *reason ? -EINVAL : 0;
}

static void serial_attach(void *state, struct bridged_io *io)
{
	struct serial *st = state;

	st->attached = true;
	st->ready = st->open = st->skipping = st->blocked = false;
	st->hold = (struct hold){.len = 0};
	st->since = io->now;
	anycan_clock_init(&st->clock, UINT64_C(1) << 32, serial_tick_ns[st->options.unit]);
}

static void serial_describe(const void *state, struct bridged_description *desc)
{
	const struct serial *st = state;
	struct anycan_string text;

	memset(desc, 0, sizeof(*desc));
	anycan_string_init(&text, desc->model, sizeof(desc->model));
	anycan_string_add(&text, "CAN over serial");
	desc->channels = 1;
	desc->no_bitrate = true;
	desc->timestamps = st->options.unit != SERIAL_UNIT_NONE;
	desc->confirm = BRIDGED_CONFIRM_NONE;
}

static void serial_start(void *state, unsigned int channel, const struct bridged_settings *settings,
			 struct bridged_io *io)
{
	struct serial *st = state;
	const char *reason = refusal_of(&serial_limits, settings, st->text, sizeof(st->text));

	(void)channel;
	if (reason) {
		serial_refuse(io, reason);
		return;
	}
	st->open = true;
	st->blocked = false;
	pace_init(&st->pace, settings->nominal.bitrate, 0, 0, io->now);
	bridged_io_event(io, BRIDGED_OPENED, 0);
}

static void serial_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct serial *st = state;

	(void)channel;
	(void)io;
	st->open = false;
}

/* ---- Frames */

static int64_t serial_time(struct serial *st, uint32_t stamp, const struct bridged_io *io)
{
	/* Programs that have no clock send 0, as python-can does by default. */
	if (!stamp || st->options.unit == SERIAL_UNIT_NONE)
		return io->wall_ns;
	return anycan_clock_map(&st->clock, stamp, io->wall_ns);
}

/* A frame, or a byte that is none. See struct hold_parser. */
static int serial_unit(void *state, const uint8_t *in, size_t len, bool silent,
		       struct bridged_io *io)
{
	struct serial *st = state;
	struct anycan_frame *frame = bridged_io_frame(io);
	uint32_t stamp;
	int used;

	if (!frame)
		return HOLD_MORE; /* has_room() has seen to it */
	used = serial_frame_get(in, len, silent, frame, &stamp);
	if (used == HOLD_BAD) {
		/* What looked like a frame counts, and other bytes run by run. */
		if (in[0] == SERIAL_BEGIN || !st->skipping)
			io->bad_units++;
		st->skipping = true;
		return 1;
	}
	if (used <= 0)
		return used;
	st->skipping = false;
	frame->ts_ns = serial_time(st, stamp, io);
	if (st->open && !(frame->can_id & CAN_ERR_FLAG))
		pace_received(&st->pace, frame, io->now);
	io->n_frames++;
	return used;
}

static bool serial_has_room(const struct bridged_io *io)
{
	return io->n_frames < io->max_frames;
}

static const struct hold_parser serial_parser = {serial_unit, serial_has_room};

static size_t serial_decode(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct serial *st = state;

	return hold_decode(&st->hold, &serial_parser, st, in, len, io);
}

static bool serial_can_send(const struct serial *st, const struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG)
		return !st->form.bare;
	/* The old form has no bit that makes a frame a remote one. */
	return refusal_can_send(frame) && !(st->form.bare && (frame->can_id & CAN_RTR_FLAG));
}

static int serial_encode(void *state, const struct anycan_frame *frame, uint32_t echo,
			 struct bridged_io *io)
{
	struct serial *st = state;
	int64_t stamp = (io->now.ns - st->since.ns) / serial_tick_ns[st->options.unit];

	(void)echo;
	if (!serial_can_send(st, frame))
		return -EOPNOTSUPP;
	if (io->out_max - io->out_len < SERIAL_FRAME_MAX)
		return -EAGAIN;
	st->blocked = !st->open || !pace_ready(&st->pace, io->now);
	if (st->blocked)
		return -EAGAIN;
	io->out_len += serial_frame_put(frame, (uint32_t)stamp, st->form, io->out + io->out_len);
	pace_sent(&st->pace, frame);
	return BRIDGED_TAKEN_DONE;
}

static struct anycan_mono serial_tick(void *state, struct bridged_io *io)
{
	struct serial *st = state;
	struct anycan_mono next;

	if (st->attached && !st->ready) {
		st->ready = true;
		bridged_io_event(io, BRIDGED_READY, 0);
	}
	next = hold_tick(&st->hold, &serial_parser, st, io);
	if (st->open)
		next = anycan_mono_min(next, pace_due(&st->pace, &st->blocked, io->now));
	return next;
}

const struct bridged_driver serial_driver = {
	.name = "serial",
	.summary = "boards and programs that speak python-can's \"CAN over serial\"",
	.transport = BRIDGED_STREAM,
	.options = serial_options_table,
	.options_size = sizeof(struct serial_options),
	.state_size = sizeof(struct serial),
	.unit_max = SERIAL_FRAME_MAX,
	.init = serial_init,
	.attach = serial_attach,
	.describe = serial_describe,
	.start = serial_start,
	.stop = serial_stop,
	.decode = serial_decode,
	.encode = serial_encode,
	.tick = serial_tick,
};
