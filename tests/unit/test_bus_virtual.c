// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/bus_virtual.c: the rules of python-can's interface `virtual`.
 */
#include "check.h"

#include "buses.h"
#include "random.h"

#include <anycan/clock.h>
#include <anycan/interface.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#define PATIENCE (10 * ANYCAN_NS_PER_S)

static int64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

static void send_id(struct anycan_bus *bus, canid_t id)
{
	const struct anycan_frame frame = {.can_id = id};

	assert_int_equal(anycan_bus_send(bus, &frame, 0, NULL), 0);
}

static canid_t recv_id(struct anycan_bus *bus)
{
	struct anycan_frame frame;

	assert_int_equal(anycan_bus_recv(bus, &frame, PATIENCE, NULL), 1);
	return frame.can_id;
}

static bool is_quiet(struct anycan_bus *bus)
{
	struct anycan_frame frame;

	return anycan_bus_recv(bus, &frame, 0, NULL) == 0;
}

/* All on the channel hear it but the sender; nobody on another channel. */
static void test_channels(void **state)
{
	struct anycan_bus *a = OPEN("virtual:x"), *b = OPEN("virtual:x"), *c = OPEN("virtual:x");
	struct anycan_bus *other = OPEN("virtual:y"), *unnamed = OPEN("virtual:");
	char name[IFNAMSIZ];

	(void)state;
	send_id(a, 0x123);
	assert_int_equal(recv_id(b), 0x123);
	assert_int_equal(recv_id(c), 0x123);
	assert_true(is_quiet(a) && is_quiet(b) && is_quiet(other) && is_quiet(unnamed));
	assert_string_equal(anycan_bus_info(a), "Virtual bus channel x");
	assert_int_equal(anycan_bus_channel(a, "x", NULL), 0);
	assert_int_equal(anycan_bus_channel(a, "y", NULL), -ENODEV);
	assert_int_equal(anycan_bus_channel_name(a, 0, name, sizeof(name)), 0);
	assert_string_equal(name, "x");
	anycan_bus_close(b);
	send_id(a, 0x124);
	assert_int_equal(recv_id(c), 0x124);
	anycan_bus_close(a);
	anycan_bus_close(c);
	anycan_bus_close(other);
	anycan_bus_close(unnamed);
}

