// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/seeedstudio*.c: bytes that python-can was seen to send and those of the vendor's
 * description, settings, both forms of frames, error counters, refusals.
 */
#include "rig_check.h"
#include <anycan/wire.h>
#include <drivers/hold.h>
#include <drivers/seeedstudio_codec.h>
#include <errno.h>
#include <linux/can/error.h>
#include <string.h>

#define ASK "AA 55 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 04"

/* ---- Settings */

static void test_settings(void **state)
{
	static const struct {
		const char *words, *hex;
	} rows[] = {
		/* what python-can sends, which has one-shot always on */
		{"bitrate 500000 one-shot on",
		 "AA 55 12 03 01 00 00 00 00 00 00 00 00 00 01 00 00 00 00 17"},
		{"bitrate 250000 frame-type ext listen-only on one-shot on",
		 "AA 55 12 05 02 00 00 00 00 00 00 00 00 02 01 00 00 00 00 1C"},
		{"bitrate 1000000 filter 123:7FF one-shot on",
		 "AA 55 12 01 01 23 01 00 00 FF 07 00 00 00 01 00 00 00 00 3F"},
		{"bitrate 500000", "AA 55 12 03 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 16"},
		{"bitrate 500000 loopback on",
		 "AA 55 12 03 01 00 00 00 00 00 00 00 00 01 00 00 00 00 00 17"},
		{"bitrate 500000 loopback on listen-only on",
		 "AA 55 12 03 01 00 00 00 00 00 00 00 00 03 00 00 00 00 00 19"},
		{"bitrate 500000 protocol fixed",
		 "AA 55 02 03 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 06"},
		{"bitrate 500000 filter 12ABCDEF:1FFFFFFF",
		 "AA 55 12 03 02 EF CD AB 12 FF FF FF 1F 00 00 00 00 00 00 AC"},
		{"bitrate 800000", "AA 55 12 02 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 15"},
		{"bitrate 400000", "AA 55 12 04 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 17"},
		{"bitrate 200000", "AA 55 12 06 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 19"},
		{"bitrate 125000", "AA 55 12 07 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1A"},
		{"bitrate 100000", "AA 55 12 08 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1B"},
		{"bitrate 50000", "AA 55 12 09 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1C"},
		{"bitrate 20000", "AA 55 12 0A 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1D"},
		{"bitrate 10000", "AA 55 12 0B 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1E"},
		{"bitrate 5000", "AA 55 12 0C 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1F"},
	};
	struct rig *rig;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		char words[128] = "poll-status 0 ";

		rig = rig_check_new("seeedstudio", strcat(words, rows[i].words), NULL);
		rig_attach(rig);
		assert_int_equal(rig->ready, 1);
		rig_check_sent(rig, "");
		rig_start(rig);
		assert_int_equal(rig->opened, 1);
		rig_check_sent(rig, rows[i].hex);
		rig_stop(rig);
		rig_check_sent(rig, "");
		rig_free(rig);
	}
}

/* ---- Frames */

struct example {
	const char *frame, *hex;
};

static const struct example examples[] = {
	{"123#112233", "AA C3 23 01 11 22 33 55"},
	{"12ABCDEF#AA55", "AA E2 EF CD AB 12 AA 55 55"},
	{"000#", "AA C0 00 00 55"},
	{"123#1122334455667788", "AA C8 23 01 11 22 33 44 55 66 77 88 55"},
	{"01234567#1122334455667788", "AA E8 67 45 23 01 11 22 33 44 55 66 77 88 55"},
	{"0AA#AA55AA55AA55AA55", "AA C8 AA 00 AA 55 AA 55 AA 55 AA 55 55"},
	{"15555555#5555", "AA E2 55 55 55 15 55 55 55"},
	{"7FF#R", "AA D0 FF 07 55"},
};

static const struct example empty_remote[] = {
	{"7FF#R4", "AA D4 FF 07 55"},
	{"1FFFFFFF#R8", "AA F8 FF FF FF 1F 55"},
};

static const struct example filled_remote[] = {
	{"7FF#R4", "AA D4 FF 07 00 00 00 00 55"},
	{"1FFFFFFF#R8", "AA F8 FF FF FF 1F 00 00 00 00 00 00 00 00 55"},
};

static void test_examples(void **state)
{
	struct rig *rig = rig_check_open("seeedstudio", "bitrate 1000000 poll-status 0", NULL);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(examples); i++)
		rig_check_both_ways(rig, examples[i].frame, examples[i].hex);
	rig_free(rig);
}

static void check_remote(const char *words, const struct example *rows, size_t n)
{
	struct rig *rig = rig_check_open("seeedstudio", words, NULL);

	for (size_t i = 0; i < n; i++) {
		assert_true(rig_check_send(rig, rows[i].frame) >= 0);
		rig_check_sent(rig, rows[i].hex);
		rig_check_feed(rig, rows[i].hex);
		rig_check_ms(rig, 11);
		rig_check_got(rig, i, rows[i].frame);
	}
	assert_int_equal(rig->n_frames, n);
	assert_int_equal(rig->bad_units, 0);
	rig_free(rig);
}

