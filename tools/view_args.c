// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of `anycan view`.
 */
#include "args.h"
#include "view.h"
#include "view_options.h"

#include <anycan/clock.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PROGRAM "anycan view"
#define TRACE_SIZE 10000

enum {
	OPT_COLOR = 256,
	OPT_FILTER,
	OPT_FORMAT,
	OPT_RECORD,
	OPT_SIZE,
	OPT_SNAPSHOT,
	OPT_TRACE,
	OPT_TRACE_SIZE,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	{"color", optional_argument, NULL, OPT_COLOR},
	{"colour", optional_argument, NULL, OPT_COLOR},
	{"decode", required_argument, NULL, 'd'},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"help", no_argument, NULL, 'h'},
	{"passive", no_argument, NULL, BUS_OPT_LISTEN_ONLY},
	{"record", required_argument, NULL, OPT_RECORD},
	{"size", required_argument, NULL, OPT_SIZE},
	{"snapshot", required_argument, NULL, OPT_SNAPSHOT},
	{"trace", no_argument, NULL, OPT_TRACE},
	{"trace-size", required_argument, NULL, OPT_TRACE_SIZE},
	{NULL, 0, NULL, 0},
};

static void print_help(FILE *to)
{
	fputs("Usage: anycan view [OPTION]... [BUS[,FILTER]...]...\n"
	      "Show what is on buses, in a terminal: a line for each identifier, or a trace. BUS "
	      "is\n"
	      "a netdev, `any`, a pattern such as `can*`, or an adapter: slcan:/dev/ttyACM0. The\n"
	      "key ? lists the keys.\n"
	      "\n"
	      "  -d, --decode STRING...  values of payloads by python-can's strings "
	      "ID:FORMAT:SCALE,\n"
	      "                        such as 101:<BHL:1:10.0:100.0, or a file of them\n"
	      "  --record FILE         write all frames to FILE, in the format of its suffix\n"
	      "  --format NAME         of FILE, whatever its suffix is\n"
	      "  --trace               begin with the trace\n"
	      "  --trace-size N        keep N frames for it (10000)\n"
	      "  --snapshot N|TIME     print the screen after N frames, or after TIME (2s, "
	      "500ms),\n"
	      "                        and end; needs no terminal\n"
	      "  --size COLSxROWS      of the snapshot (100x30)\n"
	      "  --color[=WHEN]        auto, always, never\n"
	      "  -h, --help            show this\n"
	      "\n"
	      "The bus:\n" BUS_OPTIONS_HELP "  --passive             as --listen-only\n"
	      "  --fd                  CAN FD on a bus of -i; others have it where the bus has\n"
	      "  --filter ID:MASK...   receive only these frames\n"
	      "\n"
	      "Examples:\n"
	      "  anycan view can0\n"
	      "  anycan view can0 can1 -d '101:<BHL:1:10.0:100.0' '102:>hh'\n"
	      "  anycan view slcan:/dev/ttyACM0 -b 500k --record drive.blf\n"
	      "  anycan view --snapshot 2s --size 120x40 any\n",
	      to);
}

/* ---- Values */

static bool take_color(struct view_args *args, const char *value)
{
	if (!value || !strcmp(value, "always"))
		args->color = true;
	else if (!strcmp(value, "never"))
		args->color = false;
	else if (!strcmp(value, "auto"))
		args->color = view_color_is_wanted() && isatty(STDOUT_FILENO);
	else
		return false;
	return true;
}

static bool take_snapshot(struct view_args *args, const char *value)
{
	uint64_t count;

	args->snapshot = true;
	if (args_count(value, UINT64_MAX, &count)) {
		args->count = count;
		return count > 0;
	}
	return args_duration(value, ANYCAN_NS_PER_S, &args->time_ns);
}

