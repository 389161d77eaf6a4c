// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * gs_usb: opening and closing channels, and what is asked while they are open. Sources: see
 * gs_usb_codec.h.
 */
#include "gs_usb.h"

#include <anycan/bittiming.h>
#include <anycan/bytes.h>
#include <errno.h>
#include <string.h>

enum {
	MODE_RESET = 0,
	MODE_START = 1,
};

/*
 * Before a channel goes on the bus the device's clock is compared with the host's so many times:
 * the answer that came quickest tells best, and so the first frames have the right distances.
 */
#define SYNCS 8

struct mode {
	uint32_t ctrlmode, feature;
	const char *word;
};

/* Modes in the words of ip link, and what they are here; 0 = only by another driver. */
static const struct mode modes[] = {
	{CAN_CTRLMODE_LOOPBACK, GS_USB_LOOPBACK, "loopback"},
	{CAN_CTRLMODE_LISTENONLY, GS_USB_LISTEN_ONLY, "listen-only"},
	{CAN_CTRLMODE_3_SAMPLES, GS_USB_TRIPLE_SAMPLE, "triple-sampling"},
	{CAN_CTRLMODE_ONE_SHOT, GS_USB_ONE_SHOT, "one-shot"},
	{CAN_CTRLMODE_BERR_REPORTING, GS_USB_BERR_REPORTING, "berr-reporting"},
	{CAN_CTRLMODE_FD, GS_USB_FD, "fd"},
	{CAN_CTRLMODE_PRESUME_ACK, 0, "presume-ack"},
	{CAN_CTRLMODE_FD_NON_ISO, 0, "fd-non-iso"},
};

#define MODE_COUNT (sizeof(modes) / sizeof(modes[0]))

static bool is_set(const struct can_bittiming *timing)
{
	return timing->bitrate || timing->tq;
}

const char *gs_usb_settings_check(const struct bridged_settings *settings)
{
	uint32_t flags = settings->ctrlmode.flags;

	if (flags & CAN_CTRLMODE_PRESUME_ACK)
		return "presume-ack on: no gs_usb adapter can do that; leave it out";
	if (flags & CAN_CTRLMODE_FD_NON_ISO)
		return "fd-non-iso on: no gs_usb adapter can do that; leave it out";
	if (flags & CAN_CTRLMODE_FD && !is_set(&settings->data))
		return "fd on needs the bit rate of the data phase; give it with `dbitrate`";
	if (!(flags & CAN_CTRLMODE_FD) && is_set(&settings->data))
		return "dbitrate is for CAN FD only; add `fd on` or leave it out";
	if (settings->termination && settings->termination != 120)
		return "termination: gs_usb adapters have 120 ohms or none (0)";
	return NULL;
}

static const char *check_modes(struct gs_usb *st, unsigned int channel,
			       const struct bridged_settings *settings)
{
	uint32_t features = st->channel[channel].limits.features;
	struct anycan_string text;

	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (!(settings->ctrlmode.flags & modes[i].ctrlmode) || features & modes[i].feature)
			continue;
		anycan_string_init(&text, st->text, sizeof(st->text));
		anycan_string_add(&text, modes[i].word);
		anycan_string_add(&text, " on: ");
		anycan_string_add(&text, st->device.product);
		anycan_string_add(&text, " cannot do that; leave it out");
		return st->text;
	}
	if (settings->has_termination && !(features & GS_USB_TERMINATION))
		return gs_usb_complain(st, "termination", settings->termination,
				       "has none that can be switched; leave it out");
	return NULL;
}

/*
 * The devices add prop_seg and phase_seg1 up. python-can and cangaroo put one quantum into the
 * former, and so their bytes and ours are the same.
 */
static void one_quantum_prop_seg(struct can_bittiming *timing)
{
	uint32_t tseg1 = timing->prop_seg + timing->phase_seg1;

	if (tseg1 < 2)
		return;
	timing->prop_seg = 1;
	timing->phase_seg1 = tseg1 - 1;
}

static const char *plan_timing(struct gs_usb *st, const struct gs_usb_limits *limits, bool data,
			       struct can_bittiming *timing)
{
	bool by_rate = timing->bitrate && !timing->brp;
	uint32_t value = by_rate ? timing->bitrate : timing->tq;

	if (anycan_bittiming_calc(data ? &limits->data : &limits->nominal, limits->clock_hz,
				  timing)) {
		if (by_rate)
			return gs_usb_complain(st, data ? "dbitrate" : "bitrate", value,
					       "cannot reach that with its clock; choose another "
					       "rate, sample-point or sjw");
		return gs_usb_complain(st, data ? "dtq" : "tq", value,
				       "cannot set these segments; give a bit rate instead");
	}
	if (by_rate)
		one_quantum_prop_seg(timing);
	return NULL;
}

