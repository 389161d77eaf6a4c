/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/address.c: every form of address in the manual of python-can 4.0 and in ours, and what is
 * none.
 */
#include "check.h"
#include <anycan/address.h>
#include <errno.h>
#include <string.h>

static const struct {
	const char *text, *driver, *rest;
} addresses[] = {
	{"slcan:/dev/ttyUSB0@115200", "slcan", "/dev/ttyUSB0@115200"},
	{"slcan:COM4@9600", "slcan", "COM4@9600"},
	{"slcan:socket://192.0.2.7:3333", "slcan", "socket://192.0.2.7:3333"},
	{"robotell:rfc2217://host:2217", "robotell", "rfc2217://host:2217"},
	{"serial:loop://", "serial", "loop://"},
	{"canalystii:", "canalystii", ""},
	{"gs_usb:serial=0123", "gs_usb", "serial=0123"},
	{"gs_usb:bus=1,address=4", "gs_usb", "bus=1,address=4"},
	{"udp_multicast:", "udp_multicast", ""},
	{"udp_multicast:[ff15::1]:43113", "udp_multicast", "[ff15::1]:43113"},
	{"socketcand:host:29536/can0", "socketcand", "host:29536/can0"},
	{"slcan:/dev/serial/by-id/usb-a b", "slcan", "/dev/serial/by-id/usb-a b"},
	{"a:", "a", ""},
	{"zZaA0_9-:x", "zZaA0_9-", "x"},
	{"can0", "", "can0"},
	{"vxcan-2.1_x", "", "vxcan-2.1_x"},
	{"abcdefghijklmno", "", "abcdefghijklmno"},
};

static void test_address(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(addresses); i++) {
		struct anycan_address address;
		const char *reason = NULL;

		if (anycan_address_parse(addresses[i].text, &address, &reason))
			fail_msg("%s: %s", addresses[i].text, reason);
		assert_null(reason);
		assert_string_equal(address.driver, addresses[i].driver);
		assert_string_equal(address.rest, addresses[i].rest);
	}
}

/* @fault: words of the reason. */
static const struct {
	const char *text, *fault;
} no_addresses[] = {
	{"", "empty"},
	{":", "driver's name"},
	{":/dev/ttyUSB0", "driver's name"},
	{"2can:", "driver's name"},
	{"sl can:x", "driver's name"},
	{"/dev/tty:x", "driver's name"},
	{"[ff15::1]:43113", "driver's name"},
	{"abcdefghijklmnopqrstuvwxyzabcdef:", "too long"},
	{"abcdefghijklmnop", "15 characters"},
	{"/dev/ttyUSB0", "DRIVER:ADDRESS"},
	{"can 0", "DRIVER:ADDRESS"},
	{"can0\n", "DRIVER:ADDRESS"},
	{" can0", "DRIVER:ADDRESS"},
	{"s@lcan:x", "driver's name"},
	{"s[lcan:x", "driver's name"},
	{"s`lcan:x", "driver's name"},
	{"s{lcan:x", "driver's name"},
	{"s/lcan:x", "driver's name"},
};

static void check_no_address(const char *text, const char *fault)
{
	struct anycan_address address = {"before", "before"};
	const char *reason = "";

	if (anycan_address_parse(text, &address, &reason) != -EINVAL)
		fail_msg("understood: %s", text);
	if (!strstr(reason, fault))
		fail_msg("%s: %s", text, reason);
	assert_string_equal(address.driver, "before");
	assert_string_equal(address.rest, "before");
	assert_int_equal(anycan_address_parse(text, &address, NULL), -EINVAL);
}

static void test_no_address(void **state)
{
	char text[400] = "slcan:";
	struct anycan_address address;
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(no_addresses); i++)
		check_no_address(no_addresses[i].text, no_addresses[i].fault);
	memset(text + 6, 'x', ANYCAN_ADDRESS_SIZE - 1);
	assert_int_equal(anycan_address_parse(text, &address, NULL), 0);
	assert_int_equal(strlen(address.rest), ANYCAN_ADDRESS_SIZE - 1);
	text[6 + ANYCAN_ADDRESS_SIZE - 1] = 'x';
	check_no_address(text, "too long");
}

