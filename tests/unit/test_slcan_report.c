// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the slcan driver makes of an adapter's reports: states, errors, bus-off and restart, time
 * stamps, filters. Error frames are compared as candump -L prints them.
 */
#include "slcan_test.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static void forget(struct rig *rig)
{
	rig_take(rig, &(const uint8_t *){NULL});
	rig->n_frames = 0;
	rig->states = 0;
}

static void test_state_lines(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", NULL);

	(void)state;
	slcan_feed(rig, "sa057033\r");
	assert_int_equal(rig->states, 1);
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_ACTIVE);
	assert_int_equal(rig->n_frames, 0);
	slcan_feed(rig, "sw100100\r");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_WARNING);
	slcan_got(rig, 0, "20000204#000C000000006464");
	slcan_feed(rig, "sp128096\rsp130096\r");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_PASSIVE);
	slcan_got(rig, 1, "20000204#0010000000006080");
	slcan_feed(rig, "sa000000\r");
	slcan_got(rig, 2, "20000204#0040000000000000");
	assert_int_equal(rig->n_frames, 3);
	assert_int_equal(rig->states, 5);
	rig_free(rig);
}

/* Off the bus means off: nothing is sent or received until somebody restarts it. */
static void test_bus_off_stays(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", NULL);

	(void)state;
	forget(rig);
	slcan_feed(rig, "t1230\rsb256256\rt1240\r");
	assert_int_equal(rig->n_frames, 2);
	slcan_got(rig, 0, "123#");
	slcan_got(rig, 1, "20000040#0000000000000000");
	assert_int_equal(rig->state_told, CAN_STATE_BUS_OFF);
	slcan_sent(rig, "C\r");
	assert_int_equal(slcan_send(rig, "125#"), -EAGAIN);
	slcan_ms(rig, 100000);
	slcan_sent(rig, "");
	assert_int_equal(slcan_send(rig, "125#"), -EAGAIN);
	rig_stop(rig);
	rig_start(rig);
	assert_int_equal(rig->opened, 2);
	assert_int_equal(slcan_send(rig, "125#"), BRIDGED_TAKEN_DONE);
	rig_free(rig);
}

static void test_bus_off_restarts(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 restart-ms 100", NULL);

	(void)state;
	forget(rig);
	slcan_feed(rig, "sb256256\r");
	slcan_ms(rig, 99);
	slcan_sent(rig, "C\r");
	slcan_ms(rig, 1);
	slcan_sent(rig, "C\rS6\rO\r");
	assert_int_equal(rig->n_frames, 2);
	slcan_got(rig, 1, "20000100#0000000000000000");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_ACTIVE);
	assert_int_equal(rig->opened, 1);
	assert_int_equal(slcan_send(rig, "125#"), BRIDGED_TAKEN_DONE);
	/* And again. */
	slcan_feed(rig, "sb256256\r");
	slcan_ms(rig, 100);
	assert_int_equal(rig->n_frames, 4);
	rig_free(rig);
}

/* With a sink full of frames, the restart is told when there is room again. */
static void test_restart_without_room(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 restart-ms 100", NULL);

	(void)state;
	slcan_feed(rig, "sb256256\r");
	forget(rig);
	rig->max_frames = 0;
	rig->now.ns += 100 * ANYCAN_NS_PER_MS;
	rig_tick(rig);
	assert_int_equal(rig->n_frames, 0);
	assert_int_equal(rig->deadline.ns, rig->now.ns);
	rig->max_frames = 4;
	rig_tick(rig);
	assert_int_equal(rig->n_frames, 1);
	assert_true(rig->deadline.ns > rig->now.ns);
	rig_free(rig);
}

