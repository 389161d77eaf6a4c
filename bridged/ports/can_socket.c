/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A raw CAN socket on one netdev. Sources: Documentation/networking/can.rst, linux/can/raw.h,
 * linux/net_tstamp.h.
 */
#include "ports/can_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <linux/net_tstamp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Holds some 10000 frames: what arrives between two rounds of the loop, many times over. */
#define RCVBUF_BYTES (4 << 20)

/* How long a full netdev may keep the daemon waiting before frames are dropped and counted. */
#define SEND_WAIT_MS 20

struct can_socket {
	int fd;
	bool stamps; /* frames carry their time stamps into the kernel */
	uint64_t refused;
	uint64_t overflow;
	uint64_t invalid;
	uint32_t last_overflow; /* the kernel's own counter wraps */
	struct mmsghdr msgs[CAN_SOCKET_BATCH];
	struct iovec iov[CAN_SOCKET_BATCH];
	struct canfd_frame kernel[CAN_SOCKET_BATCH];
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(uint64_t))];
	} control[CAN_SOCKET_BATCH];
};

static int set_options(struct can_socket *s, bool loopback)
{
	const struct sock_txtime txtime = {.clockid = CLOCK_REALTIME};
	const can_err_mask_t all_errors = CAN_ERR_MASK;
	const int one = 1, loop = loopback, rcvbuf = RCVBUF_BYTES;

	/* FD frames are wanted even where the adapter has no FD: they are counted then. */
	if (setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &one, sizeof(one)) ||
	    setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_LOOPBACK, &loop, sizeof(loop)) ||
	    setsockopt(s->fd, SOL_CAN_RAW, CAN_RAW_ERR_FILTER, &all_errors, sizeof(all_errors)) ||
	    setsockopt(s->fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one)))
		return -errno;
	if (setsockopt(s->fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)))
		setsockopt(s->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	s->stamps = !setsockopt(s->fd, SOL_SOCKET, SO_TXTIME, &txtime, sizeof(txtime));
	return 0;
}

static struct can_socket *make(int fd)
{
	struct can_socket *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->fd = fd;
	for (unsigned int i = 0; i < CAN_SOCKET_BATCH; i++) {
		s->iov[i].iov_base = &s->kernel[i];
		s->msgs[i].msg_hdr.msg_iov = &s->iov[i];
		s->msgs[i].msg_hdr.msg_iovlen = 1;
		s->msgs[i].msg_hdr.msg_control = s->control[i].bytes;
	}
	return s;
}

/* Takes @fd over. */
static int use(struct can_socket **out, int fd, bool loopback)
{
	struct can_socket *s;
	int ret;

	if (fd < 0)
		return -errno;
	s = make(fd);
	ret = s ? set_options(s, loopback) : -ENOMEM;
	if (ret) {
		close(fd);
		free(s);
		return ret;
	}
	*out = s;
	return 0;
}

int can_socket_open(void)
{
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);

	return fd < 0 ? -errno : fd;
}

int can_socket_new(struct can_socket **out, int ifindex, bool loopback)
{
	int fd = can_socket_open();

	return fd < 0 ? fd : can_socket_use(out, fd, ifindex, loopback);
}

int can_socket_use(struct can_socket **out, int fd, int ifindex, bool loopback)
{
	const struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = ifindex};
	struct can_socket *s;
	int ret = use(&s, fd, loopback);

	if (ret)
		return ret;
	if (bind(s->fd, (const struct sockaddr *)&address, sizeof(address))) {
		ret = -errno;
		can_socket_free(s);
		return ret;
	}
	*out = s;
	return 0;
}

bool can_socket_is(int fd)
{
	int domain = 0, loopback;
	socklen_t len = sizeof(int);

	/* SO_PROTOCOL is 0 for every CAN socket. */
	return !getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) && domain == PF_CAN &&
	       !getsockopt(fd, SOL_CAN_RAW, CAN_RAW_LOOPBACK, &loopback, &len);
}

