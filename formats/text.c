// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The pump of the text formats: lines in, lines out. Formats see one line at a time and never
 * the stream; any line end is read.
 */
#include "format.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TOO_LONG 2
#define NO_TEXT (64 * 1024 * 1024)

/* Lines end in CR alone, as once on the Macintosh, if the first one does. */
static int find_line_end(struct canlog *log)
{
	struct canlog_in *in = &log->in;

	for (;;) {
		const uint8_t *text = in->buf + in->pos;
		size_t left = in->end - in->pos;
		const uint8_t *lf = memchr(text, '\n', left);
		const uint8_t *cr = memchr(text, '\r', lf ? (size_t)(lf - text) : left);
		ssize_t got = 0;

		if (!lf && (!cr || cr + 1 == text + left))
			got = canlog_in_more(in);
		if (got < 0)
			return (int)got;
		if (got)
			continue;
		log->line_end = cr && cr + 1 != lf ? '\r' : '\n';
		return 0;
	}
}

/* Passes over a line too long as far as it is there; without any end it is no text. */
static int drop_long_line(struct canlog *log)
{
	log->dropped += log->in.end;
	log->in.pos = log->in.end;
	if (log->dropped < NO_TEXT)
		return 0;
	return canlog_fail(log, -EBADMSG, "line %llu: no end of it in 64 MB: this is no text",
			   (unsigned long long)log->line + 1);
}

/* The end of the line, or what is left of the file. */
static int take_line(struct canlog *log, size_t len, bool ended)
{
	bool too_long = log->dropped;

	log->in.pos += len + ended;
	log->dropped = 0;
	return too_long ? TOO_LONG : len || ended;
}

/*
 * The next line. Return: 1 with *line and *len (without its end), TOO_LONG, 0 at the end, negative
 * errno. *whole is false for a last line without an end.
 */
static int next_line(struct canlog *log, const char **line, size_t *len, bool *whole)
{
	struct canlog_in *in = &log->in;
	size_t searched = 0;

	for (;;) {
		const uint8_t *start = in->buf + in->pos, *end;
		size_t left = in->end - in->pos;
		ssize_t got;

		*line = (const char *)start;
		end = memchr(start + searched, log->line_end, left - searched);
		*whole = end;
		if (end) {
			*len = (size_t)(end - start);
			return take_line(log, *len, true);
		}
		searched = left;
		got = canlog_in_more(in);
		if (got < 0)
			return (int)got;
		if (got)
			continue;
		*line = (const char *)in->buf + in->pos;
		*len = left;
		if (in->eof || in->end < CANLOG_BUFFER_SIZE)
			return take_line(log, left, false);
		got = drop_long_line(log);
		if (got)
			return (int)got;
		searched = 0;
	}
}

static int parse(struct canlog *log, const char *line, size_t len, struct anycan_frame *frame)
{
	while (len && (line[len - 1] == '\r' || line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	/* What a power cut leaves of data that never reached the disk. */
	if (len && !*line) {
		canlog_note_add(log, CANLOG_SKIPPED_DAMAGE);
		for (; len && !*line; len--)
			line++;
	}
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

	int err = log->line_end ? 0 : find_line_end(log);

	if (err)
		return err;
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
		status = status == TOO_LONG ? CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED)
					    : parse(log, line, len, &frames[got]);
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
