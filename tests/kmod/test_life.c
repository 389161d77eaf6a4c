// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * How netdevs come and go: privilege, limits, persistence, namespaces, and what their files do
 * without them.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/can/error.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	if (file) {
		fputs(text, file);
		fclose(file);
	}
}

/* Runs in a process of its own, root of namespaces of its own. Return: what it returns. */
static int in_child(int namespaces, int (*body)(void))
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (namespaces && unshare(namespaces))
			_exit(100);
		if (namespaces & CLONE_NEWUSER)
			write_file("/proc/self/uid_map", "0 0 1");
		_exit(body());
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static int teardown(void **state)
{
	(void)state;
	assert_true(within(!exists(NETDEV)));
	return 0;
}

static void test_info(void **state)
{
	struct cantap_info info;
	struct tap tap;

	(void)state;
	tap_open(&tap);
	assert_int_equal(ioctl(tap.fd, CANTAP_GET_INFO, &info), 0);
	assert_int_equal(info.version, 1);
	assert_int_equal(info.flags, CANTAP_FLAGS);
	assert_int_equal(info.ctrlmodes, 0x7ff);
	/* A caller who knows less. */
	info.version = info.flags = 77;
	assert_int_equal(ioctl(tap.fd, _IOC(_IOC_READ, CANTAP_IOC, 0x60, 4), &info), 0);
	assert_int_equal(info.version, 1);
	assert_int_equal(info.flags, 77);
	assert_int_equal(ioctl(tap.fd, TIOCOUTQ, &info), -1);
	assert_int_equal(errno, ENOTTY);
	tap_close(&tap);
}

