/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Send ten numbered frames, one every 20 ms: producer vcan0
 */
#include <anycan/bus.h>
#include <anycan/clock.h>
#include <stdio.h>
#include <time.h>

static int produce(struct anycan_bus *bus, struct anycan_error *error)
{
	static const struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};

	for (unsigned int i = 0; i < 10; i++) {
		/* Without CAN_EFF_FLAG an identifier above 0x7FF would be refused. */
		const struct anycan_frame frame = {
			.can_id = 0xc0ffee | CAN_EFF_FLAG,
			.len = 8,
			.data = {(uint8_t)i, 0, 0, 1, 3, 1, 4, 1},
		};
		int ret = anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, error);

		if (ret)
			return ret;
		nanosleep(&pause, NULL);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct anycan_error error;
	struct anycan_bus *bus;
	int ret;

	if (argc != 2) {
		fprintf(stderr, "usage: producer BUS\n");
		return 2;
	}
	ret = anycan_bus_open(&bus, argv[1], NULL, &error);
	if (!ret) {
		ret = produce(bus, &error);
		anycan_bus_close(bus);
	}
	if (ret)
		fprintf(stderr, "%s\n", error.text);
	return ret ? 1 : 0;
}
