// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/detect*.c, with a script in bridged's place and interfaces of this test's own. Adapters on a
 * real USB bus are found in tests/vm.
 */
#include "check.h"

#include <anycan/clock.h>
#include <anycan/detect.h>
#include <anycan/interface.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)

static char script[64];

/* bridged is a shell script with this body. */
static void set_bridged(const char *body)
{
	FILE *file;

	snprintf(script, sizeof(script), "/tmp/bridged.%d", getpid());
	/* The one before may be at its start yet, and cannot be written to then. */
	unlink(script);
	file = fopen(script, "w");
	assert_non_null(file);
	fprintf(file, "#!/bin/sh\n%s\n", body);
	fclose(file);
	chmod(script, 0700);
	setenv("ANYCAN_BRIDGED", script, 1);
}

static int remove_script(void **state)
{
	(void)state;
	unlink(script);
	return 0;
}

static const struct anycan_detected *find(const struct anycan_detected *list, int n,
					  const char *address)
{
	for (int i = 0; i < n; i++)
		if (!strcmp(list[i].address, address))
			return &list[i];
	return NULL;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void test_adapters(void **state)
{
	static const char *const only_gs_usb[] = {"gs_usb", NULL};
	const struct anycan_detected *found;
	struct anycan_detected *list;
	int n;

	(void)state;
	set_bridged("[ \"$1\" = --adapters ] && echo '["
		    "{\"driver\": \"gs_usb\", \"address\": \"gs_usb:serial=7\", \"name\": \"a\","
		    " \"product\": \"candleLight\", \"serial\": \"7\", \"vid\": \"1d50\","
		    " \"pid\": \"606f\", \"node\": \"1-2\", \"used_by\": \"gs_usb\","
		    " \"netdevs\": \"can0,can1\"},"
		    "{\"driver\": \"canalystii\", \"address\": \"canalystii:bus=1,port=3\","
		    " \"name\": \"CANalyst-II\"}, 3, {}]'");
	n = anycan_detect(&list, NULL, PATIENCE_NS);
	assert_true(n >= 2);
	found = find(list, n, "gs_usb:serial=7");
	assert_non_null(found);
	assert_string_equal(found->interface, "gs_usb");
	assert_string_equal(found->model, "candleLight");
	assert_string_equal(found->netdevs, "can0,can1");
	assert_string_equal(found->driver, "gs_usb");
	assert_int_equal(found->vid, 0x1d50);
	assert_int_equal(found->pid, 0x606f);
	assert_true(found->certain);
	found = find(list, n, "canalystii:bus=1,port=3");
	assert_non_null(found);
	assert_string_equal(found->model, "CANalyst-II");
	anycan_detected_free(list);
	n = anycan_detect(&list, only_gs_usb, PATIENCE_NS);
	assert_int_equal(n, 1);
	assert_string_equal(list[0].address, "gs_usb:serial=7");
	anycan_detected_free(list);
}

static void test_nobody_to_ask(void **state)
{
	static const char *const canalystii[] = {"canalystii", NULL};
	static const char *const bodies[] = {"exit 1", "echo nonsense", "echo '{}'", "echo '[[]]'",
					     "kill -9 $$"};
	struct anycan_detected *list;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bodies); i++) {
		set_bridged(bodies[i]);
		assert_int_equal(anycan_detect(&list, canalystii, PATIENCE_NS), 0);
		anycan_detected_free(list);
	}
	setenv("ANYCAN_BRIDGED", "/nonexistent/bridged", 1);
	assert_int_equal(anycan_detect(&list, canalystii, PATIENCE_NS), 0);
	anycan_detected_free(list);
}

static void test_time_limit(void **state)
{
	static const char *const names[] = {"gs_usb", "virtual", NULL};
	struct anycan_detected *list;
	double begin = seconds();

	(void)state;
	set_bridged("exec sleep 30");
	/* What is quick is found all the same. */
	assert_int_equal(anycan_detect(&list, names, ANYCAN_NS_PER_S / 2), 1);
	assert_string_equal(list[0].address, "virtual:channel-0");
	anycan_detected_free(list);
	assert_true(seconds() - begin < 5);
	assert_int_equal(anycan_detect(&list, names, 0) & ~1, 0);
	anycan_detected_free(list);
}

/* ---- Interfaces that a program brings */

static int no_open(void **state, const char *channel, const struct anycan_bus_options *options,
		   struct anycan_error *error)
{
	(void)state, (void)channel, (void)options;
	return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENODEV, "not here");
}

static void no_close(void *state)
{
	(void)state;
}

static int no_recv(void *state, struct anycan_frame *frames, unsigned int max, int64_t timeout_ns)
{
	(void)state, (void)frames, (void)max, (void)timeout_ns;
	return 0;
}

static int no_send(void *state, const struct anycan_frame *frames, unsigned int n,
		   int64_t timeout_ns)
{
	(void)state, (void)frames, (void)n, (void)timeout_ns;
	return 0;
}

static int detect_three(int (*found)(const char *channel, void *arg), void *arg)
{
	return found("x10", arg) || found("x9", arg) || found("x1", arg);
}

static int detect_badly(int (*found)(const char *channel, void *arg), void *arg)
{
	found("half", arg);
	return -EIO;
}

static const struct anycan_interface three = {
	.name = "three",
	.open = no_open,
	.close = no_close,
	.recv = no_recv,
	.send = no_send,
	.detect = detect_three,
};

static const struct anycan_interface bad = {
	.name = "bad",
	.open = no_open,
	.close = no_close,
	.recv = no_recv,
	.send = no_send,
	.detect = detect_badly,
};

static void test_interfaces_of_programs(void **state)
{
	static const char *const names[] = {"three", "bad", "no-such-interface", NULL};
	struct anycan_detected *list;

	(void)state;
	set_bridged("echo '[]'");
	assert_int_equal(anycan_interface_register(&three), 0);
	assert_int_equal(anycan_interface_register(&bad), 0);
	assert_int_equal(anycan_detect(&list, names, PATIENCE_NS), 4);
	assert_string_equal(list[0].address, "bad:half");
	assert_string_equal(list[1].address, "three:x1");
	assert_string_equal(list[2].address, "three:x9");
	assert_string_equal(list[3].address, "three:x10");
	anycan_detected_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adapters),
		cmocka_unit_test(test_nobody_to_ask),
		cmocka_unit_test(test_time_limit),
		cmocka_unit_test(test_interfaces_of_programs),
	};

	return cmocka_run_group_tests(tests, NULL, remove_script);
}