static void test_own_messages(void **state)
{
	struct anycan_bus *a = OPEN("virtual:x", .receive_own_messages = true);
	struct anycan_bus *b = OPEN("virtual:x");
	struct anycan_frame frame;

	(void)state;
	send_id(a, 5);
	assert_int_equal(anycan_bus_recv(a, &frame, 0, NULL), 1);
	assert_int_equal(frame.dir, ANYCAN_TX);
	assert_int_equal(frame.own, 1);
	assert_int_equal(anycan_bus_recv(b, &frame, 0, NULL), 1);
	assert_int_equal(frame.dir, ANYCAN_RX);
	assert_int_equal(frame.own, 0);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* The manual's example: the sender decides whether its time stamp is kept. */
static void test_time_stamps(void **state)
{
	struct anycan_frame frame = {.can_id = 1, .ts_ns = INT64_C(1639740470051948000)};
	struct anycan_bus *keeps = OPEN("virtual:t", .preserve_timestamps = true);
	struct anycan_bus *plain = OPEN("virtual:t");
	int64_t before = now_ns(CLOCK_REALTIME);
	struct anycan_frame got;

	(void)state;
	assert_int_equal(anycan_bus_send(keeps, &frame, 0, NULL), 0);
	assert_int_equal(anycan_bus_recv(plain, &got, 0, NULL), 1);
	assert_true(got.ts_ns == frame.ts_ns);
	assert_int_equal(anycan_bus_send(plain, &frame, 0, NULL), 0);
	assert_int_equal(anycan_bus_recv(keeps, &got, 0, NULL), 1);
	assert_true(got.ts_ns >= before && got.ts_ns <= now_ns(CLOCK_REALTIME));
	anycan_bus_close(keeps);
	anycan_bus_close(plain);
}

/* A full receiver makes the sender wait, each for itself, and the others have the frame. */
static void test_full_queue(void **state)
{
	struct anycan_bus *a = OPEN("virtual:q"), *large = OPEN("virtual:q");
	struct anycan_bus *small = OPEN("virtual:q", .rx_queue_size = 2);
	struct anycan_bus *small_2 = OPEN("virtual:q", .rx_queue_size = 2);
	const int64_t limit = 50 * ANYCAN_NS_PER_MS;
	struct anycan_frame frame = {.can_id = 3};
	struct anycan_error error = {0};
	int64_t began;

	(void)state;
	send_id(a, 1);
	send_id(a, 2);
	began = now_ns(CLOCK_MONOTONIC);
	assert_int_equal(anycan_bus_send(a, &frame, limit, &error), -ENOBUFS);
	assert_true(now_ns(CLOCK_MONOTONIC) - began >= 2 * limit);
	assert_int_equal(error.category, ANYCAN_ERROR_OPERATION);
	for (canid_t id = 1; id <= 3; id++)
		assert_int_equal(recv_id(large), id);
	for (canid_t id = 1; id <= 2; id++) {
		assert_int_equal(recv_id(small), id);
		assert_int_equal(recv_id(small_2), id);
	}
	assert_true(is_quiet(small) && is_quiet(small_2) && is_quiet(large));
	anycan_bus_close(a);
	anycan_bus_close(large);
	anycan_bus_close(small);
	anycan_bus_close(small_2);
}

/* In a batch too nobody gets a frame twice: the first that has to wait begins anew. */
static void test_full_in_batch(void **state)
{
	struct anycan_frame frames[6] = {{.can_id = 1}, {.can_id = 2}, {.can_id = 3},
					 {.can_id = 4}, {.can_id = 5}, {.can_id = 6}};
	struct anycan_bus *a = OPEN("virtual:q"), *large = OPEN("virtual:q");
	struct anycan_bus *small = OPEN("virtual:q", .rx_queue_size = 4);

	(void)state;
	assert_int_equal(anycan_bus_send_many(a, frames, 6, 0, NULL), 4);
	for (canid_t id = 1; id <= 4; id++)
		assert_int_equal(recv_id(small), id);
	/* The fifth went to whoever had room, and is the caller's to give up or to repeat. */
	for (canid_t id = 1; id <= 5; id++)
		assert_int_equal(recv_id(large), id);
	assert_true(is_quiet(small) && is_quiet(large));
	anycan_bus_close(a);
	anycan_bus_close(large);
	anycan_bus_close(small);
}

static void *drain(void *arg)
{
	struct anycan_bus *bus = arg;

	for (canid_t id = 0; id < 1000; id++)
		assert_int_equal(recv_id(bus), id);
	return NULL;
}

/* A short queue that is read meanwhile loses nothing and keeps the order. */
static void test_flow(void **state)
{
	struct anycan_bus *a = OPEN("virtual:f"), *b = OPEN("virtual:f", .rx_queue_size = 3);
	struct anycan_frame frame = {0};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, drain, b), 0);
	for (canid_t id = 0; id < 1000; id++) {
		frame.can_id = id;
		assert_int_equal(anycan_bus_send(a, &frame, PATIENCE, NULL), 0);
	}
	pthread_join(thread, NULL);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

static void *send_for_ever(void *arg)
{
	const struct anycan_frame frame = {.can_id = 9};

	assert_int_equal(anycan_bus_send(arg, &frame, ANYCAN_FOREVER, NULL), 0);
	return NULL;
}

/* A sender that waits for a receiver goes on when that one leaves. */
static void test_close_full(void **state)
{
	struct anycan_bus *a = OPEN("virtual:f"), *b = OPEN("virtual:f", .rx_queue_size = 1);
	struct anycan_bus *c = OPEN("virtual:f");
	pthread_t thread;

	(void)state;
	send_id(a, 1);
	assert_int_equal(pthread_create(&thread, NULL, send_for_ever, a), 0);
	nanosleep(&(struct timespec){.tv_nsec = 20 * ANYCAN_NS_PER_MS}, NULL);
	anycan_bus_close(b);
	pthread_join(thread, NULL);
	assert_int_equal(recv_id(c), 1);
	assert_int_equal(recv_id(c), 9);
	anycan_bus_close(a);
	anycan_bus_close(c);
}

