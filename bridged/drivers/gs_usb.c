// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * gs_usb: the USB adapters that speak Geschwister Schneider's protocol: candleLight, CANable with
 * candleLight firmware, CANtact and CANtact Pro, CANnectivity, CES CANext FD, ABE CANdebugger FD,
 * Xylanta SAINT3. This file holds the driver's hooks; sources are named in gs_usb_codec.h.
 */
#include "gs_usb.h"

#include <anycan/bytes.h>
#include <errno.h>
#include <linux/can/error.h>
#include <string.h>

static const struct bridged_option gs_usb_options_table[] = {
	{.name = "tx-window",
	 .alias = "tx_window",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct gs_usb_options, tx_window),
	 .min = 1,
	 .max = GS_USB_WINDOW_MAX,
	 .fallback = "10",
	 .help = "frames of a channel in the adapter at a time (10)"},
	{.name = "poll-status",
	 .alias = "poll_status",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct gs_usb_options, poll_ms),
	 .max = 60000,
	 .fallback = "1000",
	 .help = "milliseconds between reads of the error counters, 0 = never (1000)"},
	{.name = "identify",
	 .type = BRIDGED_OPT_FLAG,
	 .offset = offsetof(struct gs_usb_options, identify),
	 .fallback = "off",
	 .help = "let the adapter blink while a channel is open (off)"},
	{.name = NULL},
};

static const struct bridged_usb_id gs_usb_ids[] = {
	{.vid = 0x1209, .pid = 0x2323, .name = "candleLight"},
	{.vid = 0x1209, .pid = 0xca01, .name = "CANnectivity"},
	{.vid = 0x16d0, .pid = 0x0f30, .name = "Xylanta SAINT3"},
	{.vid = 0x16d0, .pid = 0x10b8, .name = "ABE CANdebugger FD"},
	{.vid = 0x1cd2, .pid = 0x606f, .name = "CES CANext FD"},
	{.vid = 0x1d50, .pid = 0x606f, .name = "gs_usb, candleLight, CANable, CANtact"},
	{.vid = 0},
};

uint8_t *gs_usb_ask(struct gs_usb *st, enum gs_usb_request request, unsigned int channel,
		    enum gs_usb_step step, struct bridged_io *io)
{
	static const struct {
		uint16_t len;
		bool in;
	} shapes[] = {
		[GS_USB_HOST_FORMAT] = {GS_USB_HOST_FORMAT_SIZE, false},
		[GS_USB_BITTIMING] = {GS_USB_BITTIMING_SIZE, false},
		[GS_USB_MODE] = {GS_USB_MODE_SIZE, false},
		[GS_USB_BT_CONST] = {GS_USB_BT_CONST_SIZE, true},
		[GS_USB_DEVICE_CONFIG] = {GS_USB_DEVICE_CONFIG_SIZE, true},
		[GS_USB_TIMESTAMP] = {GS_USB_TIMESTAMP_SIZE, true},
		[GS_USB_IDENTIFY] = {GS_USB_FLAG_SIZE, false},
		[GS_USB_DATA_BITTIMING_CANTACT] = {GS_USB_BITTIMING_SIZE, false},
		[GS_USB_DATA_BITTIMING] = {GS_USB_BITTIMING_SIZE, false},
		[GS_USB_BT_CONST_EXT] = {GS_USB_BT_CONST_EXT_SIZE, true},
		[GS_USB_SET_TERMINATION] = {GS_USB_FLAG_SIZE, false},
		[GS_USB_GET_STATE] = {GS_USB_STATE_SIZE, true},
	};
	/* These two are about the device: there the kernel has 1 and the interface. */
	bool whole = request == GS_USB_HOST_FORMAT || request == GS_USB_DEVICE_CONFIG;
	const struct bridged_usb_record record = {
		.type = BRIDGED_USB_CONTROL,
		.request_type = shapes[request].in ? 0xc1 : 0x41,
		.request = (uint8_t)request,
		.value = whole ? 1 : (uint16_t)channel,
		.index = whole ? st->device.interface : 0,
		.wanted = shapes[request].in ? shapes[request].len : 0,
		.len = shapes[request].in ? 0 : shapes[request].len,
		.tag = gs_usb_tag(whole ? 0 : st->channel[channel].round, 0, step, channel),
	};
	uint8_t *data = bridged_usb_request(io, &record);

