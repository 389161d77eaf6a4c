// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Opening, refusing and closing a channel; bit timing, modes and states.
 */
#include "tap.h"

#include <errno.h>
#include <linux/can/error.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static struct tap tap;

static int setup(void **state)
{
	(void)state;
	tap_new(&tap, NETDEV, CANTAP_HAS_BERR);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	tap_close(&tap);
	assert_true(within(!exists(NETDEV)));
	return 0;
}

static void test_settings_reach_the_process(void **state)
{
	(void)state;
	assert_int_equal(run("ip link set " NETDEV " type can bitrate 500000 sample-point 0.875 "
			     "dbitrate 2000000 dsample-point 0.75 fd on one-shot on restart-ms 100 "
			     "berr-reporting on termination 120"),
			 0);
	tap_expect(&tap, CANTAP_TERMINATION);
	assert_int_equal(run("ip link set " NETDEV " up"), 0);
	tap_expect(&tap, CANTAP_OPEN);
	assert_int_equal(tap.settings.bittiming.bitrate, 500000);
	assert_int_equal(tap.settings.bittiming.sample_point, 875);
	assert_int_equal(tap.settings.bittiming.brp * (1 + tap.settings.bittiming.prop_seg +
						       tap.settings.bittiming.phase_seg1 +
						       tap.settings.bittiming.phase_seg2),
			 160);
	assert_int_equal(tap.settings.dbittiming.bitrate, 2000000);
	assert_int_equal(tap.settings.dbittiming.sample_point, 750);
	assert_int_equal(tap.settings.ctrlmode,
			 CAN_CTRLMODE_FD | CAN_CTRLMODE_ONE_SHOT | CAN_CTRLMODE_BERR_REPORTING);
	assert_int_equal(tap.settings.restart_ms, 100);
	assert_int_equal(tap.settings.termination, 120);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	assert_true(shows("bitrate 500000 sample-point 0.875", "ip -d link show " NETDEV));
	assert_true(shows("dbitrate 2000000", "ip -d link show " NETDEV));
	assert_true(shows("termination 120", "ip -d link show " NETDEV));
	assert_true(shows("mtu 72", "ip -d link show " NETDEV));
}

static void test_classic_has_no_data_phase(void **state)
{
	(void)state;
	assert_int_equal(run("ip link set " NETDEV " type can bitrate 250000"), 0);
	assert_int_equal(run("ip link set " NETDEV " up"), 0);
	tap_expect(&tap, CANTAP_OPEN);
	assert_int_equal(tap.settings.bittiming.bitrate, 250000);
	assert_int_equal(tap.settings.dbittiming.bitrate, 0);
	assert_int_equal(tap.settings.ctrlmode, 0);
}

static void test_open_waits_for_nobody(void **state)
{
	struct timespec begin, end;
	struct can_frame frame = make_frame(0x123, 1);
	int s;

	(void)state;
	run("ip link set " NETDEV " type can bitrate 500000");
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(run("ip link set " NETDEV " up"), 0);
	clock_gettime(CLOCK_MONOTONIC, &end);
	assert_true(end.tv_sec - begin.tv_sec < 10);
	assert_true(shows("LOWER_UP", "ip link show " NETDEV));
	assert_true(within(contains("state DORMANT", "ip link show " NETDEV)));
	assert_true(shows("can state STOPPED", "ip -d link show " NETDEV));
	/* What is sent until the answer waits in the queue. */
	s = can_open(NETDEV);
	assert_int_equal(can_put(s, &frame, sizeof(frame)), 0);
	tap_expect(&tap, CANTAP_OPEN);
	tap_idle(&tap);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	tap_sent(&tap, &frame);
	assert_true(within(contains("state UP", "ip link show " NETDEV)));
	assert_true(shows("can state ERROR-ACTIVE", "ip -d link show " NETDEV));
	close(s);
}

