// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/loop.c: descriptors, deadlines and signals.
 */
#include "check.h"

#include <errno.h>
#include <loop.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define LONG (60 * ANYCAN_NS_PER_S)

struct fixture {
	struct bridged_loop loop;
	struct bridged_source source;
	int peer;
	unsigned int calls, dues;
	uint32_t events;
	unsigned int stop_after; /* calls or dues */
	int64_t due_every_ns;
};

static void ready(struct bridged_source *source, uint32_t events)
{
	struct fixture *f = source->owner;

	f->events = events;
	f->loop.stop = ++f->calls == f->stop_after;
}

static void due(void *arg)
{
	struct fixture *f = arg;

	f->dues++;
	if (!f->due_every_ns)
		return;
	f->loop.deadline = anycan_mono_after(bridged_now(NULL), f->due_every_ns);
	f->loop.stop |= f->dues == f->stop_after;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	int fds[2];

	assert_int_equal(bridged_loop_init(&f->loop), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	f->peer = fds[1];
	f->source = (struct bridged_source){
		.fd = fds[0],
		.events = EPOLLIN,
		.ready = ready,
		.owner = f,
	};
	f->loop.due = due;
	f->loop.arg = f;
	assert_int_equal(bridged_loop_add(&f->loop, &f->source), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	close(f->source.fd);
	close(f->peer);
	bridged_loop_exit(&f->loop);
	free(f);
	return 0;
}

static int run_for(struct fixture *f, int64_t ns)
{
	return bridged_loop_run(&f->loop, anycan_mono_after(bridged_now(NULL), ns));
}

static void test_readable(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write(f->peer, "x", 1), 1);
	f->stop_after = 3; /* it is not read, so it is reported again */
	assert_int_equal(run_for(f, LONG), 0);
	assert_int_equal(f->calls, 3);
	assert_int_equal(f->dues, 3);
	assert_int_equal(f->events, EPOLLIN);
}

static void test_want(void **state)
{
	struct fixture *f = *state;

	f->stop_after = 1;
	bridged_loop_want(&f->loop, &f->source, EPOLLIN | EPOLLOUT);
	assert_int_equal(run_for(f, LONG), 0);
	assert_int_equal(f->events, EPOLLOUT);

	/* Nothing is wanted: only the hang-up is told. */
	f->loop.stop = false;
	f->stop_after = 2;
	bridged_loop_want(&f->loop, &f->source, 0);
	assert_int_equal(write(f->peer, "x", 1), 1);
	assert_int_equal(run_for(f, 5 * ANYCAN_NS_PER_MS), 0);
	assert_int_equal(f->calls, 1);
	close(f->peer);
	assert_int_equal(run_for(f, LONG), 0);
	assert_true(f->events & EPOLLHUP);
	f->peer = dup(f->source.fd);
}

static void test_del(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write(f->peer, "x", 1), 1);
	bridged_loop_del(&f->loop, &f->source);
	assert_int_equal(run_for(f, 5 * ANYCAN_NS_PER_MS), 0);
	assert_int_equal(f->calls, 0);
	assert_int_equal(bridged_loop_add(&f->loop, &f->source), 0);
	assert_int_equal(bridged_loop_add(&f->loop, &f->source), -EEXIST);
	f->stop_after = 1;
	assert_int_equal(run_for(f, LONG), 0);
	assert_int_equal(f->calls, 1);
}

/* Never early; how late is up to the machine. */
static void test_until(void **state)
{
	struct fixture *f = *state;
	int64_t start = bridged_now(NULL).ns;

	assert_int_equal(run_for(f, 20 * ANYCAN_NS_PER_MS), 0);
	assert_true(bridged_now(NULL).ns - start >= 20 * ANYCAN_NS_PER_MS);
	/* A moment that has passed: nothing is done at all. */
	f->dues = 0;
	assert_int_equal(run_for(f, -1), 0);
	assert_int_equal(f->dues, 0);
}

/* Deadlines shorter than a millisecond, for a frame is shorter than that. */
static void test_deadline(void **state)
{
	struct fixture *f = *state;
	int64_t start = bridged_now(NULL).ns;

	f->due_every_ns = 200 * ANYCAN_NS_PER_US;
	f->stop_after = 20;
	f->loop.deadline = bridged_now(NULL);
	assert_int_equal(run_for(f, LONG), 0);
	assert_int_equal(f->dues, 20);
	assert_true(bridged_now(NULL).ns - start >= 19 * f->due_every_ns);
}

static void test_signals(void **state)
{
	static const int signals[] = {SIGINT, SIGTERM};
	struct fixture *f = *state;

	for (size_t i = 0; i < TEST_COUNT(signals); i++) {
		f->loop.stop = false;
		assert_int_equal(kill(getpid(), signals[i]), 0);
		assert_int_equal(run_for(f, LONG), 0);
		assert_true(f->loop.stop);
	}
	/* Nobody reads what we write: no reason to die. */
	close(f->source.fd);
	assert_int_equal(write(f->peer, "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	f->source.fd = dup(f->peer);
}

static void test_now(void **state)
{
	int64_t wall_ns, later_ns;
	struct anycan_mono now = bridged_now(&wall_ns);

	(void)state;
	assert_true(bridged_now(&later_ns).ns >= now.ns);
	assert_true(wall_ns > INT64_C(1600000000) * ANYCAN_NS_PER_S);
}

int main(void)
{
#define LOOP_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		LOOP_TEST(test_readable),   LOOP_TEST(test_want),     LOOP_TEST(test_del),
		LOOP_TEST(test_until),	    LOOP_TEST(test_deadline), LOOP_TEST(test_signals),
		cmocka_unit_test(test_now),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