/* CANable 2.5 would come back by itself; whether it does is up to restart-ms. */
static void test_bus_off_canable25(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 restart-ms 50", slcan_peer_canable25);

	(void)state;
	forget(rig);
	slcan_send(rig, "123#11");
	slcan_feed(rig, "#\r");
	forget(rig);
	slcan_feed(rig, "E3500F880\r");
	assert_int_equal(rig->echo[0], 3);
	slcan_got(rig, 0, "200000C8#0000080000000000");
	slcan_sent(rig, "C\r");
	slcan_ms(rig, 50);
	slcan_sent(rig, "C\rV\r");
	slcan_feed(rig, SLCAN_PEER_CANABLE25_VERSION);
	slcan_sent(rig, "MFEMS\r");
	slcan_feed(rig, "#\r");
	slcan_feed(rig, "#\r");
	/* A refusal now is no end: it did open before. */
	slcan_feed(rig, "#5\r");
	assert_int_equal(rig->refused, 0);
	assert_int_equal(rig->notes, 1);
	assert_string_equal(rig->reason, "CANable 2.5 on Multiboard refused the command MA: its "
					 "CAN controller reported an error");
	rig_take(rig, &(const uint8_t *){NULL});
	slcan_ms(rig, 50);
	slcan_sent(rig, "C\rV\r");
	rig_free(rig);
}

static void test_canable25_reports(void **state)
{
	static const struct {
		const char *line, *frame;
		enum can_state state;
	} cases[] = {
		{"E13006000\r", "200002AC#0008001900006000", CAN_STATE_ERROR_WARNING},
		{"E23008080\r", "200002AC#0030001900008080", CAN_STATE_ERROR_PASSIVE},
		{"E2000807F\r", NULL, CAN_STATE_ERROR_PASSIVE},
		{"E2100807F\r", "20000288#000004000000807F", CAN_STATE_ERROR_PASSIVE},
		{"E2200807F\r", "20000288#000002000000807F", CAN_STATE_ERROR_PASSIVE},
		{"E2400807F\r", "20000288#000010000000807F", CAN_STATE_ERROR_PASSIVE},
		{"E2500807F\r", "20000288#000008000000807F", CAN_STATE_ERROR_PASSIVE},
		{"E2600807F\r", "20000288#000001080000807F", CAN_STATE_ERROR_PASSIVE},
		{"E2700807F\r", NULL, CAN_STATE_ERROR_PASSIVE},
		{"E20010000\r", "20000204#0001000000000000", CAN_STATE_ERROR_PASSIVE},
		{"E20080000\r", "20000204#0001000000000000", CAN_STATE_ERROR_PASSIVE},
		{"E20040000\r", "20000204#0002000000000000", CAN_STATE_ERROR_PASSIVE},
		{"E20100000\r", "20000201#0000000000000000", CAN_STATE_ERROR_PASSIVE},
		{"E2310800C\r", "200002A9#000000190000800C", CAN_STATE_ERROR_PASSIVE},
		{"E00000000\r", "20000204#0040000000000000", CAN_STATE_ERROR_ACTIVE},
	};
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_canable25);
	size_t i, n = 0;

	(void)state;
	for (i = 0; i < TEST_COUNT(cases); i++) {
		slcan_feed(rig, cases[i].line);
		if (cases[i].frame)
			slcan_got(rig, n++, cases[i].frame);
		assert_int_equal(rig->n_frames, n);
		assert_int_equal(rig->state_told, cases[i].state);
	}
	assert_int_equal(rig->overruns, 2);
	assert_int_equal(rig->bad_units, 0);
	slcan_feed(rig, "E4000000\rE40000000\rE0000000G\rE000000000\rL\rL1000\r#77\r");
	assert_int_equal(rig->bad_units, 7);
	slcan_feed(rig, "L0\rL99\r>measured 131 ns\r");
	assert_int_equal(rig->bad_units, 7);
	assert_string_equal(rig->reason, "measured 131 ns");
	rig_free(rig);
}

