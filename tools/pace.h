/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sending at set times, and waiting where there is no room: nothing is thrown away.
 */
#ifndef TOOLS_PACE_H
#define TOOLS_PACE_H

#include <anycan/bus.h>

/** struct pace - a timer, a way to end, and what was waited for */
struct pace {
	const char *program; /**< for messages */
	int timer_fd;
	int stop_fd;	    /**< readable when waiting is to end; -1: never */
	int64_t room_ns;    /**< how long to wait for room at a time; negative = for ever */
	uint64_t blocked;   /**< times that there was no room at once */
	int64_t blocked_ns; /**< how long that took in all */
};

/** pace_now() - nanoseconds of CLOCK_MONOTONIC */
int64_t pace_now(void);

/** pace_open() - make the timer. Return: 0 or a negative errno */
int pace_open(struct pace *pace, const char *program);

/** pace_close() - let it go */
void pace_close(struct pace *pace);

/** pace_wait_fd() - until @fd is readable. Return: 0; -EINTR for .stop_fd; or a negative errno */
int pace_wait_fd(const struct pace *pace, int fd);

/** pace_wait_until() - until a moment of CLOCK_MONOTONIC. Return: as above */
int pace_wait_until(const struct pace *pace, int64_t due_ns);

/** struct pace_batch - frames for one bus */
struct pace_batch {
	struct anycan_bus *bus;
	const char *name; /**< of the bus, for messages */
	const struct anycan_frame *frames;
	unsigned int n;
	unsigned int sent; /**< how many the bus has taken */
};

/**
 * pace_send() - send all frames, in order
 *
 * Return: 0; -EINTR for .stop_fd; -ETIMEDOUT after .room_ns; or another negative errno.
 */
int pace_send(struct pace *pace, struct pace_batch *batch, struct anycan_error *error);

#endif
