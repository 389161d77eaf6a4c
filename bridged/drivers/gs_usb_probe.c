// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * gs_usb: finding out what the adapter is, request by request, in the order of the kernel's
 * driver. Sources: see gs_usb_codec.h.
 */
#include "gs_usb.h"

#include <anycan/bytes.h>
#include <errno.h>
#include <string.h>

#define HOST_FORMAT_LITTLE_ENDIAN 0x0000beefU

/* Reads in flight: as many as the kernel's driver has. */
#define READS 30

static void refuse(struct gs_usb *st, const char *reason, struct bridged_io *io)
{
	st->step = GS_USB_IDLE;
	gs_usb_say(io, BRIDGED_REFUSED, 0, reason);
}

static const char not_gs_usb[] =
	"the device does not answer as a gs_usb adapter does: is it one, with a firmware that "
	"works?";

static void find_endpoints(struct gs_usb *st)
{
	st->in = st->out = 0;
	for (unsigned int i = 0; i < st->device.endpoint_count; i++) {
		uint8_t address = st->device.endpoints[i].address;

		if (st->device.endpoints[i].type != BRIDGED_USB_BULK)
			continue;
		if (address & 0x80 && !st->in) {
			st->in = address;
			st->in_size = st->device.endpoints[i].max_packet;
		} else if (!(address & 0x80) && !st->out) {
			st->out = address;
		}
	}
}

/* A transfer ends with a packet that is not full: room for whole packets, and for a frame. */
static uint16_t read_size(uint16_t max_packet)
{
	uint32_t packets = (GS_USB_FRAME_MAX + max_packet - 1U) / max_packet;

	return (uint16_t)(packets * max_packet);
}

static void ask(struct gs_usb *st, enum gs_usb_step step, struct bridged_io *io)
{
	static const enum gs_usb_request requests[] = {
		[GS_USB_ASK_FORMAT] = GS_USB_HOST_FORMAT,
		[GS_USB_ASK_CONFIG] = GS_USB_DEVICE_CONFIG,
		[GS_USB_ASK_RESET] = GS_USB_MODE,
		[GS_USB_ASK_LIMITS] = GS_USB_BT_CONST,
		[GS_USB_ASK_LIMITS_EXT] = GS_USB_BT_CONST_EXT,
	};
	uint8_t *data = gs_usb_ask(st, requests[step], st->probing, step, io);

	st->step = step;
	if (data && step == GS_USB_ASK_FORMAT)
		anycan_put_le32(data, HOST_FORMAT_LITTLE_ENDIAN);
}

void gs_usb_probe_start(struct gs_usb *st, const struct bridged_usb_device *device,
			struct bridged_io *io)
{
	st->device = *device;
	st->probing = 0;
	find_endpoints(st);
	if (!st->in || !st->out || !st->in_size || read_size(st->in_size) > BRIDGED_USB_DATA_MAX) {
		refuse(st, "the device has no bulk endpoints as a gs_usb adapter has", io);
		return;
	}
	ask(st, GS_USB_ASK_FORMAT, io);
}

static bool is_cantact_pro(const struct gs_usb *st)
{
	return st->device.vid == 0x1d50 && st->device.pid == 0x606f && st->sw_version <= 2 &&
	       !strcmp(st->device.manufacturer, "LinkLayer Labs") &&
	       !strcmp(st->device.product, "CANtact Pro");
}

static void take_config(struct gs_usb *st, const uint8_t *data, struct bridged_io *io)
{
	/* The number of the last channel. */
	st->channels = data[3] + 1U;
	if (st->channels > GS_USB_CHANNELS) {
		st->channels = GS_USB_CHANNELS;
		gs_usb_say(io, BRIDGED_NOTE, 0,
			   "the adapter has more than 8 channels; the others are not used");
	}
	st->sw_version = anycan_get_le32(data + 4);
	st->hw_version = anycan_get_le32(data + 8);
	st->quirk_request = is_cantact_pro(st);
}

/* What was set on the command line is compared with the device before there is a netdev. */
static const char *check_settings(struct gs_usb *st)
{
	for (unsigned int i = 0; i < st->channels; i++) {
		const char *reason = gs_usb_plan(st, i, &st->channel[i].settings);

		if (reason)
			return reason;
	}
	return NULL;
}

static void begin_to_read(struct gs_usb *st, struct bridged_io *io)
{
	const struct bridged_usb_record reads = {
		.type = BRIDGED_USB_LISTEN,
		.endpoint = st->in,
		.count = READS,
		.wanted = read_size(st->in_size),
	};

	bridged_usb_request(io, &reads);
}

static void finish(struct gs_usb *st, struct bridged_io *io)
{
	const char *reason = check_settings(st);

	if (reason) {
		refuse(st, reason, io);
		return;
	}
	st->step = GS_USB_IDLE;
	st->ready = true;
	/* From now on: frames of an earlier host that are still there come out and are void. */
	begin_to_read(st, io);
	bridged_io_event(io, BRIDGED_READY, 0);
}

