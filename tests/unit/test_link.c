// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/link.c in a network namespace of its own, which needs no privilege. Where the kernel has no
 * CAN, a veth pair stands in for what is not CAN's own, and CAN is refused in the right words.
 */
#include "check.h"

#include <anycan/link.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* No netdev has this ifindex. */
#define NOBODY 0x7ffffff0

static int put_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	int ret = !file || fputs(text, file) < 0;

	return (file && fclose(file)) || ret;
}

/* Whoever is not root becomes it in a user namespace, so that ip(8) may do its work. */
static int new_namespace(void **state)
{
	char uid_map[32], gid_map[32];

	(void)state;
	if (!unshare(CLONE_NEWNET))
		return 0;
	snprintf(uid_map, sizeof(uid_map), "0 %d 1", geteuid());
	snprintf(gid_map, sizeof(gid_map), "0 %d 1", getegid());
	if (!unshare(CLONE_NEWUSER | CLONE_NEWNET) && !put_text("/proc/self/setgroups", "deny") &&
	    !put_text("/proc/self/uid_map", uid_map) && !put_text("/proc/self/gid_map", gid_map))
		return 0;
	print_message("# no network namespace: %s\n", strerror(errno));
	return -1;
}

static int set_up(void **state)
{
	return anycan_rtnl_new((struct anycan_rtnl **)state);
}

static int tear_down(void **state)
{
	if (system("ip link del a0 2>/dev/null"))
		errno = 0; /* there is none */
	anycan_rtnl_free(*state);
	return 0;
}

/* A netdev that can be changed and deleted. */
static int make_netdev(struct anycan_rtnl *rtnl)
{
	struct anycan_link link;

	assert_int_equal(system("ip link add a0 type veth peer name a1"), 0);
	assert_int_equal(anycan_link_get(rtnl, "a0", &link), 0);
	return link.ifindex;
}

static void test_get(void **state)
{
	struct anycan_link link;

	assert_int_equal(anycan_link_get(*state, "lo", &link), 0);
	assert_int_equal(link.ifindex, 1);
	assert_string_equal(link.name, "lo");
	assert_string_equal(link.alias, "");
	assert_false(link.is_can);
	assert_false(link.up);
	assert_int_equal(link.peer, 0);
	assert_false(link.peer_elsewhere);
	make_netdev(*state);
	assert_int_equal(anycan_link_get(*state, "a0", &link), 0);
	assert_string_equal(link.kind, "veth");
	assert_int_not_equal(link.peer, 0);
	assert_false(link.peer_elsewhere);
}

static void test_nobody(void **state)
{
	struct anycan_link link;

	assert_int_equal(anycan_link_get(*state, "nobody", &link), -ENODEV);
	assert_true(anycan_link_get(*state, "a_name_that_is_too_long", &link) < 0);
	assert_int_equal(anycan_link_del(*state, NOBODY), -ENODEV);
	assert_int_equal(anycan_link_set_up(*state, NOBODY, true), -ENODEV);
	assert_int_equal(anycan_link_set_mtu(*state, NOBODY, 72), -ENODEV);
	assert_int_equal(anycan_link_set_alias(*state, NOBODY, "x"), -ENODEV);
	assert_true(anycan_link_hold(*state, NOBODY, true, 16000) < 0);
	assert_true(anycan_link_limit(*state, NOBODY, 100000, 16000) < 0);
}

