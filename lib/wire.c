/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How long a frame is on the wire. Source: ISO 11898-1:2015: frame formats, bit stuffing (five
 * equal bits are followed by an inverse one), the classic CRC of 15 bits, the fixed stuff bits
 * of FD's CRC field. Exact lengths walk the frame four bits at a time.
 */
#include <anycan/wire.h>

#include <anycan/clock.h>

/* CRC delimiter, ACK slot and delimiter, end of frame, intermission. */
#define CRC_DELIMITER_BITS 1
#define TAIL_BITS (1 + 1 + 7 + 3)

/* Start of frame to the end of the DLC. */
#define STD_HEADER_BITS (1 + 11 + 3 + 4)
#define EXT_HEADER_BITS (1 + 11 + 2 + 18 + 3 + 4)
#define CRC15_BITS 15

/* Start of frame to BRS, all at the nominal rate; then ESI and DLC. */
#define STD_FD_ARBITRATION_BITS (1 + 11 + 5)
#define EXT_FD_ARBITRATION_BITS (1 + 11 + 2 + 18 + 4)
#define FD_CONTROL_BITS (1 + 4)

/* Stuff count, CRC and the fixed stuff bits among them: one first, one after every 4 bits. */
#define FD_CRC17_FIELD_BITS (4 + 17 + 6)
#define FD_CRC21_FIELD_BITS (4 + 21 + 7)
#define FD_CRC17_MAX_LEN 16

/* Error flag, error delimiter, intermission. */
#define ERROR_FRAME_BITS (6 + 8 + 3)

/* clang-format off */
/* CRC-15 of four bits, polynomial 0x4599. */
static const uint16_t crc15_of_nibble[16] = {
	0x0000, 0x4599, 0x4eab, 0x0b32, 0x58cf, 0x1d56, 0x1664, 0x53fd,
	0x7407, 0x319e, 0x3aac, 0x7f35, 0x2cc8, 0x6951, 0x6263, 0x27fa,
};

/*
 * The state of stuffing is the last bit << 2 | how many equal bits before it (0..3); a start of
 * frame leaves 0 behind. An entry is the stuff bits inserted << 3 | the next state.
 */
static const uint8_t stuff_of_nibble[8][16] = {
	{12, 4, 0, 5, 1, 4, 0, 6, 2, 4, 0, 5, 1, 4, 0, 7},
	{8, 13, 0, 5, 1, 4, 0, 6, 2, 4, 0, 5, 1, 4, 0, 7},
	{9, 12, 8, 14, 1, 4, 0, 6, 2, 4, 0, 5, 1, 4, 0, 7},
	{10, 12, 8, 13, 9, 12, 8, 15, 2, 4, 0, 5, 1, 4, 0, 7},
	{3, 4, 0, 5, 1, 4, 0, 6, 2, 4, 0, 5, 1, 4, 0, 8},
	{3, 4, 0, 5, 1, 4, 0, 6, 2, 4, 0, 5, 1, 4, 9, 12},
	{3, 4, 0, 5, 1, 4, 0, 6, 2, 4, 0, 5, 10, 12, 8, 13},
	{3, 4, 0, 5, 1, 4, 0, 6, 11, 12, 8, 13, 9, 12, 8, 14},
};

/* clang-format on */

/* A walk over the bits of a frame, after the start of frame. */
struct wire_walk {
	unsigned int state;   /* as of stuff_of_nibble; 0 after the start of frame */
	unsigned int stuffed; /* stuff bits so far */
	unsigned int crc;     /* CRC-15 so far */
};

/* The stuffing after one more bit. */
static void wire_add_bit(struct wire_walk *walk, unsigned int bit)
{
	if (bit != walk->state >> 2) {
		walk->state = bit << 2;
	} else if ((walk->state & 3) < 3) {
		walk->state++;
	} else {
		walk->state = (bit ^ 1) << 2;
		walk->stuffed++;
	}
}

