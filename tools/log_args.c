// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of `anycan log`: candump's letters where python-can has no other meaning for them.
 */
#include "args.h"
#include "log.h"

#include <anycan/clock.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	OPT_ACTIVE = 256,
	OPT_ASCII,
	OPT_BINARY,
	OPT_COLOR,
	OPT_FILTER,
	OPT_FORMAT,
	OPT_HARDWARE,
	OPT_JSON,
	OPT_SILENT,
	OPT_SWAP,
	OPT_TIME,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	OUTPUT_LONG_OPTIONS,
	{"active", no_argument, NULL, OPT_ACTIVE},
	{"ascii", no_argument, NULL, OPT_ASCII},
	{"binary", no_argument, NULL, OPT_BINARY},
	{"color", optional_argument, NULL, OPT_COLOR},
	{"colour", optional_argument, NULL, OPT_COLOR},
	{"count", required_argument, NULL, 'n'},
	{"direction", no_argument, NULL, 'x'},
	{"drops", no_argument, NULL, 'd'},
	{"error-frames", no_argument, NULL, 'e'},
	{"file-name", required_argument, NULL, 'f'},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"hardware", no_argument, NULL, 'H'},
	{"help", no_argument, NULL, 'h'},
	{"json", no_argument, NULL, OPT_JSON},
	{"log", no_argument, NULL, 'l'},
	{"log-lines", no_argument, NULL, 'L'},
	{"nanoseconds", no_argument, NULL, 'N'},
	{"passive", no_argument, NULL, BUS_OPT_LISTEN_ONLY},
	{"quiet", no_argument, NULL, 'q'},
	{"raw-dlc", no_argument, NULL, '8'},
	{"rcvbuf", required_argument, NULL, 'r'},
	{"silent", required_argument, NULL, OPT_SILENT},
	{"stay", no_argument, NULL, 'D'},
	{"swap", no_argument, NULL, OPT_SWAP},
	{"time", required_argument, NULL, OPT_TIME},
	{"timeout", required_argument, NULL, 'T'},
	{"verbose", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

#define SHORT_OPTIONS "aSe8xLlDdHNqvhf:n:r:t:T:c:i:b:" OUTPUT_SHORT_OPTIONS "?"

static void print_help(FILE *to)
{
	fputs("Usage: anycan log [OPTION]... [BUS[,FILTER]...]...\n"
	      "Receive frames and print them, as candump does, or write them to a file. BUS is a\n"
	      "netdev, `any`, a pattern such as `can*`, or an adapter: slcan:/dev/ttyACM0.\n"
	      "FILTER is ID:MASK, ID~MASK, #ERRORMASK or j.\n"
	      "\n"
	      "What to write:\n"
	      "  -f, --file-name FILE  to FILE, in the format of its suffix; - is standard output\n"
	      "  --format NAME         in this format: asc blf candump csv db pcapng trc txt\n"
	      "  -l                    to candump-YYYY-MM-DD_HHMMSS.log\n"
	      "  -L                    lines as in a log file\n"
	      "  --json                lines of JSON\n"
	      "  -o KEY=VALUE          a setting of the format (anycan convert --list-formats)\n"
	      "  --append              append to FILE\n"
	      "  -s BYTES              begin a new file at this size; -s 0, 1, 2 as "
	      "--silent\n" OUTPUT_OPTIONS_HELP "\n"
	      "Lines:\n"
	      "  -t, --time a|d|z|A    time: absolute, delta, from zero, with date\n"
	      "  -H, --hardware        the controller's time\n"
	      "  -N                    nanoseconds\n"
	      "  --color[=WHEN]        auto, always, never, or candump's level 1, 2, 3\n"
	      "  --binary, -a, -S      data as bits; also as ASCII; last byte first\n"
	      "  -8                    raw DLCs\n"
	      "  -x                    direction, BRS, ESI\n"
	      "  -e, --error-frames    error frames too, in words (a file always has them)\n"
	      "  -d                    tell where frames were lost\n"
	      "  --silent LEVEL        0: lines beside a file; 1: animation; 2: nothing\n"
	      "\n"
	      "The bus:\n" BUS_OPTIONS_HELP "  --filter ID:MASK...   as python-can has them\n"
	      "  --active, --passive   take part, or listen only\n"
	      "  --fd                  accepted; CAN FD frames are received in any case\n"
	      "  -r BYTES              receive buffer\n"
	      "\n"
	      "The end:\n"
	      "  -n COUNT              after so many frames\n"
	      "  -T MS                 after this time without one; exit status 4 if none came\n"
	      "  -D                    not when a netdev goes down\n"
	      "  -q, -v                say less, more\n"
	      "\n"
	      "Examples:\n"
	      "  anycan log can0\n"
	      "  anycan log -L can0,123:7FF,#FFFFFFFF can1 | head -100\n"
	      "  anycan log -f drive.blf -C 100 -W 20 slcan:/dev/ttyACM0 -b 500k\n"
	      "  anycan log --json any | jq -c 'select(.id == 291)'\n",
	      to);
}

static int usage_error(const char *what, const char *value)
{
	return args_error("anycan log", what, value);
}

/* ---- Values */

static bool take_time(struct log_args *args, const char *value)
{
	static const struct {
		const char *name;
		enum dump_time time;
	} times[] = {
		{"a", DUMP_ABSOLUTE},	{"absolute", DUMP_ABSOLUTE},
		{"d", DUMP_DELTA},	{"delta", DUMP_DELTA},
		{"z", DUMP_ZERO},	{"zero", DUMP_ZERO},
		{"A", DUMP_DATE},	{"date", DUMP_DATE},
		{"none", DUMP_NO_TIME},
	};

	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		if (strcmp(times[i].name, value))
			continue;
		args->dump.time = times[i].time;
		return true;
	}
	return false;
}

