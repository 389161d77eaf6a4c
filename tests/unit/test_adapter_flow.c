// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/adapter.c and bridged/channel.c, the frames: in = out + counted drops, in order and
 * none twice, whatever happens to the adapter, the line and the netdev. stage_check() counts.
 */
#include "check.h"
#include "random.h"
#include "stage.h"

#include <anycan/log.h>
#include <errno.h>
#include <linux/can/error.h>
#include <string.h>
#include <sys/epoll.h>

/* Counts every allocation of the process, those of the C library included. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
					      void (*freed)(const volatile void *));

static int set_up(void **state)
{
	*state = stage_new();
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

static struct bridged_counters *counters_of(struct stage *s, unsigned int channel)
{
	return &s->adapter.channels[channel].counters;
}

/* ---- From the bus */

static void test_receive(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	for (unsigned int i = 0; i < 20; i++) {
		stage_say_frames(s, 0, i);
		stage_say_frames(s, 1, 2 * i);
		stage_say_frames(s, 0, 1);
		stage_settle(s);
		stage_check(s);
	}
	assert_int_equal(s->ports[0].got, 190 + 20);
	assert_int_equal(s->ports[1].got, 380);
	assert_int_equal(counters_of(s, 1)->rx_frames, 380);
}

/* One read brings more frames than the sink holds, as often as not with half a unit at its end. */
static void test_receive_full_sink(void **state)
{
	const unsigned int most = sizeof((struct fake_transport *)NULL)->to_host / UNIT_SIZE;
	struct stage *s = *state;
	unsigned int n = 0;

	stage_open(s);
	for (unsigned int burst = BRIDGED_FRAMES_MAX - 1; burst < most; burst = burst * 3 / 2) {
		stage_say_frames(s, 1, burst);
		n += burst;
		stage_settle(s);
		assert_int_equal(s->ports[1].got, n);
		stage_check(s);
	}
	assert_int_equal(s->adapter.in_len, 0);
}

/* More events than the list holds. */
static void test_receive_full_events(void **state)
{
	struct stage *s = *state;

	s->driver.confirms = true;
	stage_open(s);
	for (unsigned int i = 0; i < 3 * BRIDGED_EVENTS_MAX; i++) {
		stage_say(s, UNIT_STATE, 0, i % 2);
		stage_say_frames(s, 0, i % 2);
	}
	stage_settle(s);
	assert_int_equal(s->ports[0].got, 3 * BRIDGED_EVENTS_MAX / 2);
	stage_check(s);
}

/* Nobody listens: before the netdevs exist, while they are down, on a channel without one. */
static void test_receive_unclaimed(void **state)
{
	struct stage *s = *state;

	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_say_frames(s, 0, 3);
	stage_settle(s);
	assert_int_equal(counters_of(s, 0)->rx_unclaimed, 3);

	stage_say(s, UNIT_READY, 0, 0);
	stage_settle(s);
	stage_say_frames(s, 1, 2);
	stage_say_frames(s, 3, 4);
	stage_settle(s);
	assert_int_equal(counters_of(s, 1)->rx_unclaimed, 2);
	assert_int_equal(counters_of(s, 3)->rx_unclaimed, 4);
	stage_check(s);
}

static void test_receive_closed(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_set_up(s, 0, false);
	stage_say_frames(s, 0, 5);
	stage_say_frames(s, 1, 5);
	stage_settle(s);
	assert_int_equal(s->ports[0].got, 0);
	assert_int_equal(counters_of(s, 0)->rx_unclaimed, 5);
	assert_int_equal(s->ports[1].got, 5);
	stage_check(s);
}

/* What comes in one read with OPENED was on the bus already. */
static void test_receive_with_opened(void **state)
{
	struct stage *s = *state;

	stage_present(s);
	stage_set_up(s, 0, true);
	stage_say(s, UNIT_OPENED, 0, 0);
	stage_say_frames(s, 0, 5);
	stage_settle(s);
	assert_int_equal(s->ports[0].got, 5);
	stage_check(s);
}

