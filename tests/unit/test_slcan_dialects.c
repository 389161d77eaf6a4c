// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The slcan driver and its dialects: which adapter is recognised by what, how each is opened and
 * closed.
 */
#include "slcan_test.h"
#include <drivers/slcan_dialect.h>
#include <stdio.h>
#include <string.h>

static void test_identify(void **state)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"V1013", "lawicel"},
		{"V0107", "lawicel"},
		{"Vab1F", "lawicel"},
		{"V101", NULL},
		{"V10134", NULL},
		{"VXYZW", NULL},
		{"b158aa7 github.com/normaldotcom/canable2-fw", "canable2"},
		{"ba6b1dd github.com/normaldotcom/canable2.git", "canable2"},
		{"v1.1-4-g1a2b3c4 https://github.com/normaldotcom/canable-fw.git", "canable"},
		{"CANable-f00d", "canable"},
		{"+Board: Multiboard\tMCU: STM32G431\tSlcan: 105", "canable25"},
		{"+Board: WeActStudioV1\tMCU: STM32G0B1", "canable25"},
		{"WeAct Studio V1.0.0.6_20250708", "weact"},
		{"ESP32 slcan", NULL},
		{"", NULL},
	};
	const struct slcan_dialect *row;
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(cases); i++) {
		row = slcan_identify(cases[i].text, strlen(cases[i].text));
		if (!cases[i].name)
			assert_null(row);
		else
			assert_string_equal(row ? row->name : "nothing", cases[i].name);
	}
}

/* The words of the option are the rows of the table, in order. */
static void test_table(void **state)
{
	unsigned int i;

	(void)state;
	assert_string_equal(slcan_dialect_words[0], "auto");
	for (i = 0; slcan_dialects[i].name; i++) {
		assert_string_equal(slcan_dialect_words[i + 1], slcan_dialects[i].name);
		assert_non_null(slcan_dialects[i].rates);
		assert_non_null(slcan_dialects[i].open);
		if (slcan_dialects[i].answers != SLCAN_SILENT)
			assert_true(slcan_dialects[i].window > 0);
	}
	assert_null(slcan_dialect_words[i + 1]);
}

struct opening {
	const char *words;
	slcan_answer answer;
	const char *said; /* from the probe until it is open */
	const char *model;
	const char *firmware;
	enum bridged_confirm confirm;
};

