// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/ports/netns.c: a namespace whose netdevs the daemon may switch after it has dropped
 * every privilege. `lo` stands in for the daemon's end of a pair.
 */
#include "check.h"

#include <anycan/link.h>
#include <errno.h>
#include <fcntl.h>
#include <ports/netns.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

static ino_t inode_of(const char *path)
{
	struct stat st = {0};

	assert_int_equal(stat(path, &st), 0);
	return st.st_ino;
}

static ino_t current(void)
{
	return inode_of("/proc/self/ns/net");
}

/* A new namespace; the test is skipped where nobody may make one, or enter it. */
static int make(uid_t uid, bool *owned)
{
	int netns = netns_new(uid, uid, owned);

	if (netns == -EPERM || netns == -ENOSPC || geteuid()) {
		if (netns >= 0)
			close(netns);
		puts("only root may make network namespaces here");
		skip();
	}
	assert_true(netns >= 0);
	return netns;
}

struct notes {
	ino_t inside;
	int fd;
	int answer;
};

static int look_around(void *arg)
{
	struct notes *notes = arg;

	notes->inside = current();
	notes->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	return notes->answer;
}

static void test_call(void **state)
{
	struct notes notes = {.answer = -EXDEV};
	ino_t here = current();
	bool owned;
	int netns = make(NOBODY, &owned);

	(void)state;
	assert_int_equal(current(), here);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(netns_call(netns, look_around, &notes), -EXDEV);
		assert_int_not_equal(notes.inside, here);
		assert_int_equal(current(), here);
		/* What it opened is open here. */
		assert_int_equal(close(notes.fd), 0);
	}
	close(netns);
	notes.answer = 0;
	notes.inside = 0;
	assert_int_equal(netns_call(netns, look_around, &notes), -EBADF);
	assert_int_equal(notes.inside, 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

static int open_rtnl(void *arg)
{
	return anycan_rtnl_new(arg);
}

/* Without any privilege outside: the user who administers it may go in. */
static int call_as_owner(int netns)
{
	struct anycan_rtnl *inner;

	if (setgid(NOBODY) || setuid(NOBODY) || netns_call(netns, open_rtnl, &inner))
		return 1;
	return anycan_link_set_up(inner, 1, true) ? 2 : 0;
}

static void test_call_as_owner(void **state)
{
	bool owned;
	int netns = make(NOBODY, &owned), status;
	pid_t pid;

	(void)state;
	if (!owned) {
		close(netns);
		puts("no user namespaces here: nobody owns one");
		skip();
	}
	pid = fork();
	if (!pid)
		_exit(call_as_owner(netns));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(netns);
}

static int switch_without_privilege(struct anycan_rtnl *inner, struct anycan_rtnl *host)
{
	struct anycan_link link;

	if (setgid(NOBODY) || setuid(NOBODY))
		return 1;
	for (int i = 0; i < 3; i++) {
		if (anycan_link_set_up(inner, 1, true) || anycan_link_get(inner, "lo", &link) ||
		    !link.up)
			return 2;
		if (anycan_link_set_up(inner, 1, false) || anycan_link_get(inner, "lo", &link) ||
		    link.up)
			return 3;
	}
	return anycan_link_set_up(host, 1, true) == -EPERM ? 0 : 4;
}

/* Sockets made inside go on working for the user who owns it, and for nothing else. */
static void test_owner(void **state)
{
	struct anycan_rtnl *inner, *host;
	bool owned;
	int netns = make(NOBODY, &owned), status;
	pid_t pid;

	(void)state;
	if (!owned) {
		close(netns);
		puts("no user namespaces here: the daemon keeps CAP_NET_ADMIN then");
		skip();
	}
	assert_int_equal(netns_call(netns, open_rtnl, &inner), 0);
	close(netns); /* the socket keeps it */
	assert_int_equal(anycan_rtnl_new(&host), 0);
	pid = fork();
	if (!pid)
		_exit(switch_without_privilege(inner, host));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	anycan_rtnl_free(inner);
	anycan_rtnl_free(host);
}

static void test_sysfs(void **state)
{
	bool owned;
	int netns = make(NOBODY, &owned);

	(void)state;
	assert_int_equal(netns_write_sysfs(netns, "/sys/class/net/none/queues/x", "1"), -ENOENT);
	assert_int_equal(netns_write_sysfs(netns, "/sys/class/net/lo/ifalias", "x"), 0);
	assert_int_equal(netns_write_sysfs(-1, "/nonexistent", "1"), -ENOENT);
	close(netns);
	assert_true(netns_write_sysfs(netns, "/sys/class/net/lo/ifalias", "x") < 0);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_call_as_owner),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_sysfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