static void next_channel(struct gs_usb *st, struct bridged_io *io)
{
	if (++st->probing < st->channels)
		ask(st, GS_USB_ASK_RESET, io);
	else
		finish(st, io);
}

static void take_limits(struct gs_usb *st, const uint8_t *data, size_t len, struct bridged_io *io)
{
	struct gs_usb_limits *limits = &st->channel[st->probing].limits;

	gs_usb_decode_limits(data, len, limits);
	if (st->quirk_request)
		limits->features |= GS_USB_QUIRK_LPC546XX;
	if (limits->features & GS_USB_FD && limits->features & GS_USB_HAS_BT_CONST_EXT &&
	    st->step == GS_USB_ASK_LIMITS)
		ask(st, GS_USB_ASK_LIMITS_EXT, io);
	else
		next_channel(st, io);
}

/* Bytes that an answer must have. */
static size_t answer_size(enum gs_usb_step step)
{
	switch (step) {
	case GS_USB_ASK_CONFIG:
		return GS_USB_DEVICE_CONFIG_SIZE;
	case GS_USB_ASK_LIMITS:
		return GS_USB_BT_CONST_SIZE;
	case GS_USB_ASK_LIMITS_EXT:
		return GS_USB_BT_CONST_EXT_SIZE;
	default:
		return 0;
	}
}

void gs_usb_probe_answer(struct gs_usb *st, const struct bridged_usb_record *answer,
			 const uint8_t *data, struct bridged_io *io)
{
	bool good = !answer->status && answer->len >= answer_size(st->step);

	/* Only little endian is left in this world: some devices do not know the question. */
	if (!good && st->step != GS_USB_ASK_FORMAT) {
		refuse(st, not_gs_usb, io);
		return;
	}
	switch (st->step) {
	case GS_USB_ASK_FORMAT:
		ask(st, GS_USB_ASK_CONFIG, io);
		break;
	case GS_USB_ASK_CONFIG:
		take_config(st, data, io);
		ask(st, GS_USB_ASK_RESET, io);
		break;
	case GS_USB_ASK_RESET:
		ask(st, GS_USB_ASK_LIMITS, io);
		break;
	default:
		take_limits(st, data, answer->len, io);
	}
}

/* ---- What is told of it */

static void copy_text(char *to, size_t size, const char *from)
{
	struct anycan_string text;

	anycan_string_init(&text, to, size);
	anycan_string_add(&text, from);
}

static void describe_version(char *to, size_t size, uint32_t version)
{
	struct anycan_string text;

	anycan_string_init(&text, to, size);
	anycan_string_add_uint(&text, version);
}

static uint32_t ctrlmodes_of(uint32_t features)
{
	static const struct {
		uint32_t feature, mode;
	} modes[] = {
		{GS_USB_LISTEN_ONLY, CAN_CTRLMODE_LISTENONLY},
		{GS_USB_LOOPBACK, CAN_CTRLMODE_LOOPBACK},
		{GS_USB_TRIPLE_SAMPLE, CAN_CTRLMODE_3_SAMPLES},
		{GS_USB_ONE_SHOT, CAN_CTRLMODE_ONE_SHOT},
		{GS_USB_FD, CAN_CTRLMODE_FD},
		{GS_USB_BERR_REPORTING, CAN_CTRLMODE_BERR_REPORTING},
	};
	uint32_t ctrlmodes = CAN_CTRLMODE_CC_LEN8_DLC;

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (features & modes[i].feature)
			ctrlmodes |= modes[i].mode;
	return ctrlmodes;
}

static void describe_limits(const struct gs_usb_limits *limits, struct bridged_limits *to)
{
	static const uint16_t ohms[] = {120, 0};

	to->clock_hz = limits->clock_hz;
	to->nominal = &limits->nominal;
	if (limits->features & GS_USB_FD)
		to->data = &limits->data;
	if (limits->features & GS_USB_TERMINATION)
		to->terminations = ohms;
}

void gs_usb_describe(const void *state, struct bridged_description *desc)
{
	const struct gs_usb *st = state;

	memset(desc, 0, sizeof(*desc));
	desc->channels = st->channels;
	desc->confirm = BRIDGED_CONFIRM_SENT;
	if (!st->ready) {
		desc->ctrlmodes = ctrlmodes_of(UINT32_MAX);
		desc->timestamps = true;
		return;
	}
	copy_text(desc->model, sizeof(desc->model), st->device.product);
	copy_text(desc->firmware, sizeof(desc->firmware), st->device.manufacturer);
	copy_text(desc->serial, sizeof(desc->serial), st->device.serial);
	describe_version(desc->hw_version, sizeof(desc->hw_version), st->hw_version);
	describe_version(desc->sw_version, sizeof(desc->sw_version), st->sw_version);
	desc->ctrlmodes = ctrlmodes_of(st->channel[0].limits.features);
	desc->timestamps = st->channel[0].limits.features & GS_USB_HW_TIMESTAMP;
	describe_limits(&st->channel[0].limits, &desc->limits);
}
