// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * seeedstudio: the Seeed and Waveshare USB-CAN analyzer, one channel of classic CAN behind a serial
 * line of 2 Mbit/s. It takes settings without a word, and tells its error counters when it is
 * asked. Sources: see seeedstudio_codec.h.
 */
#include "filter.h"
#include "hold.h"
#include "pace.h"
#include "refusal.h"
#include "seeedstudio_codec.h"

#include <anycan/string.h>
#include <errno.h>
#include <linux/can/error.h>
#include <string.h>

/* How long the first answer may be missing until there are no more questions. */
#define SEEEDSTUDIO_PATIENCE_NS (3 * ANYCAN_NS_PER_S)

enum seeedstudio_frame_type {
	SEEEDSTUDIO_TYPE_AUTO, /**< that of the filter, or base frames */
	SEEEDSTUDIO_TYPE_STD,
	SEEEDSTUDIO_TYPE_EXT,
};

struct seeedstudio_options {
	uint32_t protocol;   /**< 0 variable, 1 fixed */
	uint32_t id_order;   /**< 0 little, 1 big */
	uint32_t rtr;	     /**< 0 empty, 1 filled */
	uint32_t frame_type; /**< enum seeedstudio_frame_type */
	uint32_t poll_ms;
	const char *filter;
};

struct seeedstudio {
	struct seeedstudio_options options;
	struct seeedstudio_form form;
	struct filter filter;
	bool has_filter, no_bitrate;

	bool attached, ready, open, silent;
	bool skipping; /**< inside bytes that are neither frame nor message */
	bool blocked;  /**< a sender waits */
	struct hold hold;
	struct pace pace;
	enum can_state can_state;
	struct can_berr_counter berr;
	struct anycan_mono poll, patience;
	char text[256];
};

static const char *const seeedstudio_protocol_words[] = {"variable", "fixed", NULL};
static const char *const seeedstudio_order_words[] = {"little", "big", NULL};
static const char *const seeedstudio_rtr_words[] = {"empty", "filled", NULL};
static const char *const seeedstudio_type_words[] = {"auto", "std", "ext", NULL};

static const struct bridged_option seeedstudio_options_table[] = {
	{.name = "filter",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct seeedstudio_options, filter),
	 .help = "ID:MASK in hex: the adapter passes these frames only"},
	{.name = "frame-type",
	 .alias = "frame_type",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct seeedstudio_options, frame_type),
	 .choices = seeedstudio_type_words,
	 .fallback = "auto",
	 .help = "type of frame in the settings: std, ext, or as the filter (default)"},
	{.name = "id-order",
	 .alias = "id_order",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct seeedstudio_options, id_order),
	 .choices = seeedstudio_order_words,
	 .fallback = "little",
	 .help = "bytes of identifiers in the fixed protocol: little (default) or big endian"},
	{.name = "poll-status",
	 .alias = "poll_status",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct seeedstudio_options, poll_ms),
	 .min = 0,
	 .max = 60000,
	 .fallback = "1000",
	 .help = "milliseconds between reads of the error counters, 0 = never (default 1000)"},
	{.name = "protocol",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct seeedstudio_options, protocol),
	 .choices = seeedstudio_protocol_words,
	 .fallback = "variable",
	 .help = "frames of variable length (default), or fixed: of 20 bytes"},
	{.name = "rtr",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct seeedstudio_options, rtr),
	 .choices = seeedstudio_rtr_words,
	 .fallback = "empty",
	 .help = "remote frames sent: empty, as python-can writes (default), filled, as it reads"},
	{.name = NULL},
};

static const char *const seeedstudio_line[] = {"baud", "2000000", NULL};

#define SEEEDSTUDIO_MODES (CAN_CTRLMODE_LISTENONLY | CAN_CTRLMODE_LOOPBACK | CAN_CTRLMODE_ONE_SHOT)

static const struct refusal_limits seeedstudio_limits = {
	.adapter = "a USB-CAN analyzer",
	.ctrlmodes = SEEEDSTUDIO_MODES,
	.bitrates = seeedstudio_bitrates,
	.restart_step = "leave it out",
};

static void seeedstudio_say(struct bridged_io *io, enum bridged_event_type type, const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, type, 0);

	if (event)
		event->reason = reason;
}

