// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Command line of `anycan convert` and of its other name can_logconvert.
 */
#include "args.h"
#include "convert.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S 1000000000LL

enum {
	OPT_FROM = 256,
	OPT_TO,
	OPT_INFO,
	OPT_REPAIR,
	OPT_FRAMES,
	OPT_FLUSH,
	OPT_SYNC,
	OPT_THREADS,
	OPT_LIST,
};

static const struct option long_options[] = {
	{"append", no_argument, NULL, 'a'},
	{"file-size", required_argument, NULL, 's'},
	{"flush", required_argument, NULL, OPT_FLUSH},
	{"format", required_argument, NULL, 'f'},
	{"from", required_argument, NULL, OPT_FROM},
	{"help", no_argument, NULL, 'h'},
	{"info", no_argument, NULL, OPT_INFO},
	{"list-formats", no_argument, NULL, OPT_LIST},
	{"max-frames", required_argument, NULL, OPT_FRAMES},
	{"option", required_argument, NULL, 'o'},
	{"quiet", no_argument, NULL, 'q'},
	{"repair", no_argument, NULL, OPT_REPAIR},
	{"sync", no_argument, NULL, OPT_SYNC},
	{"threads", required_argument, NULL, OPT_THREADS},
	{"to", required_argument, NULL, OPT_TO},
	{NULL, 0, NULL, 0},
};

static void print_help(FILE *to, const struct convert_args *args)
{
	fprintf(to,
		"Usage: %s [options] INFILE OUTFILE\n"
		"Converts CAN logs; - is standard input or output, .gz compresses.\n"
		"  -f FORMAT[:FORMAT]  format of INFILE[:OUTFILE]; of OUTFILE if its name tells "
		"none\n"
		"  --from F, --to F    the same, each by itself\n"
		"  -o KEY=VALUE        setting of the formats, also as --KEY=VALUE\n"
		"  -a, --append        append to OUTFILE\n"
		"  -x                  write the direction of frames (candump)\n"
		"  -s, --file-size N   begin a new file at N bytes\n"
		"  -C N[k|m|g]         the same in millions of bytes\n"
		"  -G SECONDS          begin a new file after this time\n"
		"  --max-frames N      begin a new file after N frames\n"
		"  -W COUNT            keep the newest COUNT finished files\n"
		"  -z COMMAND          run COMMAND with the name of each finished file\n"
		"  --repair            read on behind damage\n"
		"  --info              only read INFILE and tell what is in it\n"
		"  --flush SECONDS     nothing stays in memory longer; --sync waits for the disk\n"
		"  --threads N         helpers for compression\n"
		"  --list-formats      names, suffixes and settings of the formats\n"
		"  -q, --quiet         no summary\n",
		args->python ? "can_logconvert" : "anycan convert");
}

static void print_words(const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		printf(" %s", words[i]);
}

static void list_formats(void)
{
	const struct canlog_format *format;

	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		struct canlog_format_info info;

		canlog_format_get_info(format, &info);
		printf("%-8s %s\n        ", info.name, info.summary);
		print_words(info.extensions);
		if (info.abilities & CANLOG_GZIP)
			printf(" (.gz)");
		printf("; settings:");
		print_words(info.settings);
		putchar('\n');
	}
}

static int usage_error(const struct convert_args *args, const char *what, const char *value)
{
	return args_error(args->python ? "can_logconvert" : "anycan convert", what, value);
}

static bool parse_period(const char *text, int64_t *ns)
{
	return args_duration(text, NS_PER_S, ns) && *ns;
}

static bool add_setting(struct convert_args *args, const char *text)
{
	if (args->settings_count == CONVERT_SETTINGS_MAX || !strchr(text, '='))
		return false;
	args->settings[args->settings_count++] = text;
	return true;
}

/* Options that begin a new file, and those that say how often. */
static bool set_rotation(struct convert_args *args, int option, const char *value)
{
	uint64_t number;

	args->rotate = args->rotate || option != 'W';
	switch (option) {
	case 's':
		return args_count(value, INT64_MAX, &args->rotation.max_bytes);
	case 'C':
		return args_size(value, &args->rotation.max_bytes);
	case 'G':
		return parse_period(value, &args->rotation.max_ns);
	case OPT_FRAMES:
		return args_count(value, INT64_MAX, &args->rotation.max_frames);
	default:
		if (!args_count(value, 1000000, &number))
			return false;
		args->rotation.keep = (unsigned int)number;
		return true;
	}
}

static bool set_value(struct convert_args *args, int option, const char *value)
{
	uint64_t number;

	switch (option) {
	case 'f':
	case OPT_FROM:
		args->from = value;
		return true;
	case OPT_TO:
		args->to = value;
		return true;
	case 'o':
		return add_setting(args, value);
	case 'z':
		args->command = value;
		return true;
	case OPT_FLUSH:
		return parse_period(value, &args->flush_ns);
	case OPT_THREADS:
		if (!args_count(value, 64, &number))
			return false;
		args->threads = number ? (int)number : -1;
		return true;
	default:
		return set_rotation(args, option, value);
	}
}

static bool set_flag(struct convert_args *args, int option)
{
	switch (option) {
	case 'a':
		return add_setting(args, "append=true");
	case 'x':
		return add_setting(args, "direction=true");
	case 'q':
		args->quiet = true;
		return true;
	case OPT_INFO:
		args->info = true;
		return true;
	case OPT_REPAIR:
		args->repair = true;
		return true;
	default:
		args->sync = true;
		return true;
	}
}

/* "-f IN:OUT"; one name alone is OUT's where OUT's own name tells nothing. */
static int split_formats(struct convert_args *args, char *both)
{
	char *colon = both ? strchr(both, ':') : NULL;
	const char *dot;

	if (colon) {
		*colon = '\0';
		args->from = *both ? both : NULL;
		args->to = colon[1] ? colon + 1 : args->to;
	} else if (both && !args->to && !args->info) {
		dot = strrchr(args->out, '.');
		if (dot && !strcasecmp(dot, ".gz"))
			return -1;
		if (!dot || !canlog_format_find(dot)) {
			args->to = both;
			args->from = NULL;
		}
	}
	return -1;
}

static int take_files(struct convert_args *args, int argc, char **argv, char *formats)
{
	int want = args->info ? 1 : 2;

	if (argc - optind != want)
		return usage_error(args,
				   argc - optind < want ? "INFILE and OUTFILE are needed"
							: "too many files",
				   NULL);
	args->in = argv[optind];
	args->out = args->info ? NULL : argv[optind + 1];
	return split_formats(args, formats);
}

int convert_args_parse(struct convert_args *args, int argc, char **argv)
{
	char *formats = NULL;
	int option;

	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "af:ho:qs:xz:C:G:W:", long_options, NULL)) >= 0) {
		const char *word = argv[optind - 1];

		if (option == 'h' || option == OPT_LIST) {
			if (option == 'h')
				print_help(stdout, args);
			else
				list_formats();
			return 0;
		}
		if (option == '?') {
			/* A setting by its own name. */
			if (strncmp(word, "--", 2) || !add_setting(args, word + 2))
				return usage_error(args, "unknown option or missing value", word);
			continue;
		}
		if (option == 'f')
			formats = optarg;
		if (optarg ? !set_value(args, option, optarg) : !set_flag(args, option))
			return usage_error(args, "no value that fits", optarg ? optarg : word);
	}
	return take_files(args, argc, argv, formats);
}