static void test_remote(void **state)
{
	struct rig *rig;

	(void)state;
	check_remote("bitrate 1000000 poll-status 0", empty_remote, 2);
	check_remote("bitrate 1000000 poll-status 0 rtr filled", filled_remote, 2);
	/* One after the other, and with an end mark among what stands for data. */
	rig = rig_check_open("seeedstudio", "bitrate 1000000 poll-status 0", NULL);
	rig_check_feed(rig, "AA D4 FF 07 55 AA D4 FF 07 00 00 00 00 55 AA C0 00 00 55");
	rig_check_feed(rig, "AA D4 FF 07 55 00 55 00 55 AA C0 00 00 55");
	rig_check_got(rig, 0, "7FF#R4");
	rig_check_got(rig, 1, "7FF#R4");
	rig_check_got(rig, 2, "000#");
	rig_check_got(rig, 3, "7FF#R4");
	rig_check_got(rig, 4, "000#");
	assert_int_equal(rig->bad_units, 0);
	/* A whole frame is among what was held when silence came. */
	rig->max_frames = 1;
	rig_check_feed(rig, "AA F8 FF FF FF 1F 55 00 AA C0 00 00 55");
	assert_int_equal(rig->n_frames, 5);
	rig_check_ms(rig, 11);
	rig_check_got(rig, 5, "1FFFFFFF#R8");
	rig_check_got(rig, 6, "000#");
	assert_int_equal(rig->bad_units, 1);
	assert_null(rig->fault);
	rig_free(rig);
}

static void test_fixed(void **state)
{
	static const struct example little[] = {
		{"123#112233", "AA 55 01 01 01 23 01 00 00 03 11 22 33 00 00 00 00 00 00 90"},
		{"12ABCDEF#AA55", "AA 55 01 02 01 EF CD AB 12 02 AA 55 00 00 00 00 00 00 00 7E"},
		{"7FF#R4", "AA 55 01 01 02 FF 07 00 00 04 00 00 00 00 00 00 00 00 00 0E"},
		{"1FFFFFFF#R8", "AA 55 01 02 02 FF FF FF 1F 08 00 00 00 00 00 00 00 00 00 29"},
	};
	static const struct example big[] = {
		{"12ABCDEF#AA55", "AA 55 01 02 01 12 AB CD EF 02 AA 55 00 00 00 00 00 00 00 7E"},
		{"123#", "AA 55 01 01 01 00 00 01 23 00 00 00 00 00 00 00 00 00 00 27"},
	};
	struct rig *rig;

	(void)state;
	rig = rig_check_open("seeedstudio", "bitrate 1000000 poll-status 0 protocol fixed", NULL);
	for (size_t i = 0; i < TEST_COUNT(little); i++)
		rig_check_both_ways(rig, little[i].frame, little[i].hex);
	/* The other form is understood all the same. */
	rig_check_feed(rig, "AA C3 23 01 11 22 33 55");
	rig_check_got(rig, TEST_COUNT(little), "123#112233");
	rig_free(rig);
	rig = rig_check_open("seeedstudio",
			     "bitrate 1000000 poll-status 0 protocol fixed id-order big", NULL);
	for (size_t i = 0; i < TEST_COUNT(big); i++)
		rig_check_both_ways(rig, big[i].frame, big[i].hex);
	rig_free(rig);
}

static void test_garbage(void **state)
{
	static const struct {
		const char *hex;
		unsigned int bad;
	} rows[] = {
		{"00 01 02", 1},
		{"55 55", 1},
		{"AA CF 23 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 55", 1}, /* length 15 */
		{"AA 83 23 01 11 22 33 55", 1},	      /* no frame's type */
		{"AA C3 23 09 11 22 33 55", 1},	      /* 12 bits */
		{"AA C3 23 01 11 22 33 56", 1},	      /* end */
		{"AA E3 67 45 23 21 11 22 33 55", 1}, /* 30 bits */
		{"AA 55 04 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 05", 1}, /* sum */
		{"AA 55 07 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 07", 1}, /* unknown */
		{"AA 55 01 03 01 23 01 00 00 03 11 22 33 00 00 00 00 00 00 92", 1}, /* type 3 */
		{"AA 55 01 01 01 23 01 00 00 09 11 22 33 00 00 00 00 00 00 96", 1}, /* length 9 */
		{"AA 55 01 01 01 23 09 00 00 03 11 22 33 00 00 00 00 00 00 98", 1}, /* 12 bits */
		{"AA 55 12 03 01 00 00 00 00 00 00 00 00 00 01 00 00 00 00 17", 0}, /* settings */
	};
	struct rig *rig;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		rig = rig_check_open("seeedstudio", "bitrate 500000 poll-status 0", NULL);
		rig_check_feed(rig, rows[i].hex);
		rig_check_feed(rig, examples[0].hex);
		rig_check_feed(rig, examples[0].hex);
		rig_check_feed(rig, examples[3].hex);
		if (rig->n_frames != 3 || rig->bad_units != rows[i].bad)
			fail_msg("%s: %zu frames, %u bad", rows[i].hex, rig->n_frames,
				 (unsigned int)rig->bad_units);
		rig_free(rig);
	}
}

