// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of `anycan load`.
 */
#include "args.h"
#include "load.h"

#include <anycan/clock.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	OPT_BAR = 256,
	OPT_COLOR,
	OPT_JSON,
	OPT_STUFFING,
	OPT_TIME,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	{"bar", no_argument, NULL, OPT_BAR},
	{"color", optional_argument, NULL, OPT_COLOR},
	{"colour", optional_argument, NULL, OPT_COLOR},
	{"count", required_argument, NULL, 'n'},
	{"exact", no_argument, NULL, 'e'},
	{"help", no_argument, NULL, 'h'},
	{"json", no_argument, NULL, OPT_JSON},
	{"period", required_argument, NULL, 't'},
	{"redraw", no_argument, NULL, 'r'},
	{"stuffing", required_argument, NULL, OPT_STUFFING},
	{"time", no_argument, NULL, OPT_TIME},
	{"verbose", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

static void print_help(FILE *to)
{
	fputs("Usage: anycan load [OPTION]... [BUS[@RATE[,DATARATE]]]...\n"
	      "Show how busy buses are: for each its name and bit rates, frames, bits on the wire\n"
	      "with all stuff bits, bits of payload, bits at the data rate of CAN FD, and the "
	      "part\n"
	      "of the time that they took. Bit rates are read from the netdev or its bridge; "
	      "where\n"
	      "those know none (vcan), or instead, they are written behind BUS.\n"
	      "\n"
	      "  -t, --period MS       time between reports (default 1 s)\n"
	      "  -n, --count N         end after N reports\n"
	      "  -e, --stuffing=exact  count the stuff bits that there are (default)\n"
	      "  --stuffing=WORD       worst: as many as there could be; none\n"
	      "  --bar                 a bar behind each line (default on a terminal)\n"
	      "  --color[=WHEN]        auto, always, never\n"
	      "  -r, --redraw          one report over the other (default on a terminal)\n"
	      "  --time                a line with the time before each report\n"
	      "  --json                lines of JSON\n"
	      "  -v                    say more\n" BUS_OPTIONS_HELP "\n"
	      "Examples:\n"
	      "  anycan load can0 can1\n"
	      "  anycan load vcan0@500k,2M -t 200\n"
	      "  anycan load --json -n 10 any | jq .load\n",
	      to);
}

static int usage_error(const char *what, const char *value)
{
	return args_error("anycan load", what, value);
}

static bool take_color(struct load_args *args, const char *value)
{
	const char *no_color = getenv("NO_COLOR");

	if (!value || !strcmp(value, "always"))
		args->color = true;
	else if (!strcmp(value, "never"))
		args->color = false;
	else if (!strcmp(value, "auto"))
		args->color = isatty(STDOUT_FILENO) && !(no_color && *no_color);
	else
		return false;
	return true;
}

static bool take_stuffing(struct load_args *args, const char *value)
{
	if (!strcmp(value, "exact"))
		args->stuffing = ANYCAN_STUFF_EXACT;
	else if (!strcmp(value, "worst"))
		args->stuffing = ANYCAN_STUFF_WORST;
	else if (!strcmp(value, "none"))
		args->stuffing = ANYCAN_STUFF_NONE;
	else
		return false;
	return true;
}

static bool take_option(struct load_args *args, int option, const char *value)
{
	switch (option) {
	case 't':
		return args_duration(value, ANYCAN_NS_PER_MS, &args->period_ns) &&
		       args->period_ns >= ANYCAN_NS_PER_MS;
	case 'n':
		return args_count(value, UINT64_MAX, &args->count) && args->count;
	case 'e':
		return take_stuffing(args, "exact");
	case 'r':
		return args->redraw = true;
	case 'v':
		args->verbose++;
		return true;
	case OPT_STUFFING:
		return take_stuffing(args, value);
	case OPT_COLOR:
		return take_color(args, value);
	case OPT_BAR:
		return args->bar = true;
	case OPT_JSON:
		return args->json = true;
	case OPT_TIME:
		return args->time = true;
	default:
		return bus_args_take(&args->buses, option, value);
	}
}

/* `500k` or `500k,2M` */
static bool take_rates(char *text, struct load_rates *rates)
{
	char *comma = strchr(text, ',');

	if (comma)
		*comma++ = '\0';
	return args_rate(text, &rates->nominal) && (!comma || args_rate(comma, &rates->data));
}

/* `can0@500k,2M`; what stands behind the @ of an adapter's address is not the bus's rate. */
static int take_target(struct load_args *args, const char *word)
{
	unsigned int i = args->buses.n_targets;
	char *at;

	if (i == BUSES_MAX)
		return usage_error("too many buses", word);
	args->names[i] = strdup(word);
	if (!args->names[i] || !bus_args_target(&args->buses, args->names[i]))
		return usage_error("no memory", NULL);
	at = strchr(word, ':') ? NULL : strchr(args->names[i], '@');
	if (!at)
		return 0;
	*at = '\0';
	return take_rates(at + 1, &args->rates[i]) ? 0 : usage_error("no bit rate", word);
}

/* Rates belong to buses by their number, which a pattern would shift. */
static int check_targets(const struct load_args *args)
{
	bool rates = false, pattern = false;

	for (unsigned int i = 0; i < args->buses.n_targets; i++) {
		rates |= args->rates[i].nominal != 0;
		pattern |= strpbrk(args->names[i], "*?[") != NULL;
	}
	return rates && pattern ? usage_error("a pattern and a bit rate do not go together; name "
					      "each bus",
					      NULL)
				: -1;
}

void load_args_clear(struct load_args *args)
{
	for (unsigned int i = 0; i < args->buses.n_targets; i++)
		free(args->names[i]);
	bus_args_clear(&args->buses);
}

int load_args_parse(struct load_args *args, int argc, char **argv)
{
	int option;

	args_unify(argc, argv);
	take_color(args, "auto");
	args->redraw = args->bar = isatty(STDOUT_FILENO);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "b:c:ehi:n:rt:v?", long_options, NULL)) >= 0) {
		const char *word = argv[optind - 1];

		if (option == 'h' || (option == '?' && !strcmp(word, "-?"))) {
			print_help(stdout);
			return STATUS_OK;
		}
		if (option == '?' && !bus_args_key(&args->buses, word))
			return usage_error("unknown option or missing value", word);
		if (option != '?' && !take_option(args, option, optarg))
			return usage_error("no value that fits", optarg ? optarg : word);
	}
	for (; optind < argc; optind++)
		if (take_target(args, argv[optind]))
			return STATUS_USAGE;
	return check_targets(args);
}
