// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What `anycan convert` tells while it works and when it is done.
 */
#include "convert.h"

#include <inttypes.h>
#include <unistd.h>

#define BAR_COLUMNS 30
/* Frames come in batches; a look at the clock for every 64th is enough. */
#define STEPS_PER_LOOK 64

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void convert_progress_start(struct convert_progress *bar, bool quiet)
{
	*bar = (struct convert_progress){0};
	if (!quiet && isatty(STDERR_FILENO))
		bar->terminal = stderr;
	clock_gettime(CLOCK_MONOTONIC, &bar->start);
	bar->shown = bar->start;
}

static void draw(struct convert_progress *bar, double part, double rate, double left)
{
	char columns[BAR_COLUMNS + 1];
	int full = (int)(part * BAR_COLUMNS);

	for (int i = 0; i < BAR_COLUMNS; i++)
		columns[i] = i < full ? '=' : ' ';
	columns[BAR_COLUMNS] = '\0';
	fprintf(bar->terminal, "\r[%s] %3.0f %%  %.2f M frames/s  %d:%02d left ", columns,
		part * 100, rate / 1e6, (int)left / 60, (int)left % 60);
	fflush(bar->terminal);
	bar->drawn = true;
}

void convert_progress_step(struct convert_progress *bar, const struct canlog *log, uint64_t frames)
{
	uint64_t size, position;
	double passed, part;

	if (!bar->terminal || ++bar->calls % STEPS_PER_LOOK || seconds_since(&bar->shown) < 0.25)
		return;
	clock_gettime(CLOCK_MONOTONIC, &bar->shown);
	position = canlog_get_position(log, &size);
	if (!size || !position)
		return;
	part = position < size ? (double)position / (double)size : 1;
	passed = seconds_since(&bar->start);
	draw(bar, part, (double)frames / passed, passed * (1 - part) / part);
}

void convert_progress_end(struct convert_progress *bar)
{
	if (bar->drawn)
		fprintf(bar->terminal, "\r%*s\r", BAR_COLUMNS + 50, "");
}

static void print_time(FILE *to, int64_t ts_ns)
{
	time_t sec = (time_t)(ts_ns / 1000000000);
	struct tm tm;
	char date[32];

	/* A log without a date counts from 0. */
	if (sec >= 86400 && localtime_r(&sec, &tm) &&
	    strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm))
		fprintf(to, "%s.%06d", date, (int)(ts_ns % 1000000000 / 1000));
	else
		fprintf(to, "%" PRId64 ".%06d", (int64_t)sec, (int)(ts_ns % 1000000000 / 1000));
}

static void print_channels(FILE *to, const struct canlog_report *report,
			   const struct canlog_channels *channels)
{
	const char *separator = "; channels ";

	for (uint16_t i = 0; i < 256; i++) {
		const char *name = canlog_channels_name(channels, i);

		if (!(report->channels[i / 64] >> (i % 64) & 1))
			continue;
		fprintf(to, "%s%u", separator, i);
		if (name)
			fprintf(to, " %s", name);
		separator = ", ";
	}
}

void convert_print_summary(FILE *to, const struct canlog_report *report,
			   const struct canlog_channels *channels)
{
	fprintf(to,
		"%" PRIu64 " frames: %" PRIu64 " data, %" PRIu64 " FD, %" PRIu64 " remote, %" PRIu64
		" error",
		report->frames, report->data, report->fd, report->remote, report->error);
	print_channels(to, report, channels);
	if (report->frames) {
		fputs("; from ", to);
		print_time(to, report->first_ns);
		fputs(" to ", to);
		print_time(to, report->last_ns);
	}
	fputc('\n', to);
}

void convert_print_notes(FILE *to, const char *path, const struct canlog_report *report)
{
	for (int i = 0; i < CANLOG_NOTES; i++) {
		const struct canlog_count *count = &report->notes[i];

		if (count->count)
			fprintf(to, "%s: %" PRIu64 " %s (first: %s %" PRIu64 ")\n", path,
				count->count, canlog_note_text((enum canlog_note)i), report->where,
				count->first);
	}
}
