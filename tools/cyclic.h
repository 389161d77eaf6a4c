/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Frames that are sent periodically until they were sent often enough, time is up or a signal
 * comes.
 */
#ifndef TOOLS_CYCLIC_H
#define TOOLS_CYCLIC_H

#include <anycan/periodic.h>
#include <stdatomic.h>

#define CYCLIC_MAX 256

/** struct cyclic - tasks on one bus; all 0 to begin with */
struct cyclic {
	struct anycan_task *tasks[CYCLIC_MAX];
	unsigned int n;
	bool by_kernel;		/**< all of them are sent by the broadcast manager */
	atomic_uint missed;	/**< times that a frame found no room, as far as anybody tells */
	atomic_flag has_failed; /**< the first failure is the one to tell */
	struct anycan_error failure;
};

/**
 * cyclic_add() - begin to send a frame
 * @count: how often; 0 = until it is ended
 *
 * Return: 0 or a negative errno.
 */
int cyclic_add(struct cyclic *cyclic, struct anycan_bus *bus, const struct anycan_frame *frame,
	       int64_t period_ns, uint64_t count, struct anycan_error *error);

/**
 * cyclic_wait() - until all have ended, @stop_fd is readable or the time is up
 * @duration_ns: negative = for ever
 *
 * Return: 0; -EINTR for @stop_fd; or a negative errno of a task that failed.
 */
int cyclic_wait(struct cyclic *cyclic, int stop_fd, int64_t duration_ns,
		struct anycan_error *error);

/** cyclic_end() - send no more */
void cyclic_end(struct cyclic *cyclic);

#endif
