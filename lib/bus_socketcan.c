// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Buses that the kernel has: a raw CAN socket on one netdev, or on all of them. Sources:
 * Documentation/networking/can.rst and timestamping.rst, linux/can/raw.h, socket(7).
 */
#include "bus_internal.h"
#include "socketcan.h"
#include "wait.h"

#include <anycan/link.h>
#include <linux/can/error.h>
#include <linux/errqueue.h>
#include <linux/net_tstamp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Frames that one system call moves at most. */
#define BATCH 64

/* Netdevs that a bus on all of them can tell apart. */
#define CHANNELS_MAX 256

/* A full netdev queue tells nobody when there is room again: look at these intervals. */
#define RETRY_FIRST_NS (50 * ANYCAN_NS_PER_US)
#define RETRY_LAST_NS (2 * ANYCAN_NS_PER_MS)

/* What a frame in a socket's queue takes of SO_RCVBUF, roughly. */
#define RCVBUF_PER_FRAME 832

union control {
	struct cmsghdr align;
	char bytes[CMSG_SPACE(sizeof(struct scm_timestamping)) +
		   CMSG_SPACE(sizeof(struct timespec)) + CMSG_SPACE(sizeof(uint32_t))];
};

/* What one system call works on. */
struct batch {
	struct mmsghdr msgs[BATCH];
	struct iovec iov[BATCH];
	struct canfd_frame kernel[BATCH];
	struct sockaddr_can names[BATCH];
};

struct socketcan {
	int fd;
	char netdev[IFNAMSIZ]; /* empty: all of them */
	bool hardware_timestamps;
	bool drained; /* the last look found the queue empty */

	pthread_mutex_t channels_lock;
	int channels[CHANNELS_MAX]; /* ifindex */
	unsigned int n_channels;

	atomic_uint_fast64_t dropped, invalid;
	uint32_t last_dropped; /* the kernel's counter wraps */
	struct batch rx, tx;
	union control control[BATCH];
};

static bool has_all_netdevs(const struct socketcan *s)
{
	return !s->netdev[0];
}

/* ---- Opening and closing */

static int fail_open(const char *netdev, int code, struct anycan_error *error)
{
	if (code == -EAFNOSUPPORT || code == -EPROTONOSUPPORT)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EAFNOSUPPORT,
					"%s: this kernel has no CAN (modprobe can-raw loads it "
					"where it is a module)",
					*netdev ? netdev : "socketcan");
	if (code == -ENODEV)
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, code,
					"there is no CAN netdev '%s'; `ip link show type can` and "
					"`anycan list` tell which there are",
					netdev);
	return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, code, "opening %s: %s",
				*netdev ? netdev : "all CAN netdevs", strerror(-code));
}

static int set_options(struct socketcan *s, const struct anycan_bus_options *options)
{
	const can_err_mask_t errors = options->ignore_rx_error_frames ? 0
				      : options->error_mask	      ? options->error_mask
							    : (can_err_mask_t)CAN_ERR_MASK;
	const int stamps = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE |
			   SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
	const int loopback = !options->no_local_loopback, own = options->receive_own_messages;
	const int fd = options->fd, one = 1;

	if (setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_LOOPBACK, &loopback, sizeof(loopback)) ||
	    setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_RECV_OWN_MSGS, &own, sizeof(own)) ||
	    setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &fd, sizeof(fd)) ||
	    setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &errors, sizeof(errors)) ||
	    setsockopt(s->fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one)))
		return -errno;
	if (options->hardware_timestamps)
		return setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof(stamps))
			       ? -errno
			       : 0;
	return setsockopt(s->fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) ? -errno : 0;
}

/* As long a queue as was asked for, as far as this user may have one. */
static void set_queue(const struct socketcan *s, unsigned int frames)
{
	unsigned int limit = INT32_MAX / RCVBUF_PER_FRAME / 2;
	int bytes = (int)(frames < limit ? frames : limit) * RCVBUF_PER_FRAME;

	if (frames && setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof(bytes));
}

static void link_batch(struct batch *batch)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		batch->iov[i].iov_base = &batch->kernel[i];
		batch->msgs[i].msg_hdr.msg_iov = &batch->iov[i];
		batch->msgs[i].msg_hdr.msg_iovlen = 1;
	}
}

