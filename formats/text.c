// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The pump of the text formats: lines in, lines out. Formats see one line at a time and never
 * the stream; any line end is read.
 */
#include "format.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/*
 * The next line. Return: 1 with *line and *len (without its end), 0 at the end, negative errno.
 * *whole is false for a last line without an end.
 */
static int next_line(struct canlog *log, const char **line, size_t *len, bool *whole)
{
	struct canlog_in *in = &log->in;
	size_t searched = 0;

	for (;;) {
		const uint8_t *start = in->buf + in->pos;
		size_t left = in->end - in->pos;
		const uint8_t *end = memchr(start + searched, '\n', left - searched);
		ssize_t got;

		if (end) {
			*line = (const char *)start;
			*len = (size_t)(end - start);
			*whole = true;
			in->pos += *len + 1;
			return 1;
		}
		searched = left;
		got = canlog_in_more(in);
		if (got < 0)
			return (int)got;
		if (got)
			continue;
		if (!in->eof && in->end == CANLOG_BUFFER_SIZE) {
			/* No line has this length: what is here counts as one, to be skipped. */
			*line = (const char *)in->buf;
			*len = in->end;
			in->pos = in->end;
			*whole = true;
			return 1;
		}
		*line = (const char *)in->buf + in->pos;
		*len = in->end - in->pos;
		in->pos = in->end;
		*whole = false;
		return *len ? 1 : 0;
	}
}

static int parse(struct canlog *log, const char *line, size_t len, struct anycan_frame *frame)
{
	while (len && (line[len - 1] == '\r' || line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	if (len >= CANLOG_LINE_MAX)
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	return log->format->parse_line(log, line, len, frame);
}

static ssize_t end_of_file(struct canlog *log, size_t got)
{
	if (log->in.cut && !log->report.notes[CANLOG_TRUNCATED].count)
		canlog_note_add(log, CANLOG_TRUNCATED);
	return (ssize_t)got;
}

ssize_t canlog_text_read(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	size_t got = 0;

	while (got < n) {
		const char *line = NULL;
		size_t len = 0;
		bool whole = false;
		int status = next_line(log, &line, &len, &whole);

		/* What was read before a failure is handed out first; it will fail again. */
		if (status < 0)
			return got ? (ssize_t)got : status;
		if (!status)
			return end_of_file(log, got);
		log->line++;
		status = parse(log, line, len, &frames[got]);
		if (status > 0)
			got++;
		/* The stump of a line at the end is a cut file, not a wrong line. */
		else if (status < 0)
			canlog_note_add(log,
					whole ? (enum canlog_note)(-1 - status) : CANLOG_TRUNCATED);
	}
	return (ssize_t)got;
}

int canlog_text_write(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	const struct canlog_format *format = log->format;

	for (size_t i = 0; i < n; i++) {
		uint8_t *at;
		int err = canlog_out_room(&log->out, format->line_max, &at);

		if (err)
			return err;
		log->line++;
		at = (uint8_t *)format->print_line(log, &frames[i], (char *)at);
		canlog_out_done(&log->out, at);
	}
	return 0;
}

int canlog_text_append(struct canlog *log)
{
	char last;

	/* A file that was cut off in a line gets that line ended, not continued. */
	if (!log->out.seekable || !log->out.written ||
	    pread(log->out.fd, &last, 1, (off_t)log->out.written - 1) != 1 || last == '\n')
		return 0;
	return canlog_out_put(&log->out, "\n", 1);
}