static const struct opening openings[] = {
	{"bitrate 500000", NULL, "C\rC\rV\rV\rC\rS6\rO\r", "slcan adapter", "",
	 BRIDGED_CONFIRM_NONE},
	{"bitrate 800000 listen-only on", NULL, "C\rC\rV\rV\rC\rS7\rL\r", "slcan adapter", "",
	 BRIDGED_CONFIRM_NONE},
	{"dialect generic bitrate 750000 s7 750000", NULL, "C\rC\rC\rS7\rO\r", "slcan adapter", "",
	 BRIDGED_CONFIRM_NONE},
	{"dialect generic", NULL, "C\rC\rC\rO\r", "slcan adapter", "", BRIDGED_CONFIRM_NONE},
	{"bitrate 750000", slcan_peer_canable, "C\rC\rV\rC\rS7\rM0\rA1\rO\r", "CANable",
	 "v1.1-4-g1a2b3c4 https://github.com/normaldotcom/canable-fw.git", BRIDGED_CONFIRM_NONE},
	{"bitrate 10000 listen-only on one-shot on", slcan_peer_canable,
	 "C\rC\rV\rC\rS0\rM1\rA0\rO\r", "CANable",
	 "v1.1-4-g1a2b3c4 https://github.com/normaldotcom/canable-fw.git", BRIDGED_CONFIRM_NONE},
	{"bitrate 83300 fd on dbitrate 5000000", slcan_peer_canable2,
	 "C\rC\rV\rC\rS9\rY5\rM0\rA1\rO\r", "CANable 2",
	 "b158aa7 github.com/normaldotcom/canable2-fw", BRIDGED_CONFIRM_NONE},
	{"bitrate 1000000", slcan_peer_lawicel,
	 "C\rC\rV\rN\rC\rV\rS8\rM00000000\rmFFFFFFFF\rX1\rO\r", "LAWICEL", "V1013",
	 BRIDGED_CONFIRM_QUEUED},
	/* as python-can's BitTiming of 8 MHz has it */
	{"bitrate 500000 sample-point 0.875 triple-sampling on timestamp on", slcan_peer_lawicel,
	 "C\rC\rV\rN\rC\rV\rs009C\rZ1\rM00000000\rmFFFFFFFF\rX1\rO\r", "LAWICEL", "V1013",
	 BRIDGED_CONFIRM_QUEUED},
	{"btr 001C listen-only on timestamp off", slcan_peer_lawicel,
	 "C\rC\rV\rN\rC\rV\rs001C\rZ0\rM00000000\rmFFFFFFFF\rX1\rL\r", "LAWICEL", "V1013",
	 BRIDGED_CONFIRM_QUEUED},
	/* 40 kbit/s is in no list, but divides 8 MHz */
	{"bitrate 40000", slcan_peer_lawicel,
	 "C\rC\rV\rN\rC\rV\rs1805\rM00000000\rmFFFFFFFF\rX1\rO\r", "LAWICEL", "V1013",
	 BRIDGED_CONFIRM_QUEUED},
	{"bitrate 500000", slcan_peer_weact,
	 "C\rC\rV\rC\rV\rH0\rS6\rM0\rA1\rf000000\rF0000000000000000\rO\r", "WeAct USB2CANFDV1",
	 "WeAct Studio V1.0.0.6_20250708", BRIDGED_CONFIRM_SENT},
	{"bitrate 500000 sample-point 0.8 fd on dbitrate 2000000 dsample-point 0.7 "
	 "listen-only on one-shot on filter 123:7F0",
	 slcan_peer_weact,
	 "C\rC\rV\rC\rV\rH0\rS015F18\rY011409\rM1\rA0\rf1237F0\rF1FFFFFFF1FFFFFFF\rO\r",
	 "WeAct USB2CANFDV1", "WeAct Studio V1.0.0.6_20250708", BRIDGED_CONFIRM_SENT},
	{"bitrate 500000 fd on dbitrate 8000000", slcan_peer_canable25,
	 "C\rC\rV\rC\rV\rMFEMS\rS6\rY8\rMA\rON\r", "CANable 2.5 on Multiboard", "260605",
	 BRIDGED_CONFIRM_SENT},
	{"bitrate 500000 sample-point 0.875 sjw 7 fd on dbitrate 2000000 dsample-point 0.5 dsjw 7 "
	 "loopback on one-shot on termination 120 filter 7E8:7FF,18DA00F1:1FFF00FF",
	 slcan_peer_canable25,
	 "C\rC\rV\rC\rV\rMFEMS\rs2,139,20,7\ry4,9,10,7\rMa\rMR\r"
	 "F7E8,7FF;18DA00F1,1FFF00FF\rOE\r",
	 "CANable 2.5 on Multiboard", "260605", BRIDGED_CONFIRM_SENT},
	{"bitrate 250000 loopback on listen-only on termination 0", slcan_peer_canable25,
	 "C\rC\rV\rC\rV\rMFEMS\rS5\rMA\rMr\rOI\r", "CANable 2.5 on Multiboard", "260605",
	 BRIDGED_CONFIRM_SENT},
	{"dialect candapter bitrate 125000", slcan_peer_candapter, "C\rC\rC\rS4\rO\r", "CANdapter",
	 "", BRIDGED_CONFIRM_QUEUED},
};

