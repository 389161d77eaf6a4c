// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Nodes without a host: `gen` sends, `echo` answers every frame, `ack` only acknowledges.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include <anycan/clock.h>
#include <anycan/hex.h>
#include <anycan/text.h>

#include "adapters.h"

enum {
	GEN_QUEUE = 2,
	ECHO_QUEUE = 256
};

struct traffic {
	struct sim_adapter adapter;
	struct sim_node node;
	struct sim_node *nodes[1];
	uint64_t count; /* 0 = without end */
	uint64_t queued;
	uint64_t gap_us;    /* between the end of a frame and the next */
	uint64_t period_us; /* between the beginnings of two frames; 0 = by the gap */
	uint64_t wait;	    /* begin when so many adapters with hosts are open */
	bool waiting;
	bool paused;
	bool sequence; /* the payload counts the frames */
	bool step;     /* the identifier goes up with every frame */
	int64_t due_ns;
	struct anycan_frame frame;
};

static const struct sim_node_ops ack_node_ops;

static struct traffic *traffic_of(struct sim_adapter *adapter)
{
	return (struct traffic *)adapter;
}

static void traffic_destroy(struct sim_adapter *adapter)
{
	struct traffic *t = traffic_of(adapter);

	sim_node_exit(&t->node);
	free(t);
}

static int traffic_new(struct sim *sim, const struct sim_adapter_ops *ops,
		       const struct sim_node_ops *node_ops, unsigned int queue,
		       struct traffic **out)
{
	struct traffic *t = calloc(1, sizeof(*t));
	int err;

	if (!t)
		return -ENOMEM;
	err = sim_node_init(&t->node, node_ops, t, queue);
	if (err)
		goto err_free;
	t->nodes[0] = &t->node;
	t->adapter = (struct sim_adapter){.ops = ops,
					  .sim = sim,
					  .plugged = true,
					  .builtin = true,
					  .nodes = t->nodes,
					  .node_count = 1};
	t->node.bitrate = sim->bitrate;
	t->node.dbitrate = sim->dbitrate;
	t->node.fd = SIM_FD_YES;
	t->node.auto_recover = true;
	sim_bus_add(&sim->bus, &t->node);
	sim_node_start(&t->node);
	*out = t;
	return 0;

err_free:
	free(t);
	return err;
}

/* Keys that every built-in node has. */
static int traffic_common(struct traffic *t, struct sim_args *args, struct sim_why *why)
{
	uint64_t bitrate = t->node.bitrate, dbitrate = t->node.dbitrate;
	bool classic = false;
	int err = sim_args_number(args, "bitrate", 10000000, &bitrate, why);

	if (!err)
		err = sim_args_number(args, "dbitrate", 10000000, &dbitrate, why);
	if (!err)
		err = sim_args_flag(args, "classic", &classic, why);
	if (!err && (!bitrate || !dbitrate))
		err = sim_why(why, -EINVAL, "%s: the bit rate cannot be 0", args->type);
	t->node.bitrate = (uint32_t)bitrate;
	t->node.dbitrate = (uint32_t)dbitrate;
	if (classic)
		t->node.fd = SIM_FD_ERROR;
	return err;
}

static int ack_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		      struct sim_why *why)
{
	bool listen_only = false;
	struct traffic *t;
	int err = traffic_new(sim, &sim_ack_ops, &ack_node_ops, 64, &t);

	if (err)
		return sim_why(why, err, "out of memory");
	err = traffic_common(t, args, why);
	if (!err)
		err = sim_args_flag(args, "listen-only", &listen_only, why);
	t->node.mode = listen_only ? SIM_LISTEN_ONLY : SIM_NORMAL;
	*adapter = &t->adapter;
	if (err)
		traffic_destroy(*adapter);
	return err;
}

static void echo_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct anycan_frame answer = *frame;
	canid_t mask = frame->can_id & CAN_EFF_FLAG ? CAN_EFF_MASK : CAN_SFF_MASK;

	answer.can_id = (frame->can_id & ~mask) | ((frame->can_id + 1) & mask);
	sim_node_send(node, &answer, 0, 0);
}

