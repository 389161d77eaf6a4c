// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * tools/gen_frames.c: what the modes make of identifiers, lengths and data. Every frame is valid.
 */
#include "../../tools/gen.h"
#include "../unit/check.h"

#include <string.h>

#define COUNT 5000

static void next(struct gen_frames *frames, struct anycan_frame *frame)
{
	const char *reason = "";

	gen_next(frames, frame);
	if (anycan_frame_check(frame, &reason))
		print_error("%s\n", reason);
	assert_int_equal(anycan_frame_check(frame, &reason), 0);
}

static void test_default(void **state)
{
	const struct gen_rules rules = {0};
	struct gen_frames frames = {.rules = &rules};
	unsigned int lengths[9] = {0};
	struct anycan_frame frame;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		next(&frames, &frame);
		assert_true(frame.can_id <= CAN_SFF_MASK && !frame.flags && !frame.len8_dlc);
		lengths[frame.len]++;
	}
	for (int len = 0; len < 8; len++)
		assert_in_range(lengths[len], COUNT / 16 * 3 / 4, COUNT / 16 * 5 / 4);
	assert_in_range(lengths[8], COUNT / 2 * 3 / 4, COUNT / 2 * 5 / 4);
}

static void test_increment(void **state)
{
	const struct gen_rules rules = {
		.id_mode = GEN_INCREMENT, .len_mode = GEN_INCREMENT, .data_mode = GEN_INCREMENT};
	struct gen_frames frames = {.rules = &rules};
	struct anycan_frame frame;

	(void)state;
	for (unsigned int i = 0; i < COUNT; i++) {
		next(&frames, &frame);
		assert_int_equal(frame.can_id, i & CAN_SFF_MASK);
		/* At least one byte, to count in. */
		assert_int_equal(frame.len, i % 9 ? i % 9 : 1);
		assert_int_equal(frame.data[0], i & 0xff);
		assert_int_equal(frame.data[1], frame.len > 1 ? i >> 8 : 0);
	}
}

static void test_fixed(void **state)
{
	const struct gen_rules rules = {
		.fd = true,
		.brs = true,
		.id_mode = GEN_FIXED,
		.id = 0x123,
		.len_mode = GEN_FIXED,
		.len = 9,
		.data_mode = GEN_FIXED,
		.data = {0x11, 0x20, 0x03},
		.random = {0, 0x0f, 0xf0},
	};
	struct gen_frames frames = {.rules = &rules};
	struct anycan_frame frame;
	unsigned int seen = 0;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		next(&frames, &frame);
		assert_int_equal(frame.can_id, 0x123);
		assert_int_equal(frame.flags, CANFD_FDF | CANFD_BRS);
		assert_int_equal(frame.len, 12);
		assert_int_equal(frame.data[0], 0x11);
		assert_int_equal(frame.data[1] & 0xf0, 0x20);
		assert_int_equal(frame.data[2] & 0x0f, 0x03);
		assert_int_equal(frame.data[3], 0);
		seen |= 1U << (frame.data[1] & 15) | 1U << (16 + (frame.data[2] >> 4));
	}
	assert_int_equal(seen, UINT32_MAX);
}

static void test_even_odd(void **state)
{
	struct gen_rules rules = {.extended = true, .id_mode = GEN_RANDOM_EVEN};
	struct gen_frames frames = {.rules = &rules};
	struct anycan_frame frame;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		rules.id_mode = i % 2 ? GEN_RANDOM_ODD : GEN_RANDOM_EVEN;
		next(&frames, &frame);
		assert_true(frame.can_id & CAN_EFF_FLAG);
		assert_int_equal(frame.can_id & 1, i % 2);
	}
}

static void test_len8_dlc(void **state)
{
	const struct gen_rules rules = {.len8_dlc = true, .len_mode = GEN_INCREMENT};
	struct gen_frames frames = {.rules = &rules};
	struct anycan_frame frame;

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		next(&frames, &frame);
		assert_int_equal(anycan_frame_dlc(&frame), i % 16);
		assert_int_equal(frame.len, i % 16 < 8 ? i % 16 : 8);
	}
}

/* All kinds come, FD ones only where the bus has them. */
static void test_mix(void **state)
{
	struct gen_rules rules = {.mix = true, .mix_fd = true};
	struct gen_frames frames = {.rules = &rules};
	unsigned int fd = 0, remote = 0, extended = 0, brs = 0;
	struct anycan_frame frame;

	(void)state;
	for (int i = 0; i < COUNT; i++) {
		next(&frames, &frame);
		fd += anycan_frame_is_fd(&frame);
		brs += !!(frame.flags & CANFD_BRS);
		remote += !!(frame.can_id & CAN_RTR_FLAG);
		extended += !!(frame.can_id & CAN_EFF_FLAG);
	}
	assert_in_range(fd, COUNT * 4 / 10, COUNT * 6 / 10);
	assert_in_range(brs, COUNT * 2 / 10, COUNT * 3 / 10);
	assert_in_range(remote, COUNT / 10, COUNT * 15 / 100);
	assert_in_range(extended, COUNT * 4 / 10, COUNT * 6 / 10);
	rules.mix_fd = false;
	for (int i = 0; i < COUNT; i++) {
		next(&frames, &frame);
		assert_false(anycan_frame_is_fd(&frame));
	}
}

static void test_same_seed(void **state)
{
	const struct gen_rules rules = {.mix = true, .mix_fd = true};
	struct gen_frames a = {.rules = &rules, .random = 7}, b = a, c = a;
	struct anycan_frame x, y, z;
	int different = 0;

	(void)state;
	c.random = 8;
	for (int i = 0; i < 100; i++) {
		next(&a, &x);
		next(&b, &y);
		next(&c, &z);
		assert_memory_equal(&x, &y, sizeof(x));
		different += !!memcmp(&x, &z, sizeof(x));
	}
	assert_in_range(different, 90, 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),	  cmocka_unit_test(test_increment),
		cmocka_unit_test(test_fixed),	  cmocka_unit_test(test_even_odd),
		cmocka_unit_test(test_len8_dlc),  cmocka_unit_test(test_mix),
		cmocka_unit_test(test_same_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