static const struct {
	const char *text;
	struct anycan_serial_target target;
} targets[] = {
	{"/dev/ttyUSB0@115200", {ANYCAN_SERIAL_TTY, "/dev/ttyUSB0", 0, 115200}},
	{"/dev/ttyUSB0", {ANYCAN_SERIAL_TTY, "/dev/ttyUSB0", 0, 0}},
	{"COM4@9600", {ANYCAN_SERIAL_TTY, "COM4", 0, 9600}},
	{"\\\\.\\COM10", {ANYCAN_SERIAL_TTY, "\\\\.\\COM10", 0, 0}},
	{"/dev/a@b@3000000", {ANYCAN_SERIAL_TTY, "/dev/a@b", 0, 3000000}},
	{"/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0",
	 {ANYCAN_SERIAL_TTY, "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0", 0, 0}},
	{"socket://192.168.254.254:5000", {ANYCAN_SERIAL_SOCKET, "192.168.254.254", 5000, 0}},
	{"socket://192.168.254.254:5000@9600",
	 {ANYCAN_SERIAL_SOCKET, "192.168.254.254", 5000, 9600}},
	{"socket://[::1]:3333", {ANYCAN_SERIAL_SOCKET, "::1", 3333, 0}},
	{"socket://[fe80::1%eth0]:65535@1", {ANYCAN_SERIAL_SOCKET, "fe80::1%eth0", 65535, 1}},
	{"rfc2217://192.168.254.254:5000", {ANYCAN_SERIAL_RFC2217, "192.168.254.254", 5000, 0}},
	{"rfc2217://host.example:1@115200", {ANYCAN_SERIAL_RFC2217, "host.example", 1, 115200}},
	{"loop://", {ANYCAN_SERIAL_LOOP, "", 0, 0}},
	{"loop://@115200", {ANYCAN_SERIAL_LOOP, "", 0, 115200}},
};

static void test_target(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(targets); i++) {
		struct anycan_serial_target target;
		const char *reason = NULL;

		if (anycan_serial_target_parse(targets[i].text, &target, &reason))
			fail_msg("%s: %s", targets[i].text, reason);
		assert_int_equal(target.scheme, targets[i].target.scheme);
		assert_string_equal(target.name, targets[i].target.name);
		assert_int_equal(target.port, targets[i].target.port);
		assert_int_equal(target.baud, targets[i].target.baud);
	}
}

static const struct {
	const char *text, *fault;
} no_targets[] = {
	{"", "channel is empty"},
	{"@115200", "port is missing"},
	{"/dev/ttyUSB0@", "baud"},
	{"/dev/ttyUSB0@0", "baud"},
	{"/dev/ttyUSB0@fast", "baud"},
	{"/dev/ttyUSB0@-1", "baud"},
	{"/dev/ttyUSB0@115200x", "baud"},
	{"/dev/ttyUSB0@100000001", "baud"},
	{"/dev/ttyUSB0@99999999999999999999", "baud"},
	{"/dev/tty USB0", "blank"},
	{"/dev/ttyUSB0\n", "blank"},
	{"socket://", "port is missing"},
	{"socket://host", "port is missing"},
	{"socket://host:", "1 to 65535"},
	{"socket://host:0", "1 to 65535"},
	{"socket://host:65536", "1 to 65535"},
	{"socket://host:http", "1 to 65535"},
	{"socket://host:5000/", "1 to 65535"},
	{"socket://:5000", "host is missing"},
	{"socket://[]:5000", "host is missing"},
	{"socket://::1:5000", "brackets"},
	{"socket://[::1]", "1 to 65535"},
	{"socket://[::1:5000", "brackets"},
	{"socket://user/host:5000", "no name"},
	{"socket://a]b:5000", "no name"},
	{"socket://a[b:5000", "no name"},
	{"socket://[a]b:5000", "no name"},
	{"rfc2217://host:70000", "1 to 65535"},
	{"loop://x", "loop://"},
	{"http://host:80", "URL"},
	{"SOCKET://host:80", "URL"},
};

static void check_no_target(const char *text, const char *fault)
{
	struct anycan_serial_target target = {.name = "before"};
	const char *reason = "";

	if (anycan_serial_target_parse(text, &target, &reason) != -EINVAL)
		fail_msg("understood: %s", text);
	if (!strstr(reason, fault))
		fail_msg("%s: %s", text, reason);
	assert_string_equal(target.name, "before");
	assert_int_equal(anycan_serial_target_parse(text, &target, NULL), -EINVAL);
}

static void test_no_target(void **state)
{
	char text[ANYCAN_ADDRESS_SIZE + 1] = "";
	struct anycan_serial_target target;
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(no_targets); i++)
		check_no_target(no_targets[i].text, no_targets[i].fault);
	memset(text, 'x', ANYCAN_ADDRESS_SIZE - 1);
	assert_int_equal(anycan_serial_target_parse(text, &target, NULL), 0);
	text[ANYCAN_ADDRESS_SIZE - 1] = 'x';
	check_no_target(text, "too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_no_address),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_no_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
