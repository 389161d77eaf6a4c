// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/bus_socketcan.c on two vcans, in a network namespace of its own: what tests/bus/suite.c, for
 * every kind of bus, has no words for. Where the kernel has no CAN this is skipped here; tests/vm
 * has kernels that have it.
 */
#include "check.h"

#include "buses.h"

#include <anycan/clock.h>
#include <anycan/interface.h>
#include <anycan/link.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATIENCE (20 * ANYCAN_NS_PER_S)

static struct anycan_rtnl *rtnl;
static int ifindex[2]; /* of v0 and v1; 0: no CAN here */

static int add(const char *name)
{
	struct anycan_link link;

	if (anycan_link_add_vcan(rtnl, name) || anycan_link_get(rtnl, name, &link))
		return 0;
	assert_int_equal(anycan_link_set_up(rtnl, link.ifindex, true), 0);
	return link.ifindex;
}

static int set_up(void **state)
{
	(void)state;
	if (!unshare(CLONE_NEWNET) && !anycan_rtnl_new(&rtnl)) {
		ifindex[0] = add("v0");
		ifindex[1] = add("v1");
	}
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	anycan_rtnl_free(rtnl);
	return 0;
}

static void need_can(void)
{
	if (ifindex[0])
		return;
	puts("no CAN in this kernel; tests/vm/units.sh runs it on one that has");
	skip();
}

/* Frames of every netdev come with its number, and go where their number says. */
static void test_all_netdevs(void **state)
{
	struct anycan_bus *all, *v0, *v1;
	struct anycan_frame frame = {.can_id = 0x10}, got;
	char name[IFNAMSIZ];
	int to;

	(void)state;
	need_can();
	all = OPEN("");
	v0 = OPEN("v0");
	v1 = OPEN("socketcan:v1");
	assert_int_equal(anycan_bus_send(v1, &frame, 0, NULL), 0);
	assert_int_equal(anycan_bus_recv(all, &got, PATIENCE, NULL), 1);
	assert_int_equal(anycan_bus_channel_name(all, got.channel, name, sizeof(name)), 0);
	assert_string_equal(name, "v1");
	to = anycan_bus_channel(all, "v0", NULL);
	assert_true(to >= 0 && to != got.channel);
	frame.channel = (uint16_t)to;
	assert_int_equal(anycan_bus_send(all, &frame, 0, NULL), 0);
	assert_int_equal(anycan_bus_recv(v0, &got, PATIENCE, NULL), 1);
	assert_int_equal(got.channel, 0);
	assert_int_equal(anycan_bus_recv(v1, &got, 0, NULL), 0);
	frame.channel = 77;
	assert_int_equal(anycan_bus_send(all, &frame, 0, NULL), -ENODEV);
	assert_int_equal(anycan_bus_channel(all, "nope", NULL), -ENODEV);
	assert_int_equal(anycan_bus_channel(v0, "v1", NULL), -ENODEV);
	assert_int_equal(anycan_bus_set_state(all, ANYCAN_BUS_PASSIVE, NULL), -EOPNOTSUPP);
	anycan_bus_close(all);
	anycan_bus_close(v0);
	anycan_bus_close(v1);
}

