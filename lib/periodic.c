// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Periodic tasks: what is possible, who sends, and starting, stopping and changing them.
 */
#include <anycan/periodic.h>

#include "tasks.h"
#include "wait.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PERIOD_MIN_NS 1000
#define PERIOD_MAX_NS (INT64_C(1000000) * ANYCAN_NS_PER_S)

/* Each task has a socket of its own, so one name does for all. */
#define BCM_NAME 1
/* Frames that one task of the broadcast manager can have. */
#define BCM_FRAMES_MAX 256

struct bcm_timing anycan_task_timing(const struct anycan_periodic *how)
{
	struct bcm_timing timing = {.then_ns = how->period_ns};
	int64_t frames;

	if (how->count) {
		timing.count = how->count;
		timing.first_ns = how->initial_period_ns;
	} else if (how->duration_ns) {
		frames = (how->duration_ns + how->period_ns - 1) / how->period_ns;
		timing.count = frames < UINT32_MAX ? (uint32_t)frames : UINT32_MAX;
		timing.first_ns = how->period_ns;
		timing.then_ns = 0;
	}
	return timing;
}

/* ---- What is possible */

static int wrong(struct anycan_error *error, const char *why)
{
	return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL, "periodic sending: %s", why);
}

static bool is_period(int64_t ns)
{
	return ns >= PERIOD_MIN_NS && ns <= PERIOD_MAX_NS;
}

static int check_how(const struct anycan_periodic *how, struct anycan_error *error)
{
	if (!is_period(how->period_ns))
		return wrong(error, "the period must be 1 us to 1000000 s");
	if (how->duration_ns < 0)
		return wrong(error, "the duration is negative; 0 means without end");
	if (how->count && !is_period(how->initial_period_ns))
		return wrong(error, "the initial period must be 1 us to 1000000 s");
	if (how->count && how->duration_ns)
		return wrong(error, "a count and a duration exclude each other");
	return 0;
}

static int check_frames(const struct anycan_frame *frames, unsigned int n,
			struct anycan_error *error)
{
	const char *reason;

	if (!n)
		return wrong(error, "there is no frame");
	for (unsigned int i = 0; i < n; i++) {
		if (frames[i].can_id != frames[0].can_id)
			return wrong(error, "all frames must have the same identifier");
		if (frames[i].channel != frames[0].channel)
			return wrong(error, "all frames must have the same channel");
		if (anycan_frame_is_fd(&frames[i]) != anycan_frame_is_fd(&frames[0]))
			return wrong(error, "classic and FD frames exclude each other");
		if (anycan_frame_check(&frames[i], &reason))
			return wrong(error, reason);
	}
	return 0;
}

/* The netdev that the kernel could send to. Return: whether there is one */
static bool find_netdev(struct anycan_bus *bus, const struct anycan_frame *frame, char *netdev)
{
	uint16_t channel = frame->channel == ANYCAN_CHANNEL_NONE ? 0 : frame->channel;

	return !strcmp(anycan_bus_interface(bus), "socketcan") &&
	       !anycan_bus_channel_name(bus, channel, netdev, IFNAMSIZ) && netdev[0];
}

/* Frames that this bus cannot carry are refused by the bus, not by the kernel's manager. */
static bool kernel_can(struct anycan_bus *bus, const struct anycan_task *task)
{
	if (task->how.by_thread || task->how.modify || task->n > BCM_FRAMES_MAX)
		return false;
	return !anycan_frame_is_fd(task->frames) ||
	       anycan_bus_protocol(bus) != ANYCAN_PROTOCOL_CAN_20;
}

/* ---- By the kernel */

static void bcm_head(struct bcm_msg_head *head, const struct anycan_task *task, uint32_t opcode,
		     uint32_t flags)
{
	memset(head, 0, sizeof(*head));
	head->opcode = opcode;
	head->flags = flags | (anycan_frame_is_fd(task->frames) ? CAN_FD_FRAME : 0);
	head->can_id = BCM_NAME;
}

static int bcm_start(struct anycan_task *task)
{
	struct bcm_timing timing = anycan_task_timing(&task->how);
	struct bcm_msg_head head;

	bcm_head(&head, task, TX_SETUP, SETTIMER | STARTTIMER);
	head.count = timing.count;
	head.ival1 = anycan_bcm_timeval(timing.first_ns);
	head.ival2 = anycan_bcm_timeval(timing.then_ns);
	if (timing.count)
		head.flags |= TX_COUNTEVT;
	return anycan_bcm_send(task->bcm, &head, task->frames, task->n);
}

static int64_t timeval_ns(struct bcm_timeval time)
{
	return time.tv_sec * ANYCAN_NS_PER_S + time.tv_usec * ANYCAN_NS_PER_US;
}