static void test_change(void **state)
{
	char alias[ANYCAN_ALIAS_SIZE];
	struct anycan_link link;
	int ifindex = make_netdev(*state);

	memset(alias, 'x', sizeof(alias));
	alias[sizeof(alias) - 2] = 0; /* the longest that the kernel takes */
	for (int i = 0; i < 3; i++) {
		assert_int_equal(anycan_link_set_up(*state, ifindex, true), 0);
		assert_int_equal(anycan_link_set_mtu(*state, ifindex, 1000), 0);
		assert_int_equal(anycan_link_set_alias(*state, ifindex, alias), 0);
		assert_int_equal(anycan_link_get(*state, "a0", &link), 0);
		assert_true(link.up);
		assert_int_equal(link.mtu, 1000);
		assert_string_equal(link.alias, alias);

		assert_int_equal(anycan_link_set_up(*state, ifindex, false), 0);
		assert_int_equal(anycan_link_set_alias(*state, ifindex, ""), 0);
		assert_int_equal(anycan_link_get(*state, "a0", &link), 0);
		assert_false(link.up);
		assert_string_equal(link.alias, "");
	}
	assert_int_equal(anycan_link_del(*state, ifindex), 0);
	assert_int_equal(anycan_link_get(*state, "a0", &link), -ENODEV);
	assert_int_equal(anycan_link_del(*state, ifindex), -ENODEV);
}

static void test_carrier(void **state)
{
	struct anycan_link link, peer;
	int ifindex = make_netdev(*state);

	assert_int_equal(anycan_link_get(*state, "a1", &peer), 0);
	assert_int_equal(anycan_link_set_up(*state, ifindex, true), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(anycan_link_set_up(*state, peer.ifindex, true), 0);
		assert_int_equal(anycan_link_get(*state, "a0", &link), 0);
		assert_true(link.carrier);
		assert_int_equal(anycan_link_set_up(*state, peer.ifindex, false), 0);
		assert_int_equal(anycan_link_get(*state, "a0", &link), 0);
		assert_true(link.up);
		assert_false(link.carrier);
	}
}

static int count_link(const struct anycan_link *link, void *arg)
{
	assert_true(link->is_can);
	return ++*(int *)arg == 3 ? 42 : 0;
}

/* Only CAN netdevs are listed, as long as the caller wants to hear of them. */
static void test_each(void **state)
{
	int calls = 0;

	make_netdev(*state);
	assert_int_equal(anycan_link_each(*state, count_link, &calls), 0);
	assert_int_equal(calls, 0);
	for (char name[] = "v0"; name[1] < '5'; name[1]++) {
		if (anycan_link_add_vcan(*state, name) == -EOPNOTSUPP) {
			puts("no CAN in this kernel; tests/vm/units.sh runs it on one that has");
			skip();
		}
	}
	assert_int_equal(anycan_link_each(*state, count_link, &calls), 42);
	assert_int_equal(calls, 3);
}

/* A kernel without CAN says so; another one makes it. */
static void test_vcan(void **state)
{
	int ret = anycan_link_add_vcan(*state, "vcan0");
	struct anycan_link link;

	if (ret) {
		assert_int_equal(ret, -EOPNOTSUPP);
		assert_int_equal(anycan_link_get(*state, "vcan0", &link), -ENODEV);
		return;
	}
	assert_int_equal(anycan_link_add_vcan(*state, "vcan0"), -EEXIST);
	assert_int_equal(anycan_link_get(*state, "vcan0", &link), 0);
	assert_string_equal(link.kind, "vcan");
	assert_true(link.is_can);
	assert_int_equal(anycan_link_del(*state, link.ifindex), 0);
}

static void test_vxcan(void **state)
{
	int ret = anycan_link_add_vxcan(*state, "vx0", 500, 1000000, -1);
	struct anycan_link link;

	/* No such namespace, or no such kind of netdev. */
	assert_true(ret < 0);
	assert_int_equal(anycan_link_get(*state, "vx0", &link), -ENODEV);
}

/* Where the kernel has the queueing disciplines, they are put on and stay; otherwise it is said. */
static void test_queues(void **state)
{
	int ifindex = make_netdev(*state);
	int ret;

	ret = anycan_link_hold(*state, ifindex, false, 16000);
	if (!ret) {
		assert_int_equal(anycan_link_hold(*state, ifindex, true, 16000), 0);
		assert_int_equal(anycan_link_hold(*state, ifindex, true, 16000), 0);
		assert_int_equal(anycan_link_hold(*state, ifindex, false, 16000), 0);
	} else {
		assert_int_equal(ret, -EOPNOTSUPP);
	}
	ret = anycan_link_limit(*state, ifindex, 100000, 16000);
	if (!ret)
		assert_int_equal(anycan_link_limit(*state, ifindex, 200000, 16000), 0);
	else
		assert_int_equal(ret, -EOPNOTSUPP);
}

