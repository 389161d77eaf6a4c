/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Three listeners on one bus: a function, a reader with a queue, and a log file. Ten frames are
 * sent and come back: notifier LOGFILE
 */
#include <anycan/clock.h>
#include <anycan/notifier.h>
#include <canlog.h>
#include <stdio.h>

static int show(void *arg, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	(void)bus;
	++*(int *)arg;
	printf("heard %d\n", frame->data[0]);
	return 0;
}

static int log_frame(void *log, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	(void)bus;
	return canlog_write(log, frame, 1);
}

static void close_log(void *log)
{
	struct canlog_error error;

	if (canlog_close(log, &error))
		fprintf(stderr, "%s\n", error.text);
}

int main(int argc, char **argv)
{
	const struct anycan_bus_options own = {.receive_own_messages = true};
	struct anycan_frame frame = {.can_id = 0x100, .len = 1};
	struct anycan_listener printer = {.on_message = show};
	struct anycan_listener logger = {.on_message = log_frame, .stop = close_log};
	struct anycan_notifier *notifier;
	struct anycan_reader *reader;
	struct anycan_error error;
	struct canlog_error log_error;
	struct anycan_bus *bus;
	struct canlog *log;
	int heard = 0;

	if (argc != 2 || canlog_open_writer(&log, argv[1], NULL, &log_error))
		return 2;
	if (anycan_bus_open(&bus, "virtual:example", &own, &error)) {
		fprintf(stderr, "%s\n", error.text);
		return 1;
	}
	printer.arg = &heard;
	logger.arg = log;
	if (anycan_notifier_new(&notifier, true) || anycan_reader_new(&reader, 0))
		return 1;
	anycan_notifier_add_listener(notifier, &printer);
	anycan_notifier_add_listener(notifier, &logger);
	anycan_notifier_add_listener(notifier, anycan_reader_listener(reader, NULL));
	anycan_notifier_add_bus(notifier, bus);
	/* Each frame is answered by the next one, until ten have been sent. */
	anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, &error);
	while (frame.data[0] < 9 && anycan_reader_get(reader, &frame, ANYCAN_NS_PER_S)) {
		frame.data[0]++;
		anycan_bus_send(bus, &frame, ANYCAN_NS_PER_S, &error);
	}
	anycan_reader_get(reader, &frame, ANYCAN_NS_PER_S);
	/* Closes the log, too. */
	anycan_notifier_stop(notifier, 5 * ANYCAN_NS_PER_S);
	printf("%d frames\n", heard);
	anycan_notifier_free(notifier);
	anycan_reader_free(reader);
	anycan_bus_close(bus);
	return 0;
}
