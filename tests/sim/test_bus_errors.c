// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The simulated bus in virtual time when things go wrong: acknowledgement, error counters, bus-off,
 * nodes that do not match. Expected values are worked out by hand from ISO 11898-1.
 */
#include "bus_rig.h"

static void test_no_acknowledgement(void **state)
{
	struct rig *rig = *state;
	unsigned int attempts = 0;

	rig_start(rig, 1);
	rig_send(rig, 0, "123#11");
	while (attempts < 1000 && sim_bus_run(&rig->bus, SIM_NEVER, 2) == 2) {
		attempts++;
		if (attempts <= 16)
			assert_int_equal(rig->node[0].tec, 8 * attempts);
	}
	/* Error passive at 128 and no further: an acknowledgement is not missed for ever. */
	assert_int_equal(attempts, 1000);
	assert_int_equal(rig->node[0].tec, 128);
	assert_int_equal(rig->node[0].state, SIM_ERROR_PASSIVE);
	assert_int_equal(rig->log.state_len, 2);
	assert_int_equal(rig->log.states[0], SIM_ERROR_WARNING);
	assert_int_equal(rig->log.last_error[0], SIM_ERROR_ACK);
	assert_true(rig->bus.stale);
	sim_node_start(&rig->node[1]);
	rig_run(rig);
	assert_int_equal(rig->node[1].stats.rx, 1);
	assert_int_equal(rig->node[0].tec, 127);
	assert_int_equal(rig->node[0].state, SIM_ERROR_WARNING);
	assert_false(rig->bus.stale);
	for (int i = 0; i < 127; i++) {
		rig_send(rig, 0, "123#11");
		rig_run(rig);
	}
	assert_int_equal(rig->node[0].tec, 0);
	assert_int_equal(rig->node[0].state, SIM_ERROR_ACTIVE);
}

static void test_no_ack_switch(void **state)
{
	struct rig *rig = *state;

	rig_start(rig, 3);
	rig->bus.no_ack = true;
	rig_send(rig, 0, "123#11");
	sim_bus_run(&rig->bus, SIM_NEVER, 200);
	assert_int_equal(rig->log.rx_len, 0);
	assert_int_equal(rig->node[1].rec, 0);
	rig->bus.no_ack = false;
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 2);
}

static void test_listen_only(void **state)
{
	struct rig *rig = *state;

	rig->node[1].mode = SIM_LISTEN_ONLY;
	rig_start(rig, 2);
	rig_send(rig, 0, "123#11");
	sim_bus_run(&rig->bus, SIM_NEVER, 2 * 16);
	/* It does not acknowledge, and sees the sender's active error flags. */
	assert_int_equal(rig->node[0].state, SIM_ERROR_PASSIVE);
	assert_int_equal(rig->node[1].stats.rx, 0);
	assert_int_equal(rig->node[1].stats.errors[SIM_ERROR_STUFF], 16);
	/* A passive error flag it takes for the end of the frame, each time. */
	sim_bus_run(&rig->bus, SIM_NEVER, 2 * 3);
	assert_int_equal(rig->node[1].stats.rx, 3);
	/* What it is asked to send stays. */
	rig_send(rig, 1, "001#");
	sim_bus_run(&rig->bus, SIM_NEVER, 2);
	assert_int_equal(rig->node[1].queue_len, 1);
}

static void test_one_shot_error(void **state)
{
	struct rig *rig = *state;

	rig->node[0].one_shot = true;
	rig_start(rig, 1);
	rig_send(rig, 0, "123#11");
	rig_run(rig);
	assert_int_equal(rig->log.lost, 1);
	assert_int_equal(rig->node[0].tec, 8);
	assert_int_equal(rig->bus.error_frames, 1);
}

static void test_suspend(void **state)
{
	struct rig *rig = *state;
	int64_t first_ns;

	rig_start(rig, 2);
	rig->node[0].tec = 200;
	rig->node[0].state = SIM_ERROR_PASSIVE;
	rig_send(rig, 0, "123#11");
	rig_send(rig, 0, "123#11");
	rig_run(rig);
	first_ns = frame_ns("123#11");
	assert_int_equal(rig->log.rx[0].ts_ns, first_ns);
	assert_int_equal(rig->log.rx[1].ts_ns, first_ns + 8 * BIT_NS + first_ns);
}

static void test_bus_off(void **state)
{
	struct rig *rig = *state;
	int64_t off_ns;

	rig_start(rig, 2);
	rig->node[0].auto_recover = true;
	sim_node_inject(&rig->node[0], SIM_ERROR_BIT0, 1000);
	rig_send(rig, 0, "123#11");
	sim_bus_run(&rig->bus, SIM_NEVER, 2 * 31);
	assert_int_equal(rig->node[0].tec, 248);
	assert_int_equal(rig->node[0].state, SIM_ERROR_PASSIVE);
	sim_bus_run(&rig->bus, SIM_NEVER, 2);
	assert_int_equal(rig->node[0].state, SIM_BUS_OFF);
	assert_int_equal(rig->node[0].stats.bus_offs, 1);
	sim_node_inject(&rig->node[0], SIM_NO_ERROR, 0);
	off_ns = rig->bus.now_ns;
	/* 128 times 11 recessive bits, then the frame goes out as if nothing had been. */
	assert_int_equal(sim_bus_next(&rig->bus), off_ns + 128 * 11 * BIT_NS);
	rig_run(rig);
	assert_int_equal(rig->node[0].state, SIM_ERROR_ACTIVE);
	assert_int_equal(rig->node[0].tec, 0);
	assert_int_equal(rig->node[1].stats.rx, 1);
	assert_int_equal(rig->bus.now_ns, off_ns + 128 * 11 * BIT_NS + frame_ns("123#11"));
}