static bool readable(struct anycan_bus *bus)
{
	struct pollfd poller = {.fd = anycan_bus_fd(bus), .events = POLLIN};

	assert_true(poller.fd >= 0);
	return poll(&poller, 1, 0) == 1;
}

static void test_descriptor(void **state)
{
	struct anycan_bus *a = OPEN("virtual:d"), *b = OPEN("virtual:d");

	(void)state;
	send_id(a, 1);
	assert_true(readable(b)); /* also what came before it was asked for */
	send_id(a, 2);
	recv_id(b);
	assert_true(readable(b));
	recv_id(b);
	assert_false(readable(b));
	send_id(a, 3);
	assert_true(readable(b));
	assert_int_equal(anycan_bus_flush(b, NULL), 1);
	assert_false(readable(b));
	anycan_bus_close(a);
	anycan_bus_close(b);
}

/* More than the queue first has room for, from the middle of the ring on. */
static void test_many(void **state)
{
	static struct anycan_frame sent[5000], got[5000];
	struct anycan_bus *a = OPEN("virtual:m", .fd = true), *b = OPEN("virtual:m", .fd = true);
	struct test_random random = {11};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(sent); i++)
		sent[i] = test_random_frame(&random);
	for (canid_t id = 0; id < 50; id++) {
		send_id(a, id);
		assert_int_equal(recv_id(b), id);
	}
	assert_int_equal(anycan_bus_send_many(a, sent, 5000, 0, NULL), 5000);
	assert_int_equal(anycan_bus_recv_many(b, got, 5000, 0, NULL), 5000);
	for (size_t i = 0; i < TEST_COUNT(sent); i++)
		assert_true(anycan_frame_equal(&sent[i], &got[i], ANYCAN_ANY_TIME, true));
	anycan_bus_close(a);
	anycan_bus_close(b);
}

static void test_passive(void **state)
{
	struct anycan_bus *a = OPEN("virtual:p", .state = ANYCAN_BUS_PASSIVE);
	const struct anycan_frame frame = {0};
	enum anycan_bus_state bus_state;
	struct anycan_error error;

	(void)state;
	assert_int_equal(anycan_bus_get_state(a, &bus_state, NULL), 0);
	assert_int_equal(bus_state, ANYCAN_BUS_PASSIVE);
	assert_int_equal(anycan_bus_send(a, &frame, 0, &error), -EPERM);
	assert_int_equal(anycan_bus_set_state(a, ANYCAN_BUS_ACTIVE, NULL), 0);
	assert_int_equal(anycan_bus_send(a, &frame, 0, NULL), 0);
	assert_int_equal(anycan_bus_flush_tx(a, NULL), 0);
	anycan_bus_close(a);
}

static int note(const char *channel, void *arg)
{
	strcat(strcat(arg, channel), " ");
	return 0;
}

/* All channels in use, and one that is not. */
static void test_detect(void **state)
{
	struct anycan_bus *a = OPEN("virtual:channel-0"), *b = OPEN("virtual:other");
	char found[64] = "";

	(void)state;
	assert_int_equal(anycan_interface_find("virtual")->detect(note, found), 0);
	assert_string_equal(found, "other channel-0 channel-1 ");
	anycan_bus_close(a);
	anycan_bus_close(b);
	found[0] = 0;
	assert_int_equal(anycan_interface_find("virtual")->detect(note, found), 0);
	assert_string_equal(found, "channel-0 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_channels),      cmocka_unit_test(test_own_messages),
		cmocka_unit_test(test_time_stamps),   cmocka_unit_test(test_full_queue),
		cmocka_unit_test(test_full_in_batch), cmocka_unit_test(test_flow),
		cmocka_unit_test(test_close_full),    cmocka_unit_test(test_descriptor),
		cmocka_unit_test(test_many),	      cmocka_unit_test(test_passive),
		cmocka_unit_test(test_detect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