static void test_garbage(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	for (unsigned int i = 0; i < 500; i++) {
		stage_say(s, UNIT_GARBAGE, i, i);
		stage_say_frames(s, 0, 1);
		stage_say(s, UNIT_OVERRUN, 0, 0);
	}
	stage_settle(s);
	assert_int_equal(s->adapter.counters.bad_units, 500);
	assert_int_equal(s->adapter.counters.overruns, 500);
	assert_int_equal(s->ports[0].got, 500);
	stage_check(s);
}

/* ---- To the bus */

static void test_send(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	for (unsigned int i = 0; i < 20; i++) {
		stage_send_frames(s, 0, 10 * i);
		stage_send_frames(s, 1, 1);
		stage_settle(s);
		stage_check(s);
	}
	assert_int_equal(s->line.frames_got[0], 1900);
	assert_int_equal(s->line.frames_got[1], 20);
	assert_int_equal(counters_of(s, 0)->tx_frames, 1900);
}

static void test_send_confirmed(void **state)
{
	struct stage *s = *state;
	unsigned int i;

	s->driver.confirms = true;
	s->driver.window = 8;
	stage_open(s);
	stage_send_frames(s, 0, 50);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 8);
	assert_int_equal(s->adapter.channels[0].in_flight, 8);
	stage_check(s);
	for (i = 0; i < 50; i++) {
		stage_end_frames(s, i % 5 == 4 ? UNIT_FAILED : UNIT_DONE, 0, 1);
		stage_settle(s);
		stage_check(s);
	}
	assert_int_equal(s->line.frames_got[0], 50);
	assert_int_equal(counters_of(s, 0)->tx_confirmed, 40);
	assert_int_equal(counters_of(s, 0)->tx_failed, 10);
	assert_int_equal(s->adapter.channels[0].in_flight, 0);
	/* A confirmation too many is nobody's. */
	stage_say(s, UNIT_DONE, 0, 0);
	stage_settle(s);
	stage_check(s);
}

static void test_send_unsupported(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	s->ports[0].remote_every = 3;
	stage_send_frames(s, 0, 300);
	stage_settle(s);
	assert_int_equal(counters_of(s, 0)->tx_unsupported, 100);
	assert_int_equal(s->line.frames_got[0], 200);
	stage_check(s);
}

/* Frames that are sent while the adapter opens its channel wait for it. */
static void test_send_while_opening(void **state)
{
	struct stage *s = *state;

	stage_present(s);
	stage_set_up(s, 0, true);
	stage_send_frames(s, 0, 20);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 0);
	assert_int_equal(s->adapter.channels[0].queued, 20);
	stage_say(s, UNIT_OPENED, 0, 0);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 20);
	stage_check(s);
}

static void test_send_closed(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	s->driver.busy = true;
	stage_send_frames(s, 0, 30);
	stage_settle(s);
	stage_set_up(s, 0, false);
	assert_int_equal(counters_of(s, 0)->tx_aborted, 30);
	/* More than the daemon throws away in one go. */
	stage_send_frames(s, 0, 20 * BRIDGED_QUEUE);
	stage_settle(s);
	assert_int_equal(counters_of(s, 0)->tx_aborted, 30 + 20 * BRIDGED_QUEUE);
	assert_int_equal(s->line.frames_got[0], 0);
	stage_check(s);

	/* None of them is sent later. */
	s->driver.busy = false;
	s->driver.opens_at_once = true;
	stage_set_up(s, 0, true);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 0);
	stage_send_frames(s, 0, 1);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 1);
	stage_check(s);
}

/* Frames under way when the channel is closed fail, and are counted once. */
static void test_close_under_way(void **state)
{
	struct stage *s = *state;

	s->driver.confirms = true;
	stage_open(s);
	stage_send_frames(s, 0, FAKE_WINDOW + 30);
	stage_settle(s);
	stage_set_up(s, 0, false);
	stage_settle(s);
	assert_int_equal(counters_of(s, 0)->tx_failed, FAKE_WINDOW);
	assert_int_equal(counters_of(s, 0)->tx_aborted, 30);
	assert_int_equal(s->adapter.channels[0].in_flight, 0);
	stage_check(s);
}