/* ---- What the user wants */

static const char *seeedstudio_check_options(struct seeedstudio *st)
{
	const char *text = st->options.filter;
	bool extended;

	if (!text)
		return NULL;
	if (!filter_parse(&st->filter, &text) || *text)
		return "filter must be one ID:MASK in hex, 3 or 8 digits each, as in 123:7FF";
	extended = st->filter.id & CAN_EFF_FLAG;
	if (st->options.frame_type == (extended ? SEEEDSTUDIO_TYPE_STD : SEEEDSTUDIO_TYPE_EXT))
		return "frame-type and filter disagree: 3 digits are std, 8 digits are ext; leave "
		       "out frame-type";
	st->has_filter = true;
	return NULL;
}

static int seeedstudio_init(void *state, const struct bridged_settings *settings,
			    const void *options, const char **reason)
{
	struct seeedstudio *st = state;

	st->options = *(const struct seeedstudio_options *)options;
	st->form = (struct seeedstudio_form){.fixed = st->options.protocol,
					     .big_endian = st->options.id_order,
					     .filled = st->options.rtr};
	st->no_bitrate = !settings->nominal.bitrate;
	*reason = refusal_of(&seeedstudio_limits, settings, st->text, sizeof(st->text));
	if (!*reason)
		*reason = seeedstudio_check_options(st);
	return *reason ? -EINVAL : 0;
}

static bool seeedstudio_needs_bitrate(const void *state)
{
	return ((const struct seeedstudio *)state)->no_bitrate;
}

/* ---- Coming and going */

static void seeedstudio_attach(void *state, struct bridged_io *io)
{
	struct seeedstudio *st = state;

	(void)io;
	st->attached = true;
	st->ready = st->open = st->skipping = st->blocked = false;
	st->hold = (struct hold){.len = 0};
	st->poll = ANYCAN_NEVER;
}

static void seeedstudio_describe(const void *state, struct bridged_description *desc)
{
	struct anycan_string text;

	(void)state;
	memset(desc, 0, sizeof(*desc));
	anycan_string_init(&text, desc->model, sizeof(desc->model));
	anycan_string_add(&text, "USB-CAN analyzer");
	desc->channels = 1;
	desc->ctrlmodes = SEEEDSTUDIO_MODES;
	desc->confirm = BRIDGED_CONFIRM_NONE;
	desc->bitrates = seeedstudio_bitrates;
}

static void seeedstudio_configure(const struct seeedstudio *st,
				  const struct bridged_settings *settings, struct bridged_io *io)
{
	uint32_t modes = settings->ctrlmode.flags;
	const struct seeedstudio_settings wanted = {
		.speed = seeedstudio_speed(settings->nominal.bitrate),
		.extended = st->options.frame_type == SEEEDSTUDIO_TYPE_EXT ||
			    (st->filter.id & CAN_EFF_FLAG),
		.id = st->filter.id & CAN_EFF_MASK,
		.mask = st->filter.mask,
		.loopback = modes & CAN_CTRLMODE_LOOPBACK,
		.silent = modes & CAN_CTRLMODE_LISTENONLY,
		.once = modes & CAN_CTRLMODE_ONE_SHOT,
		.fixed = st->form.fixed,
	};
	uint8_t *out = bridged_io_out(io, SEEEDSTUDIO_MESSAGE);

	if (out)
		seeedstudio_put_settings(&wanted, out);
}

static void seeedstudio_start(void *state, unsigned int channel,
			      const struct bridged_settings *settings, struct bridged_io *io)
{
	struct seeedstudio *st = state;
	const char *reason = refusal_of(&seeedstudio_limits, settings, st->text, sizeof(st->text));

	(void)channel;
	if (!reason && !settings->nominal.bitrate)
		reason = "the bit rate is missing; give it with `bitrate`, for example 500000";
	if (reason) {
		seeedstudio_say(io, BRIDGED_REFUSED, reason);
		return;
	}
	seeedstudio_configure(st, settings, io);
	st->open = true;
	st->blocked = false;
	/* Alone with itself in loopback it may send. */
	st->silent = (settings->ctrlmode.flags & CAN_CTRLMODE_LISTENONLY) &&
		     !(settings->ctrlmode.flags & CAN_CTRLMODE_LOOPBACK);
	st->can_state = CAN_STATE_ERROR_ACTIVE;
	st->berr = (struct can_berr_counter){0, 0};
	st->patience = anycan_mono_after(io->now, SEEEDSTUDIO_PATIENCE_NS);
	st->poll = st->options.poll_ms ? io->now : ANYCAN_NEVER;
	pace_init(&st->pace, settings->nominal.bitrate, 0, 0, io->now);
	bridged_io_event(io, BRIDGED_OPENED, 0);
}

