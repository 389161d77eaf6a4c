// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What `anycan convert` tells when it is done.
 */
#include "convert.h"

#include <inttypes.h>
#include <time.h>

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
