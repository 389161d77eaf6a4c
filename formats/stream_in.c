// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading side of the byte streams. Source for gzip: RFC 1952; zlib does the work.
 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define RAW_SIZE (64 * 1024)

struct canlog_inflate {
	z_stream z;
	bool between_members;
	uint8_t raw[RAW_SIZE];
};

static ssize_t read_some(struct canlog_in *in, void *buf, size_t len)
{
	ssize_t got;

	do
		got = read(in->fd, buf, len);
	while (got < 0 && errno == EINTR && in->patient);
	return got < 0 ? -errno : got;
}

/* A progress bar may look at it from another thread. */
static void count_raw(struct canlog_in *in, size_t got)
{
	__atomic_store_n(&in->raw, in->raw + got, __ATOMIC_RELAXED);
}

static ssize_t more_plain(struct canlog_in *in)
{
	ssize_t got = read_some(in, in->buf + in->end, CANLOG_BUFFER_SIZE - in->end);

	if (got > 0)
		count_raw(in, (size_t)got);
	return got;
}

/* Refills the compressed side. Return: whether there is input, or negative errno. */
static ssize_t refill(struct canlog_in *in)
{
	struct canlog_inflate *gz = in->gzip;
	ssize_t got;

	if (gz->z.avail_in)
		return 1;
	got = read_some(in, gz->raw, RAW_SIZE);
	if (got <= 0)
		return got;
	count_raw(in, (size_t)got);
	gz->z.next_in = gz->raw;
	gz->z.avail_in = (uInt)got;
	return 1;
}

static ssize_t more_gzip(struct canlog_in *in)
{
	struct canlog_inflate *gz = in->gzip;
	size_t room = CANLOG_BUFFER_SIZE - in->end;

	gz->z.next_out = in->buf + in->end;
	gz->z.avail_out = (uInt)room;
	while (gz->z.avail_out == room) {
		ssize_t there = refill(in);
		int status;

		if (there < 0)
			return there;
		if (!there) {
			in->cut = !gz->between_members;
			break;
		}
		if (gz->between_members && inflateReset(&gz->z) != Z_OK)
			return -EIO;
		gz->between_members = false;
		status = inflate(&gz->z, Z_NO_FLUSH);
		if (status == Z_STREAM_END) {
			gz->between_members = true;
		} else if (status != Z_OK && status != Z_BUF_ERROR) {
			/* Damage: what came out before it is good, the rest is not. */
			in->cut = true;
			break;
		}
	}
	return (ssize_t)(room - gz->z.avail_out);
}

ssize_t canlog_in_more(struct canlog_in *in)
{
	ssize_t got;

	if (in->pos) {
		memmove(in->buf, in->buf + in->pos, in->end - in->pos);
		in->base += in->pos;
		in->end -= in->pos;
		in->pos = 0;
	}
	if (in->eof || in->end == CANLOG_BUFFER_SIZE)
		return 0;
	got = in->gzip ? more_gzip(in) : more_plain(in);
	if (got > 0)
		in->end += (size_t)got;
	if (got == 0 || in->cut)
		in->eof = true;
	return got;
}

ssize_t canlog_in_need(struct canlog_in *in, size_t want)
{
	while (canlog_in_left(in) < want) {
		ssize_t got = canlog_in_more(in);

		if (got < 0)
			return got;
		if (!got && (in->eof || in->end == CANLOG_BUFFER_SIZE))
			break;
	}
	return (ssize_t)canlog_in_left(in);
}

ssize_t canlog_in_skip(struct canlog_in *in, uint64_t len)
{
	uint64_t left = len;

	in->patient = true;
	while (left) {
		size_t step = canlog_in_left(in);
		ssize_t got;

		if (step > left)
			step = (size_t)left;
		in->pos += step;
		left -= step;
		if (!left)
			break;
		got = canlog_in_more(in);
		if (got < 0)
			return got;
		if (!got)
			break;
	}
	in->patient = false;
	return (ssize_t)(len - left);
}

/* Puts the bytes read so far before the decompressor instead of the reader. */
static int start_gzip(struct canlog_in *in)
{
	struct canlog_inflate *gz = calloc(1, sizeof(*gz));
	size_t head = in->end;

	if (!gz)
		return -ENOMEM;
	/* 15 + 16: largest window, gzip wrapper only. */
	if (inflateInit2(&gz->z, 15 + 16) != Z_OK) {
		free(gz);
		return -ENOMEM;
	}
	memcpy(gz->raw, in->buf, head);
	gz->z.next_in = gz->raw;
	gz->z.avail_in = (uInt)head;
	in->gzip = gz;
	in->end = 0;
	in->eof = false;
	return 0;
}

/* The first bytes say whether it is gzip; a pipe may give them one at a time. */
static int detect_gzip(struct canlog_in *in)
{
	static const uint8_t magic[3] = {0x1f, 0x8b, Z_DEFLATED};
	size_t len = 0;

	while (len < sizeof(magic)) {
		ssize_t got = read_some(in, in->buf + len, RAW_SIZE - len);

		if (got < 0)
			return (int)got;
		if (!got)
			break;
		len += (size_t)got;
		count_raw(in, (size_t)got);
	}
	in->end = len;
	return len >= sizeof(magic) && !memcmp(in->buf, magic, sizeof(magic)) ? start_gzip(in) : 0;
}

int canlog_in_open(struct canlog_in *in, const char *path)
{
	struct stat st;
	int err;

	memset(in, 0, sizeof(*in));
	in->fd = STDIN_FILENO;
	if (strcmp(path, "-") != 0) {
		in->fd = open(path, O_RDONLY | O_CLOEXEC);
		if (in->fd < 0)
			return -errno;
		in->own_fd = true;
	}
	err = -EIO;
	if (fstat(in->fd, &st) < 0)
		goto err_close;
	err = -EISDIR;
	if (S_ISDIR(st.st_mode))
		goto err_close;
	if (S_ISREG(st.st_mode)) {
		in->raw_size = (uint64_t)st.st_size;
		(void)posix_fadvise(in->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	}
	err = -ENOMEM;
	in->buf = malloc(CANLOG_BUFFER_SIZE);
	if (!in->buf)
		goto err_close;
	err = detect_gzip(in);
	if (!err)
		return 0;
err_close:
	canlog_in_close(in);
	return err;
}

void canlog_in_close(struct canlog_in *in)
{
	if (in->gzip) {
		inflateEnd(&in->gzip->z);
		free(in->gzip);
	}
	free(in->buf);
	if (in->own_fd)
		close(in->fd);
	memset(in, 0, sizeof(*in));
}
