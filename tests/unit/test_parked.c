// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/parked.c: what the service manager hands over, and what it is told.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <parked.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FDS 4

struct expectation {
	const char *names;
	int index; /* channel that gets the first of FDS descriptors; -1 = none does */
	const char *netdev;
};

static const struct expectation expectations[] = {
	{"0-can0:x:y:z", 0, "can0"},
	{"7-a-b-c:x:y:z", 7, "a-b-c"},
	{"8-can0:x:y:z", -1, NULL},
	{"-can0:x:y:z", -1, NULL},
	{"0-:x:y:z", -1, NULL},
	{"0:x:y:z", -1, NULL},
	{"99999999999999999999-can0:x:y:z", -1, NULL},
	{"0-0123456789abcde:x:y:z", 0, "0123456789abcde"},
	{"0-0123456789abcdef:x:y:z", -1, NULL},
	{"", -1, NULL},
};

/* In a child, whose descriptors can be put where they are handed over. Return: exit status. */
static int take(const struct expectation *expected)
{
	struct bridged_parked parked[BRIDGED_CHANNELS_MAX];
	char pid[16];

	for (int i = 0; i < FDS; i++)
		dup2(STDERR_FILENO, 3 + i);
	snprintf(pid, sizeof(pid), "%d", getpid());
	setenv("LISTEN_PID", pid, 1);
	setenv("LISTEN_FDS", "4", 1);
	setenv("LISTEN_FDNAMES", expected->names, 1);
	unsetenv("NOTIFY_SOCKET");
	bridged_parked_take(parked);
	if (getenv("LISTEN_PID") || getenv("LISTEN_FDS") || getenv("LISTEN_FDNAMES"))
		return 1;
	for (int i = 0; i < BRIDGED_CHANNELS_MAX; i++) {
		if ((parked[i].fd >= 0) != (i == expected->index))
			return 2;
		if (parked[i].fd >= 0 && strcmp(parked[i].netdev, expected->netdev))
			return 3;
	}
	for (int i = 0; i < FDS; i++)
		if ((fcntl(3 + i, F_GETFD) == FD_CLOEXEC) != (!i && expected->index >= 0))
			return 4;
	return 0;
}

static void test_take(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(expectations); i++) {
		int status;
		pid_t pid = fork();

		if (!pid)
			_exit(take(&expectations[i]));
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
}

static void test_for_somebody_else(void **state)
{
	struct bridged_parked parked[BRIDGED_CHANNELS_MAX];

	(void)state;
	setenv("LISTEN_PID", "1", 1);
	setenv("LISTEN_FDS", "1", 1);
	setenv("LISTEN_FDNAMES", "0-can0", 1);
	bridged_parked_take(parked);
	for (int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		assert_int_equal(parked[i].fd, -1);
}

static int listen_as_manager(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int len = snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "anycan-parked-%d",
			   getpid());
	char name[sizeof(address.sun_path) + 1];

	assert_int_equal(
		bind(fd, (struct sockaddr *)&address,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len)),
		0);
	snprintf(name, sizeof(name), "@%s", address.sun_path + 1);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The next message, and whether a descriptor came with it. */
static bool hear(int manager, const char *wanted)
{
	char text[128], control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {text, sizeof(text)};
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t n = recvmsg(manager, &msg, 0);
	int fd;

	assert_int_equal(n, strlen(wanted));
	assert_memory_equal(text, wanted, (size_t)n);
	if (!CMSG_FIRSTHDR(&msg))
		return false;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	close(fd);
	return true;
}

static void test_park(void **state)
{
	int manager = listen_as_manager();

	(void)state;
	assert_int_equal(bridged_park(3, "can0", STDERR_FILENO), 0);
	assert_true(hear(manager, "FDSTORE=1\nFDPOLL=0\nFDNAME=3-can0"));
	assert_int_equal(bridged_park(3, "k\xc3\xb6rper", STDERR_FILENO), -EINVAL);
	close(manager);
	unsetenv("NOTIFY_SOCKET");
	assert_int_equal(bridged_park(3, "can0", STDERR_FILENO), -ENOTCONN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_take),
		cmocka_unit_test(test_for_somebody_else),
		cmocka_unit_test(test_park),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
