/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/string.c: what fits, what does not, and numbers against the C library's.
 */
#include "check.h"
#include "random.h"
#include <anycan/string.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void test_add(void **state)
{
	struct anycan_string s;
	char buf[32];

	(void)state;
	memset(buf, 'x', sizeof(buf));
	anycan_string_init(&s, buf, sizeof(buf));
	assert_string_equal(buf, "");
	anycan_string_add(&s, "bitrate ");
	anycan_string_add_uint(&s, 500000);
	anycan_string_add(&s, "");
	anycan_string_add_n(&s, " on and on", 3);
	assert_string_equal(buf, "bitrate 500000 on");
	assert_int_equal(s.len, strlen(buf));
}

/* add_n stops at the text's own end, and reads no further. */
static void test_add_n_short(void **state)
{
	const char text[2] = {'a', 'b'};
	struct anycan_string s;
	char buf[8];

	(void)state;
	anycan_string_init(&s, buf, sizeof(buf));
	anycan_string_add_n(&s, text, 2);
	anycan_string_add_n(&s, "c", 100);
	assert_string_equal(buf, "abc");
}

static void test_cut_off(void **state)
{
	size_t size;

	(void)state;
	for (size = 1; size < 16; size++) {
		struct anycan_string s;
		char buf[17];

		memset(buf, 'x', sizeof(buf));
		anycan_string_init(&s, buf, size);
		anycan_string_add(&s, "1234");
		anycan_string_add_uint(&s, 5678);
		anycan_string_add_n(&s, "90abcdefgh", 8);
		assert_int_equal(s.len, size - 1);
		assert_int_equal(strlen(buf), size - 1);
		assert_memory_equal(buf, "1234567890abcdef", size - 1);
		assert_int_equal(buf[size], 'x');
		anycan_string_add(&s, "more");
		assert_int_equal(s.len, size - 1);
	}
}

static void check_number(uint64_t value)
{
	struct anycan_string s;
	char wanted[32];
	char buf[32];

	anycan_string_init(&s, buf, sizeof(buf));
	anycan_string_add_uint(&s, value);
	snprintf(wanted, sizeof(wanted), "%" PRIu64, value);
	assert_string_equal(buf, wanted);
}

static void test_numbers(void **state)
{
	struct test_random random = {8};
	uint64_t power;
	unsigned int i;

	(void)state;
	check_number(0);
	check_number(UINT64_MAX);
	for (power = 1; power <= UINT64_MAX / 10; power *= 10) {
		check_number(power - 1);
		check_number(power);
	}
	for (i = 0; i < 1000; i++)
		check_number(test_random_next(&random) >> test_random_below(&random, 64));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_n_short),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
