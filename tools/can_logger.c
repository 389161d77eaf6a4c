// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * can_logger: `anycan log` with the command line of python-can's script of that name. Source: the
 * script's own behaviour, python-can 4.1, and the options that 4.6 has beyond.
 */
#include "args.h"
#include "log.h"
#include "tools.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "can_logger"

enum {
	OPT_ACTIVE = 256,
	OPT_FILTER,
	OPT_PASSIVE,
	OPT_TIMING,
	OPT_KWARGS,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	{"active", no_argument, NULL, OPT_ACTIVE},
	{"append", no_argument, NULL, 'a'},
	{"bus-kwargs", required_argument, NULL, OPT_KWARGS},
	{"file-name", required_argument, NULL, 'f'},
	{"file-size", required_argument, NULL, 's'},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"help", no_argument, NULL, 'h'},
	{"passive", no_argument, NULL, OPT_PASSIVE},
	{"timing", required_argument, NULL, OPT_TIMING},
	{NULL, 0, NULL, 0},
};

static void print_help(FILE *to)
{
	fputs("usage: can_logger [-h] [-c CHANNEL] [-i INTERFACE] [-b BITRATE] [--fd]\n"
	      "                  [--data_bitrate RATE] [-f LOG_FILE] [-a] [-s FILE_SIZE] [-v]\n"
	      "                  [--filter FILTER [FILTER ...]] [--active | --passive]\n"
	      "                  [--KEY=VALUE ...]\n"
	      "\n"
	      "Logs CAN traffic: prints frames, or writes them to a file.\n"
	      "\n"
	      "  -h, --help            show this\n"
	      "  -c, --channel CH      the channel of the interface: can0, /dev/ttyUSB0 ...\n"
	      "  -i, --interface NAME  python-can's name of the interface; default: can.conf's\n"
	      "  -b, --bitrate N       bit/s\n"
	      "  --fd                  also CAN FD frames\n"
	      "  --data_bitrate N      bit/s of their data\n"
	      "  -f, --file_name FILE  log to FILE: .asc .blf .csv .db .log .trc .txt, also .gz\n"
	      "  -a, --append          append to it\n"
	      "  -s, --file_size N     begin a new file at N bytes\n"
	      "  -v                    say more; may be repeated\n"
	      "  --filter F...         ID:MASK, or ID~MASK for all others; hexadecimal\n"
	      "  --active, --passive   take part in the bus (default), or only listen\n"
	      "  --bus-kwargs K=V...   settings of the interface\n"
	      "  --timing K=V...       its bit timing\n"
	      "  --KEY=VALUE           a setting of the file's format or of the interface\n"
	      "\n"
	      "Examples:\n"
	      "  can_logger -i socketcan -c can0\n"
	      "  can_logger -i socketcan -c can0 --fd -f drive.blf -s 100000000\n"
	      "  can_logger -i slcan -c /dev/ttyACM0 -b 500000 --filter 100:7FC 200:7F0\n",
	      to);
}

static int fail(const char *option, const char *what, const char *value)
{
	fprintf(stderr, PROGRAM ": error: argument %s: %s%s%s\n", option, what, value ? ": " : "",
		value ? value : "");
	return STATUS_USAGE;
}

/* ---- Options with several values */

/* The words of an option that takes one or more: those before the next option. */
static int count_words(int argc, char **argv)
{
	int n = 1;

	while (optind + n - 1 < argc && argv[optind + n - 1][0] != '-')
		n++;
	return n;
}

static int take_filters(struct log_args *args, int n, char **words)
{
	for (int i = 0; i < n; i++) {
		if (args->buses.n_filters == BUSES_FILTERS_MAX)
			return fail("--filter", "too many filters", words[i]);
		if (!bus_args_filter(&args->buses, words[i]))
			return fail("--filter", "Invalid filter argument", words[i]);
	}
	return 0;
}

/* `KEY=VALUE` for the interface. */
static int take_keys(struct log_args *args, const char *option, int n, char **words)
{
	for (int i = 0; i < n; i++)
		if (!bus_args_pair(&args->buses, words[i]))
			return fail(option, "not KEY=VALUE", words[i]);
	return 0;
}

static int take_list(struct log_args *args, int option, int argc, char **argv)
{
	int n = count_words(argc, argv), status;
	char **words = &argv[optind - 1];

	switch (option) {
	case OPT_FILTER:
		status = take_filters(args, n, words);
		break;
	case OPT_TIMING:
		status = take_keys(args, "--timing", n, words);
		break;
	default:
		status = take_keys(args, "--bus-kwargs", n, words);
		break;
	}
	optind += n - 1;
	return status;
}

/* ---- The other options */

static int take_size(struct log_args *args, const char *value)
{
	uint64_t bytes;

	if (!args_count(value, INT64_MAX, &bytes))
		return fail("-s/--file_size", "invalid int value", value);
	/* 0 is as if it were not there. */
	if (bytes)
		output_args_take(&args->out, 's', value);
	return 0;
}

