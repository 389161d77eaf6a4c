// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lib/config*.c and lib/ini.c: what configurations mean, limits and words. That they are gathered
 * as python-can does is seen in config_vs_python_can.py.
 */
#include "check.h"

#include <anycan/config.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct meaning {
	const char *json; /* CAN_CONFIG */
	const char *address, *settings;
};

static const struct meaning meanings[] = {
	{"{\"interface\": \"socketcan\", \"channel\": \"can0\", \"bitrate\": 500000}", "can0",
	 "bitrate 500000"},
	{"{\"interface\": \"socketcan\", \"channel\": \"\"}", "", ""},
	{"{\"interface\": \"slcan\", \"channel\": \"/dev/ttyUSB0\", \"ttyBaudrate\": 9600,"
	 "\"sleep_after_open\": 2, \"rtscts\": true, \"bitrate\": 125000}",
	 "slcan:/dev/ttyUSB0@9600", "bitrate 125000 sleep-after-open 2 rtscts on"},
	{"{\"interface\": \"slcan\", \"channel\": \"/dev/ttyUSB0@57600\", \"tty_baudrate\": 9600,"
	 "\"btr\": \"031C\", \"rtscts\": \"False\"}",
	 "slcan:/dev/ttyUSB0@57600", "btr 031C"},
	{"{\"interface\": \"slcan\", \"channel\": \"socket://192.0.2.7:5000\","
	 "\"ttyBaudrate\": 9600, \"btr0\": 3, \"btr1\": 28}",
	 "slcan:socket://192.0.2.7:5000", "btr 031c"},
	{"{\"interface\": \"canalystii\", \"device\": 1, \"f_clock\": 8000000, \"btr0\": 0,"
	 "\"btr1\": \"0x14\", \"bitrate\": 1000000}",
	 "canalystii:index=1", "bitrate 1000000 sample-point 0.750"},
	{"{\"interface\": \"canalystii\"}", "canalystii:", ""},
	{"{\"interface\": \"gs_usb\", \"bus\": 1, \"address\": 4, \"bitrate\": 500000}",
	 "gs_usb:bus=1,address=4", "bitrate 500000"},
	{"{\"interface\": \"gs_usb\", \"index\": 0, \"data_bitrate\": 2000000, \"fd\": true}",
	 "gs_usb:index=0", "dbitrate 2000000 fd on"},
	{"{\"interface\": \"cantact\", \"channel\": 0, \"nof_samples\": 3, \"f_clock\": 8000000,"
	 "\"brp\": 1, \"tseg1\": 13, \"tseg2\": 2}",
	 "gs_usb:", "bitrate 500000 sample-point 0.875 triple-sampling on"},
	{"{\"interface\": \"virtual\", \"channel\": \"test 1\"}", "virtual:test 1", ""},
	{"{\"interface\": \"virtual\"}", "virtual:", ""},
	{"{\"interface\": \"robotell\", \"channel\": \"/dev/ttyS1\"}", "robotell:/dev/ttyS1", ""},
	{"{\"interface\": \"serial\", \"channel\": \"loop://\", \"baudrate\": 9600}",
	 "serial:loop://", ""},
	{"{\"interface\": \"seedstudio\", \"channel\": \"/dev/ttyUSB1\", \"baudrate\": 2000000,"
	 "\"operation_mode\": \"loopback_and_silent\"}",
	 "seeedstudio:/dev/ttyUSB1@2000000", "listen-only on loopback on"},
	{"{\"interface\": \"udp_multicast\"}", "udp_multicast:", ""},
	{"{\"interface\": \"udp_multicast\", \"channel\": \"ff15::1\", \"port\": 43113}",
	 "udp_multicast:[ff15::1]:43113", ""},
	{"{\"interface\": \"udp_multicast\", \"multicast_ip\": \"239.1.2.3\", \"hop_limit\": 2}",
	 "udp_multicast:239.1.2.3", "hop-limit 2"},
	{"{\"interface\": \"socketcand\", \"host\": \"192.0.2.1\", \"port\": \"29536\","
	 "\"channel\": \"can0\"}",
	 "socketcand:192.0.2.1:29536/can0", ""},
};

static int load(const char *json, struct anycan_config **config, struct anycan_error *error)
{
	setenv("CAN_CONFIG", json, 1);
	return anycan_config_load(config, NULL, error);
}

