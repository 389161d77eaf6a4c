// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What each format keeps of a frame, told independently of the formats' own code, and helpers.
 */
#include "formats.h"

#include "../unit/random.h"

#include <inttypes.h>
#include <linux/can/error.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define T0_NS (INT64_C(1700000000) * 1000000000 + 123456)

static void round_time(struct anycan_frame *frame, int64_t unit)
{
	frame->ts_ns = (frame->ts_ns + unit / 2) / unit * unit;
}

static void error_without_class(struct anycan_frame *frame)
{
	if (!(frame->can_id & CAN_ERR_FLAG))
		return;
	frame->can_id = CAN_ERR_FLAG | CAN_ERR_BUSERROR;
	frame->len = CAN_ERR_DLC;
	frame->dir = ANYCAN_RX;
	memset(frame->data, 0, sizeof(frame->data));
}

static bool expect_candump(struct anycan_frame *frame)
{
	round_time(frame, 1000);
	frame->dir = ANYCAN_RX;
	if (frame->can_id == CAN_ERR_FLAG)
		frame->can_id |= CAN_ERR_BUSERROR;
	return true;
}

static bool expect_candump_all(struct anycan_frame *frame)
{
	if (frame->can_id == CAN_ERR_FLAG)
		frame->can_id |= CAN_ERR_BUSERROR;
	return true;
}

static bool expect_asc(struct anycan_frame *frame)
{
	round_time(frame, 1000);
	error_without_class(frame);
	return true;
}

static bool expect_asc_9(struct anycan_frame *frame)
{
	error_without_class(frame);
	return true;
}

static bool expect_blf(struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG)
		frame->dir = ANYCAN_RX;
	return true;
}

static bool expect_all(struct anycan_frame *frame)
{
	(void)frame;
	return true;
}

/* python-can's schema has no place for FD, channel and direction. */
static bool expect_schema(struct anycan_frame *frame)
{
	frame->flags = frame->len > CAN_MAX_DLEN ? CANFD_FDF : 0;
	frame->channel = ANYCAN_CHANNEL_NONE;
	frame->dir = ANYCAN_RX;
	return true;
}

static bool expect_sqlite(struct anycan_frame *frame)
{
	/* A REAL of this size has a step of 238 ns. */
	round_time(frame, 1000);
	return expect_schema(frame);
}

static bool expect_txt(struct anycan_frame *frame)
{
	round_time(frame, 1000);
	return true;
}

/* Of an error frame only that it is one is compared: PCAN's five bytes hold part of the class. */
static void trc_error(struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG) {
		frame->can_id = CAN_ERR_FLAG;
		frame->len = 0;
	}
}

static bool expect_trc_21(struct anycan_frame *frame)
{
	round_time(frame, 1000);
	trc_error(frame);
	return true;
}

static bool expect_trc_20(struct anycan_frame *frame)
{
	frame->channel = ANYCAN_CHANNEL_NONE;
	frame->len8_dlc = 0;
	return expect_trc_21(frame);
}

static bool expect_trc_13(struct anycan_frame *frame)
{
	frame->len8_dlc = 0;
	/* An error row has its word where others have the direction. */
	if (frame->can_id & CAN_ERR_FLAG)
		frame->dir = ANYCAN_RX;
	return expect_trc_21(frame) && !frame->flags;
}

static bool expect_trc_11(struct anycan_frame *frame)
{
	frame->channel = ANYCAN_CHANNEL_NONE;
	round_time(frame, 100000);
	return expect_trc_13(frame);
}

static bool expect_trc_10(struct anycan_frame *frame)
{
	frame->channel = ANYCAN_CHANNEL_NONE;
	frame->dir = ANYCAN_RX;
	round_time(frame, 1000000);
	return expect_trc_13(frame);
}

#define SETTINGS(...)                                                                              \
	(const char *const[])                                                                      \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}

const struct way ways[] = {
	{"asc", ".asc", NULL, expect_asc},
	{"asc, 9 decimals, decimal numbers", ".asc", SETTINGS("decimals=9", "base=dec"),
	 expect_asc_9},
	{"asc, relative times, CANFD lines only", ".asc.gz",
	 SETTINGS("timestamps_format=relative", "canfd_lines=true"), expect_asc},
	{"blf", ".blf", NULL, expect_blf},
	{"blf, stored, small containers", ".blf",
	 SETTINGS("compression_level=0", "max_container_size=1024"), expect_blf},
	{"blf, level 1, gzip", ".blf.gz", SETTINGS("compression_level=1"), expect_blf},
	{"blf, level 9", ".blf", SETTINGS("compression_level=9"), expect_blf},
	{"candump", ".log", NULL, expect_candump},
	{"candump, all details, gzip", ".log.gz", SETTINGS("decimals=9", "direction=true"),
	 expect_candump_all},
	{"csv", ".csv", NULL, expect_schema},
	{"pcapng", ".pcapng", NULL, expect_all},
	{"pcapng, gzip", ".pcapng.gz", NULL, expect_all},
	{"sqlite", ".db", NULL, expect_sqlite},
	{"trc 1.0", ".trc", SETTINGS("version=1.0"), expect_trc_10},
	{"trc 1.1", ".trc", SETTINGS("version=1.1"), expect_trc_11},
	{"trc 1.3", ".trc", SETTINGS("version=1.3"), expect_trc_13},
	{"trc 2.0", ".trc", SETTINGS("version=2.0"), expect_trc_20},
	{"trc 2.1", ".trc.gz", SETTINGS("version=2.1"), expect_trc_21},
	{"txt", ".txt", NULL, expect_txt},
};

