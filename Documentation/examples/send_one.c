/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Send one frame: send_one can0
 */
#include <anycan/bus.h>
#include <anycan/clock.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	const struct anycan_frame frame = {
		.can_id = 0xc0ffee | CAN_EFF_FLAG,
		.len = 8,
		.data = {0, 25, 0, 1, 3, 1, 4, 1},
	};
	struct anycan_error error;
	struct anycan_bus *bus;

	if (argc != 2) {
		fprintf(stderr, "usage: send_one BUS\n");
		return 2;
	}
	if (anycan_bus_open(&bus, argv[1], NULL, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	/* Waits a second for room, should the bus be busy. */
	if (anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, &error)) {
		fprintf(stderr, "%s\n", error.text);
		anycan_bus_close(bus);
		return 1;
	}
	printf("Message sent on %s\n", anycan_bus_info(bus));
	anycan_bus_close(bus);
	return 0;
}