/* Ask the kernel. Return: how many frames, 0 if it has no such task, or a negative errno */
static int bcm_read(const struct anycan_task *task, struct anycan_task_state *state,
		    struct anycan_frame *frames, unsigned int max)
{
	struct bcm_msg_head head;
	int ret;

	bcm_head(&head, task, TX_READ, 0);
	ret = anycan_bcm_send(task->bcm, &head, NULL, 0);
	if (ret)
		return ret == -EINVAL ? 0 : ret;
	/* What it told before, that a count was reached, is of no interest. */
	do {
		ret = anycan_bcm_recv(task->bcm, &head, frames, max);
	} while (ret >= 0 && head.opcode != TX_STATUS);
	if (ret < 0)
		return ret;
	state->left = head.count;
	state->period_ns = timeval_ns(head.ival2);
	state->running = (head.count && timeval_ns(head.ival1)) || state->period_ns;
	return ret;
}

static int bcm_stop(struct anycan_task *task)
{
	struct bcm_msg_head head;

	bcm_head(&head, task, TX_DELETE, 0);
	return anycan_bcm_send(task->bcm, &head, NULL, 0);
}

/* ---- Either way; under the lock */

static bool is_running(const struct anycan_task *task)
{
	struct anycan_task_state state = {0};

	if (task->bcm < 0)
		return task->running;
	return bcm_read(task, &state, NULL, 0) > 0 && state.running;
}

static int start(struct anycan_tasks *tasks, struct anycan_task *task)
{
	return task->bcm < 0 ? anycan_scheduler_start(tasks, task) : bcm_start(task);
}

static void stop(struct anycan_tasks *tasks, struct anycan_task *task)
{
	if (task->bcm < 0)
		anycan_scheduler_stop(tasks, task);
	else
		bcm_stop(task);
}

static int failed(struct anycan_error *error, int code)
{
	return anycan_error_set(error, ANYCAN_ERROR_OPERATION, code, "periodic sending: %s",
				strerror(-code));
}

static int closed(struct anycan_error *error)
{
	return anycan_error_set(error, ANYCAN_ERROR_OPERATION, -ESHUTDOWN,
				"periodic sending: the bus is closed");
}

/* ---- Making and freeing */

static void free_task(struct anycan_task *task)
{
	if (task->bcm >= 0)
		close(task->bcm);
	free(task->frames);
	free(task);
}

static struct anycan_task *new_task(struct anycan_bus *bus, const struct anycan_frame *frames,
				    unsigned int n, const struct anycan_periodic *how)
{
	struct anycan_task *task = calloc(1, sizeof(*task));
	char netdev[IFNAMSIZ];

	if (!task)
		return NULL;
	task->frames = calloc(n, sizeof(*frames));
	if (!task->frames) {
		free(task);
		return NULL;
	}
	memcpy(task->frames, frames, n * sizeof(*frames));
	task->n = n;
	task->how = *how;
	task->bus = bus;
	task->tasks = anycan_bus_tasks(bus);
	task->bcm = -1;
	/* Where there is no broadcast manager the thread does as well. */
	if (kernel_can(bus, task) && find_netdev(bus, frames, netdev))
		task->bcm = anycan_bcm_open(netdev);
	return task;
}

int anycan_send_periodic(struct anycan_task **out, struct anycan_bus *bus,
			 const struct anycan_frame *frames, unsigned int n,
			 const struct anycan_periodic *how, struct anycan_error *error)
{
	struct anycan_task *task;
	int ret = check_frames(frames, n, error);

	if (!ret)
		ret = check_how(how, error);
	if (ret)
		return ret;
	task = new_task(bus, frames, n, how);
	if (!task)
		return failed(error, -ENOMEM);
	pthread_mutex_lock(&task->tasks->lock);
	ret = start(task->tasks, task);
	if (!ret) {
		task->next = task->tasks->first;
		task->tasks->first = task;
	}
	pthread_mutex_unlock(&task->tasks->lock);
	if (ret) {
		free_task(task);
		return failed(error, ret);
	}
	*out = task;
	return 0;
}

void anycan_task_free(struct anycan_task *task)
{
	struct anycan_tasks *tasks = task ? task->tasks : NULL;
	struct anycan_task **link;

	if (!task)
		return;
	if (tasks) {
		pthread_mutex_lock(&tasks->lock);
		stop(tasks, task);
		for (link = &tasks->first; *link != task; link = &(*link)->next)
			;
		*link = task->next;
		pthread_mutex_unlock(&tasks->lock);
	}
	free_task(task);
}

