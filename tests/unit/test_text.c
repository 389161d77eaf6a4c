/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/text.c: cansend's form and candump's log line. The texts are those of cansend's help and
 * of can-utils' logs; text_vs_peers.py lets other programs read and write the same frames.
 */
#include "check.h"
#include "random.h"
#include <anycan/text.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

/* A copy that ends where the text ends, so that ASan sees one byte too many; to be freed. */
static char *copy_exact(const char *text, size_t len)
{
	char *exact = malloc(len ? len : 1);

	assert_non_null(exact);
	memcpy(exact, text, len);
	return exact;
}

static int parse_exact(const char *text, size_t len, struct anycan_frame *frame)
{
	char *exact = copy_exact(text, len);
	int err = anycan_frame_parse(exact, len, frame);

	free(exact);
	return err;
}

static int parse_line_exact(const char *line, size_t len, struct anycan_frame *frame, char *netdev)
{
	char *exact = copy_exact(line, len);
	int err = anycan_log_line_parse(exact, len, frame, netdev);

	free(exact);
	return err;
}

#define EFF CAN_EFF_FLAG
#define RTR CAN_RTR_FLAG
#define ERR CAN_ERR_FLAG
#define FD CANFD_FDF

/* @printed: NULL if it is printed as it was read. */
static const struct {
	const char *text;
	const char *printed;
	struct anycan_frame frame;
} texts[] = {
	{"123#DEADBEEF", NULL, {.can_id = 0x123, .len = 4, .data = {0xde, 0xad, 0xbe, 0xef}}},
	{"000#", NULL, {0}},
	{"7FF#", NULL, {.can_id = 0x7ff}},
	{"7ff#aB", "7FF#AB", {.can_id = 0x7ff, .len = 1, .data = {0xab}}},
	{"12345678#", NULL, {.can_id = EFF | 0x12345678}},
	{"00000123#01", NULL, {.can_id = EFF | 0x123, .len = 1, .data = {1}}},
	{"1FFFFFFF#", NULL, {.can_id = EFF | 0x1fffffff}},
	{"5A1#11.2233.44", "5A1#11223344", {.can_id = 0x5a1, .len = 4, .data = {17, 34, 51, 68}}},
	{"5A1#.11.22.", "5A1#1122", {.can_id = 0x5a1, .len = 2, .data = {17, 34}}},
	{"123#R", NULL, {.can_id = RTR | 0x123}},
	{"123#r3", "123#R3", {.can_id = RTR | 0x123, .len = 3}},
	{"123#R0", "123#R", {.can_id = RTR | 0x123}},
	{"123#R8", NULL, {.can_id = RTR | 0x123, .len = 8}},
	{"333#R8_E", NULL, {.can_id = RTR | 0x333, .len = 8, .len8_dlc = 14}},
	{"00000123#R3", NULL, {.can_id = EFF | RTR | 0x123, .len = 3}},
	{"1F334455#1122334455667788_B",
	 NULL,
	 {.can_id = EFF | 0x1f334455,
	  .len = 8,
	  .len8_dlc = 11,
	  .data = {17, 34, 51, 68, 85, 102, 119, 136}}},
	{"123#0000000000000000_9", NULL, {.can_id = 0x123, .len = 8, .len8_dlc = 9}},
	{"123#0000000000000000_f",
	 "123#0000000000000000_F",
	 {.can_id = 0x123, .len = 8, .len8_dlc = 15}},
	{"123##0", NULL, {.can_id = 0x123, .flags = FD}},
	{"123##1", NULL, {.can_id = 0x123, .flags = FD | CANFD_BRS}},
	{"123##2", NULL, {.can_id = 0x123, .flags = FD | CANFD_ESI}},
	{"123##4", "123##0", {.can_id = 0x123, .flags = FD}},
	{"123##F", "123##3", {.can_id = 0x123, .flags = FD | CANFD_BRS | CANFD_ESI}},
	{"213##311223344",
	 NULL,
	 {.can_id = 0x213, .len = 4, .flags = FD | 3, .data = {17, 34, 51, 68}}},
	{"123##1.aa.bb",
	 "123##1AABB",
	 {.can_id = 0x123, .len = 2, .flags = FD | 1, .data = {170, 187}}},
	{"123##0112233445566778899",
	 "123##0112233445566778899000000",
	 {.can_id = 0x123,
	  .len = 12,
	  .flags = FD,
	  .data = {17, 34, 51, 68, 85, 102, 119, 136, 153}}},
	{"20000080#0000000000000000", NULL, {.can_id = ERR | 0x80, .len = 8}},
	{"3FFFFFFF#", NULL, {.can_id = ERR | 0x1fffffff}},
};

