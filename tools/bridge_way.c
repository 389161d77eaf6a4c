// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From one bus to the other: filters, rewriting, what the other bus cannot carry, and a queue for
 * what it has no room for yet. Every frame that comes is sent, waits, or is counted as dropped.
 */
#include "bridge.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A netdev's full queue tells nobody when there is room: look again after this time. */
#define RETRY_NS 500000LL

/* A rate is kept over this time: a program that is not woken every millisecond still reaches it. */
#define BURST_NS 10000000LL

#define NS_PER_S 1e9

/* Classic frames that the data of an FD frame fills. */
#define CHUNKS_MAX (CANFD_MAX_DLEN / CAN_MAX_DLEN)

int bridge_way_init(struct bridge_way *way, const struct bridge_args *args, unsigned int index)
{
	*way = (struct bridge_way){.args = args, .options = &args->ways[index]};
	way->queue = calloc(BRIDGE_QUEUE, sizeof(*way->queue));
	way->since_ns = calloc(BRIDGE_QUEUE, sizeof(*way->since_ns));
	/* So that something can be put in front. */
	way->head = way->tail = BRIDGE_QUEUE;
	return way->queue && way->since_ns ? 0 : -ENOMEM;
}

void bridge_way_clear(struct bridge_way *way)
{
	free(way->queue);
	free(way->since_ns);
}

static uint64_t waiting(const struct bridge_way *way)
{
	return way->tail - way->head;
}

void bridge_way_drop_queue(struct bridge_way *way, enum bridge_drop reason)
{
	way->dropped[reason] += waiting(way);
	way->head = way->tail;
	way->blocked = false;
}

/* ---- Taking frames */

static void enqueue(struct bridge_way *way, const struct anycan_frame *frame, int64_t now_ns)
{
	size_t at = way->tail % BRIDGE_QUEUE;

	if (waiting(way) == BRIDGE_QUEUE) {
		way->dropped[BRIDGE_DROP_QUEUE_FULL]++;
		return;
	}
	way->queue[at] = *frame;
	way->since_ns[at] = now_ns;
	way->tail++;
}

/* What becomes of an FD frame on a bus without FD. Return: how many classic frames; 0: dropped. */
static unsigned int make_classic(struct bridge_way *way, const struct anycan_frame *frame,
				 struct anycan_frame classic[CHUNKS_MAX])
{
	unsigned int n = 0, at = 0;

	if (way->args->fd_policy == BRIDGE_FD_DROP ||
	    (way->args->fd_policy == BRIDGE_FD_CONVERT && frame->len > CAN_MAX_DLEN)) {
		way->dropped[BRIDGE_DROP_FD]++;
		return 0;
	}
	do {
		unsigned int left = frame->len - at;

		classic[n] = *frame;
		classic[n].flags = 0;
		classic[n].len = (uint16_t)(left < CAN_MAX_DLEN ? left : CAN_MAX_DLEN);
		memset(classic[n].data, 0, sizeof(classic[n].data));
		memcpy(classic[n].data, frame->data + at, classic[n].len);
		n++;
		at += CAN_MAX_DLEN;
	} while (at < frame->len);
	way->converted++;
	way->split += n - 1;
	return n;
}

static void put_fd(struct bridge_way *way, const struct anycan_frame *frame, int64_t now_ns)
{
	struct anycan_frame classic[CHUNKS_MAX];
	unsigned int n = make_classic(way, frame, classic);

	for (unsigned int i = 0; i < n; i++)
		enqueue(way, &classic[i], now_ns);
}

bool bridge_way_wants(const struct bridge_way *way, const struct anycan_frame *frame)
{
	const struct anycan_filters *filters = &way->options->filters;

	if (frame->can_id & CAN_ERR_FLAG)
		return way->args->error_frames || (frame->can_id & filters->error_mask);
	return anycan_filters_match(filters, frame->can_id);
}

/* Rewrites @out. Return: why it goes no further, or BRIDGE_DROPS. */
static enum bridge_drop judge(const struct bridge_way *way, struct anycan_frame *out)
{
	bool wanted = bridge_way_wants(way, out);

	if (out->can_id & CAN_ERR_FLAG) {
		if (!wanted || way->to_controller)
			return BRIDGE_DROP_ERROR_FRAME;
	} else if (!wanted) {
		return BRIDGE_DROP_FILTERED;
	} else if (!bridge_rules_apply(&way->options->rules, &out->can_id)) {
		return BRIDGE_DROP_ID;
	}
	return way->to ? BRIDGE_DROPS : BRIDGE_DROP_AWAY;
}

