// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Periodic sending in the foreground.
 */
#include "cyclic.h"
#include "pace.h"

#include <anycan/clock.h>
#include <errno.h>
#include <poll.h>

/* How often it is looked whether the tasks still run. */
#define LOOK_MS 20

/* In the thread of a task that has no broadcast manager. */
static bool on_error(void *arg, const struct anycan_error *error)
{
	struct cyclic *cyclic = arg;

	if (error->code == -ENOBUFS || error->code == -ETIMEDOUT) {
		atomic_fetch_add(&cyclic->missed, 1);
		return true;
	}
	if (!atomic_flag_test_and_set(&cyclic->has_failed))
		cyclic->failure = *error;
	return false;
}

int cyclic_add(struct cyclic *cyclic, struct anycan_bus *bus, const struct anycan_frame *frame,
	       int64_t period_ns, uint64_t count, struct anycan_error *error)
{
	struct anycan_periodic how = {
		.period_ns = period_ns,
		.on_error = on_error,
		.arg = cyclic,
	};
	struct anycan_task_state state;
	int ret;

	if (cyclic->n == CYCLIC_MAX)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"more than %d periodic frames", CYCLIC_MAX);
	if (count > (uint64_t)(INT64_MAX / (period_ns > 0 ? period_ns : 1)))
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"so many frames take longer than anybody waits");
	how.duration_ns = (int64_t)count * period_ns;
	ret = anycan_send_periodic(&cyclic->tasks[cyclic->n], bus, frame, 1, &how, error);
	if (ret)
		return ret;
	ret = anycan_task_read(cyclic->tasks[cyclic->n], &state, NULL, 0, NULL);
	cyclic->by_kernel = ret > 0 && state.by_kernel && (cyclic->by_kernel || !cyclic->n);
	cyclic->n++;
	return 0;
}

static bool any_runs(struct cyclic *cyclic)
{
	struct anycan_task_state state;

	for (unsigned int i = 0; i < cyclic->n; i++)
		if (anycan_task_read(cyclic->tasks[i], &state, NULL, 0, NULL) < 0 || state.running)
			return true;
	return false;
}

int cyclic_wait(struct cyclic *cyclic, int stop_fd, int64_t duration_ns, struct anycan_error *error)
{
	struct pollfd poller = {stop_fd, POLLIN, 0};
	int64_t end_ns = pace_now() + duration_ns;

	while (any_runs(cyclic)) {
		int64_t left_ms = (end_ns - pace_now()) / ANYCAN_NS_PER_MS;

		if (duration_ns >= 0 && left_ms <= 0)
			return 0;
		if (poll(&poller, 1,
			 duration_ns >= 0 && left_ms < LOOK_MS ? (int)left_ms : LOOK_MS) > 0)
			return -EINTR;
	}
	if (!cyclic->failure.code)
		return 0;
	*error = cyclic->failure;
	return error->code;
}

void cyclic_end(struct cyclic *cyclic)
{
	for (unsigned int i = 0; i < cyclic->n; i++)
		anycan_task_free(cyclic->tasks[i]);
	cyclic->n = 0;
}
