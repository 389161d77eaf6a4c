// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Seeed and Waveshare USB-CAN analyzer: bytes. See seeedstudio_codec.h.
 */
#include "seeedstudio_codec.h"
#include "hold.h"

#include <anycan/bytes.h>
#include <string.h>

#define SEEEDSTUDIO_BEGIN 0xaa
#define SEEEDSTUDIO_END 0x55

/* Bits of the second byte of a frame of variable length; the length is below them. */
#define SEEEDSTUDIO_FRAME 0xc0
#define SEEEDSTUDIO_EXTENDED 0x20
#define SEEEDSTUDIO_REMOTE 0x10

/* Modes in the settings. */
#define SEEEDSTUDIO_LOOPBACK 1
#define SEEEDSTUDIO_SILENT 2

const uint32_t seeedstudio_bitrates[] = {1000000, 800000, 500000, 400000, 250000, 200000, 125000,
					 100000,  50000,  20000,  10000,  5000,	  0};

uint8_t seeedstudio_speed(uint32_t bitrate)
{
	for (uint8_t i = 0; seeedstudio_bitrates[i]; i++)
		if (seeedstudio_bitrates[i] == bitrate)
			return (uint8_t)(i + 1);
	return 0;
}

/* ---- Messages of 20 bytes */

static uint8_t seeedstudio_sum(const uint8_t *message)
{
	unsigned int sum = 0;

	for (unsigned int i = 2; i < SEEEDSTUDIO_MESSAGE - 1; i++)
		sum += message[i];
	return (uint8_t)sum;
}

static void seeedstudio_begin(uint8_t *out, enum seeedstudio_type type)
{
	memset(out, 0, SEEEDSTUDIO_MESSAGE);
	out[0] = SEEEDSTUDIO_BEGIN;
	out[1] = SEEEDSTUDIO_END;
	out[2] = (uint8_t)type;
}

static void seeedstudio_end(uint8_t *out)
{
	out[SEEEDSTUDIO_MESSAGE - 1] = seeedstudio_sum(out);
}

void seeedstudio_put_settings(const struct seeedstudio_settings *settings, uint8_t *out)
{
	seeedstudio_begin(out, settings->fixed ? SEEEDSTUDIO_SET_FIXED : SEEEDSTUDIO_SET_VARIABLE);
	out[3] = settings->speed;
	out[4] = settings->extended ? 2 : 1;
	anycan_put_le32(&out[5], settings->id);
	anycan_put_le32(&out[9], settings->mask);
	out[13] = (uint8_t)((settings->loopback ? SEEEDSTUDIO_LOOPBACK : 0) |
			    (settings->silent ? SEEEDSTUDIO_SILENT : 0));
	out[14] = settings->once;
	seeedstudio_end(out);
}

void seeedstudio_put_status(uint8_t *out)
{
	seeedstudio_begin(out, SEEEDSTUDIO_STATUS);
	seeedstudio_end(out);
}

static void seeedstudio_swap(uint8_t id[4])
{
	const uint8_t copy[4] = {id[3], id[2], id[1], id[0]};

	memcpy(id, copy, 4);
}

static size_t seeedstudio_put_fixed(const struct anycan_frame *frame, bool big_endian, uint8_t *out)
{
	seeedstudio_begin(out, SEEEDSTUDIO_FIXED_FRAME);
	out[3] = frame->can_id & CAN_EFF_FLAG ? 2 : 1;
	out[4] = frame->can_id & CAN_RTR_FLAG ? 2 : 1;
	anycan_put_le32(&out[5], frame->can_id & CAN_EFF_MASK);
	if (big_endian)
		seeedstudio_swap(&out[5]);
	out[9] = (uint8_t)frame->len;
	memcpy(&out[10], frame->data, anycan_frame_data_len(frame));
	seeedstudio_end(out);
	return SEEEDSTUDIO_MESSAGE;
}

static bool seeedstudio_get_fixed(const uint8_t *in, bool big_endian, struct anycan_frame *frame)
{
	uint8_t id[4];

	memcpy(id, &in[5], 4);
	if (big_endian)
		seeedstudio_swap(id);
	*frame = (struct anycan_frame){.can_id = anycan_get_le32(id), .len = in[9]};
	if (in[3] < 1 || in[3] > 2 || in[4] < 1 || in[4] > 2 || in[9] > CAN_MAX_DLEN ||
	    frame->can_id > (in[3] == 2 ? CAN_EFF_MASK : CAN_SFF_MASK))
		return false;
	if (in[3] == 2)
		frame->can_id |= CAN_EFF_FLAG;
	if (in[4] == 2)
		frame->can_id |= CAN_RTR_FLAG;
	memcpy(frame->data, &in[10], anycan_frame_data_len(frame));
	return true;
}

