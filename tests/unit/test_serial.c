// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/serial*.c and hold.c: bytes that python-can was seen to send, the frames of its
 * manual, both ways to write a remote frame, both generations, time stamps, refusals.
 */
#include "rig_check.h"
#include <anycan/text.h>
#include <anycan/wire.h>
#include <drivers/hold.h>
#include <drivers/serial_codec.h>
#include <errno.h>
#include <string.h>

struct example {
	const char *frame, *hex;
	uint32_t stamp;
};

/* Both generations alike where the identifier is a base one. */
static const struct example examples[] = {
	{"123#112233", "AA 00 00 00 00 03 23 01 00 00 11 22 33 BB", 0},
	{"12ABCDEF#AA55", "AA 00 00 00 00 02 EF CD AB 92 AA 55 BB", 0},
	{"7FF#R4", "AA 00 00 00 00 04 FF 07 00 40 BB", 0},
	{"1FFFFFFF#R8", "AA 00 00 00 00 08 FF FF FF DF BB", 0},
	{"001#11", "AA DC 05 00 00 01 01 00 00 00 11 BB", 1500},
	{"00000001#", "AA 66 73 00 00 00 01 00 00 80 BB", 0x7366},
	{"001#1112131415161718", "AA 66 73 00 00 08 01 00 00 00 11 12 13 14 15 16 17 18 BB",
	 0x7366},
	{"001#11", "AA 66 73 00 00 01 01 00 00 00 11 BB", 0x7366},
	{"001#", "AA 66 73 00 00 00 01 00 00 00 BB", 0x7366},
	{"0BB#BBAABBAABBAABBAA", "AA 00 00 00 00 08 BB 00 00 00 BB AA BB AA BB AA BB AA BB", 0},
};

static void test_examples(void **state)
{
	uint8_t wanted[SERIAL_FRAME_MAX], made[SERIAL_FRAME_MAX];
	const struct serial_form empty = {.empty = true};
	struct anycan_frame frame, got;
	uint32_t stamp;
	size_t len;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(examples); i++) {
		const struct example *row = &examples[i];

		assert_int_equal(anycan_frame_parse(row->frame, strlen(row->frame), &frame), 0);
		len = rig_check_hex(row->hex, wanted, sizeof(wanted));
		assert_int_equal(serial_frame_put(&frame, row->stamp, empty, made), len);
		assert_memory_equal(made, wanted, len);
		assert_int_equal(serial_frame_get(wanted, len, true, &got, &stamp), len);
		assert_true(anycan_frame_equal(&frame, &got, 0, true));
		assert_int_equal(stamp, row->stamp);
		/* Cut off anywhere, there is more to come. */
		while (--len)
			assert_int_equal(serial_frame_get(wanted, len, false, &got, &stamp),
					 HOLD_MORE);
	}
}

static void test_error_frames(void **state)
{
	static const struct {
		canid_t id;
		const char *hex;
	} rows[] = {
		{CAN_ERR_FLAG | 0x10000000, "AA 00 00 00 00 02 00 00 00 B0 01 02 BB"},
		{CAN_ERR_FLAG | 1, "AA 00 00 00 00 00 01 00 00 20 BB"},
	};
	struct rig *rig = rig_check_open("serial", "timestamp-unit s", NULL);
	struct anycan_frame frame = {.can_id = CAN_ERR_FLAG | 4, .len = 8, .data = {0, 1}};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		rig_check_feed(rig, rows[i].hex);
		assert_int_equal(rig->n_frames, i + 1);
		assert_int_equal(rig->frames[i].can_id, rows[i].id);
		assert_int_equal(rig->frames[i].len, 8);
	}
	assert_int_equal(rig->frames[0].data[0], 1);
	assert_int_equal(rig->frames[0].data[1], 2);
	assert_true(rig_encode(rig, &frame) >= 0);
	rig_check_sent(rig, "AA 00 00 00 00 08 04 00 00 20 00 01 00 00 00 00 00 00 BB");
	rig_free(rig);
}

/* ---- Remote frames */

