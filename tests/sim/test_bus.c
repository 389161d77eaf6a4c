// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The simulated bus in virtual time: lengths, arbitration, holding, loopback, and that no frame is
 * lost or doubled. Frame lengths are those that tests/unit/test_wire.c proves.
 */
#include "bus_rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void test_time(void **state)
{
	static const char *const frames[] = {"123#DEADBEEF", "12345678#", "7FF#R3",
					     "123##0112233445566778899AABBCC",
					     "12345678##1112233445566778899AABBCCDDEEFF01"};
	struct rig *rig = *state;
	int64_t end_ns = 0;

	rig_start(rig, 2);
	for (size_t i = 0; i < TEST_COUNT(frames); i++)
		rig_send(rig, 0, frames[i]);
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, TEST_COUNT(frames));
	for (size_t i = 0; i < TEST_COUNT(frames); i++) {
		end_ns += frame_ns(frames[i]);
		assert_int_equal(rig->log.rx[i].ts_ns, end_ns);
		assert_text(&rig->log.rx[i], frames[i]);
	}
	/* Back to back: the bus is never idle. */
	assert_int_equal(rig->bus.busy_ns, end_ns);
	assert_int_equal(rig->bus.now_ns, end_ns);
	/* 11-bit, no data, alternating bits: 47 bits and no stuffing but in the CRC. */
	assert_in_range(frame_ns("555#"), 47 * BIT_NS, 50 * BIT_NS);
}

static void test_ready_time(void **state)
{
	struct anycan_frame frame = frame_of("100#");
	struct rig *rig = *state;

	rig_start(rig, 2);
	assert_int_equal(sim_node_send(&rig->node[0], &frame, 0, 1000000), 0);
	assert_int_equal(sim_bus_next(&rig->bus), 1000000);
	assert_int_equal(sim_bus_run(&rig->bus, 999999, 100), 0);
	assert_int_equal(rig->bus.now_ns, 999999);
	sim_bus_run(&rig->bus, 2000000, 100);
	assert_int_equal(rig->log.rx[0].ts_ns, 1000000 + frame_ns("100#"));
	assert_int_equal(rig->bus.now_ns, 2000000);
}

/* Dominant wins: in this order, whoever sends them. */
static void test_arbitration(void **state)
{
	static const char *const order[] = {
		"000#",	     "0FF#00", "100#",	 "100#R", "04000000#", "04000001#11", "04000001#R",
		"0403FFFF#", "101#",   "7FE#FF", "7FF#",  "1FFC0000#", "1FFFFFFF#",   "1FFFFFFF#R",
	};
	struct rig *rig = *state;

	rig_start(rig, NODES);
	/* The bus is taken, so that all of them are ready when it becomes idle. */
	rig_send(rig, 3, "555#");
	sim_bus_run(&rig->bus, 10 * BIT_NS, 10);
	for (size_t i = 0; i < 3; i++) {
		for (size_t j = 0; j < TEST_COUNT(order); j++) {
			if (j % 3 == i)
				rig_send(rig, (unsigned int)i, order[j]);
		}
	}
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 3 * (TEST_COUNT(order) + 1));
	for (size_t j = 0; j < TEST_COUNT(order); j++)
		assert_text(&rig->log.rx[3 * (j + 1)], order[j]);
	assert_int_equal(rig->log.sent, TEST_COUNT(order) + 1);
	assert_int_equal(rig->bus.error_frames, 0);
	assert_true(rig->node[0].arbitration_lost);
	assert_false(rig->node[3].arbitration_lost);
}

static void test_one_shot_arbitration(void **state)
{
	struct rig *rig = *state;

	rig_start(rig, 3);
	rig->node[0].one_shot = true;
	rig_send(rig, 0, "200#");
	rig_send(rig, 0, "201#");
	rig_send(rig, 1, "100#");
	rig_run(rig);
	/* 200 lost to 100 and is gone; it hears the winner all the same. 201 met an idle bus. */
	assert_int_equal(rig->log.lost, 1);
	assert_int_equal(rig->node[0].stats.rx, 1);
	assert_int_equal(rig->node[2].stats.rx, 2);
	assert_text(&rig->log.rx[rig->log.rx_len - 1], "201#");
}

static void test_same_frame(void **state)
{
	struct rig *rig = *state;

	/* The same bits at the same time are one frame for everybody else. */
	rig_start(rig, 3);
	rig_send(rig, 0, "123#1122");
	rig_send(rig, 1, "123#1122");
	rig_run(rig);
	assert_int_equal(rig->log.sent, 2);
	assert_int_equal(rig->log.rx_len, 1);
	assert_int_equal(rig->log.rx_by[0], 2);
	assert_int_equal(rig->bus.frames, 1);
}

static void test_same_identifier(void **state)
{
	struct rig *rig = *state;

	/* They destroy each other's frames until both are error passive; then the one that sends
	 * dominant where they differ gets through, and after it the other. */
	rig_start(rig, 3);
	rig_send(rig, 0, "123#1122");
	rig_send(rig, 1, "123#1121");
	rig_run(rig);
	assert_int_equal(rig->log.sent, 2);
	assert_int_equal(rig->bus.error_frames, 16);
	assert_int_equal(rig->node[2].stats.rx, 2);
	assert_text(&rig->log.rx[0], "123#1121");
	assert_int_equal(rig->node[0].stats.errors[SIM_ERROR_BIT1], 17);
}