/* The socket, bound. Return: 0 or a negative errno. */
static int open_socket(struct socketcan *s, const struct anycan_bus_options *options)
{
	struct sockaddr_can address = {.can_family = AF_CAN};
	int ret;

	s->fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);
	if (s->fd < 0)
		return -errno;
	if (!has_all_netdevs(s)) {
		address.can_ifindex = (int)if_nametoindex(s->netdev);
		if (!address.can_ifindex)
			return -ENODEV;
		s->channels[s->n_channels++] = address.can_ifindex;
	}
	ret = set_options(s, options);
	if (ret)
		return ret;
	set_queue(s, options->rx_queue_size);
	if (bind(s->fd, (const struct sockaddr *)&address, sizeof(address)))
		return -errno;
	return 0;
}

static void socketcan_close(void *state)
{
	struct socketcan *s = state;

	if (s->fd >= 0)
		close(s->fd);
	pthread_mutex_destroy(&s->channels_lock);
	free(s);
}

static int socketcan_open(void **state, const char *channel,
			  const struct anycan_bus_options *options, struct anycan_error *error)
{
	struct socketcan *s = calloc(1, sizeof(*s));
	int ret = -ENOMEM;

	if (!s)
		return fail_open(channel, ret, error);
	s->fd = -1;
	pthread_mutex_init(&s->channels_lock, NULL);
	s->hardware_timestamps = options->hardware_timestamps;
	link_batch(&s->rx);
	link_batch(&s->tx);
	ret = -ENODEV;
	if (strlen(channel) < sizeof(s->netdev)) {
		strcpy(s->netdev, channel);
		ret = open_socket(s, options);
	}
	if (ret) {
		socketcan_close(s);
		return fail_open(channel, ret, error);
	}
	ret = anycan_socketcan_fits(channel, options, error);
	if (ret) {
		socketcan_close(s);
		return ret;
	}
	*state = s;
	return 0;
}

/* ---- Channels: the netdevs of a bus on all of them */

static int number_of(struct socketcan *s, int ifindex)
{
	unsigned int i;
	int ret;

	pthread_mutex_lock(&s->channels_lock);
	for (i = 0; i < s->n_channels && s->channels[i] != ifindex; i++)
		;
	if (i == s->n_channels && i < CHANNELS_MAX)
		s->channels[s->n_channels++] = ifindex;
	ret = i < CHANNELS_MAX ? (int)i : ANYCAN_CHANNEL_NONE;
	pthread_mutex_unlock(&s->channels_lock);
	return ret;
}

/* Return: 0 if there is no such channel. */
static int ifindex_of(struct socketcan *s, unsigned int channel)
{
	int ifindex = 0;

	pthread_mutex_lock(&s->channels_lock);
	if (channel < s->n_channels)
		ifindex = s->channels[channel];
	pthread_mutex_unlock(&s->channels_lock);
	return ifindex;
}

static int socketcan_channel(void *state, const char *name)
{
	struct socketcan *s = state;
	int ifindex = (int)if_nametoindex(name);
	int number;

	if (!ifindex || (!has_all_netdevs(s) && ifindex != ifindex_of(s, 0)))
		return -ENODEV;
	number = number_of(s, ifindex);
	return number == ANYCAN_CHANNEL_NONE ? -ENODEV : number;
}

static int socketcan_channel_name(void *state, uint16_t channel, char *name, size_t size)
{
	struct socketcan *s = state;
	int ifindex = ifindex_of(s, channel);
	char found[IFNAMSIZ];

	if (!ifindex || !if_indextoname((unsigned int)ifindex, found))
		return -ENODEV;
	snprintf(name, size, "%s", found);
	return 0;
}

/* ---- Receiving */

static int64_t ns_of(const struct timespec *ts)
{
	return ts->tv_sec * ANYCAN_NS_PER_S + ts->tv_nsec;
}

static void take_dropped(struct socketcan *s, const struct cmsghdr *cmsg)
{
	uint32_t total;

	memcpy(&total, CMSG_DATA(cmsg), sizeof(total));
	atomic_fetch_add_explicit(&s->dropped, total - s->last_dropped, memory_order_relaxed);
	s->last_dropped = total;
}

