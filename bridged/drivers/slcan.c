// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * slcan: CAN over lines of ASCII, as LAWICEL's CANUSB and CAN232 began it and many adapters go on
 * (CANable 1, 2 and 2.5, WeAct USB2CANFDV1, CANdapter, boards with firmware of their own). This
 * file holds the driver's hooks; the formats and their sources are named in the other slcan_*.c.
 */
#include "slcan.h"
#include "usb.h"

#include <errno.h>
#include <string.h>

static const char *const slcan_s7_words[] = {"auto", "800000", "750000", NULL};
static const char *const slcan_timestamp_words[] = {"auto", "on", "off", NULL};

static const struct bridged_option slcan_options_table[] = {
	{.name = "dialect",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct slcan_options, dialect),
	 .choices = slcan_dialect_words,
	 .fallback = "auto",
	 .help = "what the adapter understands; auto asks it (default)"},
	{.name = "btr",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct slcan_options, btr),
	 .help = "SJA1000 registers BTR0 BTR1 as 4 hex digits, instead of bitrate"},
	{.name = "s7",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct slcan_options, s7),
	 .choices = slcan_s7_words,
	 .fallback = "auto",
	 .help = "bit rate that the command S7 sets: 800000 or 750000 (default by dialect)"},
	{.name = "timestamp",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct slcan_options, timestamp),
	 .choices = slcan_timestamp_words,
	 .fallback = "auto",
	 .help = "the adapter's time stamps: on, off, or as it is set (default)"},
	{.name = "poll-status",
	 .alias = "poll_status",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct slcan_options, poll_status_ms),
	 .min = 0,
	 .max = 60000,
	 .fallback = "1000",
	 .help = "milliseconds between reads of the status flags, 0 = never (default 1000)"},
	{.name = "tx-window",
	 .alias = "tx_window",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct slcan_options, tx_window),
	 .min = 0,
	 .max = SLCAN_WINDOW_MAX,
	 .fallback = "0",
	 .help = "frames in the adapter at a time, 0 = by dialect (default)"},
	{.name = "filter",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct slcan_options, filter),
	 .help = "ID:MASK,... in hex: the adapter passes these frames only"},
	{.name = "poll-interval",
	 .alias = "poll_interval",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct slcan_options, poll_interval),
	 .help = "accepted for python-can's sake, without effect"},
	{.name = NULL},
};

struct anycan_string slcan_text(struct slcan *st)
{
	struct anycan_string text;

	if (st->text_used >= sizeof(st->text))
		st->text_used = sizeof(st->text) - 1;
	anycan_string_init(&text, st->text + st->text_used, sizeof(st->text) - st->text_used);
	return text;
}

const char *slcan_text_end(struct slcan *st, const struct anycan_string *text)
{
	st->text_used += text->len + 1;
	return text->buf;
}

void slcan_say(struct bridged_io *io, enum bridged_event_type type, unsigned int channel,
	       const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, type, channel);

	if (event)
		event->reason = reason;
}

bool slcan_put(struct bridged_io *io, unsigned int channel, const char *text, size_t len)
{
	static const char prefixes[SLCAN_CHANNELS] = {0, '&', '$'};
	uint8_t *out = bridged_io_out(io, len + (channel ? 1 : 0));

	if (!out)
		return false;
	if (channel)
		*out++ = (uint8_t)prefixes[channel];
	memcpy(out, text, len);
	return true;
}

/* One set of settings for the whole adapter is all that the protocol's dialects share. */
static const char slcan_alike[] =
	"the channels of an slcan adapter are set alike; give one value for all of them";

static bool slcan_others_open(const struct slcan *st, unsigned int channel)
{
	unsigned int i;

	for (i = 0; i < st->channels; i++)
		if (i != channel && st->channel[i].phase != SLCAN_CLOSED)
			return true;
	return false;
}

static int slcan_init(void *state, const struct bridged_settings *settings, const void *options,
		      const char **reason)
{
	static const uint32_t s7_bps[] = {0, 800000, 750000};
	struct slcan *st = state;
	unsigned int i;

	for (i = 1; i < SLCAN_CHANNELS; i++) {
		if (memcmp(&settings[i], settings, sizeof(*settings))) {
			*reason = slcan_alike;
			return -EINVAL;
		}
	}
	st->settings = *settings;
	st->options = *(const struct slcan_options *)options;
	st->s7_bps = s7_bps[st->options.s7];
	st->stage = SLCAN_DETACHED;
	st->channels = 1;
	for (i = 0; i < SLCAN_CHANNELS; i++)
		st->channel[i].number = i;
	*reason = slcan_settings_check(st);
	return *reason ? -EINVAL : 0;
}

static void slcan_attach(void *state, struct bridged_io *io)
{
	struct slcan *st = state;
	unsigned int i;

	st->text_used = 0;
	st->skipping = false;
	for (i = 0; i < SLCAN_CHANNELS; i++) {
		st->channel[i].phase = SLCAN_CLOSED;
		st->channel[i].step = 0;
		st->channel[i].asked = 0;
		slcan_tx_fail(&st->channel[i], io);
	}
	slcan_probe_start(st, io);
}

static void slcan_copy(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);

	if (len > size - 1)
		len = size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

/* Before an adapter is known: what the most able ones can. */
static void slcan_describe_any(struct bridged_description *desc)
{
	const struct slcan_dialect *row;

	slcan_copy(desc->model, sizeof(desc->model), slcan_generic->model);
	desc->channels = 1;
	for (row = slcan_dialects; row->name; row++) {
		desc->ctrlmodes |= slcan_ctrlmodes(row);
		if (row->features & SLCAN_STAMPS)
			desc->timestamps = true;
		if (row->confirm > desc->confirm)
			desc->confirm = row->confirm;
	}
}

