// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The thread of a bus that sends what is sent periodically, where the kernel cannot.
 */
#include "tasks.h"
#include "wait.h"

#include <string.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Who waits for room holds the others up; so long at most. */
#define ROOM_NS (20 * ANYCAN_NS_PER_MS)

static void set_timer(struct anycan_tasks *tasks)
{
	struct itimerspec when = {0};
	int64_t next_ns = INT64_MAX;

	for (struct anycan_task *task = tasks->first; task; task = task->next)
		if (task->running && task->bcm < 0 && task->next_ns < next_ns)
			next_ns = task->next_ns;
	if (next_ns != INT64_MAX)
		when.it_value = wait_timespec(next_ns > 0 ? next_ns : 1);
	timerfd_settime(tasks->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

/* When the frame after the one that is due now comes; the task may be over with it. */
static void advance(struct anycan_task *task, int64_t now_ns)
{
	struct bcm_timing timing = anycan_task_timing(&task->how);

	if (task->left)
		task->left--;
	if (!task->left && !task->goes_on) {
		task->running = false;
		return;
	}
	task->next_ns += task->left ? timing.first_ns : timing.then_ns;
	/* Whoever was held up does not catch up. */
	if (task->next_ns < now_ns)
		task->next_ns = now_ns;
}

/* Send a frame of a task; the lock is let go for it. */
static void send_task(struct anycan_tasks *tasks, struct anycan_task *task)
{
	struct anycan_periodic how = task->how;
	unsigned int at = task->at, version = task->version;
	struct anycan_frame frame = task->frames[at];
	struct anycan_error error;
	bool failed;

	task->at = (at + 1) % task->n;
	task->busy = true;
	advance(task, wait_clock_ns(CLOCK_MONOTONIC));
	pthread_mutex_unlock(&tasks->lock);
	if (how.modify)
		how.modify(how.arg, &frame);
	failed = anycan_bus_send(task->bus, &frame,
				 how.period_ns < ROOM_NS ? how.period_ns : ROOM_NS, &error);
	if (failed && how.on_error)
		failed = !how.on_error(how.arg, &error);
	pthread_mutex_lock(&tasks->lock);
	if (how.modify && version == task->version)
		task->frames[at] = frame;
	if (failed)
		task->running = false;
	task->busy = false;
	if (tasks->waiting)
		pthread_cond_broadcast(&tasks->sent);
}

static struct anycan_task *due_task(struct anycan_tasks *tasks, int64_t now_ns)
{
	struct anycan_task *due = NULL;

	for (struct anycan_task *task = tasks->first; task; task = task->next)
		if (task->running && task->bcm < 0 && task->next_ns <= now_ns &&
		    (!due || task->next_ns < due->next_ns))
			due = task;
	return due;
}

static void *run(void *arg)
{
	struct anycan_tasks *tasks = arg;
	struct pollfd fds[] = {{.fd = tasks->timer, .events = POLLIN},
			       {.fd = tasks->wake, .events = POLLIN}};
	struct anycan_task *task;
	uint64_t ticks;

	pthread_mutex_lock(&tasks->lock);
	while (!tasks->ending) {
		set_timer(tasks);
		pthread_mutex_unlock(&tasks->lock);
		while (poll(fds, 2, -1) < 0 && errno == EINTR)
			;
		for (int i = 0; i < 2; i++)
			if (fds[i].revents && read(fds[i].fd, &ticks, sizeof(ticks)) < 0)
				continue; /* the timer was set anew in between */
		pthread_mutex_lock(&tasks->lock);
		while (!tasks->ending && (task = due_task(tasks, wait_clock_ns(CLOCK_MONOTONIC))))
			send_task(tasks, task);
	}
	pthread_mutex_unlock(&tasks->lock);
	return NULL;
}

static int begin(struct anycan_tasks *tasks)
{
	int ret = 0;

	if (tasks->has_thread)
		return 0;
	tasks->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	tasks->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (tasks->timer < 0 || tasks->wake < 0)
		ret = -errno;
	else
		ret = -pthread_create(&tasks->thread, NULL, run, tasks);
	tasks->has_thread = !ret;
	if (!ret)
		return 0;
	if (tasks->timer >= 0)
		close(tasks->timer);
	if (tasks->wake >= 0)
		close(tasks->wake);
	return ret;
}

int anycan_scheduler_start(struct anycan_tasks *tasks, struct anycan_task *task)
{
	struct bcm_timing timing = anycan_task_timing(&task->how);
	int ret = begin(tasks);

	if (ret)
		return ret;
	task->left = timing.count;
	task->goes_on = timing.then_ns > 0;
	task->at = 0;
	task->next_ns = wait_clock_ns(CLOCK_MONOTONIC);
	task->running = true;
	eventfd_write(tasks->wake, 1);
	return 0;
}

void anycan_scheduler_stop(struct anycan_tasks *tasks, struct anycan_task *task)
{
	task->running = false;
	if (tasks->has_thread && pthread_equal(tasks->thread, pthread_self()))
		return;
	while (task->busy)
		wait_for_cond(&tasks->sent, &tasks->lock, &tasks->waiting, ANYCAN_NEVER);
}

void anycan_scheduler_end(struct anycan_tasks *tasks)
{
	if (!tasks->has_thread)
		return;
	pthread_mutex_lock(&tasks->lock);
	tasks->ending = true;
	pthread_mutex_unlock(&tasks->lock);
	eventfd_write(tasks->wake, 1);
	pthread_join(tasks->thread, NULL);
	close(tasks->timer);
	close(tasks->wake);
}
