// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * canalystii: Chuangxin's CANalyst-II, two channels of classic CAN on one USB device. This file
 * holds the driver's hooks; the source of what is known is named in canalystii_codec.h.
 */
#include "canalystii.h"

#include <anycan/string.h>
#include <errno.h>
#include <string.h>

static const struct bridged_option canalystii_options_table[] = {
	{.name = "btr",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct canalystii_options, btr),
	 .help = "registers BTR0 BTR1 at 8 MHz as 4 hex digits, instead of bitrate"},
	{.name = "poll-interval",
	 .alias = "poll_interval",
	 .type = BRIDGED_OPT_MS,
	 .offset = offsetof(struct canalystii_options, poll_ms),
	 .min = 1,
	 .max = 1000,
	 .fallback = "8ms",
	 .help = "longest time between two polls of a quiet bus (8ms)"},
	{.name = "tx-window",
	 .alias = "tx_window",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct canalystii_options, tx_window),
	 .min = 3,
	 .max = CANALYSTII_WINDOW_MAX,
	 .fallback = "60",
	 .help = "frames of a channel in the adapter at a time (60)"},
	{.name = NULL},
};

static const struct bridged_usb_id canalystii_ids[] = {
	{.vid = 0x04d8, .pid = 0x0053, .name = "CANalyst-II"},
	{.vid = 0},
};

static void say(struct bridged_io *io, enum bridged_event_type type, unsigned int channel,
		const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, type, channel);

	if (event)
		event->reason = reason;
}

/* ---- What the user wants */

static const char *check_modes(const struct bridged_settings *settings)
{
	uint32_t flags = settings->ctrlmode.flags;

	if (flags & CAN_CTRLMODE_FD || settings->data.bitrate || settings->data.tq)
		return "fd on, dbitrate: the CANalyst-II has classic CAN only; leave them out";
	if (flags & CAN_CTRLMODE_LISTENONLY)
		return "listen-only on: how a CANalyst-II is told that is not known; leave it out";
	if (flags & CAN_CTRLMODE_LOOPBACK)
		return "loopback on: the CANalyst-II cannot do that; leave it out, netdevs loop "
		       "back without it";
	if (flags & ~(uint32_t)(CAN_CTRLMODE_ONE_SHOT | CAN_CTRLMODE_3_SAMPLES))
		return "the CANalyst-II has one-shot and triple-sampling only; leave out the other "
		       "modes";
	if (settings->has_termination)
		return "termination: the CANalyst-II has jumpers for that; leave it out";
	if (settings->restart_ms)
		return "restart-ms: the CANalyst-II does not say when it is off the bus; leave it "
		       "out";
	return NULL;
}

/* Return: NULL, or what is wrong; without any bit rate @btr is 0, which is none. */
static const char *plan(struct canalystii *st, const struct bridged_settings *settings,
			uint16_t *btr)
{
	const char *reason = check_modes(settings);
	struct anycan_string text;
	int ret;

	if (reason)
		return reason;
	if (st->options.btr) {
		if (settings->nominal.bitrate || settings->nominal.tq)
			return "btr and bitrate are both given; leave out one of them";
		return canalystii_parse_btr(st->options.btr, btr)
			       ? NULL
			       : "btr must be the registers BTR0 and BTR1 as 4 hex digits, as in "
				 "001C";
	}
	ret = canalystii_timing(settings, btr);
	if (ret == -EINVAL)
		*btr = 0;
	if (!ret || ret == -EINVAL)
		return NULL;
	anycan_string_init(&text, st->text, sizeof(st->text));
	anycan_string_add(&text, "bitrate ");
	anycan_string_add_uint(&text, settings->nominal.bitrate);
	anycan_string_add(&text, ": the CANalyst-II cannot reach that with its clock of 8000000 "
				 "Hz; choose another rate, sample-point or sjw");
	return st->text;
}

static int canalystii_init(void *state, const struct bridged_settings *settings,
			   const void *options, const char **reason)
{
	struct canalystii *st = state;

	st->options = *(const struct canalystii_options *)options;
	*reason = NULL;
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS && !*reason; i++)
		*reason = plan(st, &settings[i], &st->btr[i]);
	return *reason ? -EINVAL : 0;
}

static bool canalystii_needs_bitrate(const void *state)
{
	return !((const struct canalystii *)state)->btr[0];
}

/* ---- Coming and going */

static void forget(struct canalystii_channel *ch)
{
	canalystii_fail_all(ch);
	ch->round++;
	ch->phase = CANALYSTII_CLOSED;
	ch->wait = CANALYSTII_NOTHING;
	ch->first = ch->count = 0;
	ch->open_end = NULL;
}

