// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * BLF, the writer: objects fill containers, helpers pack them, and they go to the file in order.
 * No object is split over containers, so that a file that is cut loses no more than its last one.
 */
#include "blf.h"

#include <anycan/clock.h>
#include <errno.h>
#include <unistd.h>

static int put_head(struct canlog *log)
{
	struct blf_state *st = log->state;
	uint8_t head[BLF_HEAD_SIZE];

	blf_head_encode(&st->head, head);
	if (!st->head_written) {
		st->head_written = true;
		return canlog_out_put(&log->out, head, sizeof(head));
	}
	if (!log->out.seekable)
		return 0;
	return canlog_out_patch(&log->out, 0, head, sizeof(head));
}

/* Totals as the file stands now; a pipe keeps the zeros it began with. */
static int update_head(struct canlog *log)
{
	struct blf_state *st = log->state;

	if (!log->out.seekable)
		return 0;
	st->head.file_size = canlog_out_size(&log->out);
	return put_head(log);
}

static int write_container(struct canlog *log, const struct blf_job *job, size_t unpacked)
{
	struct blf_state *st = log->state;
	size_t size = BLF_CONTAINER_HEAD + job->out.len, pad = size % 4;
	uint8_t head[BLF_CONTAINER_HEAD] = {0};
	uint8_t *p = put_bytes(head, "LOBJ", 4);
	int err;

	p = put_le16(p, BLF_BASE_SIZE);
	p = put_le16(p, 1);
	p = put_le32(p, (uint32_t)size);
	p = put_le32(p, BLF_CONTAINER);
	put_le16(p, job->work == BLF_PACK ? BLF_METHOD_ZLIB : BLF_METHOD_STORED);
	put_le32(p + 8, (uint32_t)unpacked);
	err = canlog_out_put(&log->out, head, sizeof(head));
	if (!err)
		err = canlog_out_put(&log->out, job->out.p, job->out.len);
	if (!err)
		err = canlog_out_put(&log->out, "\0\0\0", pad);
	st->head.unpacked_size += BLF_CONTAINER_HEAD + unpacked;
	return err;
}

/* Writes the oldest container under way, if any. */
static int take_container(struct canlog *log)
{
	struct blf_state *st = log->state;
	struct blf_job *job = blf_pool_take(st->pool);
	int err;

	if (!job)
		return 0;
	st->flight -= job->size;
	err = job->err ? job->err : write_container(log, job, job->size);
	blf_pool_release(st->pool);
	return err;
}

/* Hands the open container to the helpers. */
static int pack_pending(struct canlog *log)
{
	struct blf_state *st = log->state;
	struct blf_bytes empty;
	struct blf_job *job;
	int err;

	if (!st->pending.len)
		return 0;
	job = blf_pool_next(st->pool);
	if (!job) {
		err = take_container(log);
		if (err)
			return err;
		job = blf_pool_next(st->pool);
	}
	/* The filled buffer goes, the job's old one becomes the next to fill. */
	empty = job->in;
	job->in = st->pending;
	st->pending = empty;
	st->pending.len = 0;
	job->work = log->set.compression_level ? BLF_PACK : BLF_COPY;
	job->level = log->set.compression_level;
	job->size = job->in.len;
	st->flight += job->size;
	blf_pool_start(st->pool);
	/* Without helpers nothing is gained by waiting, and the size is known at once. */
	return log->threads < 0 ? take_container(log) : 0;
}

static int drain(struct canlog *log)
{
	struct blf_state *st = log->state;
	int err = pack_pending(log);

	while (!err && blf_pool_jobs(st->pool))
		err = take_container(log);
	return err;
}

/* The first frame's time, to the millisecond, is the file's; all others count from there. */
static int start_at(struct canlog *log, int64_t ts_ns)
{
	struct blf_state *st = log->state;

	st->started = true;
	if (!st->head.start_ns)
		st->head.start_ns = ts_ns - ts_ns % ANYCAN_NS_PER_MS;
	/* Below 1990 the head cannot tell the date: then times count from 0. */
	if (st->head.start_ns < INT64_C(631152000) * ANYCAN_NS_PER_S)
		st->head.start_ns = 0;
	return st->head_written ? 0 : put_head(log);
}

static uint64_t relative_time(struct canlog *log, int64_t ts_ns)
{
	struct blf_state *st = log->state;

	if (ts_ns > st->head.stop_ns)
		st->head.stop_ns = ts_ns;
	if (ts_ns >= st->head.start_ns)
		return (uint64_t)(ts_ns - st->head.start_ns);
	canlog_note_add(log, CANLOG_RAISED_TIME);
	return 0;
}

/* Room for one more object in the open container, which is closed if it is full. */
static int make_room(struct canlog *log, size_t size)
{
	struct blf_state *st = log->state;
	size_t most = log->set.max_container_size;
	int err;

	if (st->pending.len && st->pending.len + size > most) {
		err = pack_pending(log);
		if (err)
			return err;
	}
	return blf_bytes_reserve(&st->pending, most > size ? most : size);
}

int blf_write(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	struct blf_state *st = log->state;

	for (size_t i = 0; i < n; i++) {
		int err = st->started ? 0 : start_at(log, frames[i].ts_ns);
		uint8_t *end;

		log->line++;
		if (!err)
			err = make_room(log, 128);
		if (err)
			return err;
		end = blf_object_encode(log, &frames[i], relative_time(log, frames[i].ts_ns),
					st->pending.p + st->pending.len);
		st->pending.len = (size_t)(end - st->pending.p);
		st->head.objects++;
	}
	log->pending = st->pending.len + st->flight;
	return 0;
}

int blf_event(struct canlog *log, int64_t ts_ns, const char *text)
{
	struct blf_state *st = log->state;
	size_t len = strlen(text);
	uint8_t *end;
	int err;

	if (!len || len > 65536)
		return -EINVAL;
	if (!ts_ns)
		ts_ns = st->head.stop_ns;
	err = st->started ? 0 : start_at(log, ts_ns);
	if (!err)
		err = make_room(log, len + 256);
	if (err)
		return err;
	end = blf_marker_encode(text, len, relative_time(log, ts_ns),
				st->pending.p + st->pending.len);
	st->pending.len = (size_t)(end - st->pending.p);
	st->head.objects++;
	return 0;
}

int blf_flush(struct canlog *log)
{
	int err = drain(log);

	if (!err)
		err = canlog_out_drain(&log->out);
	if (!err)
		err = update_head(log);
	log->pending = 0;
	return err;
}

int blf_write_open(struct canlog *log)
{
	struct blf_state *st = log->state;
	int err = blf_pool_new(&st->pool, log->threads);

	if (err)
		return err;
	if (log->set.append && log->out.gzip)
		return canlog_fail(log, -EINVAL, "a compressed BLF file cannot be appended to");
	if (log->set.append && log->out.written)
		return blf_append_scan(log);
	st->head.file_size = BLF_HEAD_SIZE;
	st->head.unpacked_size = BLF_HEAD_SIZE;
	/* A file has its head at once; a pipe gets it with the time of the first frame. */
	return log->out.seekable ? put_head(log) : 0;
}

int blf_write_close(struct canlog *log)
{
	struct blf_state *st = log->state;
	int err = log->failed ? log->failed : drain(log);

	if (!err && !st->head_written)
		err = put_head(log);
	if (!err && log->out.seekable)
		err = canlog_out_drain(&log->out);
	return err ? err : update_head(log);
}