static void test_a_file_without_netdev(void **state)
{
	struct pollfd fd = {.events = POLLIN | POLLOUT};
	struct tap tap;
	char buf[256] = {0};

	(void)state;
	tap_open(&tap);
	assert_int_equal(read(tap.fd, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EBADFD);
	assert_int_equal(write(tap.fd, buf, sizeof(buf)), -1);
	assert_int_equal(errno, EBADFD);
	assert_int_equal(ioctl(tap.fd, CANTAP_DELETE), -1);
	assert_int_equal(errno, EBADFD);
	fd.fd = tap.fd;
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(fd.revents, POLLERR | POLLHUP);
	tap_close(&tap);
}

static void test_names(void **state)
{
	struct tap a, b;

	(void)state;
	tap_new(&a, "", 0);
	assert_string_equal(a.create.name, "can0");
	assert_int_equal(a.create.ifindex, if_nametoindex("can0"));
	tap_new(&b, "can%d", 0);
	assert_string_equal(b.create.name, "can1");
	assert_int_equal(tap_make(&b), -EBUSY);
	tap_close(&b);
	tap_open(&b);
	tap_limits(&b.create, "can0");
	assert_int_equal(tap_make(&b), -EEXIST);
	tap_limits(&b.create, "a/b");
	assert_int_equal(tap_make(&b), -EINVAL);
	tap_limits(&b.create, "%s%n");
	assert_int_equal(tap_make(&b), -EINVAL);
	memset(b.create.name, 'x', sizeof(b.create.name));
	assert_int_equal(tap_make(&b), -EINVAL);
	tap_close(&b);
	tap_close(&a);
}

/* What must not reach the CAN core, which divides by some of it. */
static void test_limits(void **state)
{
	struct cantap_create good;
	struct tap tap;

	(void)state;
	tap_open(&tap);
	tap_limits(&good, NETDEV);
#define REFUSED(change)                                                                            \
	do {                                                                                       \
		tap.create = good;                                                                 \
		tap.create.change;                                                                 \
		assert_int_equal(tap_make(&tap), -EINVAL);                                         \
	} while (0)
	REFUSED(flags = 0x80);
	REFUSED(flags = CANTAP_ASK_BERR);
	REFUSED(echo_depth = 0);
	REFUSED(echo_depth = CANTAP_ECHO_DEPTH_MAX + 1);
	REFUSED(clock_hz = 0);
	REFUSED(ctrlmode_supported = 0x800);
	REFUSED(ctrlmode_static = CAN_CTRLMODE_FD);
	REFUSED(ctrlmode_supported = CAN_CTRLMODE_TDC_AUTO);
	REFUSED(bittiming_const.tseg1_min = 0);
	REFUSED(bittiming_const.tseg1_min = 257);
	REFUSED(bittiming_const.tseg1_max = 100000);
	REFUSED(bittiming_const.tseg1_max = 0);
	REFUSED(bittiming_const.tseg2_min = 0);
	REFUSED(bittiming_const.tseg2_max = 0xffffffff);
	REFUSED(bittiming_const.sjw_max = 0);
	REFUSED(bittiming_const.brp_min = 0);
	REFUSED(bittiming_const.brp_inc = 0);
	REFUSED(bittiming_const.brp_max = 0);
	REFUSED(bittiming_const.brp_max = 100000);
	REFUSED(bittiming_const.name[0] = '\n');
	REFUSED(dbittiming_const.brp_inc = 0);
	REFUSED(dbittiming_const.tseg1_max = 0);
	REFUSED(bitrates[0] = 500000);
	REFUSED(tdc.tdco_min = 5);
	REFUSED(driver[0] = '\033');
	tap.create = good;
	memset(tap.create.driver, 'x', sizeof(tap.create.driver));
	assert_int_equal(tap_make(&tap), -EINVAL);
	tap.create = good;
	memset(tap.create.bittiming_const.name, 'x', sizeof(tap.create.bittiming_const.name));
	assert_int_equal(tap_make(&tap), -EINVAL);
	tap.create = good;
	assert_int_equal(
		ioctl(tap.fd, _IOC(_IOC_READ | _IOC_WRITE, CANTAP_IOC, 0x61, 64), &tap.create), -1);
	assert_int_equal(errno, EINVAL);
	/* A caller who knows more, and asks for none of it or for some. */
	struct {
		struct cantap_create known;
		uint32_t unknown[4];
	} later = {.known = good, .unknown = {[2] = 1}};

	assert_int_equal(ioctl(tap.fd,
			       _IOC(_IOC_READ | _IOC_WRITE, CANTAP_IOC, 0x61, sizeof(later)),
			       &later),
			 -1);
	assert_int_equal(errno, E2BIG);
	later.unknown[2] = 0;
	assert_int_equal(ioctl(tap.fd,
			       _IOC(_IOC_READ | _IOC_WRITE, CANTAP_IOC, 0x61, sizeof(later)),
			       &later),
			 0);
	tap_close(&tap);
}

static void test_fixed_bitrates(void **state)
{
	struct tap tap;

	(void)state;
	tap_open(&tap);
	tap_limits(&tap.create, NETDEV);
	tap.create.ctrlmode_supported = 0;
	memset(&tap.create.bittiming_const, 0, sizeof(tap.create.bittiming_const));
	memset(&tap.create.dbittiming_const, 0, sizeof(tap.create.dbittiming_const));
	tap.create.bitrates[0] = 125000;
	tap.create.bitrates[1] = 250000;
	assert_int_equal(tap_make(&tap), 0);
	assert_int_not_equal(run("ip link set " NETDEV " type can bitrate 500000 2>/dev/null"), 0);
	assert_int_equal(run("ip link set " NETDEV " up type can bitrate 250000"), 0);
	tap_expect(&tap, CANTAP_OPEN);
	assert_int_equal(tap.settings.bittiming.bitrate, 250000);
	assert_int_equal(tap.settings.bittiming.brp, 0);
	assert_true(shows("125000", "ip -d link show " NETDEV));
	tap_close(&tap);
}

/* An adapter without bit timing, as a network bus is. */
static void test_no_bitrate(void **state)
{
	struct tap tap;

	(void)state;
	tap_open(&tap);
	tap_limits(&tap.create, NETDEV);
	memset(&tap.create.bittiming_const, 0, sizeof(tap.create.bittiming_const));
	memset(&tap.create.dbittiming_const, 0, sizeof(tap.create.dbittiming_const));
	tap.create.ctrlmode_supported = 0;
	tap.create.ctrlmode_static = CAN_CTRLMODE_FD;
	assert_int_equal(tap_make(&tap), 0);
	assert_int_not_equal(run("ip link set " NETDEV " type can bitrate 500000 2>/dev/null"), 0);
	assert_int_equal(run("ip link set " NETDEV " up"), 0);
	tap_expect(&tap, CANTAP_OPEN);
	assert_true(tap.settings.bittiming.bitrate == CANTAP_BITRATE_UNKNOWN);
	assert_int_equal(tap.settings.ctrlmode, CAN_CTRLMODE_FD);
	assert_true(shows("mtu 72", "ip link show " NETDEV));
	tap_close(&tap);
}

static void test_gone_with_the_file(void **state)
{
	struct canfd_frame frame;
	struct tap tap;
	int s;

	(void)state;
	tap_new(&tap, NETDEV, 0);
	tap_up(&tap);
	s = can_open(NETDEV);
	tap_close(&tap);
	assert_false(exists(NETDEV));
	assert_int_equal(can_get(s, &frame, 1000), -ENODEV);
	close(s);
}

static void test_delete(void **state)
{
	struct pollfd fd = {.events = POLLIN};
	struct tap tap;
	char buf[256];

	(void)state;
	tap_new(&tap, NETDEV, 0);
	tap_up(&tap);
	fd.fd = tap.fd;
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(ioctl(tap.fd, CANTAP_DELETE), 0);
	assert_false(exists(NETDEV));
	assert_int_equal(poll(&fd, 1, 0), 1);
	assert_int_equal(fd.revents, POLLERR | POLLHUP);
	assert_int_equal(read(tap.fd, buf, sizeof(buf)), -1);
	assert_int_equal(errno, ENODEV);
	assert_int_equal(ioctl(tap.fd, CANTAP_DELETE), -1);
	assert_int_equal(errno, ENODEV);
	assert_int_equal(tap_make(&tap), 0);
	assert_true(exists(NETDEV));
	tap_close(&tap);
}

static void test_a_blocked_reader_is_woken(void **state)
{
	struct tap tap;
	char buf[256];
	pid_t pid;
	int status;

	(void)state;
	tap_new(&tap, NETDEV, 0);
	fcntl(tap.fd, F_SETFL, 0);
	fflush(stdout);
	pid = fork();
	if (!pid)
		_exit(read(tap.fd, buf, sizeof(buf)) < 0 ? errno : 0);
	usleep(200000);
	ioctl(tap.fd, CANTAP_DELETE);
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), ENODEV);
	tap_close(&tap);
}