static bool echo_has_room(struct sim_node *node)
{
	return sim_node_room(node) > 0;
}

static const struct sim_node_ops echo_node_ops = {
	.rx = echo_rx,
	.has_room = echo_has_room,
};

static int echo_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		       struct sim_why *why)
{
	struct traffic *t;
	int err = traffic_new(sim, &sim_echo_ops, &echo_node_ops, ECHO_QUEUE, &t);

	if (err)
		return sim_why(why, err, "out of memory");
	*adapter = &t->adapter;
	err = traffic_common(t, args, why);
	if (err)
		traffic_destroy(*adapter);
	return err;
}

static void gen_payload(struct traffic *t)
{
	size_t len = anycan_frame_data_len(&t->frame);

	for (size_t i = 0; i < len && i < sizeof(t->queued); i++)
		t->frame.data[i] = (uint8_t)(t->queued >> (8 * i));
}

static void gen_next_id(struct traffic *t)
{
	canid_t mask = t->frame.can_id & CAN_EFF_FLAG ? CAN_EFF_MASK : CAN_SFF_MASK;

	t->frame.can_id = (t->frame.can_id & ~mask) | ((t->frame.can_id + 1) & mask);
}

/* Keeps the queue full, so that without a gap frames follow each other back to back. */
static void gen_fill(struct traffic *t)
{
	bool one_by_one = t->gap_us;

	if (t->waiting || t->paused)
		return;
	while ((!t->count || t->queued < t->count) && sim_node_room(&t->node)) {
		if (one_by_one && t->node.queue_len)
			break;
		if (t->sequence)
			gen_payload(t);
		sim_node_send(&t->node, &t->frame, 0, t->due_ns);
		t->queued++;
		t->due_ns += (int64_t)t->period_us * ANYCAN_NS_PER_US;
		if (t->step)
			gen_next_id(t);
	}
}

static void gen_tx_done(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how)
{
	struct traffic *t = node->owner;

	(void)tx;
	(void)how;
	if (t->gap_us)
		t->due_ns = node->bus->now_ns + (int64_t)t->gap_us * ANYCAN_NS_PER_US;
	gen_fill(t);
}

static const struct sim_node_ops gen_node_ops = {
	.tx_done = gen_tx_done,
};

static void gen_flush(struct sim_adapter *adapter)
{
	struct traffic *t = traffic_of(adapter);

	if (!t->waiting || sim_open_hosts(adapter->sim) < t->wait)
		return;
	t->waiting = false;
	t->due_ns = adapter->sim->bus.now_ns;
	gen_fill(t);
}

static int gen_traffic(struct sim_adapter *adapter, bool on)
{
	struct traffic *t = traffic_of(adapter);

	t->paused = !on;
	if (on) {
		t->waiting = false;
		t->due_ns = adapter->sim->bus.now_ns;
		gen_fill(t);
	}
	return 0;
}

static int gen_kind(struct traffic *t, struct sim_args *args, struct sim_why *why)
{
	bool fd = false, brs = false, rtr = false, ext = false;
	int err = sim_args_flag(args, "fd", &fd, why);

	if (!err)
		err = sim_args_flag(args, "brs", &brs, why);
	if (!err)
		err = sim_args_flag(args, "rtr", &rtr, why);
	if (!err)
		err = sim_args_flag(args, "ext", &ext, why);
	t->frame.flags = (fd || brs ? CANFD_FDF : 0) | (brs ? CANFD_BRS : 0);
	t->frame.can_id |= (rtr ? CAN_RTR_FLAG : 0) | (ext ? CAN_EFF_FLAG : 0);
	return err;
}

