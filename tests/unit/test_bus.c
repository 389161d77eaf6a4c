// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/bus.c over an interface of the test's own: registration, addresses, checks, time-outs,
 * filters in user space, counts, words.
 */
#include "check.h"

#include <anycan/clock.h>
#include <anycan/interface.h>
#include <errno.h>
#include <string.h>
#include <time.h>

/* What the fake does. */
static struct {
	char channel[64];
	struct anycan_bus_options options;
	struct anycan_frame waiting[8];
	unsigned int n_waiting;
	unsigned int room; /* frames that send() takes */
	int recv_error, send_error, filter_error;
	size_t n_filters;
	unsigned int taken, closed;
	int64_t recv_timeout;
} fake;

static int fake_open(void **state, const char *channel, const struct anycan_bus_options *options,
		     struct anycan_error *error)
{
	if (!strcmp(channel, "broken"))
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENODEV, "no %s",
					channel);
	strcpy(fake.channel, channel);
	fake.options = *options;
	*state = &fake;
	return 0;
}

static void fake_close(void *state)
{
	assert_ptr_equal(state, &fake);
	fake.closed++;
}

static int fake_recv(void *state, struct anycan_frame *frames, unsigned int max, int64_t timeout_ns)
{
	unsigned int n = fake.n_waiting < max ? fake.n_waiting : max;

	(void)state;
	fake.recv_timeout = timeout_ns;
	if (fake.recv_error)
		return fake.recv_error;
	memcpy(frames, fake.waiting, n * sizeof(*frames));
	fake.n_waiting -= n;
	memmove(fake.waiting, fake.waiting + n, fake.n_waiting * sizeof(*frames));
	return (int)n;
}

static int fake_send(void *state, const struct anycan_frame *frames, unsigned int n,
		     int64_t timeout_ns)
{
	(void)state, (void)frames, (void)timeout_ns;
	if (fake.send_error)
		return fake.send_error;
	/* A few at a time, so that the bus has to come back. */
	if (n > 3)
		n = 3;
	if (n > fake.room)
		n = fake.room;
	fake.room -= n;
	fake.taken += n;
	return (int)n;
}

static int fake_set_filters(void *state, const struct anycan_filters *filters)
{
	(void)state;
	fake.n_filters = filters->n;
	return fake.filter_error;
}

static const struct anycan_interface fake_interface = {
	.name = "fake",
	.summary = "of a test",
	.open = fake_open,
	.close = fake_close,
	.recv = fake_recv,
	.send = fake_send,
	.set_filters = fake_set_filters,
};

static int set_up(void **state)
{
	memset(&fake, 0, sizeof(fake));
	assert_int_equal(anycan_interface_register(&fake_interface), 0);
	return anycan_bus_open((struct anycan_bus **)state, "fake:one", NULL, NULL);
}

static int tear_down(void **state)
{
	anycan_bus_close(*state);
	return fake.closed == 1 ? 0 : -1;
}

static int count_interface(const struct anycan_interface *interface, void *arg)
{
	unsigned int *n = arg;

	*n += !strcmp(interface->name, "fake") || !strcmp(interface->name, "virtual");
	return 0;
}

static int stop_at_once(const struct anycan_interface *interface, void *arg)
{
	(void)interface, (void)arg;
	return 7;
}

static void test_registration(void **state)
{
	struct anycan_interface nameless = fake_interface;
	unsigned int n = 0;

	(void)state;
	nameless.name = "";
	assert_int_equal(anycan_interface_register(&nameless), -EINVAL);
	nameless.name = "x";
	nameless.recv = NULL;
	assert_int_equal(anycan_interface_register(&nameless), -EINVAL);
	assert_ptr_equal(anycan_interface_find("fake"), &fake_interface);
	assert_non_null(anycan_interface_find("socketcan"));
	assert_null(anycan_interface_find("nonsense"));
	assert_int_equal(anycan_interface_each(count_interface, &n), 0);
	assert_int_equal(n, 2);
	assert_int_equal(anycan_interface_each(stop_at_once, NULL), 7);
	assert_string_equal(fake.channel, "one");
}

