// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/hub.c: records are read as they were written, and nothing else is read.
 */
#include "check.h"
#include "random.h"

#include <anycan/hub.h>
#include <errno.h>
#include <string.h>

static void begin(struct anycan_hub_record *record, uint8_t type)
{
	struct anycan_hub_header header = {
		.type = type,
		.count = 99,
		.flags = ANYCAN_HUB_JOINED,
		.value = UINT64_MAX - 1,
		.queue = 7,
	};

	anycan_hub_begin(record, &header);
}

static void test_header(void **state)
{
	struct anycan_hub_record record;
	struct anycan_hub_header header;

	(void)state;
	begin(&record, ANYCAN_HUB_HELLO);
	assert_int_equal(anycan_hub_parse(record.bytes, record.len, &header), 0);
	assert_int_equal(header.type, ANYCAN_HUB_HELLO);
	assert_int_equal(header.version, ANYCAN_HUB_VERSION);
	assert_int_equal(header.count, 0);
	assert_int_equal(header.flags, ANYCAN_HUB_JOINED);
	assert_true(header.value == UINT64_MAX - 1);
	assert_int_equal(header.queue, 7);
}

static void test_frames(void **state)
{
	struct anycan_frame sent[ANYCAN_HUB_BATCH], got;
	struct test_random random = {31};
	struct anycan_hub_record record;
	struct anycan_hub_reader reader;
	struct anycan_hub_header header;

	(void)state;
	for (int round = 0; round < 200; round++) {
		begin(&record, ANYCAN_HUB_FRAMES);
		for (unsigned int i = 0; i < ANYCAN_HUB_BATCH; i++) {
			sent[i] = test_random_frame(&random);
			sent[i].ts_ns = (int64_t)(test_random_next(&random) >> 1);
			sent[i].dir = (uint8_t)test_random_below(&random, 2);
			sent[i].own = (uint8_t)test_random_below(&random, 2);
			assert_true(anycan_hub_put(&record, &sent[i]));
		}
		assert_false(anycan_hub_put(&record, &sent[0]));
		assert_true(record.len <= sizeof(record.bytes));
		assert_int_equal(anycan_hub_parse(record.bytes, record.len, &header), 0);
		anycan_hub_read(&reader, record.bytes, record.len, &header);
		for (unsigned int i = 0; i < ANYCAN_HUB_BATCH; i++) {
			assert_int_equal(anycan_hub_next(&reader, &got), 1);
			assert_memory_equal(&got, &sent[i], sizeof(got));
		}
		assert_int_equal(anycan_hub_next(&reader, &got), 0);
	}
}

static void test_filters(void **state)
{
	static struct can_filter list[CAN_RAW_FILTER_MAX + 1], back[CAN_RAW_FILTER_MAX];
	struct anycan_hub_record record;
	struct anycan_hub_header header;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(list); i++)
		list[i] = (struct can_filter){(canid_t)i, (canid_t)~i};
	begin(&record, ANYCAN_HUB_FILTERS);
	assert_int_equal(anycan_hub_put_filters(&record, list, TEST_COUNT(list)), -E2BIG);
	assert_int_equal(anycan_hub_put_filters(&record, list, CAN_RAW_FILTER_MAX), 0);
	assert_int_equal(anycan_hub_parse(record.bytes, record.len, &header), 0);
	assert_int_equal(anycan_hub_filters(record.bytes, &header, back), CAN_RAW_FILTER_MAX);
	assert_memory_equal(back, list, sizeof(back));
	begin(&record, ANYCAN_HUB_FILTERS);
	assert_int_equal(anycan_hub_put_filters(&record, NULL, 0), 0);
	assert_int_equal(anycan_hub_parse(record.bytes, record.len, &header), 0);
	assert_int_equal(anycan_hub_filters(record.bytes, &header, back), 0);
}

static void expect_bad(const struct anycan_hub_record *record, size_t len)
{
	struct anycan_hub_header header = {.queue = 12345};

	assert_int_equal(anycan_hub_parse(record->bytes, len, &header), -EPROTO);
	assert_int_equal(header.queue, 12345);
}

static void test_bad_records(void **state)
{
	const struct anycan_frame frame = {.can_id = 1, .len = 8};
	struct anycan_hub_record record;

	(void)state;
	begin(&record, ANYCAN_HUB_FRAMES);
	anycan_hub_put(&record, &frame);
	for (size_t len = 0; len < sizeof(struct anycan_hub_header) + 16; len++)
		expect_bad(&record, len);
	expect_bad(&record, sizeof(record.bytes) + 1);
	record.bytes[1]++; /* another version */
	expect_bad(&record, record.len);
	begin(&record, 0);
	expect_bad(&record, record.len);
	begin(&record, ANYCAN_HUB_FRAMES + 1);
	expect_bad(&record, record.len);
	begin(&record, ANYCAN_HUB_FRAMES);
	record.bytes[2] = ANYCAN_HUB_BATCH + 1;
	expect_bad(&record, sizeof(record.bytes));
	begin(&record, ANYCAN_HUB_FILTERS);
	record.bytes[2] = 2;
	expect_bad(&record, record.len + sizeof(struct can_filter));
}

/* What is cut off, or no frame, ends the reading. */
static void test_bad_frames(void **state)
{
	struct anycan_frame frame = {.can_id = 1, .len = 64, .flags = CANFD_FDF}, got;
	struct anycan_hub_record record;
	struct anycan_hub_reader reader;
	struct anycan_hub_header header;

	(void)state;
	begin(&record, ANYCAN_HUB_FRAMES);
	anycan_hub_put(&record, &frame);
	anycan_hub_put(&record, &frame);
	assert_int_equal(anycan_hub_parse(record.bytes, record.len - 1, &header), 0);
	anycan_hub_read(&reader, record.bytes, record.len - 1, &header);
	assert_int_equal(anycan_hub_next(&reader, &got), 1);
	assert_int_equal(anycan_hub_next(&reader, &got), -EPROTO);
	assert_int_equal(anycan_hub_next(&reader, &got), 0);
	/* Valid to put, but not to receive: an identifier of 12 bits. */
	frame = (struct anycan_frame){.can_id = 0x800};
	begin(&record, ANYCAN_HUB_FRAMES);
	assert_true(anycan_hub_put(&record, &frame));
	assert_int_equal(anycan_hub_parse(record.bytes, record.len, &header), 0);
	anycan_hub_read(&reader, record.bytes, record.len, &header);
	assert_int_equal(anycan_hub_next(&reader, &got), -EPROTO);
	frame.len = 9;
	assert_false(anycan_hub_put(&record, &frame));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),	   cmocka_unit_test(test_frames),
		cmocka_unit_test(test_filters),	   cmocka_unit_test(test_bad_records),
		cmocka_unit_test(test_bad_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
