// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * One CAN frame as a line of slcan. Formats: LAWICEL CANUSB manual (t T r R), CANable 2 firmware
 * (d D b B), CANable 2.5 firmware (suffix S), CANdapter (x).
 */
#include "slcan_codec.h"

#include <anycan/hex.h>
#include <string.h>

#define SLCAN_SFF_DIGITS 3
#define SLCAN_EFF_DIGITS 8
#define SLCAN_STAMP_DIGITS 4

/* What a letter says of the frame. */
enum {
	SLCAN_IS_FRAME = 1 << 0,
	SLCAN_IS_EFF = 1 << 1,
	SLCAN_IS_RTR = 1 << 2,
	SLCAN_IS_FD = 1 << 3,
	SLCAN_IS_BRS = 1 << 4,
};

static const uint8_t slcan_letters[256] = {
	['t'] = SLCAN_IS_FRAME,
	['T'] = SLCAN_IS_FRAME | SLCAN_IS_EFF,
	['x'] = SLCAN_IS_FRAME | SLCAN_IS_EFF,
	['r'] = SLCAN_IS_FRAME | SLCAN_IS_RTR,
	['R'] = SLCAN_IS_FRAME | SLCAN_IS_RTR | SLCAN_IS_EFF,
	['d'] = SLCAN_IS_FRAME | SLCAN_IS_FD,
	['D'] = SLCAN_IS_FRAME | SLCAN_IS_FD | SLCAN_IS_EFF,
	['b'] = SLCAN_IS_FRAME | SLCAN_IS_FD | SLCAN_IS_BRS,
	['B'] = SLCAN_IS_FRAME | SLCAN_IS_FD | SLCAN_IS_BRS | SLCAN_IS_EFF,
};

/* Bytes of data that follow a DLC digit. */
static inline size_t slcan_data_len(uint8_t letter, uint8_t dlc)
{
	if (letter & SLCAN_IS_RTR)
		return 0;
	if (dlc <= CAN_MAX_DLEN)
		return dlc;
	return letter & SLCAN_IS_FD ? anycan_dlc2len(dlc) : CAN_MAX_DLEN;
}

static inline size_t slcan_header_len(uint8_t letter)
{
	return 1 + (letter & SLCAN_IS_EFF ? SLCAN_EFF_DIGITS : SLCAN_SFF_DIGITS) + 1;
}

size_t slcan_frame_end(const uint8_t *in, size_t len)
{
	uint8_t letter = slcan_letters[in[0]];
	size_t end = slcan_header_len(letter);
	uint8_t dlc;

	if (!letter || len < end)
		return 0;
	dlc = anycan_hex_value[in[end - 1]];
	if (dlc > ANYCAN_DLC_MAX)
		return 0;
	end += 2 * slcan_data_len(letter, dlc);
	if (end < len && in[end] == '\r')
		return end;
	end += SLCAN_STAMP_DIGITS;
	return end < len && in[end] == '\r' ? end : 0;
}

/*
 * What follows a remote frame: nothing, or a time stamp; canable firmwares append as many data
 * digits as the DLC says.
 */
static bool slcan_rtr_rest(const char *rest, size_t len, bool stamps, uint8_t dlc, uint32_t *stamp)
{
	size_t data = 2U * (dlc <= CAN_MAX_DLEN ? dlc : CAN_MAX_DLEN);
	uint32_t digits;
	size_t i;

	for (i = 0; i < len; i++)
		if (!anycan_hex_number(rest + i, 1, &digits))
			return false;
	if (len == SLCAN_STAMP_DIGITS && (stamps || data != len))
		return anycan_hex_number(rest, SLCAN_STAMP_DIGITS, stamp);
	if (len == data + SLCAN_STAMP_DIGITS)
		return anycan_hex_number(rest + data, SLCAN_STAMP_DIGITS, stamp);
	return len == 0 || len == data;
}

/* What follows the data of the other frames: a time stamp, and for FD the error state. */
static bool slcan_data_rest(const char *rest, size_t len, struct anycan_frame *frame,
			    uint32_t *stamp)
{
	if (len && rest[len - 1] == 'S' && anycan_frame_is_fd(frame)) {
		frame->flags |= CANFD_ESI;
		len--;
	}
	if (len == SLCAN_STAMP_DIGITS)
		return anycan_hex_number(rest, SLCAN_STAMP_DIGITS, stamp);
	return len == 0;
}