static void test_persistent(void **state)
{
	struct can_frame frame = make_frame(0x123, 1);
	struct canfd_frame got;
	struct tap tap, next;
	int s;

	(void)state;
	tap_new(&tap, NETDEV, CANTAP_PERSISTENT);
	tap_up(&tap);
	s = can_open(NETDEV);
	can_put(s, &frame, sizeof(frame));
	tap_sent(&tap, &frame);
	tap_open(&next);
	tap_limits(&next.create, NETDEV);
	next.create.flags = CANTAP_ADOPT | CANTAP_PERSISTENT;
	assert_int_equal(tap_make(&next), -EBUSY);
	tap_close(&tap);
	assert_true(exists(NETDEV));
	assert_true(within(contains("NO-CARRIER", "ip link show " NETDEV)));
	assert_int_equal(statistic(NETDEV, "tx_aborted_errors"), 1);
	/* It can be renamed, set down and up in the meantime. */
	run("ip link set " NETDEV " down; ip link set " NETDEV " up");
	can_get(s, &got, 10);
	assert_int_equal(tap_make(&next), 0);
	assert_int_equal(next.create.result, CANTAP_ADOPTED);
	assert_int_equal(next.create.ifindex, if_nametoindex(NETDEV));
	tap_expect(&next, CANTAP_OPEN);
	assert_int_equal(next.settings.bittiming.bitrate, 500000);
	tap_say(&next, CANTAP_OPENED, next.session);
	/* The socket of before is served. */
	assert_int_equal(tap_rx(&next, &frame), 0);
	assert_int_equal(can_get(s, &got, 1000), CAN_MTU);
	assert_int_equal(ioctl(next.fd, CANTAP_PERSIST, 2), -1);
	assert_int_equal(ioctl(next.fd, CANTAP_PERSIST, 0), 0);
	tap_close(&next);
	assert_false(exists(NETDEV));
	close(s);
}

