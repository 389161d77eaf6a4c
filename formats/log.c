// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The public face of a log: opening by content or suffix, reading and writing in batches,
 * flushing by time and bytes, closing.
 */
#include "format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int canlog_fail(struct canlog *log, int code, const char *format, ...)
{
	va_list args;
	int used;

	used = snprintf(log->error.text, sizeof(log->error.text), "%s: ",
			strcmp(log->path, "-") ? log->path
			: log->writing	       ? "standard output"
					       : "standard input");
	if (used < 0 || (size_t)used >= sizeof(log->error.text))
		used = 0;
	va_start(args, format);
	vsnprintf(log->error.text + used, sizeof(log->error.text) - (size_t)used, format, args);
	va_end(args);
	return code;
}

static int fail_system(struct canlog *log, int code)
{
	return canlog_fail(log, code, "%s", strerror(-code));
}

static void free_log(struct canlog *log)
{
	canlog_in_close(&log->in);
	if (log->own_channels)
		canlog_channels_free(log->channels);
	free(log->state);
	free(log->path);
	free(log);
}

static int new_log(struct canlog **out, const char *path, const struct canlog_options *options)
{
	struct canlog *log = calloc(1, sizeof(*log));

	if (!log)
		return -ENOMEM;
	log->path = strdup(path);
	log->channels = options->channels;
	if (!log->channels) {
		log->channels = canlog_channels_new();
		log->own_channels = true;
	}
	if (!log->path || !log->channels) {
		free_log(log);
		return -ENOMEM;
	}
	log->repair = options->repair;
	log->sync = options->sync;
	log->threads = options->threads;
	log->flush_ns = options->flush_ns;
	log->flush_bytes = options->flush_bytes;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &log->last_flush);
	*out = log;
	return 0;
}

static int list_formats(struct canlog *log, int code, const char *why, const char *name,
			unsigned int ability)
{
	const struct canlog_format *format;
	char known[160] = "";

	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		size_t used = strlen(known);

		if (format->abilities & ability)
			snprintf(known + used, sizeof(known) - used, " %s", format->extensions[0]);
	}
	return canlog_fail(log, code, "%s%s%s (formats:%s; -f names one)", why, name ? " " : "",
			   name ? name : "", known);
}

/* Ends a half-made log and passes its words on. */
static int give_up(struct canlog *log, int code, struct canlog_error *error)
{
	if (error)
		*error = log->error;
	free_log(log);
	return code;
}

static int begin_format(struct canlog *log)
{
	int err;

	log->report.where = log->writing			   ? "frame"
			    : log->format->abilities & CANLOG_TEXT ? "line"
								   : "offset";
	log->loses = log->format->loses;
	log->time_ns = log->format->time_ns;
	if (log->format->state_size) {
		log->state = calloc(1, log->format->state_size);
		if (!log->state)
			return fail_system(log, -ENOMEM);
	}
	err = log->writing && log->set.append && (log->format->abilities & CANLOG_TEXT)
		      ? canlog_text_append(log)
		      : 0;
	if (!err && log->format->open)
		err = log->format->open(log);
	if (err && !log->error.text[0])
		fail_system(log, err);
	return err;
}

/* What Windows' editors put before text. UTF-16 is no text to any format. */
static int pass_byte_order_mark(struct canlog *log, size_t left)
{
	const uint8_t *head = log->in.buf + log->in.pos;

	if (left >= 2 && (!memcmp(head, "\xff\xfe", 2) || !memcmp(head, "\xfe\xff", 2)))
		return canlog_fail(log, -EMEDIUMTYPE,
				   "text in UTF-16 (iconv -t UTF-8 makes it readable)");
	if (left >= 3 && !memcmp(head, "\xef\xbb\xbf", 3))
		log->in.pos += 3;
	return 0;
}

static int choose_reader(struct canlog *log, const char *name)
{
	ssize_t got = canlog_in_need(&log->in, name ? 3 : 4096);
	bool gzip;
	int err;

	if (got < 0)
		return fail_system(log, (int)got);
	err = pass_byte_order_mark(log, (size_t)got);
	if (err)
		return err;
	if (name) {
		log->format = canlog_format_find(name);
		return log->format
			       ? 0
			       : list_formats(log, -EINVAL, "unknown format", name, CANLOG_READS);
	}
	log->format = canlog_format_probe(log->in.buf + log->in.pos, canlog_in_left(&log->in));
	if (!log->format)
		log->format = canlog_format_for_path(log->path, &gzip);
	if (!log->format)
		return list_formats(log, -EMEDIUMTYPE, "neither content nor suffix tell a format",
				    NULL, CANLOG_READS);
	return 0;
}

