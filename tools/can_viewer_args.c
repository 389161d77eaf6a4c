// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of can_viewer. Source: the behaviour of python-can 4.1's script of that name, whose
 * long options are not to be shortened, and whose -d and -f take all words up to the next option.
 */
#include "args.h"
#include "can_viewer.h"
#include "view_options.h"

#include <stdlib.h>
#include <string.h>

#define PROGRAM "can_viewer"

struct option_row {
	char letter;
	const char *name;
	enum {
		NOTHING,
		ONE,
		SEVERAL
	} takes;
	int option;
};

static const struct option_row rows[] = {
	{'c', "channel", ONE, BUS_OPT_CHANNEL},
	{'i', "interface", ONE, BUS_OPT_INTERFACE},
	{'b', "bitrate", ONE, BUS_OPT_BITRATE},
	{'\0', "fd", NOTHING, BUS_OPT_FD},
	{'\0', "data-bitrate", ONE, BUS_OPT_DATA_BITRATE},
	{'h', "help", NOTHING, 'h'},
	{'\0', "version", NOTHING, 'V'},
	{'d', "decode", SEVERAL, 'd'},
	{'f', "filter", SEVERAL, 'f'},
	{'v', "", NOTHING, 'v'},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void print_help(FILE *to)
{
	fputs("Usage: can_viewer [-c CHANNEL] [-i INTERFACE] [-b BITRATE] [--fd]\n"
	      "                  [--data_bitrate RATE] [-h] [--version]\n"
	      "                  [-d STRING... | FILE] [-f FILTER...] [-v] [--KEY=VALUE ...]\n"
	      "\n"
	      "Shows the frames of a CAN bus in the terminal, a line for each identifier.\n"
	      "\n"
	      "  -c, --channel CH      the channel of the interface: can0, /dev/ttyUSB0 ...\n"
	      "  -i, --interface NAME  python-can's name of it; default: can.conf's, or socketcan\n"
	      "  -b, --bitrate N       bit/s\n"
	      "  --fd                  also CAN FD frames\n"
	      "  --data_bitrate N      bit/s of their data\n"
	      "  -h, --help            show this\n"
	      "  --version             show the version\n"
	      "  -d, --decode S...     values of payloads: ID:FORMAT, or ID:FORMAT:SCALE:..., or "
	      "a\n"
	      "                        file with one in each line. ID is hexadecimal, FORMAT < or "
	      ">\n"
	      "                        (first byte low or high) and a letter for each value:\n"
	      "                        x pad, c char, ? bool, b B 8, h H 16, l L 32, q Q 64 bits,\n"
	      "                        signed and unsigned, f d float. A value is divided by its\n"
	      "                        SCALE, and rounded down if SCALE is a whole number.\n"
	      "  -f, --filter F...     ID:MASK, or ID~MASK for all others; hexadecimal\n"
	      "  -v                    say more; may be repeated\n"
	      "  --KEY=VALUE           a setting of the interface\n"
	      "\n"
	      "Keys: ESC or q end, c clear, s sort, h mark changed bytes, SPACE pause, UP and "
	      "DOWN\n"
	      "scroll. `anycan view` shows more.\n"
	      "\n"
	      "Examples:\n"
	      "  can_viewer -c can0\n"
	      "  can_viewer -i slcan -c /dev/ttyACM0 -b 500000 -f 100:7FC 200:7F0\n"
	      "  can_viewer -c can0 -d 100:<BHL 101:<BHL:1:10.0:100.0\n",
	      to);
}

static int fail(const char *option, const char *what, const char *value)
{
	fprintf(stderr, PROGRAM ": error: argument %s: %s%s%s\n", option, what, value ? ": " : "",
		value ? value : "");
	return STATUS_USAGE;
}

/* ---- Values */

static int take_filter(struct can_viewer_args *args, const char *word)
{
	if (args->buses.n_filters == BUSES_FILTERS_MAX)
		return fail("-f/--filter", "too many filters", word);
	return bus_args_filter(&args->buses, word)
		       ? 0
		       : fail("-f/--filter", "Invalid filter argument", word);
}

/* All strings; or if the first word is a file, that alone. The last -d counts. */
static int take_decode(struct can_viewer_args *args, int n, char **words)
{
	int status = 0;

	decode_free(args->decode);
	args->decode = NULL;
	for (int i = 0; i < n && !status; i++) {
		status = view_take_decode(&args->decode, words[i], PROGRAM);
		if (!status && !i && view_is_file(words[0]))
			break;
	}
	return status;
}

static int take_interface(struct can_viewer_args *args, const char *name)
{
	const struct anycan_config_interface *list;
	size_t n;

	list = anycan_config_interfaces(&n);
	for (size_t i = 0; i < n; i++)
		if (!strcmp(list[i].name, name)) {
			bus_args_take(&args->buses, BUS_OPT_INTERFACE, name);
			return 0;
		}
	fail("-i/--interface", "invalid choice", name);
	fputs("  there are", stderr);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " %s", list[i].name);
	fputs("\n", stderr);
	return STATUS_USAGE;
}