static bool color_is_wanted(void)
{
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color);
}

static bool take_color(struct log_args *args, const char *value)
{
	uint64_t level;

	if (!value || !strcmp(value, "always"))
		args->dump.color += value ? !args->dump.color : 1;
	else if (!strcmp(value, "never"))
		args->dump.color = 0;
	else if (!strcmp(value, "auto"))
		args->dump.color = color_is_wanted();
	else if (args_count(value, 3, &level))
		args->dump.color = (unsigned int)level;
	else
		return false;
	return true;
}

static bool take_silence(struct log_args *args, const char *value)
{
	uint64_t level;

	if (!args_count(value, LOG_SILENT, &level))
		return false;
	args->lines = (enum log_lines)level;
	return true;
}

/* candump's level of silence, or python-can's size of a file: no file is that small. */
static bool take_size_or_silence(struct log_args *args, const char *value)
{
	return take_silence(args, value) || output_args_take(&args->out, 's', value);
}

static bool take_queue(struct log_args *args, const char *value)
{
	const unsigned int per_frame = 832;
	uint64_t bytes;

	if (!args_count(value, INT32_MAX, &bytes) || !bytes)
		return false;
	args->buses.options.rx_queue_size = (unsigned int)((bytes + per_frame - 1) / per_frame);
	return true;
}

static bool take_count(struct log_args *args, const char *value)
{
	return args_count(value, UINT64_MAX, &args->count) && args->count;
}

static bool take_value(struct log_args *args, int option, const char *value)
{
	switch (option) {
	case 'f':
		args->out.path = value;
		return true;
	case OPT_FORMAT:
		args->out.format = value;
		return true;
	case 's':
		return take_size_or_silence(args, value);
	case OPT_SILENT:
		return take_silence(args, value);
	case 't':
	case OPT_TIME:
		return take_time(args, value);
	case 'r':
		return take_queue(args, value);
	case 'n':
		return take_count(args, value);
	case 'T':
		return args_duration(value, ANYCAN_NS_PER_MS, &args->timeout_ns);
	case 'c':
	case 'i':
		/* candump's have no value. */
		return *value != '-' && bus_args_take(&args->buses, option, value);
	default:
		return bus_args_take(&args->buses, option, value) ||
		       output_args_take(&args->out, option, value);
	}
}

/* ---- Flags */

static void name_by_time(struct log_args *args)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(args->auto_name, sizeof(args->auto_name), "candump-%Y-%m-%d_%H%M%S.log", &tm);
	args->out.path = args->auto_name;
}

static bool take_line_flag(struct dump_options *dump, int option)
{
	switch (option) {
	case 'L':
		dump->form = DUMP_LOG;
		return true;
	case OPT_JSON:
		dump->form = DUMP_JSON;
		return true;
	case 'N':
		return dump->ns = true;
	case OPT_BINARY:
		return dump->binary = true;
	case 'a':
	case OPT_ASCII:
		return dump->ascii = true;
	case 'S':
	case OPT_SWAP:
		return dump->swap = true;
	case '8':
		return dump->raw_dlc = true;
	case 'x':
		return dump->extra = true;
	case 'e':
		return dump->error_words = true;
	default:
		return false;
	}
}