static int seeedstudio_get_message(const uint8_t *in, size_t len, bool big_endian,
				   struct seeedstudio_input *input)
{
	/* What is none is not waited for. */
	if (len > 2 && in[2] != SEEEDSTUDIO_FIXED_FRAME && in[2] != SEEEDSTUDIO_STATUS &&
	    in[2] != SEEEDSTUDIO_SET_FIXED && in[2] != SEEEDSTUDIO_SET_VARIABLE)
		return HOLD_BAD;
	if (len < SEEEDSTUDIO_MESSAGE)
		return HOLD_MORE;
	if (in[SEEEDSTUDIO_MESSAGE - 1] != seeedstudio_sum(in))
		return HOLD_BAD;
	input->unit = SEEEDSTUDIO_UNIT_OTHER;
	if (in[2] == SEEEDSTUDIO_STATUS) {
		input->unit = SEEEDSTUDIO_UNIT_STATUS;
		input->counters = (struct seeedstudio_counters){.rx = in[3], .tx = in[4]};
	} else if (in[2] == SEEEDSTUDIO_FIXED_FRAME) {
		input->unit = SEEEDSTUDIO_UNIT_FRAME;
		if (!seeedstudio_get_fixed(in, big_endian, &input->frame))
			return HOLD_BAD;
	}
	return SEEEDSTUDIO_MESSAGE;
}

/* ---- Frames of variable length */

size_t seeedstudio_put_frame(const struct anycan_frame *frame, struct seeedstudio_form form,
			     uint8_t *out)
{
	bool remote = frame->can_id & CAN_RTR_FLAG, extended = frame->can_id & CAN_EFF_FLAG;
	size_t data = remote && !form.filled ? 0 : frame->len;
	uint8_t *at = out;

	if (form.fixed)
		return seeedstudio_put_fixed(frame, form.big_endian, out);
	*at++ = SEEEDSTUDIO_BEGIN;
	*at++ = (uint8_t)(SEEEDSTUDIO_FRAME | (extended ? SEEEDSTUDIO_EXTENDED : 0) |
			  (remote ? SEEEDSTUDIO_REMOTE : 0) | frame->len);
	*at++ = (uint8_t)frame->can_id;
	*at++ = (uint8_t)(frame->can_id >> 8);
	if (extended) {
		*at++ = (uint8_t)(frame->can_id >> 16);
		*at++ = (uint8_t)((frame->can_id & CAN_EFF_MASK) >> 24);
	} else {
		at[-1] &= CAN_SFF_MASK >> 8;
	}
	memset(at, 0, data);
	memcpy(at, frame->data, anycan_frame_data_len(frame));
	at[data] = SEEEDSTUDIO_END;
	return (size_t)(at - out) + data + 1;
}

static int seeedstudio_get_variable(const uint8_t *in, size_t len, bool silent,
				    struct anycan_frame *frame)
{
	bool remote = in[1] & SEEEDSTUDIO_REMOTE, extended = in[1] & SEEEDSTUDIO_EXTENDED;
	struct hold_form form = {.head = extended ? 6 : 4,
				 .data = in[1] & 0x0f,
				 .begin = SEEEDSTUDIO_BEGIN,
				 .end = SEEEDSTUDIO_END};
	int total = (int)(form.head + form.data) + 1;
	uint32_t id;

	if ((in[1] & SEEEDSTUDIO_FRAME) != SEEEDSTUDIO_FRAME || form.data > CAN_MAX_DLEN)
		return HOLD_BAD;
	if (len < form.head)
		return HOLD_MORE;
	id = extended ? anycan_get_le32(&in[2]) : anycan_get_le16(&in[2]);
	if (id > (extended ? CAN_EFF_MASK : CAN_SFF_MASK))
		return HOLD_BAD;
	if (remote)
		total = hold_remote(&form, in, len, silent);
	else if (len < (size_t)total)
		return HOLD_MORE;
	else if (in[total - 1] != SEEEDSTUDIO_END)
		return HOLD_BAD;
	if (total <= 0)
		return total;
	*frame = (struct anycan_frame){.can_id = id, .len = (uint16_t)form.data};
	if (extended)
		frame->can_id |= CAN_EFF_FLAG;
	if (remote)
		frame->can_id |= CAN_RTR_FLAG;
	memcpy(frame->data, &in[form.head], anycan_frame_data_len(frame));
	return total;
}

int seeedstudio_get(const uint8_t *in, size_t len, bool silent, bool big_endian,
		    struct seeedstudio_input *input)
{
	if (in[0] != SEEEDSTUDIO_BEGIN)
		return HOLD_BAD;
	if (len < 2)
		return HOLD_MORE;
	if (in[1] == SEEEDSTUDIO_END)
		return seeedstudio_get_message(in, len, big_endian, input);
	input->unit = SEEEDSTUDIO_UNIT_FRAME;
	return seeedstudio_get_variable(in, len, silent, &input->frame);
}