static void test_adopt_asks_for_what_is_on(void **state)
{
	struct tap tap, next;

	(void)state;
	tap_new(&tap, NETDEV, CANTAP_PERSISTENT);
	run("ip link set " NETDEV " type can bitrate 500000 listen-only on");
	tap_close(&tap);
	tap_open(&next);
	tap_limits(&next.create, NETDEV);
	next.create.flags = CANTAP_ADOPT;
	next.create.ctrlmode_supported = CAN_CTRLMODE_LOOPBACK;
	assert_int_equal(tap_make(&next), -EOPNOTSUPP);
	tap_limits(&next.create, NETDEV);
	next.create.flags = CANTAP_ADOPT;
	assert_int_equal(tap_make(&next), 0);
	tap_close(&next);
	assert_false(exists(NETDEV));
	/* Of a netdev of another kind it is not ours to take. */
	tap_open(&next);
	tap_limits(&next.create, "lo");
	next.create.flags = CANTAP_ADOPT;
	assert_int_equal(tap_make(&next), -EEXIST);
	tap_close(&next);
}

static void test_ethtool(void **state)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ethtool_ts_info ts = {.cmd = ETHTOOL_GET_TS_INFO};
	struct ethtool_value id = {.cmd = ETHTOOL_PHYS_ID, .data = 1};
	struct ifreq ifr = {.ifr_name = NETDEV};
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct tap tap;

	(void)state;
	tap_new(&tap, NETDEV, CANTAP_HAS_HWTSTAMP | CANTAP_CAN_IDENTIFY);
	ifr.ifr_data = (void *)&info;
	assert_int_equal(ioctl(s, SIOCETHTOOL, &ifr), 0);
	assert_string_equal(info.driver, "test-driver");
	assert_string_equal(info.fw_version, "7.8");
	assert_string_equal(info.bus_info, "test:0");
	ifr.ifr_data = (void *)&ts;
	assert_int_equal(ioctl(s, SIOCETHTOOL, &ifr), 0);
	assert_int_equal(ts.so_timestamping & 0x45, 0x45);
	ifr.ifr_data = (void *)&id;
	assert_int_equal(ioctl(s, SIOCETHTOOL, &ifr), 0);
	/* On and off came together; the last word counts. */
	assert_int_equal(tap_expect(&tap, CANTAP_IDENTIFY)->id, 0);
	tap_close(&tap);
	tap_new(&tap, NETDEV, 0);
	assert_int_equal(ioctl(s, SIOCETHTOOL, &ifr), -1);
	ifr.ifr_data = (void *)&ts;
	assert_int_equal(ioctl(s, SIOCETHTOOL, &ifr), 0);
	assert_int_equal(ts.so_timestamping & 0x45, 0);
	tap_close(&tap);
	close(s);
}

static void test_error_counters_are_asked_for(void **state)
{
	struct tap tap;

	(void)state;
	tap_new(&tap, NETDEV, CANTAP_HAS_BERR | CANTAP_ASK_BERR);
	tap_up(&tap);
	tap_idle(&tap);
	assert_true(shows("berr-counter tx 0 rx 0", "ip -d link show " NETDEV));
	tap_expect(&tap, CANTAP_READ_BERR);
	tap_state(&tap, 0, 0, 7, 9);
	assert_true(shows("berr-counter tx 7 rx 9", "ip -d link show " NETDEV));
	tap_close(&tap);
}

/* ---- Privilege and namespaces */

static int try_to_make(void)
{
	struct tap tap;

	tap_open(&tap);
	tap_limits(&tap.create, NETDEV);
	return -tap_make(&tap);
}

static int try_without_privilege(void)
{
	return setuid(65534) ? 99 : try_to_make();
}

