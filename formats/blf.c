// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * BLF, Vector's binary log: the format, and appending to a file.
 */
#include "blf.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int blf_probe(const uint8_t *head, size_t len)
{
	return len >= 4 && !memcmp(head, "LOGG", 4) ? 100 : 0;
}

static void free_state(struct canlog *log)
{
	struct blf_state *st = log->state;

	blf_pool_free(st->pool);
	free(st->work.p);
	free(st->pending.p);
	memset(st, 0, sizeof(*st));
}

static int blf_open(struct canlog *log)
{
	int err = log->writing ? blf_write_open(log) : blf_read_open(log);

	if (err)
		free_state(log);
	return err;
}

static int blf_close(struct canlog *log)
{
	int err = log->writing ? blf_write_close(log) : 0;

	free_state(log);
	return err;
}

/* Offset behind the last container that is there as a whole. */
static uint64_t whole_end(int fd, uint64_t from, uint64_t size)
{
	uint64_t at = from;

	for (;;) {
		uint8_t head[BLF_BASE_SIZE + 8];
		struct view v = {head, sizeof(head)};
		uint64_t object;
		size_t pad = 0;

		if (pread(fd, head, sizeof(head), (off_t)at) != sizeof(head))
			return at;
		while (pad < 8 && memcmp(head + pad, "LOBJ", 4))
			pad++;
		object = view_le32(view_sub(v, pad, BLF_BASE_SIZE), 8);
		if (pad == 8 || object < BLF_BASE_SIZE || at + pad + object > size)
			return at;
		at += pad + object;
		/* Padding behind the last one belongs to it. */
		if (at + object % 4 <= size)
			at += object % 4;
	}
}

/* Counts objects and bytes by reading the whole file: its head is not true. */
static int recount(struct canlog *log, struct blf_head *head)
{
	struct canlog_options options = {.format = "blf", .repair = true, .threads = -1};
	struct anycan_frame *frames = calloc(64, sizeof(*frames));
	struct canlog *reader;
	ssize_t got;
	int err = frames ? canlog_open_reader(&reader, log->path, &options, &log->error) : -ENOMEM;

	if (err) {
		free(frames);
		return err;
	}
	do
		got = canlog_read(reader, frames, 64);
	while (got > 0);
	head->objects = ((struct blf_state *)reader->state)->head.objects;
	head->unpacked_size = ((struct blf_state *)reader->state)->head.unpacked_size;
	if (canlog_get_report(reader)->frames)
		head->stop_ns = canlog_get_report(reader)->last_ns;
	free(frames);
	canlog_close(reader, NULL);
	return got < 0 ? (int)got : 0;
}

int blf_append_scan(struct canlog *log)
{
	struct blf_state *st = log->state;
	uint8_t head[BLF_HEAD_SIZE];
	uint64_t end, size = log->out.written;
	uint32_t head_size;
	ssize_t got = pread(log->out.fd, head, sizeof(head), 0);
	int err = 0;

	if (got < 0)
		return -errno;
	if (!blf_head_decode((struct view){head, (size_t)got}, &st->head, &head_size) ||
	    head_size != BLF_HEAD_SIZE)
		return canlog_fail(log, -EBADMSG, "no BLF file to append to");
	end = whole_end(log->out.fd, head_size, size);
	if (end < size && ftruncate(log->out.fd, (off_t)end) < 0)
		return -errno;
	if (st->head.file_size != size || end != size)
		err = recount(log, &st->head);
	if (err)
		return err;
	if (lseek(log->out.fd, (off_t)end, SEEK_SET) < 0)
		return -errno;
	log->out.written = end;
	st->head_written = true;
	return 0;
}

const struct canlog_format blf_format = {
	.name = "blf",
	.summary = "Vector's binary log",
	.extensions = (const char *const[]){".blf", NULL},
	.settings = (const char *const[]){"append", "channel", "compression_level",
					  "max_container_size", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_GZIP | CANLOG_EVENTS,
	.loses = UINT64_C(1) << CANLOG_LOST_NAME | UINT64_C(1) << CANLOG_RAISED_TIME,
	.time_ns = 1,
	.state_size = sizeof(struct blf_state),
	.probe = blf_probe,
	.open = blf_open,
	.close = blf_close,
	.read = blf_read,
	.write = blf_write,
	.flush = blf_flush,
	.event = blf_event,
};
