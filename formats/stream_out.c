// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Writing side of the byte streams. Source for gzip: RFC 1952; zlib does the work.
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

struct canlog_deflate {
	z_stream z;
	uint64_t taken; /* bytes compressed or in the compressor since the last flush */
	uint8_t raw[RAW_SIZE];
};

static int write_fully(struct canlog_out *out, const uint8_t *bytes, size_t len)
{
	while (len) {
		ssize_t done = write(out->fd, bytes, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		bytes += done;
		len -= (size_t)done;
		out->written += (uint64_t)done;
	}
	return 0;
}

static int deflate_buffer(struct canlog_out *out, int mode)
{
	struct canlog_deflate *gz = out->gzip;
	int status;

	gz->z.next_in = out->buf;
	gz->z.avail_in = (uInt)out->len;
	gz->taken += out->len;
	do {
		int err;

		gz->z.next_out = gz->raw;
		gz->z.avail_out = RAW_SIZE;
		status = deflate(&gz->z, mode);
		if (status == Z_STREAM_ERROR)
			return -EIO;
		err = write_fully(out, gz->raw, RAW_SIZE - gz->z.avail_out);
		if (err)
			return err;
	} while (!gz->z.avail_out || (mode == Z_FINISH && status != Z_STREAM_END));
	if (mode != Z_NO_FLUSH)
		gz->taken = 0;
	out->len = 0;
	return 0;
}

int canlog_out_drain(struct canlog_out *out)
{
	int err;

	if (out->gzip)
		return deflate_buffer(out, Z_NO_FLUSH);
	err = write_fully(out, out->buf, out->len);
	if (!err)
		out->len = 0;
	return err;
}

int canlog_out_put(struct canlog_out *out, const void *bytes, size_t len)
{
	const uint8_t *p = bytes;

	while (len) {
		size_t step = CANLOG_BUFFER_SIZE - out->len;

		if (!step) {
			int err = canlog_out_drain(out);

			if (err)
				return err;
			continue;
		}
		if (step > len)
			step = len;
		memcpy(out->buf + out->len, p, step);
		out->len += step;
		p += step;
		len -= step;
	}
	return 0;
}

int canlog_out_flush(struct canlog_out *out, bool sync)
{
	int err = 0;

	/* A flushed compressor ends a block, so that the file can be unpacked up to here. */
	if (out->gzip && (out->len || out->gzip->taken))
		err = deflate_buffer(out, Z_SYNC_FLUSH);
	else if (!out->gzip)
		err = canlog_out_drain(out);
	if (!err && sync && fdatasync(out->fd) < 0 && errno != EINVAL && errno != EROFS)
		err = -errno;
	return err;
}

int canlog_out_patch(struct canlog_out *out, uint64_t offset, const void *bytes, size_t len)
{
	ssize_t done;

	do
		done = pwrite(out->fd, bytes, len, (off_t)offset);
	while (done < 0 && errno == EINTR);
	if (done < 0)
		return -errno;
	return (size_t)done == len ? 0 : -EIO;
}

uint64_t canlog_out_size(const struct canlog_out *out)
{
	return out->written + out->len;
}

static int start_gzip(struct canlog_out *out)
{
	out->gzip = calloc(1, sizeof(*out->gzip));
	if (!out->gzip)
		return -ENOMEM;
	if (deflateInit2(&out->gzip->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + 16, 8,
			 Z_DEFAULT_STRATEGY) == Z_OK)
		return 0;
	free(out->gzip);
	out->gzip = NULL;
	return -ENOMEM;
}

static int open_file(struct canlog_out *out, const char *path, bool append)
{
	/* Readable as well: appending to some formats begins with a look at what is there. */
	out->fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (append ? 0 : O_TRUNC), 0666);
	if (out->fd < 0 && errno == EACCES)
		out->fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (append ? 0 : O_TRUNC), 0666);
	if (out->fd < 0)
		return -errno;
	out->own_fd = true;
	return 0;
}

int canlog_out_open(struct canlog_out *out, const char *path, bool gzip, bool append)
{
	struct stat st;
	int err;

	memset(out, 0, sizeof(*out));
	out->fd = STDOUT_FILENO;
	if (strcmp(path, "-") != 0) {
		err = open_file(out, path, append);
		if (err)
			return err;
	}
	if (fstat(out->fd, &st) == 0 && S_ISREG(st.st_mode) && out->own_fd) {
		off_t end = append ? lseek(out->fd, 0, SEEK_END) : 0;

		out->seekable = !gzip;
		out->written = end > 0 ? (uint64_t)end : 0;
	}
	err = -ENOMEM;
	out->buf = malloc(CANLOG_BUFFER_SIZE);
	if (out->buf)
		err = gzip ? start_gzip(out) : 0;
	if (err)
		goto err_close;
	return 0;

err_close:
	free(out->buf);
	if (out->own_fd)
		close(out->fd);
	memset(out, 0, sizeof(*out));
	return err;
}

int canlog_out_close(struct canlog_out *out)
{
	int err = 0;

	if (!out->buf)
		return 0;
	if (out->gzip) {
		err = deflate_buffer(out, Z_FINISH);
		deflateEnd(&out->gzip->z);
		free(out->gzip);
	} else {
		err = canlog_out_drain(out);
	}
	free(out->buf);
	/* Full disks and lost shares may tell at close only. */
	if (out->own_fd && close(out->fd) < 0 && !err)
		err = -errno;
	memset(out, 0, sizeof(*out));
	return err;
}
