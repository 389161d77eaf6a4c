// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/option.c: tables of KEY VALUE options, those of this test and those of every driver and
 * transport that there is.
 */
#include "check.h"

#include <config.h>
#include <ctype.h>
#include <errno.h>
#include <option.h>
#include <stdlib.h>
#include <string.h>

struct values {
	bool flag;
	uint32_t number;
	uint32_t time_ms;
	uint32_t choice;
	const char *text;
	uint32_t guard;
};

static const char *const choices[] = {"auto", "CANable 2.5", "lawicel", NULL};

static const struct bridged_option table[] = {
	{.name = "loud", .type = BRIDGED_OPT_FLAG, .offset = offsetof(struct values, flag)},
	{.name = "baud",
	 .alias = "ttyBaudrate",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct values, number),
	 .min = 50,
	 .max = 12000000,
	 .fallback = "115200"},
	{.name = "sleep-after-open",
	 .type = BRIDGED_OPT_MS,
	 .offset = offsetof(struct values, time_ms),
	 .min = 10,
	 .max = 60000,
	 .fallback = "0.5"},
	{.name = "dialect",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct values, choice),
	 .choices = choices,
	 .fallback = "lawicel"},
	{.name = "filter", .type = BRIDGED_OPT_TEXT, .offset = offsetof(struct values, text)},
	{0},
};

static void test_defaults(void **state)
{
	struct values values = {.flag = true, .guard = 7};

	(void)state;
	bridged_option_defaults(table, &values);
	assert_true(values.flag); /* no fallback: left alone */
	assert_int_equal(values.number, 115200);
	assert_int_equal(values.time_ms, 500);
	assert_int_equal(values.choice, 2);
	assert_null(values.text);
	assert_int_equal(values.guard, 7);
	bridged_option_defaults(NULL, &values);
}

static void test_find(void **state)
{
	(void)state;
	assert_ptr_equal(bridged_option_find(table, "baud"), &table[1]);
	assert_ptr_equal(bridged_option_find(table, "BAUD"), &table[1]);
	assert_ptr_equal(bridged_option_find(table, "ttyBaudrate"), &table[1]);
	assert_ptr_equal(bridged_option_find(table, "ttybaudrate"), &table[1]);
	assert_ptr_equal(bridged_option_find(table, "sleep_after_open"), &table[2]);
	assert_ptr_equal(bridged_option_find(table, "Sleep-After_Open"), &table[2]);
	assert_null(bridged_option_find(table, ""));
	assert_null(bridged_option_find(table, "bau"));
	assert_null(bridged_option_find(table, "bauds"));
	assert_null(bridged_option_find(table, "sleep after open"));
	assert_null(bridged_option_find(NULL, "baud"));
}

struct set_case {
	const char *key;
	const char *value;
	struct values wanted; /* what is there afterwards */
};

static const struct set_case good[] = {
	{"loud", "on", {.flag = true}},
	{"baud", "3M", {.number = 3000000}},
	{"baud", "50", {.number = 50}},
	{"baud", "12000000", {.number = 12000000}},
	{"sleep-after-open", "2", {.time_ms = 2000}},
	{"sleep-after-open", "10ms", {.time_ms = 10}},
	{"dialect", "auto", {.choice = 0}},
	{"dialect", "canable 2.5", {.choice = 1}},
	{"dialect", "LAWICEL", {.choice = 2}},
};

static void test_set(void **state)
{
	char reason[128] = "untouched";

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(good); i++) {
		struct values values = {0};

		assert_int_equal(bridged_option_set(bridged_option_find(table, good[i].key),
						    good[i].value, &values, reason, sizeof(reason)),
				 0);
		assert_int_equal(values.flag, good[i].wanted.flag);
		assert_int_equal(values.number, good[i].wanted.number);
		assert_int_equal(values.time_ms, good[i].wanted.time_ms);
		assert_int_equal(values.choice, good[i].wanted.choice);
	}
	assert_string_equal(reason, "untouched");
}