	if (data && record.len)
		memset(data, 0, record.len);
	return data;
}

void gs_usb_say(struct bridged_io *io, enum bridged_event_type type, unsigned int channel,
		const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, type, channel);

	if (event)
		event->reason = reason;
}

const char *gs_usb_complain(struct gs_usb *st, const char *key, uint32_t value, const char *rest)
{
	struct anycan_string text;

	anycan_string_init(&text, st->text, sizeof(st->text));
	anycan_string_add(&text, key);
	anycan_string_add(&text, " ");
	anycan_string_add_uint(&text, value);
	anycan_string_add(&text, ": ");
	anycan_string_add(&text, st->device.product[0] ? st->device.product : "this adapter");
	anycan_string_add(&text, " ");
	anycan_string_add(&text, rest);
	return st->text;
}

void gs_usb_tell_state(struct gs_usb_channel *ch, unsigned int channel, enum can_state state,
		       const struct can_berr_counter *berr, struct bridged_io *io)
{
	struct bridged_event *event;

	if (state == CAN_STATE_BUS_OFF && ch->state != CAN_STATE_BUS_OFF && ch->settings.restart_ms)
		ch->restart_at =
			anycan_mono_after(io->now, ch->settings.restart_ms * ANYCAN_NS_PER_MS);
	if (state != CAN_STATE_BUS_OFF) {
		ch->restart_at = ANYCAN_NEVER;
		if (ch->state == CAN_STATE_BUS_OFF)
			gs_usb_limit_frames(ch, io);
	}
	if (state == ch->state && !memcmp(berr, &ch->berr, sizeof(*berr)))
		return;
	ch->state = state;
	ch->berr = *berr;
	event = bridged_io_event(io, BRIDGED_STATE, channel);
	if (!event)
		return;
	event->state = state;
	event->berr = *berr;
}

/* ---- The hooks that the engine calls once */

static int gs_usb_init(void *state, const struct bridged_settings *settings, const void *options,
		       const char **reason)
{
	struct gs_usb *st = state;

	st->options = *(const struct gs_usb_options *)options;
	st->channels = 1;
	for (unsigned int i = 0; i < GS_USB_CHANNELS; i++) {
		st->channel[i].settings = settings[i];
		*reason = gs_usb_settings_check(&settings[i]);
		if (*reason)
			return -EINVAL;
	}
	return 0;
}

static bool gs_usb_needs_bitrate(const void *state)
{
	const struct can_bittiming *timing =
		&((const struct gs_usb *)state)->channel[0].settings.nominal;

	return !timing->bitrate && !timing->tq;
}

static void gs_usb_forget_channel(struct gs_usb *st, unsigned int channel, struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];

	gs_usb_forget_frames(ch);
	gs_usb_tell_failed(ch, channel, io);
	ch->step = GS_USB_IDLE;
	ch->open = ch->restarting = false;
	ch->due = 0;
	ch->state = CAN_STATE_STOPPED;
	ch->berr = (struct can_berr_counter){0};
	ch->poll_at = ch->restart_at = ch->echo_deadline = ANYCAN_NEVER;
}

static void gs_usb_attach(void *state, struct bridged_io *io)
{
	struct gs_usb *st = state;

	for (unsigned int i = 0; i < GS_USB_CHANNELS; i++)
		gs_usb_forget_channel(st, i, io);
	memset(&st->device, 0, sizeof(st->device));
	st->ready = false;
	st->step = GS_USB_ASK_DEVICE;
	anycan_clock_init(&st->clock, UINT64_C(1) << 32, ANYCAN_NS_PER_US);
}

static void gs_usb_start(void *state, unsigned int channel, const struct bridged_settings *settings,
			 struct bridged_io *io)
{
	struct gs_usb *st = state;
	const char *reason = "the adapter is not identified yet";

	if (st->ready)
		reason = gs_usb_open(st, channel, settings, io);
	if (reason)
		gs_usb_say(io, BRIDGED_REFUSED, channel, reason);
}

static void gs_usb_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct gs_usb *st = state;

	gs_usb_close(st, channel, io);
	gs_usb_forget_channel(st, channel, io);
}

/* ---- Frames from the device */

/* What a channel has to say in an error frame of its own. */
static struct anycan_frame *new_error_frame(unsigned int channel, uint32_t error_class,
					    struct bridged_io *io)
{
	struct anycan_frame *frame = bridged_io_frame(io);

