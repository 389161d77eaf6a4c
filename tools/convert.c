// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan convert: from any CAN log to any other, streaming; also called as can_logconvert, which
 * behaves as python-can's script of that name.
 */
#include "convert.h"
#include "progress.h"
#include "tools.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The one thing a signal may touch. */
static volatile sig_atomic_t interrupted;

static void on_signal(int signal)
{
	(void)signal;
	interrupted = 1;
}

static int no_such_setting(const struct convert_args *args, const struct canlog_format *out,
			   const char *setting)
{
	struct canlog_format_info info;

	if (out && !strncmp(setting, "append=", strlen("append="))) {
		canlog_format_get_info(out, &info);
		fprintf(stderr, "anycan convert: %s: format %s takes no append (--list-formats)\n",
			args->out.path, info.name);
	} else {
		fprintf(stderr,
			"anycan convert: no format here has a setting '%s' (--list-formats)\n",
			setting);
	}
	return 2;
}

/* Every setting must mean something to the reader or to the writer. */
static int check_settings(const struct convert_args *args, const struct canlog_format *in,
			  const struct canlog_format *out)
{
	for (size_t i = args->default_settings; i < args->out.n_settings; i++) {
		const char *setting = args->out.settings[i];

		if (!canlog_format_has_setting(in, setting, false) &&
		    !(out && canlog_format_has_setting(out, setting, true)))
			return no_such_setting(args, out, setting);
	}
	return 0;
}

static bool is_regular(const char *path, int standard, struct stat *st)
{
	int err = strcmp(path, "-") ? stat(path, st) : fstat(standard, st);

	return !err && S_ISREG(st->st_mode);
}

/* Also by way of standard input or output: it would be read for ever. */
static bool same_file(const char *in, const char *out)
{
	struct stat a, b;

	return is_regular(in, STDIN_FILENO, &a) && is_regular(out, STDOUT_FILENO, &b) &&
	       a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

struct conversion {
	const struct convert_args *args;
	struct canlog *in;
	struct output out;
	struct canlog_channels *channels;
	bool copied; /* there is something to sum up */
};

static int complain(const char *text)
{
	fprintf(stderr, "anycan convert: %s\n", text);
	return 1;
}

static int open_out(struct conversion *c)
{
	const struct convert_args *args = c->args;
	struct canlog_error error;

	if (same_file(args->in, args->out.path))
		return complain("input and output are the same file");
	return output_open(&c->out, &args->out, c->channels, "anycan convert", &error)
		       ? complain(error.text)
		       : 0;
}

static int open_both(struct conversion *c)
{
	const struct convert_args *args = c->args;
	const struct canlog_format *out = NULL;
	struct canlog_options options = {
		.format = args->from,
		.settings = args->out.settings,
		.any_settings = true,
		.channels = c->channels,
		.repair = args->repair,
		.threads = args->out.threads,
	};
	struct canlog_error error;
	int status;

	if (!args->info) {
		out = output_format(&args->out, "anycan convert");
		if (!out)
			return 2;
	}
	if (canlog_open_reader(&c->in, args->in, &options, &error))
		return complain(error.text);
	/* Before the output is opened, which empties the file. */
	status = check_settings(args, canlog_get_format(c->in), out);
	return status || args->info ? status : open_out(c);
}

/* What has the suffix of a format and none of its lines must not pass for an empty log. */
static int check_content(const struct conversion *c)
{
	const struct canlog_report *report = canlog_get_report(c->in);
	struct canlog_format_info info;

	canlog_format_get_info(canlog_get_format(c->in), &info);
	if (!(info.abilities & CANLOG_TEXT) || report->frames ||
	    report->notes[CANLOG_SKIPPED_EVENT].count ||
	    report->notes[CANLOG_SKIPPED_OTHER_BUS].count ||
	    !(report->notes[CANLOG_SKIPPED_UNKNOWN].count +
	      report->notes[CANLOG_SKIPPED_MALFORMED].count))
		return 0;
	fprintf(stderr, "anycan convert: %s: no line is one of format %s (-f names another)\n",
		c->args->in, info.name);
	return 1;
}

/* Rate and time left, for a file whose size is known. */
static void show_progress(struct progress *bar, const struct canlog *log, uint64_t frames)
{
	uint64_t size, position = canlog_get_position(log, &size);
	char words[32];

	if (!size || !position)
		return;
	snprintf(words, sizeof(words), "%.2f M frames/s",
		 (double)frames / 1e6 / progress_seconds(bar));
	progress_draw(bar, position < size ? (double)position / (double)size : 1, words);
}

static int copy(struct conversion *c)
{
	struct convert_reader *reader;
	struct progress bar;
	uint64_t total = 0;
	ssize_t got = 0;
	int err = 0;

	if (convert_reader_new(&reader, c->in))
		return complain("no memory");
	c->copied = true;
	progress_start(&bar, !c->args->quiet);
	while (!err && !interrupted) {
		const struct anycan_frame *frames;

		got = convert_reader_next(reader, &frames);
		if (got == -EINTR)
			continue;
		if (got <= 0)
			break;
		err = c->args->info ? 0 : output_write(&c->out, frames, (size_t)got);
		total += (uint64_t)got;
		if (progress_is_due(&bar))
			show_progress(&bar, c->in, total);
	}
	convert_reader_free(reader);
	progress_end(&bar);
	if (got < 0 && !interrupted)
		complain(canlog_error_text(c->in));
	if (err)
		complain(output_error_text(&c->out));
	if (interrupted)
		complain("interrupted; the output ends here");
	return got < 0 || err || interrupted ? 1 : check_content(c);
}

static int finish(struct conversion *c, int status)
{
	const struct convert_args *args = c->args;
	struct canlog_report written;
	struct canlog_error error;
	int err = output_close(&c->out, &written, &error);

	if (err && !status)
		status = complain(error.text);
	if (c->copied && !args->quiet && !args->python)
		convert_print_summary(args->info ? stdout : stderr, canlog_get_report(c->in),
				      c->channels);
	if (c->copied && !args->quiet) {
		convert_print_notes(stderr, args->in, canlog_get_report(c->in));
		convert_print_notes(stderr, args->out.path, &written);
	}
	canlog_close(c->in, NULL);
	canlog_channels_free(c->channels);
	return status;
}

static int run(const struct convert_args *args)
{
	/* The first signal finishes the output, a second one does not wait for that. */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
	struct conversion c = {.args = args};
	int status;

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* A reader that goes away (| head) is an error of write(), told as such. */
	action = (struct sigaction){.sa_handler = SIG_IGN};
	sigaction(SIGPIPE, &action, NULL);
	c.channels = canlog_channels_new();
	if (!c.channels)
		return 1;
	status = open_both(&c);
	if (!status)
		status = copy(&c);
	return finish(&c, status);
}

int tool_convert(int argc, char **argv)
{
	struct convert_args args = {0};
	int status = convert_args_parse(&args, argc, argv);

	return status < 0 ? run(&args) : status;
}

int tool_can_logconvert(int argc, char **argv)
{
	struct convert_args args = {.python = true};
	int status;

	/* python-can's reader counts ASC times from 0 unless told otherwise. */
	output_args_setting(&args.out, "relative_timestamp=true");
	args.default_settings = 1;
	status = convert_args_parse(&args, argc, argv);
	return status < 0 ? run(&args) : status;
}