/* There is no command for that. */
static void seeedstudio_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct seeedstudio *st = state;

	(void)channel;
	(void)io;
	st->open = false;
	st->poll = ANYCAN_NEVER;
}

/* ---- The error counters */

static enum can_state seeedstudio_state_of(struct can_berr_counter berr)
{
	uint16_t most = berr.txerr > berr.rxerr ? berr.txerr : berr.rxerr;

	if (most >= 128)
		return CAN_STATE_ERROR_PASSIVE;
	return most >= 96 ? CAN_STATE_ERROR_WARNING : CAN_STATE_ERROR_ACTIVE;
}

/* The error frame that the kernel's drivers make of a new state. */
static void seeedstudio_error_frame(const struct seeedstudio *st, struct bridged_io *io)
{
	struct anycan_frame *frame = bridged_io_frame(io);
	bool passive = st->can_state == CAN_STATE_ERROR_PASSIVE;
	uint8_t bits = 0;

	if (!frame)
		return; /* has_room() has seen to it */
	*frame = (struct anycan_frame){
		.can_id = CAN_ERR_FLAG | CAN_ERR_CRTL | CAN_ERR_CNT,
		.len = CAN_ERR_DLC,
		.ts_ns = io->wall_ns,
	};
	if (st->can_state == CAN_STATE_ERROR_ACTIVE)
		bits = CAN_ERR_CRTL_ACTIVE;
	else if (st->berr.txerr >= st->berr.rxerr)
		bits = passive ? CAN_ERR_CRTL_TX_PASSIVE : CAN_ERR_CRTL_TX_WARNING;
	if (st->can_state != CAN_STATE_ERROR_ACTIVE && st->berr.rxerr >= st->berr.txerr)
		bits |= passive ? CAN_ERR_CRTL_RX_PASSIVE : CAN_ERR_CRTL_RX_WARNING;
	frame->data[1] = bits;
	frame->data[6] = (uint8_t)st->berr.txerr;
	frame->data[7] = (uint8_t)st->berr.rxerr;
	io->n_frames++;
}

static void seeedstudio_status(struct seeedstudio *st, const struct seeedstudio_counters *counters,
			       struct bridged_io *io)
{
	const struct can_berr_counter berr = {.txerr = counters->tx, .rxerr = counters->rx};
	enum can_state before = st->can_state;
	struct bridged_event *event;

	st->patience = ANYCAN_NEVER;
	if (!st->open || (berr.txerr == st->berr.txerr && berr.rxerr == st->berr.rxerr))
		return;
	st->berr = berr;
	st->can_state = seeedstudio_state_of(berr);
	if (st->can_state != before)
		seeedstudio_error_frame(st, io);
	event = bridged_io_event(io, BRIDGED_STATE, 0);
	if (event) {
		event->state = st->can_state;
		event->berr = berr;
	}
}

static void seeedstudio_ask(struct seeedstudio *st, struct bridged_io *io)
{
	uint8_t *out;

	if (io->now.ns >= st->patience.ns) {
		st->poll = ANYCAN_NEVER;
		seeedstudio_say(io, BRIDGED_NOTE,
				"the adapter does not tell its error counters: its state is not "
				"known");
		return;
	}
	out = bridged_io_out(io, SEEEDSTUDIO_MESSAGE);
	if (out)
		seeedstudio_put_status(out);
	st->poll = anycan_mono_after(io->now, st->options.poll_ms * ANYCAN_NS_PER_MS);
}

/* ---- Frames */

/* The adapter's filter may pass more than it is told; the result is exact. */
static bool seeedstudio_wanted(const struct seeedstudio *st, canid_t id)
{
	return !st->has_filter || (!((id ^ st->filter.id) & CAN_EFF_FLAG) &&
				   !((id ^ st->filter.id) & st->filter.mask));
}