static int take_rate(struct log_args *args, int option, const char *value)
{
	uint64_t rate;

	if (!args_count(value, UINT32_MAX, &rate))
		return fail(option == 'b' ? "-b/--bitrate" : "--data_bitrate", "invalid int value",
			    value);
	if (rate)
		bus_args_take(&args->buses, option, value);
	return 0;
}

static int take_interface(struct log_args *args, const char *name)
{
	const struct anycan_config_interface *list;
	size_t n;

	list = anycan_config_interfaces(&n);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name)) {
			bus_args_take(&args->buses, 'i', name);
			return 0;
		}
	fprintf(stderr,
		PROGRAM ": error: argument -i/--interface: invalid choice: '%s' (choose "
			"from ",
		name);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s'%s'", i ? ", " : "", list[i].name);
	fputs(")\n", stderr);
	return STATUS_USAGE;
}

static int take_state(struct log_args *args, int option, int *state)
{
	if (*state && *state != option)
		return fail(option == OPT_ACTIVE ? "--active" : "--passive",
			    "not allowed with argument",
			    option == OPT_ACTIVE ? "--passive" : "--active");
	*state = option;
	args->buses.listen_only = option == OPT_PASSIVE;
	return 0;
}

/* Return: 0 to go on, otherwise the exit status. */
static int take_option(struct log_args *args, int option, int *state)
{
	/* `-c=can0` is `-c can0` there. */
	const char *value = optarg && option < 256 && *optarg == '=' ? optarg + 1 : optarg;

	switch (option) {
	case 'a':
		output_args_take(&args->out, OUTPUT_OPT_APPEND, NULL);
		return 0;
	case 'f':
		args->out.path = value;
		return 0;
	case 's':
		return take_size(args, value);
	case 'b':
	case BUS_OPT_DATA_BITRATE:
		return take_rate(args, option, value);
	case 'i':
		return take_interface(args, value);
	case 'v':
		args->verbose++;
		return 0;
	case OPT_ACTIVE:
	case OPT_PASSIVE:
		return take_state(args, option, state);
	default:
		bus_args_take(&args->buses, option, value);
		return 0;
	}
}

/* ---- All of it */

/* A key is for the format if that has it, for the interface otherwise. */
static int take_extra(struct log_args *args, const struct canlog_format *format, char *word)
{
	if (strncmp(word, "--", 2) || !strchr(word, '=')) {
		fprintf(stderr, PROGRAM ": Parsing argument %s failed\n", word);
		return STATUS_FAILED;
	}
	for (char *p = word + 2; *p != '='; p++)
		if (*p == '-')
			*p = '_';
	if (format && canlog_format_has_setting(format, word + 2, true))
		output_args_setting(&args->out, word + 2);
	else if (!bus_args_key(&args->buses, word))
		return fail(word, "too many settings", NULL);
	return 0;
}

static int settle(struct log_args *args, char **extras, int n)
{
	const struct canlog_format *format;
	int status = 0;

	if (!args->out.path) {
		if (args->out.rotate)
			return fail("-s/--file_size", "there is no file; name one with -f", NULL);
		args->out.path = "-";
		args->out.format = "txt";
	}
	args->lines = LOG_SILENT;
	format = output_format(&args->out, PROGRAM);
	if (!format)
		return STATUS_FAILED;
	/* Its logs of candump's format tell the direction. */
	if (canlog_format_has_setting(format, "direction=true", true))
		output_args_setting(&args->out, "direction=true");
	for (int i = 0; i < n && !status; i++)
		status = take_extra(args, format, extras[i]);
	if (!status)
		bus_args_print_filters(&args->buses);
	return status ? status : -1;
}

/* Return: -1 to go on, otherwise the exit status. */
static int parse(struct log_args *args, int argc, char **argv)
{
	char *extras[BUSES_ITEMS_MAX];
	int n = 0, state = 0, option, status = 0;

	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	/* The first word that is no option ends them, as there. */
	while (!status &&
	       (option = getopt_long(argc, argv, "+ab:c:f:hi:s:v", long_options, NULL)) >= 0) {
		if (option == 'h') {
			print_help(stdout);
			return STATUS_OK;
		}
		if (option == '?' && n == BUSES_ITEMS_MAX)
			status = fail(argv[optind - 1], "too many settings", NULL);
		else if (option == '?')
			extras[n++] = argv[optind - 1];
		else if (option == OPT_FILTER || option == OPT_TIMING || option == OPT_KWARGS)
			status = take_list(args, option, argc, argv);
		else
			status = take_option(args, option, &state);
	}
	if (status)
		return status;
	while (optind < argc && n < BUSES_ITEMS_MAX)
		extras[n++] = argv[optind++];
	return settle(args, extras, n);
}

int tool_can_logger(int argc, char **argv)
{
	struct log_args args = {.program = PROGRAM, .python = true};
	int status;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_NO_ARGUMENTS;
	}
	args.buses.python_can = true;
	status = parse(&args, argc, argv);
	if (status < 0)
		status = log_run(&args);
	bus_args_clear(&args.buses);
	return status;
}
