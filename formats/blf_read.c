// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * BLF, the reader: containers are unpacked ahead by helpers, their contents are one stream of
 * objects. Truncated files are read to the last whole object.
 */
#include "blf.h"

#include <errno.h>

/* Packed bytes that may wait at a time, so that large containers do not pile up. */
#define LOAD_MAX (1024 * 1024)

/* Objects are padded to 4 bytes, by some writers in odd ways. */
#define PAD_MAX 8
#define ZEROS_MAX 64

static int broken(struct canlog *log, uint64_t offset, const char *what)
{
	return canlog_fail(log, -EBADMSG, "offset %llu: %s (--repair reads on behind it)",
			   (unsigned long long)offset, what);
}

static struct view unread(struct canlog *log)
{
	return (struct view){log->in.buf + log->in.pos, canlog_in_left(&log->in)};
}

/* To the next LOBJ, over at most PAD_MAX bytes, or any number when repairing. 1, 0 at the end. */
static int find_object(struct canlog *log)
{
	struct canlog_in *in = &log->in;
	uint64_t start = canlog_in_offset(in);

	for (;;) {
		ssize_t left = canlog_in_need(in, 4096);
		const uint8_t *found;

		if (left < 0)
			return (int)left;
		if (left < 4) {
			if (left > 0 && canlog_in_offset(in) + (uint64_t)left - start > PAD_MAX)
				canlog_note_at(log, CANLOG_SKIPPED_DAMAGE, start);
			return 0;
		}
		found = memmem(in->buf + in->pos, (size_t)left, "LOBJ", 4);
		if (found) {
			in->pos = (size_t)(found - in->buf);
			break;
		}
		in->pos += (size_t)left - 3;
		if (!log->repair && canlog_in_offset(in) - start > PAD_MAX)
			break;
	}
	if (canlog_in_offset(in) - start <= PAD_MAX)
		return 1;
	if (!log->repair)
		return broken(log, start, "no object begins here");
	canlog_note_at(log, CANLOG_SKIPPED_DAMAGE, start);
	return 1;
}

/* Reads @len packed bytes into the job; fewer at the end of the file. */
static int load_bytes(struct canlog *log, struct blf_job *job, size_t len)
{
	struct canlog_in *in = &log->in;

	job->in.len = 0;
	in->patient = true;
	while (job->in.len < len) {
		size_t step = canlog_in_left(in);
		ssize_t got;
		int err;

		if (!step) {
			got = canlog_in_more(in);
			if (got < 0)
				return (int)got;
			if (!got)
				break;
			continue;
		}
		if (step > len - job->in.len)
			step = len - job->in.len;
		/* Room for what is there, not for what a damaged head may claim. */
		err = blf_bytes_reserve(&job->in, job->in.len + step);
		if (err)
			return err;
		memcpy(job->in.p + job->in.len, in->buf + in->pos, step);
		job->in.len += step;
		in->pos += step;
	}
	in->patient = false;
	job->cut = job->in.len < len;
	return 0;
}

static int start_container(struct canlog *log, size_t size)
{
	struct blf_state *st = log->state;
	struct blf_job *job = blf_pool_next(st->pool);
	struct view head = unread(log);
	uint16_t method = view_le16(head, 16);
	uint64_t offset = canlog_in_offset(&log->in);
	uint32_t unpacked = view_le32(head, 24);
	int err;

	if (size < BLF_CONTAINER_HEAD || size > BLF_CONTAINER_MAX || unpacked > BLF_CONTAINER_MAX ||
	    (method != BLF_METHOD_STORED && method != BLF_METHOD_ZLIB)) {
		if (!log->repair)
			return broken(log, offset, "a container of no known size or method");
		canlog_note_at(log, CANLOG_SKIPPED_DAMAGE, offset);
		log->in.pos += 4;
		return 0;
	}
	log->in.pos += BLF_CONTAINER_HEAD;
	err = load_bytes(log, job, size - BLF_CONTAINER_HEAD);
	if (err)
		return err;
	job->work = method == BLF_METHOD_STORED ? BLF_COPY : BLF_UNPACK;
	/* A size that is told and not true must not cost memory: packing gains 1000:1 at most. */
	job->size = unpacked;
	if (job->size / 1032 > job->in.len)
		job->size = job->in.len * 1032;
	job->offset = offset;
	blf_pool_start(st->pool);
	return 0;
}

/* Starts the next container of the file, passing over other objects. 1 if there may be more. */
static int start_next(struct canlog *log)
{
	struct blf_state *st = log->state;
	ssize_t left;
	size_t size;
	int found = find_object(log);

	if (found <= 0)
		return found;
	left = canlog_in_need(&log->in, BLF_CONTAINER_HEAD);
	if (left < 0)
		return (int)left;
	if (left < BLF_BASE_SIZE) {
		st->cut = true;
		return 0;
	}
	size = view_le32(unread(log), 8);
	if (view_le32(unread(log), 12) == BLF_CONTAINER) {
		int err;

		if (left < BLF_CONTAINER_HEAD) {
			st->cut = true;
			return 0;
		}
		err = start_container(log, size);
		return err ? err : 1;
	}
	/* Objects outside containers are no frames to any reader. */
	canlog_note_at(log, CANLOG_SKIPPED_UNKNOWN, canlog_in_offset(&log->in));
	left = canlog_in_skip(&log->in, size < BLF_BASE_SIZE ? BLF_BASE_SIZE : size);
	return left < 0 ? (int)left : 1;
}

