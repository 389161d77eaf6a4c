/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: every input is read as a log file of the format FUZZ_FORMAT, of which there is one
 * program for each. What is read must be frames that can be written and read again; the number
 * of frames is bounded by the input's size. The first byte says how: 0x80 = repair, 0x40 = by
 * the format that the content tells, 0x20 = times from 0.
 */
#include <canlog.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* No format tells a frame in less than this many unpacked bytes; packing gains 1032:1. */
#define BYTES_PER_FRAME 4
#define PACKING 1100

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void check_frame(const struct anycan_frame *frame)
{
	demand(frame->len <= ANYCAN_DATA_MAX);
	demand(frame->flags & CANFD_FDF ? frame->len == anycan_dlc2len(anycan_len2dlc(frame->len))
					: frame->len <= CAN_MAX_DLEN);
	demand(!frame->len8_dlc || (frame->len == CAN_MAX_DLEN && frame->len8_dlc <= 15));
	demand(frame->ts_ns >= 0);
}

/* All frames of the log go on to a writer of the other kind, whose end is thrown away. */
static void read_all(struct canlog *in, struct canlog *out, size_t size)
{
	struct anycan_frame frames[64];
	uint64_t total = 0;
	ssize_t got;

	while ((got = canlog_read(in, frames, 64)) > 0) {
		total += (uint64_t)got;
		demand(total <= (uint64_t)size * PACKING / BYTES_PER_FRAME + 64);
		for (ssize_t i = 0; i < got; i++)
			check_frame(&frames[i]);
		demand(canlog_write(out, frames, (size_t)got) == 0);
	}
	demand(got == 0 || canlog_error_text(in)[0]);
}

static void fuzz(const char *path, uint8_t how, size_t size)
{
	static const char *const out_formats[] = {"asc", "blf", "log",	 "csv",
						  "trc", "txt", "pcapng"};
	static const char *const settings[] = {"relative_timestamp=true", NULL};
	struct canlog_options in_options = {
		.format = how & 0x40 ? NULL : FUZZ_FORMAT,
		.settings = how & 0x20 ? settings : NULL,
		.any_settings = true,
		.repair = how & 0x80,
		.threads = -1,
	};
	struct canlog_options out_options = {.threads = -1};
	struct canlog_error error = {""};
	struct canlog *in, *out;

	if (canlog_open_reader(&in, path, &in_options, &error)) {
		demand(error.text[0]);
		return;
	}
	out_options.format = out_formats[size % 7];
	out_options.channels = canlog_get_channels(in);
	demand(canlog_open_writer(&out, "/dev/null", &out_options, &error) == 0);
	read_all(in, out, size);
	demand(canlog_close(out, &error) == 0);
	canlog_close(in, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd;

	if (!size)
		return 0;
	fd = memfd_create("fuzz", MFD_CLOEXEC);
	demand(fd >= 0);
	demand(write(fd, data + 1, size - 1) == (ssize_t)size - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fuzz(path, data[0], size);
	close(fd);
	return 0;
}