static void test_parse_and_print(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(texts); i++) {
		struct anycan_frame frame;
		char buf[ANYCAN_TEXT_SIZE];
		const char *wanted = texts[i].printed ? texts[i].printed : texts[i].text;

		if (parse_exact(texts[i].text, strlen(texts[i].text), &frame))
			fail_msg("not understood: %s", texts[i].text);
		if (memcmp(&frame, &texts[i].frame, sizeof(frame)) != 0)
			fail_msg("misunderstood: %s", texts[i].text);
		assert_int_equal(anycan_frame_print(&frame, buf, sizeof(buf)), strlen(wanted));
		assert_string_equal(buf, wanted);
	}
}

static const char *const no_frames[] = {
	"",
	"#",
	"123",
	"12#",
	"1234#",
	"1234567#",
	"123456789#",
	"12345#00:00:00000000#00", /* CAN XL */
	"G23#",
	"12G#",
	"1234567G#",
	" 123#",
	"-12#",
	"123#1",
	"123#123",
	"123#1 2",
	"123#11..22",
	"123#..",
	"123#1.1",
	"123#11 ",
	"123#11\n",
	"123#112233445566778899",
	"123#1122334455667788.99",
	"123#1122334455667788_",
	"123#1122334455667788_8",
	"123#1122334455667788_BB",
	"123#1122334455667788._G",
	"123#11223344556677_B",
	"123#_B",
	"123#R9",
	"123#RR",
	"123#R ",
	"123#R88",
	"123#R7_B",
	"123#R_B",
	"123#R8_8",
	"123#R8_",
	"123#R8_BB",
	"123##",
	"123##G",
	"123##1 ",
	"123##1A",
	"123##1AABB_B",
	"123##1R",
	"123###1",
	"800#", /* a standard identifier has 11 bits */
	"FFF#",
	"80000123#", /* the flags of can_id are no part of an identifier */
	"40000123#",
	"60000080#",
	"A0000080#",
	"20000080#R",
	"20000080##1",
};

static void test_parse_refuses(void **state)
{
	struct anycan_frame frame;
	struct anycan_frame before;
	size_t i;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	frame = before;
	for (i = 0; i < TEST_COUNT(no_frames); i++) {
		if (parse_exact(no_frames[i], strlen(no_frames[i]), &frame) != -EINVAL)
			fail_msg("understood: %s", no_frames[i]);
		assert_memory_equal(&frame, &before, sizeof(frame));
	}
	assert_int_equal(parse_exact("123#\0", 5, &frame), -EINVAL);
	assert_int_equal(parse_exact("123#1\0", 6, &frame), -EINVAL);
}

/* An FD frame of 64 bytes fits, one of 65 is none. */
static void test_parse_longest(void **state)
{
	char text[ANYCAN_TEXT_SIZE + 16] = "12345678##3";
	struct anycan_frame frame;
	char printed[ANYCAN_TEXT_SIZE];
	size_t start = strlen(text);

	(void)state;
	memset(text + start, 'A', 130);
	assert_int_equal(parse_exact(text, start + 128, &frame), 0);
	assert_int_equal(frame.len, 64);
	assert_int_equal(anycan_frame_print(&frame, printed, sizeof(printed)), start + 128);
	assert_memory_equal(printed, text, start + 128);
	assert_int_equal(parse_exact(text, start + 130, &frame), -EINVAL);
}

static void test_print_no_room(void **state)
{
	struct anycan_frame frame = {.can_id = 0x123, .len = 2};
	char buf[9];

	(void)state;
	memset(buf, 'x', sizeof(buf));
	assert_int_equal(anycan_frame_print(&frame, buf, 0), -ENOSPC);
	assert_int_equal(buf[0], 'x');
	assert_int_equal(anycan_frame_print(&frame, buf, 8), -ENOSPC);
	assert_string_equal(buf, "");
	assert_int_equal(anycan_frame_print(&frame, buf, 9), 8);
	assert_string_equal(buf, "123#0000");
}

