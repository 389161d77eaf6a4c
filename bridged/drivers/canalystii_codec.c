// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * CANalyst-II on the wire. Source: see canalystii_codec.h.
 */
#include "canalystii_codec.h"

#include <anycan/bytes.h>
#include <errno.h>
#include <string.h>

#define MESSAGE_SIZE 21

/* Where things are in a message. */
enum {
	AT_ID = 0,
	AT_STAMP = 4,
	AT_TIME_FLAG = 8,
	AT_SEND_TYPE = 9,
	AT_REMOTE = 10,
	AT_EXTENDED = 11,
	AT_LEN = 12,
	AT_DATA = 13,
};

#define SEND_ONCE 0x01

void canalystii_encode_command(enum canalystii_command command, uint8_t *buffer)
{
	memset(buffer, 0, CANALYSTII_BUFFER_SIZE);
	anycan_put_le32(buffer, command);
}

void canalystii_encode_init(uint16_t btr, uint8_t *buffer)
{
	canalystii_encode_command(CANALYSTII_INIT, buffer);
	/* Acceptance code and mask, one filter: what the maker's program sends to get all. */
	anycan_put_le32(buffer + 4, 1);
	anycan_put_le32(buffer + 8, UINT32_MAX);
	anycan_put_le32(buffer + 16, 1);
	anycan_put_le32(buffer + 24, btr >> 8);
	anycan_put_le32(buffer + 28, btr & 0xff);
	/* The mode at 32 stays 0: with 1 the device was seen to crash. */
	anycan_put_le32(buffer + 36, 1);
}

int canalystii_decode_status(const uint8_t *buffer, size_t len, struct canalystii_status *status)
{
	if (len < 12 || anycan_get_le32(buffer) != CANALYSTII_MESSAGE_STATUS)
		return -EBADMSG;
	status->rx_pending = anycan_get_le32(buffer + 4);
	status->tx_pending = anycan_get_le16(buffer + 8);
	return 0;
}

int canalystii_count(const uint8_t *buffer)
{
	return buffer[0] <= CANALYSTII_MESSAGES ? buffer[0] : -EBADMSG;
}

int canalystii_decode(const uint8_t *buffer, unsigned int index, struct anycan_frame *frame,
		      uint32_t *stamp)
{
	const uint8_t *message = buffer + 1 + index * MESSAGE_SIZE;

	memset(frame, 0, offsetof(struct anycan_frame, data) + CAN_MAX_DLEN);
	*stamp = anycan_get_le32(message + AT_STAMP);
	frame->can_id = anycan_get_le32(message + AT_ID);
	frame->len = message[AT_LEN];
	if (frame->can_id > (message[AT_EXTENDED] ? CAN_EFF_MASK : CAN_SFF_MASK) ||
	    frame->len > CAN_MAX_DLEN)
		return -EBADMSG;
	if (message[AT_EXTENDED])
		frame->can_id |= CAN_EFF_FLAG;
	/* A remote frame's data means nothing. */
	if (message[AT_REMOTE])
		frame->can_id |= CAN_RTR_FLAG;
	else
		memcpy(frame->data, message + AT_DATA, frame->len);
	return 0;
}

void canalystii_add(uint8_t *buffer, const struct anycan_frame *frame, bool one_shot)
{
	bool extended = frame->can_id & CAN_EFF_FLAG;
	uint8_t *message = buffer + 1 + buffer[0] * MESSAGE_SIZE;

	memset(message, 0, MESSAGE_SIZE);
	anycan_put_le32(message + AT_ID, frame->can_id & (extended ? CAN_EFF_MASK : CAN_SFF_MASK));
	message[AT_TIME_FLAG] = 1;
	message[AT_SEND_TYPE] = one_shot ? SEND_ONCE : 0;
	message[AT_REMOTE] = frame->can_id & CAN_RTR_FLAG ? 1 : 0;
	message[AT_EXTENDED] = extended;
	message[AT_LEN] = (uint8_t)frame->len;
	memcpy(message + AT_DATA, frame->data, anycan_frame_data_len(frame));
	buffer[0]++;
}
