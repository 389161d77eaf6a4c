// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/link_can.c and lib/link.c on netdevs with a controller: whatever the library sets, `ip`
 * shows, and whatever `ip` shows, the library tells. The netdev of a Kvaser card is looked at, too,
 * if there is one.
 */
#include "tap.h"

#include <anycan/controller.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct tap tap;
static struct anycan_rtnl *rtnl;

/* Everything that a controller can have. */
static int setup(void **state)
{
	(void)state;
	tap_open(&tap);
	tap_limits(&tap.create, NETDEV);
	tap.create.flags = CANTAP_HAS_BERR;
	tap.create.ctrlmode_supported |= CAN_CTRLMODE_TDC_AUTO | CAN_CTRLMODE_TDC_MANUAL;
	tap.create.tdc =
		(struct cantap_tdc_limits){.tdcv_max = 127, .tdco_max = 126, .tdcf_max = 125};
	tap.create.bitrate_max = 8000000;
	assert_int_equal(tap_make(&tap), 0);
	return anycan_rtnl_new(&rtnl);
}

static int teardown(void **state)
{
	(void)state;
	tap_close(&tap);
	anycan_rtnl_free(rtnl);
	assert_true(within(!exists(NETDEV)));
	return 0;
}

static struct anycan_link get_link(const char *name)
{
	struct anycan_link link;

	assert_int_equal(anycan_link_get(rtnl, name, &link), 0);
	return link;
}

static struct anycan_controller get_controller(const char *name)
{
	struct anycan_controller controller;

	assert_int_equal(anycan_link_get_can(rtnl, get_link(name).ifindex, &controller), 0);
	return controller;
}

/* demand() - `ip` shows this of the netdev */
static void __attribute__((format(printf, 2, 3)))
demand(const char *netdev, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	assert_true(shows(text, "ip -d -s link show %s", netdev));
}

static void demand_timing(const char *netdev, const char *d, const struct can_bittiming *t)
{
	demand(netdev, "%sbitrate %u %ssample-point 0.%03u", d, t->bitrate, d, t->sample_point);
	demand(netdev, "%stq %u %sprop-seg %u %sphase-seg1 %u %sphase-seg2 %u %ssjw %u %sbrp %u", d,
	       t->tq, d, t->prop_seg, d, t->phase_seg1, d, t->phase_seg2, d, t->sjw, d, t->brp);
}

static void demand_limits(const char *netdev, const char *d, const struct can_bittiming_const *l)
{
	demand(netdev, "%s: %stseg1 %u..%u %stseg2 %u..%u %ssjw 1..%u %sbrp %u..%u %sbrp_inc %u",
	       l->name, d, l->tseg1_min, l->tseg1_max, d, l->tseg2_min, l->tseg2_max, d, l->sjw_max,
	       d, l->brp_min, l->brp_max, d, l->brp_inc);
}

/* All that `ip` has words for. */
static void demand_same(const char *netdev)
{
	struct anycan_controller c = get_controller(netdev);

	demand(netdev, "state %s", anycan_controller_state_word(c.state));
	if (c.has_berr)
		demand(netdev, "(berr-counter tx %u rx %u)", c.berr.txerr, c.berr.rxerr);
	demand(netdev, "restart-ms %u", c.restart_ms);
	demand(netdev, "clock %u", c.clock_hz);
	if (c.nominal.bitrate)
		demand_timing(netdev, "", &c.nominal);
	if (c.data.bitrate)
		demand_timing(netdev, "d", &c.data);
	demand_limits(netdev, "", &c.nominal_limits);
	if (c.data_limits.tseg1_max)
		demand_limits(netdev, "d", &c.data_limits);
	demand(netdev, "%-10u %-10u %-10u %-10u %-10u %-10u", c.stats.restarts, c.stats.bus_error,
	       c.stats.arbitration_lost, c.stats.error_warning, c.stats.error_passive,
	       c.stats.bus_off);
}

