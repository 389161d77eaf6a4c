// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/timing.c and lib/timing_search.c: the words, the edges, and what has no peer; the rest is
 * compared with python-can (timing_vs_python_can.py) and with the kernel (tests/kmod).
 */
#include "check.h"
#include "random.h"

#include <anycan/timing.h>
#include <errno.h>
#include <string.h>

/* M_CAN. */
static const struct can_bittiming_const nominal = {
	.tseg1_min = 2,
	.tseg1_max = 256,
	.tseg2_min = 2,
	.tseg2_max = 128,
	.sjw_max = 128,
	.brp_min = 1,
	.brp_max = 512,
	.brp_inc = 1,
};

static const struct can_bittiming_const data = {
	.tseg1_min = 1,
	.tseg1_max = 32,
	.tseg2_min = 1,
	.tseg2_max = 16,
	.sjw_max = 16,
	.brp_min = 1,
	.brp_max = 32,
	.brp_inc = 1,
};

static const struct anycan_timing_fd_limits mcan = {&nominal, &data, 0, 127};

static void test_registers(void **state)
{
	struct anycan_timing timing = {0};
	uint16_t btr;

	(void)state;
	anycan_timing_set_btr0(&timing, 0x00);
	anycan_timing_set_btr1(&timing, 0x14);
	assert_int_equal(timing.brp, 1);
	assert_int_equal(timing.tseg1, 5);
	assert_int_equal(timing.tseg2, 2);
	assert_int_equal(timing.sjw, 1);
	assert_int_equal(timing.samples, 1);
	timing.clock_hz = 8000000;
	assert_true(anycan_timing_reached(&timing) == 1000000);
	for (unsigned int registers = 0; registers < 0x10000; registers++) {
		anycan_timing_set_btr0(&timing, (uint8_t)(registers >> 8));
		anycan_timing_set_btr1(&timing, (uint8_t)registers);
		assert_int_equal(anycan_timing_btr(&timing, &btr, NULL), 0);
		assert_int_equal(btr, registers);
	}
}

struct complaint {
	struct anycan_timing timing;
	const char *words;
};

static const struct complaint complaints[] = {
	{{8000000, 0, 1, 0, 2, 1, 1}, "the bit timing lacks tseg1: give it"},
	{{8000000, 0, 1, 5, 0, 1, 1}, "the bit timing lacks tseg2: give it"},
	{{8000000, 0, 1, 5, 2, 0, 1}, "the bit timing lacks sjw: give it"},
	{{8000000, 0, 0, 5, 2, 1, 1}, "the bit timing lacks brp, or bitrate and clock: give it"},
	{{8000000, 0, 65, 5, 2, 1, 1}, "brp (the prescaler) is 65, but may be 1 to 64 here"},
	{{8000000, 0, 1, 17, 2, 1, 1}, "tseg1 is 17, but may be 1 to 16 here"},
	{{8000000, 0, 1, 5, 9, 1, 1}, "tseg2 is 9, but may be 1 to 8 here"},
	{{8000000, 0, 1, 5, 5, 5, 1}, "sjw is 5, but may be 1 to 4 here"},
	{{8000000, 0, 1, 5, 2, 1, 2}, "samples is 2, but may be 1 or 3"},
	{{8000000, 0, 1, 5, 2, 3, 1}, "sjw is 3, but must not be longer than tseg2, which is 2"},
	{{8000000, 0, 1, 2, 4, 1, 1},
	 "the sample point is at 42.86 %, but must not be before 50 %"},
	{{8000000, 1000000, 0, 5, 1, 1, 1},
	 "the bit rate would be 1142857 instead of 1000000 bit/s (+14.3 %)"},
	{{1000000, 1000000, 0, 5, 2, 1, 1},
	 "1000000 bit/s with 8 quanta need a faster clock than 1000000 Hz"},
};

static void test_words(void **state)
{
	struct anycan_error error;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(complaints); i++) {
		assert_int_equal(anycan_timing_check(&complaints[i].timing, NULL, &error), -EINVAL);
		assert_string_equal(error.text, complaints[i].words);
		assert_int_equal(error.category, ANYCAN_ERROR_VALUE);
	}
}

static void test_fd(void **state)
{
	struct anycan_timing_fd fd = {
		.nominal = {.clock_hz = 80000000, .bitrate = 500000},
		.data = {.clock_hz = 80000000, .bitrate = 2000000},
	};
	struct anycan_error error;

	(void)state;
	assert_int_equal(anycan_timing_fd_calc(&mcan, &fd, 0, 750, &error), 0);
	assert_int_equal(fd.nominal.brp, 1);
	assert_true(anycan_timing_sample_point(&fd.nominal) == 87.5);
	assert_true(anycan_timing_sample_point(&fd.data) == 75);
	assert_int_equal(fd.tdco, 30);
	assert_int_equal(anycan_timing_fd_check(&fd, &mcan, &error), 0);
	fd.tdco = 128;
	assert_int_equal(anycan_timing_fd_check(&fd, &mcan, &error), -EINVAL);
	assert_string_equal(error.text, "tdco is 128, but may be 0 to 127 here");
	fd.data = (struct anycan_timing){.clock_hz = 80000000, .bitrate = 250000};
	assert_int_equal(anycan_timing_fd_calc(&mcan, &fd, 0, 0, &error), -EINVAL);
	assert_string_equal(error.text,
			    "the data bit rate, 250000, is lower than the other, 500000");
	fd.data.bitrate = 30000000;
	assert_int_equal(anycan_timing_fd_calc(&mcan, &fd, 0, 0, &error), -ERANGE);
	assert_string_equal(error.text, "a controller with 80000000 Hz cannot have 30000000 bit/s");
	fd.data.bitrate = 2000000;
	fd.data.clock_hz = 40000000;
	assert_int_equal(anycan_timing_fd_calc(&mcan, &fd, 0, 0, &error), -EINVAL);
}

