// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of anycan bridge. What is said of a bus can be said of both, or with --bus1- or
 * --bus2- in front of one: of that bus, and of the frames that come from it.
 */
#include "args.h"
#include "bridge.h"
#include "filter_args.h"

#include <anycan/clock.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "anycan bridge"

enum {
	OPT_FILTER = 600,
	OPT_ID,
	OPT_RATE,
	OPT_ONE_WAY,
	OPT_ERROR_FRAMES,
	OPT_FD_POLICY,
	OPT_PATIENCE,
	OPT_RECONNECT,
	OPT_STATS,
	OPT_NO_LOOP_CHECK,
	/* Of the first bus alone, of the second one alone. */
	OPT_BUS1 = 1 << 12,
	OPT_BUS2 = 1 << 13,
};

static const char *const prefixes[] = {"", "bus1-", "bus2-"};

static const struct option of_a_bus[] = {
	BUS_LONG_OPTIONS,
	{"filter", required_argument, NULL, OPT_FILTER},
	{"id", required_argument, NULL, OPT_ID},
	{"rate", required_argument, NULL, OPT_RATE},
};

static const struct option of_the_bridge[] = {
	{"error-frames", no_argument, NULL, OPT_ERROR_FRAMES},
	{"fd-to-classic", required_argument, NULL, OPT_FD_POLICY},
	{"help", no_argument, NULL, 'h'},
	{"json", no_argument, NULL, 'j'},
	{"no-loop-check", no_argument, NULL, OPT_NO_LOOP_CHECK},
	{"one-way", no_argument, NULL, OPT_ONE_WAY},
	{"patience", required_argument, NULL, OPT_PATIENCE},
	{"quiet", no_argument, NULL, 'q'},
	{"reconnect", no_argument, NULL, OPT_RECONNECT},
	{"stats", required_argument, NULL, OPT_STATS},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All long options with their names. */
struct table {
	struct option options[COUNT(of_a_bus) * COUNT(prefixes) + COUNT(of_the_bridge) + 1];
	char names[COUNT(of_a_bus) * COUNT(prefixes)][32];
};

static void fill_table(struct table *table)
{
	struct option *next = table->options;
	unsigned int n = 0;

	for (size_t p = 0; p < COUNT(prefixes); p++) {
		for (size_t i = 0; i < COUNT(of_a_bus); i++) {
			*next = of_a_bus[i];
			snprintf(table->names[n], sizeof(table->names[n]), "%s%s", prefixes[p],
				 of_a_bus[i].name);
			next->name = table->names[n++];
			next->val |= p == 1 ? OPT_BUS1 : p == 2 ? OPT_BUS2 : 0;
			next++;
		}
	}
	memcpy(next, of_the_bridge, sizeof(of_the_bridge));
}

static void print_help(void)
{
	printf("Usage: " PROGRAM " [OPTION]... BUS1 BUS2\n"
	       "Sends what is received on one bus on the other one, both ways. A bus is a netdev "
	       "(can0,\n"
	       "or with filters can0,123:7FF), an adapter's address (slcan:/dev/ttyACM0), or\n"
	       "named by -i and -c.\n\n"
	       "  --one-way             only from BUS1 to BUS2\n"
	       "  --error-frames        pass on error frames, too\n"
	       "  --fd-to-classic WHAT  CAN FD frames for a bus without: drop (default), convert "
	       "(if up to\n"
	       "                        8 bytes), split (into classic frames of 8 bytes)\n"
	       "  --patience TIME       how long a frame may wait for room, in s; default 1\n"
	       "  --reconnect           wait for a bus that is down or away, also at the start\n"
	       "  --no-loop-check       bridge even if the buses are joined elsewhere\n"
	       "  --stats SECONDS       print counters this often; SIGUSR1 prints them at once\n"
	       "  -j, --json            counters as JSON, one object a line\n"
	       "  -q, --quiet           no counters at the end\n"
	       "  -h, --help            show this\n\n"
	       "Of both buses, or with --bus1- or --bus2- in front of one and what comes from it:\n"
	       "  --filter LIST         pass these only: 123:7FF,100-1FF,18DA0000-18DAFFFF\n"
	       "  --id RULE[,RULE]...   rewrite identifiers: 100-1FF=500 and:7F0 or:400 xor:1 "
	       "set:123\n"
	       "  --rate N              at most N frames a second\n" BUS_OPTIONS_HELP
	       "  --fd                  CAN FD; only for -i, others have it where the bus has\n\n"
	       "Exit status: 0 ended by a signal, 1 failure, 2 wrong arguments, 3 a bus is "
	       "gone.\n\n"
	       "Examples:\n"
	       "  anycan bridge can0 can1\n"
	       "  anycan bridge --one-way --bus1-filter 100-1FF --bus1-id 100-1FF=500 can0 can1\n"
	       "  anycan bridge --reconnect -b 500k slcan:/dev/ttyACM0 vcan0\n");
}

/* ---- Values */

static bool take_policy(struct bridge_args *args, const char *value)
{
	static const char *const words[] = {"drop", "convert", "split"};

	for (unsigned int i = 0; i < COUNT(words); i++) {
		if (strcmp(value, words[i]))
			continue;
		args->fd_policy = (enum bridge_fd_policy)i;
		return true;
	}
	return false;
}

static bool take_filter(struct bridge_way_options *way, const char *value)
{
	const char *reason;

	if (!filter_args_parse(value, &way->filters, &reason))
		return true;
	fprintf(stderr, PROGRAM ": filter '%s': %s\n", value, reason);
	return false;
}

static bool take_rate(struct bridge_way_options *way, const char *value)
{
	uint64_t rate;

	if (!args_count(value, 10000000, &rate) || !rate)
		return false;
	way->rate = (double)rate;
	return true;
}

static bool take_of_bus(struct bridge_args *args, unsigned int end, int option, const char *value)
{
	switch (option) {
	case OPT_FILTER:
		return take_filter(&args->ways[end], value);
	case OPT_ID:
		return bridge_rules_parse(value, &args->ways[end].rules);
	case OPT_RATE:
		return take_rate(&args->ways[end], value);
	default:
		return bus_args_take(&args->ends[end], option, value);
	}
}

static bool is_of_bridge(int option)
{
	for (size_t i = 0; i < COUNT(of_the_bridge); i++)
		if (of_the_bridge[i].val == option)
			return true;
	return false;
}

static bool take_of_bridge(struct bridge_args *args, int option, const char *value)
{
	switch (option) {
	case OPT_ONE_WAY:
		return args->one_way = true;
	case OPT_ERROR_FRAMES:
		return args->error_frames = true;
	case OPT_RECONNECT:
		return args->reconnect = true;
	case OPT_NO_LOOP_CHECK:
		return args->no_loop_check = true;
	case 'j':
		return args->json = true;
	case 'q':
		return args->quiet = true;
	case OPT_FD_POLICY:
		return take_policy(args, value);
	case OPT_PATIENCE:
		return args_duration(value, ANYCAN_NS_PER_S, &args->patience_ns);
	default:
		return args_duration(value, ANYCAN_NS_PER_S, &args->stats_ns) && args->stats_ns > 0;
	}
}

static bool take(struct bridge_args *args, int option, const char *value)
{
	int which = option & (OPT_BUS1 | OPT_BUS2);
	int plain = option & ~(OPT_BUS1 | OPT_BUS2);

	if (!which && is_of_bridge(plain))
		return take_of_bridge(args, plain, value);
	return (which == OPT_BUS2 || take_of_bus(args, 0, plain, value)) &&
	       (which == OPT_BUS1 || take_of_bus(args, 1, plain, value));
}

/* `--KEY=VALUE`, `--bus1-KEY=VALUE`: a setting of the interface. */
static bool take_setting(struct bridge_args *args, const char *word)
{
	if (!strncmp(word, "--bus1-", 7))
		return bus_args_pair(&args->ends[0], word + 7);
	if (!strncmp(word, "--bus2-", 7))
		return bus_args_pair(&args->ends[1], word + 7);
	return bus_args_key(&args->ends[0], word) && bus_args_key(&args->ends[1], word);
}

/* ---- The buses */

/* `can0,123:7FF` or an address. */
static bool take_target(struct bridge_args *args, unsigned int end, const char *word)
{
	size_t len = strcspn(word, ",:");
	bool filters = word[len] == ',';

	args->names[end] = filters ? strndup(word, len) : strdup(word);
	return args->names[end] && bus_args_target(&args->ends[end], args->names[end]) &&
	       (!filters || take_filter(&args->ways[end], word + len + 1));
}

static const char *name_of(const struct bus_args *bus)
{
	const char *name = "can.conf";

	for (unsigned int i = 0; i < bus->n_items; i++)
		if (!strcmp(bus->items[i].key, "channel"))
			name = bus->items[i].value;
	return name;
}

static int take_buses(struct bridge_args *args, int argc, char **argv)
{
	bool by_option = args->ends[0].n_items && args->ends[1].n_items;

	if (argc - optind != 2 && !(argc == optind && by_option))
		return args_error(PROGRAM, "two buses are needed", NULL);
	for (unsigned int end = 0; end < 2; end++) {
		if (argc == optind)
			args->names[end] = strdup(name_of(&args->ends[end]));
		else if (!take_target(args, end, argv[optind + (int)end]))
			return args_error(PROGRAM, "no bus that fits", argv[optind + (int)end]);
		if (args->names[end] &&
		    (!strcmp(args->names[end], "any") || strpbrk(args->names[end], "*?[")))
			return args_error(PROGRAM, "a bridge joins two buses, not",
					  args->names[end]);
	}
	if (args->ends[1].listen_only)
		return args_error(PROGRAM, "nothing can be sent on a bus that only listens",
				  args->names[1]);
	if (args->ends[0].listen_only && !args->one_way)
		return args_error(PROGRAM, "this bus only listens; with it goes --one-way",
				  args->names[0]);
	return -1;
}

int bridge_args_parse(struct bridge_args *args, int argc, char **argv)
{
	struct table table = {0};
	int option;

	fill_table(&table);
	args->ends[0].options.rx_queue_size = args->ends[1].options.rx_queue_size = BRIDGE_QUEUE;
	args->patience_ns = ANYCAN_NS_PER_S;
	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "b:c:hi:jq", table.options, NULL)) >= 0) {
		const char *word = argv[optind - 1];

		if (option == 'h') {
			print_help();
			return STATUS_OK;
		}
		if (option == '?') {
			if (!take_setting(args, word))
				return args_error(PROGRAM, "unknown option or missing value", word);
			continue;
		}
		if (!take(args, option, optarg))
			return args_error(PROGRAM, "no value that fits", optarg ? optarg : word);
	}
	return take_buses(args, argc, argv);
}

void bridge_args_clear(struct bridge_args *args)
{
	for (unsigned int i = 0; i < 2; i++) {
		anycan_filters_free(&args->ways[i].filters);
		bus_args_clear(&args->ends[i]);
		free(args->names[i]);
	}
}
