// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Subscriptions to changes (lib/bcm.c) on the netdev vcan0: for tests/vm, the kernel does the work.
 */
#include "../unit/check.h"

#include <anycan/clock.h>
#include <anycan/periodic.h>
#include <errno.h>
#include <poll.h>
#include <string.h>

#define MS ANYCAN_NS_PER_MS
#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)

static struct anycan_bus *bus;

static int set_up(void **state)
{
	const struct anycan_bus_options options = {.fd = true};

	(void)state;
	return anycan_bus_open(&bus, "vcan0", &options, NULL);
}

static int tear_down(void **state)
{
	(void)state;
	anycan_bus_close(bus);
	return 0;
}

static void put(uint8_t first, uint8_t second, uint16_t len)
{
	const struct anycan_frame frame = {.can_id = 0x123, .len = len, .data = {first, second}};

	assert_int_equal(anycan_bus_send(bus, &frame, PATIENCE_NS, NULL), 0);
}

static struct anycan_watch *watch(const struct anycan_watch_options *options)
{
	struct anycan_watch *watch;
	struct anycan_error error;

	if (anycan_watch_new(&watch, "vcan0", options, &error))
		fail_msg("%s", error.text);
	return watch;
}

static void expect_change(struct anycan_watch *watch, uint8_t first, uint8_t second)
{
	struct anycan_watch_event event;

	assert_int_equal(anycan_watch_next(watch, &event, PATIENCE_NS, NULL), 1);
	assert_false(event.timeout);
	assert_int_equal(event.frame.can_id, 0x123);
	assert_int_equal(event.frame.data[0], first);
	assert_int_equal(event.frame.data[1], second);
	assert_true(event.frame.ts_ns > 0);
}

static void expect_nothing(struct anycan_watch *watch)
{
	struct anycan_watch_event event;

	assert_int_equal(anycan_watch_next(watch, &event, 50 * MS, NULL), 0);
}

static void test_changes(void **state)
{
	const struct anycan_frame mask = {.can_id = 0x123, .len = 8, .data = {0xff}};
	const struct anycan_watch_options options = {
		.can_id = 0x123, .masks = &mask, .n_masks = 1, .check_dlc = true};
	struct anycan_watch *changes = watch(&options);

	(void)state;
	put(1, 1, 8);
	expect_change(changes, 1, 1);
	put(1, 2, 8); /* the second byte does not count */
	expect_nothing(changes);
	put(2, 2, 8);
	expect_change(changes, 2, 2);
	put(2, 2, 7);
	expect_change(changes, 2, 2);
	anycan_watch_free(changes);
}

static void test_every_frame(void **state)
{
	const struct anycan_watch_options options = {.can_id = 0x123};
	struct anycan_watch *all = watch(&options);
	struct pollfd fd = {.fd = anycan_watch_fd(all), .events = POLLIN};

	(void)state;
	assert_int_equal(poll(&fd, 1, 0), 0);
	put(5, 5, 8);
	assert_int_equal(poll(&fd, 1, 1000), 1);
	put(5, 5, 8);
	expect_change(all, 5, 5);
	expect_change(all, 5, 5);
	expect_nothing(all);
	anycan_watch_free(all);
}

static void test_timeout(void **state)
{
	const struct anycan_frame mask = {.can_id = 0x123, .len = 8, .data = {0xff}};
	const struct anycan_watch_options options = {
		.can_id = 0x123,
		.masks = &mask,
		.n_masks = 1,
		.announce_resume = true,
		.timeout_ns = 100 * MS,
	};
	struct anycan_watch *absence = watch(&options);
	struct anycan_watch_event event;

	(void)state;
	put(3, 0, 8);
	expect_change(absence, 3, 0);
	assert_int_equal(anycan_watch_next(absence, &event, PATIENCE_NS, NULL), 1);
	assert_true(event.timeout);
	assert_int_equal(event.frame.can_id, 0x123);
	/* The same data again: it is back. */
	put(3, 0, 8);
	expect_change(absence, 3, 0);
	anycan_watch_free(absence);
}

static void test_multiplexer(void **state)
{
	const struct anycan_frame masks[] = {
		{.can_id = 0x123, .len = 8, .data = {0xff, 0}},
		{.can_id = 0x123, .len = 8, .data = {1, 0xff}},
		{.can_id = 0x123, .len = 8, .data = {2, 0x0f}},
	};
	const struct anycan_watch_options options = {.can_id = 0x123, .masks = masks, .n_masks = 3};
	struct anycan_watch *pages = watch(&options);

	(void)state;
	put(1, 7, 8);
	expect_change(pages, 1, 7);
	put(2, 0x17, 8);
	expect_change(pages, 2, 0x17);
	put(1, 7, 8);
	put(2, 0x27, 8); /* not of the bits that count on this page */
	put(3, 9, 8);	 /* no such page */
	expect_nothing(pages);
	put(2, 0x28, 8);
	expect_change(pages, 2, 0x28);
	anycan_watch_free(pages);
}

static void test_no_netdev(void **state)
{
	const struct anycan_watch_options options = {.can_id = 1};
	struct anycan_watch *watch;
	struct anycan_error error;

	(void)state;
	assert_int_equal(anycan_watch_new(&watch, "nope", &options, &error), -ENODEV);
	assert_string_equal(error.text, "nope: changes cannot be watched: No such device");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_frame, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_timeout, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_multiplexer, set_up, tear_down),
		cmocka_unit_test(test_no_netdev),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
