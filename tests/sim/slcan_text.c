// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Frames as lines of text, as LAWICEL's manuals have them (t T r R) with the FD letters of the
 * CANable 2 (d D b B), read strictly; and the SJA1000's bit timing registers.
 */
#include <string.h>

#include <anycan/hex.h>

#include "slcan.h"

int slcan_digit(char digit)
{
	uint8_t value = anycan_hex_value[(unsigned char)digit];

	return value == 0xff ? -1 : value;
}

static char slcan_letter(const struct anycan_frame *frame)
{
	char letter = 't';

	if (frame->can_id & CAN_RTR_FLAG)
		letter = 'r';
	else if (frame->flags & CANFD_BRS)
		letter = 'b';
	else if (anycan_frame_is_fd(frame))
		letter = 'd';
	return frame->can_id & CAN_EFF_FLAG ? letter - 'a' + 'A' : letter;
}

size_t slcan_format(const struct anycan_frame *frame, char *text)
{
	char *end = text;

	*end++ = slcan_letter(frame);
	if (frame->can_id & CAN_EFF_FLAG)
		end = anycan_hex_put_number(end, 8, frame->can_id & CAN_EFF_MASK);
	else
		end = anycan_hex_put_number(end, 3, frame->can_id & CAN_SFF_MASK);
	end = anycan_hex_put_number(end, 1, anycan_frame_dlc(frame));
	end = anycan_hex_put_bytes(end, frame->data, anycan_frame_data_len(frame));
	*end++ = '\r';
	return (size_t)(end - text);
}

static bool slcan_parse_kind(char letter, bool fd, struct anycan_frame *frame)
{
	switch (letter | 0x20) {
	case 't':
		break;
	case 'r':
		frame->can_id = CAN_RTR_FLAG;
		break;
	case 'd':
		frame->flags = CANFD_FDF;
		break;
	case 'b':
		frame->flags = CANFD_FDF | CANFD_BRS;
		break;
	default:
		return false;
	}
	if (letter >= 'A' && letter <= 'Z')
		frame->can_id |= CAN_EFF_FLAG;
	return fd || !frame->flags;
}

bool slcan_parse(const char *line, size_t len, bool fd, struct anycan_frame *frame)
{
	struct anycan_frame parsed = {.channel = ANYCAN_CHANNEL_NONE};
	unsigned int id_digits;
	uint32_t id, dlc;

	if (!len || !slcan_parse_kind(line[0], fd, &parsed))
		return false;
	id_digits = parsed.can_id & CAN_EFF_FLAG ? 8 : 3;
	if (len < 2 + id_digits || !anycan_hex_number(line + 1, id_digits, &id) ||
	    !anycan_hex_number(line + 1 + id_digits, 1, &dlc))
		return false;
	if (id > (parsed.can_id & CAN_EFF_FLAG ? CAN_EFF_MASK : CAN_SFF_MASK))
		return false;
	if (!anycan_frame_is_fd(&parsed) && dlc > CAN_MAX_DLC)
		return false;
	parsed.can_id |= id;
	parsed.len = anycan_dlc2len((uint8_t)dlc);
	if (len != 2 + id_digits + 2 * anycan_frame_data_len(&parsed) ||
	    !anycan_hex_bytes(line + 2 + id_digits, anycan_frame_data_len(&parsed), parsed.data))
		return false;
	*frame = parsed;
	return true;
}

uint32_t slcan_btr_rate(uint8_t btr0, uint8_t btr1)
{
	uint32_t prescaler = (btr0 & 0x3fu) + 1;
	uint32_t quanta = 1 + (btr1 & 0xfu) + 1 + (btr1 >> 4 & 7u) + 1;

	return 8000000 / (prescaler * quanta);
}