static void test_set_text(void **state)
{
	const char *text = "123:7FF";
	struct values values = {0};
	char reason[128];

	(void)state;
	assert_int_equal(bridged_option_set(bridged_option_find(table, "filter"), text, &values,
					    reason, sizeof(reason)),
			 0);
	assert_ptr_equal(values.text, text);
}

/* What was refused, and what is to be done. */
static const struct {
	const char *key, *value, *reason;
} bad[] = {
	{"loud", "maybe", "loud 'maybe': say on or off"},
	{"baud", "49", "baud '49': give a number from 50 to 12000000"},
	{"baud", "12000001", "baud '12000001': give a number from 50 to 12000000"},
	{"baud", "fast", "baud 'fast': give a number from 50 to 12000000"},
	{"baud", "", "baud '': give a number from 50 to 12000000"},
	{"sleep-after-open", "9ms", "sleep-after-open '9ms': give seconds from 0.01 to 60"},
	{"sleep-after-open", "61", "sleep-after-open '61': give seconds from 0.01 to 60"},
	{"dialect", "other", "dialect 'other': choose one of auto, CANable 2.5, lawicel"},
	{"dialect", "", "dialect '': choose one of auto, CANable 2.5, lawicel"},
	{"dialect", "autos", "dialect 'autos': choose one of auto, CANable 2.5, lawicel"},
};

static void test_refuse(void **state)
{
	char reason[128];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		struct values values = {.choice = 99, .number = 99, .time_ms = 99};

		assert_int_equal(bridged_option_set(bridged_option_find(table, bad[i].key),
						    bad[i].value, &values, reason, sizeof(reason)),
				 -EINVAL);
		assert_string_equal(reason, bad[i].reason);
		assert_int_equal(values.choice, 99);
		assert_int_equal(values.number, 99);
		assert_int_equal(values.time_ms, 99);
	}
}

/* A reason longer than its room is cut off, not written past it. */
static void test_short_reason(void **state)
{
	(void)state;
	for (size_t size = 1; size < 70; size++) {
		struct values values;
		char *reason = malloc(size);

		for (size_t i = 0; i < TEST_COUNT(bad); i++) {
			bridged_option_set(bridged_option_find(table, bad[i].key), bad[i].value,
					   &values, reason, size);
			assert_int_equal(strncmp(reason, bad[i].reason, size - 1), 0);
			assert_true(strlen(reason) < size);
		}
		free(reason);
	}
}

/* A table that users see: keys that can be typed, a help text, a fallback that is accepted. */
static void check_table(const struct bridged_option *row, size_t size)
{
	void *values = calloc(1, size + 1);

	for (const struct bridged_option *r = row; r && r->name; r++) {
		for (const char *c = r->name; *c; c++)
			assert_true(islower((unsigned char)*c) || isdigit((unsigned char)*c) ||
				    *c == '-');
		assert_ptr_equal(bridged_option_find(row, r->name), r);
		assert_true(r->offset < size);
		assert_non_null(r->help);
		assert_true(r->type != BRIDGED_OPT_CHOICE || r->choices);
		/* ip link's keys come first, so these must be others. */
		for (unsigned int i = 0; bridged_settings_key(i); i++)
			assert_string_not_equal(bridged_settings_key(i), r->name);
	}
	bridged_option_defaults(row, values);
	free(values);
}

static void test_real_tables(void **state)
{
	(void)state;
	for (int i = 0; bridged_drivers[i]; i++)
		check_table(bridged_drivers[i]->options, bridged_drivers[i]->options_size);
	for (int i = 0; bridged_transports[i]; i++)
		check_table(bridged_transports[i]->options, bridged_transports[i]->options_size);
	for (int i = 1; bridged_drivers[0] && bridged_drivers[i]; i++)
		assert_true(strcmp(bridged_drivers[i - 1]->name, bridged_drivers[i]->name) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),    cmocka_unit_test(test_find),
		cmocka_unit_test(test_set),	    cmocka_unit_test(test_set_text),
		cmocka_unit_test(test_refuse),	    cmocka_unit_test(test_short_reason),
		cmocka_unit_test(test_real_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
