// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan status: what the running bridges do, with every counter.
 */
#include "daemon.h"
#include "tools.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *out)
{
	fprintf(out, "Usage: anycan status [OPTION]... [NETDEV]...\n"
		     "Show what running bridges do: adapter, state, bit timing, every counter.\n"
		     "Without NETDEV, all of them.\n"
		     "\n"
		     "  -j, --json   print the daemons' JSON, one line each\n"
		     "  -h, --help   show this\n"
		     "\n"
		     "Examples:\n"
		     "  anycan status\n"
		     "  anycan status can0\n"
		     "  anycan status -j can0 | jq .links[0].counters\n");
}

static void print_counters(const char *title, struct json_object *counters)
{
	int column = printf("    %-8s", title);

	json_object_object_foreach(counters, key, value)
	{
		if (column > 76)
			column = printf("\n    %-8s", "") - 1;
		column += printf(" %s %s", key, json_object_get_string(value));
	}
	printf("\n");
}

static void print_rates(struct json_object *adapter, const char *key, const char *title)
{
	struct json_object *list;

	if (!json_object_object_get_ex(adapter, key, &list))
		return;
	printf("    %s", title);
	for (size_t i = 0; i < json_object_array_length(list); i++)
		printf(" %s", json_object_get_string(json_object_array_get_idx(list, i)));
	printf("\n");
}

static void print_link(struct json_object *link, const char *port)
{
	static const char *const timing[] = {"bitrate", "sample_point", "dbitrate"};
	struct json_object *counters;

	printf("%s: %s, %s, %s", daemon_text(link, "netdev", "?"), port,
	       !strcmp(daemon_text(link, "up", "false"), "true") ? "up" : "down",
	       daemon_text(link, "state", "?"));
	for (size_t i = 0; i < sizeof(timing) / sizeof(timing[0]); i++)
		if (daemon_text(link, timing[i], NULL))
			printf(", %s %s", timing[i], daemon_text(link, timing[i], ""));
	printf(", berr tx %s rx %s\n", daemon_text(link, "berr_tx", "?"),
	       daemon_text(link, "berr_rx", "?"));
	if (daemon_text(link, "refusal", NULL))
		printf("    refused: %s\n", daemon_text(link, "refusal", ""));
	if (json_object_object_get_ex(link, "counters", &counters))
		print_counters("counters", counters);
}

static void print_adapter(struct json_object *status)
{
	static const char *const keys[] = {"model",	 "firmware",   "hw_version",
					   "sw_version", "serial",     "tx_confirmation",
					   "fd",	 "timestamps", "refusal"};
	struct json_object *adapter, *counters;

	if (!json_object_object_get_ex(status, "adapter", &adapter))
		return;
	printf("  adapter %s: %s (bridged pid %s)\n", daemon_text(adapter, "address", "?"),
	       daemon_text(adapter, "phase", "?"), daemon_text(status, "pid", "?"));
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (daemon_text(adapter, keys[i], NULL))
			printf("    %s: %s\n", keys[i], daemon_text(adapter, keys[i], ""));
	print_rates(adapter, "bitrates", "bitrates:");
	print_rates(adapter, "dbitrates", "dbitrates:");
	if (json_object_object_get_ex(status, "adapter_counters", &counters))
		print_counters("line", counters);
}

static int print_status(struct json_object *status, void *json)
{
	struct json_object *links;

	if (json) {
		printf("%s\n",
		       json_object_to_json_string_ext(status, JSON_C_TO_STRING_NOSLASHESCAPE));
		return 0;
	}
	if (json_object_object_get_ex(status, "links", &links))
		for (size_t i = 0; i < json_object_array_length(links); i++)
			print_link(json_object_array_get_idx(links, i),
				   daemon_text(status, "port", "?"));
	print_adapter(status);
	return 0;
}

static int print_one(const char *netdev, void *json)
{
	struct json_object *status;
	int ret = daemon_status(netdev, &status);

	if (ret) {
		fprintf(stderr, "anycan status: %s: %s\n", netdev,
			ret == -ENOENT ? "no bridge serves it; start one with: bridged ADAPTER "
					 "NETDEV (`anycan list` shows what there is)"
				       : strerror(-ret));
		return EXIT_FAILURE;
	}
	print_status(status, json);
	json_object_put(status);
	return EXIT_SUCCESS;
}

int tool_status(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	void *json = NULL;
	int option, ret = EXIT_SUCCESS;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return EXIT_SUCCESS;
		}
		if (option != 'j') {
			usage(stderr);
			return 2;
		}
		json = &json;
	}
	if (optind == argc && daemon_each(print_status, json) <= 0)
		fprintf(stderr, "anycan status: no bridge is running\n");
	for (; optind < argc; optind++)
		ret |= print_one(argv[optind], json);
	return ret;
}
