// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/util.c. The numbers of channels are python-can's can.util.channel2int().
 */
#include "check.h"

#include <anycan/log.h>
#include <anycan/util.h>
#include <errno.h>
#include <time.h>

static void test_channel2int(void **state)
{
	(void)state;
	assert_int_equal(anycan_channel2int("can0"), 0);
	assert_int_equal(anycan_channel2int("CAN1"), 1);
	assert_int_equal(anycan_channel2int("vcan10"), 10);
	assert_int_equal(anycan_channel2int("7"), 7);
	assert_int_equal(anycan_channel2int("can007"), 7);
	assert_int_equal(anycan_channel2int("2can-3"), 3);
	assert_int_equal(anycan_channel2int("x2147483647"), 2147483647);
	assert_int_equal(anycan_channel2int("x2147483648"), -ERANGE);
	assert_int_equal(anycan_channel2int("can"), -EINVAL);
	assert_int_equal(anycan_channel2int("can0x"), -EINVAL);
	assert_int_equal(anycan_channel2int(""), -EINVAL);
	assert_int_equal(anycan_channel2int(NULL), -EINVAL);
}

static void test_logging_level(void **state)
{
	(void)state;
	anycan_set_logging_level("critical");
	assert_false(anycan_log_enabled(ANYCAN_LOG_ERROR));
	anycan_set_logging_level("Info");
	assert_true(anycan_log_enabled(ANYCAN_LOG_INFO));
	assert_false(anycan_log_enabled(ANYCAN_LOG_DEBUG));
	anycan_set_logging_level("subdebug");
	assert_true(anycan_log_enabled(ANYCAN_LOG_SUBDEBUG));
	anycan_set_logging_level("nonsense");
	assert_true(anycan_log_enabled(ANYCAN_LOG_DEBUG));
	assert_false(anycan_log_enabled(ANYCAN_LOG_SUBDEBUG));
	anycan_set_logging_level("warning");
	anycan_set_logging_level(NULL);
	assert_true(anycan_log_enabled(ANYCAN_LOG_DEBUG));
	anycan_log_set_level(ANYCAN_LOG_WARNING);
	assert_false(anycan_log_enabled(ANYCAN_LOG_INFO));
}

static int64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * ANYCAN_NS_PER_S + time.tv_nsec;
}

static void test_correlation(void **state)
{
	int64_t before = now(CLOCK_REALTIME), after, mono;
	struct anycan_correlation same;

	(void)state;
	anycan_correlate(&same);
	after = now(CLOCK_REALTIME);
	mono = now(CLOCK_MONOTONIC);
	assert_true(same.epoch_ns >= before && same.epoch_ns <= after);
	assert_true(same.mono.ns <= mono && same.mono.ns > mono - ANYCAN_NS_PER_S);
	assert_true(same.error_ns >= 0 && same.error_ns <= after - before);
	assert_int_equal(anycan_correlated_epoch(&same, anycan_mono_after(same.mono, 5)),
			 same.epoch_ns + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channel2int),
		cmocka_unit_test(test_logging_level),
		cmocka_unit_test(test_correlation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