static void take_control(struct socketcan *s, struct msghdr *msg, struct anycan_frame *frame)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		struct scm_timestamping stamps;
		struct timespec stamp;

		if (cmsg->cmsg_level != SOL_SOCKET)
			continue;
		if (cmsg->cmsg_type == SO_RXQ_OVFL) {
			take_dropped(s, cmsg);
		} else if (cmsg->cmsg_type == SCM_TIMESTAMPNS) {
			memcpy(&stamp, CMSG_DATA(cmsg), sizeof(stamp));
			frame->ts_ns = ns_of(&stamp);
		} else if (cmsg->cmsg_type == SCM_TIMESTAMPING) {
			memcpy(&stamps, CMSG_DATA(cmsg), sizeof(stamps));
			/* The third is the controller's own, and empty where it has none. */
			frame->ts_ns = ns_of(ns_of(&stamps.ts[2]) ? &stamps.ts[2] : &stamps.ts[0]);
		}
	}
}

/* Return: whether it is a frame. */
static bool take_frame(struct socketcan *s, unsigned int i, struct anycan_frame *frame)
{
	struct msghdr *msg = &s->rx.msgs[i].msg_hdr;
	bool valid = !anycan_frame_from_can(frame, &s->rx.kernel[i], s->rx.msgs[i].msg_len);
	struct anycan_frame none;

	take_control(s, msg, valid ? frame : &none);
	if (!valid) {
		atomic_fetch_add_explicit(&s->invalid, 1, memory_order_relaxed);
		return false;
	}
	if (msg->msg_flags & MSG_DONTROUTE)
		frame->dir = ANYCAN_TX;
	frame->own = !!(msg->msg_flags & MSG_CONFIRM);
	if (has_all_netdevs(s))
		frame->channel = (uint16_t)number_of(s, s->rx.names[i].can_ifindex);
	return true;
}

/* Take what waits. Return: how many messages the kernel gave, or a negative errno. */
static int take_batch(struct socketcan *s, struct anycan_frame *frames, unsigned int max,
		      unsigned int *n)
{
	unsigned int want = max < BATCH ? max : BATCH;
	int got;

	for (unsigned int i = 0; i < want; i++) {
		struct msghdr *msg = &s->rx.msgs[i].msg_hdr;

		s->rx.iov[i].iov_len = sizeof(s->rx.kernel[i]);
		msg->msg_control = s->control[i].bytes;
		msg->msg_controllen = sizeof(s->control[i].bytes);
		msg->msg_name = has_all_netdevs(s) ? &s->rx.names[i] : NULL;
		msg->msg_namelen = has_all_netdevs(s) ? sizeof(s->rx.names[i]) : 0;
	}
	got = recvmmsg(s->fd, s->rx.msgs, want, MSG_DONTWAIT, NULL);
	if (got < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	s->drained = (unsigned int)got < want;
	for (int i = 0; i < got; i++)
		*n += take_frame(s, (unsigned int)i, &frames[*n]);
	return got;
}

static int socketcan_recv(void *state, struct anycan_frame *frames, unsigned int max,
			  int64_t timeout_ns)
{
	struct anycan_mono deadline = wait_until(timeout_ns);
	struct socketcan *s = state;
	unsigned int n = 0;
	int ret;

	for (;;) {
		/* What was found empty a moment ago is waited for before it is looked at. */
		if (s->drained && timeout_ns) {
			ret = wait_for_fd(s->fd, POLLIN, deadline);
			if (ret <= 0)
				return ret;
		}
		ret = take_batch(s, frames, max, &n);
		if (ret < 0 || n)
			return n ? (int)n : ret;
		if (!timeout_ns && !ret)
			return 0;
		s->drained = !ret;
	}
}

/* ---- Sending */

static int fill_batch(struct socketcan *s, const struct anycan_frame *frames, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n && i < BATCH; i++) {
		struct msghdr *msg = &s->tx.msgs[i].msg_hdr;

		s->tx.iov[i].iov_len = anycan_frame_to_can(&frames[i], &s->tx.kernel[i]);
		if (!has_all_netdevs(s))
			continue;
		s->tx.names[i] = (struct sockaddr_can){
			.can_family = AF_CAN,
			.can_ifindex = ifindex_of(s, frames[i].channel),
		};
		if (!s->tx.names[i].can_ifindex)
			return i ? (int)i : -ENODEV;
		msg->msg_name = &s->tx.names[i];
		msg->msg_namelen = sizeof(s->tx.names[i]);
	}
	return (int)i;
}

