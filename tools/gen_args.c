// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of `anycan gen`: cangen's letters, and long names for the bus, as cangen's -b -c -f
 * and -i mean something else.
 */
#include "args.h"
#include "gen.h"

#include <anycan/hex.h>
#include <anycan/text.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DEFAULT_GAP_NS (200 * ANYCAN_NS_PER_MS)

static const char program[] = "anycan gen";

enum {
	OPT_LOAD = 256,
	OPT_PERIODIC,
	OPT_SEED,
	OPT_BRS,
	OPT_BUS, /* behind it the shared ones, which have letters elsewhere */
	OPT_CHANNEL,
	OPT_INTERFACE,
	OPT_BITRATE,
};

static const struct option long_options[] = {
	{"bitrate", required_argument, NULL, OPT_BITRATE},
	{"channel", required_argument, NULL, OPT_CHANNEL},
	{"data-bitrate", required_argument, NULL, BUS_OPT_DATA_BITRATE},
	{"fd", no_argument, NULL, 'f'},
	{"interface", required_argument, NULL, OPT_INTERFACE},
	{"brs", no_argument, NULL, OPT_BRS},
	{"burst", required_argument, NULL, 'c'},
	{"count", required_argument, NULL, 'n'},
	{"duration", required_argument, NULL, 'T'},
	{"gap", required_argument, NULL, 'g'},
	{"help", no_argument, NULL, 'h'},
	{"load", required_argument, NULL, OPT_LOAD},
	{"periodic", required_argument, NULL, OPT_PERIODIC},
	{"seed", required_argument, NULL, OPT_SEED},
	{"verbose", no_argument, NULL, 'v'},
	{NULL, 0, NULL, 0},
};

static void print_help(void)
{
	fputs("Usage: anycan gen [OPTION]... BUS\n"
	      "Sends frames that are made up, by cangen's rules. It never throws one away: it "
	      "waits\n"
	      "for room, unless -i says otherwise, and counts that.\n"
	      "  -g, --gap MS       from one frame, or burst, to the next (200); 0: at once\n"
	      "  -c, --burst N      frames in a burst (1)\n"
	      "  --load PERCENT     as many frames as fill so much of the bus's time; the bit "
	      "rate\n"
	      "                     is the bus's or behind it: 50%@500000, 50%@500k,2M\n"
	      "  -n, --count N      end after N frames\n"
	      "  -T, --duration S   end after so long\n"
	      "  -e                 extended frames\n"
	      "  -R                 remote frames\n"
	      "  -f, --fd           CAN FD frames\n"
	      "  -b, --brs          the same with BRS\n"
	      "  -E                 the same with ESI\n"
	      "  -8                 also DLCs of 9 to 15 in classic frames\n"
	      "  -m                 a mixture of them\n"
	      "  -I MODE            identifier: r random, e even, o odd, i one up, or hex\n"
	      "  -L MODE            length: r, i, or a number\n"
	      "  -D MODE            data: r, i, or hex, where digits x are random\n"
	      "  --seed N           the same frames each time\n"
	      "  --periodic FRAME@MS  this frame, periodically, by the kernel where the bus is a\n"
	      "                     netdev; several of them may be given; then nothing is made up\n"
	      "                     unless -g or --load asks for it\n"
	      "  -p MS              wait so long for room, then end with an error\n"
	      "  -i                 do not wait for room; frames that find none are counted\n"
	      "  -x                 hide frames from other programs of this machine\n"
	      "  -v, --verbose      print what is sent\n"
	      "  -a                 accepted: frames are always on an absolute schedule\n"
	      "  --channel CH, --interface NAME, --bitrate RATE, --data-bitrate RATE,\n"
	      "  --KEY=VALUE        the bus, as the other verbs take it\n"
	      "Examples:\n"
	      "  anycan gen can0 -g 4 -I 42A -L 1 -D i -v\n"
	      "  anycan gen can0 --load 80% -m -T 10\n"
	      "  anycan gen can0 --periodic 123#1122@10 --periodic 456#33@100ms\n",
	      stdout);
}