static void check_opening(const struct opening *wanted)
{
	struct rig *rig = slcan_open(wanted->words, wanted->answer);
	struct bridged_description desc;

	assert_string_equal(rig->said, wanted->said);
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.model, wanted->model);
	assert_string_equal(desc.firmware, wanted->firmware);
	assert_int_equal(desc.confirm, wanted->confirm);
	assert_int_equal(desc.channels, 1);
	assert_int_equal(rig->bad_units, 0);
	rig_take(rig, &(const uint8_t *){NULL});
	rig_stop(rig);
	slcan_sent(rig, "C\r");
	rig_stop(rig);
	slcan_sent(rig, "");
	rig_free(rig);
}

static void test_open(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(openings); i++)
		check_opening(&openings[i]);
}

static void test_describe(void **state)
{
	struct rig *rig = slcan_new("", slcan_peer_lawicel);
	struct bridged_description desc;
	unsigned int i;

	(void)state;
	rig->driver->describe(rig->state, &desc);
	assert_true(desc.ctrlmodes & CAN_CTRLMODE_FD);
	assert_int_equal(desc.confirm, BRIDGED_CONFIRM_SENT);
	rig_open(rig);
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.hw_version, "10");
	assert_string_equal(desc.sw_version, "13");
	assert_string_equal(desc.serial, "A123");
	assert_null(desc.bitrates);
	assert_int_equal(desc.ctrlmodes, CAN_CTRLMODE_LISTENONLY | CAN_CTRLMODE_3_SAMPLES |
						 CAN_CTRLMODE_BERR_REPORTING);
	rig_free(rig);

	rig = slcan_open("bitrate 500000", slcan_peer_canable2);
	rig->driver->describe(rig->state, &desc);
	for (i = 0; desc.bitrates[i]; i++)
		assert_true(desc.bitrates[i] != 750000 && desc.bitrates[i] != 800000);
	assert_int_equal(i, 9);
	assert_int_equal(desc.bitrates[3], 83333);
	assert_int_equal(desc.dbitrates[0], 2000000);
	assert_int_equal(desc.dbitrates[1], 5000000);
	assert_int_equal(desc.dbitrates[2], 0);
	rig_free(rig);

	rig = slcan_open("bitrate 500000", slcan_peer_canable25);
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.hw_version, "STM32G431");
	assert_string_equal(desc.sw_version, "105");
	assert_string_equal(desc.serial, "206249E39463");
	assert_int_equal(desc.limits.terminations[0], 120);
	assert_int_equal(desc.limits.terminations[1], 0);
	rig_free(rig);
}

/* The probe is over in half a second, whatever the adapter does not say. */
static void test_probe_time(void **state)
{
	struct rig *rig = slcan_new("bitrate 500000", NULL);

	(void)state;
	rig_attach(rig);
	slcan_ms(rig, 499);
	assert_int_equal(rig->ready, 0);
	slcan_ms(rig, 1);
	assert_int_equal(rig->ready, 1);
	rig_free(rig);
}

/* A board that starts slowly: its own words first, the answer only to the second question. */
static void test_late_start(void **state)
{
	struct rig *rig = slcan_new("bitrate 500000", NULL);
	struct bridged_description desc;

	(void)state;
	rig_attach(rig);
	slcan_feed(rig, "ets Jun  8 2016 00:22:57\r\n\r\nrst:0x1 (POWERON_RESET)\r\n");
	slcan_ms(rig, 300);
	slcan_feed(rig, "\a\aV1013\r");
	slcan_feed(rig, "N0001\r");
	assert_int_equal(rig->ready, 1);
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.model, "LAWICEL");
	assert_string_equal(desc.serial, "0001");
	assert_int_equal(rig->bad_units, 2);
	rig_free(rig);
}

/* Frames of an adapter that somebody left open do not disturb the probe. */
static void test_probe_under_traffic(void **state)
{
	struct rig *rig = slcan_new("bitrate 500000", NULL);

	(void)state;
	rig_attach(rig);
	slcan_feed(rig, "33\rt1233112233\rt12");
	slcan_feed(rig, "30\r\r\aT1234567");
	slcan_feed(rig, "80\rV1013\rt1230\r");
	slcan_feed(rig, "\a");
	assert_int_equal(rig->ready, 1);
	assert_int_equal(rig->n_frames, 0);
	assert_int_equal(rig->bad_units, 1);
	rig_free(rig);
}

