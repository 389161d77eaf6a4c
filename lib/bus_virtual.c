// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Buses inside this process, for tests without a kernel. The rules are those of python-can 4.1's
 * interface `virtual`: all buses that are open on a channel receive what one of them sends, in
 * order and reliably; a receiver with a full queue makes the sender wait, so nothing is dropped.
 */
#include "bus_internal.h"
#include "wait.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define FIRST_ROOM 64

/* One open bus. All of it under the channel's lock. */
struct endpoint {
	struct endpoint *next;
	struct channel *channel;
	bool receive_own, preserve_timestamps;
	bool leaving;
	int fd;	      /* eventfd, readable while frames wait; -1 until somebody asks */
	size_t limit; /* frames that may wait; 0 = no limit */
	size_t room;  /* frames that fit in ring */
	size_t head, n;
	struct anycan_frame *ring;
	pthread_cond_t not_empty, not_full;
	unsigned int readers, writers; /* threads that wait for these */
};

struct channel {
	struct channel *next;
	struct endpoint *endpoints;
	pthread_mutex_t lock;
	char name[];
};

/* Guards the list of channels, and who joins and leaves them. */
static pthread_mutex_t channels_lock = PTHREAD_MUTEX_INITIALIZER;
static struct channel *channels;

/* ---- Queues */

static bool is_full(const struct endpoint *e)
{
	return e->limit && e->n >= e->limit;
}

/* Room for one more. Return: 0 or -ENOMEM. */
static int grow(struct endpoint *e)
{
	size_t room = e->room ? e->room * 2 : FIRST_ROOM;
	struct anycan_frame *ring;

	if (e->n < e->room)
		return 0;
	ring = realloc(e->ring, room * sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	e->ring = ring;
	/* The frames at the beginning come behind those at the old end. */
	if (e->head)
		memcpy(ring + e->room, ring, e->head * sizeof(*ring));
	e->room = room;
	return 0;
}

static void signal_fd(const struct endpoint *e, bool readable)
{
	uint64_t one = 1;
	ssize_t ret;

	if (e->fd < 0)
		return;
	/* Both can only fail if it is that already. */
	ret = readable ? write(e->fd, &one, sizeof(one)) : read(e->fd, &one, sizeof(one));
	(void)ret;
}

/* gcc's analyzer loses sight of a ring behind a list of unknown length, and calls it leaked. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpragmas"
#pragma GCC diagnostic ignored "-Wunknown-warning-option"
#pragma GCC diagnostic ignored "-Wanalyzer-malloc-leak"
static int put(struct endpoint *e, const struct anycan_frame *frame)
{
	int ret = grow(e);

	if (ret)
		return ret;
	e->ring[(e->head + e->n) % e->room] = *frame;
	if (!e->n++)
		signal_fd(e, true);
	if (e->readers)
		pthread_cond_signal(&e->not_empty);
	return 0;
}
#pragma GCC diagnostic pop

static unsigned int get(struct endpoint *e, struct anycan_frame *frames, unsigned int max)
{
	unsigned int n = e->n < max ? (unsigned int)e->n : max;

	for (unsigned int i = 0; i < n; i++) {
		frames[i] = e->ring[e->head];
		e->head = e->head + 1 < e->room ? e->head + 1 : 0;
	}
	e->n -= n;
	if (!e->n && n)
		signal_fd(e, false);
	if (e->writers && !is_full(e))
		pthread_cond_broadcast(&e->not_full);
	return n;
}

/* ---- Joining and leaving */

static struct channel *find_channel(const char *name)
{
	struct channel *channel = channels;

	while (channel && strcmp(channel->name, name))
		channel = channel->next;
	return channel;
}

static struct channel *get_channel(const char *name)
{
	struct channel *channel = find_channel(name);

	if (channel)
		return channel;
	channel = calloc(1, sizeof(*channel) + strlen(name) + 1);
	if (!channel)
		return NULL;
	strcpy(channel->name, name);
	pthread_mutex_init(&channel->lock, NULL);
	channel->next = channels;
	channels = channel;
	return channel;
}

static int join(struct endpoint *e, const char *name)
{
	struct endpoint **end;

	pthread_mutex_lock(&channels_lock);
	e->channel = get_channel(name);
	if (e->channel) {
		pthread_mutex_lock(&e->channel->lock);
		for (end = &e->channel->endpoints; *end; end = &(*end)->next)
			;
		*end = e;
		pthread_mutex_unlock(&e->channel->lock);
	}
	pthread_mutex_unlock(&channels_lock);
	return e->channel ? 0 : -ENOMEM;
}

/* Out of the list, once no sender waits for this receiver any more. */
static void leave(struct endpoint *e)
{
	struct channel *channel = e->channel;
	struct channel **at;
	struct endpoint **link;

	pthread_mutex_lock(&channels_lock);
	pthread_mutex_lock(&channel->lock);
	e->leaving = true;
	while (e->writers) {
		pthread_cond_broadcast(&e->not_full);
		pthread_cond_wait(&e->not_empty, &channel->lock);
	}
	for (link = &channel->endpoints; *link != e; link = &(*link)->next)
		;
	*link = e->next;
	pthread_mutex_unlock(&channel->lock);
	if (!channel->endpoints) {
		for (at = &channels; *at != channel; at = &(*at)->next)
			;
		*at = channel->next;
		pthread_mutex_destroy(&channel->lock);
		free(channel);
	}
	pthread_mutex_unlock(&channels_lock);
}

static int virtual_open(void **state, const char *channel, const struct anycan_bus_options *options,
			struct anycan_error *error)
{
	struct endpoint *e = calloc(1, sizeof(*e));

	if (e) {
		e->fd = -1;
		e->receive_own = options->receive_own_messages;
		e->preserve_timestamps = options->preserve_timestamps;
		e->limit = options->rx_queue_size;
		pthread_cond_init(&e->not_empty, NULL);
		pthread_cond_init(&e->not_full, NULL);
	}
	if (!e || join(e, channel)) {
		free(e);
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENOMEM,
					"virtual:%s: out of memory", channel);
	}
	*state = e;
	return 0;
}

