// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/notifier.c and lib/reader.c on virtual buses; the same under TSan.
 */
#include "../unit/check.h"

#include <anycan/clock.h>
#include <anycan/interface.h>
#include <anycan/notifier.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)
#define FLOOD 20000

static struct anycan_bus *open_bus(const char *channel)
{
	struct anycan_error error;
	struct anycan_bus *bus;
	char address[64];

	snprintf(address, sizeof(address), "virtual:%s", channel);
	if (anycan_bus_open(&bus, address, NULL, &error))
		fail_msg("%s", error.text);
	return bus;
}

static void send_id(struct anycan_bus *bus, canid_t id)
{
	const struct anycan_frame frame = {.can_id = id, .len = 1, .data = {(uint8_t)id}};

	assert_int_equal(anycan_bus_send(bus, &frame, PATIENCE_NS, NULL), 0);
}

/* ---- A listener that counts */

struct counter {
	struct anycan_listener listener;
	atomic_uint frames, errors, stops;
	int result;   /* of on_message() */
	bool handles; /* errors */
	canid_t last;
	/* For listeners that change who listens: */
	struct anycan_notifier *notifier;
	const struct anycan_listener *remove, *add;
};

static int count_frame(void *arg, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	struct counter *counter = arg;

	assert_non_null(bus);
	counter->last = frame->can_id;
	if (counter->remove)
		anycan_notifier_remove_listener(counter->notifier, counter->remove);
	if (counter->add)
		anycan_notifier_add_listener(counter->notifier, counter->add);
	counter->frames++;
	return counter->result;
}

static bool count_error(void *arg, struct anycan_bus *bus, const struct anycan_error *error)
{
	struct counter *counter = arg;

	assert_non_null(bus);
	assert_true(error->code < 0 && error->text[0]);
	counter->errors++;
	return counter->handles;
}

static void count_stop(void *arg)
{
	((struct counter *)arg)->stops++;
}

static void init_counter(struct counter *counter)
{
	memset(counter, 0, sizeof(*counter));
	counter->listener = (struct anycan_listener){
		.on_message = count_frame,
		.on_error = count_error,
		.stop = count_stop,
		.arg = counter,
	};
}

static bool reaches(atomic_uint *value, unsigned int wanted)
{
	for (int i = 0; i < 5000 && *value < wanted; i++)
		usleep(1000);
	return *value == wanted;
}

/* ---- Tests */

static void test_listeners(void **state)
{
	struct anycan_bus *sender = open_bus("l"), *bus = open_bus("l");
	struct can_filter only = {.can_id = 0x100, .can_mask = 0x7ff};
	struct anycan_filters filters = {.list = &only, .n = 1};
	struct anycan_notifier *notifier;
	struct counter all, some, twice;

	(void)state;
	init_counter(&all);
	init_counter(&some);
	init_counter(&twice);
	some.listener.filters = &filters;
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	assert_int_equal(anycan_notifier_add_listener(notifier, &all.listener), 0);
	assert_int_equal(anycan_notifier_add_listener(notifier, &some.listener), 0);
	assert_int_equal(anycan_notifier_add_listener(notifier, &twice.listener), 0);
	assert_int_equal(anycan_notifier_add_listener(notifier, &twice.listener), 0);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	for (canid_t id = 0xf8; id < 0x108; id++)
		send_id(sender, id);
	assert_true(reaches(&all.frames, 16));
	assert_true(reaches(&twice.frames, 32));
	assert_int_equal(some.frames, 1);
	assert_int_equal(anycan_notifier_remove_listener(notifier, &twice.listener), 0);
	send_id(sender, 1);
	assert_true(reaches(&twice.frames, 33));
	assert_int_equal(anycan_notifier_remove_listener(notifier, &twice.listener), 0);
	assert_int_equal(anycan_notifier_remove_listener(notifier, &twice.listener), -EINVAL);
	assert_int_equal(anycan_notifier_stop(notifier, PATIENCE_NS), 0);
	assert_int_equal(anycan_notifier_stop(notifier, PATIENCE_NS), 0);
	assert_int_equal(all.stops, 1);
	assert_int_equal(twice.stops, 0);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), -ESHUTDOWN);
	assert_int_equal(anycan_notifier_failure(notifier, NULL), 0);
	anycan_notifier_free(notifier);
	assert_int_equal(all.stops, 1);
	anycan_bus_close(bus);
	anycan_bus_close(sender);
}

