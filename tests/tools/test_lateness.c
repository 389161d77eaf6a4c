// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * tools/lateness.c: percentiles against those of the sorted values themselves.
 */
#include "../../tools/lateness.h"
#include "../unit/check.h"
#include "../unit/random.h"

#include <stdlib.h>

#define COUNT 20000

static int compare(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void test_none(void **state)
{
	static const struct lateness lateness;

	(void)state;
	assert_int_equal(lateness_percentile(&lateness, 0.5), 0);
}

/* Never below the true value, and at most 1/32 above it. */
static void test_percentiles(void **state)
{
	static const double parts[] = {0.01, 0.5, 0.9, 0.99, 0.999, 1};
	static int64_t values[COUNT];
	struct lateness lateness = {0};
	struct test_random random = {3};

	(void)state;
	for (size_t i = 0; i < COUNT; i++) {
		values[i] = (int64_t)(test_random_next(&random) >>
				      (1 + test_random_below(&random, 62)));
		lateness_add(&lateness, values[i]);
	}
	qsort(values, COUNT, sizeof(values[0]), compare);
	assert_int_equal(lateness.max_ns, values[COUNT - 1]);
	for (size_t i = 0; i < TEST_COUNT(parts); i++) {
		int64_t is = values[(size_t)(parts[i] * COUNT + 0.5) - 1];
		int64_t told = lateness_percentile(&lateness, parts[i]);

		assert_true(told >= is && told - is <= is / 32);
	}
}

static void test_early_counts_as_in_time(void **state)
{
	struct lateness lateness = {0};

	(void)state;
	lateness_add(&lateness, -5);
	lateness_add(&lateness, 0);
	assert_int_equal(lateness.n, 2);
	assert_int_equal(lateness_percentile(&lateness, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_early_counts_as_in_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