static int read_ahead(struct canlog *log)
{
	struct blf_state *st = log->state;

	while (!st->file_done && blf_pool_next(st->pool) &&
	       (!blf_pool_jobs(st->pool) || blf_pool_load(st->pool) < LOAD_MAX)) {
		int status = start_next(log);

		if (status < 0)
			return status;
		st->file_done = !status;
	}
	return 0;
}

/* Appends the next unpacked container to what is left of the last. 1, or 0 at the end. */
static int next_container(struct canlog *log)
{
	struct blf_state *st = log->state;
	size_t left = st->work.len - st->pos;
	struct blf_job *job;
	int err = read_ahead(log);

	if (err)
		return err;
	job = blf_pool_take(st->pool);
	if (!job)
		return 0;
	err = job->err;
	if (!err)
		err = blf_bytes_reserve(&st->work, left + job->out.len);
	if (!err) {
		if (left)
			memmove(st->work.p, st->work.p + st->pos, left);
		if (job->out.len)
			memcpy(st->work.p + left, job->out.p, job->out.len);
		st->work.len = left + job->out.len;
		st->pos = 0;
		st->container_at = log->line = job->offset;
		st->head.unpacked_size += BLF_CONTAINER_HEAD + job->out.len;
		st->cut = st->cut || job->cut;
	}
	blf_pool_release(st->pool);
	return err ? err : 1;
}

/*
 * Objects whose size is told too small, as markers of Vector's converter, end in a few zeros. True
 * if the @len bytes are that, and are passed over.
 */
static bool pass_zeros(struct canlog *log, size_t len)
{
	struct blf_state *st = log->state;

	if (len < PAD_MAX || len > ZEROS_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
		if (st->work.p[st->pos + i])
			return false;
	canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
	st->pos += len;
	return true;
}

/* Over padding to the next object in the unpacked bytes. 1, 0 if more bytes are needed. */
static int align_object(struct canlog *log)
{
	struct blf_state *st = log->state;
	size_t left = st->work.len - st->pos;
	const uint8_t *found;

	if (st->skip) {
		size_t step = st->skip < left ? (size_t)st->skip : left;

		st->skip -= step;
		st->pos += step;
		left -= step;
	}
	if (left < BLF_BASE_SIZE)
		return 0;
	if (!memcmp(st->work.p + st->pos, "LOBJ", 4))
		return 1;
	found = memmem(st->work.p + st->pos, left, "LOBJ", 4);
	if (pass_zeros(log, found ? (size_t)(found - st->work.p) - st->pos : left))
		return found && st->work.len - st->pos >= BLF_BASE_SIZE;
	if (found && (size_t)(found - st->work.p) - st->pos < PAD_MAX) {
		st->pos = (size_t)(found - st->work.p);
		return st->work.len - st->pos >= BLF_BASE_SIZE;
	}
	if (!log->repair)
		return broken(log, st->container_at, "garbage between objects of this container");
	canlog_note_add(log, CANLOG_SKIPPED_DAMAGE);
	st->pos = found ? (size_t)(found - st->work.p) : st->work.len - 3;
	return found && st->work.len - st->pos >= BLF_BASE_SIZE;
}

/* The next object that is whole. 1, 0 if more bytes are needed, negative errno. */
static int next_object(struct canlog *log, struct view *object)
{
	struct blf_state *st = log->state;

	for (;;) {
		int status = align_object(log);
		size_t left = st->work.len - st->pos, size;

		if (status <= 0)
			return status;
		*object = (struct view){st->work.p + st->pos, left};
		size = view_le32(*object, 8);
		if (size < BLF_BASE_SIZE) {
			canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
			if (!log->repair)
				return broken(log, st->container_at, "an object of no size");
			st->pos += 4;
			continue;
		}
		if (size <= left) {
			object->len = size;
			st->pos += size;
			st->head.objects++;
			return 1;
		}
		if (size <= BLF_FRAME_OBJECT_MAX)
			return 0;
		/* Too long for a frame: pass over it without keeping it. */
		st->skip = size;
		st->head.objects++;
		object->len = BLF_BASE_SIZE;
		return 1;
	}
}

static ssize_t end_of_file(struct canlog *log, size_t got)
{
	struct blf_state *st = log->state;

	if (st->work.len - st->pos >= BLF_BASE_SIZE || st->skip || log->in.cut)
		st->cut = true;
	if (st->cut && !log->report.notes[CANLOG_TRUNCATED].count)
		canlog_note_at(log, CANLOG_TRUNCATED, st->container_at);
	return (ssize_t)got;
}

ssize_t blf_read(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	size_t got = 0;

	while (got < n) {
		struct view object;
		int status = next_object(log, &object);

		/* What was read before an error is handed out first; the error comes again. */
		if (status < 0)
			return got ? (ssize_t)got : status;
		if (!status) {
			status = next_container(log);
			if (status < 0)
				return got ? (ssize_t)got : status;
			if (!status)
				return end_of_file(log, got);
			continue;
		}
		if (blf_object_decode(log, object, &frames[got]) > 0)
			got++;
	}
	return (ssize_t)got;
}

int blf_read_open(struct canlog *log)
{
	struct blf_state *st = log->state;
	ssize_t left = canlog_in_need(&log->in, BLF_HEAD_SIZE);
	uint32_t size;

	if (left < 0)
		return (int)left;
	if (!blf_head_decode(unread(log), &st->head, &size))
		return canlog_fail(log, -EBADMSG, "offset 0: no BLF head");
	left = canlog_in_skip(&log->in, size);
	if (left < 0)
		return (int)left;
	/* From here on these count what is there, not what the head claims. */
	st->head.objects = 0;
	st->head.unpacked_size = size;
	return blf_pool_new(&st->pool, log->threads);
}
