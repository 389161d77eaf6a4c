// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The simulated bus as a sequence of events in bus time: frames begin and end, looped-back frames
 * return, nodes leave bus-off. Frames themselves are in attempt.c, error counters in confine.c.
 * Source: ISO 11898-1:2015.
 */
#include "bus.h"

#include <errno.h>
#include <stdlib.h>

#include <anycan/clock.h>
#include <anycan/wire.h>

/* What a node in bus-off waits for: so many times so many recessive bits. */
enum {
	RECOVERY_SEQUENCES = 128,
	RECOVERY_BITS = 11
};

static int64_t max_ns(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t sim_bit_ns(const struct sim_node *node, unsigned int bits)
{
	uint64_t rate = node->bitrate ? node->bitrate : 1;

	return (int64_t)(((uint64_t)bits * ANYCAN_NS_PER_S + rate - 1) / rate);
}

int sim_node_init(struct sim_node *node, const struct sim_node_ops *ops, void *owner,
		  unsigned int queue_size)
{
	node->queue = calloc(queue_size, sizeof(*node->queue));
	if (!node->queue)
		return -ENOMEM;
	node->queue_size = queue_size;
	node->ops = ops;
	node->owner = owner;
	return 0;
}

void sim_bus_add(struct sim_bus *bus, struct sim_node *node)
{
	struct sim_node **end = &bus->nodes;

	while (*end)
		end = &(*end)->next;
	*end = node;
	node->next = NULL;
	node->bus = bus;
}

void sim_node_exit(struct sim_node *node)
{
	if (node->bus) {
		struct sim_node **link = &node->bus->nodes;

		sim_node_stop(node);
		while (*link != node)
			link = &(*link)->next;
		*link = node->next;
		node->bus = NULL;
	}
	free(node->queue);
	node->queue = NULL;
}

void sim_node_start(struct sim_node *node)
{
	node->on = true;
	node->loop_ns = node->bus->now_ns;
	/* It joins at the next idle bus: no part in a frame that is already under way. */
	node->role = SIM_OUTSIDE;
	sim_confine_reset(node);
}

void sim_node_stop(struct sim_node *node)
{
	struct sim_attempt *attempt = &node->bus->attempt;

	node->on = false;
	node->recovering = false;
	node->role = SIM_OUTSIDE;
	if (attempt->on && attempt->sender == node)
		attempt->sender = NULL;
	if (attempt->culprit == node)
		attempt->culprit = NULL;
}

void sim_node_pop(struct sim_node *node, enum sim_sent how)
{
	struct sim_tx tx = *sim_node_head(node);

	node->queue_head = (node->queue_head + 1) % node->queue_size;
	node->queue_len--;
	if (how == SIM_SENT_LOST)
		node->stats.tx_lost++;
	else if (how == SIM_SENT_ABORTED)
		node->stats.tx_aborted++;
	if (node->ops->tx_done)
		node->ops->tx_done(node, &tx, how);
}

void sim_node_flush(struct sim_node *node)
{
	struct sim_attempt *attempt = &node->bus->attempt;
	unsigned int left = node->queue_len;

	if (attempt->on && attempt->sender == node)
		attempt->sender = NULL;
	if (node->role == SIM_TWIN || node->role == SIM_COLLIDER)
		node->role = SIM_OUTSIDE;
	/* Only what is queued now: the owner may queue more when told. */
	while (left--)
		sim_node_pop(node, SIM_SENT_ABORTED);
}

int sim_node_send(struct sim_node *node, const struct anycan_frame *frame, uint32_t tag,
		  int64_t ready_ns)
{
	struct sim_tx *tx;

	if (!sim_node_room(node))
		return -ENOBUFS;
	tx = &node->queue[(node->queue_head + node->queue_len) % node->queue_size];
	tx->frame = *frame;
	tx->frame.dir = ANYCAN_TX;
	tx->tag = tag;
	tx->ready_ns = max_ns(ready_ns, node->bus->now_ns);
	node->queue_len++;
	return 0;
}

void sim_node_recover(struct sim_node *node)
{
	if (node->state != SIM_BUS_OFF || node->recovering)
		return;
	node->recovering = true;
	node->recover_left = RECOVERY_SEQUENCES;
}

void sim_node_inject(struct sim_node *node, enum sim_error error, unsigned int count)
{
	node->inject = error;
	node->inject_left = count;
}

int64_t sim_node_ready_ns(const struct sim_node *node)
{
	if (!node->on || !node->queue_len || node->state == SIM_BUS_OFF ||
	    (node->mode != SIM_NORMAL && node->mode != SIM_LOOP_EXTERNAL))
		return SIM_NEVER;
	return max_ns(sim_node_head(node)->ready_ns, node->suspend_ns);
}

static int64_t bus_start_ns(const struct sim_bus *bus)
{
	int64_t start = SIM_NEVER;

	for (const struct sim_node *node = bus->nodes; node; node = node->next) {
		int64_t ready = sim_node_ready_ns(node);

		if (ready < start)
			start = ready;
	}
	return start == SIM_NEVER ? SIM_NEVER : max_ns(start, bus->free_ns);
}

/* When the idle bus lets the next node out of bus-off. */
static int64_t bus_recovery_ns(const struct sim_bus *bus, const struct sim_node *node)
{
	if (!node->recovering)
		return SIM_NEVER;
	return bus->free_ns + sim_bit_ns(node, node->recover_left * RECOVERY_BITS);
}

/* When a node in internal loopback has heard its next frame. */
static int64_t bus_loop_ns(const struct sim_node *node)
{
	const struct sim_tx *tx = sim_node_head(node);
	int64_t start;

	if (!node->on || !node->queue_len || node->mode != SIM_LOOP_INTERNAL)
		return SIM_NEVER;
	start = max_ns(tx->ready_ns, node->loop_ns);
	return start +
	       (int64_t)anycan_wire_time_ns(anycan_frame_bits(&tx->frame, ANYCAN_STUFF_EXACT),
					    node->bitrate, node->dbitrate);
}

static int64_t bus_node_event_ns(const struct sim_bus *bus, const struct sim_node *node)
{
	int64_t loop = bus_loop_ns(node);
	int64_t recovery = bus->attempt.on ? SIM_NEVER : bus_recovery_ns(bus, node);

	return loop < recovery ? loop : recovery;
}

static bool bus_has_room(const struct sim_bus *bus)
{
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		if (node->on && node->ops->has_room && !node->ops->has_room(node))
			return false;
	}
	return true;
}