/* All that an adapter is to be bridged with, in bridged's words. */
static void compose(const struct anycan_config_target *target, char *text, size_t size)
{
	int n = 0;

	text[0] = 0;
	if (target->bitrate)
		n += snprintf(text + n, size - (size_t)n, "bitrate %u ", target->bitrate);
	if (target->data_bitrate)
		n += snprintf(text + n, size - (size_t)n, "dbitrate %u ", target->data_bitrate);
	n += snprintf(text + n, size - (size_t)n, "%s%s%s", target->fd ? "fd on " : "",
		      target->passive ? "listen-only on " : "", target->settings);
	if (n && text[n - 1] == ' ')
		text[n - 1] = 0;
}

static void test_meanings(void **state)
{
	char settings[ANYCAN_CONFIG_SETTINGS_SIZE + 64];
	struct anycan_config_target target;
	struct anycan_config *config;
	struct anycan_error error;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(meanings); i++) {
		assert_int_equal(load(meanings[i].json, &config, &error), 0);
		assert_int_equal(anycan_config_resolve(config, &target, &error), 0);
		assert_string_equal(target.address, meanings[i].address);
		compose(&target, settings, sizeof(settings));
		assert_string_equal(settings, meanings[i].settings);
		anycan_config_target_clear(&target);
		anycan_config_free(config);
	}
}

struct mistake {
	const char *json, *words;
	int code;
	enum anycan_error_category category;
};

#define VALUE -EINVAL, ANYCAN_ERROR_VALUE
#define MISSING -EPROTONOSUPPORT, ANYCAN_ERROR_NOT_IMPLEMENTED

static const struct mistake mistakes[] = {
	{"{}", "no interface is configured: set CAN_INTERFACE", MISSING},
	{"{\"interface\": \"socketcab\"}", "there is no interface \"socketcab\"; there are: canal",
	 MISSING},
	{"{\"interface\": \"vector\"}", "interface vector needs the vendor's library of Vector",
	 MISSING},
	{"{\"interface\": \"slcan\"}",
	 "slcan: channel is missing, but must be a tty such as /dev/ttyUSB0", VALUE},
	{"{\"interface\": \"slcan\", \"channel\": \"/dev/ttyS0\", \"bitrate\": 1, \"btr\": \"1\"}",
	 "slcan: btr is 1, but must be given without bitrate", VALUE},
	{"{\"interface\": \"slcan\", \"channel\": \"/dev/ttyS0\", \"ttyBaudrate\": \"fast\"}",
	 "slcan: ttyBaudrate is fast, but must be a number", VALUE},
	{"{\"interface\": \"gs_usb\", \"bus\": 1}",
	 "gs_usb: address is missing, but must be given beside the other", VALUE},
	{"{\"interface\": \"gs_usb\", \"brp\": 1, \"tseg1\": 5, \"tseg2\": 2}",
	 "gs_usb: f_clock is missing, but must be given beside brp, or bitrate", VALUE},
	{"{\"interface\": \"socketcan\", \"chanel\": \"can0\"}",
	 "socketcan has no key 'chanel'; it has: interface channel bitrate data_bitrate fd", VALUE},
	{"{\"interface\": \"socketcan\", \"state\": \"can.bus.BusState.ERROR\"}",
	 "socketcan: state is can.bus.BusState.ERROR, but must be ACTIVE or PASSIVE", VALUE},
	{"{\"interface\": \"socketcan\", \"can_filters\": {}}",
	 "socketcan: can_filters is {}, but must be a list", VALUE},
	{"{\"interface\": \"socketcan\", \"can_filters\": [{\"can_id\": 1}]}",
	 "socketcan: can_filters is [{\"can_id\":1}], but must be a list", VALUE},
	{"{\"interface\": \"socketcand\", \"channel\": \"can0\"}",
	 "socketcand: host is missing, but must be the name of a machine", VALUE},
	{"{\"interface\": \"seeedstudio\", \"channel\": \"/dev/ttyS0\", \"operation_mode\": \"x\"}",
	 "seeedstudio: operation_mode is x, but must be normal, loopback, silent", VALUE},
	{"{\"interface\": \"socketcan\", \"bitrate\": -5}",
	 "bitrate is -5, but must be a number such as 500000", VALUE},
	{"{\"interface\": \"socketcan\", \"port\": 65535}",
	 "port is 65535, but must be a number from 1 to 65534", VALUE},
	{"{\"interface\": \"socketcan\", \"nof_samples\": 2}",
	 "nof_samples is 2, but must be 1 or 3", VALUE},
	{"{\"interface\": \"socketcan\", \"btr0\": 256}",
	 "btr0 is 256, but must be a register of 8 bits, 0 to 255", VALUE},
	{"[]", "CAN_CONFIG is no JSON object such as {\"fd\": true}: []", VALUE},
};