static void put_one(struct bridge_way *way, const struct anycan_frame *frame, int64_t now_ns)
{
	struct anycan_frame out = *frame;
	enum bridge_drop reason = judge(way, &out);

	if (reason != BRIDGE_DROPS) {
		way->dropped[reason]++;
		return;
	}
	way->rewritten += out.can_id != frame->can_id;
	out.channel = 0;
	if (anycan_frame_is_fd(&out) && way->to_classic)
		put_fd(way, &out, now_ns);
	else
		enqueue(way, &out, now_ns);
}

void bridge_way_put(struct bridge_way *way, const struct anycan_frame *frames, unsigned int n,
		    int64_t now_ns)
{
	way->received += n;
	for (unsigned int i = 0; i < n; i++)
		put_one(way, &frames[i], now_ns);
}

/* ---- Sending them */

static void drop_late(struct bridge_way *way, int64_t now_ns)
{
	while (waiting(way) &&
	       now_ns - way->since_ns[way->head % BRIDGE_QUEUE] > way->args->patience_ns) {
		way->dropped[BRIDGE_DROP_LATE]++;
		way->head++;
	}
}

/* How many frames may go now: those that lie together in the ring, and not too many a second. */
static unsigned int allowed(const struct bridge_way *way, int64_t now_ns)
{
	uint64_t n = waiting(way), together = BRIDGE_QUEUE - way->head % BRIDGE_QUEUE;
	double rate = way->options->rate;

	if (n > together)
		n = together;
	if (n > BRIDGE_BATCH)
		n = BRIDGE_BATCH;
	if (rate > 0) {
		double due = (double)(now_ns + BURST_NS - way->earliest_ns) * rate / NS_PER_S;

		if (now_ns < way->earliest_ns - BURST_NS)
			return 0;
		if (due + 1 < (double)n)
			n = (uint64_t)(due + 1);
	}
	return (unsigned int)n;
}

static void count_rate(struct bridge_way *way, int64_t now_ns, unsigned int sent)
{
	double rate = way->options->rate;

	if (rate <= 0 || !sent)
		return;
	if (way->earliest_ns < now_ns)
		way->earliest_ns = now_ns;
	way->earliest_ns += (int64_t)(sent * NS_PER_S / rate);
}

/* Whether what a bus says of a frame is said of this frame alone. */
static bool refuses_frame(int code)
{
	return code == -EINVAL || code == -EMSGSIZE || code == -EPERM || code == -EOPNOTSUPP;
}

/*
 * The next frame was refused. That of FD shows that the bus has none: what it becomes is put in
 * its place.
 */
static void take_back(struct bridge_way *way)
{
	struct anycan_frame frame = way->queue[way->head % BRIDGE_QUEUE];
	int64_t since_ns = way->since_ns[way->head % BRIDGE_QUEUE];
	struct anycan_frame classic[CHUNKS_MAX];
	unsigned int n;

	way->head++;
	if (!anycan_frame_is_fd(&frame)) {
		way->dropped[BRIDGE_DROP_REFUSED]++;
		return;
	}
	way->to_classic = true;
	n = make_classic(way, &frame, classic);
	while (n && waiting(way) + n > BRIDGE_QUEUE) {
		way->dropped[BRIDGE_DROP_QUEUE_FULL]++;
		n--;
	}
	while (n--) {
		way->head--;
		way->queue[way->head % BRIDGE_QUEUE] = classic[n];
		way->since_ns[way->head % BRIDGE_QUEUE] = since_ns;
	}
}

int bridge_way_flush(struct bridge_way *way, int64_t now_ns, struct anycan_error *error)
{
	unsigned int n;
	int ret;

	drop_late(way, now_ns);
	way->blocked = false;
	while (way->to && (n = allowed(way, now_ns))) {
		ret = anycan_bus_send_many(way->to, &way->queue[way->head % BRIDGE_QUEUE], n, 0,
					   error);
		if (refuses_frame(ret)) {
			take_back(way);
			continue;
		}
		if (ret < 0) {
			way->blocked = ret == -ENOBUFS || ret == -ETIMEDOUT || ret == -EAGAIN;
			return way->blocked ? 0 : ret;
		}
		way->sent += (unsigned int)ret;
		way->head += (unsigned int)ret;
		count_rate(way, now_ns, (unsigned int)ret);
	}
	return 0;
}

int64_t bridge_way_next(const struct bridge_way *way, int64_t now_ns)
{
	if (!waiting(way))
		return INT64_MAX;
	return way->blocked ? now_ns + RETRY_NS : way->earliest_ns - BURST_NS;
}
