// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/config.c: command lines, right and wrong, with the drivers and transports that there
 * are. What a shell would split is split at blanks here; `''` is an empty word.
 */
#include "check.h"

#include <anycan/log.h>
#include <config.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 40

/* A parsed command line and what it was made of. */
struct line {
	struct bridged_config config;
	char reason[BRIDGED_REASON_SIZE];
	char *words;
	int ret;
};

static void parse(struct line *line, const char *text)
{
	char *argv[WORDS_MAX + 1] = {(char *)(uintptr_t) "bridged"};
	char *rest, *word;
	int argc = 1;

	memset(line, 0, sizeof(*line));
	line->words = strdup(text);
	for (word = strtok_r(line->words, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		assert_true(argc < WORDS_MAX);
		argv[argc++] = strcmp(word, "''") ? word : word + 2;
	}
	optind = 0; /* getopt begins anew */
	line->ret = bridged_config_parse(&line->config, argc, argv, line->reason);
}

static void release(struct line *line)
{
	bridged_config_free(&line->config);
	free(line->words);
}

static void test_least(void **state)
{
	struct line line;

	(void)state;
	parse(&line, "slcan:/dev/ttyUSB0");
	assert_int_equal(line.ret, 0);
	assert_string_equal(line.config.adapter, "slcan:/dev/ttyUSB0");
	assert_string_equal(line.config.address, "/dev/ttyUSB0");
	assert_string_equal(line.config.driver->name, "slcan");
	assert_string_equal(line.config.transport->name, "tty");
	assert_null(line.config.port);
	assert_null(line.config.user);
	assert_int_equal(line.config.n_netdevs, 0);
	assert_int_equal(line.config.log_level, ANYCAN_LOG_WARNING);
	assert_int_equal(line.config.settings[0].nominal.bitrate, 0);
	release(&line);
}

static uint32_t number_of(const struct line *line, const char *key)
{
	const struct bridged_option *option =
		bridged_option_find(line->config.transport->options, key);
	uint32_t number;

	assert_non_null(option);
	memcpy(&number, (const char *)line->config.transport_options + option->offset,
	       sizeof(number));
	return number;
}

/* What a driver's adapters need of the line, unless the user says otherwise. */
static void test_transport_defaults(void **state)
{
	static const struct {
		const char *text;
		uint32_t baud;
	} rows[] = {
		{"slcan:/dev/x", 115200},
		{"seeedstudio:/dev/x", 2000000},
		{"seedstudio:/dev/x", 2000000},
		{"seeedstudio:/dev/x baud 9600", 9600},
	};
	struct line line;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		parse(&line, rows[i].text);
		assert_int_equal(line.ret, 0);
		assert_int_equal(number_of(&line, "baud"), rows[i].baud);
		release(&line);
	}
	/* A transport that has no such key is no matter. */
	parse(&line, "seeedstudio:socket://[::1]:3333");
	assert_int_equal(line.ret, 0);
	release(&line);
}

static void test_all(void **state)
{
	struct line line;

	(void)state;
	parse(&line, "-v --verbose --port vcan -u nobody slcan:socket://[::1]:3333 can0,can1 "
		     "bitrate 500k listen-only on DIALECT canable sleep_after_open 2");
	assert_string_equal(line.reason, "");
	assert_int_equal(line.ret, 0);
	assert_string_equal(line.config.address, "socket://[::1]:3333");
	assert_string_equal(line.config.transport->name, "socket");
	assert_string_equal(line.config.port->name, "vcan");
	assert_string_equal(line.config.user, "nobody");
	assert_int_equal(line.config.n_netdevs, 2);
	assert_string_equal(line.config.netdevs[0], "can0");
	assert_string_equal(line.config.netdevs[1], "can1");
	assert_int_equal(line.config.log_level, ANYCAN_LOG_DEBUG);
	assert_int_equal(line.config.settings[0].nominal.bitrate, 500000);
	assert_int_equal(line.config.settings[0].ctrlmode.flags, CAN_CTRLMODE_LISTENONLY);
	release(&line);
}

