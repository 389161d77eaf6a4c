/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Print what comes, in batches, until it is quiet for two seconds: receive can0 [FILTERS]
 * Filters are candump's: 123:7FF,92345678:DFFFFFFF
 */
#include <anycan/bus.h>
#include <anycan/clock.h>
#include <anycan/text.h>
#include <stdio.h>

static int receive(struct anycan_bus *bus, struct anycan_error *error)
{
	struct anycan_frame frames[64];
	char line[ANYCAN_LOG_LINE_SIZE], name[IFNAMSIZ];
	int n;

	while ((n = anycan_bus_recv_many(bus, frames, 64, 2 * ANYCAN_NS_PER_S, error)) > 0) {
		for (int i = 0; i < n; i++) {
			if (anycan_bus_channel_name(bus, frames[i].channel, name, sizeof(name)))
				continue;
			if (anycan_log_line_print(&frames[i], name, 6, line, sizeof(line)) > 0)
				printf("%s\n", line);
		}
	}
	return n;
}

int main(int argc, char **argv)
{
	struct anycan_filters filters = {NULL, 0, false, 0};
	struct anycan_bus_options options = {.fd = true};
	struct anycan_error error;
	struct anycan_bus *bus;
	const char *reason;
	int ret;

	if (argc < 2) {
		fprintf(stderr, "usage: receive BUS [FILTERS]\n");
		return 2;
	}
	if (argc > 2 && anycan_filters_parse(argv[2], ANYCAN_FILTER_CANDUMP, &filters, &reason)) {
		fprintf(stderr, "%s: %s\n", argv[2], reason);
		return 2;
	}
	options.filters = filters.list;
	options.n_filters = filters.n;
	options.join_filters = filters.joined;
	options.error_mask = filters.error_mask;
	ret = anycan_bus_open(&bus, argv[1], &options, &error);
	anycan_filters_free(&filters);
	if (!ret) {
		printf("listening on %s\n", anycan_bus_info(bus));
		fflush(stdout);
		ret = receive(bus, &error);
		anycan_bus_close(bus);
	}
	if (ret)
		fprintf(stderr, "%s\n", error.text);
	return ret ? 1 : 0;
}
