// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/bittiming.c. What the kernel itself works out is compared in the virtual machine
 * (tests/vm/guest/gs_usb); here are its rules and the edges.
 */
#include "check.h"
#include "random.h"

#include <anycan/bittiming.h>
#include <errno.h>

/* bxCAN, as candleLight reports it. */
static const struct can_bittiming_const bxcan = {
	.tseg1_min = 1,
	.tseg1_max = 16,
	.tseg2_min = 1,
	.tseg2_max = 8,
	.sjw_max = 4,
	.brp_min = 1,
	.brp_max = 1024,
	.brp_inc = 1,
};

/* M_CAN, nominal. */
static const struct can_bittiming_const mcan = {
	.tseg1_min = 2,
	.tseg1_max = 256,
	.tseg2_min = 2,
	.tseg2_max = 128,
	.sjw_max = 128,
	.brp_min = 1,
	.brp_max = 512,
	.brp_inc = 1,
};

struct row {
	const struct can_bittiming_const *limits;
	uint32_t clock_hz, bitrate, sample_point;
	struct can_bittiming reached;
};

/* Worked out by the kernel's rules. That the kernel itself comes to the same for bxCAN's limits is
 * seen in tests/vm/guest/gs_usb. */
static const struct row rows[] = {
	{&bxcan, 48000000, 500000, 0, {500000, 875, 125, 6, 7, 2, 1, 6}},
	{&bxcan, 48000000, 125000, 0, {125000, 875, 500, 6, 7, 2, 1, 24}},
	{&bxcan, 48000000, 1000000, 0, {1000000, 750, 62, 5, 6, 4, 2, 3}},
	{&bxcan, 48000000, 1000000, 875, {1000000, 875, 62, 6, 7, 2, 1, 3}},
	{&mcan, 80000000, 500000, 0, {500000, 875, 12, 69, 70, 20, 10, 1}},
};

static void check_row(const struct row *row)
{
	struct can_bittiming timing = {.bitrate = row->bitrate, .sample_point = row->sample_point};

	assert_int_equal(anycan_bittiming_calc(row->limits, row->clock_hz, &timing), 0);
	assert_int_equal(timing.bitrate, row->reached.bitrate);
	assert_int_equal(timing.sample_point, row->reached.sample_point);
	assert_int_equal(timing.tq, row->reached.tq);
	assert_int_equal(timing.prop_seg, row->reached.prop_seg);
	assert_int_equal(timing.phase_seg1, row->reached.phase_seg1);
	assert_int_equal(timing.phase_seg2, row->reached.phase_seg2);
	assert_int_equal(timing.sjw, row->reached.sjw);
	assert_int_equal(timing.brp, row->reached.brp);
}

static void test_rates(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++)
		check_row(&rows[i]);
}

static void test_segments(void **state)
{
	struct can_bittiming timing = {
		.tq = 125, .prop_seg = 6, .phase_seg1 = 7, .phase_seg2 = 2, .sjw = 2};

	(void)state;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), 0);
	assert_int_equal(timing.brp, 6);
	assert_int_equal(timing.bitrate, 500000);
	assert_int_equal(timing.sample_point, 875);
	assert_int_equal(timing.sjw, 2);
	timing.sjw = 3; /* longer than phase_seg2 */
	timing.bitrate = 0;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -ERANGE);
}

/* What somebody else has worked out is taken as it is, whatever the rate may say. */
static void test_prescaler(void **state)
{
	const struct can_bittiming done = {.bitrate = 123456,
					   .tq = 1,
					   .prop_seg = 3,
					   .phase_seg1 = 6,
					   .phase_seg2 = 2,
					   .sjw = 2,
					   .brp = 8};
	struct can_bittiming timing = done;
	struct can_bittiming_const even = bxcan;

	(void)state;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), 0);
	assert_int_equal(timing.bitrate, 500000);
	assert_int_equal(timing.sample_point, 833);
	assert_int_equal(timing.tq, 166);
	assert_int_equal(timing.prop_seg, 3);
	assert_int_equal(timing.phase_seg1, 6);
	assert_int_equal(timing.sjw, 2);
	assert_int_equal(timing.brp, 8);

	even.brp_inc = 2;
	timing = done;
	timing.brp = 7;
	assert_int_equal(anycan_bittiming_calc(&even, 48000000, &timing), -ERANGE);
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), 0);
	timing.brp = 1025;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -ERANGE);
	timing = done;
	timing.phase_seg2 = 9;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -ERANGE);
	timing = done;
	timing.phase_seg1 = 14;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -ERANGE);
}

static void test_impossible(void **state)
{
	const struct can_bittiming none = {0}, fast = {.bitrate = 20000000};
	struct can_bittiming_const nonsense = bxcan;
	struct can_bittiming timing;

	(void)state;
	timing = none;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -EINVAL);
	timing = fast;
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -ERANGE);
	timing = (struct can_bittiming){.bitrate = 500000};
	assert_int_equal(anycan_bittiming_calc(&bxcan, 0, &timing), -ERANGE);
	timing = (struct can_bittiming){.bitrate = 1};
	assert_int_equal(anycan_bittiming_calc(&bxcan, 48000000, &timing), -ERANGE);
	/* Limits come from devices: whatever they are, there is an end. */
	nonsense.tseg1_max = nonsense.tseg2_max = UINT32_MAX;
	timing = (struct can_bittiming){.bitrate = 500000};
	assert_int_equal(anycan_bittiming_calc(&nonsense, 48000000, &timing), -ERANGE);
}

/* Whatever comes out is within the limits, and is what it says. */
static void test_any(void **state)
{
	struct test_random random = {5};

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const struct can_bittiming_const limits = {
			.tseg1_min = test_random_below(&random, 3),
			.tseg1_max = test_random_below(&random, 300),
			.tseg2_min = test_random_below(&random, 3),
			.tseg2_max = test_random_below(&random, 130),
			.sjw_max = test_random_below(&random, 130),
			.brp_min = test_random_below(&random, 3),
			.brp_max = test_random_below(&random, 1100),
			.brp_inc = test_random_below(&random, 3),
		};
		uint32_t clock_hz = test_random_below(&random, 200000000);
		struct can_bittiming t = {
			.bitrate = 1 + test_random_below(&random, 8000000),
			.sample_point = test_random_below(&random, 1000),
			.sjw = test_random_below(&random, 4),
		};
		uint32_t tseg1;

		if (anycan_bittiming_calc(&limits, clock_hz, &t))
			continue;
		tseg1 = t.prop_seg + t.phase_seg1;
		assert_in_range(tseg1, limits.tseg1_min, limits.tseg1_max);
		assert_in_range(t.phase_seg2, limits.tseg2_min, limits.tseg2_max);
		assert_in_range(t.brp, limits.brp_min, limits.brp_max);
		assert_int_equal(t.brp % limits.brp_inc, 0);
		assert_in_range(t.sjw, 1, limits.sjw_max);
		assert_int_equal(t.bitrate, clock_hz / (t.brp * (1 + tseg1 + t.phase_seg2)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates),	  cmocka_unit_test(test_segments),
		cmocka_unit_test(test_prescaler), cmocka_unit_test(test_impossible),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