static void test_listeners_change_listeners(void **state)
{
	struct anycan_bus *sender = open_bus("c"), *bus = open_bus("c");
	struct anycan_notifier *notifier;
	struct counter first, second, third;

	(void)state;
	init_counter(&first);
	init_counter(&second);
	init_counter(&third);
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	first.notifier = notifier;
	first.remove = &second.listener;
	first.add = &third.listener;
	anycan_notifier_add_listener(notifier, &first.listener);
	anycan_notifier_add_listener(notifier, &second.listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	send_id(sender, 1);
	assert_true(reaches(&first.frames, 1));
	send_id(sender, 2);
	assert_true(reaches(&first.frames, 2));
	anycan_notifier_free(notifier);
	assert_int_equal(second.frames, 0);
	assert_int_equal(third.frames, 1);
	anycan_bus_close(bus);
	anycan_bus_close(sender);
}

static void test_errors(void **state)
{
	struct anycan_bus *sender = open_bus("e"), *bus = open_bus("e");
	struct anycan_notifier *notifier;
	struct anycan_error error = {0};
	struct counter bad, witness;

	(void)state;
	init_counter(&bad);
	init_counter(&witness);
	bad.result = -EIO;
	witness.handles = true;
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	anycan_notifier_add_listener(notifier, &bad.listener);
	anycan_notifier_add_listener(notifier, &witness.listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	send_id(sender, 1);
	send_id(sender, 2);
	/* One listener's error takes nothing from the others, and somebody has dealt with it. */
	assert_true(reaches(&witness.frames, 2));
	assert_true(reaches(&witness.errors, 2));
	assert_int_equal(bad.errors, 2);
	assert_int_equal(anycan_notifier_failure(notifier, &error), 0);
	anycan_notifier_remove_listener(notifier, &witness.listener);
	send_id(sender, 3);
	assert_true(reaches(&bad.errors, 3));
	assert_int_equal(anycan_notifier_stop(notifier, PATIENCE_NS), 0);
	assert_int_equal(anycan_notifier_failure(notifier, &error), -EIO);
	assert_int_equal(error.category, ANYCAN_ERROR_OPERATION);
	anycan_notifier_free(notifier);
	anycan_bus_close(bus);
	anycan_bus_close(sender);
}

static void test_reader(void **state)
{
	struct anycan_bus *sender = open_bus("r"), *bus = open_bus("r");
	struct anycan_notifier *notifier;
	struct anycan_reader *reader, *small;
	const struct anycan_listener *listener;
	struct anycan_frame frame;

	(void)state;
	assert_int_equal(anycan_reader_new(&reader, 0), 0);
	assert_int_equal(anycan_reader_new(&small, 100), 0);
	listener = anycan_reader_listener(small, NULL);
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	anycan_notifier_add_listener(notifier, anycan_reader_listener(reader, NULL));
	anycan_notifier_add_listener(notifier, listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	assert_int_equal(anycan_reader_get(reader, &frame, 0), 0);
	assert_int_equal(anycan_reader_get(reader, &frame, ANYCAN_NS_PER_MS), 0);
	for (canid_t id = 0; id < FLOOD; id++)
		send_id(sender, id | CAN_EFF_FLAG);
	for (canid_t id = 0; id < FLOOD; id++) {
		assert_int_equal(anycan_reader_get(reader, &frame, PATIENCE_NS), 1);
		assert_int_equal(frame.can_id, id | CAN_EFF_FLAG);
	}
	assert_int_equal(anycan_reader_dropped(reader), 0);
	assert_false(anycan_reader_is_stopped(reader));
	send_id(sender, 7);
	assert_int_equal(anycan_reader_get(reader, &frame, PATIENCE_NS), 1);
	assert_int_equal(anycan_notifier_stop(notifier, PATIENCE_NS), 0);
	assert_true(anycan_reader_is_stopped(reader));
	/* It does not wait any more, but what is left is given out. In = out + counted. */
	assert_int_equal(anycan_reader_dropped(small), FLOOD + 1 - 100);
	for (canid_t id = 0; id < 100; id++) {
		assert_int_equal(anycan_reader_get(small, &frame, ANYCAN_FOREVER), 1);
		assert_int_equal(frame.can_id, id | CAN_EFF_FLAG);
	}
	assert_int_equal(anycan_reader_get(small, &frame, ANYCAN_FOREVER), 0);
	assert_int_equal(listener->on_message(listener->arg, bus, &frame), -ESHUTDOWN);
	anycan_notifier_free(notifier);
	anycan_reader_free(reader);
	anycan_reader_free(small);
	anycan_bus_close(bus);
	anycan_bus_close(sender);
}

static void test_redirect_and_two_buses(void **state)
{
	struct anycan_bus *a = open_bus("ra"), *in_a = open_bus("ra"), *out = open_bus("rc");
	struct anycan_bus *b = open_bus("rb"), *in_b = open_bus("rb"), *far = open_bus("rc");
	struct anycan_notifier *notifier;
	struct anycan_redirect redirect;
	struct anycan_frame frame;
	int sum = 0;

	(void)state;
	anycan_redirect_init(&redirect, out, PATIENCE_NS);
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	anycan_notifier_add_listener(notifier, &redirect.listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, in_a), 0);
	assert_int_equal(anycan_notifier_add_bus(notifier, in_b), 0);
	send_id(a, CAN_ERR_FLAG | 0x40);
	for (canid_t id = 1; id <= 10; id++) {
		send_id(a, id);
		send_id(b, id + 100);
	}
	for (int i = 0; i < 20; i++) {
		assert_int_equal(anycan_bus_recv(far, &frame, PATIENCE_NS, NULL), 1);
		sum += (int)frame.can_id;
	}
	assert_int_equal(sum, 2 * 55 + 1000);
	assert_int_equal(anycan_bus_recv(far, &frame, ANYCAN_NS_PER_MS, NULL), 0);
	anycan_notifier_free(notifier);
	anycan_bus_close(a);
	anycan_bus_close(b);
	anycan_bus_close(in_a);
	anycan_bus_close(in_b);
	anycan_bus_close(out);
	anycan_bus_close(far);
}

static void test_event_loop(void **state)
{
	struct anycan_bus *sender = open_bus("ev"), *bus = open_bus("ev");
	struct anycan_notifier *notifier;
	struct anycan_error error;
	struct counter counter;
	struct pollfd fd = {.events = POLLIN};

	(void)state;
	init_counter(&counter);
	assert_int_equal(anycan_notifier_new(&notifier, false), 0);
	anycan_notifier_add_listener(notifier, &counter.listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	fd.fd = anycan_notifier_fd(notifier);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(anycan_notifier_dispatch(notifier, &error), 0);
	for (canid_t id = 0; id < 200; id++)
		send_id(sender, id);
	while (poll(&fd, 1, 0) == 1)
		assert_true(anycan_notifier_dispatch(notifier, &error) >= 0);
	assert_int_equal(counter.frames, 200);
	assert_int_equal(counter.last, 199);
	counter.result = -ENOSPC;
	send_id(sender, 1);
	assert_int_equal(anycan_notifier_dispatch(notifier, &error), -ENOSPC);
	assert_int_equal(error.code, -ENOSPC);
	assert_int_equal(anycan_notifier_stop(notifier, 0), 0);
	assert_int_equal(counter.stops, 1);
	anycan_notifier_free(notifier);
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	assert_int_equal(anycan_notifier_fd(notifier), -EOPNOTSUPP);
	assert_int_equal(anycan_notifier_dispatch(notifier, &error), -EOPNOTSUPP);
	anycan_notifier_free(notifier);
	anycan_bus_close(bus);
	anycan_bus_close(sender);
}

/* ---- A bus without a descriptor, which fails now and then */

static int blind_open(void **state, const char *channel, const struct anycan_bus_options *options,
		      struct anycan_error *error)
{
	static atomic_int calls;

	(void)channel, (void)options, (void)error;
	calls = 0;
	*state = &calls;
	return 0;
}

static void blind_close(void *state)
{
	(void)state;
}

static int blind_recv(void *state, struct anycan_frame *frames, unsigned int max,
		      int64_t timeout_ns)
{
	int call = ++*(atomic_int *)state;

	(void)max;
	assert_true(timeout_ns > 0);
	if (call == 2)
		return -ENETDOWN;
	if (call == 4)
		return -ENODEV;
	memset(frames, 0, sizeof(*frames));
	frames->can_id = (canid_t)call;
	return 1;
}

static int blind_send(void *state, const struct anycan_frame *frames, unsigned int n,
		      int64_t timeout_ns)
{
	(void)state, (void)frames, (void)n, (void)timeout_ns;
	return -EIO;
}

static bool handle_one(void *arg, struct anycan_bus *bus, const struct anycan_error *error)
{
	count_error(arg, bus, error);
	return error->code == -ENETDOWN;
}

static void test_blind_bus(void **state)
{
	static const struct anycan_interface blind = {
		.name = "blind",
		.open = blind_open,
		.close = blind_close,
		.recv = blind_recv,
		.send = blind_send,
	};
	struct anycan_notifier *notifier;
	struct anycan_error error;
	struct counter counter;
	struct anycan_bus *bus;

	(void)state;
	init_counter(&counter);
	counter.listener.on_error = handle_one;
	assert_int_equal(anycan_interface_register(&blind), 0);
	assert_int_equal(anycan_bus_open(&bus, "blind:", NULL, &error), 0);
	assert_int_equal(anycan_notifier_new(&notifier, false), 0);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), -EOPNOTSUPP);
	anycan_notifier_free(notifier);
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	anycan_notifier_add_listener(notifier, &counter.listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	assert_true(reaches(&counter.errors, 2));
	assert_int_equal(counter.frames, 2);
	assert_int_equal(anycan_notifier_stop(notifier, PATIENCE_NS), 0);
	assert_int_equal(anycan_notifier_failure(notifier, &error), -ENODEV);
	anycan_notifier_free(notifier);
	anycan_bus_close(bus);
}

static int dawdle(void *arg, struct anycan_bus *bus, const struct anycan_frame *frame)
{
	(void)bus, (void)frame;
	((struct counter *)arg)->frames++;
	usleep(300000);
	return 0;
}

static void test_busy_listener(void **state)
{
	struct anycan_bus *sender = open_bus("b"), *bus = open_bus("b");
	struct anycan_notifier *notifier;
	struct counter slow;

	(void)state;
	init_counter(&slow);
	slow.listener.on_message = dawdle;
	assert_int_equal(anycan_notifier_new(&notifier, true), 0);
	anycan_notifier_add_listener(notifier, &slow.listener);
	assert_int_equal(anycan_notifier_add_bus(notifier, bus), 0);
	send_id(sender, 1);
	assert_true(reaches(&slow.frames, 1));
	assert_int_equal(anycan_notifier_stop(notifier, ANYCAN_NS_PER_MS), -ETIMEDOUT);
	assert_int_equal(slow.stops, 0);
	assert_int_equal(anycan_notifier_stop(notifier, PATIENCE_NS), 0);
	assert_int_equal(slow.stops, 1);
	anycan_notifier_free(notifier);
	anycan_bus_close(bus);
	anycan_bus_close(sender);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_listeners_change_listeners),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_reader),
		cmocka_unit_test(test_redirect_and_two_buses),
		cmocka_unit_test(test_event_loop),
		cmocka_unit_test(test_blind_bus),
		cmocka_unit_test(test_busy_listener),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
