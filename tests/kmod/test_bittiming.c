// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/bittiming.c and lib/timing_search.c beside the kernel's own calculation, which every netdev
 * with a controller uses: the common controllers at their clocks, with the common rates and sample
 * points, classic and FD, and the delay of the second sample point.
 */
#include "tap.h"

#include <anycan/controller.h>
#include <anycan/timing.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cmocka.h>

#define CLOCKS_MAX 8

struct controller {
	struct can_bittiming_const nominal, data;
	uint32_t clocks_mhz[CLOCKS_MAX];
};

/* From data sheets, and what their drivers say. */
static const struct controller controllers[] = {
	{{"sja1000", 1, 16, 1, 8, 4, 1, 64, 1}, {.brp_inc = 0}, {8, 10, 12, 16}},
	{{"mcp251x", 3, 16, 2, 8, 4, 1, 64, 1}, {.brp_inc = 0}, {4, 5, 8, 10}},
	{{"bxcan", 1, 16, 1, 8, 4, 1, 1024, 1}, {.brp_inc = 0}, {24, 32, 36, 42, 45, 48}},
	{{"flexcan", 4, 16, 2, 8, 4, 1, 256, 1}, {.brp_inc = 0}, {24, 30, 40, 50, 60, 80}},
	{{"c_can", 2, 16, 1, 8, 4, 1, 1024, 1}, {.brp_inc = 0}, {20, 24, 25, 100}},
	{{"m_can", 2, 256, 2, 128, 128, 1, 512, 1},
	 {"m_can", 1, 32, 1, 16, 16, 1, 32, 1},
	 {20, 24, 40, 48, 60, 64, 80, 160}},
	{{"mcp251xfd", 2, 256, 1, 128, 128, 1, 256, 1},
	 {"mcp251xfd", 1, 32, 1, 16, 16, 1, 256, 1},
	 {20, 40}},
	{{"peak_canfd", 1, 256, 1, 128, 128, 1, 1024, 1},
	 {"peak_canfd", 1, 32, 1, 16, 16, 1, 1024, 1},
	 {20, 24, 30, 40, 60, 80}},
	/* A prescaler in steps of two. */
	{{"ti_hecc", 1, 16, 1, 8, 4, 2, 256, 2}, {.brp_inc = 0}, {24, 26, 50}},
};

static const uint32_t rates[] = {
	5000,	10000,	20000,	33333,	40000,	47619,	50000,	60000,	62500,	 76800,
	80000,	83333,	95238,	100000, 110000, 125000, 153600, 200000, 250000,	 256000,
	400000, 500000, 615000, 666666, 750000, 800000, 921600, 999999, 1000000,
};

static const uint32_t data_rates[] = {500000,  1000000, 2000000, 2500000, 3000000, 4000000,
				      5000000, 6000000, 6666666, 8000000, 10000000};

static const uint32_t points[] = {0, 500, 550, 625, 700, 750, 800, 812, 850, 875, 900, 950};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static struct anycan_rtnl *rtnl;
static struct tap tap;
static int ifindex;
/* Kernels before 6.3 have other jump widths: 1 unless one is given. */
static bool old_sjw;
static unsigned int compared, refused, beyond;

static void make(const struct controller *controller, uint32_t clock_mhz)
{
	struct anycan_link link;

	/* What an earlier test left when it failed. */
	if (tap.fd > 0)
		close(tap.fd);
	tap_open(&tap);
	tap_limits(&tap.create, NETDEV);
	tap.create.clock_hz = clock_mhz * 1000000;
	tap.create.bittiming_const = controller->nominal;
	tap.create.dbittiming_const = controller->data;
	if (controller->data.tseg1_max) {
		tap.create.ctrlmode_supported |= CAN_CTRLMODE_TDC_AUTO;
		tap.create.tdc = (struct cantap_tdc_limits){.tdco_max = 63};
	} else {
		tap.create.ctrlmode_supported &=
			~(uint32_t)(CAN_CTRLMODE_FD | CAN_CTRLMODE_FD_NON_ISO);
	}
	assert_int_equal(tap_make(&tap), 0);
	assert_int_equal(anycan_link_get(rtnl, NETDEV, &link), 0);
	ifindex = link.ifindex;
}

static void end(void)
{
	tap_close(&tap);
	assert_true(within(!exists(NETDEV)));
}

/*
 * The kernel bounds tseg2 and the upper end of tseg1 only: what it comes to may be a bit that the
 * controller cannot have. We take the best one that it can.
 */
static bool is_beyond(const struct can_bittiming_const *limits, const struct can_bittiming *kernel)
{
	if (kernel->prop_seg + kernel->phase_seg1 >= limits->tseg1_min)
		return false;
	beyond++;
	return true;
}

static void compare(const struct can_bittiming_const *limits, const struct anycan_timing *ours,
		    const struct can_bittiming *theirs)
{
	struct can_bittiming kernel = *theirs;

	assert_true(ours->tseg1 >= limits->tseg1_min && ours->tseg1 <= limits->tseg1_max);
	if (is_beyond(limits, theirs))
		return;
	if (old_sjw)
		kernel.sjw = ours->sjw;
	if (kernel.brp != ours->brp || kernel.prop_seg + kernel.phase_seg1 != ours->tseg1 ||
	    kernel.phase_seg2 != ours->tseg2 || kernel.sjw != ours->sjw)
		fail_msg("%u bit/s of %u Hz: the kernel has brp %u tseg1 %u tseg2 %u sjw %u, we "
			 "have %u %u %u %u",
			 ours->bitrate, ours->clock_hz, kernel.brp,
			 kernel.prop_seg + kernel.phase_seg1, kernel.phase_seg2, kernel.sjw,
			 ours->brp, ours->tseg1, ours->tseg2, ours->sjw);
	compared++;
}

