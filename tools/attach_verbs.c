// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan attach and anycan detach.
 */
#include "attach.h"
#include "daemon.h"
#include "tools.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A bridge takes its adapter off the bus before it ends. */
#define REQUEST_PATIENCE_S 5
#define END_LIMIT_MS 10000
#define PAUSE_MS 20

static void attach_usage(FILE *out)
{
	fprintf(out,
		"Usage: anycan attach [OPTION]... ADAPTER [NETDEV[,NETDEV...]] [KEY VALUE]...\n"
		"Start a bridge that outlives this command, and print the netdevs that the "
		"adapter\n"
		"became. The words are those of bridged, whose --help lists every key.\n"
		"\n"
		"Members of group can may do this with adapters that they may open.\n"
		"\n"
		"  -p, --port PORT   what the netdev is; default: the best that the kernel has\n"
		"  -h, --help        show this\n"
		"\n"
		"Examples:\n"
		"  anycan attach slcan:/dev/ttyACM0 can0 bitrate 500000\n"
		"      then: anycan up can0; candump can0\n"
		"  anycan attach gs_usb:serial=0041\n"
		"  anycan attach canalystii: can0,can1 bitrate 500k,125k\n"
		"  anycan attach --port hub slcan:/dev/ttyUSB0 boat bitrate 250k\n");
}

int tool_attach(int argc, char **argv)
{
	static const struct option options[] = {
		{"port", required_argument, NULL, 'p'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct attachment attachment = {.verb = "anycan attach"};
	int option, ret;

	/* Options end where the adapter begins, so that no value is taken for one. */
	while ((option = getopt_long(argc, argv, "+p:h", options, NULL)) != -1) {
		if (option != 'p') {
			attach_usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
		attachment.port = optarg;
	}
	if (optind == argc) {
		fprintf(stderr, "anycan attach: no adapter given, for example: anycan attach "
				"slcan:/dev/ttyACM0 (`anycan list` shows what there is)\n");
		return 2;
	}
	attachment.n_words = argc - optind;
	attachment.words = argv + optind;
	ret = attach_start(&attachment);
	if (!ret)
		printf("%s\n", attachment.netdevs);
	return ret;
}

/* ---- Detach */

/* Return: the process number of the bridge, 0 if there is none. */
static int pid_of(const char *netdev)
{
	struct json_object *status;
	int pid;

	if (daemon_status(netdev, &status))
		return 0;
	pid = atoi(daemon_text(status, "pid", "0"));
	json_object_put(status);
	return pid;
}

static int detach_fail(const char *netdev, const char *words)
{
	fprintf(stderr, "anycan detach: %s: %s\n", netdev, words);
	return EXIT_FAILURE;
}

static int wait_for_end(const char *netdev, int pid)
{
	const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};

	for (int ms = 0; ms < END_LIMIT_MS; ms += PAUSE_MS) {
		if (pid_of(netdev) != pid)
			return EXIT_SUCCESS;
		nanosleep(&pause, NULL);
	}
	return detach_fail(netdev, "its bridge has not ended within 10 s");
}

static int detach(const char *netdev)
{
	struct json_object *request = daemon_new_request("detach", netdev, 0, NULL), *answer;
	int pid = pid_of(netdev);
	int ret = daemon_request(netdev, request, REQUEST_PATIENCE_S, &answer);

	json_object_put(request);
	if (ret == -ENOENT)
		return detach_fail(netdev, "no bridge serves it; `anycan status` lists those that "
					   "there are");
	if (ret)
		return detach_fail(netdev, strerror(-ret));
	if (daemon_agrees(answer))
		ret = wait_for_end(netdev, pid);
	else
		ret = detach_fail(netdev, daemon_text(answer, "error", "the bridge refused"));
	json_object_put(answer);
	return ret;
}

int tool_detach(int argc, char **argv)
{
	bool help = argc > 1 && (!strcmp(argv[1], "-h") || !strcmp(argv[1], "--help"));
	int ret = EXIT_SUCCESS;

	if (argc < 2 || argv[1][0] == '-') {
		fprintf(help ? stdout : stderr,
			"Usage: anycan detach NETDEV...\n"
			"End the bridges that serve these netdevs: the adapters leave the bus, and "
			"netdevs that the\nbridges made go. Members of group can may do this.\n"
			"\n"
			"Examples:\n"
			"  anycan detach can0\n");
		return help ? EXIT_SUCCESS : 2;
	}
	for (int i = 1; i < argc; i++)
		ret |= detach(argv[i]);
	return ret;
}