static void test_answers_to_another_opening_are_ignored(void **state)
{
	uint32_t old;

	(void)state;
	run("ip link set " NETDEV " up type can bitrate 500000");
	tap_expect(&tap, CANTAP_OPEN);
	old = tap.session;
	run("ip link set " NETDEV " down; ip link set " NETDEV " up");
	tap_expect(&tap, CANTAP_STOP);
	tap_expect(&tap, CANTAP_OPEN);
	assert_int_not_equal(tap.session, old);
	tap_say(&tap, CANTAP_OPENED, old);
	assert_true(shows("can state STOPPED", "ip -d link show " NETDEV));
	tap_write(&tap, (struct cantap_record){.type = CANTAP_REFUSED, .id = old}, "old news", 8);
	usleep(50000);
	assert_true(shows(",UP,", "ip link show " NETDEV));
	tap_say(&tap, CANTAP_OPENED, tap.session);
	assert_true(shows("can state ERROR-ACTIVE", "ip -d link show " NETDEV));
}

static void test_what_was_overtaken_is_not_seen(void **state)
{
	(void)state;
	run("ip link set " NETDEV " up type can bitrate 500000; ip link set " NETDEV " down");
	tap_idle(&tap);
	run("ip link set " NETDEV " up");
	tap_expect(&tap, CANTAP_OPEN);
	run("ip link set " NETDEV " down; ip link set " NETDEV " up; ip link set " NETDEV " down");
	tap_expect(&tap, CANTAP_STOP);
	tap_idle(&tap);
}

static void test_refusal_sets_it_down(void **state)
{
	char reason[CANTAP_REASON_MAX] = "no such bit rate\n in this adapter";

	(void)state;
	run("dmesg -C; ip link set " NETDEV " up type can bitrate 500000");
	tap_expect(&tap, CANTAP_OPEN);
	assert_int_equal(
		tap_write(&tap, (struct cantap_record){.type = CANTAP_REFUSED, .id = tap.session},
			  reason, sizeof(reason)),
		0);
	assert_true(within(!contains(",UP,", "ip link show " NETDEV)));
	assert_true(shows(NETDEV ": refused by the adapter: no such bit rate? in this adapter",
			  "dmesg"));
	tap_idle(&tap);
	run("ip link set " NETDEV " up");
	tap_expect(&tap, CANTAP_OPEN);
}

static void test_rates_outside_the_limits(void **state)
{
	(void)state;
	assert_int_not_equal(run("ip link set " NETDEV " type can bitrate 100 2>/dev/null"), 0);
	assert_int_not_equal(run("ip link set " NETDEV " up 2>/dev/null"), 0);
	tap_idle(&tap);
}

static void test_states(void **state)
{
	uint8_t data[8];
	int s;

	(void)state;
	tap_up(&tap);
	s = can_open(NETDEV);
	tap_state(&tap, CAN_STATE_ERROR_WARNING, CAN_STATE_ERROR_ACTIVE, 100, 3);
	can_expect_error(s, CAN_ERR_CRTL | CAN_ERR_CNT, data);
	assert_int_equal(data[1], CAN_ERR_CRTL_TX_WARNING);
	assert_int_equal(data[6], 100);
	assert_int_equal(data[7], 3);
	assert_true(shows("can state ERROR-WARNING (berr-counter tx 100 rx 3)",
			  "ip -d link show " NETDEV));
	tap_state(&tap, CAN_STATE_ERROR_PASSIVE, CAN_STATE_ERROR_PASSIVE, 128, 130);
	can_expect_error(s, CAN_ERR_CRTL, data);
	assert_int_equal(data[1], CAN_ERR_CRTL_TX_PASSIVE | CAN_ERR_CRTL_RX_PASSIVE);
	/* No change, no frame. */
	tap_state(&tap, CAN_STATE_ERROR_PASSIVE, CAN_STATE_ERROR_ACTIVE, 129, 0);
	tap_state(&tap, CAN_STATE_ERROR_ACTIVE, CAN_STATE_ERROR_ACTIVE, 0, 0);
	can_expect_error(s, CAN_ERR_CRTL, data);
	assert_int_equal(data[1], CAN_ERR_CRTL_ACTIVE);
	assert_true(shows("can state ERROR-ACTIVE (berr-counter tx 0 rx 0)",
			  "ip -d link show " NETDEV));
	assert_true(shows(" 0          0          0          1          1          0 ",
			  "ip -d -s link show " NETDEV));
	close(s);
}

