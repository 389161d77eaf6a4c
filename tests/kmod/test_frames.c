// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Frames in both directions: echo, back-pressure, batches, time stamps, counters; and records
 * that are none.
 */
#include "tap.h"

#include <errno.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <linux/net_tstamp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define STAMP 1700000000123456789ULL

static struct tap tap;
static int s;

static int setup(void **state)
{
	(void)state;
	tap_new(&tap, NETDEV, CANTAP_HAS_HWTSTAMP);
	tap_up(&tap);
	s = can_open(NETDEV);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(s);
	tap_close(&tap);
	assert_true(within(!exists(NETDEV)));
	return 0;
}

static int setup_fd(void **state)
{
	(void)state;
	tap_new(&tap, NETDEV, 0);
	run("ip link set " NETDEV " up type can bitrate 500000 dbitrate 2000000 fd on");
	tap_expect(&tap, CANTAP_OPEN);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	s = can_open(NETDEV);
	return 0;
}

/* Down and up again with these words for `ip`. */
static void open_again(const char *words)
{
	int error;
	socklen_t size = sizeof(error);

	run("ip link set " NETDEV " down; ip link set " NETDEV " up type can bitrate 500000 %s",
	    words);
	tap_expect(&tap, CANTAP_STOP);
	tap_expect(&tap, CANTAP_OPEN);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	/* Sockets are told once that the netdev was down. */
	assert_int_equal(getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size), 0);
	assert_int_equal(error, ENETDOWN);
}

static void test_echo_comes_when_it_is_sent(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	int other = can_open(NETDEV), own = can_open(NETDEV);
	struct canfd_frame got;
	uint32_t echo;
	int on = 1;

	(void)state;
	assert_int_equal(setsockopt(own, SOL_CAN_RAW, CAN_RAW_RECV_OWN_MSGS, &on, sizeof(on)), 0);
	assert_int_equal(can_put(own, &frame, sizeof(frame)), 0);
	echo = tap_sent(&tap, &frame);
	assert_int_equal(can_get(other, &got, 50), 0);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 0);
	tap_say(&tap, CANTAP_TX_DONE, echo);
	assert_int_equal(can_get(other, &got, 1000), CAN_MTU);
	assert_memory_equal(&got, &frame, sizeof(frame));
	assert_int_equal(can_get(own, &got, 1000), CAN_MTU);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 1);
	assert_int_equal(statistic(NETDEV, "tx_bytes"), 8);
	/* Once is enough. */
	tap_say(&tap, CANTAP_TX_DONE, echo);
	assert_int_equal(can_get(other, &got, 50), 0);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 1);
	close(other);
	close(own);
}

static void test_frames_that_are_not_sent(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	int other = can_open(NETDEV);
	struct canfd_frame got;

	(void)state;
	can_put(s, &frame, sizeof(frame));
	tap_say(&tap, CANTAP_TX_FAILED, tap_sent(&tap, &frame));
	can_put(s, &frame, sizeof(frame));
	tap_say(&tap, CANTAP_TX_ABORTED, tap_sent(&tap, &frame));
	assert_int_equal(can_get(other, &got, 50), 0);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 0);
	assert_int_equal(statistic(NETDEV, "tx_errors"), 1);
	assert_int_equal(statistic(NETDEV, "tx_dropped"), 1);
	assert_int_equal(statistic(NETDEV, "tx_aborted_errors"), 1);
	close(other);
}

