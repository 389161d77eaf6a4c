/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The daemon's one loop, on epoll. Time-outs are given in nanoseconds where the kernel takes
 * them (epoll_pwait2, Linux 5.11), because a frame on the bus is shorter than a millisecond.
 */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Handled in one round; more wait for the next. */
#define EVENTS_PER_ROUND 8

struct anycan_mono bridged_now(int64_t *wall_ns)
{
	struct timespec t;

	if (wall_ns) {
		clock_gettime(CLOCK_REALTIME, &t);
		*wall_ns = t.tv_sec * ANYCAN_NS_PER_S + t.tv_nsec;
	}
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct anycan_mono){t.tv_sec * ANYCAN_NS_PER_S + t.tv_nsec};
}

static void signalled(struct bridged_source *source, uint32_t events)
{
	struct bridged_loop *loop = source->owner;
	struct signalfd_siginfo info;

	(void)events;
	if (read(source->fd, &info, sizeof(info)) == sizeof(info))
		loop->stop = true;
}

int bridged_loop_init(struct bridged_loop *loop)
{
	sigset_t set;
	int ret;

	*loop = (struct bridged_loop){.epoll = -1, .deadline = ANYCAN_NEVER};
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return -errno;
	loop->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (loop->signals.fd < 0) {
		ret = -errno;
		goto err_epoll;
	}
	loop->signals.events = EPOLLIN;
	loop->signals.ready = signalled;
	loop->signals.owner = loop;
	ret = bridged_loop_add(loop, &loop->signals);
	if (ret)
		goto err_signals;
	return 0;

err_signals:
	close(loop->signals.fd);
err_epoll:
	close(loop->epoll);
	return ret;
}

void bridged_loop_exit(struct bridged_loop *loop)
{
	close(loop->signals.fd);
	close(loop->epoll);
}

int bridged_loop_add(struct bridged_loop *loop, struct bridged_source *source)
{
	struct epoll_event event = {.events = source->events, .data.ptr = source};

	return epoll_ctl(loop->epoll, EPOLL_CTL_ADD, source->fd, &event) ? -errno : 0;
}

void bridged_loop_want(struct bridged_loop *loop, struct bridged_source *source, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};

	if (source->events == events)
		return;
	source->events = events;
	epoll_ctl(loop->epoll, EPOLL_CTL_MOD, source->fd, &event);
}

void bridged_loop_del(struct bridged_loop *loop, struct bridged_source *source)
{
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

static int wait_for_events(int epoll, struct epoll_event *events, int64_t ns)
{
	struct timespec timeout = {ns / ANYCAN_NS_PER_S, ns % ANYCAN_NS_PER_S};
	int n = epoll_pwait2(epoll, events, EVENTS_PER_ROUND, ns < 0 ? NULL : &timeout, NULL);

	if (n < 0 && errno == ENOSYS)
		n = epoll_wait(epoll, events, EVENTS_PER_ROUND,
			       ns < 0 ? -1 : (int)((ns + ANYCAN_NS_PER_MS - 1) / ANYCAN_NS_PER_MS));
	return n < 0 ? -errno : n;
}

/* Nanoseconds until the earlier of both moments, -1 for ever. */
static int64_t time_left(struct anycan_mono a, struct anycan_mono b)
{
	struct anycan_mono first = anycan_mono_min(a, b);
	int64_t left;

	if (first.ns == ANYCAN_NEVER.ns)
		return -1;
	left = first.ns - bridged_now(NULL).ns;
	return left > 0 ? left : 0;
}

int bridged_loop_run(struct bridged_loop *loop, struct anycan_mono until)
{
	struct epoll_event events[EVENTS_PER_ROUND];
	int n;

	while (!loop->stop && bridged_now(NULL).ns < until.ns) {
		n = wait_for_events(loop->epoll, events, time_left(loop->deadline, until));
		if (n < 0 && n != -EINTR)
			return n;
		for (int i = 0; i < n; i++) {
			struct bridged_source *source = events[i].data.ptr;

			source->ready(source, events[i].events);
		}
		if (loop->due)
			loop->due(loop->arg);
	}
	return 0;
}
