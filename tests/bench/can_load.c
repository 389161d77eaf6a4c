// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * An application on a CAN netdev, as plain as most are: one frame a system call.
 *   can_load send NETDEV FRAMES [RATE]     the data is the time when the frame is sent
 *   can_load receive NETDEV FRAMES [IDLE_MS]
 * Each prints `ready`, then one line of `key=value` words. The receiver ends after FRAMES, or
 * after IDLE_MS (1500) without one. Sources: Documentation/networking/can.rst, linux/can/raw.h.
 */
#include "samples.h"

#include <errno.h>
#include <linux/can.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define IDLE_MS 1500
#define FIRST_MS 60000

/* So large that every frame that the path lets through is counted. */
#define RCVBUF_BYTES (64 << 20)

/* A full netdev is tried again at once, as often; then after a pause. */
#define TRIES 16
#define PAUSE_NS 200000

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static int open_socket(const char *netdev)
{
	struct sockaddr_can address = {.can_family = AF_CAN};
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC, CAN_RAW);
	const int one = 1, rcvbuf = RCVBUF_BYTES;

	if (fd < 0)
		die("socket");
	address.can_ifindex = (int)if_nametoindex(netdev);
	if (!address.can_ifindex)
		die(netdev);
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)))
		die("bind");
	return fd;
}

static void say_ready(void)
{
	printf("ready\n");
	fflush(stdout);
}

/* Return: how often the netdev was full. */
static unsigned int send_one(int fd, const struct can_frame *frame)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	unsigned int refused = 0;

	while (write(fd, frame, sizeof(*frame)) < 0) {
		if (errno != ENOBUFS && errno != EAGAIN)
			die("write");
		poll(&room, 1, 1);
		if (++refused % TRIES == 0)
			sleep_until(now_ns() + PAUSE_NS);
	}
	return refused;
}

static void send_frames(int fd, long frames, long rate)
{
	struct can_frame frame = {.len = CAN_MAX_DLEN};
	unsigned long refused = 0;
	int64_t start = now_ns(), now;

	setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FILTER, NULL, 0);
	for (long i = 0; i < frames; i++) {
		if (rate)
			sleep_until(start + i * NS_PER_S / rate);
		frame.can_id = 0x100 + (i & 0xff);
		now = now_ns();
		memcpy(frame.data, &now, sizeof(now));
		refused += send_one(fd, &frame);
	}
	printf("sent frames=%ld start_ns=%lld refused=%lu\n", frames, (long long)start, refused);
}

static uint32_t overflow_of(struct msghdr *msg, uint32_t before)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SO_RXQ_OVFL)
			memcpy(&before, CMSG_DATA(cmsg), sizeof(before));
	return before;
}

static void receive_frames(int fd, size_t frames, int idle_ms)
{
	struct samples *samples = samples_new(frames);
	struct can_frame frame;
	struct iovec part = {&frame, sizeof(frame)};
	char control[64];
	struct msghdr msg = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
	uint32_t overflow = 0;

	while (samples->frames < frames) {
		struct pollfd more = {.fd = fd, .events = POLLIN};
		int64_t sent;

		msg.msg_controllen = sizeof(control);
		if (recvmsg(fd, &msg, MSG_DONTWAIT) < 0) {
			if (!poll(&more, 1, samples->frames ? idle_ms : FIRST_MS))
				break;
			continue;
		}
		overflow = overflow_of(&msg, overflow);
		memcpy(&sent, frame.data, sizeof(sent));
		samples_add(samples, now_ns(), sent);
	}
	printf("received overflow=%u", overflow);
	samples_print(samples);
}

int main(int argc, char **argv)
{
	int fd;

	if (argc < 4 || argc > 5)
		return 2;
	fd = open_socket(argv[2]);
	say_ready();
	if (!strcmp(argv[1], "send"))
		send_frames(fd, number(argv[3]), argc > 4 ? number(argv[4]) : 0);
	else
		receive_frames(fd, (size_t)number(argv[3]),
			       argc > 4 ? (int)number(argv[4]) : IDLE_MS);
	return 0;
}