int canlog_open_reader(struct canlog **out, const char *path, const struct canlog_options *options,
		       struct canlog_error *error)
{
	static const struct canlog_options none;
	struct canlog *log;
	int err;

	options = options ? options : &none;
	err = new_log(&log, path, options);
	if (err)
		return canlog_fail_to(error, err, "%s: %s", path, strerror(-err));
	err = canlog_in_open(&log->in, path);
	if (err) {
		fail_system(log, err);
		return give_up(log, err, error);
	}
	err = choose_reader(log, options->format);
	if (!err)
		err = canlog_settings_parse(&log->set, log->format, options, &log->error);
	if (!err && (log->format->abilities & CANLOG_NEEDS_PATH) && !strcmp(path, "-"))
		err = canlog_fail(log, -ESPIPE, "%s needs a file, not a pipe", log->format->name);
	if (!err)
		err = begin_format(log);
	if (err)
		return give_up(log, err, error);
	*out = log;
	return 0;
}

static int choose_writer(struct canlog *log, const char *name, bool *gzip)
{
	log->format = canlog_format_for_path(log->path, gzip);
	if (name)
		log->format = canlog_format_find(name);
	if (log->format && !(log->format->abilities & CANLOG_WRITES))
		return list_formats(log, -EINVAL, "not a format to write:", log->format->name,
				    CANLOG_WRITES);
	if (!log->format)
		return list_formats(log, -EINVAL, name ? "unknown format" : "unknown suffix", name,
				    CANLOG_WRITES);
	if (*gzip && !(log->format->abilities & CANLOG_GZIP))
		return canlog_fail(log, -EINVAL, "%s cannot be compressed with gzip",
				   log->format->name);
	if ((log->format->abilities & CANLOG_NEEDS_PATH) && !strcmp(log->path, "-"))
		return canlog_fail(log, -ESPIPE, "%s needs a file, not a pipe", log->format->name);
	return 0;
}

int canlog_open_writer(struct canlog **out, const char *path, const struct canlog_options *options,
		       struct canlog_error *error)
{
	static const struct canlog_options none;
	struct canlog *log;
	bool gzip = false;
	int err;

	options = options ? options : &none;
	err = new_log(&log, path, options);
	if (err)
		return canlog_fail_to(error, err, "%s: %s", path, strerror(-err));
	log->writing = true;
	err = choose_writer(log, options->format, &gzip);
	if (!err)
		err = canlog_settings_parse(&log->set, log->format, options, &log->error);
	if (err)
		return give_up(log, err, error);
	if (!(log->format->abilities & CANLOG_NEEDS_PATH)) {
		err = canlog_out_open(&log->out, path, gzip, log->set.append);
		if (err)
			fail_system(log, err);
	}
	if (!err)
		err = begin_format(log);
	if (err) {
		canlog_out_close(&log->out);
		return give_up(log, err, error);
	}
	*out = log;
	return 0;
}

static ssize_t read_batch(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	return log->format->parse_line ? canlog_text_read(log, frames, n)
				       : log->format->read(log, frames, n);
}

/* The frames of a batch from the one on that a seek looks for; 0 if it is not among them. */
static size_t drop_before(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	size_t first = 0;

	while (first < n && frames[first].ts_ns < log->from_ns)
		first++;
	if (first == n)
		return 0;
	log->from_ns = 0;
	memmove(frames, frames + first, (n - first) * sizeof(*frames));
	return n - first;
}

static ssize_t read_wanted(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	for (;;) {
		ssize_t got = read_batch(log, frames, n);

		if (got <= 0 || log->from_ns <= 0)
			return got;
		got = (ssize_t)drop_before(log, frames, (size_t)got);
		if (got)
			return got;
	}
}

ssize_t canlog_read(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	ssize_t got;

	if (log->failed || log->writing || !n)
		return log->failed ? log->failed : -EBADF;
	got = read_wanted(log, frames, n);
	if (got == -EINTR)
		return got;
	if (got < 0) {
		log->failed = (int)got;
		if (!log->error.text[0])
			fail_system(log, (int)got);
		return got;
	}
	canlog_report_add(&log->report, frames, (size_t)got);
	return got;
}

void canlog_seek(struct canlog *log, int64_t ts_ns)
{
	log->from_ns = ts_ns;
}

