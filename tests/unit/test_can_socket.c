// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/ports/can_socket.c on a vcan of its own, in a network namespace of its own. Where the
 * kernel has no CAN this is skipped here; tests/vm has kernels that have it.
 */
#include "check.h"
#include "random.h"

#include <anycan/link.h>
#include <errno.h>
#include <linux/can/raw.h>
#include <poll.h>
#include <ports/can_socket.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 20000

/* The daemon's socket, an application's by the same code, and an application's own. */
struct fixture {
	struct anycan_rtnl *rtnl;
	int ifindex;
	struct can_socket *daemon, *peer;
	int raw;
};

static int open_raw(int ifindex)
{
	struct sockaddr_can address = {.can_family = AF_CAN, .can_ifindex = ifindex};
	int fd = socket(PF_CAN, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, CAN_RAW);
	const int one = 1;

	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_CAN_RAW, CAN_RAW_FD_FRAMES, &one, sizeof(one)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct anycan_link link;

	*state = f;
	f->raw = -1;
	if (unshare(CLONE_NEWNET) || anycan_rtnl_new(&f->rtnl) ||
	    anycan_link_add_vcan(f->rtnl, "v0"))
		return 0; /* the tests are skipped */
	assert_int_equal(anycan_link_get(f->rtnl, "v0", &link), 0);
	f->ifindex = link.ifindex;
	assert_int_equal(anycan_link_set_up(f->rtnl, f->ifindex, true), 0);
	assert_int_equal(can_socket_new(&f->daemon, f->ifindex, true), 0);
	assert_int_equal(can_socket_new(&f->peer, f->ifindex, true), 0);
	f->raw = open_raw(f->ifindex);
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	can_socket_free(f->daemon);
	can_socket_free(f->peer);
	if (f->raw >= 0)
		close(f->raw);
	anycan_rtnl_free(f->rtnl);
	free(f);
	return 0;
}

static struct fixture *need_can(void **state)
{
	struct fixture *f = *state;

	if (!f->ifindex) {
		puts("no CAN in this kernel; tests/vm/units.sh runs it on one that has");
		skip();
	}
	return f;
}

static struct bridged_port_drops drops_of(const struct can_socket *s)
{
	struct bridged_port_drops drops;

	can_socket_drops(s, &drops);
	return drops;
}

/* Every kind of frame, in batches of any size, arrives as it was sent and in order. */
static void test_frames(void **state)
{
	static struct anycan_frame sent[1000], got[1000];
	struct test_random random = {5};
	struct fixture *f = need_can(state);
	unsigned int n = 0;

	for (unsigned int i = 0; i < TEST_COUNT(sent); i++)
		sent[i] = test_random_frame(&random);
	for (unsigned int at = 0, batch = 1; at < TEST_COUNT(sent); at += batch, batch++) {
		if (batch > TEST_COUNT(sent) - at)
			batch = TEST_COUNT(sent) - at;
		can_socket_send(f->daemon, sent + at, batch);
	}
	while (n < TEST_COUNT(sent)) {
		struct pollfd fd = {.fd = can_socket_fd(f->peer), .events = POLLIN};

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		n += can_socket_recv(f->peer, got + n, TEST_COUNT(got) - n);
	}
	for (unsigned int i = 0; i < n; i++)
		assert_true(anycan_frame_equal(&sent[i], &got[i], ANYCAN_ANY_TIME, false));
	assert_int_equal(can_socket_recv(f->peer, got, 10), 0);
	/* A socket does not hear itself. */
	assert_int_equal(can_socket_recv(f->daemon, got, 10), 0);
	assert_int_equal(drops_of(f->daemon).rx_refused, 0);
	assert_int_equal(drops_of(f->peer).tx_invalid, 0);
}

/* No more than asked for. */
static void test_room(void **state)
{
	struct anycan_frame frames[10] = {{0}}, got[4];
	struct fixture *f = need_can(state);

	can_socket_send(f->daemon, frames, 10);
	assert_int_equal(can_socket_recv(f->peer, got, 4), 4);
	assert_int_equal(can_socket_recv(f->peer, got, 4), 4);
	assert_int_equal(can_socket_recv(f->peer, got, 4), 2);
	assert_int_equal(can_socket_recv(f->peer, got, 4), 0);
}

/* The adapter's time stamps reach applications unchanged. */
static void test_stamps(void **state)
{
	struct anycan_frame frame = {.can_id = 0x123, .ts_ns = INT64_C(1700000000123456789)};
	struct fixture *f = need_can(state);
	struct can_frame kernel;
	struct iovec iov = {&kernel, sizeof(kernel)};
	char control[256];
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct timespec stamp = {0};
	const int one = 1;
	struct cmsghdr *c;

	assert_int_equal(setsockopt(f->raw, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)), 0);
	can_socket_send(f->daemon, &frame, 1);
	assert_int_equal(recvmsg(f->raw, &msg, 0), sizeof(kernel));
	for (c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_TIMESTAMPNS)
			memcpy(&stamp, CMSG_DATA(c), sizeof(stamp));
	assert_int_equal(stamp.tv_sec, 1700000000);
	assert_int_equal(stamp.tv_nsec, 123456789);
}

/* A flood that nobody reads: what arrived and what overflowed is what was sent. */
static void test_overflow(void **state)
{
	struct fixture *f = need_can(state);
	static struct anycan_frame frames[64];
	const struct can_frame frame = {.can_id = 0x123};
	uint64_t sent = 0, got = 0;

	for (; sent < 100000; sent++)
		assert_int_equal(write(f->raw, &frame, sizeof(frame)), sizeof(frame));
	for (unsigned int n; (n = can_socket_recv(f->peer, frames, 64));)
		got += n;
	assert_true(got >= 10000 && got < sent);
	/* The kernel tells with the next frame. */
	assert_int_equal(write(f->raw, &frame, sizeof(frame)), sizeof(frame));
	assert_int_equal(can_socket_recv(f->peer, frames, 64), 1);
	assert_int_equal(got + 1 + drops_of(f->peer).tx_overflow, sent + 1);
}

/* With the netdev down nothing is taken: all of it is counted, none is waited for. */
static void test_refused(void **state)
{
	static struct anycan_frame frames[200];
	struct fixture *f = need_can(state);

	assert_int_equal(anycan_link_set_up(f->rtnl, f->ifindex, false), 0);
	can_socket_send(f->daemon, frames, TEST_COUNT(frames));
	assert_int_equal(drops_of(f->daemon).rx_refused, TEST_COUNT(frames));
	/* What a socket says first is that the netdev was down; no frame is lost over that. */
	assert_int_equal(can_socket_recv(f->peer, frames, 10), 0);
	assert_int_equal(anycan_link_set_up(f->rtnl, f->ifindex, true), 0);
	can_socket_send(f->daemon, frames, 1);
	assert_int_equal(drops_of(f->daemon).rx_refused, TEST_COUNT(frames));
	assert_int_equal(can_socket_recv(f->peer, frames, 10), 1);
}

static void test_no_netdev(void **state)
{
	struct can_socket *s = NULL;
	struct fixture *f = *state;
	int ret = can_socket_new(&s, 0x7ffffff0, true);

	assert_int_equal(ret, f->ifindex ? -ENODEV : -EAFNOSUPPORT);
	assert_null(s);
	can_socket_free(NULL);
}

int main(void)
{
#define SOCKET_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		SOCKET_TEST(test_frames),   SOCKET_TEST(test_room),    SOCKET_TEST(test_stamps),
		SOCKET_TEST(test_overflow), SOCKET_TEST(test_refused), SOCKET_TEST(test_no_netdev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