const size_t ways_count = TEST_COUNT(ways);

void make_frames(struct anycan_frame *frames, size_t n, uint64_t seed)
{
	struct test_random random = {seed * 2654435761u + 1};
	int64_t now = T0_NS;

	for (size_t i = 0; i < n; i++) {
		frames[i] = test_random_frame(&random);
		frames[i].ts_ns = now;
		frames[i].channel = (uint16_t)test_random_below(&random, 5);
		frames[i].dir = (uint8_t)test_random_below(&random, 2);
		/* Mostly microseconds, as most adapters tell; now and then seconds of silence. */
		now += 1000 * (int64_t)test_random_below(&random, 1000);
		if (!test_random_below(&random, 4))
			now += test_random_below(&random, 1000);
		if (!test_random_below(&random, 1000))
			now += (int64_t)test_random_below(&random, 1000) * 1000000000;
	}
}

const char *scratch(char path[PATH_MAX], const char *name, const char *suffix)
{
	const char *folder = getenv("TMPDIR");

	snprintf(path, PATH_MAX, "%s/%s-%d%s", folder ? folder : "/tmp", name, (int)getpid(),
		 suffix);
	return path;
}

void write_file(const char *path, const struct way *way, const struct anycan_frame *frames,
		size_t n)
{
	struct canlog_options options = {.settings = way->settings};
	struct canlog_error error = {""};
	struct canlog *log;

	if (canlog_open_writer(&log, path, &options, &error))
		fail_msg("%s: open: %s", way->name, error.text);
	/* In pieces of odd sizes, as they come from adapters. */
	for (size_t i = 0; i < n;) {
		size_t step = 1 + i % 97;

		if (step > n - i)
			step = n - i;
		if (canlog_write(log, frames + i, step))
			fail_msg("%s: write: %s", way->name, canlog_error_text(log));
		i += step;
	}
	if (canlog_close(log, &error))
		fail_msg("%s: close: %s", way->name, error.text);
}

ssize_t read_file(const char *path, const struct canlog_options *options,
		  struct anycan_frame *frames, size_t room, struct canlog_report *report)
{
	struct canlog_error error = {""};
	struct canlog *log;
	size_t got = 0;
	ssize_t step;
	int err = canlog_open_reader(&log, path, options, &error);

	if (err) {
		assert_true(error.text[0]);
		return err;
	}
	while ((step = canlog_read(log, frames + got, room - got < 61 ? room - got : 61)) > 0)
		if ((got += (size_t)step) == room)
			break;
	if (step < 0)
		assert_true(canlog_error_text(log)[0]);
	if (report)
		*report = *canlog_get_report(log);
	canlog_close(log, NULL);
	return step < 0 ? step : (ssize_t)got;
}

static bool is_trc(const struct way *way)
{
	return !strncmp(way->name, "trc", 3);
}

void check_frames(const struct way *way, const struct anycan_frame *got, size_t got_n,
		  const struct anycan_frame *want, size_t want_n)
{
	size_t k = 0;

	for (size_t i = 0; i < want_n; i++) {
		struct anycan_frame expected = want[i], read;

		if (!way->expect(&expected))
			continue;
		if (k == got_n)
			fail_msg("%s: ends after %zu frames", way->name, got_n);
		read = got[k++];
		if (is_trc(way))
			trc_error(&read);
		if (anycan_frame_equal(&read, &expected, 0, true))
			continue;
		fail_msg("%s: frame %zu: id %08x len %u flags %x raw %u channel %u dir %u time "
			 "%" PRId64 " instead of %08x %u %x %u %u %u %" PRId64,
			 way->name, i, read.can_id, read.len, read.flags, read.len8_dlc,
			 read.channel, read.dir, read.ts_ns, expected.can_id, expected.len,
			 expected.flags, expected.len8_dlc, expected.channel, expected.dir,
			 expected.ts_ns);
	}
	if (k != got_n)
		fail_msg("%s: %zu frames instead of %zu", way->name, got_n, k);
}
