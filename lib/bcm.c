// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Messages of the kernel's broadcast manager, and subscriptions to changes. Source:
 * Documentation/networking/can.rst, linux/can/bcm.h.
 */
#include "tasks.h"
#include "wait.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel's own limit is 256 frames. */
#define FRAMES_MAX 256

union bcm_message {
	struct bcm_msg_head head;
	uint8_t bytes[sizeof(struct bcm_msg_head) + FRAMES_MAX * CANFD_MTU];
};

struct bcm_timeval anycan_bcm_timeval(int64_t ns)
{
	int64_t us = (ns + 500) / 1000;

	return (struct bcm_timeval){.tv_sec = us / 1000000, .tv_usec = us % 1000000};
}

int anycan_bcm_open(const char *netdev)
{
	struct sockaddr_can address = {.can_family = AF_CAN};
	int fd, ret;

	address.can_ifindex = (int)if_nametoindex(netdev);
	if (!address.can_ifindex)
		return -ENODEV;
	fd = socket(PF_CAN, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_BCM);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}

static size_t frame_size(const struct bcm_msg_head *head)
{
	return head->flags & CAN_FD_FRAME ? CANFD_MTU : CAN_MTU;
}

int anycan_bcm_send(int fd, const struct bcm_msg_head *head, const struct anycan_frame *frames,
		    unsigned int n)
{
	size_t size = frame_size(head), len = sizeof(*head) + n * size;
	union bcm_message *message;
	struct canfd_frame kernel;
	ssize_t sent;
	int ret = 0;

	if (n > FRAMES_MAX)
		return -EMSGSIZE;
	message = calloc(1, len);
	if (!message)
		return -ENOMEM;
	message->head = *head;
	message->head.nframes = n;
	for (unsigned int i = 0; i < n; i++) {
		memset(&kernel, 0, sizeof(kernel));
		if (!anycan_frame_to_can(&frames[i], &kernel))
			ret = -EINVAL;
		memcpy(message->bytes + sizeof(*head) + i * size, &kernel, size);
	}
	sent = ret ? 0 : send(fd, message, len, 0);
	if (sent < 0)
		ret = -errno;
	free(message);
	return ret;
}

int anycan_bcm_recv(int fd, struct bcm_msg_head *head, struct anycan_frame *frames,
		    unsigned int max)
{
	union bcm_message *message = malloc(sizeof(*message));
	struct canfd_frame kernel;
	ssize_t len;
	int n = -ENOMEM;

	if (!message)
		return n;
	len = recv(fd, message, sizeof(*message), 0);
	if (len < (ssize_t)sizeof(*head)) {
		n = len < 0 ? -errno : -EBADMSG;
		goto out;
	}
	*head = message->head;
	n = (int)(((size_t)len - sizeof(*head)) / frame_size(head));
	for (int i = 0; i < n && (unsigned int)i < max; i++) {
		memset(&kernel, 0, sizeof(kernel));
		memcpy(&kernel, message->bytes + sizeof(*head) + (size_t)i * frame_size(head),
		       frame_size(head));
		if (anycan_frame_from_can(&frames[i], &kernel, frame_size(head)))
			n = -EBADMSG;
	}
out:
	free(message);
	return n;
}

/* ---- Subscriptions */

struct anycan_watch {
	int fd;
};

static int watch_setup(int fd, const struct anycan_watch_options *o)
{
	struct bcm_msg_head head = {
		.opcode = RX_SETUP,
		.flags = SETTIMER,
		.ival1 = anycan_bcm_timeval(o->timeout_ns),
		.ival2 = anycan_bcm_timeval(o->min_interval_ns),
		.can_id = o->can_id,
	};

	if (!o->n_masks)
		head.flags |= RX_FILTER_ID;
	if (o->timeout_ns)
		head.flags |= STARTTIMER;
	if (o->check_dlc)
		head.flags |= RX_CHECK_DLC;
	if (o->announce_resume)
		head.flags |= RX_ANNOUNCE_RESUME;
	if (o->fd)
		head.flags |= CAN_FD_FRAME;
	return anycan_bcm_send(fd, &head, o->masks, o->n_masks);
}

int anycan_watch_new(struct anycan_watch **out, const char *netdev,
		     const struct anycan_watch_options *options, struct anycan_error *error)
{
	struct anycan_watch *watch = malloc(sizeof(*watch));
	int ret;

	if (!watch)
		return -ENOMEM;
	watch->fd = anycan_bcm_open(netdev);
	ret = watch->fd < 0 ? watch->fd : watch_setup(watch->fd, options);
	if (!ret) {
		*out = watch;
		return 0;
	}
	anycan_watch_free(watch);
	return anycan_error_set(error,
				ret == -EAFNOSUPPORT || ret == -EPROTONOSUPPORT
					? ANYCAN_ERROR_NOT_IMPLEMENTED
					: ANYCAN_ERROR_INITIALIZATION,
				ret, "%s: changes cannot be watched: %s", netdev, strerror(-ret));
}

int anycan_watch_fd(const struct anycan_watch *watch)
{
	return watch->fd;
}

int anycan_watch_next(struct anycan_watch *watch, struct anycan_watch_event *event,
		      int64_t timeout_ns, struct anycan_error *error)
{
	struct bcm_msg_head head;
	int ret = wait_for_fd(watch->fd, POLLIN, wait_until(timeout_ns));

	if (ret > 0) {
		memset(event, 0, sizeof(*event));
		ret = anycan_bcm_recv(watch->fd, &head, &event->frame, 1);
		if (ret >= 0) {
			event->timeout = head.opcode == RX_TIMEOUT;
			event->frame.ts_ns = wait_clock_ns(CLOCK_REALTIME);
			if (event->timeout)
				event->frame.can_id = head.can_id;
			return 1;
		}
	}
	return ret ? anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret, "watching changes: %s",
				      strerror(-ret))
		   : 0;
}

void anycan_watch_free(struct anycan_watch *watch)
{
	if (!watch)
		return;
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}