/* Hardware stamps where there are none: the kernel's. */
static void test_stamps(void **state)
{
	struct anycan_bus *a, *b;
	const struct anycan_frame frame = {.can_id = 0x10};
	struct anycan_frame got;
	struct timespec now;

	(void)state;
	need_can();
	a = OPEN("v0");
	b = OPEN("v0", .hardware_timestamps = true);
	assert_int_equal(anycan_bus_send(a, &frame, 0, NULL), 0);
	assert_int_equal(anycan_bus_recv(b, &got, PATIENCE, NULL), 1);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_in_range(now.tv_sec - got.ts_ns / ANYCAN_NS_PER_S, 0, 5);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

static void *release_soon(void *arg)
{
	(void)arg;
	nanosleep(&(struct timespec){.tv_nsec = 100 * ANYCAN_NS_PER_MS}, NULL);
	assert_int_equal(anycan_link_hold(rtnl, ifindex[1], false, 0), 0);
	return NULL;
}

/*
 * A netdev that takes nothing: the socket's buffer, or with @limit bytes the netdev's queue, is
 * full. A sender without time gives up, with some it waits, and goes on when there is room.
 */
static void send_into_full(uint32_t limit)
{
	struct anycan_frame frame = {.can_id = 0x10};
	struct anycan_bus *a = OPEN("v1"), *b = OPEN("v1", .rx_queue_size = 20000);
	struct anycan_error error = {0};
	struct anycan_bus_stats stats;
	unsigned int sent = 0, received = 0;
	pthread_t thread;
	int ret;

	ret = anycan_link_hold(rtnl, ifindex[1], true, limit);
	if (ret == -EOPNOTSUPP || ret == -ENODEV)
		skip();
	assert_int_equal(ret, 0);
	while (!(ret = anycan_bus_send(a, &frame, 0, &error)))
		sent++;
	assert_int_equal(ret, -ENOBUFS);
	assert_int_equal(error.category, ANYCAN_ERROR_OPERATION);
	assert_true(sent > 0);
	ret = anycan_bus_send(a, &frame, 20 * ANYCAN_NS_PER_MS, &error);
	assert_int_equal(ret, -ETIMEDOUT);
	assert_int_equal(error.category, ANYCAN_ERROR_TIMEOUT);
	assert_int_equal(pthread_create(&thread, NULL, release_soon, NULL), 0);
	assert_int_equal(anycan_bus_send(a, &frame, PATIENCE, &error), 0);
	pthread_join(thread, NULL);
	while (received < sent + 1 && anycan_bus_recv(b, &frame, PATIENCE, NULL) == 1)
		received++;
	assert_int_equal(received, sent + 1);
	anycan_bus_get_stats(a, &stats);
	assert_int_equal(stats.tx_frames, sent + 1);
	assert_int_equal(stats.tx_refused, 2);
	anycan_bus_close(a);
	anycan_bus_close(b);
}

static void test_full_socket(void **state)
{
	(void)state;
	need_can();
	send_into_full(1 << 20);
}

static void test_full_netdev(void **state)
{
	(void)state;
	need_can();
	send_into_full(16 * 20);
}

static void test_down(void **state)
{
	const struct anycan_frame frame = {.can_id = 0x10};
	enum anycan_bus_state bus_state;
	struct anycan_error error = {0};
	struct anycan_frame got;
	struct anycan_bus *a;

	(void)state;
	need_can();
	a = OPEN("v0");
	assert_int_equal(anycan_bus_get_state(a, &bus_state, NULL), 0);
	assert_int_equal(bus_state, ANYCAN_BUS_ACTIVE);
	assert_int_equal(anycan_link_set_up(rtnl, ifindex[0], false), 0);
	assert_int_equal(anycan_bus_recv(a, &got, PATIENCE, &error), -ENETDOWN);
	assert_non_null(strstr(error.text, "ip link set"));
	assert_int_equal(anycan_bus_send(a, &frame, 0, &error), -ENETDOWN);
	assert_int_equal(anycan_bus_get_state(a, &bus_state, NULL), 0);
	assert_int_equal(bus_state, ANYCAN_BUS_ERROR);
	assert_int_equal(anycan_link_set_up(rtnl, ifindex[0], true), 0);
	/* The same bus goes on. */
	assert_int_equal(anycan_bus_send(a, &frame, 0, &error), 0);
	anycan_bus_close(a);
}

/* Joined filters are the kernel's only where it would lose no error frame by them. */
static void test_joined(void **state)
{
	const struct can_filter filters[] = {{0x100, 0x700}, {0x001, 0x001}};
	struct anycan_bus *with, *without;

	(void)state;
	need_can();
	with = OPEN("v0", .filters = filters, .n_filters = 2, .join_filters = true);
	without = OPEN("v0", .filters = filters, .n_filters = 2, .join_filters = true,
		       .ignore_rx_error_frames = true);
	assert_false(anycan_bus_filters_in_kernel(with));
	assert_true(anycan_bus_filters_in_kernel(without));
	assert_int_equal(anycan_bus_set_filters(with, filters, 1, true, NULL), 0);
	assert_true(anycan_bus_filters_in_kernel(with));
	anycan_bus_close(with);
	anycan_bus_close(without);
}

static int note(const char *channel, void *arg)
{
	strcat(strcat(arg, channel), " ");
	return 0;
}

/* Those that are up. */
static void test_detect(void **state)
{
	char found[64] = "";

	(void)state;
	need_can();
	assert_int_equal(anycan_link_set_up(rtnl, ifindex[1], false), 0);
	assert_int_equal(anycan_interface_find("socketcan")->detect(note, found), 0);
	assert_string_equal(found, "v0 ");
	assert_int_equal(anycan_link_set_up(rtnl, ifindex[1], true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_netdevs), cmocka_unit_test(test_stamps),
		cmocka_unit_test(test_full_socket), cmocka_unit_test(test_full_netdev),
		cmocka_unit_test(test_down),	    cmocka_unit_test(test_joined),
		cmocka_unit_test(test_detect),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