static int take_rate(struct can_viewer_args *args, const struct option_row *row, const char *value)
{
	uint64_t rate;

	if (!args_count(value, UINT32_MAX, &rate))
		return fail(row->name, "invalid int value", value);
	if (rate)
		bus_args_take(&args->buses, row->option, value);
	return 0;
}

static int print_version(void)
{
	puts("can_viewer (version " ANYCAN_VERSION ")");
	return STATUS_OK;
}

/* ---- Options */

/* Return: -1 to go on, otherwise the exit status. */
static int take(struct can_viewer_args *args, const struct option_row *row, int n, char **words)
{
	int status = 0;

	switch (row->option) {
	case 'h':
		print_help(stdout);
		return STATUS_OK;
	case 'V':
		return print_version();
	case 'v':
		return -1;
	case 'd':
		status = take_decode(args, n, words);
		break;
	case 'f':
		args->buses.n_filters = 0;
		for (int i = 0; i < n && !status; i++)
			status = take_filter(args, words[i]);
		break;
	case BUS_OPT_INTERFACE:
		status = take_interface(args, words[0]);
		break;
	case BUS_OPT_BITRATE:
	case BUS_OPT_DATA_BITRATE:
		status = take_rate(args, row, words[0]);
		break;
	default:
		if (!bus_args_take(&args->buses, row->option, n ? words[0] : NULL))
			status = fail(row->name, "too many settings", NULL);
		break;
	}
	return status ? status : -1;
}

static int take_extra(struct can_viewer_args *args, const char *word)
{
	if (bus_args_key(&args->buses, word))
		return -1;
	fprintf(stderr, PROGRAM ": Parsing argument %s failed; a setting is --KEY=VALUE\n", word);
	return STATUS_FAILED;
}

/* `-v`, `-vvv`, `-cVALUE`, `--channel`, `--channel=VALUE`. */
static const struct option_row *find_row(const char *word, char **value)
{
	size_t len = strcspn(word, "=");

	*value = NULL;
	for (size_t i = 0; i < ROWS; i++) {
		if (word[1] == '-' && len > 2 && strlen(rows[i].name) == len - 2 &&
		    !strncmp(rows[i].name, word + 2, len - 2)) {
			*value = word[len] ? (char *)word + len + 1 : NULL;
			return &rows[i];
		}
		if (word[1] != '-' && word[1] && word[1] == rows[i].letter) {
			*value = word[2] ? (char *)word + 2 + (word[2] == '=') : NULL;
			return &rows[i];
		}
	}
	return NULL;
}

/* The option at *@at, with its words. */
static int take_option(struct can_viewer_args *args, int argc, char **argv, int *at)
{
	char *value, **words = &argv[*at + 1];
	const struct option_row *row = find_row(argv[*at], &value);
	int n = 0;

	if (!row)
		return take_extra(args, argv[*at]);
	if (row->takes == NOTHING) {
		/* Letters of flags may follow each other: what is behind is a word of its own. */
		if (value && row->letter && argv[*at][1] != '-') {
			argv[*at]++;
			argv[*at][0] = '-';
			--*at;
		} else if (value) {
			return fail(row->name, "ignored explicit argument", value);
		}
		return take(args, row, 0, words);
	}
	if (value)
		return take(args, row, 1, &value);
	while (*at + 1 + n < argc && words[n][0] != '-' && (row->takes == SEVERAL || !n))
		n++;
	if (!n)
		return fail(row->name, "expected an argument", NULL);
	*at += n;
	return take(args, row, n, words);
}

/* ---- All of it */

/* Where nobody says what interface it is, it is socketcan. */
static void choose_interface(struct can_viewer_args *args)
{
	struct anycan_config_source source = {.arguments = args->buses.items};
	struct anycan_config *config;
	struct anycan_error error;
	bool chosen = false;

	if (!anycan_config_load(&config, &source, &error)) {
		chosen = anycan_config_get(config, "interface");
		anycan_config_free(config);
	} else if (error.category != ANYCAN_ERROR_NOT_IMPLEMENTED) {
		return; /* opening it will say what is wrong */
	}
	if (!chosen)
		bus_args_take(&args->buses, BUS_OPT_INTERFACE, "socketcan");
}

int can_viewer_args_parse(struct can_viewer_args *args, int argc, char **argv)
{
	bool rest = false;
	int status = -1;

	*args = (struct can_viewer_args){.buses.python_can = true};
	if (argc < 2) {
		print_help(stderr);
		return STATUS_NO_ARGUMENTS;
	}
	args_unify(argc, argv);
	/* Behind the first word that belongs to no option all are settings. */
	for (int i = 1; i < argc && status < 0; i++) {
		rest |= argv[i][0] != '-';
		status = rest ? take_extra(args, argv[i]) : take_option(args, argc, argv, &i);
	}
	if (status >= 0)
		return status;
	bus_args_print_filters(&args->buses);
	fflush(stdout);
	choose_interface(args);
	return -1;
}

void can_viewer_args_clear(struct can_viewer_args *args)
{
	bus_args_clear(&args->buses);
	decode_free(args->decode);
}