struct solutions {
	const struct anycan_timing_search *search;
	unsigned int count;
	uint32_t last_brp;
};

static int count_solution(const struct anycan_timing *timing, void *arg)
{
	struct solutions *solutions = arg;
	double off = anycan_timing_error(timing);

	assert_int_equal(anycan_timing_check(timing, solutions->search->limits, NULL), 0);
	assert_true(timing->brp > solutions->last_brp);
	assert_true(off < 0.4 && off > -0.4);
	solutions->last_brp = timing->brp;
	solutions->count++;
	return 0;
}

static int stop_at_once(const struct anycan_timing *timing, void *arg)
{
	(void)timing;
	(void)arg;
	return 7;
}

static void test_each(void **state)
{
	struct anycan_timing_search search = {&nominal, 80000000, 500000, 800, 0, 0};
	struct solutions solutions = {&search, 0, 0};
	struct test_random random = {3};

	(void)state;
	assert_int_equal(anycan_timing_each(&search, count_solution, &solutions), 0);
	/* Divisors of 160 that leave at least 8 quanta. */
	assert_in_range(solutions.count, 7, 20);
	assert_int_equal(anycan_timing_each(&search, stop_at_once, NULL), 7);
	for (int i = 0; i < 2000; i++) {
		search.clock_hz = 1 + test_random_below(&random, 160000000);
		search.bitrate = 1 + test_random_below(&random, 8000000);
		search.sample_point = 500 + test_random_below(&random, 500);
		solutions = (struct solutions){&search, 0, 0};
		assert_int_equal(anycan_timing_each(&search, count_solution, &solutions), 0);
	}
	search.bitrate = 0;
	assert_int_equal(anycan_timing_each(&search, count_solution, &solutions), -EINVAL);
}

static void test_kernel_form(void **state)
{
	struct anycan_timing timing = {.clock_hz = 48000000, .bitrate = 500000}, back;
	struct can_bittiming kernel;
	struct anycan_error error;

	(void)state;
	assert_int_equal(anycan_timing_calc(NULL, &timing, 0, &error), 0);
	assert_int_equal(anycan_timing_to_kernel(&timing, &kernel, &error), 0);
	assert_int_equal(kernel.bitrate, 0);
	assert_int_equal(kernel.tq, 125);
	kernel.bitrate = 500000;
	kernel.brp = timing.brp;
	anycan_timing_from_kernel(&back, &kernel, 48000000);
	assert_memory_equal(&back, &timing, sizeof(back));
	timing.clock_hz = 0;
	assert_int_equal(anycan_timing_to_kernel(&timing, &kernel, &error), -EINVAL);
	assert_string_equal(error.text, "the bit timing lacks the clock: give it");
}

static void test_presets(void **state)
{
	struct anycan_timing timing;
	size_t count;
	const struct anycan_timing_preset *presets = anycan_timing_presets(&count);

	(void)state;
	assert_int_equal(count, 14);
	for (size_t i = 0; i < count; i++) {
		double reached;

		assert_int_equal(anycan_timing_find_preset(presets[i].name, &timing), 0);
		reached = anycan_timing_reached(&timing);
		/* 47k and 33k are short for 47619 and 33333. */
		assert_true(reached < presets[i].bitrate * 1.02 &&
			    reached > presets[i].bitrate * 0.99);
	}
	assert_int_equal(anycan_timing_find_preset("250000", &timing), 0);
	assert_true(anycan_timing_reached(&timing) == 250000);
	assert_int_equal(anycan_timing_find_preset("251k", &timing), -ENOENT);
	assert_int_equal(anycan_timing_find_preset("", &timing), -ENOENT);
}

static void test_text_is_cut_off(void **state)
{
	const struct anycan_timing longest = {
		1, UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX / 2, UINT32_MAX, 1};
	char text[ANYCAN_TIMING_SIZE], little[5];
	int len = anycan_timing_print(&longest, text, sizeof(text));

	(void)state;
	assert_int_equal(len, strlen(text));
	assert_int_equal(anycan_timing_print(&longest, little, sizeof(little)), len);
	assert_string_equal(little, "4294");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registers),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_fd),
		cmocka_unit_test(test_each),
		cmocka_unit_test(test_kernel_form),
		cmocka_unit_test(test_presets),
		cmocka_unit_test(test_text_is_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