static void seeedstudio_receive(struct seeedstudio *st, const struct anycan_frame *received,
				struct bridged_io *io)
{
	struct anycan_frame *frame = bridged_io_frame(io);

	if (st->open)
		pace_received(&st->pace, received, io->now);
	if (!frame || !seeedstudio_wanted(st, received->can_id))
		return;
	*frame = *received;
	frame->ts_ns = io->wall_ns;
	io->n_frames++;
}

/* A frame, a message, or a byte that is neither. See struct hold_parser. */
static int seeedstudio_take(void *state, const uint8_t *in, size_t len, bool silent,
			    struct bridged_io *io)
{
	struct seeedstudio *st = state;
	struct seeedstudio_input input;
	int used = seeedstudio_get(in, len, silent, st->form.big_endian, &input);

	if (used == HOLD_BAD) {
		/* What looked like a frame counts, and other bytes run by run. */
		if (in[0] == 0xaa || !st->skipping)
			io->bad_units++;
		st->skipping = true;
		return 1;
	}
	if (used <= 0)
		return used;
	st->skipping = false;
	if (input.unit == SEEEDSTUDIO_UNIT_FRAME)
		seeedstudio_receive(st, &input.frame, io);
	else if (input.unit == SEEEDSTUDIO_UNIT_STATUS)
		seeedstudio_status(st, &input.counters, io);
	return used;
}

static bool seeedstudio_has_room(const struct bridged_io *io)
{
	return io->n_frames < io->max_frames && io->n_events < io->max_events;
}

static const struct hold_parser seeedstudio_parser = {seeedstudio_take, seeedstudio_has_room};

static size_t seeedstudio_decode(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct seeedstudio *st = state;

	return hold_decode(&st->hold, &seeedstudio_parser, st, in, len, io);
}

static int seeedstudio_encode(void *state, const struct anycan_frame *frame, uint32_t echo,
			      struct bridged_io *io)
{
	struct seeedstudio *st = state;

	(void)echo;
	if (!refusal_can_send(frame) || (st->open && st->silent))
		return -EOPNOTSUPP;
	if (io->out_max - io->out_len < SEEEDSTUDIO_MESSAGE)
		return -EAGAIN;
	st->blocked = !st->open || !pace_ready(&st->pace, io->now);
	if (st->blocked)
		return -EAGAIN;
	io->out_len += seeedstudio_put_frame(frame, st->form, io->out + io->out_len);
	pace_sent(&st->pace, frame);
	return BRIDGED_TAKEN_DONE;
}

static struct anycan_mono seeedstudio_tick(void *state, struct bridged_io *io)
{
	struct seeedstudio *st = state;
	struct anycan_mono next;

	if (st->attached && !st->ready) {
		st->ready = true;
		bridged_io_event(io, BRIDGED_READY, 0);
	}
	next = hold_tick(&st->hold, &seeedstudio_parser, st, io);
	if (io->now.ns >= st->poll.ns)
		seeedstudio_ask(st, io);
	next = anycan_mono_min(next, st->poll);
	if (st->open)
		next = anycan_mono_min(next, pace_due(&st->pace, &st->blocked, io->now));
	return next;
}

const struct bridged_driver seeedstudio_driver = {
	.name = "seeedstudio",
	.alias = "seedstudio",
	.summary = "serial adapters: Seeed and Waveshare USB-CAN analyzer (CH340), one channel",
	.transport = BRIDGED_STREAM,
	.transport_defaults = seeedstudio_line,
	.options = seeedstudio_options_table,
	.options_size = sizeof(struct seeedstudio_options),
	.state_size = sizeof(struct seeedstudio),
	.unit_max = SEEEDSTUDIO_MESSAGE,
	.init = seeedstudio_init,
	.needs_bitrate = seeedstudio_needs_bitrate,
	.attach = seeedstudio_attach,
	.describe = seeedstudio_describe,
	.start = seeedstudio_start,
	.stop = seeedstudio_stop,
	.decode = seeedstudio_decode,
	.encode = seeedstudio_encode,
	.tick = seeedstudio_tick,
};
