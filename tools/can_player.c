// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * can_player: `anycan play` with the command line, the output and the timing of python-can's
 * script of that name. Source: python-can 4.1 (player.py, logger.py), its manual, and 4.6 for the
 * options that came later.
 */
#include "args.h"
#include "play.h"
#include "tools.h"

#include <anycan/util.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char program[] = "can_player";

#define DEFAULT_GAP_NS (100 * ANYCAN_NS_PER_US)
#define DEFAULT_SKIP_NS (86400 * ANYCAN_NS_PER_S)

enum {
	OPT_IGNORE = 256,
	OPT_ERROR_FRAMES,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	{"error-frames", no_argument, NULL, OPT_ERROR_FRAMES},
	{"file-name", required_argument, NULL, 'f'},
	{"gap", required_argument, NULL, 'g'},
	{"help", no_argument, NULL, 'h'},
	{"ignore-timestamps", no_argument, NULL, OPT_IGNORE},
	{"loop", required_argument, NULL, 'l'},
	{"skip", required_argument, NULL, 's'},
	{NULL, 0, NULL, 0},
};

static void print_help(FILE *to)
{
	fputs("usage: can_player [-h] [-c CHANNEL] [-i INTERFACE] [-b BITRATE] [--fd]\n"
	      "                  [--data_bitrate DATA_BITRATE] [-f LOG_FILE] [-v]\n"
	      "                  [--ignore-timestamps] [--error-frames] [-g GAP] [-s SKIP]\n"
	      "                  [-l NUM] [--KEY=VALUE ...] input-file\n\n"
	      "Replays a log on one bus, as python-can's script of this name does; `anycan play`\n"
	      "does more.\n\n" BUS_OPTIONS_HELP "  --fd                  also CAN FD frames\n"
	      "  -f, --file_name FILE  accepted and not used; input-file is what is played\n"
	      "  -v                    also print the frames; more of them: messages\n"
	      "  --ignore-timestamps   send frames a gap apart, whatever their times are\n"
	      "  --error-frames        also send error frames (to vcan and vxcan only)\n"
	      "  -g, --gap S           seconds between frames without time stamps (0.0001)\n"
	      "  -s, --skip S          cut pauses that are longer; 0: never (86400)\n"
	      "  -l, --loop NUM        play it so often; i: for ever\n\n"
	      "Examples:\n"
	      "  can_player -i socketcan -c can0 drive.asc\n"
	      "  can_player -i slcan -c /dev/ttyACM0 -b 500000 -v drive.blf\n"
	      "  can_player -c vcan0 -i socketcan --ignore-timestamps -g 0.01 drive.log\n",
	      to);
}

/* Seconds, as Python reads a float. */
static bool parse_seconds(const char *text, int64_t *ns)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !isfinite(value) || fabs(value) > 1e9)
		return false;
	*ns = (int64_t)(value * 1e9 + (value < 0 ? -0.5 : 0.5));
	return true;
}

/* 0 cuts nothing; what is negative, everything. */
static bool parse_skip(const char *text, int64_t *ns)
{
	if (!parse_seconds(text, ns))
		return false;
	*ns = *ns == 0 ? -1 : *ns < 0 ? 0 : *ns;
	return true;
}

static bool parse_loops(const char *text, uint64_t *loops)
{
	if (!strcmp(text, "i")) {
		*loops = PLAY_FOREVER;
		return true;
	}
	return args_count(text, INT64_MAX, loops);
}

/* A setting of the interface or of the log's format. */
static bool add_key(struct play_args *args, char *word)
{
	const char *equals = strchr(word, '=');
	const struct canlog_format *format;
	bool gzip;

	if (strncmp(word, "--", 2) || !equals || equals == word + 2)
		return false;
	for (char *p = word + 2; p < equals; p++)
		if (*p == '-')
			*p = '_';
	format = canlog_format_for_path(args->file, &gzip);
	if (format && canlog_format_has_setting(format, word + 2, false)) {
		if (args->n_settings == PLAY_SETTINGS_MAX)
			return false;
		args->settings[args->n_settings++] = word + 2;
		return true;
	}
	return bus_args_key(&args->bus, word);
}

static bool take(struct play_args *args, int option, const char *value, int *verbosity)
{
	switch (option) {
	case 'f':
		return true;
	case 'v':
		(*verbosity)++;
		return true;
	case 'g':
		return parse_seconds(value, &args->gap_ns);
	case 's':
		return parse_skip(value, &args->skip_ns);
	case 'l':
		return parse_loops(value, &args->loops);
	case OPT_IGNORE:
		args->ignore_timestamps = true;
		return true;
	case OPT_ERROR_FRAMES:
		args->error_frames = true;
		return true;
	default:
		return bus_args_take(&args->bus, option, value);
	}
}

/* The file, then the keys that were met before it. */
static int take_words(struct play_args *args, int argc, char **argv, char **keys, int n_keys)
{
	if (optind >= argc)
		return args_error(program, "the following arguments are required: input-file",
				  NULL);
	if (argc - optind > 1)
		return args_error(program, "one file is played, this is another", argv[optind + 1]);
	args->file = argv[optind];
	args->routes[args->n_routes++] = (struct play_route){0};
	/* python-can's reader counts ASC times from 0 unless told otherwise. */
	args->settings[args->n_settings++] = "relative_timestamp=true";
	for (int i = 0; i < n_keys; i++)
		if (!add_key(args, keys[i])) {
			fprintf(stderr, "%s: Parsing argument %s failed; write --KEY=VALUE\n",
				program, keys[i]);
			return STATUS_FAILED;
		}
	return -1;
}

static int parse(struct play_args *args, int argc, char **argv, int *verbosity)
{
	char *keys[PLAY_SETTINGS_MAX];
	int option, n_keys = 0;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_NO_ARGUMENTS;
	}
	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "b:c:f:g:hi:l:s:v", long_options, NULL)) >= 0) {
		char *word = argv[optind - 1];

		if (option == 'h') {
			print_help(stdout);
			return STATUS_OK;
		}
		if (option == '?') {
			if (strncmp(word, "--", 2) || !strchr(word, '='))
				return args_error(program, "unknown option or missing value", word);
			if (n_keys == PLAY_SETTINGS_MAX)
				return args_error(program, "too many settings", word);
			keys[n_keys++] = word;
			continue;
		}
		if (!take(args, option, optarg, verbosity))
			return args_error(program, "no value that fits", optarg ? optarg : word);
	}
	return take_words(args, argc, argv, keys, n_keys);
}

int tool_can_player(int argc, char **argv)
{
	static const char *const levels[] = {"warning", "info", "debug", "subdebug"};
	struct play_args args = {
		.program = program,
		.python = true,
		.speed = 1,
		.gap_ns = DEFAULT_GAP_NS,
		.skip_ns = DEFAULT_SKIP_NS,
		.loops = 1,
		.count = PLAY_FOREVER,
		.bus.python_can = true,
	};
	int verbosity = 0;
	int status = parse(&args, argc, argv, &verbosity);

	if (status >= 0) {
		play_args_clear(&args);
		return status;
	}
	if (!args.loops) {
		play_args_clear(&args);
		return STATUS_OK;
	}
	args.verbose = verbosity;
	anycan_set_logging_level(levels[verbosity < 3 ? verbosity : 3]);
	return play_run(&args);
}
