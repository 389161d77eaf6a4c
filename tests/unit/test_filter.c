// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/filter.c: the kernel's rules and both text forms. What kernels and python-can make of the
 * same filters is compared in tests/bus.
 */
#include "check.h"
#include "random.h"

#include <anycan/filter.h>
#include <errno.h>
#include <string.h>

static struct anycan_filters parsed(const char *text, enum anycan_filter_syntax syntax)
{
	struct anycan_filters filters;
	const char *reason = "";

	if (anycan_filters_parse(text, syntax, &filters, &reason))
		fail_msg("'%s': %s", text, reason);
	return filters;
}

static bool passes(const char *text, enum anycan_filter_syntax syntax, canid_t can_id)
{
	struct anycan_filters filters = parsed(text, syntax);
	bool pass = anycan_filters_match(&filters, can_id);

	anycan_filters_free(&filters);
	return pass;
}

static void test_match(void **state)
{
	static const struct {
		struct can_filter filter;
		canid_t can_id;
		bool pass;
	} cases[] = {
		{{0, 0}, 0x123, true},
		{{0, 0}, 0x123 | CAN_EFF_FLAG, true},
		{{0, 0}, 0x123 | CAN_ERR_FLAG, false},
		{{0x123, CAN_SFF_MASK}, 0x123, true},
		{{0x123, CAN_SFF_MASK}, 0x124, false},
		/* The format does not count, unless the mask says so. */
		{{0x123, CAN_SFF_MASK}, 0x923 | CAN_EFF_FLAG, true},
		{{0x123, CAN_SFF_MASK | CAN_EFF_FLAG}, 0x123 | CAN_EFF_FLAG, false},
		{{0x123 | CAN_EFF_FLAG, CAN_SFF_MASK | CAN_EFF_FLAG}, 0x123, false},
		{{0x123 | CAN_EFF_FLAG, CAN_SFF_MASK}, 0x123, true},
		{{0x123, CAN_SFF_MASK | CAN_RTR_FLAG}, 0x123 | CAN_RTR_FLAG, false},
		{{0x123 | CAN_RTR_FLAG, CAN_SFF_MASK | CAN_RTR_FLAG}, 0x123 | CAN_RTR_FLAG, true},
		/* Bits that a standard identifier does not have are no condition. */
		{{0x1123, CAN_EFF_MASK | CAN_EFF_FLAG}, 0x123, true},
		{{0x1123, CAN_EFF_MASK}, 0x123, false},
		/* Inverted. */
		{{0x123 | CAN_INV_FILTER, CAN_SFF_MASK}, 0x123, false},
		{{0x123 | CAN_INV_FILTER, CAN_SFF_MASK}, 0x124, true},
		{{0 | CAN_INV_FILTER, 0}, 0x124, false},
		/* Error classes. */
		{{0, CAN_ERR_FLAG | CAN_ERR_BUSOFF}, CAN_ERR_FLAG | CAN_ERR_BUSOFF, true},
		{{0, CAN_ERR_FLAG | CAN_ERR_BUSOFF}, CAN_ERR_FLAG | CAN_ERR_ACK, false},
		{{0, CAN_ERR_FLAG | CAN_ERR_BUSOFF}, CAN_ERR_BUSOFF, false},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		if (anycan_filter_match(&cases[i].filter, 1, false, cases[i].can_id) !=
		    cases[i].pass)
			fail_msg("case %zu", i);
}

static void test_lists(void **state)
{
	const struct can_filter list[] = {{0x100, 0x700}, {0x101, 0x00f}};
	struct anycan_filters errors = {.error_mask = CAN_ERR_BUSOFF};

	(void)state;
	assert_true(anycan_filter_match(NULL, 0, false, 0x7ff));
	assert_true(anycan_filter_match(NULL, 0, true, 0x7ff));
	assert_true(anycan_filter_match(list, 2, false, 0x100));
	assert_true(anycan_filter_match(list, 2, false, 0x201));
	assert_false(anycan_filter_match(list, 2, false, 0x200));
	assert_true(anycan_filter_match(list, 2, true, 0x101));
	assert_false(anycan_filter_match(list, 2, true, 0x100));
	assert_false(anycan_filter_match(list, 2, true, 0x201));
	assert_true(anycan_filters_match(&errors, CAN_ERR_FLAG | CAN_ERR_BUSOFF));
	assert_false(anycan_filters_match(&errors, CAN_ERR_FLAG | CAN_ERR_ACK));
	assert_true(anycan_filters_match(&errors, 0x1));
}

/* The example of python-can's manual, in both frame formats. */
static void test_manual(void **state)
{
	static const char text[] = "100:7FC 200:7F0";

	(void)state;
	for (canid_t id = 0; id < 0x400; id++) {
		bool wanted = (id >= 0x100 && id <= 0x103) || (id >= 0x200 && id <= 0x20f);

		assert_int_equal(passes(text, ANYCAN_FILTER_PYTHON_CAN, id), wanted);
		assert_int_equal(passes(text, ANYCAN_FILTER_PYTHON_CAN, id | CAN_EFF_FLAG), wanted);
	}
}

/* Eight digits mean the extended format to candump alone, and only if the mask has the flag. */
static void test_eight_digits(void **state)
{
	static const char text[] = "00000123:C00007FF";

	(void)state;
	assert_false(passes(text, ANYCAN_FILTER_CANDUMP, 0x123));
	assert_true(passes(text, ANYCAN_FILTER_CANDUMP, 0x123 | CAN_EFF_FLAG));
	assert_true(passes(text, ANYCAN_FILTER_PYTHON_CAN, 0x123));
	assert_false(passes(text, ANYCAN_FILTER_PYTHON_CAN, 0x123 | CAN_EFF_FLAG));
	assert_true(passes("00000123:7FF", ANYCAN_FILTER_CANDUMP, 0x123));
	assert_true(passes("92345678:DFFFFFFF", ANYCAN_FILTER_CANDUMP, 0x92345678));
}

static void test_inverted(void **state)
{
	(void)state;
	assert_false(passes("123~7FF", ANYCAN_FILTER_PYTHON_CAN, 0x123));
	assert_true(passes("123~7FF", ANYCAN_FILTER_PYTHON_CAN, 0x124));
	assert_false(passes("123~7FF", ANYCAN_FILTER_CANDUMP, 0x123));
	assert_true(passes("123~7FF", ANYCAN_FILTER_CANDUMP, 0x124));
}

static void test_candump_list(void **state)
{
	struct anycan_filters filters = parsed("0:0,#FFFFFFFF,123:7FF, j", ANYCAN_FILTER_CANDUMP);

	(void)state;
	assert_int_equal(filters.n, 2);
	assert_true(filters.joined);
	assert_int_equal(filters.error_mask, CAN_ERR_MASK);
	anycan_filters_free(&filters);
	assert_null(filters.list);
	filters = parsed("", ANYCAN_FILTER_CANDUMP);
	assert_int_equal(filters.n, 0);
	assert_false(filters.joined);
	assert_int_equal(filters.error_mask, 0);
	anycan_filters_free(&filters);
}

static void test_bad_text(void **state)
{
	static const char *const bad[] = {
		"123",	       "123:",	   ":7FF",	    "123:7FG",	      "xyz:7FF",
		"123::7FF",    "123:7FF:", "123:123456789", "1234567890:7FF", "FFFFFFFFF:0",
		"123:7FF;1:1", "~",
	};
	struct anycan_filters filters;
	const char *reason = NULL;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		reason = NULL;
		assert_int_equal(
			anycan_filters_parse(bad[i], ANYCAN_FILTER_PYTHON_CAN, &filters, &reason),
			-EINVAL);
		assert_non_null(reason);
		assert_int_equal(
			anycan_filters_parse(bad[i], ANYCAN_FILTER_CANDUMP, &filters, NULL),
			-EINVAL);
	}
	assert_int_equal(anycan_filters_parse("#", ANYCAN_FILTER_CANDUMP, &filters, NULL), -EINVAL);
	assert_int_equal(anycan_filters_parse("#FF", ANYCAN_FILTER_PYTHON_CAN, &filters, NULL),
			 -EINVAL);
	assert_int_equal(anycan_filters_parse("j", ANYCAN_FILTER_PYTHON_CAN, &filters, NULL),
			 -EINVAL);
}