/* It answers with CR and BEL, but not to V: taken for one of LAWICEL's kind. */
static size_t answers_only(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"V", "\a"}, {"M", "\a"}, {"m", "\a"}, {"X", "\a"}, {"", "\r"}, {NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

static void test_answers_without_version(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", answers_only);

	(void)state;
	assert_string_equal(rig->said, "C\rC\rV\rV\rC\rS6\rM00000000\rmFFFFFFFF\rX1\rO\r");
	rig_free(rig);
}

/* It tells its version and nothing else: never waited for. */
static size_t version_only(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {{"V", "V1013\r"}, {NULL, NULL}};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

static void test_version_without_answers(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", version_only);
	struct bridged_description desc;

	(void)state;
	assert_string_equal(rig->said, "C\rC\rV\rN\rC\rV\rS6\rM00000000\rmFFFFFFFF\rX1\rO\r");
	rig->driver->describe(rig->state, &desc);
	assert_int_equal(desc.confirm, BRIDGED_CONFIRM_NONE);
	assert_int_equal(slcan_send(rig, "123#11"), BRIDGED_TAKEN_DONE);
	assert_true(rig->now.ns < 3 * ANYCAN_NS_PER_S);
	rig_free(rig);
}

static size_t garbage_limits(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"V",
		 "+Board: \x01\x80\tClock: 0\tChannels: 99\tLimits: 1,2,x\tSerial: \t: \t\t:\r"},
		{"C", ""},
		{"", "#\r"},
		{NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

static void test_hostile_version(void **state)
{
	struct rig *rig = slcan_open("bitrate 123076 sample-point 0.8", garbage_limits);
	struct bridged_description desc;

	(void)state;
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.model, "CANable 2.5 on ??");
	assert_int_equal(desc.channels, 3);
	rig_free(rig);
}

static void decode_text(struct rig *rig, const char *text, struct bridged_io *io)
{
	size_t len = strlen(text);

	assert_int_equal(rig->driver->decode(rig->state, (const uint8_t *)text, len, io), len);
}

/* All three channels of such an adapter: commands and lines carry their prefix. */
static void test_channels(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", garbage_limits);
	struct anycan_frame frame = {.can_id = 0x123, .channel = 2};
	struct bridged_io io = {0};
	struct bridged_event events[RIG_EVENTS];
	struct anycan_frame frames[8];
	uint8_t out[BRIDGED_OUT_ROOM];

	(void)state;
	io.now = rig->now;
	io.wall_ns = rig->wall_ns;
	io.frames = frames;
	io.max_frames = 8;
	io.events = events;
	io.max_events = RIG_EVENTS;
	io.out = out;
	io.out_max = sizeof(out);
	rig->driver->start(rig->state, 2, &rig->settings[0], &io);
	assert_memory_equal(out, "$C\r$V\r", 6);
	decode_text(rig, "$+Board: x\r$#\r$#\r$#\r$#\r", &io);
	assert_int_equal(io.n_events, 1);
	assert_int_equal(events[0].type, BRIDGED_OPENED);
	assert_int_equal(events[0].channel, 2);
	io.out_len = 0;
	assert_int_equal(rig->driver->encode(rig->state, &frame, 7, &io), BRIDGED_TAKEN);
	assert_memory_equal(out, "$t123001\r", io.out_len);
	decode_text(rig, "$#\r$M01\r$t1230\rt1240\r", &io);
	assert_int_equal(io.n_events, 2);
	assert_int_equal(events[1].type, BRIDGED_TX_DONE);
	assert_int_equal(events[1].echo, 7);
	assert_int_equal(io.n_frames, 2);
	assert_int_equal(frames[0].channel, 2);
	assert_int_equal(frames[1].channel, 0);
	assert_int_equal(io.bad_units, 0);
	rig_free(rig);
}

/* After a replug it may be another adapter: nothing of the old one is left. */
static void test_another_adapter(void **state)
{
	static const slcan_answer answers[] = {slcan_peer_canable25, slcan_peer_lawicel,
					       slcan_peer_canable, slcan_peer_weact};
	static const char *const models[] = {"CANable 2.5 on Multiboard", "LAWICEL", "CANable",
					     "WeAct USB2CANFDV1"};
	struct rig *rig = slcan_new("bitrate 500000", NULL);
	struct bridged_description desc;
	unsigned int i, k;

	(void)state;
	for (i = 0; i < TEST_COUNT(answers); i++) {
		for (k = 0; k < TEST_COUNT(answers); k++) {
			rig->setup.answer = answers[i ^ k];
			rig->ready = rig->opened = 0;
			rig_open(rig);
			assert_int_equal(rig->opened, 1);
			rig->driver->describe(rig->state, &desc);
			assert_string_equal(desc.model, models[i ^ k]);
			assert_int_equal(desc.serial[0] != 0, (i ^ k) < 2);
			assert_true(slcan_send(rig, "123#11") >= 0);
		}
	}
	assert_null(rig->fault);
	rig_free(rig);
}

/* Answers to what was sent before the adapter was opened do not count as answers to that. */
static void test_stale_answers(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_lawicel);

	(void)state;
	slcan_sent(rig, "");
	rig_stop(rig);
	rig_start(rig);
	slcan_sent(rig, "C\rC\rV\r");
	slcan_feed(rig, "\r\a\az\r");
	slcan_sent(rig, "");
	slcan_feed(rig, "V1013\r");
	slcan_sent(rig, "S6\r");
	slcan_feed(rig, "\r");
	slcan_sent(rig, "M00000000\r");
	rig_free(rig);
}

/* A slow adapter tells its version once more because it was asked twice when it was probed. */
static void test_stale_version(void **state)
{
	struct rig *rig = slcan_new("bitrate 500000", NULL);

	(void)state;
	rig_attach(rig);
	slcan_sent(rig, "C\rC\rV\r");
	slcan_ms(rig, 250);
	slcan_sent(rig, "V\r");
	slcan_feed(rig, "\a\aV1013\r");
	slcan_sent(rig, "N\r");
	slcan_feed(rig, "V1013\rNA123\r");
	rig_start(rig);
	slcan_sent(rig, "C\rV\r");
	/* Down and up: the version of the first time is late. */
	rig_stop(rig);
	rig_start(rig);
	slcan_sent(rig, "C\rC\rV\r");
	slcan_feed(rig, "\aV1013\r");
	slcan_sent(rig, "");
	slcan_feed(rig, "\a\aV1013\r");
	slcan_sent(rig, "S6\r");
	rig_free(rig);
}

/* The same where the version is not told: only time helps. */
static void test_stale_answers_without_version(void **state)
{
	struct rig *rig = slcan_open("dialect candapter bitrate 500000", slcan_peer_candapter);

	(void)state;
	rig_take(rig, &(const uint8_t *){NULL});
	rig_stop(rig);
	rig_start(rig);
	slcan_feed(rig, "\x06");
	slcan_sent(rig, "C\rC\r");
	slcan_feed(rig, "\a");
	slcan_ms(rig, 249);
	slcan_sent(rig, "");
	slcan_ms(rig, 1);
	slcan_sent(rig, "S6\r");
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identify),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_describe),
		cmocka_unit_test(test_probe_time),
		cmocka_unit_test(test_late_start),
		cmocka_unit_test(test_probe_under_traffic),
		cmocka_unit_test(test_answers_without_version),
		cmocka_unit_test(test_version_without_answers),
		cmocka_unit_test(test_hostile_version),
		cmocka_unit_test(test_channels),
		cmocka_unit_test(test_another_adapter),
		cmocka_unit_test(test_stale_answers),
		cmocka_unit_test(test_stale_version),
		cmocka_unit_test(test_stale_answers_without_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
