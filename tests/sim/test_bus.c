// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The simulated bus in virtual time: lengths, arbitration, acknowledgement, error counters,
 * bus-off, and that no frame is lost or doubled. Expected values are worked out by hand from
 * ISO 11898-1, or from the frame lengths that tests/unit/test_wire.c proves.
 */
#include "../unit/check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <anycan/text.h>
#include <anycan/wire.h>

#include "bus.h"

enum {
	NODES = 4,
	LOG = 4096,
	BITRATE = 500000,
	DBITRATE = 2000000,
	BIT_NS = 2000
};

/* What the nodes reported. */
struct log {
	struct anycan_frame rx[LOG];
	unsigned int rx_by[LOG]; /* which node */
	unsigned int rx_len;
	unsigned int sent, lost, aborted;
	enum sim_state states[LOG];
	unsigned int state_len;
	enum sim_error last_error[NODES];
};

struct rig {
	struct sim_bus bus;
	struct sim_node node[NODES];
	struct log log;
	bool full; /* of node 1 */
};

static struct rig *rig_of(struct sim_node *node)
{
	return node->owner;
}

static void rig_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct log *log = &rig_of(node)->log;

	assert_true(log->rx_len < LOG);
	log->rx_by[log->rx_len] = (unsigned int)(node - rig_of(node)->node);
	log->rx[log->rx_len++] = *frame;
}

static void rig_tx_done(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how)
{
	struct log *log = &rig_of(node)->log;

	(void)tx;
	log->sent += how == SIM_SENT;
	log->lost += how == SIM_SENT_LOST;
	log->aborted += how == SIM_SENT_ABORTED;
}

static void rig_error(struct sim_node *node, enum sim_error error, bool sending)
{
	(void)sending;
	rig_of(node)->log.last_error[node - rig_of(node)->node] = error;
}

static void rig_state(struct sim_node *node)
{
	struct log *log = &rig_of(node)->log;

	assert_true(log->state_len < LOG);
	log->states[log->state_len++] = node->state;
}

static bool rig_has_room(struct sim_node *node)
{
	return node != &rig_of(node)->node[1] || !rig_of(node)->full;
}

static const struct sim_node_ops rig_ops = {
	.rx = rig_rx,
	.tx_done = rig_tx_done,
	.error = rig_error,
	.state = rig_state,
	.has_room = rig_has_room,
};

static int rig_setup(void **state)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	if (!rig)
		return -1;
	for (unsigned int i = 0; i < NODES; i++) {
		struct sim_node *node = &rig->node[i];

		node->bitrate = BITRATE;
		node->dbitrate = DBITRATE;
		node->fd = SIM_FD_YES;
		if (sim_node_init(node, &rig_ops, rig, 64))
			return -1;
		sim_bus_add(&rig->bus, node);
	}
	*state = rig;
	return 0;
}

static int rig_teardown(void **state)
{
	struct rig *rig = *state;

	for (unsigned int i = 0; i < NODES; i++)
		sim_node_exit(&rig->node[i]);
	free(rig);
	return 0;
}

/* The first @count nodes go on the bus. */
static void rig_start(struct rig *rig, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		sim_node_start(&rig->node[i]);
}

static struct anycan_frame frame_of(const char *text)
{
	struct anycan_frame frame;

	assert_int_equal(anycan_frame_parse(text, strlen(text), &frame), 0);
	return frame;
}

static void rig_send(struct rig *rig, unsigned int node, const char *text)
{
	struct anycan_frame frame = frame_of(text);

	assert_int_equal(sim_node_send(&rig->node[node], &frame, 0, 0), 0);
}

static void rig_run(struct rig *rig)
{
	assert_true(sim_bus_run(&rig->bus, SIM_NEVER, 100000) < 100000);
}

static int64_t frame_ns(const char *text)
{
	struct anycan_frame frame = frame_of(text);

	return (int64_t)anycan_wire_time_ns(anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT), BITRATE,
					    DBITRATE);
}

static void assert_text(const struct anycan_frame *frame, const char *text)
{
	char printed[ANYCAN_TEXT_SIZE];

	assert_true(anycan_frame_print(frame, printed, sizeof(printed)) > 0);
	assert_string_equal(printed, text);
}

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

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		RIG_TEST(test_time),
		RIG_TEST(test_ready_time),
		RIG_TEST(test_arbitration),
		RIG_TEST(test_one_shot_arbitration),
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