/* Frames may be built unchecked: a length that fits nowhere is not followed. */
static void test_print_refuses(void **state)
{
	struct anycan_frame frame = {.len = 9};
	char buf[ANYCAN_LOG_LINE_SIZE];

	(void)state;
	assert_int_equal(anycan_frame_print(&frame, buf, sizeof(buf)), -EINVAL);
	assert_int_equal(anycan_log_line_print(&frame, "can0", 6, buf, sizeof(buf)), -EINVAL);
	frame = (struct anycan_frame){.len = UINT16_MAX, .flags = CANFD_FDF};
	assert_int_equal(anycan_frame_print(&frame, buf, sizeof(buf)), -EINVAL);
	assert_int_equal(anycan_log_line_print(&frame, "can0", 6, buf, sizeof(buf)), -EINVAL);
}

static void test_round_trip(void **state)
{
	struct test_random random = {3};
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct anycan_frame frame = test_random_frame(&random);
		struct anycan_frame back;
		char buf[ANYCAN_TEXT_SIZE];
		int len = anycan_frame_print(&frame, buf, sizeof(buf));

		assert_true(len > 0);
		assert_int_equal(parse_exact(buf, (size_t)len, &back), 0);
		assert_memory_equal(&frame, &back, sizeof(frame));
	}
}

static const struct {
	const char *line;
	const char *netdev;
	int64_t ts_ns;
	uint8_t dir;
} lines[] = {
	{"(1436509052.249713) can0 123#", "can0", 1436509052249713000, ANYCAN_RX},
	{"(1436509052.249713804) vcan0 123#", "vcan0", 1436509052249713804, ANYCAN_RX},
	{"(1436509052.249713) can0 123# R", "can0", 1436509052249713000, ANYCAN_RX},
	{"(1436509052.249713) can0 123# T", "can0", 1436509052249713000, ANYCAN_TX},
	{"(0000000000.000001) can0 123#", "can0", 1000, ANYCAN_RX},
	{"(0.1)   can0   123#", "can0", 100000000, ANYCAN_RX},
	{"(1.999999999) can0 123#", "can0", 1999999999, ANYCAN_RX},
	{"(9223372036.854775807) abcdefghijklmno 123#", "abcdefghijklmno", INT64_MAX, ANYCAN_RX},
};

static void test_log_parse(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(lines); i++) {
		struct anycan_frame frame;
		char netdev[IFNAMSIZ];

		if (parse_line_exact(lines[i].line, strlen(lines[i].line), &frame, netdev))
			fail_msg("not understood: %s", lines[i].line);
		assert_string_equal(netdev, lines[i].netdev);
		assert_true(frame.ts_ns == lines[i].ts_ns);
		assert_int_equal(frame.dir, lines[i].dir);
		assert_int_equal(frame.can_id, 0x123);
		assert_int_equal(
			parse_line_exact(lines[i].line, strlen(lines[i].line), &frame, NULL), 0);
	}
}

static const char *const no_lines[] = {
	"",
	"(",
	"(1.5)",
	"(1.5) can0",
	"(1.5) can0 ",
	"(1.5)can0 123#",
	"( can0 123#",
	"(1 can0 123#",
	"(1. can0 123#",
	"1.5 can0 123#",
	" (1.5) can0 123#",
	"(1) can0 123#",
	"(.5) can0 123#",
	"(1.) can0 123#",
	"(-1.5) can0 123#",
	"(1.-5) can0 123#",
	"(1.5 can0 123#",
	"(1.0000000000) can0 123#",
	"(9223372036.854775808) can0 123#",
	"(9223372037.0) can0 123#",
	"(99999999999999999999.0) can0 123#",
	"(1.5) abcdefghijklmnop 123#",
	"(1.5) can0 123",
	"(1.5) can0 123# ",
	"(1.5) can0 123# X",
	"(1.5) can0 123# RT",
	"(1.5) can0 123# R ",
	"(1.5) can0 123# R T",
	"(1.5) can0 123#\n",
};