static void check_cut_off(const char *hex)
{
	struct rig *rig = rig_check_open("seeedstudio", "bitrate 1000000 poll-status 0", NULL);
	uint8_t bytes[SEEEDSTUDIO_MESSAGE];
	size_t len = rig_check_hex(hex, bytes, sizeof(bytes)), cut, i, before;

	for (cut = 1; cut < len; cut++) {
		before = rig->n_frames;
		rig_feed(rig, bytes, cut);
		for (i = 0; i < 4; i++)
			rig_check_feed(rig, examples[0].hex);
		rig_check_got(rig, rig->n_frames - 1, examples[0].frame);
		assert_in_range(rig->n_frames, before + 3, before + 5);
	}
	rig_free(rig);
}

/* A frame that was cut off anywhere takes at most one other with it: there is no checksum. */
static void test_cut_off(void **state)
{
	(void)state;
	check_cut_off(examples[4].hex);
	check_cut_off(examples[5].hex);
	check_cut_off("AA 55 01 02 01 EF CD AB 12 02 AA 55 00 00 00 00 00 00 00 7E");
}

/* ---- Error counters */

static void test_status(void **state)
{
	struct rig *rig = rig_check_new("seeedstudio", "bitrate 500000", NULL);

	(void)state;
	rig_attach(rig);
	rig_start(rig);
	rig_check_sent(rig, "AA 55 12 03 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 16" ASK);
	rig_check_feed(rig, ASK); /* no errors */
	assert_int_equal(rig->states, 0);
	rig_check_ms(rig, 999);
	rig_check_sent(rig, "");
	rig_check_ms(rig, 1);
	rig_check_sent(rig, ASK);
	rig_check_feed(rig, "AA 55 04 05 60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 69");
	assert_int_equal(rig->states, 1);
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_WARNING);
	assert_int_equal(rig->n_frames, 1);
	assert_int_equal(rig->frames[0].can_id, CAN_ERR_FLAG | CAN_ERR_CRTL | CAN_ERR_CNT);
	assert_int_equal(rig->frames[0].data[1], CAN_ERR_CRTL_TX_WARNING);
	assert_int_equal(rig->frames[0].data[6], 0x60);
	assert_int_equal(rig->frames[0].data[7], 5);
	rig_check_feed(rig, "AA 55 04 80 60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 E4");
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_PASSIVE);
	assert_int_equal(rig->frames[1].data[1], CAN_ERR_CRTL_RX_PASSIVE);
	rig_check_feed(rig, "AA 55 04 81 60 00 00 00 00 00 00 00 00 00 00 00 00 00 00 E5");
	assert_int_equal(rig->states, 3);
	assert_int_equal(rig->n_frames, 2);
	rig_check_feed(rig, ASK);
	assert_int_equal(rig->state_told, CAN_STATE_ERROR_ACTIVE);
	assert_int_equal(rig->frames[2].data[1], CAN_ERR_CRTL_ACTIVE);
	assert_int_equal(rig->notes, 0);
	rig_stop(rig);
	rig_check_ms(rig, 5000);
	rig_check_sent(rig, "");
	rig_free(rig);
}

/* An adapter that never tells is not asked for ever. */
static void test_no_status(void **state)
{
	struct rig *rig = rig_check_new("seeedstudio", "bitrate 5000", NULL);

	(void)state;
	rig_attach(rig);
	rig_start(rig);
	rig_check_ms(rig, 10000);
	rig_check_sent(rig,
		       "AA 55 12 0C 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 1F" ASK ASK ASK);
	assert_int_equal(rig->notes, 1);
	rig_free(rig);
	/* One that has told once is asked on. */
	rig = rig_check_open("seeedstudio", "bitrate 5000 poll-status 2000", NULL);
	rig_check_feed(rig, ASK);
	rig_check_sent(rig, "");
	rig_check_ms(rig, 10000);
	rig_check_sent(rig, ASK ASK ASK ASK ASK);
	assert_int_equal(rig->notes, 0);
	rig_free(rig);
}

/* ---- What it can */