/* A key that only one port has asks for that port. */
static void test_port_keys(void **state)
{
	struct line line;

	(void)state;
	parse(&line, "slcan:/dev/x can0 persist on");
	assert_int_equal(line.ret, 0);
	assert_string_equal(line.config.port->name, "cantap");
	assert_non_null(line.config.port_options);
	assert_true(*(const bool *)line.config.port_options);
	release(&line);
	parse(&line, "--port cantap slcan:/dev/x can0 persist off");
	assert_int_equal(line.ret, 0);
	assert_false(*(const bool *)line.config.port_options);
	release(&line);
	parse(&line, "--port cantap slcan:/dev/x can0");
	assert_int_equal(line.ret, 0);
	assert_null(line.config.port_options);
	release(&line);
}

/* A list has a value for each channel; a single value is for all. */
static void test_lists(void **state)
{
	struct line line;

	(void)state;
	parse(&line, "cantact: can0 bitrate 500k");
	assert_string_equal(line.config.driver->name, "gs_usb");
	release(&line);
	parse(&line, "canalystii:serial=1 can0,can1 bitrate 500k,125k one-shot on");
	assert_string_equal(line.reason, "");
	assert_string_equal(line.config.transport->name, "usb");
	assert_string_equal(line.config.address, "serial=1");
	assert_int_equal(line.config.n_values, 2);
	assert_int_equal(line.config.settings[0].nominal.bitrate, 500000);
	assert_int_equal(line.config.settings[1].nominal.bitrate, 125000);
	assert_int_equal(line.config.settings[2].nominal.bitrate, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(line.config.settings[i].ctrlmode.flags, CAN_CTRLMODE_ONE_SHOT);
	release(&line);
}

static void test_log_levels(void **state)
{
	static const struct {
		const char *text;
		int level;
	} table[] = {
		{"-q slcan:/dev/x", ANYCAN_LOG_ERROR},
		{"--log frames slcan:/dev/x", ANYCAN_LOG_FRAMES},
		{"--log=Debug slcan:/dev/x", ANYCAN_LOG_DEBUG},
		{"-lcritical slcan:/dev/x", ANYCAN_LOG_CRITICAL},
		{"-v slcan:/dev/x", ANYCAN_LOG_INFO},
		{"-vvvvvvvvvv slcan:/dev/x", ANYCAN_LOG_FRAMES},
		{"-q -v slcan:/dev/x", ANYCAN_LOG_WARNING},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(table); i++) {
		struct line line;

		parse(&line, table[i].text);
		assert_int_equal(line.ret, 0);
		assert_int_equal(line.config.log_level, table[i].level);
		release(&line);
	}
}

/* Netdevs are there when the number of words says so. */
static void test_netdevs(void **state)
{
	static const struct {
		const char *text;
		unsigned int n;
		const char *last;
	} table[] = {
		{"slcan:/dev/x bitrate 500k", 0, ""},
		{"slcan:/dev/x can0", 1, "can0"},
		{"slcan:/dev/x can0 bitrate 500k", 1, "can0"},
		{"slcan:/dev/x a,b,c,d fd off", 4, "d"},
		{"slcan:/dev/x fifteen_letters", 1, "fifteen_letters"},
		{"slcan:/dev/x my-bus.2@home", 1, "my-bus.2@home"},
		{"slcan:/dev/x b\xc3\xbcs", 1, "b\xc3\xbcs"},
		{"slcan:/dev/x -v", 1, "-v"}, /* behind the adapter there are no options */
		{"slcan:/dev/x baud 9600", 0, ""},
		{"slcan:/dev/x filter fd", 0, ""}, /* a value may look like a key */
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(table); i++) {
		struct line line;

		parse(&line, table[i].text);
		if (line.ret || line.config.n_netdevs != table[i].n)
			fail_msg("%s: %d, %u, %s", table[i].text, line.ret, line.config.n_netdevs,
				 line.reason);
		if (table[i].n)
			assert_string_equal(line.config.netdevs[table[i].n - 1], table[i].last);
		release(&line);
	}
}

/* Each wrong line, and what its one sentence must name. */
static const struct {
	const char *text;
	const char *names[3];
} wrong[] = {
	{"", {"no adapter given", "slcan:/dev/ttyACM0", "--help"}},
	{"-v", {"no adapter given", "--help"}},
	{"-x slcan:/dev/x", {"unknown option -x", "--help"}},
	{"-vxq slcan:/dev/x", {"unknown option -x", "--help"}},
	{"--loud slcan:/dev/x", {"unknown option --loud", "--help"}},
	{"--help=me", {"unknown option --help=me", "--help"}},
	{"--port", {"option --port", "value is missing", "--help"}},
	{"-p", {"option -p", "value is missing", "--help"}},
	{"--user", {"option --user", "value is missing", "--help"}},
	{"--port ethernet slcan:/dev/x", {"unknown port 'ethernet'", "vxcan", "vcan"}},
	{"--log loud slcan:/dev/x", {"unknown log level 'loud'", "critical", "frames"}},
	{"can0", {"can0", "begins with its driver", "slcan:/dev/ttyACM0"}},
	{"'' can0", {"the address is empty"}},
	{"/dev/ttyUSB0", {"/dev/ttyUSB0", "DRIVER:ADDRESS"}},
	{"slcam:/dev/ttyUSB0", {"unknown driver 'slcam'", "slcan"}},
	{"1:2", {"1:2", "driver's name"}},
	{"slcan:ftp://host:1", {"ftp://host:1", "no transport"}},
	{"-p vxcan slcan:/dev/x persist on", {"persist: port vxcan has no such", "--port cantap"}},
	{"slcan:/dev/x persist", {"key 'persist': give its value"}},
	{"slcan:/dev/x persist maybe", {"persist 'maybe'"}},
	{"slcan:/dev/x can0 insist on", {"unknown key 'insist'", "bitrate", "persist"}},
	{"slcan:/dev/x ''", {"netdev ''", "1 to 15 characters"}},
	{"slcan:/dev/x can0,", {"netdev ''", "1 to 15 characters"}},
	{"slcan:/dev/x ,can0", {"netdev ''", "1 to 15 characters"}},
	{"slcan:/dev/x can0,,can1", {"netdev ''", "1 to 15 characters"}},
	{"slcan:/dev/x sixteen_letters_", {"netdev 'sixteen_letters_'", "1 to 15 characters"}},
	{"slcan:/dev/x a/b", {"netdev 'a/b'", "'/'"}},
	{"slcan:/dev/x a:b", {"netdev 'a:b'", "':'"}},
	{"slcan:/dev/x a\tb", {"netdev 'a\tb'", "space"}},
	{"slcan:/dev/x .", {"netdev '.'", "choose"}},
	{"slcan:/dev/x ..", {"netdev '..'", "choose"}},
	{"slcan:/dev/x can%d", {"netdev 'can%d'", "'%'"}},
	{"slcan:/dev/x a,b,c,d,e,f,g,h,i", {"netdevs 'a,b,c,d,e,f,g,h,i'", "8 channels", "fewer"}},
	{"canalystii: bitrate 1,2,3,4,5,6,7,8,9", {"bitrate '1,2,3,4,5,6,7,8,9'", "8 channels"}},
	{"canalystii: bitrate 500k,fast", {"bitrate 'fast'", "500k"}},
	{"canalystii: bitrate 500k,125k one-shot on,off,on", {"one-shot 'on,off,on'", "as many"}},
	{"canalystii: bitrate 500k rtscts on", {"unknown key 'rtscts'", "detach-kernel-driver"}},
	{"slcan:/dev/x bitrate", {"key 'bitrate'", "value"}},
	{"slcan:/dev/x can0 bitrate", {"key 'bitrate'", "value"}},
	{"slcan:/dev/x bitrate 500k fd", {"key 'fd'", "value"}},
	{"slcan:/dev/x can0 bitrate 500k listen-only", {"key 'listen-only'", "value"}},
	{"slcan:/dev/x can0 bitrate 500k baud", {"key 'baud'", "value"}},
	{"slcan:/dev/x can0 bitrat 500k", {"unknown key 'bitrat'", "bitrate", "rtscts"}},
	{"slcan:/dev/x bitrat 500k", {"unknown key 'bitrat'", "bitrate", "dialect"}},
	{"slcan:/dev/x can0 BITRATE 500k", {"unknown key 'BITRATE'", "bitrate"}},
	{"slcan:socket://h:1 can0 rtscts on", {"unknown key 'rtscts'", "sleep-after-open"}},
	{"slcan:/dev/x can0 bitrate fast", {"bitrate 'fast'", "500k"}},
	{"slcan:/dev/x can0 bitrate ''", {"bitrate ''", "500k"}},
	{"slcan:/dev/x can0 sample-point 2", {"sample-point '2'", "0.875"}},
	{"slcan:/dev/x can0 fd maybe", {"fd 'maybe'", "on or off"}},
	{"slcan:/dev/x can0 restart-ms soon", {"restart-ms 'soon'", "milliseconds"}},
	{"slcan:/dev/x can0 termination much", {"termination 'much'", "ohms"}},
	{"slcan:/dev/x can0 baud 1", {"baud '1'", "50", "12000000"}},
	{"slcan:/dev/x can0 rtscts 2", {"rtscts '2'", "on or off"}},
	{"slcan:/dev/x can0 sleep-after-open long", {"sleep-after-open 'long'", "60"}},
	{"slcan:/dev/x can0 dialect latin", {"dialect 'latin'", "choose one of", "lawicel"}},
};

static void test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(wrong); i++) {
		struct line line;

		parse(&line, wrong[i].text);
		if (line.ret != -EINVAL)
			fail_msg("%s: %d", wrong[i].text, line.ret);
		for (int n = 0; n < 3 && wrong[i].names[n]; n++)
			if (!strstr(line.reason, wrong[i].names[n]))
				fail_msg("%s: '%s' lacks '%s'", wrong[i].text, line.reason,
					 wrong[i].names[n]);
		release(&line);
	}
}