static bool slcan_parse_id(const char *line, uint8_t letter, canid_t *id)
{
	if (!(letter & SLCAN_IS_EFF))
		return anycan_hex_number(line + 1, SLCAN_SFF_DIGITS, id) && *id <= CAN_SFF_MASK;
	if (!anycan_hex_number(line + 1, SLCAN_EFF_DIGITS, id) || *id > CAN_EFF_MASK)
		return false;
	*id |= CAN_EFF_FLAG;
	return true;
}

bool slcan_frame_parse(const uint8_t *bytes, size_t len, bool rtr_stamps,
		       struct anycan_frame *frame, uint32_t *stamp)
{
	const char *line = (const char *)bytes;
	uint8_t letter = slcan_letters[bytes[0]];
	size_t header = slcan_header_len(letter);
	size_t data_len, rest;
	uint8_t dlc;

	*stamp = SLCAN_NO_STAMP;
	if (!letter || len < header)
		return false;
	memset(frame, 0, sizeof(*frame));
	dlc = anycan_hex_value[bytes[header - 1]];
	if (dlc > ANYCAN_DLC_MAX || !slcan_parse_id(line, letter, &frame->can_id))
		return false;
	data_len = slcan_data_len(letter, dlc);
	rest = header + 2 * data_len;
	if (len < rest || !anycan_hex_bytes(line + header, data_len, frame->data))
		return false;
	frame->len = (uint16_t)data_len;
	if (letter & SLCAN_IS_FD)
		frame->flags = letter & SLCAN_IS_BRS ? CANFD_FDF | CANFD_BRS : CANFD_FDF;
	else if (dlc > CAN_MAX_DLEN)
		frame->len8_dlc = dlc;
	if (letter & SLCAN_IS_RTR) {
		frame->can_id |= CAN_RTR_FLAG;
		frame->len = dlc <= CAN_MAX_DLEN ? dlc : CAN_MAX_DLEN;
		return slcan_rtr_rest(line + rest, len - rest, rtr_stamps, dlc, stamp);
	}
	return len == rest || slcan_data_rest(line + rest, len - rest, frame, stamp);
}

static inline char slcan_letter_of(const struct anycan_frame *frame, char eff)
{
	bool extended = frame->can_id & CAN_EFF_FLAG;

	if (frame->flags & CANFD_FDF) {
		if (frame->flags & CANFD_BRS)
			return extended ? 'B' : 'b';
		return extended ? 'D' : 'd';
	}
	if (frame->can_id & CAN_RTR_FLAG)
		return extended ? 'R' : 'r';
	return extended ? eff : 't';
}

static inline char *slcan_put_pair(char *at, uint8_t byte)
{
	memcpy(at, anycan_hex_pair[byte], 2);
	return at + 2;
}

static inline char *slcan_put_id(char *at, canid_t id)
{
	if (!(id & CAN_EFF_FLAG)) {
		*at++ = anycan_hex_pair[id >> 8 & 0x7][1];
		return slcan_put_pair(at, id & 0xff);
	}
	at = slcan_put_pair(at, id >> 24 & 0x1f);
	at = slcan_put_pair(at, id >> 16 & 0xff);
	at = slcan_put_pair(at, id >> 8 & 0xff);
	return slcan_put_pair(at, id & 0xff);
}

char *slcan_frame_print(char *at, const struct anycan_frame *frame, char eff)
{
	bool plain = !(frame->flags & CANFD_FDF) && !frame->len8_dlc;
	uint8_t dlc = plain ? (uint8_t)frame->len : anycan_frame_dlc(frame);
	size_t len = anycan_frame_data_len(frame), padding, i;

	*at++ = slcan_letter_of(frame, eff);
	at = slcan_put_id(at, frame->can_id);
	*at++ = anycan_hex_pair[dlc][1];
	for (i = 0; i < len; i++)
		at = slcan_put_pair(at, frame->data[i]);
	if (!(frame->flags & CANFD_FDF))
		return at;
	padding = 2 * (anycan_dlc2len(dlc) - len);
	memset(at, '0', padding);
	return at + padding;
}