/* What is printed is read back. */
static void test_print(void **state)
{
	struct test_random random = {7};
	char text[ANYCAN_FILTER_TEXT_SIZE];
	struct can_filter filter, back;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		filter.can_id =
			(canid_t)test_random_next(&random) >> test_random_below(&random, 32);
		filter.can_mask = (canid_t)test_random_next(&random) & ~CAN_ERR_FLAG;
		assert_true(anycan_filter_print(&filter, text, sizeof(text)) > 0);
		assert_int_equal(
			anycan_filter_parse(text, strlen(text), ANYCAN_FILTER_CANDUMP, &back), 0);
		assert_int_equal(back.can_id, filter.can_id);
		assert_int_equal(back.can_mask, filter.can_mask);
	}
	assert_int_equal(anycan_filter_print(&filter, text, 5), -ENOSPC);
	assert_string_equal(text, "");
	filter = anycan_filter_invert(anycan_filter(0x123, CAN_SFF_MASK, ANYCAN_FILTER_ANY));
	anycan_filter_print(&filter, text, sizeof(text));
	assert_string_equal(text, "123~7FF");
}

static void test_formats(void **state)
{
	struct can_filter filter = anycan_filter(0x123, CAN_SFF_MASK, ANYCAN_FILTER_STANDARD);

	(void)state;
	assert_true(anycan_filter_match(&filter, 1, false, 0x123));
	assert_false(anycan_filter_match(&filter, 1, false, 0x123 | CAN_EFF_FLAG));
	filter = anycan_filter(0x123, CAN_EFF_MASK, ANYCAN_FILTER_EXTENDED);
	assert_false(anycan_filter_match(&filter, 1, false, 0x123));
	assert_true(anycan_filter_match(&filter, 1, false, 0x123 | CAN_EFF_FLAG));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),	 cmocka_unit_test(test_lists),
		cmocka_unit_test(test_manual),	 cmocka_unit_test(test_eight_digits),
		cmocka_unit_test(test_inverted), cmocka_unit_test(test_candump_list),
		cmocka_unit_test(test_bad_text), cmocka_unit_test(test_print),
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