static void test_quiet_state(void **state)
{
	struct cantap_state warning = {.tx = CAN_STATE_ERROR_WARNING, .txerr = 97};
	struct canfd_frame frame;
	int s;

	(void)state;
	tap_up(&tap);
	s = can_open(NETDEV);
	assert_int_equal(
		tap_write(&tap, (struct cantap_record){.type = CANTAP_STATE, .flags = CANTAP_QUIET},
			  &warning, sizeof(warning)),
		0);
	assert_int_equal(can_get(s, &frame, 50), 0);
	assert_true(shows("can state ERROR-WARNING (berr-counter tx 97 rx 0)",
			  "ip -d link show " NETDEV));
	close(s);
}

static void go_bus_off(int s)
{
	struct can_frame frame = make_frame(0x100, 0);
	uint8_t data[8];

	can_put(s, &frame, sizeof(frame));
	tap_sent(&tap, &frame);
	tap_state(&tap, CAN_STATE_BUS_OFF, CAN_STATE_ERROR_ACTIVE, 256, 0);
	can_expect_error(s, CAN_ERR_BUSOFF, data);
}

/* Nothing is sent or received in bus-off. */
static void check_bus_off(int s)
{
	struct can_frame frame = make_frame(0x100, 0);
	struct canfd_frame got;
	unsigned long dropped;

	assert_true(shows("can state BUS-OFF", "ip -d link show " NETDEV));
	assert_true(within(contains("NO-CARRIER", "ip link show " NETDEV)));
	dropped = statistic(NETDEV, "rx_dropped");
	assert_int_equal(tap_rx(&tap, &frame), 0);
	assert_int_equal(statistic(NETDEV, "rx_dropped"), dropped + 1);
	can_put(s, &frame, sizeof(frame));
	tap_idle(&tap);
	assert_int_equal(can_get(s, &got, 50), 0);
}

/* A restart's answer: on the bus again, in both directions. */
static void come_back(int s)
{
	struct can_frame frame = make_frame(0x101, 9);
	const struct cantap_record *record;
	const struct can_frame *sent;
	struct canfd_frame got;

	tap_say(&tap, CANTAP_OPENED, tap.session);
	assert_true(shows("can state ERROR-ACTIVE", "ip -d link show " NETDEV));
	/* One that the stack had still in its queue comes first, as on any netdev. */
	assert_int_equal(can_put(s, &frame, sizeof(frame)), 0);
	do {
		record = tap_expect(&tap, CANTAP_TX);
		sent = (const void *)(record + 1);
	} while (sent->can_id == 0x100);
	assert_memory_equal(sent, &frame, sizeof(frame));
	assert_int_equal(tap_rx(&tap, &frame), 0);
	assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
}

static void test_restart_by_command(void **state)
{
	uint8_t data[8];
	int s;

	(void)state;
	tap_up(&tap);
	s = can_open(NETDEV);
	go_bus_off(s);
	check_bus_off(s);
	assert_int_equal(run("ip link set " NETDEV " type can restart"), 0);
	can_expect_error(s, CAN_ERR_RESTARTED, data);
	tap_expect(&tap, CANTAP_RESTART);
	assert_int_equal(tap.settings.bittiming.bitrate, 500000);
	/* One at a time. */
	assert_int_not_equal(run("ip link set " NETDEV " type can restart 2>/dev/null"), 0);
	come_back(s);
	/* The frame of before is counted; the one sent in bus-off never came to us. */
	assert_int_equal(statistic(NETDEV, "tx_aborted_errors"), 1);
	assert_true(shows("1          0          0          0          0          1 ",
			  "ip -d -s link show " NETDEV));
	close(s);
}

static void test_restart_by_itself(void **state)
{
	uint8_t data[8];
	int s;

	(void)state;
	run("ip link set " NETDEV " type can bitrate 500000 restart-ms 200");
	tap_up(&tap);
	s = can_open(NETDEV);
	go_bus_off(s);
	tap_expect(&tap, CANTAP_RESTART);
	can_expect_error(s, CAN_ERR_RESTARTED, data);
	come_back(s);
	close(s);
}

