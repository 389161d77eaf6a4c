// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The slcan driver and its dialects: which adapter is recognised by what, how each is opened and
 * closed, and what is said about settings that it cannot do.
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

#define VERSION_25 SLCAN_PEER_CANABLE25_VERSION

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
	rig->driver->start(rig->state, 2, &io);
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

struct refusal {
	const char *words;
	slcan_answer answer;
	const char *reason;
};

/* What no adapter can do is refused by init(). */
static const struct refusal refusals_at_once[] = {
	{"bitrate 123457", NULL,
	 "bitrate 123457: no slcan adapter has it; usual ones are 10000, 20000, 50000, 100000, "
	 "125000, 250000, 500000, 800000 and 1000000"},
	{"bitrate 500000 fd on dbitrate 12345", NULL,
	 "dbitrate 12345: no slcan adapter has it; usual ones are 2000000 and 5000000"},
	{"bitrate 500000 btr 001C", NULL, "btr and bitrate are both given; leave out one of them"},
	{"btr 1C", NULL, "btr must be the registers BTR0 and BTR1 as 4 hex digits, as in 001C"},
	{"btr 00XY", NULL, "btr must be the registers BTR0 and BTR1 as 4 hex digits, as in 001C"},
	{"bitrate 500000 fd on", NULL,
	 "fd on needs the bit rate of the data phase; give it with `dbitrate`"},
	{"bitrate 500000 dbitrate 2000000", NULL,
	 "dbitrate is for CAN FD only; add `fd on` or leave it out"},
	{"bitrate 500000 fd-non-iso on", NULL,
	 "fd-non-iso on: no slcan adapter can do that; leave it out"},
	{"bitrate 500000 cc-len8-dlc on", NULL,
	 "cc-len8-dlc on: no slcan adapter can do that; leave it out"},
	{"filter 1234", NULL,
	 "filter must be a list of up to 8 ID:MASK in hex, 3 or 8 digits each, as in "
	 "123:7FF,18FF0000:1FFF0000"},
	{"filter 800:7FF", NULL,
	 "filter must be a list of up to 8 ID:MASK in hex, 3 or 8 digits each, as in "
	 "123:7FF,18FF0000:1FFF0000"},
	{"dialect canable bitrate 33333", NULL,
	 "bitrate 33333: CANable has only 10000, 20000, 50000, 100000, 125000, 250000, 500000, "
	 "750000, 1000000; choose one of these"},
	{"dialect generic fd on bitrate 500000 dbitrate 2000000", NULL,
	 "fd on: slcan adapter cannot do that; leave out fd and dbitrate"},
};

/* What this one cannot do is refused when it is identified. */
static const struct refusal refusals_of_adapters[] = {
	{"bitrate 33333", slcan_peer_canable,
	 "bitrate 33333: CANable has only 10000, 20000, 50000, 100000, 125000, 250000, 500000, "
	 "750000, 1000000; choose one of these"},
	{"bitrate 800000", slcan_peer_canable,
	 "bitrate 800000: CANable has only 10000, 20000, 50000, 100000, 125000, 250000, 500000, "
	 "750000, 1000000; choose one of these"},
	{"bitrate 750000", slcan_peer_canable2,
	 "bitrate 750000: CANable 2 has only 10000, 20000, 50000, 83333, 100000, 125000, 250000, "
	 "500000, 1000000; choose one of these"},
	{"bitrate 500000 fd on dbitrate 4000000", slcan_peer_canable2,
	 "dbitrate 4000000: CANable 2 has only 2000000, 5000000; choose one of these"},
	{"bitrate 75000", slcan_peer_lawicel,
	 "bitrate 75000: LAWICEL has 10000, 20000, 50000, 100000, 125000, 250000, 500000, 800000, "
	 "1000000 and what divides its clock of 8000000 Hz; choose one of these"},
	{"bitrate 500000 fd on dbitrate 2000000", slcan_peer_lawicel,
	 "fd on: LAWICEL cannot do that; leave out fd and dbitrate"},
	{"bitrate 500000 listen-only on", slcan_peer_canable2,
	 "listen-only on: CANable 2 cannot do that; leave it out or use an adapter that can"},
	{"bitrate 500000 loopback on", slcan_peer_lawicel,
	 "loopback on: LAWICEL cannot do that; leave it out; netdevs loop back without it"},
	{"bitrate 500000 one-shot on", NULL,
	 "one-shot on: slcan adapter cannot do that; leave it out; frames are repeated then"},
	{"bitrate 500000 triple-sampling on", slcan_peer_canable,
	 "triple-sampling on: CANable cannot do that; leave it out"},
	{"bitrate 500000 sample-point 0.8", slcan_peer_canable,
	 "bitrate 500000: CANable has fixed sample points; leave out sample-point and sjw"},
	{"tq 125 prop-seg 6 phase-seg1 7 phase-seg2 2", slcan_peer_canable,
	 "tq 125: CANable has fixed bit timing; give a bit rate instead"},
	{"tq 100 prop-seg 6 phase-seg1 7 phase-seg2 2", slcan_peer_lawicel,
	 "tq 100: LAWICEL cannot set these segments; give a bit rate instead"},
	{"btr 001C", slcan_peer_canable,
	 "btr 001C: CANable has no such registers; give a bit rate instead"},
	{"bitrate 500000 timestamp on", slcan_peer_weact,
	 "timestamp on: WeAct USB2CANFDV1 has no time stamps; leave it out"},
	{"bitrate 500000 termination 120", slcan_peer_lawicel,
	 "termination 120: LAWICEL cannot switch it; leave it out"},
	{"bitrate 500000 termination 60", slcan_peer_canable25,
	 "termination 60: CANable 2.5 on Multiboard has only 0 and 120 ohms"},
	{"bitrate 500000 filter 123", slcan_peer_canable,
	 "filter 123: CANable cannot do that, it has no filters; filter in the application "
	 "(candump can0,ID:MASK)"},
	{"bitrate 500000 filter 123,124,125", slcan_peer_lawicel,
	 "filter 123,124,125: LAWICEL cannot do that, it has two filters; filter in the "
	 "application (candump can0,ID:MASK)"},
	{"bitrate 500000 filter 123,124", slcan_peer_weact,
	 "filter 123,124: WeAct USB2CANFDV1 cannot do that, it has one filter for 11-bit and one "
	 "for 29-bit identifiers; filter in the application (candump can0,ID:MASK)"},
};

