/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Random numbers and frames for tests, the same in every run (xorshift, Marsaglia 2003).
 */
#ifndef TESTS_UNIT_RANDOM_H
#define TESTS_UNIT_RANDOM_H

#include <anycan/frame.h>

/** struct test_random - begin with any seed but 0 */
struct test_random {
	uint64_t state;
};

static inline uint64_t test_random_next(struct test_random *random)
{
	random->state ^= random->state << 13;
	random->state ^= random->state >> 7;
	random->state ^= random->state << 17;
	return random->state;
}

/** test_random_below() - a number from 0 to @limit - 1 */
static inline uint32_t test_random_below(struct test_random *random, uint32_t limit)
{
	return (uint32_t)((test_random_next(random) >> 32) * limit >> 32);
}

/* Long runs of equal bits are more frequent than in noise: they are what stuffing is about. */
static inline void test_random_data(struct test_random *random, uint8_t *data, size_t len)
{
	static const uint8_t runs[] = {0x00, 0xff, 0x0f, 0xf0, 0x1f, 0xf8, 0x07, 0xe0};
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = test_random_below(random, 2) ? runs[test_random_below(random, 8)]
						       : (uint8_t)test_random_below(random, 256);
}

static inline void test_random_classic(struct test_random *random, struct anycan_frame *frame)
{
	frame->len = (uint16_t)test_random_below(random, CAN_MAX_DLEN + 1);
	if (frame->len == CAN_MAX_DLEN && test_random_below(random, 2))
		frame->len8_dlc = (uint8_t)(9 + test_random_below(random, 7));
	if (test_random_below(random, 4) == 0)
		frame->can_id |= CAN_RTR_FLAG;
}

static inline void test_random_fd(struct test_random *random, struct anycan_frame *frame)
{
	frame->len = anycan_dlc2len((uint8_t)test_random_below(random, 16));
	frame->flags = CANFD_FDF;
	if (test_random_below(random, 2))
		frame->flags |= CANFD_BRS;
	if (test_random_below(random, 2))
		frame->flags |= CANFD_ESI;
}

/** test_random_frame() - a valid frame of any kind, without time stamp and channel */
static inline struct anycan_frame test_random_frame(struct test_random *random)
{
	struct anycan_frame frame = {0};
	uint32_t kind = test_random_below(random, 16);

	if (test_random_below(random, 2))
		frame.can_id = test_random_below(random, CAN_EFF_MASK + 1) | CAN_EFF_FLAG;
	else
		frame.can_id = test_random_below(random, CAN_SFF_MASK + 1);
	if (kind == 0) {
		frame.can_id = (frame.can_id & CAN_ERR_MASK) | CAN_ERR_FLAG;
		frame.len = CAN_MAX_DLEN;
	} else if (kind < 8) {
		test_random_classic(random, &frame);
	} else {
		test_random_fd(random, &frame);
	}
	test_random_data(random, frame.data, anycan_frame_data_len(&frame));
	return frame;
}

#endif