static bool take_flag(struct log_args *args, int option)
{
	if (take_line_flag(&args->dump, option))
		return true;
	switch (option) {
	case 'l':
		name_by_time(args);
		return true;
	case 'd':
		return args->drops = true;
	case 'D':
		return args->stay = true;
	case 'H':
	case OPT_HARDWARE:
		return args->buses.options.hardware_timestamps = true;
	case 'q':
		return args->quiet = true;
	case 'v':
		args->verbose++;
		return true;
	case OPT_ACTIVE:
		args->buses.listen_only = false;
		return true;
	default:
		return bus_args_take(&args->buses, option, NULL) ||
		       output_args_take(&args->out, option, NULL);
	}
}

/* ---- All of it */

/* What follows from the options together. Return: -1 to go on, otherwise the exit status. */
static int settle(struct log_args *args, bool silence_given)
{
	const struct canlog_format *format;
	bool to_stdout;

	/* As candump: lines have error frames only where they are asked for. */
	args->buses.options.ignore_rx_error_frames =
		!args->out.path && !args->dump.error_words && args->dump.form != DUMP_JSON;
	/* `-f -` is -L, unless a format is named. */
	to_stdout = args->out.path && !strcmp(args->out.path, "-");
	if (to_stdout && !args->out.format) {
		args->out.path = NULL;
		args->dump.form = DUMP_LOG;
	}
	if (!args->out.path && (args->out.rotate || args->out.n_settings || args->out.format))
		return usage_error("what a file is to look like is told, but no file; name one "
				   "with -f FILE",
				   NULL);
	if (args->dump.form == DUMP_LOG &&
	    (args->dump.binary || args->dump.ascii || args->dump.swap || args->dump.raw_dlc))
		return usage_error("log lines have no --binary, -a, -S or -8", NULL);
	if (!args->out.path)
		return -1;
	if (!silence_given)
		args->lines = LOG_SILENT;
	if (to_stdout && args->lines != LOG_SILENT)
		return usage_error("lines and a file cannot both go to standard output", NULL);
	args->buses.options.ignore_rx_error_frames = false;
	if (args->dump.extra && args->out.n_settings < OUTPUT_SETTINGS_MAX)
		output_args_setting(&args->out, "direction=true");
	if (args->dump.ns)
		output_args_setting(&args->out, "decimals=9");
	if (!args->out.flush_ns)
		args->out.flush_ns = ANYCAN_NS_PER_S;
	format = output_format(&args->out, "anycan log");
	return format ? -1 : STATUS_USAGE;
}

static int unknown_option(struct log_args *args, const char *word)
{
	if (bus_args_key(&args->buses, word))
		return 0;
	return usage_error("unknown option or missing value", word);
}

/* One option. Return: 0 to go on, otherwise the exit status + 1. */
static int take_option(struct log_args *args, int option, int argc, char **argv)
{
	const char *word = argv[optind - 1];
	bool good;

	if (option == 'h' || (option == '?' && !strcmp(word, "-?"))) {
		print_help(stdout);
		return STATUS_OK + 1;
	}
	if (option == '?')
		return unknown_option(args, word) ? STATUS_USAGE + 1 : 0;
	if (option == OPT_COLOR)
		good = take_color(args, optarg);
	else if (option == OPT_FILTER)
		good = bus_args_filters(&args->buses, argc, argv);
	else
		good = optarg ? take_value(args, option, optarg) : take_flag(args, option);
	if (good)
		return 0;
	if ((option == 'c' || option == 'i') && *optarg == '-')
		usage_error("-c and -i take a value, as in python-can's scripts; candump's are "
			    "--color and --binary",
			    NULL);
	else
		usage_error("no value that fits", optarg ? optarg : word);
	return STATUS_USAGE + 1;
}

int log_args_parse(struct log_args *args, int argc, char **argv)
{
	bool silence_given = false;
	int option, status;

	args_unify(argc, argv);
	take_color(args, "auto");
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, SHORT_OPTIONS, long_options, NULL)) >= 0) {
		silence_given |= option == OPT_SILENT || (option == 's' && strlen(optarg) == 1);
		status = take_option(args, option, argc, argv);
		if (status)
			return status - 1;
	}
	for (; optind < argc; optind++)
		if (!bus_args_target(&args->buses, argv[optind]))
			return usage_error("too many buses", argv[optind]);
	return settle(args, silence_given);
}