static void test_mistakes(void **state)
{
	struct anycan_config_target target;
	struct anycan_config *config;
	struct anycan_error error;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(mistakes); i++) {
		int ret = load(mistakes[i].json, &config, &error);

		if (!ret) {
			ret = anycan_config_resolve(config, &target, &error);
			anycan_config_free(config);
		}
		assert_int_equal(ret, mistakes[i].code);
		assert_int_equal(error.category, mistakes[i].category);
		assert_memory_equal(error.text, mistakes[i].words, strlen(mistakes[i].words));
	}
}

static void test_options(void **state)
{
	struct anycan_config_target target;
	struct anycan_config *config;
	struct anycan_error error;

	(void)state;
	assert_int_equal(load("{\"interface\": \"socketcan\", \"receive_own_messages\": true,"
			      "\"local_loopback\": \"False\", \"ignore_rx_error_frames\": 1,"
			      "\"state\": \"can.bus.BusState.PASSIVE\", \"fd\": \"1\","
			      "\"can_filters\": [{\"can_id\": 256, \"can_mask\": 2044},"
			      "{\"can_id\": 512, \"can_mask\": 2032, \"extended\": false},"
			      "{\"can_id\": 1, \"can_mask\": 255, \"extended\": true}]}",
			      &config, &error),
			 0);
	assert_int_equal(anycan_config_resolve(config, &target, &error), 0);
	assert_true(target.receive_own_messages && target.no_local_loopback && target.fd);
	assert_true(target.ignore_rx_error_frames && target.passive);
	assert_false(target.preserve_timestamps);
	assert_int_equal(target.n_filters, 3);
	assert_int_equal(target.filters[0].can_mask, 2044);
	assert_int_equal(target.filters[1].can_id, 512);
	assert_int_equal(target.filters[1].can_mask, 2032 | CAN_EFF_FLAG);
	assert_int_equal(target.filters[2].can_id, 1 | CAN_EFF_FLAG);
	anycan_config_target_clear(&target);
	anycan_config_free(config);
	assert_int_equal(load("{\"interface\": \"virtual\", \"rx_queue_size\": 7,"
			      "\"preserve_timestamps\": true, \"can_filters\": []}",
			      &config, &error),
			 0);
	assert_int_equal(anycan_config_resolve(config, &target, &error), 0);
	assert_int_equal(target.rx_queue_size, 7);
	assert_true(target.preserve_timestamps);
	assert_null(target.filters);
	assert_false(target.no_local_loopback);
	anycan_config_free(config);
}

static int count_keys(const char *key, const char *value, void *count)
{
	assert_non_null(key);
	*(int *)count += value != NULL;
	return 0;
}

static void test_open(void **state)
{
	const struct anycan_config_item far[] = {{"receive_own_messages", "False"}, {NULL, NULL}};
	const struct anycan_config_source source = {.arguments = far};
	const struct anycan_frame frame = {.can_id = 0x101, .ts_ns = 5};
	struct anycan_bus *bus, *other;
	struct anycan_error error;
	struct anycan_frame got;

	(void)state;
	setenv("CAN_CONFIG",
	       "{\"interface\": \"virtual\", \"channel\": \"conf\", \"receive_own_messages\": true,"
	       "\"preserve_timestamps\": true,"
	       "\"can_filters\": [{\"can_id\": 257, \"can_mask\": 2047}]}",
	       1);
	assert_int_equal(anycan_bus_open_config(&bus, NULL, &error), 0);
	assert_int_equal(anycan_bus_open_config(&other, &source, &error), 0);
	assert_int_equal(anycan_bus_get_filters(bus, NULL, 0, NULL), 1);
	assert_int_equal(anycan_bus_send(bus, &frame, 0, &error), 0);
	assert_int_equal(anycan_bus_recv(bus, &got, 0, &error), 1);
	assert_int_equal(got.ts_ns, 5);
	assert_int_equal(anycan_bus_recv(other, &got, 0, &error), 1);
	assert_int_equal(anycan_bus_recv(other, &got, 0, &error), 0);
	anycan_bus_close(bus);
	anycan_bus_close(other);
	setenv("CAN_CONFIG", "{\"interface\": \"kvaser\"}", 1);
	assert_int_equal(anycan_bus_open_config(&bus, NULL, &error), -EPROTONOSUPPORT);
}