/* ---- Values */

static bool parse_id(struct gen_rules *rules, const char *text)
{
	char *end;

	rules->id_mode = *text == 'r'		    ? GEN_RANDOM
			 : *text == 'e' && !text[1] ? GEN_RANDOM_EVEN
			 : *text == 'o'		    ? GEN_RANDOM_ODD
			 : *text == 'i'		    ? GEN_INCREMENT
						    : GEN_FIXED;
	if (rules->id_mode != GEN_FIXED)
		return !text[1];
	rules->id = (uint32_t)strtoul(text, &end, 16);
	return *text && !*end && strlen(text) <= 8 && rules->id <= CAN_EFF_MASK;
}

static bool parse_len(struct gen_rules *rules, const char *text)
{
	uint64_t len;

	rules->len_mode = *text == 'r' ? GEN_RANDOM : *text == 'i' ? GEN_INCREMENT : GEN_FIXED;
	if (rules->len_mode != GEN_FIXED)
		return !text[1];
	if (!args_count(text, ANYCAN_DATA_MAX, &len))
		return false;
	rules->len = (unsigned int)len;
	return true;
}

/* A digit of data. Return: whether it is one. */
static bool parse_digit(char digit, uint8_t *value, uint8_t *random)
{
	uint8_t number = digit == 'x' ? 0 : anycan_hex_value[(unsigned char)digit];

	*random = (uint8_t)(*random << 4 | (digit == 'x' ? 15 : 0));
	*value = (uint8_t)(*value << 4 | (number & 15));
	return number <= 15;
}

static bool parse_data(struct gen_rules *rules, const char *text)
{
	rules->data_mode = *text == 'r' ? GEN_RANDOM : *text == 'i' ? GEN_INCREMENT : GEN_FIXED;
	if (rules->data_mode != GEN_FIXED)
		return !text[1];
	for (unsigned int i = 0; *text; i++) {
		if (i == ANYCAN_DATA_MAX ||
		    !parse_digit(*text++, &rules->data[i], &rules->random[i]) ||
		    !parse_digit(*text++, &rules->data[i], &rules->random[i]))
			return false;
		text += *text == '.';
	}
	return true;
}

/* `50`, `50%`, `50%@500000`, `50%@500k,2M`. */
static bool parse_load(struct gen_args *args, const char *text)
{
	char rate[24], *end;
	const char *comma;
	size_t len;

	args->load = strtod(text, &end) / 100;
	if (end == text || !(args->load > 0 && args->load <= 1))
		return false;
	end += *end == '%';
	if (!*end)
		return true;
	if (*end != '@')
		return false;
	comma = strchr(end, ',');
	len = comma ? (size_t)(comma - end - 1) : strlen(end + 1);
	if (len >= sizeof(rate))
		return false;
	memcpy(rate, end + 1, len);
	rate[len] = '\0';
	return args_rate(rate, &args->bitrate) && (!comma || args_rate(comma + 1, &args->dbitrate));
}

/* `123#1122@10ms`. */
static bool parse_periodic(struct gen_args *args, const char *text)
{
	struct gen_periodic *periodic = &args->periodic[args->n_periodic];
	const char *at = strrchr(text, '@');

	if (!at || args->n_periodic == GEN_PERIODIC_MAX ||
	    anycan_frame_parse(text, (size_t)(at - text), &periodic->frame) ||
	    !args_duration(at + 1, ANYCAN_NS_PER_MS, &periodic->period_ns) || !periodic->period_ns)
		return false;
	args->n_periodic++;
	return true;
}

/* ---- Options */

static bool set_flag(struct gen_args *args, int option)
{
	struct gen_rules *rules = &args->rules;

	switch (option) {
	case 'e':
		return rules->extended = true;
	case 'f':
		return rules->fd = true;
	case 'b':
	case OPT_BRS:
		return rules->fd = rules->brs = true;
	case 'E':
		return rules->fd = rules->esi = true;
	case 'R':
		return rules->remote = true;
	case '8':
		return rules->len8_dlc = true;
	case 'm':
		return rules->mix = true;
	case 'i':
		return args->drop = true;
	case 'x':
		return args->bus.options.no_local_loopback = true;
	case 'v':
		return args->verbose = true;
	default: /* -a */
		return true;
	}
}