static bool take_size(struct view_args *args, const char *value)
{
	char end;

	return sscanf(value, "%dx%d%c", &args->cols, &args->rows, &end) == 2 && args->cols > 0 &&
	       args->cols <= 1000 && args->rows > 0 && args->rows <= 1000;
}

static bool take_trace_size(struct view_args *args, const char *value)
{
	uint64_t size;

	if (!args_count(value, 10000000, &size) || !size)
		return false;
	args->trace_size = size;
	return true;
}

/* One string or file, and the strings that follow. Return: 0, or an exit status. */
static int take_decode(struct view_args *args, int argc, char **argv)
{
	int status = view_take_decode(&args->decode, optarg, PROGRAM);

	while (!status && optind < argc && view_is_decode(argv[optind]))
		status = view_take_decode(&args->decode, argv[optind++], PROGRAM);
	return status;
}

/* ---- All of it */

static bool take_option(struct view_args *args, int option, int argc, char **argv)
{
	switch (option) {
	case OPT_COLOR:
		return take_color(args, optarg);
	case OPT_FILTER:
		return bus_args_filters(&args->buses, argc, argv);
	case OPT_FORMAT:
		args->record_format = optarg;
		return true;
	case OPT_RECORD:
		args->record = optarg;
		return true;
	case OPT_SIZE:
		return take_size(args, optarg);
	case OPT_SNAPSHOT:
		return take_snapshot(args, optarg);
	case OPT_TRACE:
		return args->trace = true;
	case OPT_TRACE_SIZE:
		return take_trace_size(args, optarg);
	default:
		return bus_args_take(&args->buses, option, optarg);
	}
}

/* What people call what is looked at. */
static void name_buses(struct view_args *args)
{
	const struct bus_args *buses = &args->buses;
	size_t used = 0;

	for (unsigned int i = 0; i < buses->n_targets && used < sizeof(args->bus_text); i++)
		used += (size_t)snprintf(args->bus_text + used, sizeof(args->bus_text) - used,
					 "%s%s", i ? " " : "", buses->targets[i]);
	for (unsigned int i = 0; i < buses->n_items && !used; i++)
		if (!strcmp(buses->items[i].key, "channel"))
			used = (size_t)snprintf(args->bus_text, sizeof(args->bus_text), "%s",
						buses->items[i].value);
	if (!used)
		strcpy(args->bus_text, "the bus of can.conf");
}

static int parse_option(struct view_args *args, int option, int argc, char **argv)
{
	const char *word = argv[optind - 1];

	if (option == 'h' || (option == '?' && !strcmp(word, "-?"))) {
		print_help(stdout);
		return STATUS_OK;
	}
	if (option == '?')
		return bus_args_key(&args->buses, word)
			       ? -1
			       : args_error(PROGRAM, "unknown option or missing value", word);
	if (option == 'd') {
		int status = take_decode(args, argc, argv);

		return status ? status : -1;
	}
	if (take_option(args, option, argc, argv))
		return -1;
	return args_error(PROGRAM, "no value that fits", optarg ? optarg : word);
}

int view_args_parse(struct view_args *args, int argc, char **argv)
{
	int option, status;

	*args = (struct view_args){
		.trace_size = TRACE_SIZE, .time_ns = -1, .rows = 30, .cols = 100};
	args_unify(argc, argv);
	take_color(args, "auto");
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "c:i:b:d:h?", long_options, NULL)) >= 0) {
		status = parse_option(args, option, argc, argv);
		if (status >= 0)
			return status;
	}
	for (; optind < argc; optind++)
		if (!bus_args_target(&args->buses, argv[optind]))
			return args_error(PROGRAM, "too many buses", argv[optind]);
	if (args->record_format && !args->record)
		return args_error(PROGRAM, "--format is that of a log; name one with --record FILE",
				  NULL);
	name_buses(args);
	return -1;
}

void view_args_clear(struct view_args *args)
{
	bus_args_clear(&args->buses);
	decode_free(args->decode);
}
