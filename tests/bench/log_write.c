// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * log_write IN OUT: loads a log, then writes it; prints the seconds of wall and processor time of
 * the writing alone, as formats.py has the peers do it.
 */
#include <canlog.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BATCH 512

static double seconds(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static struct anycan_frame *load(const char *path, struct canlog_channels *channels, size_t *n)
{
	struct canlog_options options = {.channels = channels};
	struct anycan_frame *frames = NULL;
	struct canlog_error error;
	struct canlog *log;
	size_t room = 0;
	ssize_t got;

	if (canlog_open_reader(&log, path, &options, &error))
		errx(1, "%s", error.text);
	*n = 0;
	do {
		if (room - *n < BATCH) {
			room = room ? 2 * room : 64 * BATCH;
			frames = realloc(frames, room * sizeof(*frames));
			if (!frames)
				err(1, "frames");
		}
		got = canlog_read(log, frames + *n, BATCH);
		*n += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	if (got < 0)
		errx(1, "%s", canlog_error_text(log));
	canlog_close(log, NULL);
	return frames;
}

int main(int argc, char **argv)
{
	struct canlog_channels *channels = canlog_channels_new();
	struct canlog_options options = {.channels = channels};
	struct anycan_frame *frames;
	struct canlog_error error;
	struct canlog *log;
	double wall, cpu;
	size_t n;

	if (argc != 3 || !channels)
		return 2;
	frames = load(argv[1], channels, &n);
	wall = seconds(CLOCK_MONOTONIC);
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	if (canlog_open_writer(&log, argv[2], &options, &error))
		errx(1, "%s", error.text);
	for (size_t i = 0; i < n; i += BATCH)
		if (canlog_write(log, frames + i, n - i < BATCH ? n - i : BATCH))
			errx(1, "%s", canlog_error_text(log));
	if (canlog_close(log, &error))
		errx(1, "%s", error.text);
	printf("%f %f\n", seconds(CLOCK_MONOTONIC) - wall, seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu);
	canlog_channels_free(channels);
	free(frames);
	return 0;
}