static inline void wire_add_nibble(struct wire_walk *walk, unsigned int nibble)
{
	unsigned int entry = stuff_of_nibble[walk->state][nibble];

	walk->state = entry & 7;
	walk->stuffed += entry >> 3;
}

static inline void wire_crc_nibble(struct wire_walk *walk, unsigned int nibble)
{
	walk->crc = (walk->crc << 4 & 0x7fff) ^ crc15_of_nibble[walk->crc >> 11 ^ nibble];
}

/* Add the low @count bits of @bits, the highest of them first. */
static void wire_add_bits(struct wire_walk *walk, uint64_t bits, unsigned int count)
{
	for (; count % 4; count--)
		wire_add_bit(walk, bits >> (count - 1) & 1);
	for (; count; count -= 4)
		wire_add_nibble(walk, bits >> (count - 4) & 0xf);
}

/* Identifier and the bits up to IDE or, in the extended format, up to RTR (FD: RRS). */
static uint64_t wire_arbitration(const struct anycan_frame *frame)
{
	uint64_t remote = !!(frame->can_id & CAN_RTR_FLAG);
	uint64_t id = frame->can_id & CAN_EFF_MASK;

	if (!(frame->can_id & CAN_EFF_FLAG))
		return (id & CAN_SFF_MASK) << 2 | remote << 1;
	return (id >> 18) << 21 | UINT64_C(3) << 19 | (id & 0x3ffff) << 1 | remote;
}

static unsigned int wire_classic_stuff_bits(const struct anycan_frame *frame, unsigned int len,
					    unsigned int header_bits)
{
	/* The reserved bits before the DLC: r0, and r1 in the extended format. */
	unsigned int reserved = (frame->can_id & CAN_EFF_FLAG) ? 2 : 1;
	uint64_t header = wire_arbitration(frame) << (reserved + 4) | anycan_frame_dlc(frame);
	struct wire_walk walk = {0};
	unsigned int i;

	wire_add_bits(&walk, header, header_bits - 1);
	/* Zeros before the first one do not change the CRC: fill up to whole nibbles. */
	for (i = (header_bits + 3) / 4; i > 0; i--)
		wire_crc_nibble(&walk, header >> (4 * (i - 1)) & 0xf);
	for (i = 0; i < len; i++) {
		wire_add_nibble(&walk, frame->data[i] >> 4);
		wire_crc_nibble(&walk, frame->data[i] >> 4);
		wire_add_nibble(&walk, frame->data[i] & 0xf);
		wire_crc_nibble(&walk, frame->data[i] & 0xf);
	}
	wire_add_bits(&walk, walk.crc, CRC15_BITS);
	return walk.stuffed;
}

static struct anycan_wire_bits wire_classic(const struct anycan_frame *frame,
					    enum anycan_stuffing stuffing)
{
	bool extended = frame->can_id & CAN_EFF_FLAG;
	unsigned int header_bits = extended ? EXT_HEADER_BITS : STD_HEADER_BITS;
	unsigned int len = (unsigned int)anycan_frame_data_len(frame);
	unsigned int stuffable;
	unsigned int stuffed = 0;

	if (len > CAN_MAX_DLEN)
		len = CAN_MAX_DLEN;
	stuffable = header_bits + 8 * len + CRC15_BITS;
	if (stuffing == ANYCAN_STUFF_EXACT)
		stuffed = wire_classic_stuff_bits(frame, len, header_bits);
	else if (stuffing == ANYCAN_STUFF_WORST)
		stuffed = (stuffable - 1) / 4;
	return (struct anycan_wire_bits){stuffable + stuffed + CRC_DELIMITER_BITS + TAIL_BITS, 0};
}

