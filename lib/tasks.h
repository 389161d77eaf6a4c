/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Periodic tasks inside the library: those of a bus, and who sends them.
 */
#ifndef ANYCAN_TASKS_H
#define ANYCAN_TASKS_H

#include <anycan/periodic.h>
#include <linux/can/bcm.h>
#include <pthread.h>

/** struct anycan_tasks - the periodic tasks of one bus */
struct anycan_tasks {
	pthread_mutex_t lock;
	pthread_cond_t sent; /* a task is not being sent any more */
	unsigned int waiting;
	struct anycan_task *first;
	/* The thread that sends what the kernel cannot; it begins with the first such task. */
	pthread_t thread;
	bool has_thread, ending;
	int timer, wake;
};

struct anycan_task {
	struct anycan_task *next;
	struct anycan_tasks *tasks; /* NULL: the bus is closed */
	struct anycan_bus *bus;
	struct anycan_periodic how;
	struct anycan_frame *frames;
	unsigned int n;
	int bcm; /* the kernel sends through this socket; -1: the thread does */
	/* Of the thread, under the lock: */
	bool running, busy;
	int64_t next_ns;
	uint32_t left;	      /* frames with the first period */
	bool goes_on;	      /* after those */
	unsigned int at;      /* frame that is next */
	unsigned int version; /* of the frames */
};

/** anycan_tasks_new() - of a new bus. Return: NULL if there is no memory */
struct anycan_tasks *anycan_tasks_new(void);

/** anycan_tasks_end() - stop all for good, the bus is being closed; NULL is fine */
void anycan_tasks_end(struct anycan_tasks *tasks);

/** anycan_bus_tasks() - those of a bus */
struct anycan_tasks *anycan_bus_tasks(struct anycan_bus *bus);

/** struct bcm_timing - how many frames with which period, and what then */
struct bcm_timing {
	uint32_t count;
	int64_t first_ns, then_ns;
};

/** anycan_task_timing() - what the periods and the duration of a task come to */
struct bcm_timing anycan_task_timing(const struct anycan_periodic *how);

/** anycan_bcm_open() - a socket of the broadcast manager on a netdev. Return: it, or -errno */
int anycan_bcm_open(const char *netdev);

/**
 * anycan_bcm_send() - one message
 * @head: without frames
 * @frames: to append; FD frames if the head says so
 *
 * Return: 0 or a negative errno.
 */
int anycan_bcm_send(int fd, const struct bcm_msg_head *head, const struct anycan_frame *frames,
		    unsigned int n);

/**
 * anycan_bcm_recv() - one message
 * @frames: filled with up to @max of its frames
 *
 * Return: how many frames it has, or a negative errno.
 */
int anycan_bcm_recv(int fd, struct bcm_msg_head *head, struct anycan_frame *frames,
		    unsigned int max);

/** anycan_bcm_timeval() - nanoseconds in the broadcast manager's form */
struct bcm_timeval anycan_bcm_timeval(int64_t ns);

/** anycan_scheduler_start() - let the thread send a task from now on; under the lock. 0 or -errno
 */
int anycan_scheduler_start(struct anycan_tasks *tasks, struct anycan_task *task);

/** anycan_scheduler_stop() - let it no more, and wait until it does not; under the lock */
void anycan_scheduler_stop(struct anycan_tasks *tasks, struct anycan_task *task);

/** anycan_scheduler_end() - end the thread */
void anycan_scheduler_end(struct anycan_tasks *tasks);

#endif
