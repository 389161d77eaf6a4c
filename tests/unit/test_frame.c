/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/frame.c: data length codes, validity, equality, the kernel's structs. What python-can says
 * of the same frames is asked by frame_vs_python_can.py.
 */
#include "check.h"
#include "random.h"
#include <anycan/frame.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ISO 11898-1:2015, table "data length code". */
static const uint8_t lengths[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 20, 24, 32, 48, 64};

static void test_dlc2len(void **state)
{
	unsigned int dlc;

	(void)state;
	for (dlc = 0; dlc < 256; dlc++)
		assert_int_equal(anycan_dlc2len((uint8_t)dlc), lengths[dlc < 15 ? dlc : 15]);
}

static void test_len2dlc(void **state)
{
	unsigned int len;

	(void)state;
	for (len = 0; len <= 64; len++) {
		unsigned int dlc = anycan_len2dlc(len);

		assert_true(lengths[dlc] >= len);
		assert_true(dlc == 0 || lengths[dlc - 1] < len);
	}
	assert_int_equal(anycan_len2dlc(65), 15);
	assert_int_equal(anycan_len2dlc(SIZE_MAX), 15);
}

static void test_dlc_of_frame(void **state)
{
	struct anycan_frame frame = {.len = 8};

	(void)state;
	assert_int_equal(anycan_frame_dlc(&frame), 8);
	frame.len8_dlc = 15;
	assert_int_equal(anycan_frame_dlc(&frame), 15);
	frame = (struct anycan_frame){.len = 64, .flags = CANFD_FDF};
	assert_int_equal(anycan_frame_dlc(&frame), 15);
	frame = (struct anycan_frame){.len = 5, .can_id = CAN_RTR_FLAG};
	assert_int_equal(anycan_frame_dlc(&frame), 5);
	assert_int_equal(anycan_frame_data_len(&frame), 0);
}

/* @fault: a word of the reason, or NULL for a valid frame. */
static const struct {
	const char *fault;
	struct anycan_frame frame;
} checks[] = {
	{NULL, {0}},
	{NULL, {.can_id = 0x7ff, .len = 8}},
	{"11 bits", {.can_id = 0x800}},
	{"11 bits", {.can_id = 0xc0ffee}},
	{"11 bits", {.can_id = 0x800, .flags = CANFD_FDF}},
	{NULL, {.can_id = CAN_EFF_FLAG}},
	{NULL, {.can_id = CAN_EFF_FLAG | 0x1fffffff}},
	{NULL, {.can_id = CAN_ERR_FLAG | 0x1fffffff, .len = 8}},
	{NULL, {.can_id = CAN_ERR_FLAG | CAN_EFF_FLAG | 0x80, .len = 8}},
	{"error", {.can_id = CAN_ERR_FLAG | CAN_RTR_FLAG}},
	{"error", {.can_id = CAN_ERR_FLAG, .flags = CANFD_FDF}},
	{NULL, {.can_id = CAN_RTR_FLAG | 1, .len = 8}},
	{NULL, {.can_id = CAN_RTR_FLAG | 1, .len = 8, .len8_dlc = 9}},
	{"remote", {.can_id = CAN_RTR_FLAG | 1, .flags = CANFD_FDF}},
	{"at most 8", {.len = 9}},
	{"at most 8", {.len = 64}},
	{"at most 8", {.can_id = CAN_RTR_FLAG, .len = 9}},
	{"at most 8", {.can_id = CAN_ERR_FLAG, .len = 9}},
	{NULL, {.len = 8, .len8_dlc = 9}},
	{NULL, {.len = 8, .len8_dlc = 15}},
	{"raw DLC", {.len = 8, .len8_dlc = 8}},
	{"raw DLC", {.len = 8, .len8_dlc = 16}},
	{"raw DLC", {.len = 7, .len8_dlc = 9}},
	{"raw DLC", {.len = 8, .len8_dlc = 9, .flags = CANFD_FDF}},
	{NULL, {.len = 12, .flags = CANFD_FDF}},
	{NULL, {.len = 64, .flags = CANFD_FDF | CANFD_BRS | CANFD_ESI}},
	{"length", {.len = 9, .flags = CANFD_FDF}},
	{"length", {.len = 63, .flags = CANFD_FDF}},
	{"at most 64", {.len = 65, .flags = CANFD_FDF}},
	{"at most 64", {.len = UINT16_MAX, .flags = CANFD_FDF}},
	{"BRS and ESI", {.flags = CANFD_BRS}},
	{"BRS and ESI", {.flags = CANFD_ESI}},
	{"flag", {.flags = 0x08}},
	{"flag", {.flags = CANFD_FDF | 0x80}},
	{NULL, {.ts_ns = INT64_MAX, .channel = ANYCAN_CHANNEL_NONE, .dir = ANYCAN_TX}},
	{"time stamp", {.ts_ns = -1}},
	{"direction", {.dir = 2}},
};