/* As on hardware: what is in flight is bounded, then the queue, then the sender is refused. */
static void test_back_pressure(void **state)
{
	unsigned int accepted = 0, got = 0;
	const struct cantap_record *record;
	int on = 1 << 20, ret;

	(void)state;
	setsockopt(s, SOL_SOCKET, SO_SNDBUF, &on, sizeof(on));
	for (;;) {
		struct can_frame frame = make_frame(0x200, (uint8_t)accepted);

		ret = can_put(s, &frame, sizeof(frame));
		if (ret)
			break;
		assert_true(++accepted < 1000);
	}
	assert_int_equal(ret, -ENOBUFS);
	/* echo_depth in flight, txqueuelen in the queue, one between them. */
	assert_in_range(accepted, 16 + 10, 16 + 10 + 1);
	for (unsigned int i = 0; i < 16; i++)
		tap_expect(&tap, CANTAP_TX);
	tap_idle(&tap);
	/* The buffer still holds what was read: finish in another order. */
	for (size_t at = tap.len; at; at -= sizeof(struct cantap_record) + CAN_MTU) {
		record = (const void *)(tap.buf + at - sizeof(*record) - CAN_MTU);
		tap_say(&tap, CANTAP_TX_DONE, record->id);
		got++;
	}
	assert_int_equal(got, 16);
	while ((record = tap_next(&tap, 200))) {
		const struct can_frame *sent = (const void *)(record + 1);

		assert_int_equal(record->type, CANTAP_TX);
		assert_int_equal(sent->data[0], got);
		tap_say(&tap, CANTAP_TX_DONE, record->id);
		got++;
	}
	assert_int_equal(got, accepted);
	assert_int_equal(statistic(NETDEV, "tx_packets"), accepted);
	assert_int_equal(statistic(NETDEV, "tx_dropped"), 0);
}

static void test_a_blocking_sender_waits(void **state)
{
	unsigned int got = 0;

	(void)state;
	run("ip link set " NETDEV " txqueuelen 1000; cangen " NETDEV " -g 0 -n 300 -L 8 &");
	while (got < 300) {
		const struct cantap_record *record = tap_expect(&tap, CANTAP_TX);

		tap_say(&tap, CANTAP_TX_DONE, record->id);
		got++;
	}
	assert_true(within(statistic(NETDEV, "tx_packets") == 300));
	assert_int_equal(statistic(NETDEV, "tx_dropped"), 0);
}

static void test_down_aborts_what_is_in_flight(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	uint32_t echo;

	(void)state;
	can_put(s, &frame, sizeof(frame));
	echo = tap_sent(&tap, &frame);
	open_again("");
	tap_say(&tap, CANTAP_TX_DONE, echo);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 0);
	assert_int_equal(statistic(NETDEV, "tx_aborted_errors"), 1);
	assert_int_equal(can_put(s, &frame, sizeof(frame)), 0);
	tap_sent(&tap, &frame);
	tap_say(&tap, CANTAP_TX_DONE, echo);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 0);
}

static void test_received_frames(void **state)
{
	struct can_frame frames[] = {
		make_frame(0x7ff, 1),
		make_frame(0x1fffffff | CAN_EFF_FLAG, 2),
		{.can_id = 0x10 | CAN_RTR_FLAG, .len = 4},
		{.can_id = 0, .len = 0},
	};
	struct canfd_frame got;

	(void)state;
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		assert_int_equal(tap_rx(&tap, &frames[i]), 0);
		assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
		assert_memory_equal(&got, &frames[i], CAN_MTU);
	}
	assert_int_equal(statistic(NETDEV, "rx_packets"), 4);
	assert_int_equal(statistic(NETDEV, "rx_bytes"), 16);
}

static void test_fd_frames(void **state)
{
	struct canfd_frame frame = {
		.can_id = 0x123, .len = 64, .flags = CANFD_BRS | CANFD_FDF, .data = {1, [63] = 64}};
	const struct cantap_record *record;
	struct canfd_frame got;

	(void)state;
	assert_int_equal(can_put(s, &frame, sizeof(frame)), 0);
	record = tap_expect(&tap, CANTAP_TX);
	assert_int_equal(record->len, sizeof(*record) + CANFD_MTU);
	assert_memory_equal(record + 1, &frame, sizeof(frame));
	tap_say(&tap, CANTAP_TX_DONE, record->id);
	frame.flags |= CANFD_ESI;
	assert_int_equal(
		tap_write(&tap, (struct cantap_record){.type = CANTAP_RX}, &frame, sizeof(frame)),
		0);
	assert_int_equal(can_get(s, &got, 1000), CANFD_MTU);
	assert_memory_equal(&got, &frame, sizeof(frame));
	assert_int_equal(statistic(NETDEV, "tx_bytes"), 64);
}

static void test_fd_frames_in_classic_mode(void **state)
{
	struct canfd_frame frame = {.can_id = 0x123, .len = 12};
	struct canfd_frame got;

	(void)state;
	assert_int_not_equal(can_put(s, &frame, sizeof(frame)), 0);
	assert_int_equal(
		tap_write(&tap, (struct cantap_record){.type = CANTAP_RX}, &frame, sizeof(frame)),
		0);
	assert_int_equal(can_get(s, &got, 50), 0);
	assert_int_equal(statistic(NETDEV, "rx_dropped"), 1);
}