static void test_settings(void **state)
{
	const struct can_bittiming nominal = {.bitrate = 500000, .sample_point = 800};
	const struct can_bittiming data = {.bitrate = 2000000, .sample_point = 750};
	const uint32_t modes = CAN_CTRLMODE_FD | CAN_CTRLMODE_ONE_SHOT | CAN_CTRLMODE_TDC_MANUAL;
	const struct anycan_tdc tdc = {.tdcv = 11, .tdco = 22, .tdcf = 33};
	const struct anycan_link_can can = {
		.nominal = &nominal,
		.data = &data,
		.ctrlmode = {.mask = modes, .flags = modes},
		.restart_ms = &(uint32_t){250},
		.termination = &(uint16_t){120},
		.tdc = &tdc,
	};
	struct anycan_controller c;

	(void)state;
	c = get_controller(NETDEV);
	assert_int_equal(c.nominal.bitrate, 0);
	assert_int_equal(c.state, CAN_STATE_STOPPED);
	assert_int_equal(anycan_link_set_can(rtnl, get_link(NETDEV).ifindex, &can), 0);
	c = get_controller(NETDEV);
	assert_int_equal(c.nominal.bitrate, 500000);
	assert_int_equal(c.data.sample_point, 750);
	assert_int_equal(c.ctrlmode, modes);
	assert_true(c.tells_supported);
	assert_int_equal(c.ctrlmode_supported, tap.create.ctrlmode_supported);
	assert_int_equal(c.termination, 120);
	assert_int_equal(c.n_terminations, 2);
	assert_int_equal(c.terminations[1], 120);
	assert_int_equal(c.bitrate_max, 8000000);
	assert_memory_equal(&c.tdc, &tdc, sizeof(tdc));
	assert_int_equal(c.tdc_max.tdcv, 127);
	assert_int_equal(c.tdc_max.tdco, 126);
	assert_int_equal(c.tdc_max.tdcf, 125);
	demand_same(NETDEV);
	demand(NETDEV, "<ONE-SHOT,FD,TDC-MANUAL>");
	demand(NETDEV, "tdcv 11 tdco 22 tdcf 33");
	demand(NETDEV, "termination 120 [ 0, 120 ]");
	assert_int_equal(get_link(NETDEV).mtu, 72);
}

static void test_states_and_restart(void **state)
{
	int ifindex = get_link(NETDEV).ifindex;
	struct anycan_controller c;

	(void)state;
	tap_up(&tap);
	demand_same(NETDEV);
	assert_int_equal(anycan_link_restart(rtnl, ifindex), -EBUSY);
	tap_state(&tap, CAN_STATE_ERROR_WARNING, CAN_STATE_ERROR_ACTIVE, 100, 3);
	c = get_controller(NETDEV);
	assert_int_equal(c.state, CAN_STATE_ERROR_WARNING);
	assert_int_equal(c.berr.txerr, 100);
	assert_int_equal(c.berr.rxerr, 3);
	assert_int_equal(c.stats.error_warning, 1);
	demand_same(NETDEV);
	tap_state(&tap, CAN_STATE_BUS_OFF, CAN_STATE_BUS_OFF, 256, 0);
	c = get_controller(NETDEV);
	assert_int_equal(c.state, CAN_STATE_BUS_OFF);
	assert_int_equal(c.stats.bus_off, 1);
	assert_false(get_link(NETDEV).carrier);
	demand_same(NETDEV);
	assert_int_equal(anycan_link_restart(rtnl, ifindex), 0);
	tap_expect(&tap, CANTAP_RESTART);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	c = get_controller(NETDEV);
	assert_int_equal(c.state, CAN_STATE_ERROR_ACTIVE);
	assert_int_equal(c.stats.restarts, 1);
	demand_same(NETDEV);
}

static void test_refusals(void **state)
{
	const struct can_bittiming fast = {.bitrate = 50000000};
	const struct anycan_link_can can = {.nominal = &fast};
	const struct anycan_link_can modes = {
		.ctrlmode = {.mask = CAN_CTRLMODE_3_SAMPLES, .flags = CAN_CTRLMODE_3_SAMPLES}};
	const struct anycan_link_can ohms = {.termination = &(uint16_t){60}};
	struct anycan_controller c;
	int ifindex = get_link(NETDEV).ifindex;

	(void)state;
	assert_true(anycan_link_set_can(rtnl, ifindex, &can) < 0);
	assert_int_equal(anycan_link_set_can(rtnl, ifindex, &modes), -EOPNOTSUPP);
	assert_int_equal(anycan_link_set_can(rtnl, ifindex, &ohms), -EINVAL);
	assert_int_equal(anycan_link_get_can(rtnl, 1, &c), -EOPNOTSUPP);
	assert_int_equal(anycan_link_get_can(rtnl, 0x7ffffff0, &c), -ENODEV);
}