/* ---- Changes */

/* The changes of a0 since the last call, each as a letter. */
static void read_changes(struct anycan_rtnl *watch, char *text, size_t size)
{
	struct anycan_link link;
	bool deleted;
	int ret;

	*text = 0;
	while ((ret = anycan_link_next(watch, &link, &deleted)) == 1) {
		if (strcmp(link.name, "a0"))
			continue;
		assert_true(strlen(text) + 2 < size);
		strcat(text, deleted ? "x" : link.up ? "u" : "d");
	}
	assert_int_equal(ret, 0);
}

static void test_watch(void **state)
{
	struct anycan_rtnl *watch;
	struct pollfd fd = {.events = POLLIN};
	struct anycan_link link;
	char text[64];
	bool deleted;
	int ifindex;

	assert_int_equal(anycan_rtnl_new(&watch), 0);
	fd.fd = anycan_link_watch(watch);
	assert_true(fd.fd >= 0);
	assert_int_equal(anycan_link_next(watch, &link, &deleted), 0);
	ifindex = make_netdev(*state);
	assert_int_equal(poll(&fd, 1, 10000), 1);
	read_changes(watch, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1], 'd');
	anycan_link_set_up(*state, ifindex, true);
	read_changes(watch, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1], 'u');
	anycan_link_set_up(*state, ifindex, false);
	read_changes(watch, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1], 'd');
	anycan_link_del(*state, ifindex);
	read_changes(watch, text, sizeof(text));
	assert_int_equal(text[strlen(text) - 1], 'x');
	assert_int_equal(poll(&fd, 1, 0), 0);
	anycan_rtnl_free(watch);
}

/* More changes than the socket holds: that is said once, then it goes on. */
static void test_watch_overflow(void **state)
{
	struct anycan_rtnl *watch;
	struct anycan_link link;
	int ifindex = make_netdev(*state), ret, lost = 0, changes = 0;
	bool deleted;

	assert_int_equal(anycan_rtnl_new(&watch), 0);
	assert_true(anycan_link_watch(watch) >= 0);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(anycan_link_set_up(*state, ifindex, i % 2 == 0), 0);
	while ((ret = anycan_link_next(watch, &link, &deleted)) != 0) {
		assert_true(ret == 1 || ret == -ENOBUFS);
		lost += ret < 0;
		changes += ret > 0;
	}
	assert_int_equal(lost, 1);
	assert_in_range(changes, 1, 2000);
	anycan_link_set_up(*state, ifindex, true);
	assert_int_equal(anycan_link_next(watch, &link, &deleted), 1);
	anycan_rtnl_free(watch);
}

/* ---- Without privilege: a user namespace further in, nothing out here belongs to us */

static int try_without_privilege(void)
{
	struct anycan_rtnl *rtnl;
	struct anycan_link link;

	if (anycan_rtnl_new(&rtnl) || anycan_link_get(rtnl, "lo", &link))
		return 1;
	if (anycan_link_set_up(rtnl, link.ifindex, true) != -EPERM)
		return 2;
	return anycan_link_del(rtnl, link.ifindex) != -EPERM ? 3 : 0;
}

static void test_no_privilege(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (!pid)
		_exit(unshare(CLONE_NEWUSER) ? 4 : try_without_privilege());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
#define LINK_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		LINK_TEST(test_get),	      LINK_TEST(test_nobody),
		LINK_TEST(test_change),	      LINK_TEST(test_carrier),
		LINK_TEST(test_each),	      LINK_TEST(test_vcan),
		LINK_TEST(test_vxcan),	      LINK_TEST(test_queues),
		LINK_TEST(test_watch),	      LINK_TEST(test_watch_overflow),
		LINK_TEST(test_no_privilege),
	};

	return cmocka_run_group_tests(tests, new_namespace, NULL);
}