int can_socket_adopt(struct can_socket **out, int fd, int *ifindex)
{
	struct sockaddr_can address = {0};
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len))
		return -errno;
	*ifindex = address.can_ifindex;
	return use(out, fcntl(fd, F_DUPFD_CLOEXEC, 0), false);
}

void can_socket_free(struct can_socket *s)
{
	if (!s)
		return;
	close(s->fd);
	free(s);
}

int can_socket_fd(const struct can_socket *s)
{
	return s->fd;
}

static void fill(struct can_socket *s, unsigned int i, const struct anycan_frame *frame)
{
	struct msghdr *msg = &s->msgs[i].msg_hdr;
	struct cmsghdr *cmsg = &s->control[i].align;
	const uint64_t stamp = (uint64_t)frame->ts_ns;

	s->iov[i].iov_len = anycan_frame_to_can(frame, &s->kernel[i]);
	msg->msg_controllen = 0;
	if (!s->stamps || frame->ts_ns <= 0)
		return;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_TXTIME;
	cmsg->cmsg_len = CMSG_LEN(sizeof(stamp));
	memcpy(CMSG_DATA(cmsg), &stamp, sizeof(stamp));
	msg->msg_controllen = sizeof(s->control[i].bytes);
}

/* Send messages @done..@n - 1. Return: how many, 0 if the first one has to be given up. */
static unsigned int push(struct can_socket *s, unsigned int done, unsigned int n)
{
	struct pollfd room = {.fd = s->fd, .events = POLLOUT};
	int sent = sendmmsg(s->fd, s->msgs + done, n - done, MSG_DONTWAIT);

	if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS) && poll(&room, 1, SEND_WAIT_MS) == 1)
		sent = sendmmsg(s->fd, s->msgs + done, n - done, MSG_DONTWAIT);
	return sent > 0 ? (unsigned int)sent : 0;
}

static void send_batch(struct can_socket *s, const struct anycan_frame *frames, unsigned int n)
{
	unsigned int done = 0;

	for (unsigned int i = 0; i < n; i++)
		fill(s, i, &frames[i]);
	while (done < n) {
		unsigned int sent = push(s, done, n);

		if (!sent) {
			s->refused++;
			sent = 1;
		}
		done += sent;
	}
}

void can_socket_send(struct can_socket *s, const struct anycan_frame *frames, unsigned int n)
{
	while (n) {
		unsigned int batch = n < CAN_SOCKET_BATCH ? n : CAN_SOCKET_BATCH;

		send_batch(s, frames, batch);
		frames += batch;
		n -= batch;
	}
}

static void note_overflow(struct can_socket *s, struct msghdr *msg)
{
	struct cmsghdr *cmsg;
	uint32_t total;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SO_RXQ_OVFL)
			continue;
		memcpy(&total, CMSG_DATA(cmsg), sizeof(total));
		s->overflow += total - s->last_overflow;
		s->last_overflow = total;
	}
}

unsigned int can_socket_recv(struct can_socket *s, struct anycan_frame *frames, unsigned int max)
{
	unsigned int want = max < CAN_SOCKET_BATCH ? max : CAN_SOCKET_BATCH;
	unsigned int n = 0;
	int got;

	for (unsigned int i = 0; i < want; i++) {
		s->iov[i].iov_len = sizeof(s->kernel[i]);
		s->msgs[i].msg_hdr.msg_controllen = sizeof(s->control[i].bytes);
	}
	got = recvmmsg(s->fd, s->msgs, want, MSG_DONTWAIT, NULL);
	/* News of the netdev; frames that came before are behind it. */
	if (got < 0 && errno == ENETDOWN)
		got = recvmmsg(s->fd, s->msgs, want, MSG_DONTWAIT, NULL);
	for (int i = 0; i < got; i++) {
		note_overflow(s, &s->msgs[i].msg_hdr);
		if (anycan_frame_from_can(&frames[n], &s->kernel[i], s->msgs[i].msg_len))
			s->invalid++;
		else
			n++;
	}
	return n;
}

void can_socket_drops(const struct can_socket *s, struct bridged_port_drops *drops)
{
	drops->rx_refused = s->refused;
	drops->tx_overflow = s->overflow;
	drops->tx_invalid = s->invalid;
}
