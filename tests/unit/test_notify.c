// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/notify.c: what systemd gets to hear, sd_notify(3), on both kinds of address.
 */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <notify.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A service manager that listens at @path, `@name` meaning an abstract address. */
static int listen_at(const char *path)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	assert_true(len < sizeof(address.sun_path));
	memcpy(address.sun_path, path, len);
	if (*path == '@')
		address.sun_path[0] = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
			 0);
	return fd;
}

static void check(const char *path)
{
	int fd = listen_at(path);
	char text[64] = "";

	setenv("NOTIFY_SOCKET", path, 1);
	bridged_notify("READY=1");
	bridged_notify("STOPPING=1");
	assert_int_equal(recv(fd, text, sizeof(text), 0), 7);
	assert_memory_equal(text, "READY=1", 7);
	assert_int_equal(recv(fd, text, sizeof(text), 0), 10);
	assert_memory_equal(text, "STOPPING=1", 10);
	assert_int_equal(recv(fd, text, sizeof(text), 0), -1);
	close(fd);
}

static void test_path(void **state)
{
	char dir[] = "/tmp/anycan-notify-XXXXXX", path[64];

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/notify", dir);
	check(path);
	unlink(path);
	rmdir(dir);
}

static void test_abstract(void **state)
{
	char name[64];

	(void)state;
	snprintf(name, sizeof(name), "@anycan-notify-%d", getpid());
	check(name);
}

/* The longest address that the kernel takes without an ending zero, and one more. */
static void test_long(void **state)
{
	char name[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];

	(void)state;
	memset(name, 'x', sizeof(name));
	snprintf(name, 32, "@anycan-notify-%d-", getpid());
	name[strlen(name)] = 'x';
	name[sizeof(name) - 2] = 0;
	check(name);
	name[sizeof(name) - 2] = 'x';
	name[sizeof(name) - 1] = 0;
	setenv("NOTIFY_SOCKET", name, 1);
	bridged_notify("READY=1");
}

/* Nobody there: nothing happens, and nothing stays open. */
static void test_nobody(void **state)
{
	static const char *const paths[] = {
		"", "@", "/nonexistent/notify", "@anycan-nobody-listens", "/dev/null", "vsock:2:1"};
	int before = open("/dev/null", O_RDONLY), after;

	(void)state;
	close(before);
	unsetenv("NOTIFY_SOCKET");
	bridged_notify("READY=1");
	for (size_t i = 0; i < TEST_COUNT(paths); i++) {
		setenv("NOTIFY_SOCKET", paths[i], 1);
		bridged_notify("READY=1");
	}
	after = open("/dev/null", O_RDONLY);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_abstract),
		cmocka_unit_test(test_long),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