static void virtual_close(void *state)
{
	struct endpoint *e = state;

	leave(e);
	if (e->fd >= 0)
		close(e->fd);
	pthread_cond_destroy(&e->not_empty);
	pthread_cond_destroy(&e->not_full);
	free(e->ring);
	free(e);
}

/* ---- Frames */

static int virtual_recv(void *state, struct anycan_frame *frames, unsigned int max,
			int64_t timeout_ns)
{
	struct anycan_mono deadline = {0};
	struct endpoint *e = state;
	pthread_mutex_t *lock = &e->channel->lock;
	unsigned int n;

	pthread_mutex_lock(lock);
	if (!e->n)
		deadline = wait_until(timeout_ns);
	while (!e->n && wait_for_cond(&e->not_empty, lock, &e->readers, deadline))
		;
	n = get(e, frames, max);
	pthread_mutex_unlock(lock);
	return (int)n;
}

static bool hears(const struct endpoint *e, const struct endpoint *sender)
{
	return !e->leaving && (e != sender || e->receive_own);
}

static bool all_have_room(const struct endpoint *sender)
{
	for (const struct endpoint *e = sender->channel->endpoints; e; e = e->next)
		if (hears(e, sender) && is_full(e))
			return false;
	return true;
}

/* One receiver gets the frame, in its own time. Return: 0, -ENOBUFS or -ENOMEM. */
static int deliver(struct endpoint *e, const struct endpoint *sender,
		   const struct anycan_frame *frame, int64_t timeout_ns)
{
	struct anycan_mono deadline = {0};

	if (is_full(e))
		deadline = wait_until(timeout_ns);
	while (hears(e, sender) && is_full(e) &&
	       wait_for_cond(&e->not_full, &e->channel->lock, &e->writers, deadline))
		;
	if (e->leaving) {
		if (!e->writers)
			pthread_cond_broadcast(&e->not_empty);
		return 0;
	}
	return is_full(e) ? -ENOBUFS : put(e, frame);
}

static int send_one(struct endpoint *sender, struct anycan_frame frame, int64_t timeout_ns)
{
	int ret = 0;

	frame.channel = 0;
	for (struct endpoint *e = sender->channel->endpoints; e; e = e->next) {
		int one;

		if (!hears(e, sender))
			continue;
		frame.own = e == sender;
		frame.dir = e == sender ? ANYCAN_TX : ANYCAN_RX;
		one = deliver(e, sender, &frame, timeout_ns);
		ret = one ? one : ret;
	}
	return ret;
}