/* When it has thrown its frames away, they are not waited for. */
static void test_canable25_tx_timeout(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_canable25);

	(void)state;
	slcan_send(rig, "123#11");
	slcan_send(rig, "123#22");
	slcan_feed(rig, "#\r#\r");
	slcan_feed(rig, "E2310800C\r");
	assert_int_equal(rig->echo[0], 3);
	assert_int_equal(rig->echo[1], 3);
	assert_int_equal(slcan_send(rig, "123#33"), BRIDGED_TAKEN);
	slcan_feed(rig, "#\rM03\r");
	assert_int_equal(rig->echo[2], 2);
	rig_free(rig);
}

/* Status flags are read once a second, and are the error frames that they stand for. */
static void test_status_poll(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_lawicel);

	(void)state;
	forget(rig);
	slcan_ms(rig, 989);
	slcan_sent(rig, "");
	slcan_ms(rig, 10);
	slcan_sent(rig, "F\r");
	slcan_feed(rig, "F00\r");
	assert_int_equal(rig->n_frames, 0);
	assert_int_equal(rig->states, 0);
	slcan_ms(rig, 1000);
	slcan_sent(rig, "F\r");
	slcan_feed(rig, "F84\r");
	slcan_got(rig, 0, "2000008C#000C000000000000");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_WARNING);
	slcan_feed(rig, "F24\r");
	slcan_got(rig, 1, "20000004#0030000000000000");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_PASSIVE);
	/* Errors go on: the state does too. */
	slcan_feed(rig, "F80\r");
	slcan_got(rig, 2, "20000088#0000000000000000");
	assert_int_equal(rig->states, 2);
	slcan_feed(rig, "F00\r");
	slcan_got(rig, 3, "20000004#0040000000000000");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_ACTIVE);
	slcan_feed(rig, "F09\rF42\r");
	slcan_got(rig, 4, "20000004#0001000000000000");
	assert_int_equal(rig->n_frames, 5);
	assert_int_equal(rig->overruns, 1);
	rig_free(rig);
}

/* The poll's refusal is not taken for that of a frame. */
static void test_status_poll_refused(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 tx-window 4", slcan_peer_lawicel);

	(void)state;
	slcan_send(rig, "123#11");
	slcan_ms(rig, 985);
	slcan_feed(rig, "z\r");
	slcan_send(rig, "123#22");
	slcan_ms(rig, 10);
	slcan_send(rig, "123#33");
	slcan_sent(rig, "t123111\rt123122\rF\rt123133\r");
	slcan_feed(rig, "z\r\az\r");
	assert_int_equal(rig->echo[1], 2);
	assert_int_equal(rig->echo[2], 2);
	slcan_ms(rig, 5000);
	slcan_sent(rig, "");
	rig_free(rig);
}

static void test_status_poll_ignored(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 poll-status 100", slcan_peer_lawicel);

	(void)state;
	forget(rig);
	slcan_ms(rig, 10000);
	slcan_sent(rig, "F\rF\rF\r");
	rig_free(rig);
}

static void test_status_poll_off(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 poll-status 0", slcan_peer_lawicel);

	(void)state;
	forget(rig);
	slcan_ms(rig, 10000);
	slcan_sent(rig, "");
	rig_free(rig);
}

/*
 * The flags do not tell bus-off. A queue that stays full after errors, with no new ones, does:
 * what users have pulled the plug for is mended by closing and opening.
 */
static void test_lawicel_bus_off(void **state)
{
	struct rig *rig =
		slcan_open("bitrate 500000 restart-ms 10 poll-status 500", slcan_peer_lawicel);
	unsigned int i;

	(void)state;
	slcan_send(rig, "123#11");
	slcan_feed(rig, "\aFA4\r");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_PASSIVE);
	for (i = 0; i < 2100 && rig->state_told != CAN_STATE_BUS_OFF; i++) {
		slcan_ms(rig, 1);
		slcan_feed(rig, i % 500 ? "\a" : "\aF00\r");
	}
	assert_in_range(i, 1990, 2010);
	assert_int_equal(rig->echo[0], 3);
	slcan_got(rig, rig->n_frames - 1, "20000040#0000000000000000");
	forget(rig);
	slcan_ms(rig, 10);
	slcan_sent(rig, "C\rV\r");
	slcan_feed(rig, "\rV1013\r");
	for (i = 0; i < 5; i++)
		slcan_feed(rig, "\r");
	assert_int_equal(rig->n_frames, 1);
	slcan_got(rig, 0, "20000100#0000000000000000");
	rig_free(rig);
}

