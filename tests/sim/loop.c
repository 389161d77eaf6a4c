// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The simulator's event loop: epoll with nanosecond time-outs, and a sorted list of timers.
 */
#include "loop.h"

#include <errno.h>
#include <stddef.h>
#include <time.h>
#include <unistd.h>

#include <anycan/clock.h>

#define LOOP_BATCH 32

int64_t sim_mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

int sim_loop_init(struct sim_loop *loop)
{
	*loop = (struct sim_loop){.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
	return loop->epoll_fd < 0 ? -errno : 0;
}

void sim_loop_exit(struct sim_loop *loop)
{
	close(loop->epoll_fd);
}

int sim_loop_watch(struct sim_loop *loop, struct sim_watch *watch, int fd, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};

	if (events && epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	watch->fd = fd;
	watch->events = events;
	return 0;
}

void sim_loop_change(struct sim_loop *loop, struct sim_watch *watch, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = watch};
	int op = EPOLL_CTL_MOD;

	if (watch->fd < 0 || watch->events == events)
		return;
	/* epoll always reports EPOLLHUP and EPOLLERR: a silent descriptor is taken out. */
	if (!watch->events)
		op = EPOLL_CTL_ADD;
	else if (!events)
		op = EPOLL_CTL_DEL;
	if (!epoll_ctl(loop->epoll_fd, op, watch->fd, &event))
		watch->events = events;
}

void sim_loop_forget(struct sim_loop *loop, struct sim_watch *watch)
{
	if (watch->fd < 0)
		return;
	sim_loop_change(loop, watch, 0);
	watch->fd = -1;
	for (int i = 0; i < loop->pending_len; i++) {
		if (loop->pending[i].data.ptr == watch)
			loop->pending[i].data.ptr = NULL;
	}
}

void sim_loop_disarm(struct sim_loop *loop, struct sim_timer *timer)
{
	struct sim_timer **link = &loop->timers;

	if (!timer->armed)
		return;
	while (*link != timer)
		link = &(*link)->next;
	*link = timer->next;
	timer->armed = false;
}

void sim_loop_arm(struct sim_loop *loop, struct sim_timer *timer, int64_t due_ns)
{
	struct sim_timer **link = &loop->timers;

	sim_loop_disarm(loop, timer);
	while (*link && (*link)->due_ns <= due_ns)
		link = &(*link)->next;
	timer->due_ns = due_ns;
	timer->armed = true;
	timer->next = *link;
	*link = timer;
}

void sim_loop_timers(struct sim_loop *loop)
{
	int64_t now = sim_mono_ns();

	while (loop->timers && loop->timers->due_ns <= now) {
		struct sim_timer *timer = loop->timers;

		sim_loop_disarm(loop, timer);
		timer->fire(timer);
	}
}

int64_t sim_loop_next(const struct sim_loop *loop)
{
	return loop->timers ? loop->timers->due_ns : INT64_MAX;
}

static int loop_poll(struct sim_loop *loop, struct epoll_event *events, int64_t until_ns)
{
	struct timespec timeout = {0};

	if (until_ns == INT64_MAX)
		return epoll_pwait2(loop->epoll_fd, events, LOOP_BATCH, NULL, NULL);
	if (until_ns) {
		int64_t left = until_ns - sim_mono_ns();

		if (left > 0) {
			timeout.tv_sec = left / ANYCAN_NS_PER_S;
			timeout.tv_nsec = left % ANYCAN_NS_PER_S;
		}
	}
	return epoll_pwait2(loop->epoll_fd, events, LOOP_BATCH, &timeout, NULL);
}

int sim_loop_wait(struct sim_loop *loop, int64_t until_ns)
{
	struct epoll_event events[LOOP_BATCH];
	int n = loop_poll(loop, events, until_ns);

	if (n < 0)
		return errno == EINTR ? 0 : -errno;
	if (n && loop->woken)
		loop->woken(loop);
	loop->pending = events;
	loop->pending_len = n;
	for (int i = 0; i < n; i++) {
		struct sim_watch *watch = events[i].data.ptr;

		if (watch)
			watch->ready(watch, events[i].events);
	}
	loop->pending_len = 0;
	loop->pending = NULL;
	return 0;
}