/*
 * There was no room. Wait for some: in the socket for as long as it takes, in the netdev's queue
 * for a little while.
 *
 * Return: 1, 0 if the time is over, or a negative errno.
 */
static int wait_for_room(const struct socketcan *s, int code, int64_t *pause_ns,
			 struct anycan_mono deadline)
{
	int64_t left = wait_left(deadline);
	struct timespec pause;

	if (left == 0)
		return 0;
	if (code == EAGAIN)
		return wait_for_fd(s->fd, POLLOUT, deadline);
	pause = wait_timespec(left > 0 && left < *pause_ns ? left : *pause_ns);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	*pause_ns = *pause_ns * 2 < RETRY_LAST_NS ? *pause_ns * 2 : RETRY_LAST_NS;
	return 1;
}

static int socketcan_send(void *state, const struct anycan_frame *frames, unsigned int n,
			  int64_t timeout_ns)
{
	struct anycan_mono deadline = wait_until(timeout_ns);
	struct socketcan *s = state;
	int64_t pause_ns = RETRY_FIRST_NS;
	int batch = fill_batch(s, frames, n);
	int ret;

	if (batch < 0)
		return batch;
	do {
		ret = sendmmsg(s->fd, s->tx.msgs, (unsigned int)batch, MSG_DONTWAIT);
		if (ret >= 0)
			return ret;
		if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
			return -errno;
		ret = errno == EINTR ? 1 : wait_for_room(s, errno, &pause_ns, deadline);
	} while (ret > 0);
	return ret;
}

/* ---- The rest */

static int socketcan_fd(void *state)
{
	return ((struct socketcan *)state)->fd;
}

static int socketcan_set_filters(void *state, const struct anycan_filters *filters)
{
	static const struct can_filter everything;
	struct socketcan *s = state;
	/* Among several joined filters the kernel would stop every error frame. */
	bool refused = filters->joined && filters->n > 1 && filters->error_mask;
	const int joined = filters->joined && !refused;
	const struct can_filter *list = filters->n && !refused ? filters->list : &everything;
	size_t n = filters->n && !refused ? filters->n : 1;

	if (!refused && n <= CAN_RAW_FILTER_MAX &&
	    !setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_JOIN_FILTERS, &joined, sizeof(joined)) &&
	    !setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_FILTER, list, (socklen_t)(n * sizeof(*list))))
		return 0;
	setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_JOIN_FILTERS, &(int){0}, sizeof(int));
	setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_FILTER, &everything, sizeof(everything));
	return -EOPNOTSUPP;
}

static int socketcan_get_state(void *state, enum anycan_bus_state *bus_state)
{
	const struct socketcan *s = state;

	*bus_state = ANYCAN_BUS_ACTIVE;
	return has_all_netdevs(s) ? 0 : anycan_socketcan_get_state(s->netdev, bus_state);
}

static int socketcan_set_state(void *state, enum anycan_bus_state bus_state,
			       struct anycan_error *error)
{
	const struct socketcan *s = state;

	if (has_all_netdevs(s))
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EOPNOTSUPP,
					"a bus on all netdevs has no state of its own; open each");
	return anycan_socketcan_set_state(s->netdev, bus_state, error);
}

static void socketcan_info(const void *state, char *text, size_t size)
{
	const struct socketcan *s = state;

	if (has_all_netdevs(s))
		snprintf(text, size, "socketcan, all netdevs");
	else
		snprintf(text, size, "socketcan channel '%s'", s->netdev);
}

static void socketcan_drops(const void *state, uint64_t *dropped, uint64_t *invalid)
{
	const struct socketcan *s = state;

	*dropped = atomic_load_explicit(&s->dropped, memory_order_relaxed);
	*invalid = atomic_load_explicit(&s->invalid, memory_order_relaxed);
}

const struct anycan_interface anycan_socketcan_interface = {
	.name = "socketcan",
	.summary = "a CAN netdev of the kernel; all of them if none is named",
	.open = socketcan_open,
	.close = socketcan_close,
	.recv = socketcan_recv,
	.send = socketcan_send,
	.fd = socketcan_fd,
	.set_filters = socketcan_set_filters,
	.get_state = socketcan_get_state,
	.set_state = socketcan_set_state,
	.info = socketcan_info,
	.channel = socketcan_channel,
	.channel_name = socketcan_channel_name,
	.drops = socketcan_drops,
	.detect = anycan_socketcan_detect,
};
