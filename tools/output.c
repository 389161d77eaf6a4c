// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The log that a verb writes.
 */
#include "output.h"

#include "args.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define NS_PER_S 1000000000LL

/* ---- Options */

bool output_args_setting(struct output_args *args, const char *text)
{
	if (args->n_settings == OUTPUT_SETTINGS_MAX || !strchr(text, '='))
		return false;
	args->settings[args->n_settings++] = text;
	return true;
}

static bool take_period(const char *text, int64_t *ns)
{
	return args_duration(text, NS_PER_S, ns) && *ns;
}

/* Options that begin a new file, and the one that says how many stay. */
static bool take_rotation(struct output_args *args, int option, const char *value)
{
	uint64_t number;

	args->rotate = args->rotate || option != OUTPUT_OPT_KEEP;
	switch (option) {
	case OUTPUT_OPT_BYTES:
		return args_count(value, INT64_MAX, &args->rotation.max_bytes);
	case OUTPUT_OPT_SIZE:
		return args_size(value, &args->rotation.max_bytes);
	case OUTPUT_OPT_PERIOD:
		return take_period(value, &args->rotation.max_ns);
	case OUTPUT_OPT_FRAMES:
		return args_count(value, INT64_MAX, &args->rotation.max_frames);
	case OUTPUT_OPT_KEEP:
		if (!args_count(value, 1000000, &number))
			return false;
		args->rotation.keep = (unsigned int)number;
		return true;
	default:
		return false;
	}
}

bool output_args_take(struct output_args *args, int option, const char *value)
{
	uint64_t number;

	switch (option) {
	case OUTPUT_OPT_SETTING:
		return output_args_setting(args, value);
	case OUTPUT_OPT_COMMAND:
		args->command = value;
		return true;
	case OUTPUT_OPT_APPEND:
		return output_args_setting(args, "append=true");
	case OUTPUT_OPT_FLUSH:
		return take_period(value, &args->flush_ns);
	case OUTPUT_OPT_SYNC:
		args->sync = true;
		return true;
	case OUTPUT_OPT_THREADS:
		if (!args_count(value, 64, &number))
			return false;
		args->threads = number ? (int)number : -1;
		return true;
	default:
		return take_rotation(args, option, value);
	}
}

static void print_suffixes(void)
{
	const struct canlog_format *format;

	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		struct canlog_format_info info;

		canlog_format_get_info(format, &info);
		if (info.abilities & CANLOG_WRITES)
			fprintf(stderr, " %s", info.extensions[0]);
	}
}

const struct canlog_format *output_format(const struct output_args *args, const char *program)
{
	const struct canlog_format *format;
	bool gzip;

	format = args->format ? canlog_format_find(args->format)
			      : canlog_format_for_path(args->path, &gzip);
	if (!format) {
		fprintf(stderr,
			"%s: %s: no format has this %s; those that can be written:", program,
			args->format ? args->format : args->path, args->format ? "name" : "suffix");
		print_suffixes();
		fprintf(stderr, " (--format names one)\n");
	}
	return format;
}

/* ---- The log */

static void run_command(void *arg, const char *path)
{
	const struct output_hook *hook = arg;
	pid_t child = fork();
	int status;

	if (child == 0) {
		execlp(hook->command, hook->command, path, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0 || status)
		fprintf(stderr, "%s: '%s %s' failed\n", hook->program, hook->command, path);
}

int output_open(struct output *output, const struct output_args *args,
		struct canlog_channels *channels, const char *program, struct canlog_error *error)
{
	struct canlog_options options = {
		.format = args->format,
		.settings = args->settings,
		.any_settings = true,
		.channels = channels,
		.flush_ns = args->flush_ns,
		.sync = args->sync,
		.threads = args->threads,
	};
	struct canlog_rotation_options rotation = args->rotation;

	*output = (struct output){.hook = {program, args->command}};
	if (!args->rotate && !strchr(args->path, '%'))
		return canlog_open_writer(&output->log, args->path, &options, error);
	if (args->command) {
		rotation.finished = run_command;
		rotation.arg = &output->hook;
	}
	return canlog_rotation_new(&output->rotation, args->path, &options, &rotation, error);
}

/* The file that is being written; NULL before the first frame of a rotation. */
static struct canlog *current(struct output *output)
{
	return output->rotation ? canlog_rotation_get_log(output->rotation) : output->log;
}

int output_write(struct output *output, const struct anycan_frame *frames, size_t n)
{
	return output->rotation ? canlog_rotation_write(output->rotation, frames, n)
				: canlog_write(output->log, frames, n);
}

int output_event(struct output *output, int64_t ts_ns, const char *text)
{
	struct canlog *log = current(output);

	return log ? canlog_event(log, ts_ns, text) : -EOPNOTSUPP;
}

int output_flush(struct output *output)
{
	struct canlog *log = current(output);

	return log ? canlog_flush(log) : 0;
}

int output_tick(struct output *output)
{
	struct canlog *log = current(output);

	return log ? canlog_tick(log) : 0;
}

const char *output_error_text(const struct output *output)
{
	return output->rotation ? canlog_rotation_error_text(output->rotation)
				: canlog_error_text(output->log);
}

int output_close(struct output *output, struct canlog_report *report, struct canlog_error *error)
{
	int ret = 0;

	*report = (struct canlog_report){0};
	if (output->rotation) {
		*report = *canlog_rotation_get_report(output->rotation);
		ret = canlog_rotation_close(output->rotation, error);
	} else if (output->log) {
		/* Closing may still find something to note: take the report behind a flush. */
		canlog_flush(output->log);
		*report = *canlog_get_report(output->log);
		ret = canlog_close(output->log, error);
	}
	output->rotation = NULL;
	output->log = NULL;
	return ret;
}