static void test_precedence(void **state)
{
	const struct anycan_config_item arguments[] = {{"channel", "a"}, {NULL, NULL}};
	const struct anycan_config_source source = {.arguments = arguments};
	struct anycan_config *config;
	struct anycan_error error;
	int count = 0;

	(void)state;
	setenv("CAN_CONFIG", "{\"interface\": \"pcan\", \"channel\": \"c\", \"x\": [1]}", 1);
	assert_int_equal(anycan_config_set_rc("channel", "b"), 0);
	assert_int_equal(anycan_config_set_rc("bustype", "virtual"), 0);
	assert_int_equal(anycan_config_load(&config, &source, &error), 0);
	assert_string_equal(anycan_config_get(config, "channel"), "a");
	assert_string_equal(anycan_config_get(config, "interface"), "virtual");
	assert_string_equal(anycan_config_get(config, "x"), "[1]");
	assert_null(anycan_config_get(config, "bustype"));
	assert_null(anycan_config_timing(config));
	assert_int_equal(anycan_config_each(config, count_keys, &count), 0);
	assert_int_equal(count, 3);
	anycan_config_free(config);
	assert_int_equal(anycan_config_set_rc("bustype", NULL), 0);
	assert_int_equal(anycan_config_set_rc("channel", NULL), 0);
	assert_int_equal(anycan_config_load(&config, NULL, &error), 0);
	assert_string_equal(anycan_config_get(config, "channel"), "c");
	assert_string_equal(anycan_config_get(config, "interface"), "pcan");
	anycan_config_free(config);
}

struct file {
	const char *text, *words;
};

static const struct file files[] = {
	{"[default]\ninterface = virtual\nx\n", "line 3: this is neither [section] nor key ="},
	{"\n\ninterface = virtual\n", "line 3: it stands before the first [section]"},
	{"[default]\na=1\n\nb=2\na=3\n", "line 5: this section has this key already"},
	{"[default]\n[b]\n[default]\n", "line 3: there is a section of this name already"},
	{"[default]\n= 3\n", "line 2: there is no key before the '='"},
	{"[default]\na=\x02\n", "line 2: there is a control character in it"},
	{"[a]b]\n", "line 1: the name of a section has up to 48 characters, and no ']'"},
	{"[default]\na = %(b)s\n", "[default] a: there is no key b; write '%%' for a '%'"},
	{"[default]\na = 5%\n", "[default] a: there is no %(key)s at ; write '%%' for a '%'"},
	{"[default]\na = %(a)s\n", "[default] a: keys name each other without end at %(a)s"},
	{"[default]\na=%(b)s%(b)s%(b)s%(b)s\nb=%(c)s%(c)s%(c)s%(c)s\nc=%(d)s%(d)s%(d)s%(d)s\n"
	 "d=%(e)s%(e)s%(e)s%(e)s\ne=%(f)s%(f)s%(f)s%(f)s\nf=%(g)s%(g)s%(g)s%(g)s\n"
	 "g=%(h)s%(h)s%(h)s%(h)s\nh=\n",
	 "keys name each other without end"},
};

/* A file with this text. */
static void write_file(char *path, const char *text)
{
	int fd;

	strcpy(path, "/tmp/can.conf.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void test_files(void **state)
{
	struct anycan_config_source source = {0};
	struct anycan_config *config;
	struct anycan_error error;
	char path[32], longest[400];

	(void)state;
	setenv("CAN_CONFIG", "{\"interface\": \"virtual\"}", 1);
	for (size_t i = 0; i < TEST_COUNT(files); i++) {
		write_file(path, files[i].text);
		source.path = path;
		assert_int_equal(anycan_config_load(&config, &source, &error), -EINVAL);
		assert_non_null(strstr(error.text, files[i].words));
		unlink(path);
	}
	/* What fits just about, and what does not. */
	for (int len = 196; len < 202; len++) {
		sprintf(longest, "[default]\r\nx = %0*d\r\n", len - 4, 1);
		write_file(path, longest);
		source.path = path;
		assert_int_equal(anycan_config_load(&config, &source, &error),
				 len > 197 ? -EINVAL : 0);
		unlink(path);
		if (len > 197)
			continue;
		assert_int_equal(strlen(anycan_config_get(config, "x")), len - 4);
		anycan_config_free(config);
	}
}

static void test_interfaces(void **state)
{
	size_t count;
	const struct anycan_config_interface *all = anycan_config_interfaces(&count);

	(void)state;
	assert_in_range(count, 23, 40);
	for (size_t i = 0; i < count; i++) {
		assert_true(!all[i].driver != !all[i].needs);
		assert_true(!i || strcmp(all[i - 1].name, all[i].name) < 0);
	}
}

/* Nothing of whoever runs the tests. */
static int setup(void **state)
{
	(void)state;
	setenv("HOME", "/nonexistent", 1);
	unsetenv("CAN_INTERFACE");
	unsetenv("CAN_CHANNEL");
	unsetenv("CAN_BITRATE");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_meanings),   cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_options),	   cmocka_unit_test(test_open),
		cmocka_unit_test(test_precedence), cmocka_unit_test(test_files),
		cmocka_unit_test(test_interfaces),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
