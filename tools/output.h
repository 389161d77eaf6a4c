/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The log that a verb writes: which format, when a new file begins, what happens to finished ones.
 * The options are those of python-can's scripts and of tcpdump.
 */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <canlog.h>
#include <getopt.h>

#define OUTPUT_SETTINGS_MAX 32

/** Options; `getopt` has OUTPUT_SHORT_OPTIONS and OUTPUT_LONG_OPTIONS. */
enum output_option {
	OUTPUT_OPT_SETTING = 'o',
	OUTPUT_OPT_BYTES = 's',
	OUTPUT_OPT_COMMAND = 'z',
	OUTPUT_OPT_SIZE = 'C',
	OUTPUT_OPT_PERIOD = 'G',
	OUTPUT_OPT_KEEP = 'W',
	OUTPUT_OPT_APPEND = 640,
	OUTPUT_OPT_FLUSH,
	OUTPUT_OPT_FRAMES,
	OUTPUT_OPT_SYNC,
	OUTPUT_OPT_THREADS,
};

#define OUTPUT_SHORT_OPTIONS "o:s:z:C:G:W:"

#define OUTPUT_LONG_OPTIONS                                                                        \
	{"append", no_argument, NULL, OUTPUT_OPT_APPEND},                                          \
		{"file-size", required_argument, NULL, OUTPUT_OPT_BYTES},                          \
		{"flush", required_argument, NULL, OUTPUT_OPT_FLUSH},                              \
		{"max-frames", required_argument, NULL, OUTPUT_OPT_FRAMES},                        \
		{"option", required_argument, NULL, OUTPUT_OPT_SETTING},                           \
		{"sync", no_argument, NULL, OUTPUT_OPT_SYNC},                                      \
	{                                                                                          \
		"threads", required_argument, NULL, OUTPUT_OPT_THREADS                             \
	}

/** For --help; -s and --append are told by the verbs. */
#define OUTPUT_OPTIONS_HELP                                                                        \
	"  -C N[k|m|g]         begin a new file at N millions of bytes\n"                          \
	"  -G SECONDS          begin a new file after this time\n"                                 \
	"  --max-frames N      begin a new file after N frames\n"                                  \
	"  -W COUNT            keep the newest COUNT finished files\n"                             \
	"  -z COMMAND          run COMMAND with the name of each finished file\n"                  \
	"  --flush SECONDS     nothing stays in memory longer; --sync waits for the disk\n"        \
	"  --threads N         helpers for compression\n"

/** struct output_args - what the command line asks for; all 0 to begin with */
struct output_args {
	const char *path;
	const char *format; /**< NULL: by the suffix */
	const char *settings[OUTPUT_SETTINGS_MAX + 1];
	size_t n_settings;
	struct canlog_rotation_options rotation;
	bool rotate;
	bool sync;
	int64_t flush_ns;
	int threads;
	const char *command; /**< run on each finished file */
};

/**
 * output_args_take() - take over one of the options
 *
 * Return: false if the value does not fit.
 */
bool output_args_take(struct output_args *args, int option, const char *value);

/** output_args_setting() - take over `KEY=VALUE`. Return: false if it is none, or too many */
bool output_args_setting(struct output_args *args, const char *text);

/**
 * output_format() - the format that is asked for
 * @program: `anycan convert`, for complaints
 *
 * Return: NULL after a complaint on standard error that lists what there is.
 */
const struct canlog_format *output_format(const struct output_args *args, const char *program);

/** struct output - an open log, perhaps one of many files */
struct output {
	struct canlog *log;
	struct canlog_rotation *rotation;
	struct output_hook {
		const char *program, *command;
	} hook;
};

/**
 * output_open() - open what @args say
 * @output: set on success; to be given to output_close(). It must stay where it is
 * @args: must stay
 *
 * Return: 0 or a negative errno.
 */
int output_open(struct output *output, const struct output_args *args,
		struct canlog_channels *channels, const char *program, struct canlog_error *error);

/** output_write() - as canlog_write() */
int output_write(struct output *output, const struct anycan_frame *frames, size_t n);

/** output_event() - as canlog_event(); -EOPNOTSUPP also if there is no file yet */
int output_event(struct output *output, int64_t ts_ns, const char *text);

/** output_flush() - as canlog_flush() */
int output_flush(struct output *output);

/** output_tick() - as canlog_tick() */
int output_tick(struct output *output);

/** output_error_text() - the sentence for the last failure */
const char *output_error_text(const struct output *output);

/**
 * output_close() - finish the file
 * @report: set to what was written
 *
 * Return: 0 or a negative errno.
 */
int output_close(struct output *output, struct canlog_report *report, struct canlog_error *error);

#endif
