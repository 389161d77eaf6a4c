// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Sending at set times: an absolute timer without slack, and patience.
 */
#include "pace.h"

#include <anycan/clock.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* How long one attempt to find room takes: then it is seen whether to give up. */
#define ATTEMPT_NS (50 * ANYCAN_NS_PER_MS)

/* After so long somebody should know that there is no room. */
#define WARN_NS (2 * ANYCAN_NS_PER_S)

int64_t pace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

int pace_open(struct pace *pace, const char *program)
{
	*pace = (struct pace){.program = program, .stop_fd = -1, .room_ns = -1};
	pace->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	if (pace->timer_fd < 0)
		return -errno;
	/* poll() with a time-out is as exact as it can be, too. */
	prctl(PR_SET_TIMERSLACK, 1UL);
	return 0;
}

void pace_close(struct pace *pace)
{
	if (pace->timer_fd >= 0)
		close(pace->timer_fd);
	pace->timer_fd = -1;
}

/* ---- Waiting */

int pace_wait_fd(const struct pace *pace, int fd)
{
	struct pollfd fds[] = {{fd, POLLIN, 0}, {pace->stop_fd, POLLIN, 0}};

	while (poll(fds, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	return fds[1].revents ? -EINTR : 0;
}

int pace_wait_until(const struct pace *pace, int64_t due_ns)
{
	struct itimerspec when = {
		.it_value = {due_ns / ANYCAN_NS_PER_S, due_ns % ANYCAN_NS_PER_S},
	};

	if (timerfd_settime(pace->timer_fd, TFD_TIMER_ABSTIME, &when, NULL))
		return -errno;
	return pace_wait_fd(pace, pace->timer_fd);
}

/* ---- Room */

static bool is_to_stop(const struct pace *pace)
{
	struct pollfd poller = {pace->stop_fd, POLLIN, 0};

	return poll(&poller, 1, 0) > 0;
}

static void warn(const struct pace *pace, const char *name)
{
	fprintf(stderr,
		"%s: %s takes no frame for 2 s, waiting: is another node there to acknowledge, at "
		"the same bit rate?\n",
		pace->program, name);
}

/* One attempt. Return: as anycan_bus_send_many(). */
static int try_to_send(struct pace_batch *batch, int64_t timeout_ns, struct anycan_error *error)
{
	int n = anycan_bus_send_many(batch->bus, batch->frames + batch->sent,
				     batch->n - batch->sent, timeout_ns, error);

	batch->sent += n > 0 ? (unsigned int)n : 0;
	return n;
}

/* What is left of a batch. Return: as pace_send(). */
static int send_blocked(struct pace *pace, struct pace_batch *batch, struct anycan_error *error)
{
	int64_t last_ns = pace_now(), now_ns;
	bool warned = false;

	while (batch->sent < batch->n) {
		int ret = try_to_send(batch, ATTEMPT_NS, error);

		now_ns = pace_now();
		if (ret > 0)
			last_ns = now_ns;
		else if (ret != -ETIMEDOUT)
			return ret;
		else if (pace->room_ns >= 0 && now_ns - last_ns >= pace->room_ns)
			return ret;
		if (batch->sent < batch->n && is_to_stop(pace))
			return -EINTR;
		if (!warned && now_ns - last_ns > WARN_NS) {
			warn(pace, batch->name);
			warned = true;
		}
	}
	return 0;
}

int pace_send(struct pace *pace, struct pace_batch *batch, struct anycan_error *error)
{
	int64_t began_ns;
	int ret;

	do
		ret = try_to_send(batch, 0, error);
	while (ret > 0 && batch->sent < batch->n);
	if (ret != -ENOBUFS)
		return ret < 0 ? ret : 0;
	began_ns = pace_now();
	ret = send_blocked(pace, batch, error);
	pace->blocked++;
	pace->blocked_ns += pace_now() - began_ns;
	return ret;
}
