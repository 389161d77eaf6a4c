/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Buffered byte streams under the formats: plain or gzip (RFC 1952, several members), from and to
 * files and pipes. Buffers are large and fixed; nothing grows with the file.
 */
#ifndef FORMATS_STREAM_H
#define FORMATS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define CANLOG_BUFFER_SIZE (256 * 1024)

struct canlog_inflate;
struct canlog_deflate;

struct canlog_in {
	int fd;
	bool own_fd;
	bool eof;
	bool patient; /* go on reading after a signal instead of returning -EINTR */
	bool cut;     /* gzip data ended before its trailer, or is damaged from here on */
	uint8_t *buf;
	size_t pos, end;
	uint64_t base;	   /* offset in the (unpacked) stream of buf[0] */
	uint64_t raw;	   /* bytes taken from the file */
	uint64_t raw_size; /* of the file, 0 = unknown */
	struct canlog_inflate *gzip;
};

struct canlog_out {
	int fd;
	bool own_fd;
	bool seekable;
	uint8_t *buf;
	size_t len;
	uint64_t written; /* bytes given to the file */
	struct canlog_deflate *gzip;
};

/* Opens @path ("-": standard input) and looks for gzip; 0 or negative errno. */
int canlog_in_open(struct canlog_in *in, const char *path);
void canlog_in_close(struct canlog_in *in);

/*
 * Reads more behind what is left of the buffer. Return: bytes added, 0 at the end of the file or
 * if the buffer is full of unread bytes, negative errno; -EINTR has changed nothing.
 */
ssize_t canlog_in_more(struct canlog_in *in);

/* Tries to have @want bytes (at most the buffer's size) unread. Return: bytes unread, or errno. */
ssize_t canlog_in_need(struct canlog_in *in, size_t want);

static inline size_t canlog_in_left(const struct canlog_in *in)
{
	return in->end - in->pos;
}

static inline uint64_t canlog_in_offset(const struct canlog_in *in)
{
	return in->base + in->pos;
}

/* Passes over @len bytes. Return: how many there were, or negative errno. */
ssize_t canlog_in_skip(struct canlog_in *in, uint64_t len);

/* Opens @path ("-": standard output) empty, or at its end with @append; 0 or negative errno. */
int canlog_out_open(struct canlog_out *out, const char *path, bool gzip, bool append);

/* Bytes waiting in memory go to the file; with @sync to the disk. */
int canlog_out_flush(struct canlog_out *out, bool sync);

/* Finishes and closes; returns the first failure. Safe on a stream that never opened. */
int canlog_out_close(struct canlog_out *out);

int canlog_out_put(struct canlog_out *out, const void *bytes, size_t len);

/* Overwrites bytes at @offset of a seekable, uncompressed file. */
int canlog_out_patch(struct canlog_out *out, uint64_t offset, const void *bytes, size_t len);

/* Hands over a full buffer. */
int canlog_out_drain(struct canlog_out *out);

/* Room for @len bytes (well below the buffer's size) at *@at; finish with canlog_out_done(). */
static inline int canlog_out_room(struct canlog_out *out, size_t len, uint8_t **at)
{
	if (CANLOG_BUFFER_SIZE - out->len < len) {
		int err = canlog_out_drain(out);

		if (err)
			return err;
	}
	*at = out->buf + out->len;
	return 0;
}

static inline void canlog_out_done(struct canlog_out *out, const uint8_t *behind)
{
	out->len = (size_t)(behind - out->buf);
}

/* Bytes made so far, those in memory included. */
uint64_t canlog_out_size(const struct canlog_out *out);

#endif