static void test_privilege_is_needed(void **state)
{
	(void)state;
	assert_int_equal(in_child(0, try_without_privilege), EPERM);
	/* Root of a user namespace in a network namespace that is not its own. */
	assert_int_equal(in_child(CLONE_NEWUSER, try_to_make), EPERM);
}

static int use_without_privilege(void)
{
	struct can_frame frame = make_frame(1, 1);
	struct tap tap;

	tap_new(&tap, NETDEV, 0);
	run("ip link set " NETDEV " type can bitrate 500000");
	if (setuid(65534))
		return 99;
	if (tap_write(&tap, (struct cantap_record){.type = CANTAP_RX}, &frame, sizeof(frame)))
		return 1;
	tap_idle(&tap);
	return ioctl(tap.fd, CANTAP_DELETE) ? errno : 0;
}

static void test_the_file_is_the_handle(void **state)
{
	(void)state;
	assert_int_equal(in_child(0, use_without_privilege), 0);
}

static int in_user_namespace(void)
{
	struct tap tap;
	int ret;

	tap_open(&tap);
	tap_limits(&tap.create, NETDEV);
	ret = tap_make(&tap);
	if (ret != -EPERM)
		return 1;
	tap.create.ctrlmode_supported = 0;
	memset(&tap.create.bittiming_const, 0, sizeof(tap.create.bittiming_const));
	memset(&tap.create.dbittiming_const, 0, sizeof(tap.create.dbittiming_const));
	tap.create.bitrates[0] = 500000;
	tap.create.flags = CANTAP_PERSISTENT;
	ret = tap_make(&tap);
	if (ret)
		return -ret;
	tap_up(&tap);
	/* Not destroyed by us: by the end of the namespace. */
	return 0;
}

static void test_user_namespace(void **state)
{
	(void)state;
	assert_int_equal(in_child(CLONE_NEWUSER | CLONE_NEWNET, in_user_namespace), 0);
	sleep(2);
	/* Nor has it come here, by its own name or as devN. */
	assert_false(contains("link/can", "ip link show"));
}

static void test_namespace_ends(void **state)
{
	struct can_frame frame = make_frame(1, 1);
	struct tap tap, inner;
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), there;
	char buf[64];

	(void)state;
	tap_new(&tap, NETDEV, 0);
	run("ip netns add tapns; ip link set " NETDEV " netns tapns; "
	    "ip -n tapns link set " NETDEV " name tap9");
	assert_false(exists(NETDEV));
	assert_int_equal(run("ip -n tapns link set tap9 up type can bitrate 500000"), 0);
	tap_expect(&tap, CANTAP_OPEN);
	tap_say(&tap, CANTAP_OPENED, tap.session);
	assert_int_equal(tap_rx(&tap, &frame), 0);
	/* One that was made in there. */
	there = open("/run/netns/tapns", O_RDONLY | O_CLOEXEC);
	assert_int_equal(setns(there, CLONE_NEWNET), 0);
	close(there);
	tap_new(&inner, "inner0", 0);
	tap_up(&inner);
	assert_int_equal(setns(here, CLONE_NEWNET), 0);
	close(here);
	run("ip netns del tapns");
	assert_true(within(read(inner.fd, buf, sizeof(buf)) < 0 && errno == ENODEV));
	/* The other one came back, down. */
	tap_expect(&tap, CANTAP_STOP);
	assert_true(within(contains("tap9", "ip link show")));
	assert_false(contains("inner0", "ip link show"));
	tap_close(&inner);
	tap_close(&tap);
	assert_false(contains("link/can", "ip link show"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_teardown(name, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_info),
		TEST(test_a_file_without_netdev),
		TEST(test_names),
		TEST(test_limits),
		TEST(test_fixed_bitrates),
		TEST(test_no_bitrate),
		TEST(test_gone_with_the_file),
		TEST(test_delete),
		TEST(test_a_blocked_reader_is_woken),
		TEST(test_persistent),
		TEST(test_adopt_asks_for_what_is_on),
		TEST(test_ethtool),
		TEST(test_error_counters_are_asked_for),
		TEST(test_privilege_is_needed),
		TEST(test_the_file_is_the_handle),
		TEST(test_user_namespace),
		TEST(test_namespace_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