const char *gs_usb_plan(struct gs_usb *st, unsigned int channel,
			const struct bridged_settings *settings)
{
	struct gs_usb_channel *ch = &st->channel[channel];
	const char *reason = check_modes(st, channel, settings);

	ch->nominal = settings->nominal;
	ch->data = settings->data;
	if (!reason && is_set(&ch->nominal))
		reason = plan_timing(st, &ch->limits, false, &ch->nominal);
	if (!reason && is_set(&ch->data))
		reason = plan_timing(st, &ch->limits, true, &ch->data);
	return reason;
}

static uint32_t mode_flags(const struct gs_usb_channel *ch)
{
	uint32_t flags = ch->limits.features & GS_USB_HW_TIMESTAMP;

	for (size_t i = 0; i < MODE_COUNT; i++)
		if (ch->settings.ctrlmode.flags & modes[i].ctrlmode)
			flags |= modes[i].feature;
	return flags;
}

/* Whether a step is to be done with these settings. */
static bool is_wanted(const struct gs_usb *st, const struct gs_usb_channel *ch,
		      enum gs_usb_step step)
{
	switch (step) {
	case GS_USB_SET_DATA_TIMING:
		return ch->settings.ctrlmode.flags & CAN_CTRLMODE_FD;
	case GS_USB_SET_OHMS:
		return ch->settings.has_termination;
	case GS_USB_SET_IDENTIFY:
		return st->options.identify && ch->limits.features & GS_USB_CAN_IDENTIFY;
	case GS_USB_SYNC:
		return ch->limits.features & GS_USB_HW_TIMESTAMP && ch->syncs < SYNCS;
	default:
		return true;
	}
}

static enum gs_usb_request request_of(const struct gs_usb *st, enum gs_usb_step step)
{
	switch (step) {
	case GS_USB_SET_TIMING:
		return GS_USB_BITTIMING;
	case GS_USB_SET_DATA_TIMING:
		return st->quirk_request ? GS_USB_DATA_BITTIMING_CANTACT : GS_USB_DATA_BITTIMING;
	case GS_USB_SET_OHMS:
		return GS_USB_SET_TERMINATION;
	case GS_USB_SET_IDENTIFY:
		return GS_USB_IDENTIFY;
	case GS_USB_SYNC:
		return GS_USB_TIMESTAMP;
	case GS_USB_POLL_STATE:
		return GS_USB_GET_STATE;
	default:
		return GS_USB_MODE;
	}
}

static void fill(const struct gs_usb_channel *ch, enum gs_usb_step step, uint8_t *data)
{
	switch (step) {
	case GS_USB_SET_TIMING:
		gs_usb_encode_timing(&ch->nominal, data);
		break;
	case GS_USB_SET_DATA_TIMING:
		gs_usb_encode_timing(&ch->data, data);
		break;
	case GS_USB_SET_OHMS:
		anycan_put_le32(data, ch->settings.termination ? 1 : 0);
		break;
	case GS_USB_SET_IDENTIFY:
		anycan_put_le32(data, 1);
		break;
	case GS_USB_SET_MODE:
		anycan_put_le32(data, MODE_START);
		anycan_put_le32(data + 4, mode_flags(ch));
		break;
	default:
		break;
	}
}

static void begin_step(struct gs_usb *st, unsigned int channel, enum gs_usb_step step,
		       struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];
	uint8_t *data;

	while (!is_wanted(st, ch, step))
		step++;
	data = gs_usb_ask(st, request_of(st, step), channel, step, io);
	ch->step = data ? step : GS_USB_IDLE;
	if (data)
		fill(ch, step, data);
}

const char *gs_usb_open(struct gs_usb *st, unsigned int channel,
			const struct bridged_settings *settings, struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];
	const char *reason = gs_usb_settings_check(settings);

	if (!reason)
		reason = gs_usb_plan(st, channel, settings);
	if (!reason && !is_set(&settings->nominal))
		reason = "the bit rate is missing; give it with `bitrate`, for example 500000";
	if (reason)
		return reason;
	ch->settings = *settings;
	ch->syncs = 0;
	begin_step(st, channel, GS_USB_SET_TIMING, io);
	return NULL;
}

void gs_usb_close(struct gs_usb *st, unsigned int channel, struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];
	uint8_t *data;

	if (!ch->open && ch->step == GS_USB_IDLE)
		return;
	if (is_wanted(st, ch, GS_USB_SET_IDENTIFY))
		gs_usb_ask(st, GS_USB_IDENTIFY, channel, GS_USB_IDLE, io);
	data = gs_usb_ask(st, GS_USB_MODE, channel, GS_USB_IDLE, io);
	if (data)
		anycan_put_le32(data, MODE_RESET);
}

