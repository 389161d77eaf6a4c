// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rows in a hash table, the trace in a ring.
 */
#include "view_model.h"

#include <anycan/wire.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000LL

void view_model_free(struct view_model *model)
{
	free(model->rows);
	free(model->buckets);
	free(model->trace);
	*model = (struct view_model){
		.by_python = model->by_python,
		.trace_size = model->trace_size,
	};
}

void view_model_clear(struct view_model *model)
{
	if (model->buckets)
		memset(model->buckets, 0, model->n_buckets * sizeof(*model->buckets));
	model->n_rows = 0;
	model->n_trace = 0;
	model->frames = 0;
	model->errors = 0;
	model->unlisted = 0;
	model->start_ns = 0;
}

static void *copy_of(const void *from, size_t n, size_t size)
{
	void *copy = calloc(n + 1, size);

	if (copy && n)
		memcpy(copy, from, n * size);
	return copy;
}

int view_model_copy(struct view_model *to, const struct view_model *from)
{
	view_model_free(to);
	*to = *from;
	to->rows = copy_of(from->rows, from->n_rows, sizeof(*from->rows));
	to->rows_room = from->n_rows;
	to->buckets = copy_of(from->buckets, from->n_buckets, sizeof(*from->buckets));
	to->trace = copy_of(from->trace, from->trace ? from->trace_size : 0, sizeof(*from->trace));
	if (to->rows && to->buckets && to->trace)
		return 0;
	view_model_free(to);
	return -ENOMEM;
}

/* ---- Rows */

static uint64_t key_of(const struct view_model *model, const struct anycan_frame *frame)
{
	const canid_t kind = CAN_EFF_FLAG | CAN_RTR_FLAG | CAN_ERR_FLAG;
	canid_t id = frame->can_id & ~kind;

	/* Standard before extended. */
	if (model->by_python)
		return id | (uint64_t) !!(frame->can_id & CAN_EFF_FLAG) << 32;
	return (uint64_t)frame->channel << 40 | (uint64_t)(frame->can_id & kind) << 3 | id;
}

static size_t bucket_of(const struct view_model *model, uint64_t key)
{
	size_t at = (size_t)(key * 0x9E3779B97F4A7C15ULL >> 32) & (model->n_buckets - 1);

	while (model->buckets[at] && model->rows[model->buckets[at] - 1].key != key)
		at = (at + 1) & (model->n_buckets - 1);
	return at;
}

static bool grow(struct view_model *model)
{
	size_t room = model->rows_room ? 2 * model->rows_room : 256, n = 64;
	struct view_row *rows;
	uint32_t *buckets;

	while (n < 2 * room)
		n *= 2;
	rows = realloc(model->rows, room * sizeof(*rows));
	if (!rows)
		return false;
	model->rows = rows;
	buckets = calloc(n, sizeof(*buckets));
	if (!buckets)
		return false;
	free(model->buckets);
	model->rows_room = room;
	model->buckets = buckets;
	model->n_buckets = n;
	for (size_t i = 0; i < model->n_rows; i++)
		model->buckets[bucket_of(model, rows[i].key)] = (uint32_t)i + 1;
	return true;
}

/* The row of @key, made if it is new; NULL if there are too many. */
static struct view_row *row_of(struct view_model *model, uint64_t key)
{
	size_t at = model->n_buckets ? bucket_of(model, key) : 0;

	if (model->n_buckets && model->buckets[at])
		return &model->rows[model->buckets[at] - 1];
	if (model->n_rows == VIEW_ROWS_MAX)
		return NULL;
	if (model->n_rows == model->rows_room) {
		if (!grow(model))
			return NULL;
		at = bucket_of(model, key);
	}
	model->rows[model->n_rows] = (struct view_row){.key = key};
	model->buckets[at] = (uint32_t)++model->n_rows;
	return &model->rows[model->n_rows - 1];
}

static uint64_t changed_bytes(const struct anycan_frame *a, const struct anycan_frame *b)
{
	size_t len = anycan_frame_data_len(b);
	uint64_t changed = 0;

	/* A byte that was not there before has not changed. */
	if (len > anycan_frame_data_len(a))
		len = anycan_frame_data_len(a);
	for (size_t i = 0; i < len; i++)
		changed |= (uint64_t)(a->data[i] != b->data[i]) << i;
	return changed;
}

static void update_row(struct view_row *row, const struct anycan_frame *frame)
{
	if (row->count) {
		row->dt_ns = frame->ts_ns - row->frame.ts_ns;
		if (row->count == 1 || row->dt_ns < row->min_ns)
			row->min_ns = row->dt_ns;
		if (row->count == 1 || row->dt_ns > row->max_ns)
			row->max_ns = row->dt_ns;
		row->changed = changed_bytes(&row->frame, frame);
	} else {
		row->first_ns = frame->ts_ns;
	}
	row->frame = *frame;
	row->count++;
}

/* ---- Frames */

static void keep_trace(struct view_model *model, const struct anycan_frame *frame)
{
	if (!model->trace && model->trace_size)
		model->trace = calloc(model->trace_size, sizeof(*model->trace));
	if (model->trace)
		model->trace[model->n_trace++ % model->trace_size] = *frame;
}

static void count_load(struct view_model *model, const struct anycan_frame *frame)
{
	struct view_channel *channel;
	struct anycan_wire_bits bits;

	if (frame->channel >= VIEW_CHANNELS_MAX)
		return;
	channel = &model->channels[frame->channel];
	bits = anycan_frame_bits(frame, ANYCAN_STUFF_EXACT);
	channel->frames++;
	channel->bits += bits.nominal + bits.data;
	if (channel->bitrate)
		channel->busy_ns += anycan_wire_time_ns(bits, channel->bitrate, channel->dbitrate);
}

void view_model_add(struct view_model *model, const struct anycan_frame *frame)
{
	struct view_row *row;

	if (!model->frames++)
		model->start_ns = frame->ts_ns;
	if (frame->can_id & CAN_ERR_FLAG)
		model->errors++;
	keep_trace(model, frame);
	count_load(model, frame);
	row = row_of(model, key_of(model, frame));
	if (!row) {
		model->unlisted++;
		return;
	}
	if (model->by_python && row->count && row->frame.len != frame->len)
		*row = (struct view_row){.key = row->key,
					 .frame = row->frame,
					 .changed = changed_bytes(&row->frame, frame)};
	update_row(row, frame);
}

const struct anycan_frame *view_model_traced(const struct view_model *model, uint64_t n)
{
	if (n >= model->n_trace || n < view_model_oldest(model))
		return NULL;
	return &model->trace[n % model->trace_size];
}

uint64_t view_model_oldest(const struct view_model *model)
{
	return model->n_trace > model->trace_size ? model->n_trace - model->trace_size : 0;
}

void view_model_tick(struct view_model *model, int64_t now_ns)
{
	int64_t passed_ns = now_ns - model->tick_ns;

	if (passed_ns <= 0)
		return;
	for (unsigned int i = 0; i < VIEW_CHANNELS_MAX; i++) {
		struct view_channel *c = &model->channels[i];
		double s = (double)passed_ns / (double)NS_PER_S;

		c->frames_s = (double)(c->frames - c->frames_before) / s;
		c->bits_s = (double)(c->bits - c->bits_before) / s;
		c->load = -1;
		if (c->bitrate)
			c->load = (double)(c->busy_ns - c->busy_before) / (double)passed_ns;
		c->frames_before = c->frames;
		c->bits_before = c->bits;
		c->busy_before = c->busy_ns;
	}
	model->tick_ns = now_ns;
}