static void test_check(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(checks); i++) {
		const char *reason = NULL;
		int err = anycan_frame_check(&checks[i].frame, &reason);

		if (!checks[i].fault) {
			assert_int_equal(err, 0);
			assert_null(reason);
			continue;
		}
		assert_int_equal(err, -EINVAL);
		assert_non_null(reason);
		assert_non_null(strstr(reason, checks[i].fault));
		assert_int_equal(anycan_frame_check(&checks[i].frame, NULL), -EINVAL);
	}
}

static const struct anycan_frame original = {
	.ts_ns = 1000000000,
	.can_id = 0x123,
	.len = 8,
	.len8_dlc = 11,
	.channel = 2,
	.data = {1, 2, 3, 4, 5, 6, 7, 8},
};

/* Each differs from the original in one point. */
static const struct anycan_frame differing[] = {
	{1000000000, 0x124, 8, 0, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123 | CAN_EFF_FLAG, 8, 0, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123 | CAN_ERR_FLAG, 8, 0, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123 | CAN_RTR_FLAG, 8, 0, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 7, 0, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 8, CANFD_FDF, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 8, CANFD_BRS, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 8, CANFD_ESI, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 8, 0, 0, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 8, 0, 11, 3, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 8}},
	{1000000000, 0x123, 8, 0, 11, 2, 0, 0, {0}, {1, 2, 3, 4, 5, 6, 7, 9}},
};

static void test_equal(void **state)
{
	struct anycan_frame copy = original;
	size_t i;

	(void)state;
	assert_true(anycan_frame_equal(&original, &copy, 0, true));
	for (i = 0; i < TEST_COUNT(differing); i++) {
		assert_false(anycan_frame_equal(&original, &differing[i], ANYCAN_ANY_TIME, false));
		assert_false(anycan_frame_equal(&differing[i], &original, ANYCAN_ANY_TIME, false));
	}
	copy.dir = ANYCAN_TX;
	assert_false(anycan_frame_equal(&original, &copy, 0, true));
	assert_true(anycan_frame_equal(&original, &copy, 0, false));
}

static void test_equal_time(void **state)
{
	struct anycan_frame copy = original;

	(void)state;
	copy.ts_ns += 1000;
	assert_true(anycan_frame_equal(&original, &copy, 1000, true));
	assert_true(anycan_frame_equal(&copy, &original, 1000, true));
	assert_false(anycan_frame_equal(&original, &copy, 999, true));
	assert_false(anycan_frame_equal(&original, &copy, 0, true));
	assert_false(anycan_frame_equal(&original, &copy, -1, true));
	assert_true(anycan_frame_equal(&original, &copy, ANYCAN_ANY_TIME, true));
	/* A distance beyond 63 bits. */
	copy.ts_ns = INT64_MIN;
	assert_false(anycan_frame_equal(&original, &copy, INT64_MAX - 1, true));
	assert_true(anycan_frame_equal(&original, &copy, ANYCAN_ANY_TIME, true));
}

static void test_equal_ignores(void **state)
{
	struct anycan_frame a = {.can_id = 0x10, .len = 2, .data = {1, 2, 3}};
	struct anycan_frame b = {.can_id = 0x10, .len = 2, .data = {1, 2, 4}};

	(void)state;
	assert_true(anycan_frame_equal(&a, &b, 0, true));
	a.can_id |= CAN_RTR_FLAG;
	b.can_id |= CAN_RTR_FLAG;
	b.data[0] = 9;
	assert_true(anycan_frame_equal(&a, &b, 0, true));
	a = (struct anycan_frame){.can_id = CAN_ERR_FLAG | 4, .len = 8};
	b = (struct anycan_frame){.can_id = CAN_ERR_FLAG | CAN_EFF_FLAG | 4, .len = 8};
	assert_true(anycan_frame_equal(&a, &b, 0, true));
	/* A length that no frame has is compared, not followed. */
	a = (struct anycan_frame){.len = UINT16_MAX};
	b = a;
	assert_true(anycan_frame_equal(&a, &b, 0, true));
}