/* Words of any length are cut off in the sentence, never written past its end. */
static void test_long_words(void **state)
{
	static const struct {
		const char *before, *behind;
	} forms[] = {
		{"", ""},
		{"", ":/dev/x"},
		{"slcan:", ""},
		{"slcan:socket://", ""},
		{"--", ""},
		{"--port ", ""},
		{"--log ", ""},
		{"slcan:/dev/x ", ""},
		{"slcan:/dev/x a,b,c,d,", ""},
		{"slcan:/dev/x can0 ", " 1"},
		{"slcan:/dev/x can0 bitrate ", ""},
		{"slcan:/dev/x can0 dialect ", ""},
		{"slcan:/dev/x can0 baud ", ""},
	};
	char word[3000], text[3100];

	(void)state;
	for (size_t len = 10; len < sizeof(word); len = len * 3 / 2) {
		memset(word, 'x', len);
		word[len] = 0;
		for (size_t i = 0; i < TEST_COUNT(forms); i++) {
			struct line line;

			snprintf(text, sizeof(text), "%s%s%s", forms[i].before, word,
				 forms[i].behind);
			parse(&line, text);
			if (line.ret)
				assert_in_range(strlen(line.reason), 1, BRIDGED_REASON_SIZE - 1);
			release(&line);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_least),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_transport_defaults),
		cmocka_unit_test(test_port_keys),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_log_levels),
		cmocka_unit_test(test_netdevs),
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_long_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