/* Senders wait from three quarters on, go on from one quarter, and the netdev is not read dry. */
static void test_hold(void **state)
{
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[0];
	struct fake_port *port = &s->ports[0];

	s->driver.confirms = true;
	s->driver.window = 1;
	stage_open(s);
	stage_send_frames(s, 0, 1 + BRIDGED_QUEUE * 3 / 4 - 1);
	stage_settle(s);
	assert_string_equal(port->trace, "+");
	stage_send_frames(s, 0, 1);
	stage_settle(s);
	assert_string_equal(port->trace, "+H");
	assert_int_equal(channel->queued, BRIDGED_QUEUE * 3 / 4);

	/* What comes nevertheless is taken until the queue is full, then it stays in the kernel. */
	stage_send_frames(s, 0, BRIDGED_QUEUE);
	stage_settle(s);
	assert_int_equal(channel->queued, BRIDGED_QUEUE);
	assert_int_equal(port->waiting, BRIDGED_QUEUE * 3 / 4);
	assert_int_equal(channel->sources[0].events, 0);
	stage_check(s);

	while (channel->queued > BRIDGED_QUEUE / 4 || port->waiting) {
		assert_string_equal(port->trace, "+H");
		stage_end_frames(s, UNIT_DONE, 0, 1);
		stage_settle(s);
	}
	assert_int_equal(channel->queued, BRIDGED_QUEUE / 4);
	assert_string_equal(port->trace, "+H");
	stage_end_frames(s, UNIT_DONE, 0, 1);
	stage_settle(s);
	assert_string_equal(port->trace, "+Hh");
	assert_int_equal(channel->sources[0].events, EPOLLIN);
	stage_check(s);
}

/* The peer asks for silence: frames wait, and room to write, which there is, wakes nobody. */
static void test_peer_holds(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	s->line.held = true;
	stage_send_frames(s, 0, 5);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 0);
	assert_int_equal(s->adapter.source.events, EPOLLIN);
	stage_say_frames(s, 0, 3);
	stage_settle(s);
	assert_int_equal(s->ports[0].got, 3);
	s->line.held = false;
	stage_say_frames(s, 0, 1); /* what ended it was input as well */
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], 5);
	stage_check(s);
}

/* Senders that were held back when the channel closed are let go. */
static void test_hold_and_close(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	s->driver.busy = true;
	stage_send_frames(s, 0, 2 * BRIDGED_QUEUE);
	stage_settle(s);
	assert_string_equal(s->ports[0].trace, "+H");
	stage_set_up(s, 0, false);
	stage_settle(s);
	assert_string_equal(s->ports[0].trace, "+Hh");
	assert_int_equal(counters_of(s, 0)->tx_aborted, 2 * BRIDGED_QUEUE);
	assert_int_equal(s->ports[0].waiting, 0);
	stage_check(s);
}

/* The line takes a few bytes at a time, or none for a while. */
static void test_partial_writes(void **state)
{
	static const size_t takes[] = {1, 2, 3, 5, 7, 64, 1000, 0};

	for (unsigned int i = 0; i < TEST_COUNT(takes); i++) {
		struct stage *s = stage_new();

		stage_open(s);
		s->line.write_max = takes[i];
		stage_send_frames(s, 0, 2000);
		stage_send_frames(s, 1, 100);
		for (unsigned int round = 0; round < 10; round++) {
			stage_round(s);
			stage_check(s);
		}
		assert_true(s->adapter.source.events & EPOLLOUT);
		/* Room for commands is kept. */
		assert_true(s->adapter.out_len <= BRIDGED_OUT_SIZE - BRIDGED_OUT_ROOM);
		stage_set_up(s, 1, false);
		s->line.write_max = SIZE_MAX;
		stage_settle(s);
		assert_false(s->adapter.source.events & EPOLLOUT);
		assert_int_equal(s->line.frames_got[0], 2000);
		assert_int_equal(s->line.units[UNIT_STOP], 1);
		stage_check(s);
		stage_free(s);
	}
	(void)state;
}