static void test_bad_open(void **state)
{
	static const struct anycan_bus_options bad_state = {.state = ANYCAN_BUS_ERROR},
					       bad_mask = {.error_mask = CAN_ERR_FLAG},
					       no_list = {.n_filters = 1},
					       passive = {.state = ANYCAN_BUS_PASSIVE};
	struct anycan_error error = {0};
	struct anycan_bus *bus;

	(void)state;
	assert_int_equal(anycan_bus_open(&bus, "fake:broken", NULL, &error), -ENODEV);
	assert_string_equal(error.text, "no broken");
	assert_int_equal(anycan_bus_open(&bus, "fake:x", &bad_state, &error), -EINVAL);
	assert_int_equal(error.category, ANYCAN_ERROR_VALUE);
	assert_int_equal(anycan_bus_open(&bus, "fake:x", &bad_mask, NULL), -EINVAL);
	assert_int_equal(anycan_bus_open(&bus, "fake:x", &no_list, NULL), -EINVAL);
	assert_int_equal(anycan_bus_open(&bus, "1x:y", NULL, &error), -EINVAL);
	assert_non_null(strstr(error.text, "1x:y"));
	/* The fake cannot only listen; what was opened is closed again. */
	assert_int_equal(anycan_bus_open(&bus, "fake:x", &passive, &error), -EOPNOTSUPP);
	assert_int_equal(error.category, ANYCAN_ERROR_NOT_IMPLEMENTED);
	assert_int_equal(fake.closed, 1);
	fake.closed = 0;
}

static void test_checked_frames(void **state)
{
	struct anycan_frame frame = {.can_id = 0x800, .len = 1};
	struct anycan_bus *bus = *state;
	struct anycan_error error = {0};

	fake.room = 100;
	assert_int_equal(anycan_bus_send(bus, &frame, 0, &error), -EINVAL);
	assert_int_equal(error.category, ANYCAN_ERROR_VALUE);
	assert_non_null(strstr(error.text, "800"));
	frame = (struct anycan_frame){.can_id = 1, .len = 12, .flags = CANFD_FDF};
	assert_int_equal(anycan_bus_send(bus, &frame, 0, &error), -EINVAL);
	assert_non_null(strstr(error.text, ".fd"));
	assert_int_equal(fake.taken, 0);
	assert_int_equal(anycan_bus_protocol(bus), ANYCAN_PROTOCOL_CAN_20);
}

static void test_send_many(void **state)
{
	struct anycan_frame frames[10] = {{0}};
	struct anycan_bus *bus = *state;
	struct anycan_bus_stats stats;
	struct anycan_error error = {0};

	fake.room = 17;
	assert_int_equal(anycan_bus_send_many(bus, frames, 0, 0, &error), 0);
	assert_int_equal(anycan_bus_send_many(bus, frames, 10, 0, &error), 10);
	assert_int_equal(error.code, 0);
	assert_int_equal(anycan_bus_send_many(bus, frames, 10, 0, &error), 7);
	assert_int_equal(error.code, -ENOBUFS);
	assert_int_equal(error.category, ANYCAN_ERROR_OPERATION);
	assert_int_equal(anycan_bus_send(bus, frames, 0, &error), -ENOBUFS);
	assert_int_equal(anycan_bus_send(bus, frames, ANYCAN_NS_PER_MS, &error), -ETIMEDOUT);
	assert_int_equal(error.category, ANYCAN_ERROR_TIMEOUT);
	/* The good ones before a bad one leave. */
	fake.room = 10;
	frames[4].len = 9;
	assert_int_equal(anycan_bus_send_many(bus, frames, 10, 0, &error), 4);
	assert_int_equal(error.category, ANYCAN_ERROR_VALUE);
	fake.send_error = -ENETDOWN;
	assert_int_equal(anycan_bus_send(bus, frames, 0, &error), -ENETDOWN);
	assert_non_null(strstr(error.text, "down"));
	anycan_bus_get_stats(bus, &stats);
	assert_int_equal(stats.tx_frames, 21);
	assert_int_equal(stats.tx_refused, 3 + 1 + 1 + 1);
}