#define EMPTY "AA 00 00 00 00 04 FF 07 00 40 BB"
#define NEXT "AA 00 00 00 00 01 23 01 00 00 77 BB"

static void test_remote_empty(void **state)
{
	struct rig *rig = rig_check_open("serial", "", NULL);

	(void)state;
	/* alone: silence ends it */
	rig_check_feed(rig, EMPTY);
	assert_int_equal(rig->n_frames, 0);
	rig_check_ms(rig, 9);
	assert_int_equal(rig->n_frames, 0);
	rig_check_ms(rig, 2);
	rig_check_got(rig, 0, "7FF#R4");
	/* another frame behind it */
	rig_check_feed(rig, EMPTY EMPTY NEXT);
	rig_check_got(rig, 1, "7FF#R4");
	rig_check_got(rig, 2, "7FF#R4");
	rig_check_got(rig, 3, "123#77");
	/* in two pieces */
	rig_check_feed(rig, EMPTY);
	rig_check_feed(rig, NEXT);
	rig_check_got(rig, 4, "7FF#R4");
	rig_check_got(rig, 5, "123#77");
	/* garbage behind it, and a frame behind that */
	rig_check_feed(rig, EMPTY "01 02 03 04" NEXT);
	rig_check_got(rig, 6, "7FF#R4");
	rig_check_got(rig, 7, "123#77");
	assert_int_equal(rig->n_frames, 8);
	assert_int_equal(rig->bad_units, 1);
	/* garbage, then silence: the bytes held behind it are garbage, too */
	rig_check_feed(rig, EMPTY "01 02");
	rig_check_ms(rig, 11);
	rig_check_got(rig, 8, "7FF#R4");
	rig_check_feed(rig, NEXT);
	rig_check_got(rig, 9, "123#77");
	assert_int_equal(rig->bad_units, 2);
	assert_int_equal(rig->unread_len, 0);
	rig_free(rig);
}

static void test_remote_filled(void **state)
{
	static const char *const rows[] = {
		"AA 00 00 00 00 04 FF 07 00 40 00 00 00 00 BB",
		"AA 00 00 00 00 04 FF 07 00 40 11 22 33 44 BB",
		"AA 00 00 00 00 04 FF 07 00 40 BB BB BB BB BB",
		"AA 00 00 00 00 04 FF 07 00 40 BB 22 AA 44 BB",
	};
	struct rig *rig = rig_check_open("serial", "", NULL);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		rig_check_feed(rig, rows[i]);
		rig_check_feed(rig, NEXT);
		rig_check_got(rig, 2 * i, "7FF#R4");
		rig_check_got(rig, 2 * i + 1, "123#77");
	}
	assert_int_equal(rig->bad_units, 0);
	rig_free(rig);
}

static void test_remote_sent(void **state)
{
	struct rig *rig = rig_check_open("serial", "timestamp-unit s", NULL);

	(void)state;
	assert_true(rig_check_send(rig, "7FF#R4") >= 0);
	rig_check_sent(rig, "AA 00 00 00 00 04 FF 07 00 40 00 00 00 00 BB");
	assert_true(rig_check_send(rig, "7FF#R") >= 0);
	rig_check_sent(rig, "AA 00 00 00 00 00 FF 07 00 40 BB");
	rig_free(rig);
	rig = rig_check_open("serial", "rtr empty timestamp-unit s", NULL);
	assert_true(rig_check_send(rig, "7FF#R4") >= 0);
	rig_check_sent(rig, EMPTY);
	rig_free(rig);
}

/* ---- The old generation: identifiers without flags */

