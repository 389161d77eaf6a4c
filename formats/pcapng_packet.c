// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * CAN frames in captured packets of the link types that carry them.
 */
#include "pcapng.h"

#include <linux/if_packet.h>

#define SOCKETCAN_HEAD 8
#define FLAG_XL 0x80

/* Protocol numbers of linux/if_ether.h in SLL heads. */
#define PROTOCOL_CAN 0x000c
#define PROTOCOL_CANFD 0x000d
#define PROTOCOL_CANXL 0x000e

#define TAG_END 0
#define TAG_DISSECTOR 12

static int malformed(struct canlog *log)
{
	canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
	return -1;
}

static int other(struct canlog *log, enum canlog_note note)
{
	canlog_note_add(log, note);
	return 0;
}

static int decode_classic(struct canlog *log, struct view v, struct anycan_frame *frame)
{
	uint8_t len = view_u8(v, 4), raw = view_u8(v, 7);

	if (len > CAN_MAX_DLEN)
		return malformed(log);
	frame->len = len;
	if (len == CAN_MAX_DLEN && raw > CAN_MAX_DLC && raw <= ANYCAN_DLC_MAX)
		frame->len8_dlc = raw;
	if (frame->can_id & CAN_RTR_FLAG)
		return 1;
	if (v.len < SOCKETCAN_HEAD + (size_t)len)
		return malformed(log);
	view_copy(v, SOCKETCAN_HEAD, frame->data, len);
	return 1;
}

static bool has_fd_flag(struct view v)
{
	uint8_t flags = view_u8(v, 5), known = CANFD_FDF | CANFD_BRS | CANFD_ESI;

	return (flags & CANFD_FDF) && !(flags & ~known) && !view_be16(v, 6);
}

/* The kernel's frame structure; @id is its first word in host order. */
static int decode_socketcan(struct canlog *log, uint32_t id, bool fd, struct view v,
			    struct anycan_frame *frame)
{
	uint8_t len = view_u8(v, 4), flags = view_u8(v, 5);

	if (v.len < SOCKETCAN_HEAD)
		return malformed(log);
	if (id & CAN_ERR_FLAG)
		frame->can_id = id & (CAN_ERR_FLAG | CAN_ERR_MASK);
	else
		frame->can_id = id;
	/* Old captures have no FD flag, or memory's remains in its place: size or length tell. */
	fd = fd || has_fd_flag(v) || v.len == CANFD_MTU || len > CAN_MAX_DLEN;
	if (!fd || (id & CAN_ERR_FLAG))
		return decode_classic(log, v, frame);
	if (len > CANFD_MAX_DLEN || v.len < SOCKETCAN_HEAD + (size_t)len)
		return malformed(log);
	frame->can_id &= ~CAN_RTR_FLAG;
	frame->flags = CANFD_FDF | (flags & (CANFD_BRS | CANFD_ESI));
	view_copy(v, SOCKETCAN_HEAD, frame->data, len);
	canlog_set_data_len(log, frame, len);
	return 1;
}

/* The id in network order, the XL flag where classic frames have their length's high bit. */
static int decode_network_order(struct canlog *log, struct view v, struct anycan_frame *frame)
{
	if (view_u8(v, 4) & FLAG_XL)
		return other(log, CANLOG_SKIPPED_XL);
	return decode_socketcan(log, view_be32(v, 0), false, v, frame);
}

/* Behind this head the id is as on the capturing machine, which is how libpcap swaps it. */
static int decode_sll(struct canlog *log, const struct pcapng_interface *interface, struct view v,
		      struct anycan_frame *frame)
{
	bool version_2 = interface->link == PCAPNG_LINK_SLL2;
	uint16_t protocol = view_be16(v, version_2 ? 0 : 14);
	uint16_t type = version_2 ? view_u8(v, 10) : view_be16(v, 0);
	struct view frame_bytes = view_sub(v, version_2 ? 20 : 16, v.len);

	if (protocol == PROTOCOL_CANXL)
		return other(log, CANLOG_SKIPPED_XL);
	if (protocol != PROTOCOL_CAN && protocol != PROTOCOL_CANFD)
		return other(log, CANLOG_SKIPPED_OTHER_BUS);
	frame->dir = type == PACKET_OUTGOING ? ANYCAN_TX : ANYCAN_RX;
	return decode_socketcan(
		log, interface->big_endian ? view_be32(frame_bytes, 0) : view_le32(frame_bytes, 0),
		protocol == PROTOCOL_CANFD, frame_bytes, frame);
}

/* Tags up to the end tag, then what the dissector named is to take. */
static int decode_upper_pdu(struct canlog *log, struct view v, struct anycan_frame *frame)
{
	struct view name = {v.p, 0};
	size_t at = 0;
	bool fd;

	for (;;) {
		uint16_t tag = view_be16(v, at), len = view_be16(v, at + 2);

		if (at + 4 > v.len)
			return malformed(log);
		at += 4;
		if (tag == TAG_END)
			break;
		if (tag == TAG_DISSECTOR)
			name = view_sub(v, at, len);
		at += len;
	}
	while (name.len && !name.p[name.len - 1])
		name.len--;
	fd = name.len == 5 && !memcmp(name.p, "canfd", 5);
	v = view_sub(v, at, v.len);
	if (!fd && !(name.len == 14 && !memcmp(name.p, "can-hostendian", 14)))
		return other(log, CANLOG_SKIPPED_OTHER_BUS);
	/* Host order of the capturing machine; all that Wireshark runs on has its low byte first.
	 */
	return decode_socketcan(log, view_le32(v, 0), fd, v, frame);
}

int pcapng_packet_decode(struct canlog *log, const struct pcapng_interface *interface,
			 struct view packet, struct anycan_frame *frame)
{
	frame->channel = interface->channel;
	switch (interface->link) {
	case PCAPNG_LINK_CAN:
		return decode_network_order(log, packet, frame);
	case PCAPNG_LINK_SLL:
	case PCAPNG_LINK_SLL2:
		return decode_sll(log, interface, packet, frame);
	case PCAPNG_LINK_UPPER_PDU:
		return decode_upper_pdu(log, packet, frame);
	default:
		return other(log, CANLOG_SKIPPED_OTHER_BUS);
	}
}
