/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The daemon's one loop: descriptors and a deadline.
 */
#ifndef BRIDGED_LOOP_H
#define BRIDGED_LOOP_H

#include <anycan/clock.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct bridged_source - a descriptor that the loop watches
 *
 * Belongs to its owner, who removes it before it goes away.
 */
struct bridged_source {
	int fd;
	uint32_t events; /**< EPOLLIN, EPOLLOUT; hang-ups are always reported */
	void (*ready)(struct bridged_source *source, uint32_t events);
	void *owner; /**< for ready() */
};

struct bridged_loop {
	int epoll;
	bool stop; /**< set to leave bridged_loop_run() */
	struct bridged_source signals;
	struct anycan_mono deadline; /**< the owner of the loop sets it, see .due */
	void (*due)(void *arg);	     /**< called after every round of events and at the deadline */
	void *arg;
};

/** bridged_now() - the time: monotonic, and in nanoseconds since the epoch at @wall_ns */
struct anycan_mono bridged_now(int64_t *wall_ns);

/**
 * bridged_loop_init() - make the loop; SIGINT and SIGTERM set .stop from then on
 *
 * Return: 0 or a negative errno.
 */
int bridged_loop_init(struct bridged_loop *loop);
void bridged_loop_exit(struct bridged_loop *loop);

/** bridged_loop_add() - watch @source. Return: 0 or a negative errno */
int bridged_loop_add(struct bridged_loop *loop, struct bridged_source *source);

/** bridged_loop_want() - change what @source is watched for; no system call if nothing changes */
void bridged_loop_want(struct bridged_loop *loop, struct bridged_source *source, uint32_t events);

/** bridged_loop_del() - no longer watch @source; its descriptor must still be open */
void bridged_loop_del(struct bridged_loop *loop, struct bridged_source *source);

/**
 * bridged_loop_run() - handle events until .stop is set or @until has come
 *
 * Return: 0 or a negative errno.
 */
int bridged_loop_run(struct bridged_loop *loop, struct anycan_mono until);

#endif