static void test_bare_ids(void **state)
{
	struct rig *rig = rig_check_open("serial", "dialect 4.0 timestamp-unit s", NULL);

	(void)state;
	rig_check_both_ways(rig, "12ABCDEF#AA55", "AA 00 00 00 00 02 EF CD AB 12 AA 55 BB");
	rig_check_both_ways(rig, "123#11", "AA 00 00 00 00 01 23 01 00 00 11 BB");
	rig_check_both_ways(rig, "00000800#", "AA 00 00 00 00 00 00 08 00 00 BB");
	/* What is lost: an extended identifier of 11 bits comes back as a base one. */
	assert_true(rig_check_send(rig, "00000123#11") >= 0);
	rig_check_sent(rig, "AA 00 00 00 00 01 23 01 00 00 11 BB");
	assert_int_equal(rig_check_send(rig, "123#R4"), -EOPNOTSUPP);
	assert_int_equal(rig_check_send(rig, "20000004#0000000000000000"), -EOPNOTSUPP);
	/* The new generation is understood all the same. */
	rig_check_feed(rig, "AA 00 00 00 00 01 23 01 00 80 11 BB");
	rig_check_got(rig, rig->n_frames - 1, "00000123#11");
	rig_free(rig);
}

/* ---- Garbage */

static void test_garbage(void **state)
{
	static const char *const rows[] = {
		"00 01 02",				  /* no frame */
		"BB BB",				  /* ends of nothing */
		"AA 00 00 00 00 09 23 01 00 00",	  /* a length of 9 */
		"AA 00 00 00 00 01 23 01 00 00 11 BC",	  /* another end mark */
		"AA 00 00 00 00 01 23 01 00 60 11 BB",	  /* remote and error at once */
		"AA 00 00 00 00 03 23 01 00 00 11 22 BB", /* a byte is missing */
	};
	struct rig *rig;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		rig = rig_check_open("serial", "", NULL);
		rig_check_feed(rig, rows[i]);
		rig_check_feed(rig, NEXT);
		rig_check_feed(rig, NEXT);
		if (rig->n_frames != 2 || rig->bad_units != 1)
			fail_msg("%s: %zu frames, %u bad", rows[i], rig->n_frames,
				 (unsigned int)rig->bad_units);
		rig_free(rig);
	}
}

/*
 * A frame that was cut off anywhere takes at most one other with it: there is no checksum, so that
 * the rest of one and the beginning of the next may look like a frame.
 */
static void test_cut_off(void **state)
{
	uint8_t bytes[SERIAL_FRAME_MAX];
	struct rig *rig = rig_check_open("serial", "", NULL);
	size_t len = rig_check_hex(examples[9].hex, bytes, sizeof(bytes)), cut, before;

	(void)state;
	for (cut = 1; cut < len; cut++) {
		before = rig->n_frames;
		rig_feed(rig, bytes, cut);
		rig_check_feed(rig, NEXT NEXT NEXT);
		rig_check_got(rig, rig->n_frames - 1, "123#77");
		assert_true(rig->n_frames >= before + 2 && rig->n_frames <= before + 4);
	}
	assert_in_range(rig->bad_units, len - 2, 2 * len);
	rig_free(rig);
}

/* ---- Time stamps */

static void feed_stamped(struct rig *rig, uint32_t stamp)
{
	struct anycan_frame frame = {.can_id = 0x123};
	uint8_t bytes[SERIAL_FRAME_MAX];

	rig_feed(rig, bytes, serial_frame_put(&frame, stamp, (struct serial_form){0}, bytes));
}

static void test_stamps(void **state)
{
	static const struct {
		const char *words;
		int64_t tick_ns;
	} rows[] = {
		{"", ANYCAN_NS_PER_MS},
		{"timestamp-unit ms", ANYCAN_NS_PER_MS},
		{"timestamp-unit us", ANYCAN_NS_PER_US},
		{"timestamp_unit s", ANYCAN_NS_PER_S},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		struct rig *rig = rig_check_open("serial", rows[i].words, NULL);

		/* The host is late with the second one, which does not show. */
		feed_stamped(rig, UINT32_MAX - 1);
		rig_pass(rig, 3 * rows[i].tick_ns + rows[i].tick_ns / 2);
		feed_stamped(rig, 1);
		assert_int_equal(rig->n_frames, 2);
		assert_int_equal(rig->frames[1].ts_ns - rig->frames[0].ts_ns, 3 * rows[i].tick_ns);
		rig_free(rig);
	}
}

