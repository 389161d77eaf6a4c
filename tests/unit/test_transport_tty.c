// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/transports/tty.c on ptys: the line's settings as the kernel reads them back, who may
 * have the port, and what is said when it cannot be had.
 */
#include "check.h"

#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <keeper.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <transport.h>
#include <unistd.h>

extern const struct bridged_transport_class tty_transport;

#define CLASS (&tty_transport)
#define NOBODY 65534

/* Longer than anything here takes, however slow the machine. */
#define PATIENCE_MS 20000

struct fixture {
	char dir[40], pty[64];
	int master;
	void *options;
	struct bridged_transport *t;
	char reason[BRIDGED_REASON_SIZE];
};

/* A pty whose slave nobody has open yet. */
static int open_pty(char *name, size_t size)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	assert_int_equal(ptsname_r(master, name, size), 0);
	return master;
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	strcpy(f->dir, "/tmp/anycan-tty-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	chmod(f->dir, 0755);
	f->master = open_pty(f->pty, sizeof(f->pty));
	f->options = calloc(1, CLASS->options_size);
	bridged_option_defaults(CLASS->options, f->options);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	CLASS->free(f->t);
	if (f->master >= 0)
		close(f->master);
	rmdir(f->dir);
	free(f->options);
	free(f);
	return 0;
}

static void set_option(struct fixture *f, const char *key, const char *value)
{
	assert_int_equal(bridged_option_set(bridged_option_find(CLASS->options, key), value,
					    f->options, f->reason, sizeof(f->reason)),
			 0);
}

static struct bridged_transport *create(struct fixture *f, const char *address)
{
	struct bridged_transport *t;

	assert_int_equal(CLASS->create(&t, address, f->options, f->reason), 0);
	t->class = CLASS;
	return t;
}

static void open_port(struct fixture *f, const char *address)
{
	f->t = create(f, address);
	assert_int_equal(CLASS->fd(f->t), -1);
	assert_int_equal(CLASS->open(f->t, f->reason), 0);
	assert_true(CLASS->fd(f->t) >= 0);
}

/* ---- The line */

static void check_rate(const char *address, const char *option, uint32_t wanted)
{
	struct fixture *f;
	struct termios2 line;
	char text[80];

	set_up((void **)&f);
	if (option)
		set_option(f, "baud", option);
	snprintf(text, sizeof(text), "%s%s", f->pty, address);
	open_port(f, text);
	assert_int_equal(ioctl(CLASS->fd(f->t), TCGETS2, &line), 0);
	assert_int_equal(line.c_ispeed, wanted);
	assert_int_equal(line.c_ospeed, wanted);
	tear_down((void **)&f);
}

static void test_rates(void **state)
{
	(void)state;
	check_rate("", NULL, 115200);
	check_rate("", "9600", 9600);
	check_rate("", "2M", 2000000);
	check_rate("", "3000000", 3000000);
	check_rate("", "12M", 12000000);
	check_rate("@230400", NULL, 230400);
	check_rate("@50", "3M", 50);
	check_rate("@250000", NULL, 250000);
	check_rate("@123457", NULL, 123457);
}

static void test_modes(void **state)
{
	struct fixture *f = *state;
	struct termios2 line;

	open_port(f, f->pty);
	assert_int_equal(ioctl(CLASS->fd(f->t), TCGETS2, &line), 0);
	assert_int_equal(line.c_iflag, 0);
	assert_int_equal(line.c_oflag, 0);
	assert_int_equal(line.c_lflag, 0);
	assert_int_equal(line.c_cflag & CSIZE, CS8);
	assert_true(line.c_cflag & CLOCAL);
	assert_true(line.c_cflag & CREAD);
	/* DTR stays when we close: it resets many boards. No handshake unless it is asked for. */
	assert_false(line.c_cflag & (HUPCL | PARENB | CSTOPB | CRTSCTS));
	assert_int_equal(fcntl(CLASS->fd(f->t), F_GETFD), FD_CLOEXEC);
	CLASS->free(f->t);

	set_option(f, "rtscts", "on");
	open_port(f, f->pty);
	assert_int_equal(ioctl(CLASS->fd(f->t), TCGETS2, &line), 0);
	assert_true(line.c_cflag & CRTSCTS);
}

