// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/fdpass.c: results and descriptors between two ends of a socket pair.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <fdpass.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

struct pair {
	int fds[2];
};

static int set_up(void **state)
{
	static struct pair pair;

	*state = &pair;
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair.fds);
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	close(pair->fds[0]);
	close(pair->fds[1]);
	return 0;
}

static void test_results(void **state)
{
	static const int results[] = {0, 1, -ENOENT, -EIO, INT_MAX, INT_MIN};
	struct pair *pair = *state;

	for (size_t i = 0; i < TEST_COUNT(results); i++) {
		int fd = 12345;

		assert_int_equal(bridged_fd_send(pair->fds[0], results[i], -1), 0);
		assert_int_equal(bridged_fd_recv(pair->fds[1], &fd), results[i]);
		assert_int_equal(fd, -1);
	}
}

static void test_descriptor(void **state)
{
	struct pair *pair = *state;
	int ends[2], fd;
	char c;

	assert_int_equal(pipe(ends), 0);
	assert_int_equal(bridged_fd_send(pair->fds[0], 7, ends[1]), 0);
	close(ends[1]);
	assert_int_equal(bridged_fd_recv(pair->fds[1], &fd), 7);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(ends[0], &c, 1), 1);
	/* It was the only one left. */
	close(fd);
	assert_int_equal(read(ends[0], &c, 1), 0);
	close(ends[0]);
}

static void test_bad_descriptor(void **state)
{
	struct pair *pair = *state;

	assert_int_equal(bridged_fd_send(pair->fds[0], 0, 9999), -EBADF);
}

static void test_other_side_gone(void **state)
{
	struct pair *pair = *state;
	int fd;

	close(pair->fds[0]);
	assert_int_equal(bridged_fd_recv(pair->fds[1], &fd), -EIO);
	assert_int_equal(fd, -1);
	assert_int_equal(bridged_fd_send(pair->fds[1], 0, -1), -EPIPE); /* and no signal */
	pair->fds[0] = dup(pair->fds[1]);
}

static void test_strange_message(void **state)
{
	struct pair *pair = *state;
	int fd;

	assert_int_equal(send(pair->fds[0], "x", 1, 0), 1);
	assert_int_equal(bridged_fd_recv(pair->fds[1], &fd), -EIO);
	assert_int_equal(fd, -1);
}

int main(void)
{
#define PAIR_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		PAIR_TEST(test_results),	 PAIR_TEST(test_descriptor),
		PAIR_TEST(test_bad_descriptor),	 PAIR_TEST(test_other_side_gone),
		PAIR_TEST(test_strange_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