static void canalystii_attach(void *state, struct bridged_io *io)
{
	struct canalystii *st = state;

	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		forget(&st->channel[i]);
		canalystii_tell(&st->channel[i], i, io);
	}
	st->ready = false;
	st->failures = 0;
	st->poll_at = ANYCAN_NEVER;
	st->pause_ns = ANYCAN_NS_PER_MS;
	anycan_clock_init(&st->clock, UINT64_C(1) << 32, 100 * ANYCAN_NS_PER_US);
}

static void canalystii_describe(const void *state, struct bridged_description *desc)
{
	const struct canalystii *st = state;
	struct anycan_string text;

	memset(desc, 0, sizeof(*desc));
	anycan_string_init(&text, desc->model, sizeof(desc->model));
	anycan_string_add(&text, st->ready ? st->device.product : "CANalyst-II");
	anycan_string_init(&text, desc->serial, sizeof(desc->serial));
	anycan_string_add(&text, st->ready ? st->device.serial : "");
	desc->channels = CANALYSTII_CHANNELS;
	desc->ctrlmodes = CAN_CTRLMODE_ONE_SHOT | CAN_CTRLMODE_3_SAMPLES;
	desc->timestamps = true;
	desc->confirm = BRIDGED_CONFIRM_QUEUED;
	desc->limits = canalystii_limits;
}

static bool put_command(unsigned int channel, const struct bridged_usb_record *how,
			enum canalystii_command command, uint16_t btr, struct bridged_io *io)
{
	struct bridged_usb_record record = *how;
	uint8_t *buffer;

	record.type = BRIDGED_USB_OUT;
	record.endpoint = canalystii_endpoint(channel, true);
	record.len = CANALYSTII_BUFFER_SIZE;
	buffer = bridged_usb_request(io, &record);
	if (!buffer)
		return false;
	if (command == CANALYSTII_INIT)
		canalystii_encode_init(btr, buffer);
	else
		canalystii_encode_command(command, buffer);
	return true;
}

static void canalystii_start(void *state, unsigned int channel,
			     const struct bridged_settings *settings, struct bridged_io *io)
{
	struct canalystii *st = state;
	struct canalystii_channel *ch = &st->channel[channel % CANALYSTII_CHANNELS];
	const struct bridged_usb_record quiet = {.flags = BRIDGED_USB_QUIET};
	const struct bridged_usb_record told = {
		.tag = canalystii_tag(ch, channel, CANALYSTII_STARTED, 0),
	};
	const char *reason = "the adapter is not identified yet";

	if (st->ready && channel < CANALYSTII_CHANNELS)
		reason = plan(st, settings, &st->btr[channel]);
	if (!reason && !st->btr[channel])
		reason = "the bit rate is missing; give it with `bitrate`, for example 500000";
	if (reason) {
		say(io, BRIDGED_REFUSED, channel, reason);
		return;
	}
	ch->one_shot = settings->ctrlmode.flags & CAN_CTRLMODE_ONE_SHOT;
	/* Neither is answered: that they were taken is all there is to know. */
	if (put_command(channel, &quiet, CANALYSTII_INIT, st->btr[channel], io) &&
	    put_command(channel, &told, CANALYSTII_START, 0, io)) {
		ch->phase = CANALYSTII_OPENING;
		ch->wait = CANALYSTII_STARTED;
	}
}

static void canalystii_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct canalystii *st = state;
	struct canalystii_channel *ch = &st->channel[channel % CANALYSTII_CHANNELS];
	const struct bridged_usb_record quiet = {.flags = BRIDGED_USB_QUIET};

	if (ch->phase != CANALYSTII_CLOSED)
		put_command(channel, &quiet, CANALYSTII_STOP, 0, io);
	forget(ch);
	canalystii_tell(ch, channel, io);
}

/* ---- Answers */

static bool has_endpoint(const struct bridged_usb_device *device, uint8_t address)
{
	for (unsigned int i = 0; i < device->endpoint_count; i++)
		if (device->endpoints[i].address == address)
			return true;
	return false;
}

static void take_device(struct canalystii *st, const struct bridged_usb_record *answer,
			const uint8_t *data, struct bridged_io *io)
{
	if (answer->len != sizeof(st->device) || st->ready) {
		io->bad_units++;
		return;
	}
	memcpy(&st->device, data, sizeof(st->device));
	for (uint8_t endpoint = 1; endpoint <= 2 * CANALYSTII_CHANNELS; endpoint++) {
		if (has_endpoint(&st->device, endpoint) &&
		    has_endpoint(&st->device, endpoint | 0x80))
			continue;
		say(io, BRIDGED_REFUSED, 0,
		    "the device does not have the endpoints of a CANalyst-II: is it one?");
		return;
	}
	st->ready = true;
	bridged_io_event(io, BRIDGED_READY, 0);
}