static void test_log_refuses(void **state)
{
	struct anycan_frame frame;
	struct anycan_frame before;
	char netdev[IFNAMSIZ] = "before";
	size_t i;

	(void)state;
	memset(&before, 0x55, sizeof(before));
	frame = before;
	for (i = 0; i < TEST_COUNT(no_lines); i++) {
		if (parse_line_exact(no_lines[i], strlen(no_lines[i]), &frame, netdev) != -EINVAL)
			fail_msg("understood: %s", no_lines[i]);
		assert_memory_equal(&frame, &before, sizeof(frame));
		assert_string_equal(netdev, "before");
	}
	assert_int_equal(parse_line_exact("(1.5) c\0n0 123#", 15, &frame, netdev), -EINVAL);
}

/* Cut off anywhere, a line is refused or is another frame, and is not read beyond its end. */
static void test_log_cut_off(void **state)
{
	const char *line = "(1436509052.249713) can0 12345678##3AABBCC T";
	struct anycan_frame frame;
	char netdev[IFNAMSIZ];
	unsigned int frames = 0;
	size_t len;

	(void)state;
	for (len = 0; len <= strlen(line); len++)
		frames += parse_line_exact(line, len, &frame, netdev) == 0;
	/* Classic and empty, FD with none to three bytes, and with its direction. */
	assert_int_equal(frames, 6);
}

static void test_log_print(void **state)
{
	struct anycan_frame frame = {.ts_ns = 1436509052249713999, .can_id = 0x44, .len = 1};
	char buf[ANYCAN_LOG_LINE_SIZE];

	(void)state;
	assert_int_equal(anycan_log_line_print(&frame, "can0", 6, buf, sizeof(buf)), 31);
	assert_string_equal(buf, "(1436509052.249713) can0 044#00");
	assert_int_equal(anycan_log_line_print(&frame, "can0", 9, buf, sizeof(buf)), 34);
	assert_string_equal(buf, "(1436509052.249713999) can0 044#00");
	frame.ts_ns = 1002;
	assert_int_equal(anycan_log_line_print(&frame, "vxcan1", 6, buf, sizeof(buf)), 33);
	assert_string_equal(buf, "(0000000000.000001) vxcan1 044#00");
	frame.ts_ns = INT64_MAX;
	assert_int_equal(anycan_log_line_print(&frame, "c", 9, buf, sizeof(buf)), 31);
	assert_string_equal(buf, "(9223372036.854775807) c 044#00");
	assert_int_equal(anycan_log_line_print(&frame, "c", 9, buf, 31), -ENOSPC);
	assert_string_equal(buf, "");
	assert_int_equal(anycan_log_line_print(&frame, "c", 9, buf, 32), 31);
	assert_int_equal(anycan_log_line_print(&frame, "c", 3, buf, sizeof(buf)), -EINVAL);
	assert_int_equal(anycan_log_line_print(&frame, "", 6, buf, sizeof(buf)), -EINVAL);
	assert_int_equal(anycan_log_line_print(&frame, "abcdefghijklmnop", 6, buf, sizeof(buf)),
			 -EINVAL);
}

static void test_log_round_trip(void **state)
{
	struct test_random random = {4};
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		struct anycan_frame frame = test_random_frame(&random);
		struct anycan_frame back;
		char netdev[IFNAMSIZ];
		char buf[ANYCAN_LOG_LINE_SIZE];
		int len;

		frame.ts_ns = (int64_t)(test_random_next(&random) & INT64_MAX);
		len = anycan_log_line_print(&frame, "abcdefghijklmno", 9, buf, sizeof(buf));
		assert_true(len > 0);
		assert_int_equal(parse_line_exact(buf, (size_t)len, &back, netdev), 0);
		assert_memory_equal(&frame, &back, sizeof(frame));
		assert_string_equal(netdev, "abcdefghijklmno");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_and_print), cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_parse_longest),	cmocka_unit_test(test_print_no_room),
		cmocka_unit_test(test_print_refuses),	cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_log_parse),	cmocka_unit_test(test_log_refuses),
		cmocka_unit_test(test_log_cut_off),	cmocka_unit_test(test_log_print),
		cmocka_unit_test(test_log_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