static void test_filter(void **state)
{
	struct rig *rig = rig_check_open("seeedstudio", "bitrate 500000 filter 120:7F0", NULL);

	(void)state;
	rig_check_feed(rig, "AA C1 23 01 11 55 AA C1 33 01 22 55 AA E1 23 01 00 00 33 55");
	assert_int_equal(rig->n_frames, 1);
	rig_check_got(rig, 0, "123#11");
	rig_free(rig);
}

static void test_describe(void **state)
{
	struct rig *rig = rig_check_open("seeedstudio", "bitrate 500000", NULL);
	struct bridged_description desc;

	(void)state;
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.model, "USB-CAN analyzer");
	assert_false(desc.timestamps);
	assert_int_equal(desc.ctrlmodes,
			 CAN_CTRLMODE_LISTENONLY | CAN_CTRLMODE_LOOPBACK | CAN_CTRLMODE_ONE_SHOT);
	assert_int_equal(desc.confirm, BRIDGED_CONFIRM_NONE);
	assert_int_equal(desc.bitrates[0], 1000000);
	assert_int_equal(desc.bitrates[11], 5000);
	assert_int_equal(desc.bitrates[12], 0);
	assert_int_equal(rig_check_send(rig, "123##011"), -EOPNOTSUPP);
	assert_int_equal(rig_check_send(rig, "20000001#0000000000000000"), -EOPNOTSUPP);
	rig_stop(rig);
	assert_int_equal(rig_check_send(rig, "123#"), -EAGAIN);
	rig_free(rig);
	/* Silent: nothing can be sent, but to itself. */
	rig = rig_check_open("seeedstudio", "bitrate 500000 listen-only on", NULL);
	assert_int_equal(rig_check_send(rig, "123#"), -EOPNOTSUPP);
	rig_free(rig);
	rig = rig_check_open("seeedstudio", "bitrate 500000 listen-only on loopback on", NULL);
	assert_true(rig_check_send(rig, "123#") >= 0);
	rig_free(rig);
}

static void test_pace(void **state)
{
	struct rig *rig = rig_check_open("seeedstudio", "bitrate 5000 poll-status 0", NULL);
	struct anycan_frame frame = {.can_id = 0x123, .len = 8};
	int64_t start = rig->now.ns, ns;
	unsigned int sent = 0;

	(void)state;
	ns = (int64_t)anycan_wire_time_ns(anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT), 5000, 0);
	while (rig->now.ns < start + 20 * ANYCAN_NS_PER_S) {
		while (rig_encode(rig, &frame) >= 0)
			sent++;
		rig_check_ms(rig, 1);
	}
	assert_in_range(sent, 98 * (20 * ANYCAN_NS_PER_S / ns) / 100,
			20 * ANYCAN_NS_PER_S / ns + 3);
	rig_free(rig);
}

static void test_refusals(void **state)
{
	static const struct rig_refusal rows[] = {
		{"bitrate 83333",
		 "bitrate 83333: a USB-CAN analyzer has only 1000000, 800000, 500000, 400000, "
		 "250000, 200000, 125000, 100000, 50000, 20000, 10000, 5000; choose one of these"},
		{"bitrate 500000 triple-sampling on",
		 "triple-sampling on: a USB-CAN analyzer cannot do that; leave it out"},
		{"bitrate 500000 fd on dbitrate 2000000",
		 "fd on: a USB-CAN analyzer cannot do that; leave out fd and dbitrate, it has "
		 "classic CAN only"},
		{"bitrate 500000 sample-point 0.5",
		 "sample-point: a USB-CAN analyzer has a sample point of its own; leave it out"},
		{"bitrate 500000 restart-ms 100", "restart-ms: a USB-CAN analyzer does not say "
						  "when it is off the bus; leave it out"},
		{"bitrate 500000 filter 123:7FF,124:7FF",
		 "filter must be one ID:MASK in hex, 3 or 8 digits each, as in 123:7FF"},
		{"bitrate 500000 frame-type ext filter 123:7FF",
		 "frame-type and filter disagree: 3 digits are std, 8 digits are ext; leave out "
		 "frame-type"},
		{NULL, NULL},
	};
	struct rig *rig = rig_check_new("seeedstudio", "", NULL);

	(void)state;
	rig_check_refusals("seeedstudio", rows);
	assert_true(rig->driver->needs_bitrate(rig->state));
	rig_attach(rig);
	rig_start(rig);
	assert_int_equal(rig->refused, 1);
	assert_string_equal(rig->reason, "the bit rate is missing; give it with `bitrate`, for "
					 "example 500000");
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settings), cmocka_unit_test(test_examples),
		cmocka_unit_test(test_remote),	 cmocka_unit_test(test_fixed),
		cmocka_unit_test(test_garbage),	 cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_status),	 cmocka_unit_test(test_no_status),
		cmocka_unit_test(test_filter),	 cmocka_unit_test(test_describe),
		cmocka_unit_test(test_pace),	 cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
