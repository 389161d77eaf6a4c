// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The SJA1000's acceptance filter in PeliCAN mode, which LAWICEL's M, m and W commands set.
 * Source: NXP SJA1000 data sheet, 6.4.15 (acceptance filter).
 */
#include "slcan.h"

static bool sja1000_match(uint32_t bits, uint32_t code, uint32_t mask)
{
	return !((bits ^ code) & ~mask);
}

static uint32_t sja1000_word(const uint8_t *registers)
{
	return (uint32_t)registers[0] << 24 | (uint32_t)registers[1] << 16 |
	       (uint32_t)registers[2] << 8 | registers[3];
}

/* The frame as the single filter's four registers see it; @unused gets bits without a meaning. */
static uint32_t sja1000_single_bits(const struct anycan_frame *frame, uint32_t *unused)
{
	uint32_t rtr = frame->can_id & CAN_RTR_FLAG ? 1 : 0;
	size_t len = anycan_frame_data_len(frame);
	uint32_t bits;

	if (frame->can_id & CAN_EFF_FLAG) {
		*unused = 3;
		return (frame->can_id & CAN_EFF_MASK) << 3 | rtr << 2;
	}
	bits = (frame->can_id & CAN_SFF_MASK) << 21 | rtr << 20;
	*unused = 0xf0000;
	/* Data bytes that the frame does not have are not compared. */
	if (len > 0)
		bits |= (uint32_t)frame->data[0] << 8;
	else
		*unused |= 0xff00;
	if (len > 1)
		bits |= frame->data[1];
	else
		*unused |= 0xff;
	return bits;
}

static bool sja1000_dual_ext(const struct sja1000_filter *filter, uint32_t id)
{
	uint32_t code = sja1000_word(filter->code), mask = sja1000_word(filter->mask);
	uint32_t bits = id >> 13;

	return sja1000_match(bits, code >> 16, mask >> 16 | 0xffff0000) ||
	       sja1000_match(bits, code & 0xffff, mask | 0xffff0000);
}

static bool sja1000_dual_std(const struct sja1000_filter *filter, const struct anycan_frame *frame)
{
	uint32_t rtr = frame->can_id & CAN_RTR_FLAG ? 1 : 0;
	uint32_t bits = (frame->can_id & CAN_SFF_MASK) << 5 | rtr << 4;
	uint32_t code = sja1000_word(filter->code), mask = sja1000_word(filter->mask);
	/* The first filter also has the first data byte: its halves in registers 1 and 3. */
	uint32_t first_code = (code >> 16 & 0xffff) << 4 | (code & 0xf);
	uint32_t first_mask = (mask >> 16 & 0xffff) << 4 | (mask & 0xf);
	uint32_t first_bits = bits << 4;

	if (anycan_frame_data_len(frame))
		first_bits |= frame->data[0];
	else
		first_mask |= 0xff;
	return sja1000_match(first_bits, first_code, first_mask) ||
	       sja1000_match(bits >> 4, code >> 4 & 0xfff, mask >> 4);
}

bool sja1000_accepts(const struct sja1000_filter *filter, const struct anycan_frame *frame)
{
	uint32_t unused, bits;

	if (filter->single) {
		bits = sja1000_single_bits(frame, &unused);
		return sja1000_match(bits, sja1000_word(filter->code),
				     sja1000_word(filter->mask) | unused);
	}
	if (frame->can_id & CAN_EFF_FLAG)
		return sja1000_dual_ext(filter, frame->can_id & CAN_EFF_MASK);
	return sja1000_dual_std(filter, frame);
}
