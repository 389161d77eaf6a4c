// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What receiving costs without a netdev: receive FRAMES ADAPTER [KEY VALUE]...
 * It prints `open` when the adapter is on the bus, and when that many frames have come what the
 * process has used since, as `key=value` words.
 */
#include "../sim/bare_bridge.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>

/* A line on which nothing comes any more. */
#define LIMIT_NS (60 * ANYCAN_NS_PER_S)

struct count {
	struct bridged_loop *loop;
	unsigned long frames, wanted;
};

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

static void take(struct bare_port *port, const struct anycan_frame *frames, unsigned int n)
{
	struct count *count = port->arg;

	for (unsigned int i = 0; i < n; i++)
		count->frames += !(frames[i].can_id & CAN_ERR_FLAG);
	if (count->frames >= count->wanted)
		count->loop->stop = true;
}

static unsigned int give(struct bare_port *port, struct anycan_frame *frames, unsigned int max)
{
	(void)port;
	(void)frames;
	(void)max;
	return 0;
}

int main(int argc, char **argv)
{
	static struct bare_bridge bridge;
	struct count count = {.loop = &bridge.loop};
	int64_t cpu_ns, wall_ns;

	if (argc < 3)
		return 2;
	count.wanted = strtoul(argv[1], NULL, 10);
	bridge.port = (struct bare_port){
		.fd = eventfd(0, EFD_CLOEXEC),
		.send = take,
		.recv = give,
		.arg = &count,
	};
	if (bare_bridge_open(&bridge, argc - 1, argv + 1)) {
		fprintf(stderr, "receive: %s\n", bridge.reason);
		return 1;
	}
	puts("open");
	fflush(stdout);
	cpu_ns = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	wall_ns = now_ns(CLOCK_MONOTONIC);
	bare_bridge_run(&bridge, anycan_mono_after(bridged_now(NULL), LIMIT_NS));
	printf("frames=%lu cpu_ns=%lld wall_ns=%lld bad=%llu\n", count.frames,
	       (long long)(now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu_ns),
	       (long long)(now_ns(CLOCK_MONOTONIC) - wall_ns),
	       (unsigned long long)bridge.adapter.counters.bad_units);
	bare_bridge_close(&bridge);
	return count.frames < count.wanted;
}
