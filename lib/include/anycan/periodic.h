/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sending frames again and again: by the kernel's broadcast manager where the bus is a netdev, by a
 * thread of the bus elsewhere. And the reverse, being told only when what is received again and
 * again changes or stays away. Source: linux/can/bcm.h, Documentation/networking/can.rst.
 *
 * A task may be used by any thread. It ends with its bus, but is freed by whoever made it.
 */
#ifndef ANYCAN_PERIODIC_H
#define ANYCAN_PERIODIC_H

#include <anycan/bus.h>
#include <anycan/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** struct anycan_periodic - how to send; what is 0 does not count */
struct anycan_periodic {
	int64_t period_ns;	   /**< from one frame to the next; at least 1000 */
	int64_t duration_ns;	   /**< end after so long, approximately; 0 = never */
	uint32_t count;		   /**< frames that are sent with another period at first */
	int64_t initial_period_ns; /**< that period */
	bool by_thread;		   /**< do not use the kernel's broadcast manager */

	/**
	 * modify() - change the frame that is to be sent next; then a thread sends
	 * @frame: as it was sent last, or set by anycan_task_modify(); identifier and kind must
	 * stay
	 */
	void (*modify)(void *arg, struct anycan_frame *frame);

	/**
	 * on_error() - a thread could not send; the kernel tells nobody
	 *
	 * Return: whether to go on. Without on_error() the task stops.
	 */
	bool (*on_error)(void *arg, const struct anycan_error *error);
	void *arg; /**< for both */
};

/** struct anycan_task - something that is sent periodically */
struct anycan_task;

/**
 * anycan_send_periodic() - begin to send periodically, the first frame at once
 * @out: set on success; to be given to anycan_task_free()
 * @bus: where to; the task must not be used any more once the bus is closed, but be freed
 * @frames: sent in turn, one each period; copied; all with one identifier, channel and kind
 * @n: how many, at least 1
 * @how: period, and what else
 * @error: NULL or the reason
 *
 * Return: 0; -EINVAL for frames or periods that cannot be; or another negative errno.
 */
ANYCAN_API int anycan_send_periodic(struct anycan_task **out, struct anycan_bus *bus,
				    const struct anycan_frame *frames, unsigned int n,
				    const struct anycan_periodic *how, struct anycan_error *error);

/**
 * anycan_task_stop() - send no more; when it returns nothing more is sent, unless the task's own
 *	modify() or on_error() has called it
 *
 * Return: 0; -EALREADY if it is stopped, or its time is over.
 */
ANYCAN_API int anycan_task_stop(struct anycan_task *task, struct anycan_error *error);

/**
 * anycan_task_start() - begin again, with the frames set last, for the whole duration
 *
 * Return: 0; -EALREADY if it is running; or another negative errno.
 */
ANYCAN_API int anycan_task_start(struct anycan_task *task, struct anycan_error *error);

/**
 * anycan_task_modify() - change the data, without disturbing the timing
 * @task: running, or stopped: then they count from the next start
 * @frames: as many as before, with the same identifier, channel and kind
 * @n: how many
 * @error: NULL or the reason
 *
 * Return: 0; -EINVAL for other frames; or another negative errno.
 */
ANYCAN_API int anycan_task_modify(struct anycan_task *task, const struct anycan_frame *frames,
				  unsigned int n, struct anycan_error *error);

/** struct anycan_task_state - what a task does */
struct anycan_task_state {
	bool running;
	bool by_kernel;	   /**< the broadcast manager sends */
	uint32_t left;	   /**< frames still to be sent with the first period, or in all */
	int64_t period_ns; /**< of the frames after these; 0: there are none */
};

/**
 * anycan_task_read() - read back what a task does, from the kernel where it sends
 * @task: the task
 * @state: filled
 * @frames: NULL, or room for @max frames, set to those that are sent
 * @max: how many
 * @error: NULL or the reason
 *
 * Return: how many frames the task has; or a negative errno.
 */
ANYCAN_API int anycan_task_read(struct anycan_task *task, struct anycan_task_state *state,
				struct anycan_frame *frames, unsigned int max,
				struct anycan_error *error);

/**
 * anycan_task_free() - stop it and free it; also after its bus was closed; NULL is fine
 *
 * Must not be called by the task's own modify() or on_error().
 */
ANYCAN_API void anycan_task_free(struct anycan_task *task);

/** anycan_bus_stop_tasks() - stop every task of a bus. Return: how many were running */
ANYCAN_API int anycan_bus_stop_tasks(struct anycan_bus *bus);

/* ---- Being told of changes */

/** struct anycan_watch - a subscription to one identifier, kept by the kernel */
struct anycan_watch;

/** struct anycan_watch_options - what to be told of; what is 0 does not count */
struct anycan_watch_options {
	canid_t can_id; /**< with CAN_EFF_FLAG and CAN_RTR_FLAG */
	bool fd;	/**< CAN FD frames */
	/**
	 * Bits of the data that count; NULL: be told of every frame. With several the first one is
	 * the mask of the multiplexer, and each further one has a value of it and a mask for the
	 * rest.
	 */
	const struct anycan_frame *masks;
	unsigned int n_masks;
	bool check_dlc;		 /**< a change of the length counts, too */
	bool announce_resume;	 /**< also tell of the first frame after a time-out */
	int64_t timeout_ns;	 /**< tell when no frame came for so long */
	int64_t min_interval_ns; /**< tell of changes no more often */
};

/** struct anycan_watch_event - what has happened */
struct anycan_watch_event {
	bool timeout;		   /**< no frame came in time; otherwise a frame has changed */
	struct anycan_frame frame; /**< the frame; its time stamp is that of the event */
};

/**
 * anycan_watch_new() - subscribe; the kernel's broadcast manager is needed
 * @out: set on success
 * @netdev: where from
 * @options: what to be told of
 * @error: NULL or the reason
 *
 * Return: 0; -EINVAL; -ENODEV; -EAFNOSUPPORT without CAN in the kernel; or another negative errno.
 */
ANYCAN_API int anycan_watch_new(struct anycan_watch **out, const char *netdev,
				const struct anycan_watch_options *options,
				struct anycan_error *error);

/** anycan_watch_fd() - a descriptor that is readable when something has happened */
ANYCAN_API int anycan_watch_fd(const struct anycan_watch *watch);

/**
 * anycan_watch_next() - the next event
 * @watch: the subscription
 * @event: filled
 * @timeout_ns: how long to wait for one; negative = for ever
 * @error: NULL or the reason
 *
 * Return: 1; 0 if nothing happened in time; or a negative errno.
 */
ANYCAN_API int anycan_watch_next(struct anycan_watch *watch, struct anycan_watch_event *event,
				 int64_t timeout_ns, struct anycan_error *error);

/** anycan_watch_free() - unsubscribe; NULL is fine */
ANYCAN_API void anycan_watch_free(struct anycan_watch *watch);

#ifdef __cplusplus
}
#endif

#endif
