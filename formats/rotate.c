// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rotation. Names: python-can's SizedRotatingLogger (4.0 manual) or strftime; limits: tcpdump's
 * -C, -G and -W.
 */
#include "format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct canlog_rotation {
	struct canlog_rotation_options when;
	struct canlog_options options;
	struct canlog_channels *own_channels;
	struct canlog *log;
	char *path;    /* as given */
	char *current; /* name of the open file */
	bool by_time;  /* the path is a strftime name */
	unsigned int finished;
	unsigned int number; /* of the next finished file */
	char **kept;	     /* ring of the names of finished files, when.keep of them */
	int64_t start_ns;
	struct canlog_report report; /* of the finished files */
	struct canlog_report sum;
	struct canlog_error error;
};

/* Characters before the suffixes (.asc, .asc.gz). */
static size_t stem_length(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	if (!dot || dot == base)
		return strlen(path);
	if (!strcmp(dot, ".gz"))
		for (const char *p = dot - 1; p > base; p--)
			if (*p == '.')
				return (size_t)(p - path);
	return (size_t)(dot - path);
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* A strftime name by the frames' time; a name met again gets a number. */
static char *dated_name(const struct canlog_rotation *rot, int64_t ts_ns)
{
	time_t sec = (time_t)(ts_ns / 1000000000);
	size_t stem;
	char name[4096];
	struct tm tm;
	char *made = NULL;

	/* The user's file name is a strftime format on purpose. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	if (!localtime_r(&sec, &tm) || !strftime(name, sizeof(name), rot->path, &tm))
		return NULL;
#pragma GCC diagnostic pop
	if (!exists(name))
		return strdup(name);
	stem = stem_length(name);
	for (unsigned int i = 1; i < 1000000; i++) {
		if (asprintf(&made, "%.*s_%03u%s", (int)stem, name, i, name + stem) < 0)
			return NULL;
		if (!exists(made))
			return made;
		free(made);
	}
	return NULL;
}

/* STEM_YYYY-MM-DDTHHMMSS_#NNN.EXT by the time of day of the switch; never that of a file there. */
static char *standard_name(struct canlog_rotation *rot)
{
	size_t stem = stem_length(rot->path);
	time_t now = time(NULL);
	char date[32] = "", *name;
	struct tm tm;

	if (localtime_r(&now, &tm))
		strftime(date, sizeof(date), "%Y-%m-%dT%H%M%S", &tm);
	for (;;) {
		if (asprintf(&name, "%.*s_%s_#%03u%s", (int)stem, rot->path, date, rot->number++,
			     rot->path + stem) < 0)
			return NULL;
		if (rot->when.namer || !exists(name))
			return name;
		free(name);
	}
}

static char *finished_name(struct canlog_rotation *rot)
{
	char *name = standard_name(rot);
	char chosen[4096];
	int err;

	if (!name || !rot->when.namer)
		return name;
	err = rot->when.namer(rot->when.arg, name, chosen, sizeof(chosen));
	free(name);
	return err ? NULL : strdup(chosen);
}

static int fail(struct canlog_rotation *rot, int code, const char *what)
{
	return canlog_fail_to(&rot->error, code, "%s: %s: %s",
			      rot->current ? rot->current : rot->path, what, strerror(-code));
}

static void keep_newest(struct canlog_rotation *rot, const char *name)
{
	unsigned int slot;

	if (!rot->when.keep)
		return;
	slot = rot->finished % rot->when.keep;
	if (rot->kept[slot])
		unlink(rot->kept[slot]);
	free(rot->kept[slot]);
	rot->kept[slot] = strdup(name);
}

static void add_report(struct canlog_report *sum, const struct canlog_report *part)
{
	uint64_t before = sum->frames;

	if (!before || (part->frames && part->first_ns < sum->first_ns))
		sum->first_ns = part->first_ns;
	if (!before || (part->frames && part->last_ns > sum->last_ns))
		sum->last_ns = part->last_ns;
	sum->frames += part->frames;
	sum->data += part->data;
	sum->fd += part->fd;
	sum->remote += part->remote;
	sum->error += part->error;
	sum->where = part->where;
	for (size_t i = 0; i < 4; i++)
		sum->channels[i] |= part->channels[i];
	for (size_t i = 0; i < CANLOG_NOTES; i++) {
		if (!sum->notes[i].count && part->notes[i].count)
			sum->notes[i].first = before + part->notes[i].first;
		sum->notes[i].count += part->notes[i].count;
	}
}

static int move_finished(struct canlog_rotation *rot)
{
	char *name;
	int err = 0;

	if (rot->by_time) {
		name = strdup(rot->current);
		if (!name)
			return -ENOMEM;
	} else {
		name = finished_name(rot);
		if (!name)
			return fail(rot, -ENAMETOOLONG, "no name for the finished file");
		if (rot->when.rotator)
			err = rot->when.rotator(rot->when.arg, rot->current, name);
		else if (rename(rot->current, name) < 0)
			err = -errno;
	}
	if (err) {
		fail(rot, err, "cannot move the finished file");
	} else {
		keep_newest(rot, name);
		rot->finished++;
		if (rot->when.finished)
			rot->when.finished(rot->when.arg, name);
	}
	free(name);
	return err;
}

static int finish_file(struct canlog_rotation *rot)
{
	int err;

	add_report(&rot->report, canlog_get_report(rot->log));
	err = canlog_close(rot->log, &rot->error);
	rot->log = NULL;
	return err;
}

static int open_file(struct canlog_rotation *rot, int64_t ts_ns)
{
	free(rot->current);
	rot->current = rot->by_time ? dated_name(rot, ts_ns) : strdup(rot->path);
	if (!rot->current)
		return fail(rot, -ENAMETOOLONG, "no name for the next file");
	return canlog_open_writer(&rot->log, rot->current, &rot->options, &rot->error);
}

static bool is_due(const struct canlog_rotation *rot, const struct anycan_frame *frame)
{
	const struct canlog_rotation_options *when = &rot->when;

	if (when->max_bytes && canlog_get_size(rot->log) >= when->max_bytes)
		return true;
	if (when->max_ns && frame->ts_ns - rot->start_ns >= when->max_ns)
		return true;
	return when->max_frames && canlog_get_report(rot->log)->frames >= when->max_frames;
}

int canlog_rotation_write(struct canlog_rotation *rot, const struct anycan_frame *frames, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int err = 0;

		/* python-can never switches before the first frame either. */
		if (rot->log && canlog_get_report(rot->log)->frames && is_due(rot, &frames[i])) {
			err = finish_file(rot);
			if (!err)
				err = move_finished(rot);
		}
		if (!err && !rot->log)
			err = open_file(rot, frames[i].ts_ns);
		if (err)
			return err;
		if (!canlog_get_report(rot->log)->frames)
			rot->start_ns = frames[i].ts_ns;
		err = canlog_write(rot->log, &frames[i], 1);
		if (err)
			return canlog_fail_to(&rot->error, err, "%s", canlog_error_text(rot->log));
	}
	return 0;
}

static void free_rotation(struct canlog_rotation *rot)
{
	for (unsigned int i = 0; rot->kept && i < rot->when.keep; i++)
		free(rot->kept[i]);
	canlog_channels_free(rot->own_channels);
	free(rot->kept);
	free(rot->current);
	free(rot->path);
	free(rot);
}

static int check_format(const char *path, const struct canlog_options *options,
			struct canlog_error *error)
{
	const struct canlog_format *format;
	bool gzip;

	format = options->format ? canlog_format_find(options->format)
				 : canlog_format_for_path(path, &gzip);
	if (!format)
		return canlog_fail_to(error, -EINVAL, "%s: no format has this suffix", path);
	if ((format->abilities & CANLOG_NEEDS_PATH) || !strcmp(path, "-"))
		return canlog_fail_to(error, -EOPNOTSUPP, "%s: %s cannot be rotated", path,
				      strcmp(path, "-") ? format->name : "a pipe");
	return 0;
}

int canlog_rotation_new(struct canlog_rotation **out, const char *path,
			const struct canlog_options *options,
			const struct canlog_rotation_options *when, struct canlog_error *error)
{
	static const struct canlog_options none;
	struct canlog_rotation *rot;
	int err;

	options = options ? options : &none;
	err = check_format(path, options, error);
	if (err)
		return err;
	rot = calloc(1, sizeof(*rot));
	if (!rot)
		return canlog_fail_to(error, -ENOMEM, "%s: no memory", path);
	rot->when = *when;
	rot->number = when->first_number;
	rot->options = *options;
	/* With helpers the size of a file would depend on their speed. */
	if (when->max_bytes)
		rot->options.threads = -1;
	rot->path = strdup(path);
	rot->by_time = strchr(path, '%');
	rot->kept = when->keep ? calloc(when->keep, sizeof(*rot->kept)) : NULL;
	if (!options->channels)
		rot->own_channels = rot->options.channels = canlog_channels_new();
	err = !rot->path || !rot->options.channels || (when->keep && !rot->kept) ? -ENOMEM : 0;
	/* The current file exists from the start, as with a single one. */
	if (!err && !rot->by_time)
		err = open_file(rot, 0);
	if (err) {
		canlog_fail_to(error, err, "%s", err == -ENOMEM ? "no memory" : rot->error.text);
		free_rotation(rot);
		return err;
	}
	*out = rot;
	return 0;
}

const struct canlog_report *canlog_rotation_get_report(struct canlog_rotation *rot)
{
	rot->sum = rot->report;
	if (rot->log)
		add_report(&rot->sum, canlog_get_report(rot->log));
	return &rot->sum;
}

struct canlog *canlog_rotation_get_log(struct canlog_rotation *rot)
{
	return rot->log;
}

unsigned int canlog_rotation_count(const struct canlog_rotation *rot)
{
	return rot->finished;
}

const char *canlog_rotation_error_text(const struct canlog_rotation *rot)
{
	return rot->error.text;
}

int canlog_rotation_close(struct canlog_rotation *rot, struct canlog_error *error)
{
	int err = 0;

	if (!rot)
		return 0;
	if (rot->log)
		err = canlog_close(rot->log, error);
	free_rotation(rot);
	return err;
}
