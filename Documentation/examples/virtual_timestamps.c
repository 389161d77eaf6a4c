/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Two buses in one process. A receiver sees when a frame was sent, or the time that the sender
 * gave it.
 */
#include <anycan/bus.h>
#include <stdio.h>
#include <time.h>

static const int64_t THEN = INT64_C(1639740470051948000);

static int pass(const struct anycan_bus_options *options, struct anycan_frame *got)
{
	struct anycan_frame frame = {.ts_ns = THEN, .can_id = 0x123, .len = 3, .data = {1, 2, 3}};
	struct anycan_bus *sender, *receiver;
	struct anycan_error error;
	int ret;

	ret = anycan_bus_open(&sender, "virtual:my_channel", options, &error);
	if (ret)
		return ret;
	ret = anycan_bus_open(&receiver, "virtual:my_channel", NULL, &error);
	if (!ret) {
		ret = anycan_bus_send(sender, &frame, 0, &error);
		if (!ret)
			ret = anycan_bus_recv(receiver, got, 0, &error) == 1 ? 0 : -1;
		anycan_bus_close(receiver);
	}
	anycan_bus_close(sender);
	return ret;
}

int main(void)
{
	const struct anycan_bus_options preserve = {.preserve_timestamps = true};
	time_t now = time(NULL);
	struct anycan_frame got;

	if (pass(NULL, &got))
		return 1;
	printf("by default: %s\n", got.ts_ns / 1000000000 >= now ? "the time of sending" : "?");
	if (pass(&preserve, &got))
		return 1;
	printf("preserved:  %s\n", got.ts_ns == THEN ? "the sender's own time" : "?");
	return 0;
}
