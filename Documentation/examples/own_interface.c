/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * An interface of one's own, known to anycan_bus_open() like those of the library: `echo:ID` is a
 * bus that answers each frame with the same data under another identifier.
 */
#include <anycan/interface.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct echo {
	canid_t answer_id;
	struct anycan_frame waiting[16];
	unsigned int n;
};

static int echo_open(void **state, const char *channel, const struct anycan_bus_options *options,
		     struct anycan_error *error)
{
	struct echo *echo = calloc(1, sizeof(*echo));

	(void)options;
	if (!echo)
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENOMEM,
					"echo: out of memory");
	echo->answer_id = (canid_t)strtoul(channel, NULL, 16);
	*state = echo;
	return 0;
}

/* Nothing comes unless something was sent: there is nothing to wait for. */
static int echo_recv(void *state, struct anycan_frame *frames, unsigned int max, int64_t timeout_ns)
{
	struct echo *echo = state;
	unsigned int n = 0;

	(void)timeout_ns;
	while (n < max && echo->n)
		frames[n++] = echo->waiting[--echo->n];
	return (int)n;
}

static int echo_send(void *state, const struct anycan_frame *frames, unsigned int n,
		     int64_t timeout_ns)
{
	struct echo *echo = state;
	unsigned int i;

	(void)timeout_ns;
	for (i = 0; i < n && echo->n < 16; i++) {
		echo->waiting[echo->n] = frames[i];
		echo->waiting[echo->n++].can_id = echo->answer_id;
	}
	return (int)i;
}

static const struct anycan_interface echo_interface = {
	.name = "echo",
	.summary = "answers each frame",
	.open = echo_open,
	.close = free,
	.recv = echo_recv,
	.send = echo_send,
};

int main(void)
{
	struct anycan_frame frame = {.can_id = 0x100, .len = 1, .data = {42}};
	struct anycan_error error;
	struct anycan_bus *bus;

	if (anycan_interface_register(&echo_interface) ||
	    anycan_bus_open(&bus, "echo:101", NULL, &error))
		return 1;
	if (!anycan_bus_send(bus, &frame, 0, &error) &&
	    anycan_bus_recv(bus, &frame, 0, &error) == 1)
		printf("%X answered with %u\n", frame.can_id, frame.data[0]);
	anycan_bus_close(bus);
	return 0;
}