static bool flush_is_due(struct canlog *log)
{
	struct timespec now;
	int64_t passed;

	if (log->flush_bytes && canlog_get_size(log) - log->flushed_size >= log->flush_bytes)
		return true;
	if (!log->flush_ns)
		return false;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	passed = (now.tv_sec - log->last_flush.tv_sec) * INT64_C(1000000000) +
		 (now.tv_nsec - log->last_flush.tv_nsec);
	return passed >= log->flush_ns;
}

static int failed(struct canlog *log, int err)
{
	if (err && !log->failed) {
		log->failed = err;
		if (!log->error.text[0])
			fail_system(log, err);
	}
	return err;
}

static int write_run(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	int err;

	if (!n)
		return 0;
	err = log->format->print_line ? canlog_text_write(log, frames, n)
				      : log->format->write(log, frames, n);
	if (!err)
		canlog_report_add(&log->report, frames, n);
	return err;
}

/* Writes the runs of frames between those that the format drops. */
static int write_admitted(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	uint64_t base = log->line;
	size_t start = 0;
	int err;

	for (size_t i = 0; i < n; i++) {
		if (canlog_admit(log, &frames[i], base + i + 1))
			continue;
		log->line = base + start;
		err = write_run(log, frames + start, i - start);
		if (err)
			return err;
		start = i + 1;
	}
	log->line = base + start;
	err = write_run(log, frames + start, n - start);
	log->line = base + n;
	return err;
}

int canlog_write(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	int err;

	if (log->failed || !log->writing)
		return log->failed ? log->failed : -EBADF;
	err = write_admitted(log, frames, n);
	if (err)
		return failed(log, err);
	return canlog_tick(log);
}

int canlog_event(struct canlog *log, int64_t ts_ns, const char *text)
{
	if (!log->writing || !log->format->event)
		return -EOPNOTSUPP;
	if (log->failed)
		return log->failed;
	return failed(log, log->format->event(log, ts_ns, text));
}

int canlog_flush(struct canlog *log)
{
	int err;

	if (log->failed || !log->writing)
		return log->failed ? log->failed : -EBADF;
	err = log->format->flush ? log->format->flush(log) : 0;
	if (!err && log->out.buf)
		err = canlog_out_flush(&log->out, log->sync);
	clock_gettime(CLOCK_MONOTONIC_COARSE, &log->last_flush);
	log->flushed_size = canlog_get_size(log);
	return failed(log, err);
}

int canlog_tick(struct canlog *log)
{
	if (!log->flush_ns && !log->flush_bytes)
		return 0;
	return flush_is_due(log) ? canlog_flush(log) : 0;
}

int canlog_close(struct canlog *log, struct canlog_error *error)
{
	int err, out_err;

	if (!log)
		return 0;
	err = log->failed;
	if (log->format->close) {
		int close_err = log->format->close(log);

		if (log->writing && !err)
			err = close_err;
	}
	out_err = log->writing && log->sync && !err && log->out.buf
			  ? canlog_out_flush(&log->out, true)
			  : 0;
	if (log->out.buf && !out_err)
		out_err = canlog_out_close(&log->out);
	else if (log->out.buf)
		canlog_out_close(&log->out);
	if (log->writing && !err)
		err = out_err;
	if (err && !log->error.text[0])
		fail_system(log, err);
	if (error && err)
		*error = log->error;
	free_log(log);
	/* A reader's failure was told by canlog_read(): closing it leaves nothing undone. */
	return err;
}

const struct canlog_report *canlog_get_report(const struct canlog *log)
{
	return &log->report;
}

const char *canlog_error_text(const struct canlog *log)
{
	return log->error.text;
}

const struct canlog_format *canlog_get_format(const struct canlog *log)
{
	return log->format;
}

struct canlog_channels *canlog_get_channels(const struct canlog *log)
{
	return log->channels;
}

uint64_t canlog_get_position(const struct canlog *log, uint64_t *size)
{
	*size = log->in.raw_size;
	return __atomic_load_n(&log->in.raw, __ATOMIC_RELAXED);
}

uint64_t canlog_get_size(const struct canlog *log)
{
	return canlog_out_size(&log->out) + log->pending;
}

void *canlog_state(struct canlog *log)
{
	return log->state;
}

bool canlog_writing(const struct canlog *log)
{
	return log->writing;
}

int canlog_put_text(struct canlog *log, const char *text, size_t len)
{
	return canlog_out_put(&log->out, text, len);
}
