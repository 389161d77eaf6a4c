// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * gs_usb on the wire. Sources: see gs_usb_codec.h.
 */
#include "gs_usb_codec.h"

#include <anycan/bytes.h>
#include <errno.h>
#include <linux/can/error.h>
#include <string.h>

/* Where things are in a frame. */
enum {
	AT_ECHO_ID = 0,
	AT_CAN_ID = 4,
	AT_DLC = 8,
	AT_CHANNEL = 9,
	AT_FLAGS = 10,
	AT_DATA = 12,
	AT_STAMP_CLASSIC = AT_DATA + CAN_MAX_DLEN,
	AT_STAMP_FD = AT_DATA + CANFD_MAX_DLEN,
};

#define FLAG_OVERFLOW 0x01
#define FLAG_FD 0x02
#define FLAG_BRS 0x04
#define FLAG_ESI 0x08

static uint8_t from_wire_flags(uint8_t flags)
{
	if (!(flags & FLAG_FD))
		return 0;
	return (uint8_t)(CANFD_FDF | (flags & FLAG_BRS ? CANFD_BRS : 0) |
			 (flags & FLAG_ESI ? CANFD_ESI : 0));
}

static uint8_t to_wire_flags(const struct anycan_frame *frame)
{
	if (!anycan_frame_is_fd(frame))
		return 0;
	return (uint8_t)(FLAG_FD | (frame->flags & CANFD_BRS ? FLAG_BRS : 0) |
			 (frame->flags & CANFD_ESI ? FLAG_ESI : 0));
}

static void decode_length(struct anycan_frame *frame, uint8_t dlc)
{
	bool fd = anycan_frame_is_fd(frame);

	if (frame->can_id & CAN_ERR_FLAG) {
		frame->len = CAN_ERR_DLC;
	} else if (fd || dlc <= CAN_MAX_DLEN) {
		frame->len = anycan_dlc2len(dlc);
	} else {
		frame->len = CAN_MAX_DLEN;
		frame->len8_dlc = dlc;
	}
}

int gs_usb_decode(const uint8_t *data, size_t len, struct gs_usb_frame *frame)
{
	struct anycan_frame *to = &frame->frame;
	size_t at_stamp;

	if (len < AT_DATA)
		return -EBADMSG;
	memset(to, 0, offsetof(struct anycan_frame, data));
	memset(to->data, 0, CAN_MAX_DLEN);
	frame->echo_id = anycan_get_le32(data + AT_ECHO_ID);
	frame->overflow = data[AT_FLAGS] & FLAG_OVERFLOW;
	to->can_id = anycan_get_le32(data + AT_CAN_ID);
	to->channel = data[AT_CHANNEL];
	to->flags = from_wire_flags(data[AT_FLAGS]);
	/* An echo tells that the frame was sent; its contents may be missing. */
	if (frame->echo_id != GS_USB_NO_ECHO)
		return 0;
	at_stamp = to->flags ? AT_STAMP_FD : AT_STAMP_CLASSIC;
	if (data[AT_DLC] > ANYCAN_DLC_MAX || len < at_stamp)
		return -EBADMSG;
	decode_length(to, data[AT_DLC]);
	if (!(to->can_id & CAN_EFF_FLAG) && !(to->can_id & CAN_ERR_FLAG))
		to->can_id &= CAN_RTR_FLAG | CAN_SFF_MASK;
	if (!(to->can_id & CAN_RTR_FLAG) || to->can_id & CAN_ERR_FLAG)
		memcpy(to->data, data + AT_DATA, to->len);
	frame->has_stamp = len >= at_stamp + 4;
	frame->stamp_us = frame->has_stamp ? anycan_get_le32(data + at_stamp) : 0;
	return anycan_frame_check(to, NULL) ? -EBADMSG : 0;
}

size_t gs_usb_encode(const struct anycan_frame *frame, uint32_t echo_id, bool fd, bool quirk,
		     uint8_t *data)
{
	size_t len = fd ? AT_STAMP_FD : AT_STAMP_CLASSIC;

	if (quirk)
		len++;
	memset(data, 0, len);
	anycan_put_le32(data + AT_ECHO_ID, echo_id);
	anycan_put_le32(data + AT_CAN_ID, frame->can_id);
	data[AT_DLC] = anycan_frame_dlc(frame);
	data[AT_CHANNEL] = (uint8_t)frame->channel;
	data[AT_FLAGS] = to_wire_flags(frame);
	memcpy(data + AT_DATA, frame->data, anycan_frame_data_len(frame));
	return len;
}

void gs_usb_encode_timing(const struct can_bittiming *timing, uint8_t *data)
{
	anycan_put_le32(data, timing->prop_seg);
	anycan_put_le32(data + 4, timing->phase_seg1);
	anycan_put_le32(data + 8, timing->phase_seg2);
	anycan_put_le32(data + 12, timing->sjw);
	anycan_put_le32(data + 16, timing->brp);
}

static void decode_const(const uint8_t *data, struct can_bittiming_const *limits)
{
	limits->tseg1_min = anycan_get_le32(data);
	limits->tseg1_max = anycan_get_le32(data + 4);
	limits->tseg2_min = anycan_get_le32(data + 8);
	limits->tseg2_max = anycan_get_le32(data + 12);
	limits->sjw_max = anycan_get_le32(data + 16);
	limits->brp_min = anycan_get_le32(data + 20);
	limits->brp_max = anycan_get_le32(data + 24);
	limits->brp_inc = anycan_get_le32(data + 28);
}

void gs_usb_decode_limits(const uint8_t *data, size_t len, struct gs_usb_limits *limits)
{
	limits->features = anycan_get_le32(data);
	limits->clock_hz = anycan_get_le32(data + 4);
	decode_const(data + 8, &limits->nominal);
	decode_const(len >= GS_USB_BT_CONST_EXT_SIZE ? data + GS_USB_BT_CONST_SIZE : data + 8,
		     &limits->data);
}
