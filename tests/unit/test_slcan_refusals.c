// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the slcan driver says about settings that an adapter cannot do: one sentence that names
 * the setting, the adapter and the next step.
 */
#include "slcan_test.h"
#include <string.h>

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
		{"C", ""},	{"V", SLCAN_PEER_CANABLE25_VERSION},
		{"MR", "#6\r"}, {"O", "#:\r"},
		{"", "#\r"},	{NULL, NULL},
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_at_once),
		cmocka_unit_test(test_refused_by_adapter),
		cmocka_unit_test(test_refused_command),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