static void test_bus_off_manual(void **state)
{
	struct rig *rig = *state;

	rig_start(rig, 3);
	rig_send(rig, 0, "123#11");
	sim_node_force_off(&rig->node[0]);
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 0);
	assert_int_equal(sim_bus_next(&rig->bus), SIM_NEVER);
	sim_node_recover(&rig->node[0]);
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 2);
}

/* On a bus without a pause each frame holds one sequence of recessive bits: its end. */
static void test_bus_off_busy(void **state)
{
	struct rig *rig = *state;

	rig_start(rig, 3);
	rig->node[0].auto_recover = true;
	sim_node_force_off(&rig->node[0]);
	for (int i = 0; i < 200; i++) {
		rig_send(rig, 1, "200#55");
		if (i == 0)
			rig_send(rig, 1, "200#55");
		sim_bus_run(&rig->bus, SIM_NEVER, 2);
		if (i < 126)
			assert_int_equal(rig->node[0].state, SIM_BUS_OFF);
	}
	assert_int_equal(rig->node[0].state, SIM_ERROR_ACTIVE);
	assert_in_range(rig->node[0].stats.rx, 70, 74);
}

static void test_receiver_error(void **state)
{
	struct rig *rig = *state;

	rig_start(rig, 3);
	sim_node_inject(&rig->node[1], SIM_ERROR_CRC, 1);
	rig_send(rig, 0, "123#11");
	sim_bus_run(&rig->bus, SIM_NEVER, 2);
	assert_int_equal(rig->log.rx_len, 0);
	assert_int_equal(rig->node[0].tec, 8);
	assert_int_equal(rig->node[1].rec, 9); /* signalled first */
	assert_int_equal(rig->node[2].rec, 1);
	assert_int_equal(rig->log.last_error[1], SIM_ERROR_CRC);
	/* Repeated, and heard once. */
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 2);
	assert_int_equal(rig->node[0].tec, 7);
	assert_int_equal(rig->node[1].rec, 8);
	assert_int_equal(rig->node[2].rec, 0);
	/* An acknowledgement error cannot be met by a receiver: it waits for the node's own. */
	sim_node_inject(&rig->node[1], SIM_ERROR_ACK, 1);
	rig_send(rig, 0, "123#11");
	rig_run(rig);
	assert_int_equal(rig->bus.error_frames, 1);
	rig_send(rig, 1, "124#11");
	rig_run(rig);
	assert_int_equal(rig->bus.error_frames, 2);
	assert_int_equal(rig->node[1].stats.errors[SIM_ERROR_ACK], 1);
}

static void test_wrong_bitrate(void **state)
{
	struct rig *rig = *state;

	rig->node[2].bitrate = 250000;
	rig_start(rig, 3);
	for (int i = 0; i < 3; i++)
		rig_send(rig, 0, "123#11");
	rig_run(rig);
	/* The stranger destroys frames until it is error passive; then they get through. */
	assert_int_equal(rig->node[2].state, SIM_ERROR_PASSIVE);
	assert_int_equal(rig->node[1].stats.rx, 3);
	assert_int_equal(rig->node[2].stats.rx, 0);
	assert_int_equal(rig->bus.error_frames, 15); /* 15 * 9 > 127 */
	assert_int_equal(rig->node[0].tec, 15 * 8 - 3);
	/* Alone with a stranger nothing gets through. */
	sim_node_stop(&rig->node[1]);
	rig_send(rig, 0, "123#11");
	sim_bus_run(&rig->bus, SIM_NEVER, 200);
	assert_int_equal(rig->log.sent, 3);
}

static void test_wrong_data_rate(void **state)
{
	struct rig *rig = *state;

	rig->node[1].dbitrate = 5000000;
	rig_start(rig, 2);
	rig_send(rig, 0, "123##0112233445566778899AABBCC");
	rig_send(rig, 0, "123#11");
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 2); /* the rates agree where it matters */
	rig_send(rig, 0, "123##1112233445566778899AABBCC");
	sim_bus_run(&rig->bus, SIM_NEVER, 200);
	assert_int_equal(rig->log.rx_len, 2);
	assert_true(rig->bus.error_frames > 10);
}

static void test_classic_node(void **state)
{
	struct rig *rig = *state;

	rig->node[1].fd = SIM_FD_TOLERANT;
	rig_start(rig, 3);
	rig_send(rig, 0, "123##01122");
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 1);
	assert_int_equal(rig->log.rx_by[0], 2);
	assert_int_equal(rig->bus.error_frames, 0);
	rig->node[1].fd = SIM_FD_ERROR;
	rig_send(rig, 0, "123##01122");
	sim_bus_run(&rig->bus, SIM_NEVER, 2);
	assert_int_equal(rig->bus.error_frames, 1);
	assert_int_equal(rig->node[1].rec, 9);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG_TEST(test_no_acknowledgement),
		RIG_TEST(test_no_ack_switch),
		RIG_TEST(test_listen_only),
		RIG_TEST(test_one_shot_error),
		RIG_TEST(test_suspend),
		RIG_TEST(test_bus_off),
		RIG_TEST(test_bus_off_manual),
		RIG_TEST(test_bus_off_busy),
		RIG_TEST(test_receiver_error),
		RIG_TEST(test_wrong_bitrate),
		RIG_TEST(test_wrong_data_rate),
		RIG_TEST(test_classic_node),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
