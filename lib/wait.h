/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Time-outs of calls that wait: nanoseconds from now, negative for ever.
 */
#ifndef ANYCAN_WAIT_H
#define ANYCAN_WAIT_H

#include <anycan/clock.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static inline struct timespec wait_timespec(int64_t ns)
{
	return (struct timespec){.tv_sec = ns / ANYCAN_NS_PER_S, .tv_nsec = ns % ANYCAN_NS_PER_S};
}

static inline int64_t wait_clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

/** wait_until() - when a time-out that begins now ends */
static inline struct anycan_mono wait_until(int64_t timeout_ns)
{
	int64_t now;

	if (timeout_ns < 0)
		return ANYCAN_NEVER;
	if (timeout_ns == 0)
		return (struct anycan_mono){0};
	now = wait_clock_ns(CLOCK_MONOTONIC);
	return (struct anycan_mono){timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns};
}

/** wait_left() - what is left of a time-out: negative = for ever, 0 = nothing */
static inline int64_t wait_left(struct anycan_mono deadline)
{
	int64_t left;

	if (deadline.ns == ANYCAN_NEVER.ns)
		return -1;
	if (deadline.ns == 0)
		return 0;
	left = deadline.ns - wait_clock_ns(CLOCK_MONOTONIC);
	return left > 0 ? left : 0;
}

/**
 * wait_for_cond() - wait until @cond is signalled
 * @lock: held
 * @waiting: counts the threads that wait, so that nobody is signalled for nothing
 *
 * Return: whether the time is not over.
 */
static inline bool wait_for_cond(pthread_cond_t *cond, pthread_mutex_t *lock, unsigned int *waiting,
				 struct anycan_mono deadline)
{
	struct timespec until = wait_timespec(deadline.ns);
	int ret;

	if (deadline.ns == 0)
		return false;
	(*waiting)++;
	if (deadline.ns == ANYCAN_NEVER.ns)
		ret = pthread_cond_wait(cond, lock);
	else
		ret = pthread_cond_clockwait(cond, lock, CLOCK_MONOTONIC, &until);
	(*waiting)--;
	return !ret;
}

/**
 * wait_for_fd() - wait until @fd has one of @events
 *
 * Return: 1, 0 if the time is over, or a negative errno.
 */
static inline int wait_for_fd(int fd, short events, struct anycan_mono deadline)
{
	struct pollfd poller = {.fd = fd, .events = events};
	int ret;

	do {
		int64_t left = wait_left(deadline);
		struct timespec limit = wait_timespec(left);

		ret = ppoll(&poller, 1, left < 0 ? NULL : &limit, NULL);
	} while (ret < 0 && errno == EINTR);
	return ret < 0 ? -errno : ret;
}

#endif
