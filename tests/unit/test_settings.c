// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/settings.c: the keys of ip-link(8), into the structures that rtnetlink has for them.
 */
#include "check.h"

#include <errno.h>
#include <option.h>
#include <stdlib.h>
#include <string.h>

struct setting_case {
	const char *key;
	const char *value;
	struct bridged_settings wanted; /* all that is set afterwards */
};

#define MODE(name, bit)                                                                            \
	{                                                                                          \
		name, "on",                                                                        \
		{                                                                                  \
			.ctrlmode = {.mask = (bit), .flags = (bit) }                               \
		}                                                                                  \
	}

static const struct setting_case good[] = {
	{"bitrate", "500k", {.nominal.bitrate = 500000}},
	{"bitrate", "83333", {.nominal.bitrate = 83333}},
	{"sample-point", "0.875", {.nominal.sample_point = 875}},
	{"tq", "125", {.nominal.tq = 125}},
	{"prop-seg", "6", {.nominal.prop_seg = 6}},
	{"phase-seg1", "7", {.nominal.phase_seg1 = 7}},
	{"phase-seg2", "2", {.nominal.phase_seg2 = 2}},
	{"sjw", "1", {.nominal.sjw = 1}},
	{"dbitrate", "2M", {.data.bitrate = 2000000}},
	{"dsample-point", "0.75", {.data.sample_point = 750}},
	{"dtq", "25", {.data.tq = 25}},
	{"dprop-seg", "5", {.data.prop_seg = 5}},
	{"dphase-seg1", "6", {.data.phase_seg1 = 6}},
	{"dphase-seg2", "4", {.data.phase_seg2 = 4}},
	{"dsjw", "3", {.data.sjw = 3}},
	MODE("loopback", CAN_CTRLMODE_LOOPBACK),
	MODE("listen-only", CAN_CTRLMODE_LISTENONLY),
	MODE("triple-sampling", CAN_CTRLMODE_3_SAMPLES),
	MODE("one-shot", CAN_CTRLMODE_ONE_SHOT),
	MODE("berr-reporting", CAN_CTRLMODE_BERR_REPORTING),
	MODE("fd", CAN_CTRLMODE_FD),
	MODE("fd-non-iso", CAN_CTRLMODE_FD_NON_ISO),
	MODE("presume-ack", CAN_CTRLMODE_PRESUME_ACK),
	MODE("cc-len8-dlc", CAN_CTRLMODE_CC_LEN8_DLC),
	{"listen-only", "off", {.ctrlmode = {.mask = CAN_CTRLMODE_LISTENONLY}}},
	{"restart-ms", "100", {.restart_ms = 100, .has_restart_ms = 1}},
	{"restart-ms", "0", {.has_restart_ms = 1}},
	{"termination", "120", {.termination = 120, .has_termination = 1}},
	{"termination", "0", {.has_termination = 1}},
	{"termination", "65535", {.termination = 65535, .has_termination = 1}},
};

static void test_set(void **state)
{
	char reason[128] = "untouched";

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(good); i++) {
		struct bridged_settings settings = {0};

		assert_int_equal(bridged_settings_set(&settings, good[i].key, good[i].value, reason,
						      sizeof(reason)),
				 0);
		if (memcmp(&settings, &good[i].wanted, sizeof(settings)))
			fail_msg("%s %s", good[i].key, good[i].value);
	}
	assert_string_equal(reason, "untouched");
}

/* Every key that is listed is known, and tested above. */
static void test_keys(void **state)
{
	unsigned int n, i;

	(void)state;
	for (n = 0; bridged_settings_key(n); n++) {
		for (i = 0; i < TEST_COUNT(good); i++)
			if (!strcmp(good[i].key, bridged_settings_key(n)))
				break;
		if (i == TEST_COUNT(good))
			fail_msg("%s is not tested", bridged_settings_key(n));
	}
	assert_int_equal(n, 25);
	assert_null(bridged_settings_key(n + 1));
	assert_null(bridged_settings_key(UINT32_MAX));
}

/* The last word counts, and other settings stay. */
static void test_several(void **state)
{
	struct bridged_settings settings = {0};
	char reason[128];

	(void)state;
	bridged_settings_set(&settings, "bitrate", "125k", reason, sizeof(reason));
	bridged_settings_set(&settings, "fd", "on", reason, sizeof(reason));
	bridged_settings_set(&settings, "listen-only", "on", reason, sizeof(reason));
	bridged_settings_set(&settings, "bitrate", "250k", reason, sizeof(reason));
	bridged_settings_set(&settings, "fd", "off", reason, sizeof(reason));
	assert_int_equal(settings.nominal.bitrate, 250000);
	assert_int_equal(settings.ctrlmode.mask, CAN_CTRLMODE_FD | CAN_CTRLMODE_LISTENONLY);
	assert_int_equal(settings.ctrlmode.flags, CAN_CTRLMODE_LISTENONLY);
}

static const struct {
	const char *key, *value, *reason;
} bad[] = {
	{"bitrate", "fast", "bitrate 'fast': give a number such as 500000 or 500k"},
	{"bitrate", "", "bitrate '': give a number such as 500000 or 500k"},
	{"bitrate", "-1", "bitrate '-1': give a number such as 500000 or 500k"},
	{"dbitrate", "5G", "dbitrate '5G': give a number such as 500000 or 500k"},
	{"sample-point", "87.5", "sample-point '87.5': give a fraction such as 0.875"},
	{"dsample-point", "1", "dsample-point '1': give a fraction such as 0.875"},
	{"fd", "maybe", "fd 'maybe': say on or off"},
	{"listen-only", "", "listen-only '': say on or off"},
	{"restart-ms", "1s", "restart-ms '1s': give milliseconds such as 100"},
	{"termination", "65536", "termination '65536': give ohms such as 120"},
	{"termination", "on", "termination 'on': give ohms such as 120"},
};

static void test_refuse(void **state)
{
	struct bridged_settings settings = {0};
	char reason[128];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(bad); i++) {
		assert_int_equal(bridged_settings_set(&settings, bad[i].key, bad[i].value, reason,
						      sizeof(reason)),
				 -EINVAL);
		assert_string_equal(reason, bad[i].reason);
	}
	assert_int_equal(settings.ctrlmode.mask, 0);
	assert_int_equal(settings.nominal.bitrate, 0);
}

static void test_unknown(void **state)
{
	static const char *const keys[] = {"",	   "bitrat", "bitrates", "BITRATE", "sample_point",
					   "type", "up",     "baud"};
	struct bridged_settings settings = {0}, untouched = {0};
	char reason[128] = "untouched";

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(keys); i++)
		assert_int_equal(
			bridged_settings_set(&settings, keys[i], "1", reason, sizeof(reason)),
			-ENOENT);
	assert_memory_equal(&settings, &untouched, sizeof(settings));
	assert_string_equal(reason, "untouched");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),	cmocka_unit_test(test_keys),
		cmocka_unit_test(test_several), cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
