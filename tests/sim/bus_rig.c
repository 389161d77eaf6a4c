// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A bus with four nodes that write down all they hear, for the tests of the simulated bus.
 */
#include "bus_rig.h"

#include <stdlib.h>
#include <string.h>

#include <anycan/text.h>
#include <anycan/wire.h>

static struct rig *rig_of(struct sim_node *node)
{
	return node->owner;
}

static void rig_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct rig_log *log = &rig_of(node)->log;

	assert_true(log->rx_len < LOG);
	log->rx_by[log->rx_len] = (unsigned int)(node - rig_of(node)->node);
	log->rx[log->rx_len++] = *frame;
}

static void rig_tx_done(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how)
{
	struct rig_log *log = &rig_of(node)->log;

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
	struct rig_log *log = &rig_of(node)->log;

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

int rig_setup(void **state)
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

int rig_teardown(void **state)
{
	struct rig *rig = *state;

	for (unsigned int i = 0; i < NODES; i++)
		sim_node_exit(&rig->node[i]);
	free(rig);
	return 0;
}

void rig_start(struct rig *rig, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		sim_node_start(&rig->node[i]);
}

struct anycan_frame frame_of(const char *text)
{
	struct anycan_frame frame;

	assert_int_equal(anycan_frame_parse(text, strlen(text), &frame), 0);
	return frame;
}

void rig_send(struct rig *rig, unsigned int node, const char *text)
{
	struct anycan_frame frame = frame_of(text);

	assert_int_equal(sim_node_send(&rig->node[node], &frame, 0, 0), 0);
}

void rig_run(struct rig *rig)
{
	assert_true(sim_bus_run(&rig->bus, SIM_NEVER, 100000) < 100000);
}

int64_t frame_ns(const char *text)
{
	struct anycan_frame frame = frame_of(text);

	return (int64_t)anycan_wire_time_ns(anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT), BITRATE,
					    DBITRATE);
}

void assert_text(const struct anycan_frame *frame, const char *text)
{
	char printed[ANYCAN_TEXT_SIZE];

	assert_true(anycan_frame_print(frame, printed, sizeof(printed)) > 0);
	assert_string_equal(printed, text);
}
