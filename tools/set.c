// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan set: change a setting that lives in an adapter, or one of the link, while its bridge runs.
 */
#include "daemon.h"
#include "tools.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the daemon gives an adapter for one setting, and a little more. */
#define PATIENCE_PER_SETTING_S 4

static void usage(FILE *out)
{
	fprintf(out,
		"Usage: anycan set [OPTION]... NETDEV [KEY VALUE]...\n"
		"Change settings that live in an adapter while its bridge runs: hardware filters,\n"
		"what it does by itself, what it stores. Without KEY, list what can be set.\n"
		"Or change those of the link: bitrate and whatever ip link has, txqueuelen.\n"
		"\n"
		"All keys and values are checked before the first one goes to the adapter; they\n"
		"go in their order, and what the adapter refuses ends it.\n"
		"Members of group can may do this.\n"
		"\n"
		"  -h, --help   show this\n"
		"\n"
		"Examples:\n"
		"  anycan set can0\n"
		"  anycan set can0 bitrate 250000\n"
		"  anycan set can0 auto-retransmit on\n"
		"  anycan set can0 filter 1=123:7FF,2=off auto-bus-management on\n");
}

static int explain(const char *netdev, int error)
{
	if (error == -ENOENT)
		fprintf(stderr,
			"anycan set: %s: no bridge serves it; start one with: bridged ADAPTER %s "
			"(`anycan list` shows what there is)\n",
			netdev, netdev);
	else if (error == -ETIMEDOUT)
		fprintf(stderr,
			"anycan set: %s: the bridge does not answer; `anycan status %s` "
			"shows whether it is alive\n",
			netdev, netdev);
	else
		fprintf(stderr, "anycan set: %s: %s\n", netdev, strerror(-error));
	return EXIT_FAILURE;
}

static void print_settings(struct json_object *answer, const char *netdev)
{
	struct json_object *list;
	size_t n = 0;

	if (json_object_object_get_ex(answer, "settings", &list))
		n = json_object_array_length(list);
	if (!n)
		printf("%s: %s adapters have no settings that can be changed while they run\n",
		       netdev, daemon_text(answer, "driver", "these"));
	for (size_t i = 0; i < n; i++) {
		struct json_object *row = json_object_array_get_idx(list, i);

		printf("%-20s %s\n", daemon_text(row, "key", "?"), daemon_text(row, "help", ""));
	}
}

/* Return: exit status. */
static int report(struct json_object *answer, const char *netdev, int n)
{
	int done = atoi(daemon_text(answer, "done", "0"));

	if (daemon_agrees(answer)) {
		if (!n)
			print_settings(answer, netdev);
		return EXIT_SUCCESS;
	}
	fprintf(stderr, "anycan set: %s: %s\n", netdev,
		daemon_text(answer, "error", "the bridge refused"));
	if (done)
		fprintf(stderr, "anycan set: %s: the first %d of %d settings were changed\n",
			netdev, done, n);
	return EXIT_FAILURE;
}

/* Change @n settings. Return: exit status. */
static int set(const char *netdev, int n, char **words)
{
	struct json_object *request = daemon_new_request(n ? "set" : "settings", netdev, n, words);
	struct json_object *answer;
	int ret = daemon_request(netdev, request, (n + 2) * PATIENCE_PER_SETTING_S, &answer);

	json_object_put(request);
	if (ret)
		return explain(netdev, ret);
	ret = report(answer, netdev, n);
	json_object_put(answer);
	return ret;
}

int tool_set(int argc, char **argv)
{
	static const struct option options[] = {{"help", no_argument, NULL, 'h'}, {0}};
	int option;

	/* Options end where the netdev begins, so that no value is taken for one. */
	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		usage(option == 'h' ? stdout : stderr);
		return option == 'h' ? EXIT_SUCCESS : 2;
	}
	if (optind == argc) {
		fprintf(stderr, "anycan set: no netdev given, for example: anycan set can0\n");
		return 2;
	}
	if ((argc - optind) % 2 == 0) {
		fprintf(stderr, "anycan set: key '%s': give its value behind it\n", argv[argc - 1]);
		return 2;
	}
	return set(argv[optind], (argc - optind) / 2, argv + optind + 1);
}