/* Every byte as it is, in both directions. */
static void test_bytes(void **state)
{
	struct fixture *f = *state;
	uint8_t all[256], got[512];
	struct pollfd fd = {.events = POLLIN};
	size_t len = 0;

	for (unsigned int i = 0; i < sizeof(all); i++)
		all[i] = (uint8_t)i;
	open_port(f, f->pty);
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);
	assert_int_equal(write(f->master, all, sizeof(all)), sizeof(all));
	fd.fd = CLASS->fd(f->t);
	while (len < sizeof(all)) {
		ssize_t n;

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		n = CLASS->read(f->t, got + len, sizeof(got) - len);
		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_memory_equal(got, all, sizeof(all));
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);

	assert_int_equal(CLASS->write(f->t, all, sizeof(all)), sizeof(all));
	CLASS->drain(f->t, 100);
	fd.fd = f->master;
	for (len = 0; len < sizeof(all);) {
		ssize_t n;

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		n = read(f->master, got + len, sizeof(got) - len);
		assert_true(n > 0);
		len += (size_t)n;
	}
	assert_memory_equal(got, all, sizeof(all));
}

/* What was in the line before it was opened is not for us. */
static void test_old_bytes(void **state)
{
	struct fixture *f = *state;
	struct pollfd fd = {.events = POLLIN};
	int slave = open(f->pty, O_RDWR | O_NOCTTY | O_CLOEXEC);
	uint8_t got[16];

	assert_int_equal(write(f->master, "old\n", 4), 4);
	fd.fd = slave;
	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	open_port(f, f->pty);
	assert_int_equal(CLASS->read(f->t, got, sizeof(got)), -EAGAIN);
	close(slave);
}

/* An adapter that does not read: the line fills up, and nobody waits for it. */
static void test_full_line(void **state)
{
	struct fixture *f = *state;
	uint8_t block[1000] = {0};
	size_t written = 0, got = 0;
	ssize_t n;

	open_port(f, f->pty);
	while ((n = CLASS->write(f->t, block, sizeof(block))) > 0)
		written += (size_t)n;
	assert_int_equal(n, -EAGAIN);
	CLASS->drain(f->t, 5);
	while (got < written) {
		struct pollfd fd = {.fd = f->master, .events = POLLIN};

		assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
		n = read(f->master, block, sizeof(block));
		assert_true(n > 0);
		got += (size_t)n;
	}
	assert_int_equal(got, written);
	assert_int_equal(CLASS->write(f->t, block, 1), 1);
}

static void test_settle_time(void **state)
{
	struct fixture *f = *state;

	f->t = create(f, f->pty);
	assert_int_equal(f->t->settle_ms, 0);
	CLASS->free(f->t);
	set_option(f, "sleep-after-open", "2");
	f->t = create(f, f->pty);
	assert_int_equal(f->t->settle_ms, 2000);
}

/* ---- It goes away and comes back */

static void test_hang_up(void **state)
{
	struct fixture *f = *state;
	uint8_t got[16];
	ssize_t n;

	open_port(f, f->pty);
	close(f->master);
	f->master = -1;
	n = CLASS->read(f->t, got, sizeof(got));
	assert_true(n < 0 && n != -EAGAIN && n != -EINTR);
	n = CLASS->write(f->t, got, 1);
	assert_true(n < 0 && n != -EAGAIN && n != -EINTR);
	CLASS->drain(f->t, 5);
	CLASS->close(f->t);
	assert_int_equal(CLASS->fd(f->t), -1);
	CLASS->close(f->t);
	assert_int_equal(CLASS->open(f->t, f->reason), -ENOENT);
}