static void test_refused_at_once(void **state)
{
	struct rig *rig;
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(refusals_at_once); i++) {
		rig = slcan_new(refusals_at_once[i].words, NULL);
		assert_string_equal(rig->fault ? rig->fault : "taken", "init() refused");
		assert_string_equal(rig->reason, refusals_at_once[i].reason);
		rig_free(rig);
	}
}

static void test_refused_by_adapter(void **state)
{
	struct rig *rig;
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(refusals_of_adapters); i++) {
		rig = slcan_new(refusals_of_adapters[i].words, refusals_of_adapters[i].answer);
		rig_open(rig);
		assert_int_equal(rig->ready, 0);
		assert_int_equal(rig->refused, 1);
		assert_string_equal(rig->reason, refusals_of_adapters[i].reason);
		rig_free(rig);
	}
}

/* An adapter that refuses the command that begins with a letter. */
static size_t refuses(const char *command, const uint8_t *sent, size_t len, uint8_t *reply,
		      size_t room)
{
	struct slcan_peer_row rows[] = {
		{command, "\a"}, {"V", "V1013\r"}, {"N", "NA123\r"}, {"", "\r"}, {NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

static size_t refuses_s(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return refuses("S", sent, len, reply, room);
}

static size_t refuses_o(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return refuses("O", sent, len, reply, room);
}

static size_t refuses_l(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return refuses("L", sent, len, reply, room);
}

static size_t refuses_filters(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return refuses("M", sent, len, reply, room);
}

static size_t no_termination(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"C", ""},     {"V", VERSION_25}, {"MR", "#6\r"},
		{"O", "#:\r"}, {"", "#\r"},	  {NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

static size_t falls_silent(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"C", "\r"},
		{"V", "V1013\r"},
		{"N", "\a"},
		{NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

static const struct refusal refusals_of_commands[] = {
	{"bitrate 500000", refuses_s,
	 "LAWICEL (V1013) refused the command S6: it lacks that bit rate; choose another "
	 "`bitrate`"},
	{"bitrate 500000", refuses_o,
	 "LAWICEL (V1013) refused the command O: unplug it and plug it in again"},
	{"", refuses_o,
	 "LAWICEL (V1013) refused the command O: it has no bit rate; give one with `bitrate`"},
	{"bitrate 500000 listen-only on", refuses_l,
	 "LAWICEL (V1013) refused the command L: it may lack listen-only; leave that out"},
	{"bitrate 500000 filter 123", refuses_filters,
	 "LAWICEL (V1013) refused the command M24602460: leave out `filter`"},
	{"bitrate 500000 termination 120", no_termination,
	 "CANable 2.5 on Multiboard refused the command MR: the board cannot do that"},
	{"", no_termination,
	 "CANable 2.5 on Multiboard refused the command ON: it has no bit rate; give one with "
	 "`bitrate`"},
	{"bitrate 500000", falls_silent,
	 "LAWICEL did not answer the command S6; unplug it and plug it in again"},
};

static void test_refused_command(void **state)
{
	struct rig *rig;
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(refusals_of_commands); i++) {
		rig = slcan_new(refusals_of_commands[i].words, refusals_of_commands[i].answer);
		rig_open(rig);
		assert_int_equal(rig->ready, 1);
		assert_int_equal(rig->refused, 1);
		assert_int_equal(rig->opened, 0);
		assert_string_equal(rig->reason, refusals_of_commands[i].reason);
		/* What had been set up is given up, and another start tries again. */
		assert_string_equal(rig->said + rig->said_len - 2, "C\r");
		rig_start(rig);
		assert_int_equal(rig->refused, 1);
		rig_free(rig);
	}
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
		cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_refused_by_adapter),
		cmocka_unit_test(test_refused_command),
		cmocka_unit_test(test_stale_answers),
		cmocka_unit_test(test_stale_answers_without_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
