/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A thread that takes frames from buses as they come, into a model and a log: it never waits for a
 * terminal.
 */
#ifndef TOOLS_VIEW_READER_H
#define TOOLS_VIEW_READER_H

#include "buses.h"
#include "view_model.h"

#include <pthread.h>
#include <stdatomic.h>

/** Frames that may wait for the thread: seconds of a busy bus, should the machine be busy. */
#define VIEW_QUEUE 32768

/** struct view_reader - set .buses, .record, .limit and what .model needs; the rest is 0 */
struct view_reader {
	struct buses *buses;
	struct canlog *record;	 /**< NULL, or where all frames are written to */
	uint64_t limit;		 /**< end after so many frames; 0: never */
	bool to_the_first_error; /**< do not wait for a netdev that is down */

	pthread_mutex_t lock;
	/* Under the lock: */
	struct view_model model;
	struct anycan_bus_stats stats;
	struct anycan_error error; /**< why nothing comes; .text empty: all is well */
	int status;		   /**< negative errno of a bus that will give nothing more */
	int record_status;	   /**< negative errno: writing failed, and has ended */

	atomic_bool stopping, ended;
	pthread_t thread;
	int wake_fd;
};

/** view_reader_start() - begin to receive. Return: 0 or a negative errno */
int view_reader_start(struct view_reader *reader);

/** view_reader_stop() - end the thread; the model stays until view_model_free() */
void view_reader_stop(struct view_reader *reader);

/** view_reader_lost() - frames that were lost before they came here; the lock must be held */
static inline uint64_t view_reader_lost(const struct view_reader *reader)
{
	return reader->stats.rx_dropped;
}

#endif
