// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading ahead: while one batch is written the next ones are read. Who waits is woken only when
 * there is work for half of the slots: switching for each would cost more than some formats do.
 */
#include "convert.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#define SLOTS 16
#define WORTH_WAKING (SLOTS / 2)

struct slot {
	ssize_t got;
	struct anycan_frame frames[CONVERT_BATCH];
};

struct convert_reader {
	struct canlog *log;
	bool threaded;
	bool stop;
	bool holding; /* the caller has the slot at @taken */
	unsigned int filled, taken;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot slot[SLOTS];
};

static void *read_ahead(void *arg)
{
	struct convert_reader *reader = arg;
	ssize_t got = 1;

	while (got > 0) {
		struct slot *slot = &reader->slot[reader->filled % SLOTS];

		pthread_mutex_lock(&reader->lock);
		while (!reader->stop && reader->filled - reader->taken == SLOTS)
			pthread_cond_wait(&reader->changed, &reader->lock);
		if (reader->stop)
			got = 0;
		pthread_mutex_unlock(&reader->lock);
		if (got)
			got = slot->got = canlog_read(reader->log, slot->frames, CONVERT_BATCH);
		pthread_mutex_lock(&reader->lock);
		reader->filled++;
		if (got <= 0 || reader->filled - reader->taken >= WORTH_WAKING)
			pthread_cond_signal(&reader->changed);
		pthread_mutex_unlock(&reader->lock);
	}
	return NULL;
}

int convert_reader_new(struct convert_reader **out, struct canlog *log)
{
	struct convert_reader *reader = calloc(1, sizeof(*reader));
	sigset_t all, before;
	uint64_t size;

	if (!reader)
		return -ENOMEM;
	reader->log = log;
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->changed, NULL);
	canlog_get_position(log, &size);
	if (size) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		reader->threaded = !pthread_create(&reader->thread, NULL, read_ahead, reader);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	*out = reader;
	return 0;
}

ssize_t convert_reader_next(struct convert_reader *reader, const struct anycan_frame **frames)
{
	struct slot *slot;

	if (!reader->threaded) {
		*frames = reader->slot[0].frames;
		return canlog_read(reader->log, reader->slot[0].frames, CONVERT_BATCH);
	}
	pthread_mutex_lock(&reader->lock);
	if (reader->holding) {
		reader->taken++;
		if (reader->filled - reader->taken <= SLOTS - WORTH_WAKING)
			pthread_cond_signal(&reader->changed);
	}
	reader->holding = true;
	while (reader->filled == reader->taken)
		pthread_cond_wait(&reader->changed, &reader->lock);
	pthread_mutex_unlock(&reader->lock);
	slot = &reader->slot[reader->taken % SLOTS];
	*frames = slot->frames;
	return slot->got;
}

void convert_reader_free(struct convert_reader *reader)
{
	if (!reader)
		return;
	pthread_mutex_lock(&reader->lock);
	reader->stop = true;
	pthread_cond_signal(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
	if (reader->threaded)
		pthread_join(reader->thread, NULL);
	pthread_cond_destroy(&reader->changed);
	pthread_mutex_destroy(&reader->lock);
	free(reader);
}
