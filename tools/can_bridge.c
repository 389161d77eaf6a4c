// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of can_bridge: python-can's script of that name, which came after its version 4.5.
 */
#include "args.h"
#include "bridge.h"
#include "tools.h"

#include <anycan/clock.h>
#include <anycan/timing.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "can_bridge"

enum {
	OPT_TIMING = 700,
	OPT_KWARGS,
	OPT_BUS2 = 1 << 12,
};

static const struct option options[] = {
	{"help", no_argument, NULL, 'h'},
	{"bus1-channel", required_argument, NULL, BUS_OPT_CHANNEL},
	{"bus1-interface", required_argument, NULL, BUS_OPT_INTERFACE},
	{"bus1-bitrate", required_argument, NULL, BUS_OPT_BITRATE},
	{"bus1-fd", no_argument, NULL, BUS_OPT_FD},
	{"bus1-data-bitrate", required_argument, NULL, BUS_OPT_DATA_BITRATE},
	{"bus1-timing", required_argument, NULL, OPT_TIMING},
	{"bus1-bus-kwargs", required_argument, NULL, OPT_KWARGS},
	{"bus2-channel", required_argument, NULL, OPT_BUS2 | BUS_OPT_CHANNEL},
	{"bus2-interface", required_argument, NULL, OPT_BUS2 | BUS_OPT_INTERFACE},
	{"bus2-bitrate", required_argument, NULL, OPT_BUS2 | BUS_OPT_BITRATE},
	{"bus2-fd", no_argument, NULL, OPT_BUS2 | BUS_OPT_FD},
	{"bus2-data-bitrate", required_argument, NULL, OPT_BUS2 | BUS_OPT_DATA_BITRATE},
	{"bus2-timing", required_argument, NULL, OPT_BUS2 | OPT_TIMING},
	{"bus2-bus-kwargs", required_argument, NULL, OPT_BUS2 | OPT_KWARGS},
	{NULL, 0, NULL, 0},
};

static void print_help(FILE *to)
{
	fprintf(to,
		"Usage: " PROGRAM " [OPTION]...\n"
		"Bridges two CAN buses: what comes from bus 1 is sent on bus 2, and the other way "
		"round.\n"
		"As python-can's script; `anycan bridge` can more.\n\n"
		"  -h, --help                     show this\n\n"
		"Bus 1; the same with --bus2- for bus 2:\n"
		"  --bus1-channel CHANNEL         such as can0 or /dev/ttyUSB0@115200\n"
		"  --bus1-interface NAME          python-can's name of the interface\n"
		"  --bus1-bitrate BITRATE         bit/s\n"
		"  --bus1-fd                      CAN FD, too\n"
		"  --bus1-data-bitrate BITRATE    bit/s of the data phase\n"
		"  --bus1-timing KEY=N...         f_clock brp tseg1 tseg2 sjw nof_samples, all of "
		"them\n"
		"  --bus1-bus-kwargs KEY=VALUE... other settings of the interface\n\n"
		"What is missing is taken from can.conf.\n\n"
		"Examples:\n"
		"  can_bridge --bus1-interface socketcan --bus1-channel can0 \\\n"
		"             --bus2-interface socketcan --bus2-channel can1\n"
		"  can_bridge --bus1-interface slcan --bus1-channel /dev/ttyACM0 --bus1-bitrate "
		"500000 \\\n"
		"             --bus2-interface udp_multicast\n"
		"  can_bridge --bus1-channel can0 --bus1-fd --bus2-channel can1 --bus2-fd\n");
}

static int refuse(const char *option, const char *what, const char *value)
{
	fprintf(stderr, PROGRAM ": error: argument %s: %s%s (--help lists the options)\n", option,
		what, value);
	return STATUS_USAGE;
}

static bool is_interface(const char *name)
{
	size_t n;
	const struct anycan_config_interface *list = anycan_config_interfaces(&n);

	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name))
			return true;
	return false;
}

static int refuse_interface(const char *option, const char *name)
{
	size_t n;
	const struct anycan_config_interface *list = anycan_config_interfaces(&n);

	fprintf(stderr, PROGRAM ": error: argument %s: invalid choice: '%s' (choose from", option,
		name);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, "%s %s", i ? "," : "", list[i].name);
	fprintf(stderr, ")\n");
	return STATUS_USAGE;
}

/* ---- Options with several words: the one that getopt has found, and those behind it */

static const char *next_word(char **argv)
{
	return argv[optind] && argv[optind][0] != '-' ? argv[optind++] : NULL;
}

static int take_kwargs(struct bus_args *bus, const char *option, char **argv)
{
	for (const char *word = optarg; word; word = next_word(argv)) {
		size_t len = strcspn(word, "=");
		bool valid = len && word[len] && !isdigit((unsigned char)word[0]);

		for (size_t i = 0; i < len; i++)
			valid = valid && (isalnum((unsigned char)word[i]) || word[i] == '_');
		if (!valid || strpbrk(word, " \t\n") || !bus_args_pair(bus, word))
			return refuse(option, "Unable to parse bus keyword argument ", word);
	}
	return -1;
}

/* `500_000` */
static void print_grouped(uint32_t number)
{
	if (number >= 1000) {
		print_grouped(number / 1000);
		printf("_%03u", number % 1000);
	} else {
		printf("%u", number);
	}
}