/* A batch that is longer than what the module copies at a time. */
static void test_a_batch(void **state)
{
	static uint8_t buf[500 * (sizeof(struct cantap_record) + CAN_MTU)];
	struct canfd_frame got;
	int size = 1 << 20;
	uint8_t *at = buf;

	(void)state;
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	for (unsigned int i = 0; i < 500; i++) {
		struct cantap_record head = {.type = CANTAP_RX, .len = sizeof(head) + CAN_MTU};
		struct can_frame frame = {.can_id = i, .len = 1, .data = {(uint8_t)i}};

		at = memcpy(at, &head, sizeof(head));
		at = memcpy(at + sizeof(head), &frame, sizeof(frame));
		at += sizeof(frame);
	}
	assert_int_equal(write(tap.fd, buf, sizeof(buf)), sizeof(buf));
	for (unsigned int i = 0; i < 500; i++) {
		assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
		assert_int_equal(got.can_id, i);
	}
}

/* An echo and a received frame of one write come in the order in which they were written. */
static void test_order_of_echo_and_received(void **state)
{
	struct can_frame sent = make_frame(0x111, 1), received = make_frame(0x222, 2);
	struct {
		struct cantap_record first;
		struct can_frame frame;
		struct cantap_record second;
	} batch = {.first = {.type = CANTAP_RX, .len = 32}, .second = {.len = 16}};
	int other = can_open(NETDEV);
	struct canfd_frame got;

	(void)state;
	can_put(other, &sent, sizeof(sent));
	batch.frame = received;
	batch.second.type = CANTAP_TX_DONE;
	batch.second.id = tap_sent(&tap, &sent);
	assert_int_equal(write(tap.fd, &batch, sizeof(batch)), sizeof(batch));
	assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
	assert_int_equal(got.can_id, 0x222);
	assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
	assert_int_equal(got.can_id, 0x111);
	close(other);
}

static void test_down_counts_received(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);

	(void)state;
	run("ip link set " NETDEV " down");
	tap_expect(&tap, CANTAP_STOP);
	assert_int_equal(tap_rx(&tap, &frame), 0);
	assert_int_equal(statistic(NETDEV, "rx_dropped"), 1);
	assert_int_equal(statistic(NETDEV, "rx_packets"), 0);
}

/* The time stamp of the next message, from the ancillary data of that type. */
static uint64_t stamp_of(int fd, int flags, int type, int index)
{
	char control[512];
	struct canfd_frame frame;
	struct iovec iov = {&frame, sizeof(frame)};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	for (int tries = 0; recvmsg(fd, &msg, flags) < 0; tries++) {
		assert_true(tries < 100);
		usleep(10000);
	}
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		struct timespec ts[3] = {0};

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != type)
			continue;
		memcpy(ts, CMSG_DATA(c), type == SO_TIMESTAMPNS ? sizeof(*ts) : sizeof(ts));
		return (uint64_t)ts[index].tv_sec * 1000000000 + (uint64_t)ts[index].tv_nsec;
	}
	return 0;
}

static void test_time_stamps(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	int hw = can_open(NETDEV), sw = can_open(NETDEV);
	struct cantap_record head = {.type = CANTAP_RX, .time = STAMP};
	int flags = SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_TX_HARDWARE |
		    SOF_TIMESTAMPING_RAW_HARDWARE;
	int on = 1;

	(void)state;
	assert_int_equal(setsockopt(hw, SOL_SOCKET, SO_TIMESTAMPING, &flags, sizeof(flags)), 0);
	assert_int_equal(setsockopt(sw, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)), 0);
	head.flags = CANTAP_HWTSTAMP | CANTAP_SWTSTAMP;
	assert_int_equal(tap_write(&tap, head, &frame, sizeof(frame)), 0);
	assert_true(stamp_of(hw, 0, SO_TIMESTAMPING, 2) == STAMP);
	assert_true(stamp_of(sw, 0, SO_TIMESTAMPNS, 0) == STAMP);
	head.flags = CANTAP_HWTSTAMP;
	assert_int_equal(tap_write(&tap, head, &frame, sizeof(frame)), 0);
	assert_true(stamp_of(hw, 0, SO_TIMESTAMPING, 2) == STAMP);
	assert_true(stamp_of(sw, 0, SO_TIMESTAMPNS, 0) > STAMP + 1000000000);
	/* What was sent is told to the sender by its error queue, to others with the echo. */
	assert_int_equal(can_put(hw, &frame, sizeof(frame)), 0);
	head = (struct cantap_record){.type = CANTAP_TX_DONE,
				      .flags = CANTAP_HWTSTAMP | CANTAP_SWTSTAMP,
				      .id = tap_sent(&tap, &frame),
				      .time = STAMP + 5};
	assert_int_equal(tap_write(&tap, head, NULL, 0), 0);
	assert_true(stamp_of(hw, MSG_ERRQUEUE, SO_TIMESTAMPING, 2) == STAMP + 5);
	assert_true(stamp_of(sw, 0, SO_TIMESTAMPNS, 0) == STAMP + 5);
	close(hw);
	close(sw);
}

