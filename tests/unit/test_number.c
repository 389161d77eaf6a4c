// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/number.c and the words for on and off: what people type, and what they mistype.
 */
#include "check.h"

#include <errno.h>
#include <number.h>
#include <stdio.h>
#include <string.h>

#define NONE UINT32_MAX /* stands for -EINVAL; as a number it is tested apart */

struct number_case {
	const char *text;
	uint32_t value;
};

static const struct number_case uints[] = {
	{"0", 0},
	{"500000", 500000},
	{"007", 7},
	{"500k", 500000},
	{"500K", 500000},
	{"1M", 1000000},
	{"83.333k", 83333},
	{"33.3k", 33300},
	{"1.000k", 1000},
	{"0.5M", 500000},
	{"0.000001M", 1},
	{"5.", 5},
	{"1.0", 1},
	{"0x14", 20},
	{"0XfF", 255},
	{"0xFFFFFFFE", 0xFFFFFFFE},
	{"4294967294", 4294967294},
	{"4294.967294M", 4294967294},

	{"", NONE},
	{" 5", NONE},
	{"5 ", NONE},
	{"-5", NONE},
	{"+5", NONE},
	{".5M", NONE},
	{"k", NONE},
	{"0x", NONE},
	{"0x1g", NONE},
	{"0x1k", NONE},
	{"1.5", NONE},
	{"1.0005k", NONE},
	{"1..0k", NONE},
	{"1.0.0k", NONE},
	{"1e6", NONE},
	{"500 k", NONE},
	{"500kk", NONE},
	{"500kbit", NONE},
	{"5,5k", NONE},
	{"4294967296", NONE},
	{"0x100000000", NONE},
	{"0xFFFFFFFFFFFFFFFFFFFF", NONE},
	{"4295M", NONE},
	{"18446744073709551616", NONE},
	{"18446744073709551621", NONE},
	{"99999999999999999999999999999999999999", NONE},
	{"18446744073709.551621M", NONE},
};

static const struct number_case times[] = {
	{"0", 0},
	{"2", 2000},
	{"2s", 2000},
	{"0.5", 500},
	{"0.5s", 500},
	{"0.001", 1},
	{"1.5000", 1500},
	{"20ms", 20},
	{"0ms", 0},
	{"4294967.294", 4294967294},
	{"4294967294ms", 4294967294},

	{"", NONE},
	{"ms", NONE},
	{"s", NONE},
	{"-1", NONE},
	{"0.0005", NONE},
	{"0.5ms", NONE},
	{"2m", NONE},
	{"2 s", NONE},
	{"2S", NONE},
	{"1e3", NONE},
	{"4294967.296", NONE},
	{"4294967296ms", NONE},
	{"99999999999999999999ms", NONE},
};

static const struct number_case fractions[] = {
	{"0.875", 875}, {"0.8", 800},	{"0.05", 50},	 {"0.8750", 875}, {"0", 0},
	{"0.999", 999},

	{"", NONE},	{"1", NONE},	{"1.0", NONE},	 {".875", NONE},  {"0.8755", NONE},
	{"875", NONE},	{"87.5", NONE}, {"87.5%", NONE}, {"-0.5", NONE},  {"0,875", NONE},
};

static const struct number_case flags[] = {
	{"on", 1},     {"ON", 1},    {"true", 1},  {"yes", 1},	  {"1", 1},	    {"off", 0},
	{"Off", 0},    {"false", 0}, {"no", 0},	   {"0", 0},	  {"", NONE},	    {"o", NONE},
	{"onn", NONE}, {"2", NONE},  {"of", NONE}, {" on", NONE}, {"enable", NONE},
};

static int parse_flag(const char *text, uint32_t *value)
{
	bool flag = *value & 1;
	int ret = bridged_parse_flag(text, &flag);

	if (!ret)
		*value = flag;
	return ret;
}

/* What is refused leaves the value alone. */
static void check(const struct number_case *row, size_t n,
		  int (*parse)(const char *text, uint32_t *value))
{
	for (; n; n--, row++) {
		uint32_t value = 12345;
		int ret = parse(row->text, &value);

		if (ret != (row->value == NONE ? -EINVAL : 0) ||
		    value != (row->value == NONE ? 12345 : row->value))
			fail_msg("'%s': %d, %u", row->text, ret, value);
	}
}

static void test_uint(void **state)
{
	uint32_t value = 0;

	(void)state;
	check(uints, TEST_COUNT(uints), bridged_parse_uint);
	assert_int_equal(bridged_parse_uint("4294967295", &value), 0);
	assert_int_equal(value, UINT32_MAX);
}

static void test_ms(void **state)
{
	(void)state;
	check(times, TEST_COUNT(times), bridged_parse_ms);
}

static void test_permille(void **state)
{
	(void)state;
	check(fractions, TEST_COUNT(fractions), bridged_parse_permille);
}

static void test_flag(void **state)
{
	(void)state;
	check(flags, TEST_COUNT(flags), parse_flag);
}

/* Every number of kilo- and megabits with three decimals is exact. */
static void test_all_decimals(void **state)
{
	char text[16];

	(void)state;
	for (uint32_t i = 0; i < 1000000; i += 7) {
		uint32_t value = 0;

		snprintf(text, sizeof(text), "%u.%03uk", i / 1000, i % 1000);
		assert_int_equal(bridged_parse_uint(text, &value), 0);
		assert_int_equal(value, i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_uint),	     cmocka_unit_test(test_ms),
		cmocka_unit_test(test_permille),     cmocka_unit_test(test_flag),
		cmocka_unit_test(test_all_decimals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
