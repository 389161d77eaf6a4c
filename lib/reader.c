// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Listeners that are ready made: a queue, and another bus.
 */
#include <anycan/notifier.h>

#include "wait.h"

#include <stdlib.h>

#define SIZE_DEFAULT 65536
#define SIZE_FIRST 64

struct anycan_reader {
	struct anycan_listener listener;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int waiting;
	struct anycan_frame *frames; /* a ring of .room places, which grows up to .size */
	unsigned int room, size, first, n;
	uint64_t dropped;
	bool stopped;
};

/* Twice the room, up to the limit. Return: whether there is more now */
static bool grow(struct anycan_reader *reader)
{
	unsigned int room = reader->room ? 2 * reader->room : SIZE_FIRST;
	struct anycan_frame *frames;

	room = room < reader->size ? room : reader->size;
	if (room <= reader->room)
		return false;
	frames = malloc(room * sizeof(*frames));
	if (!frames)
		return false;
	for (unsigned int i = 0; i < reader->n; i++)
		frames[i] = reader->frames[(reader->first + i) % reader->room];
	free(reader->frames);
	reader->frames = frames;
	reader->room = room;
	reader->first = 0;
	return true;
}

static int put(void *arg, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	struct anycan_reader *reader = arg;
	int ret = 0;

	(void)bus;
	pthread_mutex_lock(&reader->lock);
	if (reader->stopped)
		ret = -ESHUTDOWN;
	else if (reader->n == reader->room && !grow(reader))
		reader->dropped++;
	else
		reader->frames[(reader->first + reader->n++) % reader->room] = *frame;
	if (reader->waiting)
		pthread_cond_signal(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
	return ret;
}

static void stop(void *arg)
{
	struct anycan_reader *reader = arg;

	pthread_mutex_lock(&reader->lock);
	reader->stopped = true;
	pthread_cond_broadcast(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
}

int anycan_reader_new(struct anycan_reader **out, unsigned int size)
{
	struct anycan_reader *reader = calloc(1, sizeof(*reader));

	if (!reader)
		return -ENOMEM;
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->changed, NULL);
	reader->size = size ? size : SIZE_DEFAULT;
	reader->listener = (struct anycan_listener){.on_message = put, .stop = stop, .arg = reader};
	*out = reader;
	return 0;
}

const struct anycan_listener *anycan_reader_listener(struct anycan_reader *reader,
						     const struct anycan_filters *filters)
{
	reader->listener.filters = filters;
	return &reader->listener;
}

int anycan_reader_get(struct anycan_reader *reader, struct anycan_frame *frame, int64_t timeout_ns)
{
	struct anycan_mono deadline = wait_until(timeout_ns);
	int found;

	pthread_mutex_lock(&reader->lock);
	while (!reader->n && !reader->stopped &&
	       wait_for_cond(&reader->changed, &reader->lock, &reader->waiting, deadline))
		;
	found = reader->n > 0;
	if (found) {
		*frame = reader->frames[reader->first];
		reader->first = (reader->first + 1) % reader->room;
		reader->n--;
	}
	pthread_mutex_unlock(&reader->lock);
	return found;
}

bool anycan_reader_is_stopped(struct anycan_reader *reader)
{
	bool stopped;

	pthread_mutex_lock(&reader->lock);
	stopped = reader->stopped;
	pthread_mutex_unlock(&reader->lock);
	return stopped;
}

uint64_t anycan_reader_dropped(struct anycan_reader *reader)
{
	uint64_t dropped;

	pthread_mutex_lock(&reader->lock);
	dropped = reader->dropped;
	pthread_mutex_unlock(&reader->lock);
	return dropped;
}

void anycan_reader_free(struct anycan_reader *reader)
{
	if (!reader)
		return;
	pthread_cond_destroy(&reader->changed);
	pthread_mutex_destroy(&reader->lock);
	free(reader->frames);
	free(reader);
}

static int send_on(void *arg, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	const struct anycan_redirect *redirect = arg;

	(void)bus;
	if (frame->can_id & CAN_ERR_FLAG)
		return 0;
	return anycan_bus_send(redirect->bus, frame, redirect->timeout_ns, NULL);
}

void anycan_redirect_init(struct anycan_redirect *redirect, struct anycan_bus *bus,
			  int64_t timeout_ns)
{
	*redirect = (struct anycan_redirect){
		.listener = {.on_message = send_on, .arg = redirect},
		.bus = bus,
		.timeout_ns = timeout_ns,
	};
}