/* A link that udev would make points to another port after each replug. */
static void test_replug(void **state)
{
	struct fixture *f = *state;
	char link[80], other[64];
	uint8_t got[16];
	int second;

	snprintf(link, sizeof(link), "%s/adapter", f->dir);
	assert_int_equal(symlink(f->pty, link), 0);
	open_port(f, link);
	second = open_pty(other, sizeof(other)); /* before the first is closed: another name */
	close(f->master);
	f->master = second;
	assert_true(CLASS->read(f->t, got, sizeof(got)) < 0);
	CLASS->close(f->t);
	unlink(link);
	assert_int_equal(CLASS->open(f->t, f->reason), -ENOENT);
	assert_non_null(strstr(f->reason, link));
	assert_int_equal(symlink(other, link), 0);
	assert_int_equal(CLASS->open(f->t, f->reason), 0);
	assert_int_equal(CLASS->write(f->t, got, 1), 1);
	unlink(link);
}

/* ---- Who has it */

static void check_busy(struct fixture *f)
{
	struct bridged_transport *second = create(f, f->pty);

	assert_int_equal(CLASS->open(second, f->reason), -EBUSY);
	assert_int_equal(CLASS->fd(second), -1);
	assert_non_null(strstr(f->reason, f->pty));
	assert_non_null(strstr(f->reason, "busy"));
	assert_non_null(strstr(f->reason, "fuser"));
	CLASS->free(second);
}

static void test_second_daemon(void **state)
{
	struct fixture *f = *state;

	open_port(f, f->pty);
	check_busy(f);
	assert_int_equal(CLASS->write(f->t, (const uint8_t *)"x", 1), 1); /* the first goes on */
	CLASS->close(f->t);
	assert_int_equal(CLASS->open(f->t, f->reason), 0);
}

static void test_locked_by_another(void **state)
{
	struct fixture *f = *state;
	int other = open(f->pty, O_RDWR | O_NOCTTY | O_CLOEXEC);

	assert_int_equal(flock(other, LOCK_EX), 0);
	check_busy(f);
	close(other);
	open_port(f, f->pty);
}

static void open_and_die(struct fixture *f)
{
	struct bridged_transport *t = create(f, f->pty);

	if (CLASS->open(t, f->reason)) {
		fprintf(stderr, "%s\n", f->reason);
		_exit(1);
	}
	kill(getpid(), SIGKILL);
}

static void open_twice_and_die(struct fixture *f)
{
	struct bridged_transport *t = create(f, f->pty);

	if (CLASS->open(t, f->reason))
		_exit(1);
	CLASS->close(t);
	open_and_die(f);
}

/* Run @test as @uid; Return: whether it ended as it should, by its own SIGKILL. */
static bool killed_as(uid_t uid, struct fixture *f, void (*test)(struct fixture *f))
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		if (uid != geteuid() && (setgid(uid) || setuid(uid)))
			_exit(2);
		test(f);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* kill -9 leaves no lock behind, nor does an orderly end; not for plain users either. */
static void test_no_lock_left(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		assert_true(killed_as(geteuid(), f, open_and_die));
		assert_true(killed_as(geteuid(), f, open_twice_and_die));
	}
	if (geteuid())
		return;
	assert_int_equal(chmod(f->pty, 0666), 0);
	for (int i = 0; i < 2; i++) {
		assert_true(killed_as(NOBODY, f, open_and_die));
		assert_true(killed_as(NOBODY, f, open_twice_and_die));
	}
}

/* The keeper opens it; the lock is ours. */
static void test_through_keeper(void **state)
{
	const char *const leftovers[] = {NULL};
	struct fixture *f = *state;
	const struct bridged_keeper_scope scope = {.path = f->pty};
	struct bridged_keeper *keeper;

	assert_int_equal(bridged_keeper_start(&keeper, &scope, leftovers), 0);
	f->t = create(f, f->pty);
	f->t->keeper = keeper;
	assert_int_equal(CLASS->open(f->t, f->reason), 0);
	assert_int_equal(CLASS->write(f->t, (const uint8_t *)"x", 1), 1);
	check_busy(f);
	CLASS->close(f->t);
	assert_int_equal(CLASS->open(f->t, f->reason), 0);
	CLASS->close(f->t);
	bridged_keeper_stop(keeper);
	f->t->keeper = NULL;
}