static int gen_frame(struct traffic *t, struct sim_args *args, struct sim_why *why)
{
	const char *id = sim_args_text(args, "id"), *data = sim_args_text(args, "data");
	size_t digits = id ? strlen(id) : 0;
	const char *reason;
	uint64_t len = 8;
	uint32_t number = 0x123;
	int err = gen_kind(t, args, why);

	if (!err)
		err = sim_args_number(args, "len", ANYCAN_DATA_MAX, &len, why);
	if (err)
		return err;
	if (id && (digits > 8 || !anycan_hex_number(id, (unsigned int)digits, &number)))
		return sim_why(why, -EINVAL, "gen: id needs up to 8 hexadecimal digits");
	if (digits == 8)
		t->frame.can_id |= CAN_EFF_FLAG;
	t->frame.can_id |= number;
	if (data) {
		len = strlen(data) / 2;
		if (len > ANYCAN_DATA_MAX || strlen(data) % 2 ||
		    !anycan_hex_bytes(data, len, t->frame.data))
			return sim_why(why, -EINVAL, "gen: data needs pairs of hexadecimal digits");
	}
	t->frame.len = (uint16_t)len;
	if (anycan_frame_check(&t->frame, &reason))
		return sim_why(why, -EINVAL, "gen: no such frame: %s", reason);
	return 0;
}

static int gen_schedule(struct traffic *t, struct sim_args *args, struct sim_why *why)
{
	int err = sim_args_number(args, "count", UINT64_MAX, &t->count, why);

	if (!err)
		err = sim_args_number(args, "gap", 3600000000, &t->gap_us, why);
	if (!err)
		err = sim_args_number(args, "period", 3600000000, &t->period_us, why);
	if (!err)
		err = sim_args_number(args, "wait", 1000, &t->wait, why);
	if (!err)
		err = sim_args_flag(args, "seq", &t->sequence, why);
	if (!err)
		err = sim_args_flag(args, "step", &t->step, why);
	if (!err)
		err = sim_args_flag(args, "paused", &t->paused, why);
	t->waiting = t->wait;
	return err;
}

static int gen_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		      struct sim_why *why)
{
	struct traffic *t;
	int err = traffic_new(sim, &sim_gen_ops, &gen_node_ops, GEN_QUEUE, &t);

	if (err)
		return sim_why(why, err, "out of memory");
	*adapter = &t->adapter;
	err = traffic_common(t, args, why);
	if (!err)
		err = gen_frame(t, args, why);
	if (!err)
		err = gen_schedule(t, args, why);
	if (err)
		traffic_destroy(*adapter);
	else
		gen_fill(t);
	return err;
}

static void traffic_stats(struct sim_adapter *adapter, struct json_object *into)
{
	struct traffic *t = traffic_of(adapter);

	json_object_object_add(into, "from_bus", json_object_new_int64((int64_t)t->node.stats.rx));
	json_object_object_add(into, "to_bus", json_object_new_int64((int64_t)t->node.stats.tx));
	json_object_object_add(into, "waiting_tx", json_object_new_int64(t->node.queue_len));
}

const struct sim_adapter_ops sim_gen_ops = {
	.type = "gen",
	.summary = "a node that sends\n"
		   "id=HEX (8 digits: extended) ext len=N data=HEX rtr fd brs\n"
		   "count=N (default: without end) gap=US period=US (default: back to back)\n"
		   "seq (payload counts, little endian) step (identifier goes up)\n"
		   "wait=N (until N adapters with hosts are open) paused\n"
		   "bitrate=N dbitrate=N classic",
	.create = gen_create,
	.destroy = traffic_destroy,
	.flush = gen_flush,
	.traffic = gen_traffic,
	.stats = traffic_stats,
};

const struct sim_adapter_ops sim_echo_ops = {
	.type = "echo",
	.summary = "a node that answers each frame with the same under the next identifier\n"
		   "bitrate=N dbitrate=N classic",
	.create = echo_create,
	.destroy = traffic_destroy,
	.stats = traffic_stats,
};

const struct sim_adapter_ops sim_ack_ops = {
	.type = "ack",
	.summary = "a node that acknowledges and counts\n"
		   "listen-only bitrate=N dbitrate=N classic",
	.create = ack_create,
	.destroy = traffic_destroy,
	.stats = traffic_stats,
};
