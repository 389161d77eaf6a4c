// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Fault confinement: how the transmit and receive error counters of a node move, and the state
 * that follows from them. Source: ISO 11898-1:2015, 12.1.4.
 */
#include "bus.h"

enum {
	WARNING_LIMIT = 96,
	PASSIVE_LIMIT = 127, /* more than */
	OFF_LIMIT = 255,     /* more than */
	TX_ERROR_STEP = 8,
	FIRST_STEP = 8,	   /* more for the receiver that signalled first */
	REC_AFTER_OK = 119 /* the standard allows 119..127 */
};

static enum sim_state confine_state(const struct sim_node *node)
{
	if (node->state == SIM_BUS_OFF || node->tec > OFF_LIMIT)
		return SIM_BUS_OFF;
	if (node->tec > PASSIVE_LIMIT || node->rec > PASSIVE_LIMIT)
		return SIM_ERROR_PASSIVE;
	if (node->tec >= WARNING_LIMIT || node->rec >= WARNING_LIMIT)
		return SIM_ERROR_WARNING;
	return SIM_ERROR_ACTIVE;
}

static void confine_update(struct sim_node *node)
{
	enum sim_state state = confine_state(node);

	if (state == node->state)
		return;
	node->state = state;
	if (state == SIM_BUS_OFF) {
		node->stats.bus_offs++;
		if (node->auto_recover)
			sim_node_recover(node);
	}
	if (node->ops->state)
		node->ops->state(node);
}

static void confine_report(struct sim_node *node, enum sim_error error, bool sending)
{
	node->stats.errors[error]++;
	node->saw_error = true;
	if (node->ops->error)
		node->ops->error(node, error, sending);
}

void sim_confine_tx_ok(struct sim_node *node)
{
	if (node->tec)
		node->tec--;
	confine_update(node);
}

void sim_confine_rx_ok(struct sim_node *node)
{
	if (node->rec > PASSIVE_LIMIT)
		node->rec = REC_AFTER_OK;
	else if (node->rec)
		node->rec--;
	confine_update(node);
}

void sim_confine_tx_error(struct sim_node *node, enum sim_error error)
{
	/* An error passive sender that only misses the acknowledgement does not count it: a node
	 * alone on the bus never goes off. */
	if (error != SIM_ERROR_ACK || node->state < SIM_ERROR_PASSIVE)
		node->tec += TX_ERROR_STEP;
	confine_report(node, error, true);
	confine_update(node);
}

void sim_confine_rx_error(struct sim_node *node, enum sim_error error, bool first)
{
	/* Beyond the passive limit the counter has nothing left to say, and real ones stop. */
	if (node->rec <= PASSIVE_LIMIT)
		node->rec += first ? 1 + FIRST_STEP : 1;
	confine_report(node, error, false);
	confine_update(node);
}

void sim_confine_reset(struct sim_node *node)
{
	enum sim_state before = node->state;

	node->tec = 0;
	node->rec = 0;
	node->recovering = false;
	/* What waited in its queue begins now, not when it was queued. */
	node->suspend_ns = node->bus->now_ns;
	node->state = SIM_ERROR_ACTIVE;
	if (before != SIM_ERROR_ACTIVE && node->ops->state)
		node->ops->state(node);
}

void sim_node_force_off(struct sim_node *node)
{
	if (!node->on || node->state == SIM_BUS_OFF)
		return;
	node->tec = OFF_LIMIT + 1;
	confine_update(node);
}

const char *sim_error_name(enum sim_error error)
{
	static const char *const names[SIM_ERROR_KINDS] = {"none", "stuff", "form", "ack",
							   "bit1", "bit0",  "crc"};

	return names[error];
}

const char *sim_state_name(enum sim_state state)
{
	static const char *const names[] = {"error-active", "error-warning", "error-passive",
					    "bus-off"};

	return names[state];
}
