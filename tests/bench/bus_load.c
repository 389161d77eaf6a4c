// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * An application of libanycan, for measurements.
 *   bus_load send ADDRESS FRAMES BATCH
 *   bus_load receive ADDRESS FRAMES BATCH   prints `ready`
 *   bus_load both ADDRESS FRAMES BATCH      from one bus to another, in one thread
 */
#include <anycan/bus.h>
#include <anycan/clock.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATIENCE (30 * ANYCAN_NS_PER_S)
#define BATCH_MAX 1024

static struct anycan_error error;

static void die(void)
{
	fprintf(stderr, "bus_load: %s\n", error.text[0] ? error.text : "frames are missing");
	exit(1);
}

static struct anycan_bus *open_bus(const char *address, unsigned int frames)
{
	const struct anycan_bus_options options = {.rx_queue_size = frames};
	struct anycan_bus *bus;

	if (anycan_bus_open(&bus, address, &options, &error))
		die();
	return bus;
}

static void send_some(struct anycan_bus *bus, unsigned int n)
{
	static struct anycan_frame frames[BATCH_MAX];

	for (unsigned int i = 0; i < n; i++)
		frames[i] = (struct anycan_frame){.can_id = i & CAN_SFF_MASK, .len = 8};
	if (anycan_bus_send_many(bus, frames, n, PATIENCE, &error) != (int)n)
		die();
}

static void recv_some(struct anycan_bus *bus, unsigned int n, unsigned int batch)
{
	static struct anycan_frame frames[BATCH_MAX];

	while (n) {
		int got =
			anycan_bus_recv_many(bus, frames, n < batch ? n : batch, PATIENCE, &error);

		if (got <= 0)
			die();
		n -= (unsigned int)got;
	}
}

int main(int argc, char **argv)
{
	unsigned int frames = argc == 5 ? (unsigned int)atoi(argv[3]) : 0;
	unsigned int batch = argc == 5 ? (unsigned int)atoi(argv[4]) : 0;
	struct anycan_bus *bus, *other;

	if (!frames || !batch || batch > BATCH_MAX)
		return 2;
	bus = open_bus(argv[2], frames);
	if (!strcmp(argv[1], "receive")) {
		puts("ready");
		fflush(stdout);
		recv_some(bus, frames, batch);
	} else {
		bool both = !strcmp(argv[1], "both");

		other = both ? open_bus(argv[2], frames) : NULL;
		for (unsigned int left = frames; left; left -= batch < left ? batch : left) {
			unsigned int n = batch < left ? batch : left;

			send_some(bus, n);
			if (both)
				recv_some(other, n, batch);
		}
		anycan_bus_close(other);
	}
	anycan_bus_close(bus);
	return 0;
}