/* Without a clock on the other side the host's counts. */
static void test_no_stamps(void **state)
{
	struct rig *rig = rig_check_open("serial", "", NULL);

	(void)state;
	feed_stamped(rig, 0);
	assert_int_equal(rig->frames[0].ts_ns, rig->wall_ns);
	rig_check_ms(rig, 5000);
	feed_stamped(rig, 0);
	assert_int_equal(rig->frames[1].ts_ns, rig->wall_ns);
	rig_free(rig);
	rig = rig_check_open("serial", "timestamp-unit none", NULL);
	feed_stamped(rig, 1000);
	rig_check_ms(rig, 5000);
	feed_stamped(rig, 1000);
	assert_int_equal(rig->frames[1].ts_ns, rig->wall_ns);
	rig_free(rig);
}

static void test_sent_stamps(void **state)
{
	struct rig *rig = rig_check_new("serial", "timestamp-unit us", NULL);

	(void)state;
	rig_attach(rig);
	rig_start(rig);
	rig_check_ms(rig, 2);
	assert_true(rig_check_send(rig, "123#") >= 0);
	rig_check_sent(rig, "AA D0 07 00 00 00 23 01 00 00 BB");
	rig_free(rig);
}

/* ---- What it can */

static void test_describe(void **state)
{
	struct rig *rig = rig_check_open("serial", "", NULL);
	struct bridged_description desc;

	(void)state;
	rig_check_sent(rig, ""); /* nothing is sent at the opening */
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.model, "CAN over serial");
	assert_true(desc.timestamps);
	assert_true(desc.no_bitrate);
	assert_int_equal(desc.ctrlmodes, 0);
	assert_int_equal(desc.confirm, BRIDGED_CONFIRM_NONE);
	assert_int_equal(desc.channels, 1);
	rig_stop(rig);
	rig_check_sent(rig, "");
	assert_int_equal(rig_check_send(rig, "123#"), -EAGAIN);
	rig_start(rig);
	assert_int_equal(rig_check_send(rig, "123##011"), -EOPNOTSUPP);
	rig_free(rig);
}

/* With a bit rate the bus is never overtaken. */
static void test_pace(void **state)
{
	struct rig *rig = rig_check_open("serial", "bitrate 20000", NULL);
	struct anycan_frame frame = {.can_id = 0x123, .len = 8};
	int64_t start = rig->now.ns, ns;
	unsigned int sent = 0;

	(void)state;
	ns = (int64_t)anycan_wire_time_ns(anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT), 20000, 0);
	while (rig->now.ns < start + 10 * ANYCAN_NS_PER_S) {
		while (rig_encode(rig, &frame) >= 0)
			sent++;
		rig_check_ms(rig, 1);
	}
	assert_in_range(sent, 98 * (10 * ANYCAN_NS_PER_S / ns) / 100,
			10 * ANYCAN_NS_PER_S / ns + 3);
	rig_free(rig);
}

static void test_refusals(void **state)
{
	static const struct rig_refusal rows[] = {
		{"bitrate 2000000",
		 "bitrate 2000000: the serial protocol can do at most 1000000; choose a lower one"},
		{"listen-only on", "listen-only on: the serial protocol cannot do that; leave it "
				   "out or use an adapter that can"},
		{"loopback on", "loopback on: the serial protocol cannot do that; leave it out, "
				"netdevs loop back without it"},
		{"one-shot on", "one-shot on: the serial protocol cannot do that; leave it out"},
		{"fd on", "fd on: the serial protocol cannot do that; leave out fd and dbitrate, "
			  "it has classic CAN only"},
		{"restart-ms 10", "restart-ms: the serial protocol does not say when it is off the "
				  "bus; leave it out"},
		{NULL, NULL},
	};

	(void)state;
	rig_check_refusals("serial", rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),     cmocka_unit_test(test_error_frames),
		cmocka_unit_test(test_remote_empty), cmocka_unit_test(test_remote_filled),
		cmocka_unit_test(test_remote_sent),  cmocka_unit_test(test_bare_ids),
		cmocka_unit_test(test_garbage),	     cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_stamps),	     cmocka_unit_test(test_no_stamps),
		cmocka_unit_test(test_sent_stamps),  cmocka_unit_test(test_describe),
		cmocka_unit_test(test_pace),	     cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