	if (!frame)
		return NULL;
	*frame = (struct anycan_frame){
		.ts_ns = io->wall_ns,
		.can_id = CAN_ERR_FLAG | error_class,
		.len = CAN_ERR_DLC,
		.channel = (uint16_t)channel,
	};
	io->n_frames++;
	return frame;
}

/* Return: whether nothing is left to say. */
static bool gs_usb_say_due(struct gs_usb *st, struct bridged_io *io)
{
	for (unsigned int i = 0; i < st->channels; i++) {
		struct gs_usb_channel *ch = &st->channel[i];
		struct anycan_frame *frame;

		if (ch->due & GS_USB_DUE_OVERFLOW) {
			frame = new_error_frame(i, CAN_ERR_CRTL, io);
			if (!frame)
				return false;
			frame->data[1] = CAN_ERR_CRTL_RX_OVERFLOW;
			ch->due &= ~GS_USB_DUE_OVERFLOW;
		}
		if (ch->due & GS_USB_DUE_RESTARTED) {
			if (!new_error_frame(i, CAN_ERR_RESTARTED, io))
				return false;
			ch->due &= ~GS_USB_DUE_RESTARTED;
		}
	}
	return true;
}

static enum can_state state_of(const struct anycan_frame *frame)
{
	uint8_t why = frame->can_id & CAN_ERR_CRTL ? frame->data[1] : 0;

	if (frame->can_id & CAN_ERR_RESTARTED)
		return CAN_STATE_ERROR_ACTIVE;
	if (frame->can_id & CAN_ERR_BUSOFF)
		return CAN_STATE_BUS_OFF;
	if (why & (CAN_ERR_CRTL_RX_PASSIVE | CAN_ERR_CRTL_TX_PASSIVE))
		return CAN_STATE_ERROR_PASSIVE;
	if (why & (CAN_ERR_CRTL_RX_WARNING | CAN_ERR_CRTL_TX_WARNING))
		return CAN_STATE_ERROR_WARNING;
	return CAN_STATE_ERROR_ACTIVE;
}

static void take_error(struct gs_usb_channel *ch, const struct anycan_frame *frame,
		       struct bridged_io *io)
{
	const struct can_berr_counter berr = {.txerr = frame->data[6], .rxerr = frame->data[7]};
	const uint32_t about_state = CAN_ERR_CRTL | CAN_ERR_BUSOFF | CAN_ERR_RESTARTED;

	gs_usb_tell_state(ch, frame->channel,
			  frame->can_id & about_state ? state_of(frame) : ch->state, &berr, io);
}

static void take_frame(struct gs_usb *st, const struct bridged_usb_record *answer,
		       const uint8_t *data, struct bridged_io *io)
{
	struct gs_usb_channel *ch;
	struct gs_usb_frame got;
	struct anycan_frame *to;
	bool stamped;

	/* A transfer without data ends a burst of whole packets. */
	if (!answer->len && !answer->status)
		return;
	if (answer->status || gs_usb_decode(data, answer->len, &got) ||
	    got.frame.channel >= st->channels) {
		io->bad_units++;
		return;
	}
	ch = &st->channel[got.frame.channel];
	if (got.overflow) {
		io->overruns++;
		ch->due |= GS_USB_DUE_OVERFLOW;
	}
	if (got.echo_id != GS_USB_NO_ECHO) {
		/* After a stop the echoes of what was stopped may still come. */
		if (!gs_usb_take_echo(ch, &got, io) && ch->open)
			io->bad_units++;
		return;
	}
	stamped = got.has_stamp && ch->stamps;
	got.frame.ts_ns =
		stamped ? anycan_clock_map(&st->clock, got.stamp_us, io->wall_ns) : io->wall_ns;
	if (got.frame.can_id & CAN_ERR_FLAG)
		take_error(ch, &got.frame, io);
	to = bridged_io_frame(io);
	if (!to)
		return; /* never: gs_usb_receive() saw that there is room */
	*to = got.frame;
	io->n_frames++;
}

static void take_device(struct gs_usb *st, const struct bridged_usb_record *answer,
			const uint8_t *data, struct bridged_io *io)
{
	struct bridged_usb_device device;

	if (answer->len != sizeof(device) || st->step != GS_USB_ASK_DEVICE) {
		io->bad_units++;
		return;
	}
	memcpy(&device, data, sizeof(device));
	gs_usb_probe_start(st, &device, io);
}