static void take_start(struct canalystii *st, unsigned int channel,
		       const struct bridged_usb_record *answer, struct bridged_io *io)
{
	struct canalystii_channel *ch = &st->channel[channel];

	ch->wait = CANALYSTII_NOTHING;
	if (answer->status) {
		ch->phase = CANALYSTII_CLOSED;
		say(io, BRIDGED_REFUSED, channel,
		    "the adapter does not take commands; plug it in again");
		return;
	}
	ch->phase = CANALYSTII_OPEN;
	st->poll_at = io->now;
	st->pause_ns = ANYCAN_NS_PER_MS;
	bridged_io_event(io, BRIDGED_OPENED, channel);
}

static void take_answer(struct canalystii *st, const struct bridged_usb_record *answer,
			const uint8_t *data, struct bridged_io *io)
{
	unsigned int channel = answer->tag & 0xff, wait = answer->tag >> 8 & 0xff;
	struct canalystii_channel *ch = &st->channel[channel % CANALYSTII_CHANNELS];

	if (answer->type == BRIDGED_USB_DEVICE) {
		take_device(st, answer, data, io);
		return;
	}
	if (channel >= CANALYSTII_CHANNELS) {
		io->bad_units++;
		return;
	}
	if (answer->tag >> 24 != ch->round)
		return; /* about an opening that is over */
	if (wait == CANALYSTII_WRITTEN)
		canalystii_take_written(ch, answer->tag >> 16 & 0xff, !answer->status);
	else if (wait == CANALYSTII_NOTHING || wait != (unsigned int)ch->wait)
		io->bad_units += wait != CANALYSTII_NOTHING;
	else if (wait == CANALYSTII_STARTED)
		take_start(st, channel, answer, io);
	else if (wait == CANALYSTII_STATUS)
		canalystii_take_status(st, channel, answer, data, io);
	else
		canalystii_take_messages(st, channel, answer, data, io);
}

/* Whether all that had to be said is said, and there is room for what one answer makes. */
static bool may_go_on(struct canalystii *st, struct bridged_io *io)
{
	bool told = true;

	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		st->channel[i].open_end = NULL;
		told &= canalystii_tell(&st->channel[i], i, io);
	}
	return told && canalystii_pass_on(st, io) && bridged_io_frame(io) &&
	       io->n_events < io->max_events &&
	       io->out_max - io->out_len >= sizeof(struct bridged_usb_record);
}

static size_t canalystii_receive(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct canalystii *st = state;
	struct bridged_usb_record answer;
	const uint8_t *data;
	size_t done = 0;
	int used;

	while (may_go_on(st, io)) {
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
	return done;
}

static struct anycan_mono canalystii_tick(void *state, struct bridged_io *io)
{
	struct canalystii *st = state;
	bool open = false, waiting = false;

	if (!may_go_on(st, io))
		return io->now;
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		open |= st->channel[i].phase == CANALYSTII_OPEN;
		waiting |= st->channel[i].wait != CANALYSTII_NOTHING;
	}
	if (!open || waiting)
		return ANYCAN_NEVER;
	if (io->now.ns >= st->poll_at.ns)
		canalystii_poll(st, io);
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++)
		if (st->channel[i].wait != CANALYSTII_NOTHING)
			return ANYCAN_NEVER;
	return io->now.ns >= st->poll_at.ns ? anycan_mono_after(io->now, ANYCAN_NS_PER_MS)
					    : st->poll_at;
}

const struct bridged_driver canalystii_driver = {
	.name = "canalystii",
	.summary = "USB adapters: Chuangxin CANalyst-II, two channels",
	.transport = BRIDGED_USB,
	.usb_ids = canalystii_ids,
	.options = canalystii_options_table,
	.options_size = sizeof(struct canalystii_options),
	.state_size = sizeof(struct canalystii),
	.unit_max = BRIDGED_USB_RECORD_MAX,
	.init = canalystii_init,
	.needs_bitrate = canalystii_needs_bitrate,
	.attach = canalystii_attach,
	.describe = canalystii_describe,
	.start = canalystii_start,
	.stop = canalystii_stop,
	.decode = canalystii_receive,
	.encode = canalystii_send,
	.tick = canalystii_tick,
};