int anycan_task_stop(struct anycan_task *task, struct anycan_error *error)
{
	struct anycan_tasks *tasks = task->tasks;
	bool was_running;

	if (!tasks)
		return closed(error);
	pthread_mutex_lock(&tasks->lock);
	was_running = is_running(task);
	stop(tasks, task);
	pthread_mutex_unlock(&tasks->lock);
	return was_running ? 0
			   : anycan_error_set(error, ANYCAN_ERROR_OPERATION, -EALREADY,
					      "periodic sending: the task is not running");
}

int anycan_task_start(struct anycan_task *task, struct anycan_error *error)
{
	struct anycan_tasks *tasks = task->tasks;
	int ret = -EALREADY;

	if (!tasks)
		return closed(error);
	pthread_mutex_lock(&tasks->lock);
	if (!is_running(task))
		ret = start(tasks, task);
	pthread_mutex_unlock(&tasks->lock);
	if (ret == -EALREADY)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret,
					"periodic sending: the task is running");
	return ret ? failed(error, ret) : 0;
}

/* Whether these could take the place of a task's frames. */
static int check_same(const struct anycan_task *task, const struct anycan_frame *frames,
		      unsigned int n, struct anycan_error *error)
{
	int ret = check_frames(frames, n, error);

	if (ret)
		return ret;
	if (n != task->n)
		return wrong(error, "the number of frames cannot be changed");
	if (frames->can_id != task->frames->can_id || frames->channel != task->frames->channel ||
	    anycan_frame_is_fd(frames) != anycan_frame_is_fd(task->frames))
		return wrong(error, "identifier, channel and kind cannot be changed");
	return 0;
}

int anycan_task_modify(struct anycan_task *task, const struct anycan_frame *frames, unsigned int n,
		       struct anycan_error *error)
{
	struct anycan_tasks *tasks = task->tasks;
	struct bcm_msg_head head;
	int ret;

	if (!tasks)
		return closed(error);
	pthread_mutex_lock(&tasks->lock);
	ret = check_same(task, frames, n, error);
	if (ret)
		goto out;
	memcpy(task->frames, frames, n * sizeof(*frames));
	task->version++;
	if (task->bcm >= 0 && is_running(task)) {
		bcm_head(&head, task, TX_SETUP, 0);
		ret = anycan_bcm_send(task->bcm, &head, task->frames, n);
		if (ret)
			failed(error, ret);
	}
out:
	pthread_mutex_unlock(&tasks->lock);
	return ret;
}

int anycan_task_read(struct anycan_task *task, struct anycan_task_state *state,
		     struct anycan_frame *frames, unsigned int max, struct anycan_error *error)
{
	struct anycan_tasks *tasks = task->tasks;
	unsigned int n = task->n < max ? task->n : max;
	int ret = (int)task->n;

	*state = (struct anycan_task_state){.by_kernel = task->bcm >= 0};
	if (!tasks)
		return closed(error);
	pthread_mutex_lock(&tasks->lock);
	if (frames)
		memcpy(frames, task->frames, n * sizeof(*frames));
	if (task->bcm >= 0) {
		ret = bcm_read(task, state, frames, frames ? max : 0);
		ret = ret ? ret : (int)task->n;
	} else {
		state->running = task->running;
		state->left = task->running ? task->left : 0;
		state->period_ns = anycan_task_timing(&task->how).then_ns;
	}
	pthread_mutex_unlock(&tasks->lock);
	return ret < 0 ? failed(error, ret) : ret;
}

/* ---- All tasks of a bus */

struct anycan_tasks *anycan_tasks_new(void)
{
	struct anycan_tasks *tasks = calloc(1, sizeof(*tasks));

	if (!tasks)
		return NULL;
	pthread_mutex_init(&tasks->lock, NULL);
	pthread_cond_init(&tasks->sent, NULL);
	return tasks;
}

int anycan_bus_stop_tasks(struct anycan_bus *bus)
{
	struct anycan_tasks *tasks = anycan_bus_tasks(bus);
	int n = 0;

	pthread_mutex_lock(&tasks->lock);
	for (struct anycan_task *task = tasks->first; task; task = task->next) {
		n += is_running(task);
		stop(tasks, task);
	}
	pthread_mutex_unlock(&tasks->lock);
	return n;
}

void anycan_tasks_end(struct anycan_tasks *tasks)
{
	if (!tasks)
		return;
	anycan_scheduler_end(tasks);
	for (struct anycan_task *task = tasks->first; task; task = task->next) {
		/* The thread has ended; only the kernel's tasks still go on. */
		if (task->bcm >= 0)
			bcm_stop(task);
		task->running = false;
		task->tasks = NULL;
	}
	pthread_cond_destroy(&tasks->sent);
	pthread_mutex_destroy(&tasks->lock);
	free(tasks);
}
