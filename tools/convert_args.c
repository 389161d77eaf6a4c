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

enum {
	OPT_FROM = 256,
	OPT_TO,
	OPT_INFO,
	OPT_REPAIR,
	OPT_LIST,
};

static const struct option long_options[] = {
	OUTPUT_LONG_OPTIONS,
	{"format", required_argument, NULL, 'f'},
	{"from", required_argument, NULL, OPT_FROM},
	{"help", no_argument, NULL, 'h'},
	{"info", no_argument, NULL, OPT_INFO},
	{"list-formats", no_argument, NULL, OPT_LIST},
	{"quiet", no_argument, NULL, 'q'},
	{"repair", no_argument, NULL, OPT_REPAIR},
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
		"  -s, --file-size N   begin a new file at N bytes\n" OUTPUT_OPTIONS_HELP
		"  --repair            read on behind damage\n"
		"  --info              only read INFILE and tell what is in it\n"
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

static bool set_value(struct convert_args *args, int option, const char *value)
{
	switch (option) {
	case 'f':
	case OPT_FROM:
		args->from = value;
		return true;
	case OPT_TO:
		args->out.format = value;
		return true;
	default:
		return output_args_take(&args->out, option, value);
	}
}

static bool set_flag(struct convert_args *args, int option)
{
	switch (option) {
	case 'a':
		return output_args_take(&args->out, OUTPUT_OPT_APPEND, NULL);
	case 'x':
		return output_args_setting(&args->out, "direction=true");
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
		return output_args_take(&args->out, option, NULL);
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
		args->out.format = colon[1] ? colon + 1 : args->out.format;
	} else if (both && !args->out.format && !args->info) {
		dot = strrchr(args->out.path, '.');
		if (dot && !strcasecmp(dot, ".gz"))
			return -1;
		if (!dot || !canlog_format_find(dot)) {
			args->out.format = both;
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
	args->out.path = args->info ? NULL : argv[optind + 1];
	return split_formats(args, formats);
}

int convert_args_parse(struct convert_args *args, int argc, char **argv)
{
	char *formats = NULL;
	int option;

	args_unify(argc, argv);
	optind = 1;
	opterr = 0;
	while ((option = getopt_long(argc, argv, "af:hqx" OUTPUT_SHORT_OPTIONS, long_options,
				     NULL)) >= 0) {
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
			if (strncmp(word, "--", 2) || !output_args_setting(&args->out, word + 2))
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