static void slcan_describe(const void *state, struct bridged_description *desc)
{
	static const uint16_t ohms[] = {120, 0};
	const struct slcan *st = state;

	memset(desc, 0, sizeof(*desc));
	if (st->stage != SLCAN_IDENTIFIED) {
		slcan_describe_any(desc);
		return;
	}
	slcan_copy(desc->model, sizeof(desc->model), st->model);
	slcan_copy(desc->firmware, sizeof(desc->firmware), st->firmware);
	slcan_copy(desc->hw_version, sizeof(desc->hw_version), st->hw_version);
	slcan_copy(desc->sw_version, sizeof(desc->sw_version), st->sw_version);
	slcan_copy(desc->serial, sizeof(desc->serial), st->serial);
	desc->channels = st->channels;
	desc->ctrlmodes = slcan_ctrlmodes(st->dialect);
	desc->timestamps =
		(st->dialect->features & SLCAN_STAMPS) && st->options.timestamp == SLCAN_STAMPS_ON;
	desc->confirm = st->answers == SLCAN_SILENT ? BRIDGED_CONFIRM_NONE : st->dialect->confirm;
	if (st->dialect->timing == SLCAN_TIMING_NONE) {
		desc->bitrates = st->rates;
		if (st->dialect->drates)
			desc->dbitrates = st->drates;
	}
	if (st->dialect->features & SLCAN_TERMINATION)
		desc->limits.terminations = ohms;
}

/* Return: NULL, or why the channel cannot be opened. */
static const char *slcan_prepare(struct slcan *st, unsigned int channel,
				 const struct bridged_settings *settings)
{
	if (st->stage != SLCAN_IDENTIFIED)
		return "the adapter is not identified yet";
	if (memcmp(settings, &st->settings, sizeof(*settings))) {
		if (slcan_others_open(st, channel))
			return slcan_alike;
		st->settings = *settings;
		st->timing.three_samples = settings->ctrlmode.flags & CAN_CTRLMODE_3_SAMPLES;
	}
	return slcan_script_build(st, &st->channel[channel]);
}

static void slcan_start(void *state, unsigned int channel, const struct bridged_settings *settings,
			struct bridged_io *io)
{
	struct slcan *st = state;
	const char *reason;

	st->text_used = 0;
	reason = slcan_prepare(st, channel, settings);
	if (reason) {
		slcan_say(io, BRIDGED_REFUSED, channel, reason);
		return;
	}
	st->channel[channel].phase = SLCAN_OPENING;
	slcan_script_start(st, &st->channel[channel], io);
}

static void slcan_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct slcan *st = state;
	struct slcan_channel *ch = &st->channel[channel];

	st->text_used = 0;
	if (ch->phase != SLCAN_CLOSED)
		slcan_put(io, channel, "C\r", 2);
	ch->phase = SLCAN_CLOSED;
	ch->step = 0;
	ch->report_restart = false;
	slcan_tx_fail(ch, io);
}

static struct anycan_mono slcan_channel_tick(struct slcan *st, struct slcan_channel *ch,
					     struct bridged_io *io)
{
	struct anycan_mono next;

	if (ch->phase == SLCAN_BUS_OFF && io->now.ns >= ch->deadline.ns) {
		ch->phase = SLCAN_RESTARTING;
		slcan_script_start(st, ch, io);
	}
	next = slcan_script_tick(st, ch, io);
	if (ch->report_restart) {
		ch->report_restart = !slcan_report_restarted(ch, io);
		if (ch->report_restart)
			next = io->now;
	}
	if (ch->phase == SLCAN_BUS_OFF)
		next = anycan_mono_min(next, ch->deadline);
	return anycan_mono_min(next, slcan_tx_tick(st, ch, io));
}

static struct anycan_mono slcan_tick(void *state, struct bridged_io *io)
{
	struct slcan *st = state;
	struct anycan_mono next;
	unsigned int i;

	st->text_used = 0;
	next = slcan_probe_tick(st, io);
	for (i = 0; i < st->channels; i++)
		next = anycan_mono_min(next, slcan_channel_tick(st, &st->channel[i], io));
	return next;
}

/* Sources: the firmwares' descriptors, Linux drivers/usb/serial/ftdi_sio_ids.h for the CANUSB. */
static const struct bridged_usb_id slcan_ids[] = {
	{.vid = 0x0403, .pid = 0xffa8, .name = "LAWICEL CANUSB"},
	/* ST's number for every such port; the name tells. */
	{.vid = 0x0483, .pid = 0x5740, .product = "USB2CAN", .name = "WeAct USB2CANFDV1"},
	{.vid = 0x16d0, .pid = 0x117e, .name = "CANable 2"},
	{.vid = 0xad50, .pid = 0x60c4, .name = "CANable, CANtact"},
	{.vid = 0},
};

const struct bridged_driver slcan_driver = {
	.name = "slcan",
	.summary = "serial adapters with ASCII lines: LAWICEL, CANable 1/2/2.5, WeAct, CANdapter",
	.transport = BRIDGED_STREAM,
	.tty_ids = slcan_ids,
	.options = slcan_options_table,
	.options_size = sizeof(struct slcan_options),
	.state_size = sizeof(struct slcan),
	.unit_max = SLCAN_LINE_MAX,
	.init = slcan_init,
	.attach = slcan_attach,
	.describe = slcan_describe,
	.start = slcan_start,
	.stop = slcan_stop,
	.decode = slcan_decode,
	.encode = slcan_encode,
	.tick = slcan_tick,
};