static void take_reply(struct gs_usb *st, const struct bridged_usb_record *answer,
		       const uint8_t *data, struct bridged_io *io)
{
	unsigned int channel = answer->tag & 0xff;
	enum gs_usb_step step = answer->tag >> 8 & 0xff;

	if (channel >= GS_USB_CHANNELS)
		io->bad_units++;
	else if (step == GS_USB_SWITCH_OHMS)
		gs_usb_terminated(channel, answer, io);
	else if (st->step != GS_USB_IDLE && step == st->step)
		gs_usb_probe_answer(st, answer, data, io);
	else if (step == st->channel[channel].step &&
		 answer->tag >> 24 == st->channel[channel].round)
		gs_usb_open_answer(st, channel, answer, data, io);
}

static void take_answer(struct gs_usb *st, const struct bridged_usb_record *answer,
			const uint8_t *data, struct bridged_io *io)
{
	switch (answer->type) {
	case BRIDGED_USB_DEVICE:
		take_device(st, answer, data, io);
		break;
	case BRIDGED_USB_CONTROL:
		take_reply(st, answer, data, io);
		break;
	case BRIDGED_USB_OUT:
		gs_usb_take_failure(st, answer, io);
		break;
	case BRIDGED_USB_LISTEN:
		take_frame(st, answer, data, io);
		break;
	default:
		io->bad_units++;
	}
}

static size_t gs_usb_receive(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct gs_usb *st = state;
	struct bridged_usb_record answer;
	const uint8_t *data;
	size_t done = 0;
	int used;

	/* An answer makes a frame, two events, a request of 20 bytes and its record at most. */
	while (gs_usb_say_due(st, io) && bridged_io_frame(io) &&
	       io->n_events + 2 <= io->max_events &&
	       io->out_max - io->out_len >= 2 * sizeof(answer)) {
		used = bridged_usb_answer(in + done, len - done, &answer, &data);
		if (!used)
			break;
		if (used > 0) {
			take_answer(st, &answer, data, io);
			done += (size_t)used;
		} else {
			io->bad_units++;
			done++;
		}
	}
	gs_usb_say_due(st, io);
	return done;
}

/* ---- Time */

static struct anycan_mono gs_usb_channel_tick(struct gs_usb *st, unsigned int channel,
					      struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];

	if (ch->step == GS_USB_IDLE && io->now.ns >= ch->restart_at.ns)
		gs_usb_restart(st, channel, io);
	gs_usb_expire_frames(ch, io);
	if (!gs_usb_tell_failed(ch, channel, io))
		return io->now;
	if (ch->step != GS_USB_IDLE)
		return ch->echo_deadline; /* an answer is awaited, and will come */
	if (io->now.ns >= ch->poll_at.ns && gs_usb_poll(st, channel, io))
		ch->poll_at = anycan_mono_after(io->now, st->options.poll_ms * ANYCAN_NS_PER_MS);
	return anycan_mono_min(ch->echo_deadline, anycan_mono_min(ch->restart_at, ch->poll_at));
}

static struct anycan_mono gs_usb_tick(void *state, struct bridged_io *io)
{
	struct anycan_mono next = ANYCAN_NEVER;
	struct gs_usb *st = state;

	for (unsigned int i = 0; i < st->channels; i++)
		next = anycan_mono_min(next, gs_usb_channel_tick(st, i, io));
	return gs_usb_say_due(st, io) ? next : io->now;
}

const struct bridged_driver gs_usb_driver = {
	.name = "gs_usb",
	.alias = "cantact",
	.summary = "USB adapters: candleLight, CANable, CANtact (Pro), CANnectivity, CANext FD ...",
	.transport = BRIDGED_USB,
	.usb_ids = gs_usb_ids,
	.options = gs_usb_options_table,
	.options_size = sizeof(struct gs_usb_options),
	.state_size = sizeof(struct gs_usb),
	.unit_max = BRIDGED_USB_RECORD_MAX,
	.init = gs_usb_init,
	.needs_bitrate = gs_usb_needs_bitrate,
	.attach = gs_usb_attach,
	.describe = gs_usb_describe,
	.start = gs_usb_start,
	.stop = gs_usb_stop,
	.terminate = gs_usb_terminate,
	.decode = gs_usb_receive,
	.encode = gs_usb_send,
	.tick = gs_usb_tick,
};
