/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sending periodically in five ways: cyclic [BUS]. Without BUS on a virtual bus, where a second one
 * counts what arrives.
 */
#include <anycan/clock.h>
#include <anycan/periodic.h>
#include <stdio.h>
#include <stdlib.h>

#define MS ANYCAN_NS_PER_MS

static struct anycan_bus *bus, *listener;

static void receive(const char *what, unsigned int n)
{
	struct anycan_frame frame = {0};

	for (unsigned int i = 0; i < n; i++)
		if (anycan_bus_recv(listener, &frame, ANYCAN_NS_PER_S, NULL) != 1) {
			fprintf(stderr, "%s: frame %u did not come\n", what, i);
			exit(1);
		}
	printf("%s: %u frames, the last with data %d\n", what, n, frame.data[0]);
}

static struct anycan_task *start(const struct anycan_frame *frames, unsigned int n,
				 struct anycan_periodic how)
{
	struct anycan_error error;
	struct anycan_task *task;

	if (anycan_send_periodic(&task, bus, frames, n, &how, &error)) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	return task;
}

static void count(void *arg, struct anycan_frame *frame)
{
	(void)arg;
	frame->data[0]++;
}

int main(int argc, char **argv)
{
	const char *address = argc > 1 ? argv[1] : "virtual:cyclic";
	const struct anycan_frame pair[] = {{.can_id = 0x401, .len = 6, .data = {1}},
					    {.can_id = 0x401, .len = 6, .data = {2}}};
	struct anycan_error error;
	struct anycan_task *task;

	if (anycan_bus_open(&bus, address, NULL, &error) ||
	    anycan_bus_open(&listener, address, NULL, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	/* Two frames in turn, every 20 ms; then with other data, in the same rhythm. */
	task = start(pair, 2, (struct anycan_periodic){.period_ns = 20 * MS});
	receive("simple", 6);
	anycan_task_stop(task, NULL);
	anycan_task_start(task, NULL);
	receive("restarted", 2);
	anycan_task_free(task);

	/* For 100 ms. */
	task = start(pair, 1,
		     (struct anycan_periodic){.period_ns = 10 * MS, .duration_ns = 100 * MS});
	receive("limited", 10);
	anycan_task_free(task);

	/* Ten times every millisecond, then every 500 ms. */
	task = start(pair, 1,
		     (struct anycan_periodic){
			     .period_ns = 500 * MS, .count = 10, .initial_period_ns = MS});
	receive("multi-rate", 11);
	anycan_task_free(task);

	/* With data that count up. */
	task = start(pair, 1, (struct anycan_periodic){.period_ns = 10 * MS, .modify = count});
	receive("modified by a hook", 5);
	anycan_task_free(task);
	anycan_bus_close(listener);
	anycan_bus_close(bus);
	return 0;
}
