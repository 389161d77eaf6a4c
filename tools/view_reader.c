// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Receiving in a thread of its own.
 */
#include "view_reader.h"

#include "view_rates.h"

#include <anycan/clock.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 64
#define RETRY_MS 500

/* A channel that frames come from for the first time. */
static void name_channel(struct view_reader *r, uint16_t number)
{
	struct view_channel *channel = &r->model.channels[number];
	uint32_t bitrate, dbitrate;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "%s", buses_name(r->buses, number));
	view_rates_find(name, &bitrate, &dbitrate);
	pthread_mutex_lock(&r->lock);
	memcpy(channel->name, name, sizeof(name));
	channel->bitrate = bitrate;
	channel->dbitrate = dbitrate;
	pthread_mutex_unlock(&r->lock);
}

static void name_channels(struct view_reader *r, const struct anycan_frame *frames, int n)
{
	for (int i = 0; i < n; i++)
		if (frames[i].channel < VIEW_CHANNELS_MAX &&
		    !r->model.channels[frames[i].channel].name[0])
			name_channel(r, frames[i].channel);
}

static void take_frames(struct view_reader *r, const struct anycan_frame *frames, int n)
{
	struct anycan_bus_stats stats;
	int written = 0;

	name_channels(r, frames, n);
	if (r->record && !r->record_status && n)
		written = canlog_write(r->record, frames, (size_t)n);
	else if (r->record && !r->record_status)
		written = canlog_tick(r->record);
	buses_stats(r->buses, &stats);
	pthread_mutex_lock(&r->lock);
	for (int i = 0; i < n; i++)
		view_model_add(&r->model, &frames[i]);
	r->stats = stats;
	if (n)
		r->error.text[0] = '\0';
	if (written < 0)
		r->record_status = written;
	pthread_mutex_unlock(&r->lock);
}

/* A netdev that is down may come up again. Return: whether to go on. */
static bool take_error(struct view_reader *r, int ret, const struct anycan_error *error)
{
	struct pollfd wake = {r->wake_fd, POLLIN, 0};
	bool down = ret == -ENETDOWN && !r->limit && !r->to_the_first_error;

	pthread_mutex_lock(&r->lock);
	r->error = *error;
	r->status = down ? 0 : ret;
	pthread_mutex_unlock(&r->lock);
	if (down)
		poll(&wake, 1, RETRY_MS);
	return down;
}

static void *run(void *arg)
{
	const int64_t tick_ns = 200 * 1000000LL;
	struct anycan_frame frames[BATCH];
	struct view_reader *r = arg;
	struct anycan_error error;
	uint64_t left = r->limit;
	bool more = true;

	while (more && !r->stopping) {
		unsigned int max = r->limit && left < BATCH ? (unsigned int)left : BATCH;
		int n = buses_recv(r->buses, frames, max, NULL, tick_ns, &error);

		if (n < 0) {
			more = take_error(r, n, &error);
			continue;
		}
		take_frames(r, frames, n);
		left -= (uint64_t)n;
		more = !r->limit || left;
	}
	r->ended = true;
	return NULL;
}

int view_reader_start(struct view_reader *r)
{
	sigset_t all, before;
	int ret;

	r->wake_fd = eventfd(0, EFD_CLOEXEC);
	if (r->wake_fd < 0)
		return -errno;
	r->buses->stop_fd = r->wake_fd;
	pthread_mutex_init(&r->lock, NULL);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = pthread_create(&r->thread, NULL, run, r);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (ret) {
		pthread_mutex_destroy(&r->lock);
		close(r->wake_fd);
	}
	return -ret;
}

void view_reader_stop(struct view_reader *r)
{
	r->stopping = true;
	eventfd_write(r->wake_fd, 1);
	pthread_join(r->thread, NULL);
	r->buses->stop_fd = -1;
	close(r->wake_fd);
	pthread_mutex_destroy(&r->lock);
}