/* Stuff bits of an FD frame up to BRS, and from there to the end of the data. */
static struct anycan_wire_bits wire_fd_stuff_bits(const struct anycan_frame *frame,
						  unsigned int len, unsigned int arbitration_bits)
{
	bool brs = frame->flags & CANFD_BRS;
	bool esi = frame->flags & CANFD_ESI;
	unsigned int dlc = anycan_frame_dlc(frame);
	unsigned int last_bit = (len ? frame->data[len - 1] : dlc) & 1;
	/* FDF, the reserved bit, BRS. */
	uint64_t arbitration = wire_arbitration(frame) << 3 | 4U | brs;
	struct anycan_wire_bits stuffed;
	struct wire_walk walk = {0};
	unsigned int i;

	wire_add_bits(&walk, arbitration, arbitration_bits - 1);
	stuffed.nominal = walk.stuffed;
	wire_add_bits(&walk, (unsigned int)esi << 4 | dlc, FD_CONTROL_BITS);
	for (i = 0; i < len; i++) {
		wire_add_nibble(&walk, frame->data[i] >> 4);
		wire_add_nibble(&walk, frame->data[i] & 0xf);
	}
	/* No stuff bit behind the last bit: the first fixed one of the CRC field stands there. */
	if (walk.state >> 2 != last_bit)
		walk.stuffed--;
	stuffed.data = walk.stuffed - stuffed.nominal;
	return stuffed;
}

/* The most that fit: with BRS each phase for itself, without it one run of both. */
static struct anycan_wire_bits wire_fd_worst_stuff_bits(unsigned int arbitration_bits,
							unsigned int payload_bits, bool brs)
{
	if (brs)
		return (struct anycan_wire_bits){(arbitration_bits - 1) / 4, payload_bits / 4};
	return (struct anycan_wire_bits){(arbitration_bits + payload_bits - 1) / 4, 0};
}

static struct anycan_wire_bits wire_fd(const struct anycan_frame *frame,
				       enum anycan_stuffing stuffing)
{
	bool brs = frame->flags & CANFD_BRS;
	bool extended = frame->can_id & CAN_EFF_FLAG;
	unsigned int arbitration = extended ? EXT_FD_ARBITRATION_BITS : STD_FD_ARBITRATION_BITS;
	unsigned int len = anycan_dlc2len(anycan_len2dlc(frame->len));
	unsigned int payload = FD_CONTROL_BITS + 8 * len;
	struct anycan_wire_bits bits = {arbitration + TAIL_BITS, payload + CRC_DELIMITER_BITS};
	struct anycan_wire_bits stuffed = {0, 0};

	bits.data += len > FD_CRC17_MAX_LEN ? FD_CRC21_FIELD_BITS : FD_CRC17_FIELD_BITS;
	if (stuffing == ANYCAN_STUFF_EXACT)
		stuffed = wire_fd_stuff_bits(frame, len, arbitration);
	else if (stuffing == ANYCAN_STUFF_WORST)
		stuffed = wire_fd_worst_stuff_bits(arbitration, payload, brs);
	bits.nominal += stuffed.nominal;
	bits.data += stuffed.data;
	if (brs)
		return bits;
	return (struct anycan_wire_bits){bits.nominal + bits.data, 0};
}

struct anycan_wire_bits anycan_frame_bits(const struct anycan_frame *frame,
					  enum anycan_stuffing stuffing)
{
	if (frame->can_id & CAN_ERR_FLAG)
		return (struct anycan_wire_bits){ERROR_FRAME_BITS, 0};
	if (anycan_frame_is_fd(frame))
		return wire_fd(frame, stuffing);
	return wire_classic(frame, stuffing);
}

/* At most 4.3e18: 32 bits of bits times 1e9. */
static uint64_t wire_phase_ns(uint32_t bits, uint32_t bitrate)
{
	return ((uint64_t)bits * (uint64_t)ANYCAN_NS_PER_S + bitrate - 1) / bitrate;
}

uint64_t anycan_wire_time_ns(struct anycan_wire_bits bits, uint32_t bitrate, uint32_t dbitrate)
{
	uint64_t ns = wire_phase_ns(bits.nominal, bitrate);

	return bits.data ? ns + wire_phase_ns(bits.data, dbitrate ? dbitrate : bitrate) : ns;
}