static void test_list_of_rates(void **state)
{
	struct anycan_controller c;
	struct tap fixed;

	(void)state;
	tap_open(&fixed);
	tap_limits(&fixed.create, "fixed0");
	memset(&fixed.create.bittiming_const, 0, sizeof(fixed.create.bittiming_const));
	memset(&fixed.create.dbittiming_const, 0, sizeof(fixed.create.dbittiming_const));
	fixed.create.ctrlmode_supported &= ~(uint32_t)(CAN_CTRLMODE_FD | CAN_CTRLMODE_FD_NON_ISO);
	fixed.create.bitrates[0] = 20000;
	fixed.create.bitrates[1] = 500000;
	assert_int_equal(tap_make(&fixed), 0);
	c = get_controller("fixed0");
	assert_int_equal(c.n_bitrates, 2);
	assert_int_equal(c.bitrates[0], 20000);
	assert_int_equal(c.bitrates[1], 500000);
	assert_int_equal(c.n_data_bitrates, 0);
	assert_int_equal(c.nominal_limits.tseg1_max, 0);
	demand("fixed0", "20000,   500000 ]");
	tap_close(&fixed);
	assert_true(within(!exists("fixed0")));
}

static void test_queue_name_and_namespace(void **state)
{
	int ifindex = get_link(NETDEV).ifindex, netns;

	(void)state;
	assert_int_equal(anycan_link_set_txqueuelen(rtnl, ifindex, 321), 0);
	assert_int_equal(get_link(NETDEV).txqueuelen, 321);
	demand(NETDEV, "qlen 321");
	assert_int_equal(anycan_link_set_name(rtnl, ifindex, "renamed"), 0);
	assert_int_equal(get_link("renamed").ifindex, ifindex);
	assert_int_equal(anycan_link_set_name(rtnl, ifindex, "lo"), -EEXIST);
	assert_int_equal(anycan_link_set_name(rtnl, ifindex, NETDEV), 0);
	assert_int_equal(run("ip netns add elsewhere"), 0);
	netns = open("/run/netns/elsewhere", O_RDONLY | O_CLOEXEC);
	assert_int_equal(anycan_link_set_netns(rtnl, ifindex, netns), 0);
	close(netns);
	assert_false(exists(NETDEV));
	assert_true(shows(NETDEV, "ip -n elsewhere link"));
	assert_int_equal(run("ip -n elsewhere link set " NETDEV " netns 1"), 0);
	assert_int_equal(run("ip netns del elsewhere"), 0);
	assert_true(within(exists(NETDEV)));
}

/* The kernel's own driver, on QEMU's card. */
static void test_kvaser(void **state)
{
	const struct can_bittiming nominal = {.bitrate = 250000};
	const struct anycan_link_can can = {.nominal = &nominal};
	struct anycan_link link;

	(void)state;
	if (run("modprobe kvaser_pci") || anycan_link_get(rtnl, "can0", &link)) {
		skip();
		return;
	}
	assert_int_equal(anycan_link_set_can(rtnl, link.ifindex, &can), 0);
	assert_int_equal(anycan_link_set_up(rtnl, link.ifindex, true), 0);
	assert_true(get_link("can0").up);
	assert_int_equal(get_controller("can0").nominal.bitrate, 250000);
	assert_int_equal(get_controller("can0").clock_hz, 8000000);
	demand_same("can0");
	assert_int_equal(anycan_link_set_up(rtnl, link.ifindex, false), 0);
	assert_int_equal(get_controller("can0").state, CAN_STATE_STOPPED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_states_and_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
		cmocka_unit_test_setup_teardown(test_list_of_rates, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue_name_and_namespace, setup, teardown),
		cmocka_unit_test_setup_teardown(test_kvaser, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