static void test_hold(void **state)
{
	struct rig *rig = *state;
	int64_t held_ns;

	rig_start(rig, 2);
	rig_send(rig, 0, "123#11");
	rig_send(rig, 0, "124#11");
	sim_bus_run(&rig->bus, SIM_NEVER, 2);
	rig->full = true;
	held_ns = rig->bus.now_ns;
	assert_int_equal(sim_bus_run(&rig->bus, held_ns + 1000000, 100), 0);
	assert_true(rig->bus.held);
	assert_int_equal(rig->bus.now_ns, held_ns);
	rig->full = false;
	rig_run(rig);
	assert_false(rig->bus.held);
	assert_int_equal(rig->log.rx_len, 2);
	assert_int_equal(rig->log.rx[1].ts_ns, held_ns + frame_ns("124#11"));
	assert_int_equal(rig->bus.holds, 1);
}

static void test_loopback(void **state)
{
	struct rig *rig = *state;

	rig->node[0].mode = SIM_LOOP_INTERNAL;
	rig->node[1].mode = SIM_LOOP_EXTERNAL;
	rig_start(rig, 3);
	rig_send(rig, 0, "100#");
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 1);
	assert_int_equal(rig->log.rx_by[0], 0);
	assert_int_equal(rig->log.rx[0].ts_ns, frame_ns("100#"));
	assert_int_equal(rig->bus.frames, 0);
	/* Outwards it needs no acknowledgement, and others hear it. */
	rig_send(rig, 1, "101#");
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 3);
	sim_node_stop(&rig->node[2]);
	rig_send(rig, 1, "101#");
	rig_run(rig);
	assert_int_equal(rig->log.rx_len, 4);
	assert_int_equal(rig->bus.error_frames, 0);
}

static void test_stop_in_a_frame(void **state)
{
	struct rig *rig = *state;

	rig_start(rig, 3);
	rig_send(rig, 0, "123#11");
	sim_bus_run(&rig->bus, 10 * BIT_NS, 100);
	sim_node_stop(&rig->node[0]);
	rig_send(rig, 1, "124#11");
	rig_run(rig);
	assert_int_equal(rig->log.sent, 1);
	assert_int_equal(rig->node[0].queue_len, 1);
	assert_text(&rig->log.rx[0], "124#11");
	/* Who joins in the middle of a frame does not hear it. */
	rig_send(rig, 1, "125#11");
	sim_bus_run(&rig->bus, rig->bus.now_ns + 10 * BIT_NS, 100);
	sim_node_start(&rig->node[3]);
	rig_run(rig);
	assert_int_equal(rig->node[3].stats.rx, 0);
	sim_node_flush(&rig->node[0]);
	assert_int_equal(rig->log.aborted, 1);
}

static void test_full_queue(void **state)
{
	struct anycan_frame frame = frame_of("123#");
	struct rig *rig = *state;

	for (int i = 0; i < 64; i++)
		assert_int_equal(sim_node_send(&rig->node[0], &frame, 0, 0), 0);
	assert_int_equal(sim_node_send(&rig->node[0], &frame, 0, 0), -ENOBUFS);
	assert_int_equal(sim_node_room(&rig->node[0]), 0);
}

/* Random traffic with random errors: everybody hears everything once, in each sender's order. */
static void test_nothing_is_lost(void **state)
{
	struct rig *rig = *state;
	unsigned int sent[NODES] = {0}, heard[NODES][NODES] = {{0}};

	srandom(11898);
	rig_start(rig, NODES);
	for (unsigned int i = 0; i < NODES; i++)
		rig->node[i].auto_recover = true;
	for (unsigned int i = 0; i < 1000; i++) {
		unsigned int node = (unsigned int)random() % NODES;
		struct anycan_frame frame = {.len = 4};

		frame.can_id = ((canid_t)random() % 0x80 << 2 | node) & CAN_SFF_MASK;
		frame.data[0] = (uint8_t)node;
		memcpy(frame.data + 1, &sent[node], 2);
		if (!sim_node_send(&rig->node[node], &frame, 0, 0))
			sent[node]++;
		if (random() % 10 == 0)
			sim_node_inject(&rig->node[random() % NODES],
					(enum sim_error)(1 + random() % 6), 1);
		sim_bus_run(&rig->bus, SIM_NEVER, (unsigned int)random() % 4);
	}
	for (unsigned int i = 0; i < NODES; i++)
		sim_node_inject(&rig->node[i], SIM_NO_ERROR, 0);
	rig_run(rig);
	assert_true(rig->bus.error_frames > 50);
	for (unsigned int i = 0; i < rig->log.rx_len; i++) {
		unsigned int from = rig->log.rx[i].data[0];
		unsigned int *next = &heard[rig->log.rx_by[i]][from];

		assert_memory_equal(rig->log.rx[i].data + 1, next, 2);
		(*next)++;
	}
	for (unsigned int i = 0; i < NODES; i++) {
		for (unsigned int j = 0; j < NODES; j++)
			assert_int_equal(heard[i][j], i == j ? 0 : sent[j]);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG_TEST(test_time),
		RIG_TEST(test_ready_time),
		RIG_TEST(test_arbitration),
		RIG_TEST(test_one_shot_arbitration),
		RIG_TEST(test_same_frame),
		RIG_TEST(test_same_identifier),
		RIG_TEST(test_hold),
		RIG_TEST(test_loopback),
		RIG_TEST(test_stop_in_a_frame),
		RIG_TEST(test_full_queue),
		RIG_TEST(test_nothing_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
