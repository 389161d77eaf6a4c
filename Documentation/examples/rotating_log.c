/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A listener that begins a new file whenever one is full; finished files are numbered from 23:
 * rotating_log FILE BYTES FRAMES. As many frames are sent on a virtual bus.
 */
#include <anycan/clock.h>
#include <anycan/notifier.h>
#include <canlog.h>
#include <stdio.h>
#include <stdlib.h>

static int write_frame(void *rotation, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	(void)bus;
	return canlog_rotation_write(rotation, frame, 1);
}

static void send_all(struct anycan_bus *bus, struct anycan_reader *reader, int n)
{
	struct anycan_frame frame = {.can_id = 0xc0ffee | CAN_EFF_FLAG, .len = 8};

	for (int i = 0; i < n; i++) {
		frame.data[0] = (uint8_t)i;
		if (anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, NULL))
			break;
	}
	/* The reader is told after the log: with its last frame all are written. */
	for (int i = 0; i < n && anycan_reader_get(reader, &frame, ANYCAN_NS_PER_S); i++)
		;
}

int main(int argc, char **argv)
{
	const struct anycan_bus_options own = {.receive_own_messages = true};
	struct anycan_listener logger = {.on_message = write_frame};
	struct canlog_rotation_options when = {.first_number = 23};
	struct canlog_rotation *rotation;
	struct anycan_notifier *notifier;
	struct anycan_reader *reader;
	struct canlog_error error;
	struct anycan_bus *bus;

	if (argc != 4)
		return 2;
	when.max_bytes = (uint64_t)atoll(argv[2]);
	if (canlog_rotation_new(&rotation, argv[1], NULL, &when, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	if (anycan_bus_open(&bus, "virtual:rotating", &own, NULL) ||
	    anycan_notifier_new(&notifier, true) || anycan_reader_new(&reader, 0))
		return 1;
	logger.arg = rotation;
	anycan_notifier_add_listener(notifier, &logger);
	anycan_notifier_add_listener(notifier, anycan_reader_listener(reader, NULL));
	anycan_notifier_add_bus(notifier, bus);
	send_all(bus, reader, atoi(argv[3]));
	anycan_notifier_free(notifier);
	anycan_reader_free(reader);
	anycan_bus_close(bus);
	printf("%u files are full\n", canlog_rotation_count(rotation));
	return canlog_rotation_close(rotation, &error) ? 1 : 0;
}
