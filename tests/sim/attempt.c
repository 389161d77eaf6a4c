// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * One frame on the simulated bus: who takes part, who wins, whether it gets through, how long it
 * takes. Source: ISO 11898-1:2015; the frame's length comes from <anycan/wire.h>.
 */
#include <string.h>

#include <anycan/wire.h>

#include "bus.h"

/* Rates closer than this hear each other; the standard's oscillator tolerance allows 1.58 %. */
enum {
	RATE_TOLERANCE_PERMILLE = 10
};

/* Bits of a frame before an error in its arbitration or control field becomes visible, and after
 * the point where a missing acknowledgement and a bad CRC do. */
enum {
	EARLY_ERROR_BITS = 20,
	BITS_AFTER_ACK_SLOT = 11,
	BITS_AFTER_ACK_DELIMITER = 10
};

static bool attempt_rates_match(uint32_t a, uint32_t b)
{
	uint64_t diff = a > b ? a - b : b - a;

	return diff * 1000 <= (uint64_t)a * RATE_TOLERANCE_PERMILLE;
}

/*
 * The bits of the arbitration field in the order they are sent, dominant as 0: base identifier,
 * RTR or SRR, IDE, the rest of an extended identifier, its RTR.
 */
static uint32_t attempt_key(const struct anycan_frame *frame)
{
	uint32_t rtr = frame->can_id & CAN_RTR_FLAG ? 1 : 0;
	uint32_t id = frame->can_id & CAN_EFF_MASK;

	if (!(frame->can_id & CAN_EFF_FLAG))
		return (frame->can_id & CAN_SFF_MASK) << 21 | rtr << 20;
	return id >> 18 << 21 | 1u << 20 | 1u << 19 | (id & 0x3ffff) << 1 | rtr;
}

/* The bits behind the arbitration field, far enough to tell two frames apart. */
static uint32_t attempt_control(const struct anycan_frame *frame)
{
	uint32_t dlc = anycan_frame_dlc(frame);

	if (!anycan_frame_is_fd(frame))
		return dlc;
	return 1u << 6 | (frame->flags & CANFD_BRS ? 1u << 5 : 0) |
	       (frame->flags & CANFD_ESI ? 1u << 4 : 0) | dlc;
}

/* Negative: @a has the first dominant bit where the two differ, so it stays on the bus. */
static int attempt_compare(const struct anycan_frame *a, const struct anycan_frame *b)
{
	uint32_t ka = attempt_key(a), kb = attempt_key(b);

	if (ka != kb)
		return ka < kb ? -1 : 1;
	ka = attempt_control(a);
	kb = attempt_control(b);
	if (ka != kb)
		return ka < kb ? -1 : 1;
	return memcmp(a->data, b->data, anycan_frame_data_len(a));
}

static bool attempt_contends(const struct sim_node *node, int64_t start_ns)
{
	return sim_node_ready_ns(node) <= start_ns;
}

static struct sim_node *attempt_winner(struct sim_bus *bus, int64_t start_ns)
{
	struct sim_node *best = NULL;

	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		if (!attempt_contends(node, start_ns))
			continue;
		if (!best ||
		    attempt_compare(&sim_node_head(node)->frame, &sim_node_head(best)->frame) < 0)
			best = node;
	}
	return best;
}

static enum sim_role attempt_listener_role(const struct sim_node *node,
					   const struct sim_node *sender)
{
	const struct anycan_frame *frame = &sim_node_head(sender)->frame;

	if (!attempt_rates_match(sender->bitrate, node->bitrate))
		return SIM_DEAF;
	if (!anycan_frame_is_fd(frame) || node->fd == SIM_FD_YES)
		return (frame->flags & CANFD_BRS) &&
				       !attempt_rates_match(sender->dbitrate, node->dbitrate)
			       ? SIM_DEAF
			       : SIM_RECEIVER;
	return node->fd == SIM_FD_TOLERANT ? SIM_OUTSIDE : SIM_DEAF;
}

static enum sim_role attempt_role(const struct sim_bus *bus, struct sim_node *node,
				  struct sim_node *sender, int64_t start_ns)
{
	const struct anycan_frame *won = &sim_node_head(sender)->frame;

