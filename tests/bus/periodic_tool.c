// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * periodic_tool BUS PERIOD_US SECONDS [thread]: send a frame periodically, for whoever measures.
 */
#include <anycan/clock.h>
#include <anycan/periodic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const struct anycan_frame frame = {.can_id = 0x321, .len = 8};
	struct anycan_periodic how = {.by_thread = argc > 4};
	struct anycan_error error;
	struct anycan_task *task;
	struct anycan_bus *bus;

	if (argc < 4)
		return 2;
	how.period_ns = atoll(argv[2]) * ANYCAN_NS_PER_US;
	if (anycan_bus_open(&bus, argv[1], NULL, &error) ||
	    anycan_send_periodic(&task, bus, &frame, 1, &how, &error)) {
		fprintf(stderr, "periodic_tool: %s\n", error.text);
		return 1;
	}
	sleep((unsigned int)atoi(argv[3]));
	anycan_task_free(task);
	anycan_bus_close(bus);
	return 0;
}