/* ---- What cannot be opened */

static void check_refusal(struct fixture *f, const char *path, int error, const char *next_step)
{
	struct bridged_transport *t = create(f, path);

	assert_int_equal(CLASS->open(t, f->reason), error);
	assert_int_equal(CLASS->fd(t), -1);
	assert_int_equal(strncmp(f->reason, path, strlen(path)), 0);
	assert_non_null(strstr(f->reason, next_step));
	assert_null(strchr(f->reason, '\n'));
	CLASS->free(t);
}

static void test_refusals(void **state)
{
	struct fixture *f = *state;
	char path[64];

	check_refusal(f, "/dev/ttyNoSuchPort0", -ENOENT, "anycan list");
	check_refusal(f, "/dev/null", -ENOTTY, "no serial port");
	check_refusal(f, "/dev", -EISDIR, "no serial port");
	check_refusal(f, "/dev/null/x", -ENOTDIR, "anycan list");
	snprintf(path, sizeof(path), "%s/file", f->dir);
	close(open(path, O_CREAT | O_WRONLY, 0600));
	check_refusal(f, path, -ENOTTY, "no serial port");
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_refusal(f, path, -ENOTTY, "no serial port");
	unlink(path);
}

static void try_as_nobody(struct fixture *f)
{
	char path[64];

	check_refusal(f, f->pty, -EACCES, "run as root, or join the group");
	snprintf(path, sizeof(path), "%s/tty", f->dir);
	check_refusal(f, path, -EACCES, "run as root");
	kill(getpid(), SIGKILL);
}

static void test_no_permission(void **state)
{
	struct fixture *f = *state;

	if (geteuid()) {
		puts("only root can become somebody without permission");
		skip();
	}
	assert_int_equal(chmod(f->pty, 0600), 0);
	assert_int_equal(chmod(f->dir, 0700), 0);
	assert_true(killed_as(NOBODY, f, try_as_nobody));
}

/* ---- Addresses */

static void test_addresses(void **state)
{
	static const struct {
		const char *address, *fault;
	} wrong[] = {
		{"", "empty"},
		{"@9600", "serial port is missing"},
		{"/dev/ttyUSB0@", "baud rate"},
		{"/dev/ttyUSB0@fast", "baud rate"},
		{"/dev/ttyUSB0@0", "baud rate"},
		{"/dev/tty USB0", "blank"},
	};
	struct fixture *f = *state;
	struct bridged_transport *t = NULL;

	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		assert_int_equal(CLASS->create(&t, wrong[i].address, f->options, f->reason),
				 -EINVAL);
		assert_non_null(strstr(f->reason, wrong[i].fault));
		assert_null(t);
	}
	assert_true(CLASS->match("/dev/ttyUSB0"));
	assert_true(CLASS->match("COM4@9600"));
	assert_false(CLASS->match("socket://host:1"));
	assert_false(CLASS->match("rfc2217://host:1"));
	CLASS->free(NULL);
}

int main(void)
{
#define TTY_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates), TTY_TEST(test_modes),
		TTY_TEST(test_bytes),	      TTY_TEST(test_old_bytes),
		TTY_TEST(test_full_line),     TTY_TEST(test_settle_time),
		TTY_TEST(test_hang_up),	      TTY_TEST(test_replug),
		TTY_TEST(test_second_daemon), TTY_TEST(test_locked_by_another),
		TTY_TEST(test_no_lock_left),  TTY_TEST(test_through_keeper),
		TTY_TEST(test_refusals),      TTY_TEST(test_no_permission),
		TTY_TEST(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