void gs_usb_terminate(void *state, unsigned int channel, uint16_t ohms, struct bridged_io *io)
{
	struct gs_usb *st = state;
	struct gs_usb_channel *ch = &st->channel[channel];
	uint8_t *data;

	if (!st->ready || !(ch->limits.features & GS_USB_TERMINATION))
		return;
	/* An opening under way is to end with this one. */
	ch->settings.termination = ohms;
	data = gs_usb_ask(st, GS_USB_SET_TERMINATION, channel, GS_USB_SWITCH_OHMS, io);
	if (data)
		anycan_put_le32(data, ohms ? 1 : 0);
}

bool gs_usb_poll(struct gs_usb *st, unsigned int channel, struct bridged_io *io)
{
	begin_step(st, channel, GS_USB_POLL_STATE, io);
	return st->channel[channel].step != GS_USB_IDLE;
}

void gs_usb_restart(struct gs_usb *st, unsigned int channel, struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];

	/* A controller in bus-off begins anew when it is started anew. */
	gs_usb_close(st, channel, io);
	gs_usb_forget_frames(ch);
	ch->open = false;
	ch->restart_at = ANYCAN_NEVER;
	ch->restarting = true;
	begin_step(st, channel, GS_USB_SET_TIMING, io);
}

static void opened(struct gs_usb *st, unsigned int channel, struct bridged_io *io)
{
	const struct can_berr_counter none = {0};
	struct gs_usb_channel *ch = &st->channel[channel];

	ch->open = true;
	ch->stamps = ch->limits.features & GS_USB_HW_TIMESTAMP;
	if (ch->restarting)
		ch->due |= GS_USB_DUE_RESTARTED;
	else
		bridged_io_event(io, BRIDGED_OPENED, channel);
	ch->restarting = false;
	gs_usb_tell_state(ch, channel, CAN_STATE_ERROR_ACTIVE, &none, io);
	if (ch->limits.features & GS_USB_CAN_GET_STATE && st->options.poll_ms)
		ch->poll_at = io->now;
}

static const char *const refusals[] = {
	[GS_USB_SET_TIMING] = "the adapter refuses this bit timing; choose another bitrate",
	[GS_USB_SET_DATA_TIMING] = "the adapter refuses this data bit timing; choose another "
				   "dbitrate",
	[GS_USB_SET_OHMS] = "the adapter refuses to switch its termination; leave that out",
	[GS_USB_SET_IDENTIFY] = "the adapter refuses to identify itself; leave that out",
	[GS_USB_SET_MODE] = "the adapter refuses to go on the bus; plug it in again",
};

void gs_usb_terminated(unsigned int channel, const struct bridged_usb_record *answer,
		       struct bridged_io *io)
{
	if (answer->status)
		gs_usb_say(io, BRIDGED_NOTE, channel,
			   "the adapter refuses to switch its termination");
}

static void take_state(struct gs_usb_channel *ch, unsigned int channel, const uint8_t *data,
		       struct bridged_io *io)
{
	uint32_t state = anycan_get_le32(data);
	const struct can_berr_counter berr = {
		.rxerr = (uint16_t)anycan_get_le32(data + 4),
		.txerr = (uint16_t)anycan_get_le32(data + 8),
	};

	/* The numbers are those of enum can_state. */
	if (state < CAN_STATE_MAX)
		gs_usb_tell_state(ch, channel, (enum can_state)state, &berr, io);
}

static void take_time(struct gs_usb *st, struct gs_usb_channel *ch,
		      const struct bridged_usb_record *answer, const uint8_t *data,
		      const struct bridged_io *io)
{
	if (!answer->status && answer->len >= GS_USB_TIMESTAMP_SIZE) {
		anycan_clock_map(&st->clock, anycan_get_le32(data), io->wall_ns);
		ch->syncs++;
	} else {
		ch->syncs = SYNCS; /* it does not tell; frames will */
	}
}

void gs_usb_open_answer(struct gs_usb *st, unsigned int channel,
			const struct bridged_usb_record *answer, const uint8_t *data,
			struct bridged_io *io)
{
	struct gs_usb_channel *ch = &st->channel[channel];
	enum gs_usb_step step = ch->step;

	ch->step = GS_USB_IDLE;
	if (step == GS_USB_POLL_STATE) {
		if (!answer->status && answer->len >= GS_USB_STATE_SIZE)
			take_state(ch, channel, data, io);
		return;
	}
	if (step < GS_USB_SET_TIMING)
		return;
	if (step == GS_USB_SYNC) {
		take_time(st, ch, answer, data, io);
		begin_step(st, channel, step, io);
		return;
	}
	if (answer->status) {
		ch->open = false;
		gs_usb_say(io, BRIDGED_REFUSED, channel, refusals[step]);
		return;
	}
	if (step == GS_USB_SET_MODE)
		opened(st, channel, io);
	else
		begin_step(st, channel, step + 1, io);
}