/* Whether there is nothing to compare: refused by both, or by us where the kernel goes too far. */
static bool is_refused(int ours, int theirs, const struct can_bittiming_const *limits,
		       const struct can_bittiming *wanted, const struct can_bittiming *told)
{
	if (ours && !theirs && is_beyond(limits, told))
		return true;
	/*
	 * With a tseg1 of 0 it is too far beyond, and the kernel refuses its own solution: the jump
	 * width is longer than phase_seg1. That takes a bit of few quanta and an early sample
	 * point.
	 */
	if (!ours && theirs == -EINVAL && wanted->sample_point && wanted->sample_point <= 700) {
		beyond++;
		return true;
	}
	if (!ours != !theirs)
		fail_msg("%s with %u Hz, %u bit/s at %u: the kernel says %d, we say %d",
			 limits->name, tap.create.clock_hz, wanted->bitrate, wanted->sample_point,
			 theirs, ours);
	refused += ours != 0;
	return ours;
}

static void compare_nominal(const struct controller *controller, uint32_t rate, uint32_t point)
{
	const struct can_bittiming wanted = {.bitrate = rate, .sample_point = point};
	const struct anycan_link_can can = {.nominal = &wanted};
	struct anycan_timing timing = {.clock_hz = tap.create.clock_hz, .bitrate = rate};
	struct anycan_controller told;
	int ours = anycan_timing_calc(&controller->nominal, &timing, point, NULL);
	int theirs = anycan_link_set_can(rtnl, ifindex, &can);

	assert_int_equal(anycan_link_get_can(rtnl, ifindex, &told), 0);
	if (is_refused(ours, theirs, &controller->nominal, &wanted, &told.nominal))
		return;
	compare(&controller->nominal, &timing, &told.nominal);
}

static void compare_fd(const struct controller *controller, uint32_t rate, uint32_t point)
{
	const struct can_bittiming nominal = {.bitrate = 500000};
	const struct can_bittiming data = {.bitrate = rate, .sample_point = point};
	const struct anycan_link_can can = {
		.nominal = &nominal,
		.data = &data,
		.ctrlmode = {.mask = CAN_CTRLMODE_FD, .flags = CAN_CTRLMODE_FD},
	};
	const struct anycan_timing_fd_limits limits = {&controller->nominal, &controller->data, 0,
						       63};
	struct anycan_timing_fd fd = {
		.nominal = {.clock_hz = tap.create.clock_hz, .bitrate = 500000},
		.data = {.clock_hz = tap.create.clock_hz, .bitrate = rate},
	};
	struct anycan_controller told;
	int ours = anycan_timing_fd_calc(&limits, &fd, 0, point, NULL);
	int theirs = anycan_link_set_can(rtnl, ifindex, &can);

	assert_int_equal(anycan_link_get_can(rtnl, ifindex, &told), 0);
	if (is_refused(ours, theirs, &controller->data, &data, &told.data))
		return;
	compare(&controller->nominal, &fd.nominal, &told.nominal);
	compare(&controller->data, &fd.data, &told.data);
	assert_int_equal(!!(told.ctrlmode & CAN_CTRLMODE_TDC_AUTO), !!fd.tdco);
	if (fd.tdco)
		assert_int_equal(told.tdc.tdco, fd.tdco);
}

static void compare_clock(const struct controller *controller, uint32_t clock_mhz)
{
	make(controller, clock_mhz);
	for (size_t point = 0; point < COUNT(points); point++) {
		for (size_t rate = 0; rate < COUNT(rates); rate++)
			compare_nominal(controller, rates[rate], points[point]);
		for (size_t rate = 0; controller->data.tseg1_max && rate < COUNT(data_rates);
		     rate++)
			compare_fd(controller, data_rates[rate], points[point]);
	}
	end();
}

static void test_calculation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(controllers); i++)
		for (int clock = 0; clock < CLOCKS_MAX && controllers[i].clocks_mhz[clock]; clock++)
			compare_clock(&controllers[i], controllers[i].clocks_mhz[clock]);
	print_message("# %u timings are the same, %u are refused by both, %u of the kernel's are "
		      "beyond the limits\n",
		      compared, refused, beyond);
	assert_true(compared > 5000);
}

/* The same through the eyes of `ip`: rates and segments as it prints them. */
static void test_ip_shows_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(controllers); i++) {
		const struct controller *controller = &controllers[i];
		struct anycan_timing timing = {.bitrate = 250000};
		char text[128];

		make(controller, controller->clocks_mhz[0]);
		timing.clock_hz = tap.create.clock_hz;
		assert_int_equal(anycan_timing_calc(&controller->nominal, &timing, 0, NULL), 0);
		assert_int_equal(run("ip link set " NETDEV " type can bitrate 250000"), 0);
		snprintf(text, sizeof(text),
			 "prop-seg %u phase-seg1 %u phase-seg2 %u sjw %u brp %u", timing.tseg1 / 2,
			 timing.tseg1 - timing.tseg1 / 2, timing.tseg2, old_sjw ? 1 : timing.sjw,
			 timing.brp);
		assert_true(shows(text, "ip -d link show " NETDEV));
		end();
	}
}

static int setup(void **state)
{
	struct utsname name;

	(void)state;
	uname(&name);
	old_sjw = !strncmp(name.release, "6.1.", 4);
	return anycan_rtnl_new(&rtnl);
}

static int teardown(void **state)
{
	(void)state;
	anycan_rtnl_free(rtnl);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calculation),
		cmocka_unit_test(test_ip_shows_it),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
