// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The library's spokesman for test scripts: one bus, one thing to do with it.
 *   info ADDRESS              interface, info, state
 *   state ADDRESS active|passive   set it, tell what it is then
 *   hold ADDRESS              `open`, then until it is killed
 *   dump ADDRESS N [FILTERS]  N frames in cansend's form, with T for the machine's own
 *   send ADDRESS FRAME...     frames in cansend's form
 *   filter ADDRESS            of each line the filters are set; after the next line what came
 *   detect INTERFACE          what could be opened, one a line
 *   match FILTERS ID...       whether each identifier with its flags passes: 1 or 0, one a line
 * FILTERS is in candump's form. BUS_BITRATE, BUS_FD, BUS_OWN, BUS_NEVER_START,
 * BUS_PASSIVE, BUS_SETTINGS are options.
 */
#include <anycan/clock.h>
#include <anycan/interface.h>
#include <anycan/text.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE (20 * ANYCAN_NS_PER_S)

static struct anycan_error error;

static int complain(void)
{
	printf("%s: %s\n", anycan_error_name(error.category), error.text);
	return 1;
}

static int info(struct anycan_bus *bus)
{
	static const char *const states[] = {"active", "passive", "error"};
	enum anycan_bus_state state;

	if (anycan_bus_get_state(bus, &state, &error))
		return complain();
	printf("%s %s %s\n", anycan_bus_interface(bus), anycan_bus_info(bus), states[state]);
	return 0;
}

static int set_state(struct anycan_bus *bus, const char *word)
{
	enum anycan_bus_state state =
		strcmp(word, "passive") ? ANYCAN_BUS_ACTIVE : ANYCAN_BUS_PASSIVE;

	return anycan_bus_set_state(bus, state, &error) ? complain() : info(bus);
}

static int dump(struct anycan_bus *bus, int n, const char *text)
{
	struct anycan_filters filters = {0};
	struct anycan_frame frame;
	char line[ANYCAN_TEXT_SIZE];

	if (text && anycan_filters_parse(text, ANYCAN_FILTER_CANDUMP, &filters, NULL))
		return 2;
	anycan_bus_set_filters(bus, filters.list, filters.n, filters.joined, NULL);
	anycan_filters_free(&filters);
	printf("open\n");
	fflush(stdout);
	for (int i = 0; i < n; i++) {
		if (anycan_bus_recv(bus, &frame, PATIENCE, &error) != 1)
			return complain();
		anycan_frame_print(&frame, line, sizeof(line));
		printf("%s%s\n", line, frame.dir == ANYCAN_TX ? " T" : "");
		fflush(stdout);
	}
	return 0;
}

static int send_frames(struct anycan_bus *bus, char **texts)
{
	struct anycan_frame frame;

	for (; *texts; texts++)
		if (anycan_frame_parse(*texts, strlen(*texts), &frame))
			return 2;
		else if (anycan_bus_send(bus, &frame, PATIENCE, &error))
			return complain();
	return 0;
}

/* Set filters, say so; then wait for a line, and tell what came. */
static int filter(struct anycan_bus *bus)
{
	struct anycan_filters filters;
	struct anycan_frame frame;
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = 0;
		if (anycan_filters_parse(line, ANYCAN_FILTER_CANDUMP, &filters, NULL))
			return 2;
		anycan_bus_flush(bus, NULL);
		anycan_bus_set_filters(bus, filters.list, filters.n, filters.joined, NULL);
		anycan_filters_free(&filters);
		printf("set\n");
		fflush(stdout);
		if (!fgets(line, sizeof(line), stdin))
			return 2;
		while (anycan_bus_recv(bus, &frame, 5 * ANYCAN_NS_PER_MS, &error) == 1)
			printf("%08X ", frame.can_id);
		printf("\n");
		fflush(stdout);
	}
	return 0;
}

static int print(const char *channel, void *arg)
{
	(void)arg;
	puts(channel);
	return 0;
}

static int detect(const char *name)
{
	const struct anycan_interface *interface = anycan_interface_find(name);

	return interface && interface->detect ? interface->detect(print, NULL) : 2;
}

static int match(char **texts)
{
	struct anycan_filters filters;

	if (anycan_filters_parse(*texts, ANYCAN_FILTER_CANDUMP, &filters, NULL))
		return 2;
	while (*++texts)
		printf("%d\n", anycan_filters_match(&filters, (canid_t)strtoul(*texts, NULL, 16)));
	anycan_filters_free(&filters);
	return 0;
}

int main(int argc, char **argv)
{
	const char *bitrate = getenv("BUS_BITRATE");
	const struct anycan_bus_options options = {
		.bitrate = bitrate ? (uint32_t)atoi(bitrate) : 0,
		.fd = getenv("BUS_FD"),
		.receive_own_messages = getenv("BUS_OWN"),
		.never_start = getenv("BUS_NEVER_START"),
		.state = getenv("BUS_PASSIVE") ? ANYCAN_BUS_PASSIVE : ANYCAN_BUS_ACTIVE,
		.settings = getenv("BUS_SETTINGS"),
	};
	struct anycan_bus *bus;
	int ret = 2;

	if (argc < 3)
		return ret;
	if (!strcmp(argv[1], "match"))
		return match(argv + 2);
	if (!strcmp(argv[1], "detect"))
		return detect(argv[2]);
	if (anycan_bus_open(&bus, argv[2], &options, &error))
		return complain();
	if (!strcmp(argv[1], "info")) {
		ret = info(bus);
	} else if (!strcmp(argv[1], "state") && argc == 4) {
		ret = set_state(bus, argv[3]);
	} else if (!strcmp(argv[1], "dump") && argc >= 4) {
		ret = dump(bus, atoi(argv[3]), argv[4]);
	} else if (!strcmp(argv[1], "send")) {
		ret = send_frames(bus, argv + 3);
	} else if (!strcmp(argv[1], "filter")) {
		ret = filter(bus);
	} else if (!strcmp(argv[1], "hold")) {
		printf("open\n");
		fflush(stdout);
		pause();
	}
	anycan_bus_close(bus);
	return ret;
}
