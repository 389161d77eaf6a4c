// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * python-can's "CAN over serial": frames. See serial_codec.h.
 */
#include "serial_codec.h"
#include "hold.h"

#include <anycan/bytes.h>
#include <linux/can/error.h>
#include <string.h>

size_t serial_frame_put(const struct anycan_frame *frame, uint32_t stamp, struct serial_form form,
			uint8_t *out)
{
	size_t data = frame->len;
	canid_t id = frame->can_id;

	if (form.bare)
		id &= CAN_EFF_MASK;
	if ((frame->can_id & CAN_RTR_FLAG) && form.empty)
		data = 0;
	out[0] = SERIAL_BEGIN;
	anycan_put_le32(&out[1], stamp);
	out[5] = (uint8_t)frame->len;
	anycan_put_le32(&out[6], id);
	memset(&out[SERIAL_HEAD], 0, data);
	memcpy(&out[SERIAL_HEAD], frame->data, anycan_frame_data_len(frame));
	out[SERIAL_HEAD + data] = SERIAL_END;
	return SERIAL_HEAD + data + 1;
}

/* An identifier of more than 11 bits is an extended one, said or not. */
static canid_t serial_id(uint32_t field)
{
	if (field & CAN_ERR_FLAG)
		return CAN_ERR_FLAG | (field & CAN_ERR_MASK);
	if ((field & CAN_EFF_MASK) > CAN_SFF_MASK)
		field |= CAN_EFF_FLAG;
	return field;
}

int serial_frame_get(const uint8_t *in, size_t len, bool silent, struct anycan_frame *frame,
		     uint32_t *stamp)
{
	struct hold_form form = {SERIAL_HEAD, 0, SERIAL_BEGIN, SERIAL_END};
	uint32_t field;
	int total;

	if (len && in[0] != SERIAL_BEGIN)
		return HOLD_BAD;
	if (len > 5 && in[5] > CAN_MAX_DLEN)
		return HOLD_BAD;
	if (len <= SERIAL_HEAD)
		return HOLD_MORE;
	form.data = in[5];
	field = anycan_get_le32(&in[6]);
	if ((field & CAN_ERR_FLAG) && (field & CAN_RTR_FLAG))
		return HOLD_BAD;
	if (field & CAN_RTR_FLAG) {
		total = hold_remote(&form, in, len, silent);
	} else {
		total = SERIAL_HEAD + (int)form.data + 1;
		if (len < (size_t)total)
			return HOLD_MORE;
		if (in[total - 1] != SERIAL_END)
			return HOLD_BAD;
	}
	if (total <= 0)
		return total;
	*stamp = anycan_get_le32(&in[1]);
	*frame = (struct anycan_frame){.can_id = serial_id(field), .len = in[5]};
	memcpy(frame->data, &in[SERIAL_HEAD], anycan_frame_data_len(frame));
	/* The kernel's error frames always have 8 bytes. */
	if (frame->can_id & CAN_ERR_FLAG)
		frame->len = CAN_ERR_DLC;
	return total;
}
