// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of `anycan play`.
 */
#include "args.h"
#include "filter_args.h"
#include "play.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char program[] = "anycan play";

enum {
	OPT_IGNORE = 256,
	OPT_ERROR_FRAMES,
	OPT_SPEED,
	OPT_START,
	OPT_END,
	OPT_FILTER,
	OPT_RX,
	OPT_TX,
	OPT_FORMAT,
	OPT_HELP,
};

static const struct option long_options[] = {
	BUS_LONG_OPTIONS,
	{"count", required_argument, NULL, 'n'},
	{"end", required_argument, NULL, OPT_END},
	{"error-frames", no_argument, NULL, OPT_ERROR_FRAMES},
	{"file-name", required_argument, NULL, 'f'},
	{"filter", required_argument, NULL, OPT_FILTER},
	{"format", required_argument, NULL, OPT_FORMAT},
	{"gap", required_argument, NULL, 'g'},
	{"help", no_argument, NULL, OPT_HELP},
	{"ignore-timestamps", no_argument, NULL, OPT_IGNORE},
	{"loop", required_argument, NULL, 'l'},
	{"option", required_argument, NULL, 'o'},
	{"quiet", no_argument, NULL, 'q'},
	{"rx-only", no_argument, NULL, OPT_RX},
	{"skip", required_argument, NULL, 's'},
	{"speed", required_argument, NULL, OPT_SPEED},
	{"start", required_argument, NULL, OPT_START},
	{"tx-only", no_argument, NULL, OPT_TX},
	{"verbose", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

static void print_help(void)
{
	fputs("Usage: anycan play [OPTION]... FILE [BUS | DST=SRC...]\n"
	      "Replays a log of any format with its own timing; - is standard input.\n"
	      "All frames go to BUS; or those of the log's channel SRC to the bus DST, where\n"
	      "`stdout` prints them; without either each to the bus called as its channel.\n"
	      "  --speed FACTOR        2 is twice as fast, 0.5 half as fast\n"
	      "  -t, --ignore-timestamps  one frame after the other, -g apart\n"
	      "  -g, --gap MS          the least time between two frames (10, 500us, 0.1s)\n"
	      "  -s, --skip S          cut pauses of the log that are longer to this\n"
	      "  -l, --loop N|i        play it N times, or for ever\n"
	      "  -n, --count N         end after N frames\n"
	      "  --start T, --end T    only frames from T to T: seconds as in the log, seconds\n"
	      "                        since its first frame as +90, +2m, or a date as\n"
	      "                        '2026-11-30 12:00:00.5'\n"
	      "  --filter FILTER,...   only identifiers that pass: 123:7FF, 123~7FF, 100-1FF\n"
	      "  --rx-only, --tx-only  only frames that were received, or sent\n"
	      "  --error-frames        error frames, too (to vcan and vxcan only)\n"
	      "  -x                    hide frames from other programs of this machine\n"
	      "  -v, --verbose         print each frame that was sent\n"
	      "  -q, --quiet           no progress bar and no summary\n"
	      "  --format FORMAT       of FILE, if neither content nor suffix tell it\n"
	      "  -o, --option KEY=VALUE  a setting of the format, see anycan-convert(1)\n"
	      "  -I, -f, --file-name FILE  the same as FILE\n" BUS_OPTIONS_HELP "Examples:\n"
	      "  anycan play drive.blf can0\n"
	      "  anycan play --speed 2 -s 1 drive.log vcan0=can0 vcan1=can1\n"
	      "  ssh car candump -L can0 | anycan play --format log - can0\n",
	      stdout);
}

/* ---- Values */

/* `2026-11-30 12:00:00.5`, local time. */
static bool parse_date(const char *text, int64_t *ns)
{
	struct tm tm = {.tm_isdst = -1};
	const char *rest = strptime(text, "%Y-%m-%d", &tm);
	double fraction = 0;
	char *end;

	if (rest && (*rest == ' ' || *rest == 'T'))
		rest = strptime(rest + 1, "%H:%M:%S", &tm);
	if (rest && *rest == '.') {
		fraction = strtod(rest, &end);
		rest = end;
	}
	if (!rest || *rest)
		return false;
	*ns = (int64_t)mktime(&tm) * ANYCAN_NS_PER_S +
	      (int64_t)(fraction * (double)ANYCAN_NS_PER_S + 0.5);
	return true;
}

/* Seconds to the last digit: a double has too few for the epoch. */
static bool parse_seconds(const char *text, int64_t *ns)
{
	int64_t digit = ANYCAN_NS_PER_S;
	char *end;

	errno = 0;
	*ns = strtoll(text, &end, 10);
	if (errno || *text < '0' || *text > '9' || *ns > INT64_MAX / ANYCAN_NS_PER_S - 1)
		return false;
	*ns *= ANYCAN_NS_PER_S;
	if (*end == '.')
		for (end++; *end >= '0' && *end <= '9'; end++) {
			digit /= 10;
			*ns += digit * (*end - '0');
		}
	return !*end;
}

static bool parse_moment(const char *text, struct play_moment *moment)
{
	moment->given = true;
	moment->since_first = *text == '+';
	if (moment->since_first)
		return args_duration(text + 1, ANYCAN_NS_PER_S, &moment->ns);
	return parse_seconds(text, &moment->ns) || parse_date(text, &moment->ns);
}

static bool parse_speed(const char *text, double *speed)
{
	char *end;

	*speed = strtod(text, &end);
	if (*end == 'x')
		end++;
	return end != text && !*end && isfinite(*speed) && *speed >= 1e-6 && *speed <= 1e6;
}

static bool parse_loops(const char *text, uint64_t *loops)
{
	if (!strcmp(text, "i")) {
		*loops = PLAY_FOREVER;
		return true;
	}
	return args_count(text, INT64_MAX, loops) && *loops;
}

static bool add_setting(struct play_args *args, const char *text)
{
	if (args->n_settings == PLAY_SETTINGS_MAX || !strchr(text, '='))
		return false;
	args->settings[args->n_settings++] = text;
	return true;
}

/* ---- Options */

static bool set_flag(struct play_args *args, int option)
{
	switch (option) {
	case OPT_IGNORE:
	case 't':
		args->ignore_timestamps = true;
		return true;
	case OPT_ERROR_FRAMES:
		args->error_frames = true;
		return true;
	case OPT_RX:
		args->skip_tx = true;
		return true;
	case OPT_TX:
		args->skip_rx = true;
		return true;
	case 'v':
		args->verbose = true;
		return true;
	case 'q':
		args->quiet = true;
		return true;
	case 'x':
		args->bus.options.no_local_loopback = true;
		return true;
	default:
		return bus_args_take(&args->bus, option, NULL);
	}
}

static bool set_value(struct play_args *args, int option, const char *value)
{
	const char *reason;

	switch (option) {
	case 'I':
	case 'f':
		args->file = value;
		return true;
	case 'g':
		return args_duration(value, ANYCAN_NS_PER_MS, &args->gap_ns);
	case 's':
		return args_duration(value, ANYCAN_NS_PER_S, &args->skip_ns);
	case 'l':
		return parse_loops(value, &args->loops);
	case 'n':
		return args_count(value, INT64_MAX, &args->count) && args->count;
	case 'o':
		return add_setting(args, value);
	case OPT_SPEED:
		return parse_speed(value, &args->speed);
	case OPT_START:
		return parse_moment(value, &args->start);
	case OPT_END:
		return parse_moment(value, &args->end);
	case OPT_FILTER:
		return !filter_args_parse(value, &args->filters, &reason);
	case OPT_FORMAT:
		args->format = value;
		return true;
	default:
		return bus_args_take(&args->bus, option, value);
	}
}

/* ---- Where to */

static bool add_route(struct play_args *args, const char *dst, size_t len, const char *src)
{
	struct play_route *route = &args->routes[args->n_routes];

	if (args->n_routes == PLAY_ROUTES_MAX)
		return false;
	*route = (struct play_route){dst ? strndup(dst, len) : NULL, src};
	args->n_routes += !dst || route->dst;
	return !dst || route->dst;
}

/* Whether a word ends in KEY=VALUE of an adapter's address, as `gs_usb:serial=0123` does. */
static bool ends_in_setting(const char *word, const char *equals)
{
	const char *key = equals;

	while (key > word && ((key[-1] >= 'a' && key[-1] <= 'z') || key[-1] == '_'))
		key--;
	return key < equals && key > word && (key[-1] == ':' || key[-1] == ',');
}

static int take_route(struct play_args *args, const char *word, bool *whole)
{
	const char *equals = strrchr(word, '=');

	if (equals && !ends_in_setting(word, equals)) {
		if (equals == word || !equals[1])
			return args_error(program, "DST=SRC has a bus and a channel of the log",
					  word);
		return add_route(args, word, (size_t)(equals - word), equals + 1)
			       ? -1
			       : args_error(program, "too many mappings", word);
	}
	if (!strcmp(word, "any") || strpbrk(word, "*?["))
		return args_error(program, "frames are sent to one bus, not to a pattern", word);
	*whole = true;
	return add_route(args, word, strlen(word), NULL) ? -1 : STATUS_USAGE;
}

static int take_words(struct play_args *args, int argc, char **argv)
{
	bool whole = false;
	int status = -1;

	if (!args->file && optind < argc)
		args->file = argv[optind++];
	if (!args->file)
		return args_error(program, "which log? FILE is missing", NULL);
	for (int i = optind; i < argc && status < 0; i++)
		status = take_route(args, argv[i], &whole);
	if (status >= 0)
		return status;
	if (whole && args->n_routes > 1)
		return args_error(program, "one bus takes all frames; several need DST=SRC",
				  args->routes[0].dst);
	if (!args->n_routes && bus_args_names_bus(&args->bus))
		add_route(args, NULL, 0, NULL);
	if (!strcmp(args->file, "-") && args->loops != 1)
		return args_error(program,
				  "standard input can be played once only; -l needs a file", NULL);
	if (args->skip_rx && args->skip_tx)
		return args_error(program, "--rx-only and --tx-only exclude each other", NULL);
	return -1;
}

int play_args_parse(struct play_args *args, int argc, char **argv)
{
	int option;

	*args = (struct play_args){
		.program = program,
		.speed = 1,
		.skip_ns = -1,
		.loops = 1,
		.count = PLAY_FOREVER,
	};
	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "b:c:f:g:hi:l:n:o:qs:tvxI:", long_options,
				     NULL)) >= 0) {
		const char *word = argv[optind - 1];

		if (option == 'h' || option == OPT_HELP) {
			print_help();
			return STATUS_OK;
		}
		if (option == '?') {
			if (!bus_args_key(&args->bus, word))
				return args_error(program, "unknown option or missing value", word);
			continue;
		}
		if (optarg ? !set_value(args, option, optarg) : !set_flag(args, option))
			return args_error(program, "no value that fits", optarg ? optarg : word);
	}
	return take_words(args, argc, argv);
}

void play_args_clear(struct play_args *args)
{
	for (unsigned int i = 0; i < args->n_routes; i++)
		free(args->routes[i].dst);
	anycan_filters_free(&args->filters);
	bus_args_clear(&args->bus);
}