/* On a slow line each channel gets its share. */
static void test_fair_shares(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	s->line.write_max = 60;
	stage_send_frames(s, 0, 20000);
	stage_send_frames(s, 1, 20000);
	for (unsigned int round = 0; round < 1000; round++)
		stage_round(s);
	assert_true(s->line.frames_got[0] > 3000);
	assert_true(s->line.frames_got[1] > 3000);
	stage_check(s);
}

/* A netdev's frames that the kernel dropped before we could read them are seen by applications. */
static void test_overflow(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	for (unsigned int i = 1; i <= 3; i++) {
		s->ports[1].dropped.tx_overflow += 17;
		stage_send_frames(s, 1, 2);
		stage_settle(s);
		assert_int_equal(s->ports[1].errors, i);
		stage_send_frames(s, 1, 2);
		stage_settle(s);
		assert_int_equal(s->ports[1].errors, i);
	}
	assert_int_equal(s->ports[1].last_error.can_id, CAN_ERR_FLAG | CAN_ERR_CRTL);
	assert_int_equal(s->ports[1].last_error.data[1], CAN_ERR_CRTL_TX_OVERFLOW);
	assert_int_equal(s->ports[0].errors, 0);
	stage_check(s);
}

/* ---- Unplugging while frames flow */

/* How a driver and a line may be when the adapter is pulled out. */
struct unplug_case {
	const char *name;
	bool confirms;
	bool busy;
	size_t write_max;
};

static const struct unplug_case unplug_cases[] = {
	{"all flows", false, false, SIZE_MAX},
	{"frames under way", true, false, SIZE_MAX},
	{"the driver takes none", false, true, SIZE_MAX},
	{"half a frame is written", false, false, 7},
	{"half a frame is written, and more are under way", true, false, 7},
	{"the line is stuck", false, false, 0},
};

static void check_unplug(const struct unplug_case *row)
{
	struct stage *s = stage_new();
	uint32_t got;

	s->driver.confirms = row->confirms;
	stage_open(s);
	s->driver.busy = row->busy;
	s->line.write_max = row->write_max;
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		stage_send_frames(s, i, 2 * BRIDGED_QUEUE);
		stage_say_frames(s, i, 100);
	}
	for (unsigned int round = 0; round < 3; round++)
		stage_round(s);
	stage_check(s);
	stage_send_frames(s, 0, 10);
	stage_say_frames(s, 0, 10);
	stage_unplug(s);
	stage_settle(s);
	stage_check(s);
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		assert_int_equal(s->adapter.channels[i].queued, 0);
		assert_int_equal(s->adapter.channels[i].in_flight, 0);
		assert_int_equal(s->ports[i].waiting, 0);
		assert_int_equal(s->ports[i].errors, 1);
	}

	/* Back on the same netdev, without an old frame. */
	s->driver.busy = false;
	s->driver.opens_at_once = true;
	s->line.write_max = SIZE_MAX;
	got = s->line.frames_got[0];
	stage_replug(s);
	assert_int_equal(s->line.frames_got[0], got);
	stage_send_frames(s, 0, 20);
	stage_say_frames(s, 0, 20);
	stage_settle(s);
	assert_int_equal(s->line.frames_got[0], got + 20);
	stage_check(s);
	stage_free(s);
}

static void test_unplug_in_the_middle(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < TEST_COUNT(unplug_cases); i++) {
		print_message("  %s\n", unplug_cases[i].name);
		check_unplug(&unplug_cases[i]);
	}
}

/* ---- All of it in any order */

static void any_step(struct stage *s, struct test_random *random)
{
	static const size_t takes[] = {0, 1, 5, 100, SIZE_MAX};
	unsigned int channel = test_random_below(random, FAKE_CHANNELS);
	unsigned int n = test_random_below(random, 150);

	switch (test_random_below(random, 16)) {
	case 0:
		stage_set_up(s, channel, !s->ports[channel].up);
		break;
	case 1:
		stage_say(s, UNIT_OPENED, channel, 0);
		break;
	case 2:
		if (!n)
			stage_say(s, UNIT_REFUSED, channel, 0);
		break;
	case 3:
		s->line.write_max = takes[test_random_below(random, TEST_COUNT(takes))];
		break;
	case 4:
		s->driver.busy = n < 20;
		break;
	case 5:
		if (n < 10)
			stage_unplug(s);
		break;
	case 6:
		if (s->line.error)
			stage_replug(s);
		break;
	case 7:
		stage_say(s, UNIT_GARBAGE, channel, n);
		break;
	case 8:
	case 9:
		stage_send_frames(s, channel, n);
		break;
	case 10:
	case 11:
		if (!s->line.error)
			stage_say_frames(s, channel, n);
		break;
	default:
		if (!s->line.error)
			stage_end_frames(s, n % 7 ? UNIT_DONE : UNIT_FAILED, channel, n);
	}
}