	if (node == sender)
		return SIM_SENDER;
	if (!node->on || node->state == SIM_BUS_OFF || bus->no_ack ||
	    node->mode == SIM_LOOP_INTERNAL || node->mode == SIM_LOOP_EXTERNAL)
		return SIM_OUTSIDE;
	if (attempt_contends(node, start_ns) &&
	    attempt_rates_match(sender->bitrate, node->bitrate)) {
		const struct anycan_frame *mine = &sim_node_head(node)->frame;

		if (attempt_key(mine) == attempt_key(won))
			return attempt_compare(mine, won) ? SIM_COLLIDER : SIM_TWIN;
		node->stats.arbitration_lost++;
		node->arbitration_lost = true;
		if (node->one_shot)
			sim_node_pop(node, SIM_SENT_LOST);
	}
	return attempt_listener_role(node, sender);
}

/* Whether the node's error flag is dominant, so that the others see it. */
static bool attempt_can_destroy(const struct sim_node *node)
{
	return node->mode == SIM_NORMAL && node->state < SIM_ERROR_PASSIVE;
}

static bool attempt_use_injection(struct sim_node *node)
{
	if (!node->inject_left || (node->inject == SIM_ERROR_ACK && node->role != SIM_SENDER))
		return false;
	node->inject_left--;
	return true;
}

static void attempt_blame(struct sim_attempt *attempt, struct sim_node *culprit,
			  enum sim_error culprit_error)
{
	if (attempt->error)
		return;
	attempt->culprit = culprit;
	attempt->culprit_error = culprit_error;
	/* The sender sees the other's dominant error flag while it sends a recessive bit. */
	attempt->error = SIM_ERROR_BIT1;
}

static void attempt_judge_node(struct sim_attempt *attempt, struct sim_node *node)
{
	switch (node->role) {
	case SIM_COLLIDER:
		if (attempt_can_destroy(node))
			attempt_blame(attempt, node, SIM_ERROR_BIT1);
		break;
	case SIM_DEAF:
		if (attempt_can_destroy(node))
			attempt_blame(attempt, node, SIM_ERROR_STUFF);
		break;
	case SIM_RECEIVER:
		if (!attempt_use_injection(node))
			break;
		if (attempt_can_destroy(node))
			attempt_blame(attempt, node, node->inject);
		else
			node->role = SIM_DEAF;
		break;
	default:
		break;
	}
}

static void attempt_judge(struct sim_bus *bus)
{
	struct sim_attempt *attempt = &bus->attempt;
	struct sim_node *sender = attempt->sender;
	bool acknowledged = sender->mode == SIM_LOOP_EXTERNAL;

	if (attempt_use_injection(sender)) {
		attempt->error = sender->inject;
		return;
	}
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		attempt_judge_node(attempt, node);
		if (node->role == SIM_RECEIVER && node->mode == SIM_NORMAL)
			acknowledged = true;
	}
	if (!attempt->error && !acknowledged)
		attempt->error = SIM_ERROR_ACK;
}

static int64_t attempt_length_ns(const struct sim_attempt *attempt)
{
	const struct anycan_frame *frame = &sim_node_head(attempt->sender)->frame;
	static const struct anycan_frame error_frame = {.can_id = CAN_ERR_FLAG};
	struct anycan_wire_bits bits = anycan_frame_bits(frame, ANYCAN_STUFF_EXACT);

	if (attempt->error) {
		if (attempt->error == SIM_ERROR_ACK)
			bits.nominal -= BITS_AFTER_ACK_SLOT;
		else if (attempt->error == SIM_ERROR_CRC || attempt->culprit_error == SIM_ERROR_CRC)
			bits.nominal -= BITS_AFTER_ACK_DELIMITER;
		else
			bits = (struct anycan_wire_bits){.nominal = EARLY_ERROR_BITS};
		bits.nominal += anycan_frame_bits(&error_frame, ANYCAN_STUFF_EXACT).nominal;
	}
	return (int64_t)anycan_wire_time_ns(bits, attempt->sender->bitrate,
					    attempt->sender->dbitrate);
}