static int virtual_send(void *state, const struct anycan_frame *frames, unsigned int n,
			int64_t timeout_ns)
{
	struct endpoint *sender = state;
	int64_t now_ns = sender->preserve_timestamps ? 0 : wait_clock_ns(CLOCK_REALTIME);
	unsigned int sent = 0;
	int ret = 0;

	pthread_mutex_lock(&sender->channel->lock);
	do {
		struct anycan_frame frame = frames[sent];

		if (!sender->preserve_timestamps)
			frame.ts_ns = now_ns;
		ret = send_one(sender, frame, timeout_ns);
		/* A frame that has to wait begins a call of its own: it may fail after some have
		 * received it, and must not be sent to these again. */
	} while (!ret && ++sent < n && all_have_room(sender));
	pthread_mutex_unlock(&sender->channel->lock);
	return sent ? (int)sent : ret;
}

/* ---- The rest */

static int virtual_fd(void *state)
{
	struct endpoint *e = state;
	int fd;

	pthread_mutex_lock(&e->channel->lock);
	if (e->fd < 0)
		e->fd = eventfd(e->n ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK);
	fd = e->fd < 0 ? -errno : e->fd;
	pthread_mutex_unlock(&e->channel->lock);
	return fd;
}

/* What is sent has arrived: nothing waits. */
static int virtual_flush_tx(void *state)
{
	(void)state;
	return 0;
}

static int virtual_set_state(void *state, enum anycan_bus_state bus_state,
			     struct anycan_error *error)
{
	(void)state, (void)bus_state, (void)error;
	return 0;
}

static void virtual_info(const void *state, char *text, size_t size)
{
	snprintf(text, size, "Virtual bus channel %s",
		 ((const struct endpoint *)state)->channel->name);
}

static int virtual_channel(void *state, const char *name)
{
	return strcmp(name, ((const struct endpoint *)state)->channel->name) ? -ENODEV : 0;
}

static int virtual_channel_name(void *state, uint16_t channel, char *name, size_t size)
{
	if (channel)
		return -ENODEV;
	snprintf(name, size, "%s", ((const struct endpoint *)state)->channel->name);
	return 0;
}

/* One that nobody uses, for whoever wants a bus of its own. */
static void unused_channel(char *name, size_t size)
{
	unsigned int number = 0;

	do {
		snprintf(name, size, "channel-%u", number++);
	} while (find_channel(name));
}

/* The names of all channels, each with its NUL, and an empty one as the end; to be freed. */
static char *list_channels(void)
{
	char unused[32], *names, *at;
	size_t size = sizeof(unused) + 1;

	pthread_mutex_lock(&channels_lock);
	for (struct channel *channel = channels; channel; channel = channel->next)
		size += strlen(channel->name) + 1;
	names = at = calloc(1, size);
	for (struct channel *channel = channels; channel && at; channel = channel->next)
		if (*channel->name)
			at = stpcpy(at, channel->name) + 1;
	unused_channel(unused, sizeof(unused));
	if (at)
		strcpy(at, unused);
	pthread_mutex_unlock(&channels_lock);
	return names;
}

/* The channel without a name is left out: the list ends with an empty name. */
static int virtual_detect(int (*found)(const char *channel, void *arg), void *arg)
{
	char *names = list_channels();
	int ret = names ? 0 : -ENOMEM;

	for (const char *name = names; !ret && *name; name += strlen(name) + 1)
		ret = found(name, arg);
	free(names);
	return ret;
}

const struct anycan_interface anycan_virtual_interface = {
	.name = "virtual",
	.summary = "a bus inside this process, for tests",
	.open = virtual_open,
	.close = virtual_close,
	.recv = virtual_recv,
	.send = virtual_send,
	.fd = virtual_fd,
	.flush_tx = virtual_flush_tx,
	.set_state = virtual_set_state,
	.info = virtual_info,
	.channel = virtual_channel,
	.channel_name = virtual_channel_name,
	.detect = virtual_detect,
};