static void test_error_frames(void **state)
{
	struct can_frame error = {.can_id = CAN_ERR_FLAG | CAN_ERR_PROT | CAN_ERR_BUSERROR,
				  .len = 8,
				  .data = {[2] = CAN_ERR_PROT_STUFF}};
	struct canfd_frame got;
	uint8_t data[8];

	(void)state;
	/* Not asked for: counted only. */
	assert_int_equal(tap_rx(&tap, &error), 0);
	assert_int_equal(can_get(s, &got, 50), 0);
	assert_int_equal(statistic(NETDEV, "rx_errors"), 1);
	open_again("berr-reporting on");
	assert_int_equal(tap_rx(&tap, &error), 0);
	can_expect_error(s, CAN_ERR_BUSERROR, data);
	assert_int_equal(data[2], CAN_ERR_PROT_STUFF);
	error.can_id = CAN_ERR_FLAG | CAN_ERR_LOSTARB | CAN_ERR_CRTL;
	error.data[1] = CAN_ERR_CRTL_RX_OVERFLOW;
	assert_int_equal(tap_rx(&tap, &error), 0);
	can_expect_error(s, CAN_ERR_LOSTARB, data);
	assert_int_equal(statistic(NETDEV, "rx_over_errors"), 1);
	assert_int_equal(statistic(NETDEV, "rx_packets"), 0);
	assert_true(shows("0          2          1          0          0          0 ",
			  "ip -d -s link show " NETDEV));
}

static void test_listen_only_sends_nothing(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);

	(void)state;
	open_again("listen-only on");
	assert_int_equal(tap.settings.ctrlmode, CAN_CTRLMODE_LISTENONLY);
	assert_int_equal(can_put(s, &frame, sizeof(frame)), 0);
	tap_idle(&tap);
	assert_int_equal(statistic(NETDEV, "tx_dropped"), 1);
}

/* The length code of a classic frame of 8 bytes is handed through where it is switched on. */
static void test_raw_length_code(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	struct canfd_frame got;

	(void)state;
	frame.len8_dlc = 15;
	assert_int_equal(tap_rx(&tap, &frame), 0);
	assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
	assert_int_equal(((struct can_frame *)&got)->len8_dlc, 0);
	open_again("cc-len8-dlc on");
	assert_int_equal(tap_rx(&tap, &frame), 0);
	assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
	assert_int_equal(((struct can_frame *)&got)->len8_dlc, 15);
}