static void test_to_can(void **state)
{
	struct anycan_frame frame = original;
	struct canfd_frame kernel;
	struct can_frame classic;

	(void)state;
	memset(&kernel, 0xff, sizeof(kernel));
	assert_int_equal(anycan_frame_to_can(&frame, &kernel), CAN_MTU);
	memcpy(&classic, &kernel, sizeof(classic));
	assert_int_equal(classic.can_id, 0x123);
	assert_int_equal(classic.len, 8);
	assert_int_equal(classic.len8_dlc, 11);
	assert_memory_equal(classic.data, original.data, 8);
	frame.can_id |= CAN_RTR_FLAG;
	assert_int_equal(anycan_frame_to_can(&frame, &kernel), CAN_MTU);
	assert_int_equal(kernel.len, 8);
	assert_int_equal(kernel.data[0], 0);
	frame = (struct anycan_frame){
		.can_id = CAN_EFF_FLAG | 5,
		.len = 12,
		.flags = CANFD_FDF | CANFD_BRS,
		.data = {[11] = 7, [12] = 8},
	};
	memset(&kernel, 0xff, sizeof(kernel));
	assert_int_equal(anycan_frame_to_can(&frame, &kernel), CANFD_MTU);
	assert_int_equal(kernel.can_id, CAN_EFF_FLAG | 5);
	assert_int_equal(kernel.len, 12);
	assert_int_equal(kernel.flags, CANFD_FDF | CANFD_BRS);
	assert_int_equal(kernel.data[11], 7);
	assert_int_equal(kernel.data[12], 0);
	assert_int_equal(kernel.data[63], 0);
}

/* Frames may be built unchecked: a length that fits nowhere is not followed. */
static void test_to_can_refuses(void **state)
{
	struct anycan_frame frame = {.len = 9};
	struct canfd_frame kernel;
	struct canfd_frame before;

	(void)state;
	memset(&kernel, 0x55, sizeof(kernel));
	before = kernel;
	assert_int_equal(anycan_frame_to_can(&frame, &kernel), 0);
	frame = (struct anycan_frame){.len = 65, .flags = CANFD_FDF};
	assert_int_equal(anycan_frame_to_can(&frame, &kernel), 0);
	assert_memory_equal(&kernel, &before, sizeof(kernel));
}

static void test_from_can(void **state)
{
	struct canfd_frame kernel = {.can_id = 0xfff, .len = 9, .flags = 0xff};
	struct anycan_frame frame = original;

	(void)state;
	assert_int_equal(anycan_frame_from_can(&frame, &kernel, CAN_MTU), -EINVAL);
	assert_int_equal(anycan_frame_from_can(&frame, &kernel, 0), -EINVAL);
	assert_int_equal(anycan_frame_from_can(&frame, &kernel, CANFD_MTU - 1), -EINVAL);
	assert_memory_equal(&frame, &original, sizeof(frame));
	kernel.data[8] = 1;
	kernel.data[9] = 2;
	assert_int_equal(anycan_frame_from_can(&frame, &kernel, CANFD_MTU), 0);
	assert_int_equal(frame.can_id, 0x7ff);
	assert_int_equal(frame.len, 12);
	assert_int_equal(frame.flags, CANFD_FDF | CANFD_BRS | CANFD_ESI);
	assert_int_equal(frame.data[8], 1);
	assert_int_equal(frame.data[9], 0);
	kernel.len = 65;
	assert_int_equal(anycan_frame_from_can(&frame, &kernel, CANFD_MTU), -EINVAL);
	kernel.len = 64;
	kernel.can_id = CAN_RTR_FLAG | 1;
	assert_int_equal(anycan_frame_from_can(&frame, &kernel, CANFD_MTU), -EINVAL);
}

/* Whatever bytes the kernel hands out: refused, or valid. */
static void test_from_can_random(void **state)
{
	struct test_random random = {1};
	unsigned int taken = 0;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct canfd_frame kernel;
		struct anycan_frame frame;
		size_t size = test_random_below(&random, 2) ? CAN_MTU : CANFD_MTU;

		test_random_data(&random, (uint8_t *)&kernel, sizeof(kernel));
		kernel.len = (uint8_t)test_random_below(&random, 80);
		if (anycan_frame_from_can(&frame, &kernel, size))
			continue;
		taken++;
		assert_int_equal(anycan_frame_check(&frame, NULL), 0);
	}
	assert_in_range(taken, 2000, 18000);
}

static void test_kernel_round_trip(void **state)
{
	struct test_random random = {2};
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct anycan_frame frame = test_random_frame(&random);
		struct canfd_frame kernel;
		struct anycan_frame back;
		size_t size;

		assert_int_equal(anycan_frame_check(&frame, NULL), 0);
		size = anycan_frame_to_can(&frame, &kernel);
		assert_int_equal(anycan_frame_from_can(&back, &kernel, size), 0);
		assert_true(anycan_frame_equal(&frame, &back, 0, true));
		assert_memory_equal(&frame, &back, sizeof(frame));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dlc2len),		cmocka_unit_test(test_len2dlc),
		cmocka_unit_test(test_dlc_of_frame),	cmocka_unit_test(test_check),
		cmocka_unit_test(test_equal),		cmocka_unit_test(test_equal_time),
		cmocka_unit_test(test_equal_ignores),	cmocka_unit_test(test_to_can),
		cmocka_unit_test(test_to_can_refuses),	cmocka_unit_test(test_from_can),
		cmocka_unit_test(test_from_can_random), cmocka_unit_test(test_kernel_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
