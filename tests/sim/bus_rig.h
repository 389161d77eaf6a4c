/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the tests of the simulated bus share: a bus with four nodes that write down all they hear.
 */
#ifndef SIM_BUS_RIG_H
#define SIM_BUS_RIG_H

#include "../unit/check.h"

#include "bus.h"

enum {
	NODES = 4,
	LOG = 4096,
	BITRATE = 500000,
	DBITRATE = 2000000,
	BIT_NS = 2000
};

/* What the nodes reported. */
struct rig_log {
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
	struct rig_log log;
	bool full; /* of node 1 */
};

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

/** rig_setup() and rig_teardown() - cmocka's fixture: a struct rig, all nodes off */
int rig_setup(void **state);
int rig_teardown(void **state);

/** rig_start() - the first @count nodes go on the bus */
void rig_start(struct rig *rig, unsigned int count);

/** rig_send() - queue a frame in cansend's form; rig_run() - let the bus work until it is idle */
void rig_send(struct rig *rig, unsigned int node, const char *text);
void rig_run(struct rig *rig);

/** frame_of() - a frame from cansend's form; frame_ns() - how long it takes at the usual rates */
struct anycan_frame frame_of(const char *text);
int64_t frame_ns(const char *text);

/** assert_text() - fails the test unless @frame is @text in cansend's form */
void assert_text(const struct anycan_frame *frame, const char *text);

#endif