static void test_filters_above(void **state)
{
	const struct can_filter filters[] = {{0x100, 0x700}, {0x200, 0x700}};
	struct can_filter back[2] = {{0}};
	struct anycan_bus *bus = *state;
	struct anycan_bus_stats stats;
	struct anycan_frame frames[4];
	bool joined = true;

	fake.filter_error = -EOPNOTSUPP;
	assert_int_equal(anycan_bus_set_filters(bus, filters, 2, false, NULL), 0);
	assert_false(anycan_bus_filters_in_kernel(bus));
	fake.n_waiting = 4;
	fake.waiting[0].can_id = 0x700;
	fake.waiting[1].can_id = 0x101;
	fake.waiting[2].can_id = CAN_ERR_FLAG | CAN_ERR_ACK;
	fake.waiting[3].can_id = 0x301;
	assert_int_equal(anycan_bus_recv_many(bus, frames, 4, 0, NULL), 2);
	assert_int_equal(frames[0].can_id, 0x101);
	assert_int_equal(frames[1].can_id, CAN_ERR_FLAG | CAN_ERR_ACK);
	/* Frames that are stopped do not end a call that has time left, nor a look that has none.
	 */
	fake.n_waiting = 2;
	fake.waiting[0].can_id = 0x700;
	fake.waiting[1].can_id = 0x201;
	assert_int_equal(anycan_bus_recv(bus, frames, 0, NULL), 1);
	assert_int_equal(frames[0].can_id, 0x201);
	anycan_bus_get_stats(bus, &stats);
	assert_int_equal(stats.rx_frames, 3);
	assert_int_equal(stats.rx_errors, 1);
	assert_int_equal(stats.rx_filtered, 3);
	assert_int_equal(anycan_bus_get_filters(bus, back, 1, &joined), 2);
	assert_int_equal(back[0].can_mask, 0x700);
	assert_int_equal(back[1].can_mask, 0);
	assert_false(joined);
	assert_int_equal(anycan_bus_set_filters(bus, NULL, 0, false, NULL), 0);
	assert_int_equal(anycan_bus_get_filters(bus, NULL, 0, NULL), 0);
	fake.filter_error = 0;
	assert_int_equal(anycan_bus_set_filters(bus, filters, 1, true, NULL), 0);
	assert_true(anycan_bus_filters_in_kernel(bus));
	assert_int_equal(fake.n_filters, 1);
}

static void test_recv(void **state)
{
	struct anycan_bus *bus = *state;
	struct anycan_error error = {0};
	struct anycan_frame frame;

	assert_int_equal(anycan_bus_recv_many(bus, &frame, 0, ANYCAN_FOREVER, &error), 0);
	assert_int_equal(anycan_bus_recv(bus, &frame, 0, &error), 0);
	assert_int_equal(fake.recv_timeout, 0);
	assert_int_equal(anycan_bus_recv(bus, &frame, ANYCAN_NS_PER_S, &error), 0);
	assert_true(fake.recv_timeout > 0 && fake.recv_timeout <= ANYCAN_NS_PER_S);
	assert_int_equal(anycan_bus_recv(bus, &frame, ANYCAN_FOREVER, &error), 0);
	assert_true(fake.recv_timeout < 0);
	assert_int_equal(error.code, 0);
	fake.recv_error = -ENETDOWN;
	assert_int_equal(anycan_bus_recv(bus, &frame, 0, &error), -ENETDOWN);
	assert_int_equal(error.category, ANYCAN_ERROR_OPERATION);
	fake.recv_error = 0;
	fake.n_waiting = 5;
	assert_int_equal(anycan_bus_flush(bus, NULL), 5);
	assert_int_equal(anycan_bus_flush(bus, NULL), 0);
}

/* What the interface does not have is refused in words. */
static void test_what_is_not_there(void **state)
{
	struct anycan_bus *bus = *state;
	enum anycan_bus_state bus_state;
	struct anycan_error error = {0};
	char name[IFNAMSIZ];

	assert_int_equal(anycan_bus_fd(bus), -EOPNOTSUPP);
	assert_int_equal(anycan_bus_flush_tx(bus, &error), -EOPNOTSUPP);
	assert_int_equal(error.category, ANYCAN_ERROR_NOT_IMPLEMENTED);
	assert_int_equal(anycan_bus_set_state(bus, ANYCAN_BUS_ERROR, &error), -EINVAL);
	assert_int_equal(anycan_bus_set_state(bus, ANYCAN_BUS_PASSIVE, &error), -EOPNOTSUPP);
	assert_int_equal(anycan_bus_get_state(bus, &bus_state, &error), 0);
	assert_int_equal(bus_state, ANYCAN_BUS_ACTIVE);
	assert_int_equal(anycan_bus_channel(bus, "x", &error), -ENODEV);
	assert_int_equal(anycan_bus_channel_name(bus, 0, name, sizeof(name)), -ENODEV);
	assert_string_equal(anycan_bus_interface(bus), "fake");
	assert_string_equal(anycan_bus_info(bus), "fake fake:one");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_registration, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bad_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_checked_frames, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_send_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_filters_above, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_recv, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_is_not_there, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
