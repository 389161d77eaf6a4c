// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/keeper.c: what it opens and what it refuses, what it holds on to, and what is left when
 * the daemon ends or is killed.
 */
#include "check.h"

#include <anycan/link.h>
#include <errno.h>
#include <fcntl.h>
#include <keeper.h>
#include <net/if.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Longer than anything here takes, however slow the machine. */
#define PATIENCE_MS 20000

struct fixture {
	char dir[32];
	char leftover[64];
	char pty[64];
	int master, slave;
	struct bridged_keeper *keeper;
};

static void make_leftover(const struct fixture *f)
{
	close(open(f->leftover, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(access(f->leftover, F_OK), 0);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/anycan-keeper-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->leftover, sizeof(f->leftover), "%s/can0.sock", f->dir);
	make_leftover(f);
	assert_int_equal(openpty(&f->master, &f->slave, f->pty, NULL, NULL), 0);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	bridged_keeper_stop(f->keeper);
	close(f->master);
	if (f->slave >= 0)
		close(f->slave);
	unlink(f->leftover);
	rmdir(f->dir);
	free(f);
	return 0;
}

static void start(struct fixture *f, const char *path)
{
	const char *const leftovers[] = {f->leftover, NULL};
	const struct bridged_keeper_scope scope = {.path = path};

	assert_int_equal(bridged_keeper_start(&f->keeper, &scope, leftovers), 0);
}

/* Its own path and serial ports, nothing else. */
static void test_open(void **state)
{
	static const char *const refused[] = {
		"/etc/passwd", "/dev/null",	      "",
		"/dev/mem",    "/dev/tty/../null",    "/dev/tty/../../etc/passwd",
		"tty",	       "/dev/../dev/ttyUSB0", "/dev/pts/ptmx",
		"/dev/tt",     "./dev/ttyUSB0",
	};
	struct fixture *f = *state;
	int fd;

	start(f, f->pty);
	fd = bridged_keeper_open(f->keeper, f->pty);
	assert_true(fd >= 0);
	assert_true(isatty(fd));
	assert_int_equal(fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	for (size_t i = 0; i < TEST_COUNT(refused); i++)
		assert_int_equal(bridged_keeper_open(f->keeper, refused[i]), -EACCES);
	assert_int_equal(bridged_keeper_open(f->keeper, "/dev/ttyNoSuchPort0"), -ENOENT);
}

/* Paths of any length are no harm. */
static void test_open_long(void **state)
{
	struct fixture *f = *state;
	char path[8192];

	start(f, NULL);
	for (size_t len = 1; len < sizeof(path); len = len * 2 + 1) {
		memset(path, 'x', len);
		path[len] = 0;
		assert_int_equal(bridged_keeper_open(f->keeper, path), -EACCES);
		memcpy(path, "/dev/tty", len < 8 ? len : 8);
		assert_true(bridged_keeper_open(f->keeper, path) < 0);
	}
}

/* Without a keeper the process acts itself, as it may. */
static void test_no_keeper(void **state)
{
	struct fixture *f = *state;
	struct anycan_rtnl *rtnl;
	int fd = bridged_keeper_open(NULL, f->pty);

	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(bridged_keeper_open(NULL, "/dev/ttyNoSuchPort0"), -ENOENT);
	assert_int_equal(anycan_rtnl_new(&rtnl), 0);
	assert_true(bridged_keeper_delete(NULL, rtnl, 0x7ffffff0) < 0);
	assert_true(bridged_keeper_hold(NULL, rtnl, 0x7ffffff0, true, 16000) < 0);
	anycan_rtnl_free(rtnl);
	bridged_keeper_stop(NULL);
}

static void test_netdevs(void **state)
{
	struct fixture *f = *state;

	start(f, NULL);
	assert_true(bridged_keeper_delete(f->keeper, NULL, 0x7ffffff0) < 0);
	assert_true(bridged_keeper_hold(f->keeper, NULL, 0x7ffffff0, true, 16000) < 0);
}

/* The outcome of a change, once it is there. */
static struct bridged_link_outcome outcome_of(int fd)
{
	struct pollfd end = {.fd = fd, .events = POLLIN};
	struct bridged_link_outcome outcome;

	assert_true(fd >= 0);
	assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
	assert_int_equal(read(fd, &outcome, sizeof(outcome)), sizeof(outcome));
	close(fd);
	return outcome;
}

/* No netdev but the daemon's own, and that only as long as it is what it was: lo is none. */
static void test_change(void **state)
{
	const int lo = (int)if_nametoindex("lo");
	const struct bridged_keeper_scope scope = {.netdevs = {lo}};
	struct bridged_link_change change = {.ifindex = lo, .mtu = 72};
	const char *const leftovers[] = {NULL};
	struct fixture *f = *state;

	assert_true(lo > 0);
	start(f, NULL);
	assert_int_equal(bridged_keeper_change(f->keeper, &change), -EPERM);
	assert_int_equal(bridged_keeper_hold(f->keeper, NULL, lo, true, 16000), -EPERM);
	assert_int_equal(bridged_keeper_delete(f->keeper, NULL, lo), -EPERM);
	change.ifindex = 0;
	assert_int_equal(bridged_keeper_change(f->keeper, &change), -EPERM);
	bridged_keeper_stop(f->keeper);

	assert_int_equal(bridged_keeper_start(&f->keeper, &scope, leftovers), 0);
	change.ifindex = lo;
	assert_int_equal(outcome_of(bridged_keeper_change(f->keeper, &change)).error, -ENODEV);
	assert_int_equal(outcome_of(bridged_keeper_change(NULL, &change)).error, -ENODEV);
	change.mtu = 9000;
	assert_int_equal(outcome_of(bridged_keeper_change(f->keeper, &change)).error, -EINVAL);
	change.mtu = 0;
	change.txqueuelen = BRIDGED_TXQUEUELEN_MAX + 1;
	assert_int_equal(outcome_of(bridged_keeper_change(f->keeper, &change)).error, -EINVAL);
	/* The change is made elsewhere: meanwhile the keeper does its other work. */
	assert_int_equal(bridged_keeper_open(f->keeper, "/etc/passwd"), -EACCES);
}

/* The keeper holds no descriptor of the daemon: a port that is unplugged must be let go. */
static void test_holds_nothing(void **state)
{
	struct fixture *f = *state;
	struct pollfd gone = {.fd = f->master};

	start(f, f->pty);
	close(f->slave);
	f->slave = -1;
	assert_int_equal(poll(&gone, 1, PATIENCE_MS), 1);
	assert_true(gone.revents & POLLHUP);
}

/* Signals to the daemon's group (Ctrl-C) are the daemon's; the keeper does its work to the end. */
static void test_signals(void **state)
{
	struct fixture *f = *state;
	pid_t pid = fork();
	int status;

	if (!pid) {
		setpgid(0, 0);
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		signal(SIGHUP, SIG_IGN);
		start(f, f->pty);
		signal(SIGINT, SIG_DFL);
		kill(0, SIGHUP);
		_exit(bridged_keeper_open(f->keeper, f->pty) >= 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_stop(void **state)
{
	struct fixture *f = *state;

	start(f, NULL);
	assert_int_equal(access(f->leftover, F_OK), 0);
	bridged_keeper_stop(f->keeper);
	f->keeper = NULL;
	assert_int_equal(access(f->leftover, F_OK), -1);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

/* kill -9: the keeper removes what the daemon cannot, and ends. */
static void test_daemon_killed(void **state)
{
	struct fixture *f = *state;
	struct pollfd end = {.events = POLLIN};
	int ends[2], status;
	pid_t pid;
	char c;

	assert_int_equal(pipe(ends), 0);
	pid = fork();
	if (!pid) {
		/* Standard error is what a keeper keeps: so its end is seen there. */
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		start(f, f->pty);
		kill(getpid(), SIGKILL);
	}
	close(ends[1]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	end.fd = ends[0];
	assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
	assert_int_equal(read(ends[0], &c, 1), 0);
	assert_int_equal(access(f->leftover, F_OK), -1);
	close(ends[0]);
}

int main(void)
{
#define KEEPER_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		KEEPER_TEST(test_open),		 KEEPER_TEST(test_open_long),
		KEEPER_TEST(test_no_keeper),	 KEEPER_TEST(test_netdevs),
		KEEPER_TEST(test_change),	 KEEPER_TEST(test_holds_nothing),
		KEEPER_TEST(test_signals),	 KEEPER_TEST(test_stop),
		KEEPER_TEST(test_daemon_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