static bool set_value(struct gen_args *args, int option, const char *value)
{
	switch (option) {
	case 'g':
		args->made_up = true;
		return args_duration(value, ANYCAN_NS_PER_MS, &args->gap_ns);
	case 'c':
		return args_count(value, 1000000, &args->burst) && args->burst;
	case 'n':
		return args_count(value, INT64_MAX, &args->count) && args->count;
	case 'p':
		return args_duration(value, ANYCAN_NS_PER_MS, &args->room_ns);
	case 'T':
		return args_duration(value, ANYCAN_NS_PER_S, &args->duration_ns);
	case 'I':
		return parse_id(&args->rules, value);
	case 'L':
		return parse_len(&args->rules, value);
	case 'D':
		return parse_data(&args->rules, value);
	case OPT_LOAD:
		args->made_up = true;
		return parse_load(args, value);
	case OPT_PERIODIC:
		return parse_periodic(args, value);
	case OPT_SEED:
		return args_count(value, UINT64_MAX, &args->seed);
	case OPT_CHANNEL:
		return bus_args_take(&args->bus, BUS_OPT_CHANNEL, value);
	case OPT_INTERFACE:
		return bus_args_take(&args->bus, BUS_OPT_INTERFACE, value);
	case OPT_BITRATE:
		return bus_args_take(&args->bus, BUS_OPT_BITRATE, value);
	default:
		return bus_args_take(&args->bus, option, value);
	}
}

/* cangen's letters for what does not exist here. Return: the reason, or NULL. */
static const char *refusal(int option)
{
	switch (option) {
	case 'X':
	case 'F':
	case 'S':
	case 'A':
	case 'V':
		return "CAN XL frames are not there yet; -f makes CAN FD frames";
	case 't':
		return "sending by SO_TXTIME is not there; frames are on an absolute schedule "
		       "anyway";
	case 'P':
		return "a socket priority cannot be set; tc(8) sorts by identifier";
	default:
		return NULL;
	}
}

static int check(struct gen_args *args)
{
	if (args->rules.id_mode == GEN_FIXED && args->rules.id > CAN_SFF_MASK &&
	    !args->rules.extended)
		return args_error(program, "an identifier above 7FF needs extended frames: add -e",
				  NULL);
	if (args->load > 0 && args->burst > 1)
		return args_error(program, "--load and -c exclude each other", NULL);
	if (args->drop && args->room_ns >= 0)
		return args_error(program, "-i and -p exclude each other", NULL);
	args->made_up |= !args->n_periodic;
	return -1;
}

static int take_words(struct gen_args *args, int argc, char **argv)
{
	if (!bus_args_names_bus(&args->bus)) {
		if (optind == argc)
			return args_error(program, "which bus? BUS is missing", NULL);
		bus_args_target(&args->bus, argv[optind++]);
	}
	if (optind < argc)
		return args_error(program, "frames go to one bus; this is too much", argv[optind]);
	return check(args);
}

int gen_args_parse(struct gen_args *args, int argc, char **argv)
{
	struct timespec now;
	int option;

	clock_gettime(CLOCK_REALTIME, &now);
	*args = (struct gen_args){
		.gap_ns = DEFAULT_GAP_NS,
		.burst = 1,
		.count = GEN_FOREVER,
		.seed = (uint64_t)now.tv_sec * ANYCAN_NS_PER_S + (uint64_t)now.tv_nsec,
		.room_ns = -1,
		.duration_ns = -1,
	};
	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "8A:abc:D:eEfF:g:hiI:L:mn:p:P:RS:tT:vV:xX",
				     long_options, NULL)) >= 0) {
		const char *word = argv[optind - 1], *why = refusal(option);

		if (option == 'h') {
			print_help();
			return STATUS_OK;
		}
		if (why)
			return args_error(program, why, word);
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