static void check_any_order(uint64_t seed)
{
	struct test_random random = {seed};
	struct stage *s = stage_new();

	s->driver.confirms = seed % 2;
	s->driver.opens_at_once = seed % 4 < 2;
	s->ports[0].remote_every = 11;
	stage_open(s);
	for (unsigned int step = 0; step < 5000; step++) {
		any_step(s, &random);
		if (test_random_below(&random, 3))
			stage_round(s);
		/* The adapter does not speak faster than the host reads. */
		while (s->line.said > sizeof(s->line.to_host) / 2)
			stage_round(s);
		stage_check(s);
	}
	stage_settle(s);
	stage_check(s);
	print_message("  seed %llu: %u read, %u sent, %llu times back\n", (unsigned long long)seed,
		      s->line.frames_read[0] + s->line.frames_read[1],
		      s->line.frames_got[0] + s->line.frames_got[1],
		      (unsigned long long)s->adapter.counters.reconnects);
	assert_true(s->line.frames_got[0] > 1000 && s->ports[0].got > 1000);
	assert_true(s->adapter.counters.reconnects > 3);
	stage_free(s);
}

static void test_any_order(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 8; seed++)
		check_any_order(seed);
}

/* ---- What it costs */

static unsigned int allocations;

static void count_allocation(const volatile void *block, size_t size)
{
	(void)block;
	(void)size;
	allocations++;
}

static void ignore_free(const volatile void *block)
{
	(void)block;
}

/* 100000 frames each way, all levels of the log but the one that prints them. */
static void test_no_allocation(void **state)
{
	struct stage *s = *state;
	unsigned int before;

	assert_int_not_equal(
		__sanitizer_install_malloc_and_free_hooks(count_allocation, ignore_free), 0);
	s->driver.confirms = true;
	stage_open(s);
	stage_free(stage_new());
	before = allocations;
	assert_true(before > 0); /* they are counted */
	for (unsigned int i = 0; i < 100000 / 50; i++) {
		stage_say_frames(s, i % 2, 50);
		stage_send_frames(s, i % 2, 50);
		stage_settle(s);
		stage_end_frames(s, UNIT_DONE, i % 2, 50);
	}
	stage_settle(s);
	assert_int_equal(allocations, before);
	assert_int_equal(s->ports[0].got + s->ports[1].got, 100000);
	assert_int_equal(counters_of(s, 0)->tx_confirmed + counters_of(s, 1)->tx_confirmed, 100000);
	stage_check(s);
}

int main(void)
{
#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_receive),
		STAGE_TEST(test_receive_full_sink),
		STAGE_TEST(test_receive_full_events),
		STAGE_TEST(test_receive_unclaimed),
		STAGE_TEST(test_receive_closed),
		STAGE_TEST(test_receive_with_opened),
		STAGE_TEST(test_garbage),
		STAGE_TEST(test_send),
		STAGE_TEST(test_send_confirmed),
		STAGE_TEST(test_send_unsupported),
		STAGE_TEST(test_send_while_opening),
		STAGE_TEST(test_send_closed),
		STAGE_TEST(test_close_under_way),
		STAGE_TEST(test_hold),
		STAGE_TEST(test_peer_holds),
		STAGE_TEST(test_hold_and_close),
		cmocka_unit_test(test_partial_writes),
		STAGE_TEST(test_fair_shares),
		STAGE_TEST(test_overflow),
		cmocka_unit_test(test_unplug_in_the_middle),
		cmocka_unit_test(test_any_order),
		STAGE_TEST(test_no_allocation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