int64_t sim_bus_next(const struct sim_bus *bus)
{
	int64_t next = bus->attempt.on ? bus->attempt.end_ns : bus_start_ns(bus);

	for (const struct sim_node *node = bus->nodes; node; node = node->next) {
		int64_t event = bus_node_event_ns(bus, node);

		if (event < next)
			next = event;
	}
	return next;
}

static void bus_loop_back(struct sim_node *node)
{
	struct anycan_frame frame = sim_node_head(node)->frame;

	node->loop_ns = node->bus->now_ns;
	frame.ts_ns = node->bus->now_ns;
	frame.dir = ANYCAN_RX;
	node->stats.rx++;
	node->stats.tx++;
	if (node->ops->rx)
		node->ops->rx(node, &frame);
	sim_node_pop(node, SIM_SENT);
}

/* The idle time before a frame, and the end of the frame itself, count towards recovery. */
static void bus_count_recessive(struct sim_bus *bus, int64_t idle_ns)
{
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		int64_t sequences;

		if (!node->recovering)
			continue;
		sequences = idle_ns / sim_bit_ns(node, RECOVERY_BITS) + 1;
		if (sequences >= (int64_t)node->recover_left)
			sim_confine_reset(node);
		else
			node->recover_left -= (unsigned int)sequences;
	}
}

/* Handles what is due for single nodes at @now_ns; returns whether anything was. */
static bool bus_node_event(struct sim_bus *bus, int64_t now_ns)
{
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		if (bus_node_event_ns(bus, node) > now_ns)
			continue;
		bus->now_ns = max_ns(bus->now_ns, now_ns);
		if (bus_loop_ns(node) <= now_ns)
			bus_loop_back(node);
		else
			sim_confine_reset(node);
		return true;
	}
	return false;
}

/* Begins the next frame; false if a node has no room for it and the bus must wait. */
static bool bus_begin(struct sim_bus *bus, int64_t start_ns)
{
	if (!bus_has_room(bus)) {
		bus->holds += !bus->held;
		bus->held = true;
		return false;
	}
	bus->held = false;
	bus->now_ns = max_ns(bus->now_ns, start_ns);
	bus_count_recessive(bus, start_ns - bus->free_ns);
	sim_attempt_start(bus, start_ns);
	return true;
}

unsigned int sim_bus_run(struct sim_bus *bus, int64_t until_ns, unsigned int budget)
{
	unsigned int events = 0;

	while (events < budget) {
		int64_t next = sim_bus_next(bus);

		if (next > until_ns || next == SIM_NEVER) {
			bus->held = false;
			if (until_ns != SIM_NEVER)
				bus->now_ns = max_ns(bus->now_ns, until_ns);
			break;
		}
		if (!bus_node_event(bus, next)) {
			if (bus->attempt.on)
				sim_attempt_finish(bus);
			else if (!bus_begin(bus, next))
				break;
		}
		events++;
	}
	return events;
}
