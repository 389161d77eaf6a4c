// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan config and anycan apply: what /etc/anycan says, and what it makes of an adapter. bridged
 * does it, which has the tables of all drivers.
 */
#include "bridged.h"
#include "tools.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Most files that are checked in one go. */
#define FILES_MAX 200

static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};

static int usage_of_config(FILE *out, int status)
{
	fprintf(out,
		"Usage: anycan config check [FILE]...\n"
		"       anycan config show [ADAPTER|NETDEV]\n"
		"check: say what is wrong in the files, all of /etc/anycan by default, and where.\n"
		"show: which adapters are plugged in, which file is for each, and what results. "
		"One\n"
		"adapter is named by its identity, serial number, device or netdev.\n"
		"\n"
		"Exit status: 0; 1 if a file is wrong, or there is no such adapter; 2 for wrong "
		"use.\n"
		"\n"
		"  -h, --help   show this\n"
		"\n"
		"Examples:\n"
		"  anycan config check\n"
		"  anycan config check ./10-boat.conf\n"
		"  anycan config show\n"
		"  anycan config show can0\n"
		"  anycan config show /dev/ttyACM0\n");
	return status;
}

int tool_config(int argc, char **argv)
{
	char *words[FILES_MAX + 2] = {NULL};
	int option, n;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1)
		return option == 'h' ? usage_of_config(stdout, EXIT_SUCCESS)
				     : usage_of_config(stderr, 2);
	n = argc - optind - 1;
	if (n < 0)
		return usage_of_config(stderr, 2);
	if (!strcmp(argv[optind], "check") && n <= FILES_MAX) {
		words[0] = (char *)"--config-check";
	} else if (!strcmp(argv[optind], "show") && n <= 1) {
		words[0] = (char *)"--config-show";
	} else {
		fprintf(stderr, "anycan config %s: %s\n", argv[optind],
			!strcmp(argv[optind], "show")	 ? "name one adapter or netdev, or none"
			: !strcmp(argv[optind], "check") ? "these are too many files"
							 : "there are check and show");
		return 2;
	}
	memcpy(&words[1], &argv[optind + 1], (size_t)n * sizeof(*words));
	return bridged_exec("config", words);
}

static int usage_of_apply(FILE *out, int status)
{
	fprintf(out, "Usage: anycan apply NETDEV\n"
		     "Give a netdev that the kernel made of an adapter its name, and the settings "
		     "of the\n"
		     "file in /etc/anycan that is for it. udev does so when it is plugged in.\n"
		     "\n"
		     "NETDEV is its name, its ifindex, or its place in sysfs. A netdev that is up "
		     "is set\n"
		     "down for it, and up again.\n"
		     "\n"
		     "Exit status: 0; 1 for a failure; 2 for wrong use, or if a file is wrong.\n"
		     "\n"
		     "  -h, --help   show this\n"
		     "\n"
		     "Examples:\n"
		     "  anycan apply can0\n"
		     "  anycan config show can0    # what it would do\n");
	return status;
}

int tool_apply(int argc, char **argv)
{
	char *words[] = {(char *)"--apply", NULL, NULL};
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1)
		return option == 'h' ? usage_of_apply(stdout, EXIT_SUCCESS)
				     : usage_of_apply(stderr, 2);
	if (argc - optind != 1)
		return usage_of_apply(stderr, 2);
	words[1] = argv[optind];
	return bridged_exec("apply", words);
}