/* Milliseconds that wrap every minute become nanoseconds of the epoch. */
static void test_time_stamps(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 timestamp on", slcan_peer_lawicel);
	int64_t first = rig->wall_ns, delta;
	char line[32];
	unsigned int i;

	(void)state;
	for (i = 0; i < 400; i++) {
		/* Every frame comes 3 ms late, every third one 17. */
		int64_t event_ms = 59000 + 777 * (int64_t)i;

		snprintf(line, sizeof(line), "t1230%04X\r", (unsigned int)(event_ms % 60000));
		rig->wall_ns = first + (777 * (int64_t)i + (i % 3 ? 3 : 17)) * ANYCAN_NS_PER_MS;
		slcan_feed(rig, line);
	}
	assert_int_equal(rig->n_frames, 400);
	for (i = 10; i < 400; i++) {
		delta = rig->frames[i].ts_ns - (first + 777 * (int64_t)i * ANYCAN_NS_PER_MS);
		/* What is left is the delay that every frame has, and not the changing part. */
		assert_in_range(delta, 2 * ANYCAN_NS_PER_MS, 4 * ANYCAN_NS_PER_MS);
		assert_true(rig->frames[i].ts_ns > rig->frames[i - 1].ts_ns);
	}
	rig_free(rig);
}

static void test_time_stamps_off(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 timestamp off", slcan_peer_lawicel);

	(void)state;
	slcan_feed(rig, "t12300000\r");
	rig->wall_ns += 5;
	slcan_feed(rig, "t12301234\r");
	assert_int_equal(rig->frames[1].ts_ns, rig->wall_ns);
	assert_int_equal(rig->bad_units, 0);
	rig_free(rig);
}

/* What the adapter's filters let through besides is dropped here. */
static void test_filter(void **state)
{
	struct rig *rig =
		slcan_open("bitrate 500000 filter 120:7F0,18FF0000:1FFF0000", slcan_peer_lawicel);

	(void)state;
	assert_non_null(strstr(rig->said, "S6\rW0\rMC7F82400\rm000701FF\rX1\rO\r"));
	slcan_feed(rig, "t1230\rt12F0\rt1300\rT18FF12340\rT18FE12340\rT000001230\rr1250\r");
	assert_int_equal(rig->n_frames, 4);
	slcan_got(rig, 2, "18FF1234#");
	slcan_got(rig, 3, "125#R");
	assert_int_equal(rig->bad_units, 0);
	/* Error frames are not filtered. */
	slcan_feed(rig, "e1a\r");
	assert_int_equal(rig->n_frames, 5);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state_lines),
		cmocka_unit_test(test_bus_off_stays),
		cmocka_unit_test(test_bus_off_restarts),
		cmocka_unit_test(test_restart_without_room),
		cmocka_unit_test(test_bus_off_canable25),
		cmocka_unit_test(test_canable25_reports),
		cmocka_unit_test(test_canable25_tx_timeout),
		cmocka_unit_test(test_status_poll),
		cmocka_unit_test(test_status_poll_refused),
		cmocka_unit_test(test_status_poll_ignored),
		cmocka_unit_test(test_status_poll_off),
		cmocka_unit_test(test_lawicel_bus_off),
		cmocka_unit_test(test_time_stamps),
		cmocka_unit_test(test_time_stamps_off),
		cmocka_unit_test(test_filter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
