// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Robotell USB-CAN: packets. See robotell_codec.h.
 */
#include "robotell_codec.h"

#include <anycan/bytes.h>
#include <string.h>

#define ROBOTELL_HEAD 0xaa
#define ROBOTELL_TAIL 0x55
#define ROBOTELL_ESCAPE 0xa5

static uint8_t *robotell_put_byte(uint8_t *out, uint8_t byte)
{
	if (byte == ROBOTELL_HEAD || byte == ROBOTELL_TAIL || byte == ROBOTELL_ESCAPE)
		*out++ = ROBOTELL_ESCAPE;
	*out++ = byte;
	return out;
}

static uint8_t robotell_checksum(const uint8_t contents[ROBOTELL_CONTENTS])
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < ROBOTELL_CONTENTS - 1; i++)
		sum += contents[i];
	return (uint8_t)sum;
}

size_t robotell_packet_put(const struct robotell_packet *packet, uint8_t *out)
{
	uint8_t contents[ROBOTELL_CONTENTS];
	uint8_t *at = out;

	anycan_put_le32(contents, packet->id);
	memcpy(&contents[4], packet->data, 8);
	contents[12] = packet->len;
	contents[13] = packet->channel;
	contents[14] = packet->format;
	contents[15] = packet->type;
	contents[16] = robotell_checksum(contents);
	*at++ = ROBOTELL_HEAD;
	*at++ = ROBOTELL_HEAD;
	for (unsigned int i = 0; i < ROBOTELL_CONTENTS; i++)
		at = robotell_put_byte(at, contents[i]);
	*at++ = ROBOTELL_TAIL;
	*at++ = ROBOTELL_TAIL;
	return (size_t)(at - out);
}

/*
 * Bytes in front of the first one that a packet may begin with. Three heads in a row are one too
 * many: a content byte of that value is escaped.
 */
static size_t robotell_stray(const uint8_t *in, size_t len)
{
	size_t at, heads;

	for (at = 0; at < len; at++) {
		for (heads = 0; at + heads < len && heads < 3; heads++)
			if (in[at + heads] != ROBOTELL_HEAD)
				break;
		if (heads == 2 || (heads == 1 && at + 1 == len))
			break;
	}
	return at;
}

/*
 * The contents from behind the head on. The two marks are unescaped bytes, so the tail is looked
 * for where no escape stands before it: a checksum of 55 makes `A5 55 55 55`.
 */
static enum robotell_found robotell_unescape(const uint8_t *in, size_t len,
					     uint8_t contents[ROBOTELL_CONTENTS], size_t *used)
{
	unsigned int n = 0;
	bool tail = false;
	size_t at = 2;

	for (; at < len; at++) {
		uint8_t byte = in[at];

		if (byte == ROBOTELL_TAIL || byte == ROBOTELL_ESCAPE) {
			if (at + 1 == len)
				return ROBOTELL_MORE;
			tail = byte == ROBOTELL_TAIL;
			if (tail)
				break;
			byte = in[++at];
		} else if (byte == ROBOTELL_HEAD) {
			break; /* the next packet, before this one has ended */
		}
		if (n == ROBOTELL_CONTENTS)
			break;
		contents[n++] = byte;
	}
	if (at == len)
		return ROBOTELL_MORE;
	if (tail && n == ROBOTELL_CONTENTS && in[at + 1] == ROBOTELL_TAIL) {
		*used = at + 2;
		return ROBOTELL_PACKET;
	}
	*used = at;
	return ROBOTELL_BROKEN;
}

enum robotell_found robotell_packet_get(const uint8_t *in, size_t len,
					struct robotell_packet *packet, size_t *used)
{
	uint8_t contents[ROBOTELL_CONTENTS];
	enum robotell_found found;

	*used = robotell_stray(in, len);
	if (*used)
		return ROBOTELL_STRAY;
	if (len < 3)
		return ROBOTELL_MORE;
	found = robotell_unescape(in, len, contents, used);
	if (found != ROBOTELL_PACKET)
		return found;
	if (contents[16] != robotell_checksum(contents) || contents[12] > 8)
		return ROBOTELL_BROKEN;
	packet->id = anycan_get_le32(contents);
	memcpy(packet->data, &contents[4], 8);
	packet->len = contents[12];
	packet->channel = contents[13];
	packet->format = contents[14];
	packet->type = contents[15];
	return ROBOTELL_PACKET;
}

struct robotell_packet robotell_packet_of(const struct anycan_frame *frame)
{
	struct robotell_packet packet = {
		.id = frame->can_id & CAN_EFF_MASK,
		.len = (uint8_t)frame->len,
		.format = !!(frame->can_id & CAN_EFF_FLAG),
		.type = !!(frame->can_id & CAN_RTR_FLAG),
	};

	memcpy(packet.data, frame->data, anycan_frame_data_len(frame));
	return packet;
}

bool robotell_packet_to_frame(const struct robotell_packet *packet, struct anycan_frame *frame)
{
	if (packet->id > (packet->format ? CAN_EFF_MASK : CAN_SFF_MASK) || packet->format > 1 ||
	    packet->type > 1)
		return false;
	*frame = (struct anycan_frame){.can_id = packet->id, .len = packet->len};
	if (packet->format)
		frame->can_id |= CAN_EFF_FLAG;
	if (packet->type)
		frame->can_id |= CAN_RTR_FLAG;
	else
		memcpy(frame->data, packet->data, packet->len);
	return true;
}