/* Records that are none, and what is made of a write that has one in it. */
static void test_bad_records(void **state)
{
	static const struct {
		struct cantap_record head;
		struct can_frame frame;
		size_t payload;
	} bad[] = {
		{{.type = 0}, {0}, 0},
		{{.type = CANTAP_OPEN}, {0}, 0},
		{{.type = 200}, {0}, 0},
		{{.type = CANTAP_RX}, {0}, 0},
		{{.type = CANTAP_RX}, {0}, 8},
		{{.type = CANTAP_RX}, {.can_id = 0x800}, 16},
		{{.type = CANTAP_RX}, {.len = 9}, 16},
		{{.type = CANTAP_RX}, {.can_id = CAN_ERR_FLAG, .len = 4}, 16},
		{{.type = CANTAP_RX, .flags = 0x80}, {0}, 16},
		{{.type = CANTAP_RX, .flags = CANTAP_QUIET}, {0}, 16},
		{{.type = CANTAP_TX_DONE}, {0}, 8},
		{{.type = CANTAP_STATE}, {0}, 0},
		{{.type = CANTAP_STATE}, {.can_id = CAN_STATE_STOPPED}, 8},
		{{.type = CANTAP_STATE}, {.can_id = CAN_STATE_SLEEPING << 8}, 8},
		{{.type = CANTAP_OPENED}, {0}, 16},
	};
	struct cantap_record head = {.type = CANTAP_PRESENT, .len = 16};
	uint8_t two[32];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(tap_write(&tap, bad[i].head, &bad[i].frame, bad[i].payload),
				 -EINVAL);
	for (uint16_t len = 0; len < 16; len++) {
		head.len = len;
		assert_int_equal(write(tap.fd, &head, 16), -1);
		assert_int_equal(errno, EINVAL);
	}
	head.len = 24;
	assert_int_equal(write(tap.fd, &head, 16), -1);
	head.len = 16;
	assert_int_equal(write(tap.fd, &head, 15), -1);
	memcpy(two, &head, 16);
	memset(two + 16, 0, 16);
	assert_int_equal(write(tap.fd, two, 32), 16);
	assert_int_equal(write(tap.fd, two + 16, 16), -1);
	assert_int_equal(errno, EINVAL);
}

static void test_bad_echo_numbers(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	uint32_t echo;

	(void)state;
	can_put(s, &frame, sizeof(frame));
	echo = tap_sent(&tap, &frame);
	for (uint32_t i = 0; i < 32; i++)
		tap_say(&tap, CANTAP_TX_DONE, echo ^ (1U << i));
	tap_say(&tap, CANTAP_TX_FAILED, 0xffffffff);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 0);
	tap_say(&tap, CANTAP_TX_DONE, echo);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 1);
}

/* A read into memory that is not there gives EFAULT, and its frames are accounted for. */
static void test_fault(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	size_t page = 4096;
	uint8_t *memory =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_true(memory != MAP_FAILED);
	munmap(memory + page, page);
	for (int i = 0; i < 3; i++)
		can_put(s, &frame, sizeof(frame));
	/* The first of the records has room. */
	assert_int_equal(read(tap.fd, memory + page - 40, 200), -1);
	assert_int_equal(errno, EFAULT);
	assert_int_equal(statistic(NETDEV, "tx_aborted_errors"), 2);
	tap_say(&tap, CANTAP_TX_DONE, ((struct cantap_record *)(memory + page - 40))->id);
	assert_int_equal(statistic(NETDEV, "tx_packets"), 1);
	/* A request comes again. */
	run("ip link set " NETDEV " down; ip link set " NETDEV " up");
	assert_int_equal(read(tap.fd, memory + page - 8, 500), -1);
	tap_expect(&tap, CANTAP_STOP);
	tap_expect(&tap, CANTAP_OPEN);
	assert_int_equal(write(tap.fd, memory + page, 16), -1);
	assert_int_equal(errno, EFAULT);
	munmap(memory, page);
}

static void test_small_buffers(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	uint8_t buf[64];

	(void)state;
	assert_int_equal(read(tap.fd, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EAGAIN);
	can_put(s, &frame, sizeof(frame));
	assert_int_equal(read(tap.fd, buf, 31), -1);
	assert_int_equal(errno, EINVAL);
	assert_int_equal(read(tap.fd, buf, 63), 32);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_echo_comes_when_it_is_sent),
		TEST(test_frames_that_are_not_sent),
		TEST(test_back_pressure),
		TEST(test_a_blocking_sender_waits),
		TEST(test_down_aborts_what_is_in_flight),
		TEST(test_received_frames),
		cmocka_unit_test_setup_teardown(test_fd_frames, setup_fd, teardown),
		TEST(test_fd_frames_in_classic_mode),
		TEST(test_a_batch),
		TEST(test_order_of_echo_and_received),
		TEST(test_down_counts_received),
		TEST(test_time_stamps),
		TEST(test_error_frames),
		TEST(test_listen_only_sends_nothing),
		TEST(test_raw_length_code),
		TEST(test_bad_records),
		TEST(test_bad_echo_numbers),
		TEST(test_fault),
		TEST(test_small_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