static void test_recovery_without_restart(void **state)
{
	struct can_frame frame = make_frame(0x102, 3);
	uint8_t data[8];
	int s;

	(void)state;
	run("ip link set " NETDEV " type can bitrate 500000 restart-ms 60000");
	tap_up(&tap);
	s = can_open(NETDEV);
	go_bus_off(s);
	check_bus_off(s);
	tap_state(&tap, CAN_STATE_ERROR_PASSIVE, CAN_STATE_ERROR_ACTIVE, 130, 0);
	can_expect_error(s, CAN_ERR_RESTARTED, data);
	assert_true(shows("can state ERROR-PASSIVE", "ip -d link show " NETDEV));
	/* The stack's own queue is opened a moment later. */
	assert_true(within(!can_put(s, &frame, sizeof(frame)) && tap_next(&tap, 10)));
	close(s);
}

static void test_away_and_back(void **state)
{
	struct can_frame frame = make_frame(0x103, 3);
	int s;

	(void)state;
	tap_up(&tap);
	s = can_open(NETDEV);
	can_put(s, &frame, sizeof(frame));
	tap_sent(&tap, &frame);
	tap_say(&tap, CANTAP_AWAY, 0);
	assert_true(within(contains("NO-CARRIER", "ip link show " NETDEV)));
	assert_int_equal(statistic(NETDEV, "tx_aborted_errors"), 1);
	run("ip link set " NETDEV " down; ip link set " NETDEV " up");
	assert_true(within(contains("NO-CARRIER", "ip link show " NETDEV)));
	tap_idle(&tap);
	tap_say(&tap, CANTAP_PRESENT, 0);
	tap_expect(&tap, CANTAP_OPEN);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	assert_true(within(contains("LOWER_UP", "ip link show " NETDEV)));
	close(s);
}

static void test_away_in_bus_off(void **state)
{
	int s;

	(void)state;
	run("ip link set " NETDEV " type can bitrate 500000 restart-ms 300");
	tap_up(&tap);
	s = can_open(NETDEV);
	go_bus_off(s);
	tap_say(&tap, CANTAP_AWAY, 0);
	usleep(400000);
	tap_say(&tap, CANTAP_PRESENT, 0);
	tap_expect(&tap, CANTAP_OPEN);
	tap_idle(&tap);
	close(s);
}

static void test_born_away(void **state)
{
	struct tap other;

	(void)state;
	tap_new(&other, "tap1", CANTAP_ABSENT);
	assert_int_equal(run("ip link set tap1 up type can bitrate 125000"), 0);
	assert_true(within(contains("NO-CARRIER", "ip link show tap1")));
	tap_idle(&other);
	tap_say(&other, CANTAP_PRESENT, 0);
	tap_expect(&other, CANTAP_OPEN);
	tap_close(&other);
}

static void test_termination_is_posted(void **state)
{
	const struct cantap_record *record;

	(void)state;
	assert_int_equal(run("ip link set " NETDEV " type can termination 120"), 0);
	record = tap_expect(&tap, CANTAP_TERMINATION);
	assert_int_equal(record->id, 120);
	tap_up(&tap);
	assert_int_equal(run("ip link set " NETDEV " type can termination 0"), 0);
	record = tap_expect(&tap, CANTAP_TERMINATION);
	assert_int_equal(record->id, 0);
	assert_int_not_equal(run("ip link set " NETDEV " type can termination 60 2>/dev/null"), 0);
	tap_idle(&tap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_settings_reach_the_process, setup, teardown),
		cmocka_unit_test_setup_teardown(test_classic_has_no_data_phase, setup, teardown),
		cmocka_unit_test_setup_teardown(test_open_waits_for_nobody, setup, teardown),
		cmocka_unit_test_setup_teardown(test_answers_to_another_opening_are_ignored, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_what_was_overtaken_is_not_seen, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_refusal_sets_it_down, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rates_outside_the_limits, setup, teardown),
		cmocka_unit_test_setup_teardown(test_states, setup, teardown),
		cmocka_unit_test_setup_teardown(test_quiet_state, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart_by_command, setup, teardown),
		cmocka_unit_test_setup_teardown(test_restart_by_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(test_recovery_without_restart, setup, teardown),
		cmocka_unit_test_setup_teardown(test_away_and_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_away_in_bus_off, setup, teardown),
		cmocka_unit_test_setup_teardown(test_born_away, setup, teardown),
		cmocka_unit_test_setup_teardown(test_termination_is_posted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
