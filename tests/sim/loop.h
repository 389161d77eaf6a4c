/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The simulator's event loop: file descriptors (epoll, level triggered) and timers.
 */
#ifndef SIM_LOOP_H
#define SIM_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

/** struct sim_watch - a file descriptor and who is told; embed it. fd < 0: not watched */
struct sim_watch {
	int fd;
	uint32_t events; /**< 0: kept, but silent */
	void (*ready)(struct sim_watch *watch, uint32_t events);
};

/** struct sim_timer - a moment of CLOCK_MONOTONIC and who is told; embed it */
struct sim_timer {
	int64_t due_ns;
	bool armed;
	void (*fire)(struct sim_timer *timer);
	struct sim_timer *next;
};

/** struct sim_loop - the loop */
struct sim_loop {
	int epoll_fd;
	struct sim_timer *timers;	      /* the armed ones, soonest first */
	void (*woken)(struct sim_loop *loop); /**< called before events are handed out */
	struct epoll_event *pending;	      /* the events being handed out */
	int pending_len;
};

/** sim_mono_ns() - CLOCK_MONOTONIC */
int64_t sim_mono_ns(void);

/** sim_loop_init() - Return: 0, or a negative errno */
int sim_loop_init(struct sim_loop *loop);

/** sim_loop_exit() - close it */
void sim_loop_exit(struct sim_loop *loop);

/** sim_loop_watch() - begin to watch @fd; Return: 0, or a negative errno */
int sim_loop_watch(struct sim_loop *loop, struct sim_watch *watch, int fd, uint32_t events);

/** sim_loop_change() - watch for other events; 0 also silences errors and hang-ups */
void sim_loop_change(struct sim_loop *loop, struct sim_watch *watch, uint32_t events);

/** sim_loop_forget() - stop watching; the descriptor stays open, watch->fd becomes -1 */
void sim_loop_forget(struct sim_loop *loop, struct sim_watch *watch);

/** sim_loop_arm() - let @timer fire at @due_ns instead of whenever it was armed for */
void sim_loop_arm(struct sim_loop *loop, struct sim_timer *timer, int64_t due_ns);

/** sim_loop_disarm() - keep it from firing */
void sim_loop_disarm(struct sim_loop *loop, struct sim_timer *timer);

/** sim_loop_timers() - fire what is due */
void sim_loop_timers(struct sim_loop *loop);

/** sim_loop_next() - when the next timer is due, or INT64_MAX */
int64_t sim_loop_next(const struct sim_loop *loop);

/**
 * sim_loop_wait() - wait for descriptors and hand out their events
 * @loop: the loop
 * @until_ns: CLOCK_MONOTONIC time to give up; 0 = only look; INT64_MAX = wait for ever
 *
 * Return: 0, or a negative errno.
 */
int sim_loop_wait(struct sim_loop *loop, int64_t until_ns);

#endif