void sim_attempt_start(struct sim_bus *bus, int64_t start_ns)
{
	struct sim_attempt *attempt = &bus->attempt;

	*attempt = (struct sim_attempt){.on = true, .start_ns = start_ns};
	attempt->sender = attempt_winner(bus, start_ns);
	if (attempt->sender->state == SIM_ERROR_PASSIVE &&
	    anycan_frame_is_fd(&sim_node_head(attempt->sender)->frame))
		sim_node_head(attempt->sender)->frame.flags |= CANFD_ESI;
	for (struct sim_node *node = bus->nodes; node; node = node->next)
		node->role = attempt_role(bus, node, attempt->sender, start_ns);
	attempt_judge(bus);
	attempt->end_ns = start_ns + attempt_length_ns(attempt);
}

static void attempt_deliver(struct sim_node *node, const struct anycan_frame *frame)
{
	sim_confine_rx_ok(node);
	node->stats.rx++;
	if (node->ops->rx)
		node->ops->rx(node, frame);
}

static void attempt_sent(struct sim_node *node, int64_t end_ns)
{
	sim_confine_tx_ok(node);
	node->stats.tx++;
	if (node->state == SIM_ERROR_PASSIVE)
		node->suspend_ns = end_ns + sim_bit_ns(node, 8);
	sim_node_pop(node, SIM_SENT);
}

static void attempt_succeed(struct sim_bus *bus)
{
	struct sim_attempt *attempt = &bus->attempt;
	struct anycan_frame frame = sim_node_head(attempt->sender)->frame;

	frame.ts_ns = attempt->end_ns;
	frame.dir = ANYCAN_RX;
	bus->frames++;
	bus->stale = false;
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		if (node->role == SIM_RECEIVER ||
		    (node->role == SIM_SENDER && node->mode == SIM_LOOP_EXTERNAL))
			attempt_deliver(node, &frame);
		else if (node->role == SIM_DEAF)
			sim_confine_rx_error(node, SIM_ERROR_STUFF, false);
		else if (node->role == SIM_COLLIDER)
			sim_confine_tx_error(node, SIM_ERROR_BIT1);
	}
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		if (node->role == SIM_SENDER || node->role == SIM_TWIN)
			attempt_sent(node, attempt->end_ns);
	}
}

static void attempt_failed_sender(struct sim_node *node, enum sim_error error, int64_t end_ns)
{
	sim_confine_tx_error(node, error);
	if (node->state == SIM_ERROR_PASSIVE)
		node->suspend_ns = end_ns + sim_bit_ns(node, 8);
	if (node->one_shot && node->queue_len)
		sim_node_pop(node, SIM_SENT_LOST);
}

/*
 * A passive sender's error flag is recessive and looks like the rest of the frame: whoever only
 * listens takes an unacknowledged frame for a good one, once for every repetition.
 */
static bool attempt_overheard(const struct sim_attempt *attempt)
{
	return attempt->error == SIM_ERROR_ACK && attempt->sender->state >= SIM_ERROR_PASSIVE;
}

static void attempt_fail(struct sim_bus *bus)
{
	struct sim_attempt *attempt = &bus->attempt;
	struct anycan_frame frame = sim_node_head(attempt->sender)->frame;
	bool overheard = attempt_overheard(attempt);

	frame.ts_ns = attempt->end_ns;
	bus->error_frames++;
	bus->stale = overheard;
	for (struct sim_node *node = bus->nodes; node; node = node->next) {
		bool first = node == attempt->culprit;
		enum sim_error error = first ? attempt->culprit_error : SIM_ERROR_STUFF;

		if (node->role == SIM_SENDER || node->role == SIM_TWIN)
			attempt_failed_sender(node, attempt->error, attempt->end_ns);
		else if (node->role == SIM_COLLIDER)
			attempt_failed_sender(node, SIM_ERROR_BIT1, attempt->end_ns);
		else if (node->role == SIM_RECEIVER && overheard)
			attempt_deliver(node, &frame);
		else if (node->role == SIM_RECEIVER || node->role == SIM_DEAF)
			sim_confine_rx_error(node, error, first);
	}
}

void sim_attempt_finish(struct sim_bus *bus)
{
	struct sim_attempt *attempt = &bus->attempt;

	bus->now_ns = attempt->end_ns;
	bus->free_ns = attempt->end_ns;
	bus->busy_ns += attempt->end_ns - attempt->start_ns;
	attempt->on = false;
	if (!attempt->sender) /* switched off in the middle of its frame */
		bus->error_frames++;
	else if (attempt->error)
		attempt_fail(bus);
	else
		attempt_succeed(bus);
}