static void print_timing(const struct anycan_timing *timing)
{
	uint16_t btr = 0;

	anycan_timing_btr(timing, &btr, NULL);
	printf("BR: ");
	print_grouped((uint32_t)(anycan_timing_reached(timing) + 0.5));
	printf(" bit/s, SP: %.2f%%, BRP: %u, TSEG1: %u, TSEG2: %u, SJW: %u, BTR: %04Xh, "
	       "CLK: %.0fMHz\n",
	       anycan_timing_sample_point(timing), timing->brp, timing->tseg1, timing->tseg2,
	       timing->sjw, btr, timing->clock_hz / 1e6);
}

static bool take_timing_word(struct anycan_timing *timing, const char *word, unsigned int *seen)
{
	const struct {
		const char *key;
		uint32_t *member;
	} keys[] = {
		{"f_clock", &timing->clock_hz}, {"brp", &timing->brp},
		{"tseg1", &timing->tseg1},	{"tseg2", &timing->tseg2},
		{"sjw", &timing->sjw},		{"nof_samples", &timing->samples},
	};
	size_t len = strcspn(word, "=");
	char digits[16];
	size_t n = 0;
	uint64_t number;

	/* Python's numbers may have _ between digits. */
	for (const char *p = word + len + (word[len] == '='); *p && n < sizeof(digits) - 1; p++)
		if (*p != '_')
			digits[n++] = *p;
	digits[n] = '\0';
	if (!word[len] || !args_count(digits, UINT32_MAX, &number))
		return false;
	for (unsigned int i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strlen(keys[i].key) != len || strncmp(word, keys[i].key, len))
			continue;
		*keys[i].member = (uint32_t)number;
		*seen |= 1U << i;
	}
	return true;
}

static int take_timing(struct bus_args *bus, const char *option, char **argv)
{
	struct anycan_timing timing = {0};
	unsigned int seen = 0;
	bool fd = false;

	for (const char *word = optarg; word; word = next_word(argv)) {
		if (!take_timing_word(&timing, word, &seen))
			return refuse(option, "Invalid timing argument: ", word);
		fd = fd || !strncmp(word, "nom_", 4) || !strncmp(word, "data_", 5);
		if (!fd && !bus_args_pair(bus, word))
			return refuse(option, "too many settings at ", word);
	}
	if (fd)
		return refuse(option,
			      "the segments of CAN FD are set where the adapter is bridged; name "
			      "the rates with -bitrate and -data-bitrate",
			      "");
	if (seen != 63 || !timing.brp || anycan_timing_check(&timing, NULL, NULL))
		return refuse(option, "Invalid --timing argument. Incomplete parameters.", "");
	print_timing(&timing);
	return -1;
}

/* ---- All of them */

static int take(struct bridge_args *args, int option, const char *name, char **argv)
{
	struct bus_args *bus = &args->ends[!!(option & OPT_BUS2)];
	int plain = option & ~OPT_BUS2;

	if (plain == OPT_KWARGS)
		return take_kwargs(bus, name, argv);
	if (plain == OPT_TIMING)
		return take_timing(bus, name, argv);
	if (plain == BUS_OPT_INTERFACE && !is_interface(optarg))
		return refuse_interface(name, optarg);
	if (!bus_args_take(bus, plain, optarg))
		return refuse(name, "invalid int value: ", optarg);
	return -1;
}

static const char *name_of(const struct bus_args *bus)
{
	const char *name = "the bus of can.conf";

	for (unsigned int i = 0; i < bus->n_items; i++)
		if (!strcmp(bus->items[i].key, "channel"))
			name = bus->items[i].value;
	return name;
}

static int parse(struct bridge_args *args, int argc, char **argv)
{
	int option, index = 0, status;

	args->patience_ns = ANYCAN_NS_PER_S;
	args->python_can = args->error_frames = true;
	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	/* In order: the words of one option are behind it. */
	while ((option = getopt_long(argc, argv, "-h", options, &index)) >= 0) {
		if (option == 'h') {
			print_help(stdout);
			return STATUS_OK;
		}
		if (option == '?' && optopt && !strncmp(argv[optind - 1], "--", 2))
			return refuse(argv[optind - 1], "expected one argument", "");
		if (option == '?' || option == 1) {
			/* The script ignores it, too. */
			fprintf(stderr, PROGRAM ": ignored: %s\n", argv[optind - 1]);
			continue;
		}
		char name[32];

		snprintf(name, sizeof(name), "--%s", options[index].name);
		status = take(args, option, name, argv);
		if (status >= 0)
			return status;
	}
	for (unsigned int end = 0; end < 2; end++) {
		args->ends[end].python_can = true;
		args->ends[end].options.rx_queue_size = BRIDGE_QUEUE;
		args->names[end] = strdup(name_of(&args->ends[end]));
		if (!args->names[end])
			return STATUS_FAILED;
	}
	return -1;
}

int tool_can_bridge(int argc, char **argv)
{
	struct bridge_args *args;
	int status;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_NO_ARGUMENTS;
	}
	args = calloc(1, sizeof(*args));
	status = args ? parse(args, argc, argv) : STATUS_FAILED;
	if (status < 0)
		status = bridge_run(args);
	if (args)
		bridge_args_clear(args);
	free(args);
	return status;
}
