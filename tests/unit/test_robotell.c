// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/robotell*.c: bytes that python-can was seen to send and that an adapter was
 * seen to send, the questions of the opening, what is written and what is not, refusals.
 */
#include "rig_check.h"
#include "robotell_peer.h"
#include <anycan/wire.h>
#include <drivers/robotell_codec.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define RESET "AA AA C0 FE FF 01 00 00 00 00 00 00 00 00 08 FF 01 00 C6 55 55"
#define READ_NUMBER_1 "AA AA F0 FF FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 F8 55 55"
#define READ_NUMBER_2 "AA AA F1 FF FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 F9 55 55"
#define READ_VERSION "AA AA E0 FF FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 E8 55 55"
#define READ_BITRATE "AA AA D0 FE FF 01 00 00 00 00 00 00 00 00 04 FF 01 01 D3 55 55"
#define WRITE_500K "AA AA D0 FE FF 01 20 A1 07 00 00 00 00 00 04 FF 01 00 9A 55 55"
#define WRITE_1M "AA AA D0 FE FF 01 40 42 0F 00 00 00 00 00 04 FF 01 00 63 55 55"

/* ---- Frames */

static const struct {
	const char *frame, *hex;
} examples[] = {
	{"123#112233", "AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 8D 55 55"},
	{"12ABCDEF#AA55", "AA AA EF CD AB 12 A5 AA A5 55 00 00 00 00 00 00 02 00 01 00 7B 55 55"},
	{"7FF#R4", "AA AA FF 07 00 00 00 00 00 00 00 00 00 00 04 00 00 01 0B 55 55"},
	{"000#54", "AA AA 00 00 00 00 54 00 00 00 00 00 00 00 01 00 00 00 A5 55 55 55"},
	{"000#A5AA55A5AA55A5AA",
	 "AA AA 00 00 00 00 A5 A5 A5 AA A5 55 A5 A5 A5 AA A5 55 A5 A5 A5 AA 08 00 00 00 9F 55 55"},
	/* what an adapter sent */
	{"102#A555", "AA AA 02 01 00 00 A5 A5 A5 55 00 00 00 00 00 00 02 00 00 00 FF 55 55"},
};

static void test_examples(void **state)
{
	struct rig *rig = rig_check_open("robotell", "", NULL);
	const uint8_t *bytes;

	(void)state;
	rig_take(rig, &bytes);
	for (size_t i = 0; i < TEST_COUNT(examples); i++)
		rig_check_both_ways(rig, examples[i].frame, examples[i].hex);
	assert_null(rig->fault);
	rig_free(rig);
}

/* The same by the codec, and the packets about the adapter, which the driver keeps to itself. */
static const struct {
	struct robotell_packet packet;
	const char *hex;
} packets[] = {
	{{.id = ROBOTELL_RESET, .len = 8, .channel = 0xff, .format = 1}, RESET},
	{{ROBOTELL_BITRATE, {0x20, 0xa1, 7}, 4, 0xff, 1, 0}, WRITE_500K},
	{{ROBOTELL_BITRATE, {0x40, 0x42, 0x0f}, 4, 0xff, 1, 0}, WRITE_1M},
	{{ROBOTELL_NUMBER_1, {0}, 8, 0xff, 1, 1}, READ_NUMBER_1},
	{{ROBOTELL_NUMBER_2, {0}, 8, 0xff, 1, 1}, READ_NUMBER_2},
	{{ROBOTELL_SERIAL_RATE, {0, 0xc2, 1}, 4, 0xff, 1, 0},
	 "AA AA 90 FE FF 01 00 C2 01 00 00 00 00 00 04 FF 01 00 A5 55 55 55"},
	{{ROBOTELL_FILTER, {0x23, 1, 0, 0x80, 0xff, 7}, 8, 0xff, 1, 0},
	 "AA AA E0 FE FF 01 23 01 00 80 FF 07 00 00 08 FF 01 00 90 55 55"},
	{{ROBOTELL_AUTO_RETRANSMIT, {1}, 1, 0xff, 1, 0},
	 "AA AA A0 FE FF 01 01 00 00 00 00 00 00 00 01 FF 01 00 A0 55 55"},
	{{ROBOTELL_BITRATE, {0x20, 0xa1, 7, 0, 1, 2}, 4, 0xff, 1, 1},
	 "AA AA D0 FE FF 01 20 A1 07 00 01 02 00 00 04 FF 01 01 9E 55 55"},
};

static void test_packets(void **state)
{
	uint8_t wanted[ROBOTELL_PACKET_MAX], made[ROBOTELL_PACKET_MAX];
	struct robotell_packet got;
	size_t len, used;

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(packets); i++) {
		len = rig_check_hex(packets[i].hex, wanted, sizeof(wanted));
		assert_int_equal(robotell_packet_put(&packets[i].packet, made), len);
		assert_memory_equal(made, wanted, len);
		assert_int_equal(robotell_packet_get(wanted, len, &got, &used), ROBOTELL_PACKET);
		assert_int_equal(used, len);
		assert_memory_equal(&got, &packets[i].packet, sizeof(got));
		/* Cut off anywhere, it is neither a packet nor wrong. */
		while (len--)
			assert_int_equal(robotell_packet_get(wanted, len, &got, &used),
					 ROBOTELL_MORE);
	}
}

static bool ends_in_escape(const uint8_t *bytes, size_t len)
{
	bool escape = false;

	for (size_t i = 2; i < len; i++)
		escape = !escape && bytes[i] == 0xa5;
	return escape;
}

/* Whatever follows a packet that was cut off is read, but where the cut is behind an escape. */
static void test_cut_off(void **state)
{
	uint8_t bytes[ROBOTELL_PACKET_MAX];
	struct rig *rig = rig_check_open("robotell", "", NULL);
	size_t len = rig_check_hex(examples[4].hex, bytes, sizeof(bytes)), cut, before;

	(void)state;
	for (cut = 3; cut < len; cut++) {
		before = rig->n_frames;
		rig_feed(rig, bytes, cut);
		rig_check_feed(rig, examples[0].hex);
		rig_check_feed(rig, examples[1].hex);
		if (!ends_in_escape(bytes, cut))
			rig_check_got(rig, before, examples[0].frame);
		rig_check_got(rig, rig->n_frames - 1, examples[1].frame);
		assert_true(rig->n_frames <= before + 2);
	}
	assert_int_equal(rig->bad_units, len - 3);
	rig_free(rig);
}

static void test_garbage(void **state)
{
	static const struct {
		const char *hex;
		unsigned int bad, frames;
	} rows[] = {
		{"00 01 02", 1, 0},
		{"AA", 0, 1},	 /* one head too many */
		{"AA AA", 0, 1}, /* two of them */
		{"55 55 A5", 1, 0},
		/* checksum, length of 9, type 2, a base identifier of 12 bits */
		{"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 8C 55 55", 1, 0},
		{"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 09 00 00 00 93 55 55", 1, 0},
		{"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 02 8F 55 55", 1, 0},
		{"AA AA 00 08 00 00 11 22 33 00 00 00 00 00 03 00 00 00 71 55 55", 1, 0},
		/* 16 and 18 bytes */
		{"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 8D 55 55", 1, 0},
		{"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 00 8D 55 55", 1, 0},
		/* channel 1 is another name of the bus */
		{"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 01 00 00 8E 55 55", 0, 1},
	};
	/* An escape behind the last byte of the contents, and nothing more. */
	static const char too_long[] =
		"AA AA 23 01 00 00 11 22 33 00 00 00 00 00 03 00 00 00 8D A5 55";
	struct rig *rig;

	(void)state;
	rig = rig_check_open("robotell", "", NULL);
	rig_check_feed(rig, too_long);
	rig_check_feed(rig, examples[0].hex);
	rig_check_got(rig, 0, "123#112233");
	assert_int_equal(rig->bad_units, 1);
	rig_free(rig);
	for (size_t i = 0; i < TEST_COUNT(rows); i++) {
		rig = rig_check_open("robotell", "", NULL);
		rig_check_feed(rig, rows[i].hex);
		rig_check_feed(rig, examples[0].hex);
		if (rig->n_frames != rows[i].frames + 1 && strlen(rows[i].hex) > 5)
			fail_msg("%s: %zu frames", rows[i].hex, rig->n_frames);
		rig_check_got(rig, rig->n_frames - 1, "123#112233");
		if (strlen(rows[i].hex) > 5 && rig->bad_units != rows[i].bad)
			fail_msg("%s: %u bad units", rows[i].hex, (unsigned int)rig->bad_units);
		assert_true(rig->bad_units <= 1);
		rig_free(rig);
	}
}

/* ---- Opening */

/* The adapter's side of a conversation, answer by answer. */
static void answer(struct rig *rig)
{
	uint8_t reply[2048];
	const uint8_t *sent;
	size_t len = rig_take(rig, &sent);

	rig_feed(rig, reply, robotell_peer(sent, len, reply, sizeof(reply)));
	if (rig->fault)
		fail_msg("%s", rig->fault);
}

static struct rig *identified(const char *words)
{
	struct rig *rig = rig_check_new("robotell", words, robotell_peer);

	rig_attach(rig);
	while (!rig->ready)
		answer(rig);
	return rig;
}

static void test_probe(void **state)
{
	struct rig *rig = rig_check_new("robotell", "", NULL);
	struct bridged_description desc;
	static const char *const questions[] = {RESET, READ_NUMBER_1, READ_NUMBER_2, READ_VERSION,
						READ_BITRATE};

	(void)state;
	rig_attach(rig);
	for (size_t i = 0; i < TEST_COUNT(questions); i++) {
		const char *question = questions[i];
		size_t len = rig->sent_len;
		uint8_t reply[128], sent[64];

		memcpy(sent, rig->sent, len);
		rig_check_sent(rig, question);
		rig_feed(rig, reply, robotell_peer(sent, len, reply, sizeof(reply)));
	}
	assert_int_equal(rig->ready, 1);
	assert_int_equal(rig->notes, 0);
	rig->driver->describe(rig->state, &desc);
	assert_string_equal(desc.model, "Robotell USB-CAN");
	assert_string_equal(desc.serial, "57FF-7306-6775-5455-1130-1767");
	assert_string_equal(desc.sw_version, "1");
	assert_int_equal(desc.channels, 1);
	assert_int_equal(desc.bitrate, 500000);
	assert_int_equal(desc.ctrlmodes, 0);
	assert_false(desc.timestamps);
	assert_int_equal(desc.confirm, BRIDGED_CONFIRM_NONE);
	rig_free(rig);
}

static void test_mute(void **state)
{
	struct rig *rig = rig_check_new("robotell", "bitrate 500000", NULL);

	(void)state;
	rig_attach(rig);
	rig_check_ms(rig, 499);
	rig_check_sent(rig, RESET);
	rig_check_ms(rig, 1);
	rig_check_sent(rig, READ_NUMBER_1);
	rig_check_ms(rig, 500);
	rig_check_sent(rig, READ_NUMBER_1);
	rig_check_ms(rig, 500);
	rig_check_sent(rig, "");
	assert_int_equal(rig->ready, 1);
	assert_int_equal(rig->notes, 1);
	rig_start(rig);
	rig_check_sent(rig, WRITE_500K);
	assert_int_equal(rig->opened, 1);
	rig_stop(rig);
	rig_check_sent(rig, "");
	rig_free(rig);
}

/* What is stored already is not written again. */
static void test_same_bitrate(void **state)
{
	struct rig *rig = identified("bitrate 500000");

	(void)state;
	rig_start(rig);
	assert_int_equal(rig->opened, 0);
	rig_check_sent(rig, READ_BITRATE);
	rig_check_feed(rig, "AA AA D0 FE FF 01 20 A1 07 00 00 00 00 00 04 FF 01 01 9B 55 55");
	rig_check_sent(rig, "");
	assert_int_equal(rig->opened, 1);
	rig_free(rig);
}

static void test_other_bitrate(void **state)
{
	struct rig *rig = identified("bitrate 1000000");

	(void)state;
	rig_start(rig);
	rig_check_sent(rig, READ_BITRATE);
	rig_check_feed(rig, "AA AA D0 FE FF 01 20 A1 07 00 00 00 00 00 04 FF 01 01 9B 55 55");
	rig_check_sent(rig, WRITE_1M);
	assert_int_equal(rig->opened, 0);
	rig_check_feed(rig, WRITE_1M);
	assert_int_equal(rig->opened, 1);
	rig_check_sent(rig, "");
	rig_free(rig);
}

static void test_bitrate_not_taken(void **state)
{
	struct rig *rig = identified("bitrate 1000000");

	(void)state;
	rig_start(rig);
	answer(rig);
	rig_check_sent(rig, WRITE_1M);
	rig_check_feed(rig, WRITE_500K);
	assert_int_equal(rig->refused, 1);
	assert_string_equal(rig->reason, "bitrate: the adapter keeps another value than the one "
					 "that it was given; unplug it and plug it in again");
	rig_start(rig);
	answer(rig);
	rig_check_sent(rig, WRITE_1M);
	rig_check_ms(rig, 500);
	assert_int_equal(rig->refused, 2);
	assert_string_equal(rig->reason, "bitrate: the adapter did not confirm the new value; "
					 "unplug it and plug it in again");
	assert_int_equal(rig->opened, 0);
	rig_free(rig);
}

static void test_settings(void **state)
{
	struct rig *rig = identified("auto-retransmit on auto-bus-management off "
				     "filter 1=123:7FF,3=18FF0000:1FFF0000,2=off");

	(void)state;
	rig_start(rig);
	rig_check_sent(rig, "AA AA A0 FE FF 01 00 00 00 00 00 00 00 00 01 FF 01 01 A0 55 55");
	rig_check_feed(rig, "AA AA A0 FE FF 01 00 00 00 00 C5 24 00 08 08 FF 01 01 98 55 55");
	rig_check_sent(rig, "AA AA A0 FE FF 01 01 00 00 00 00 00 00 00 01 FF 01 00 A0 55 55");
	rig_check_feed(rig, "AA AA A0 FE FF 01 01 00 00 00 00 00 00 00 01 FF 01 00 A0 55 55");
	/* off, as it is stored */
	rig_check_sent(rig, "AA AA B0 FE FF 01 00 00 00 00 00 00 00 00 01 FF 01 01 B0 55 55");
	rig_check_feed(rig, "AA AA B0 FE FF 01 00 00 00 00 C5 24 00 08 08 FF 01 01 A8 55 55");
	rig_check_sent(rig, "AA AA E0 FE FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 E7 55 55");
	rig_check_feed(rig, "AA AA E0 FE FF 01 00 00 00 80 00 00 00 00 08 FF 01 01 67 55 55");
	rig_check_sent(rig, "AA AA E0 FE FF 01 23 01 00 80 FF 07 00 00 08 FF 01 00 90 55 55");
	rig_check_feed(rig, "AA AA E0 FE FF 01 23 01 00 80 FF 07 00 00 08 FF 01 00 90 55 55");
	rig_check_sent(rig, "AA AA E2 FE FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 E9 55 55");
	rig_check_feed(rig, "AA AA E2 FE FF 01 FF FF FF 5F FF FF FF 1F 08 FF 01 01 61 55 55");
	rig_check_sent(rig, "AA AA E2 FE FF 01 00 00 FF D8 00 00 FF 1F 08 FF 01 00 DD 55 55");
	rig_check_feed(rig, "AA AA E2 FE FF 01 00 00 FF D8 00 00 FF 1F 08 FF 01 00 DD 55 55");
	rig_check_sent(rig, "AA AA E1 FE FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 E8 55 55");
	/* off, as it is stored */
	rig_check_feed(rig, "AA AA E1 FE FF 01 FF FF FF 5F FF FF FF 1F 08 FF 01 01 60 55 55");
	rig_check_sent(rig, "");
	assert_int_equal(rig->opened, 1);
	rig_free(rig);
}

/* ---- Changes while it runs */

static void check_set(struct rig *rig, const char *key, const char *value, const char *const *lines)
{
	unsigned int done = rig->set_done;
	size_t i;

	rig_set(rig, key, value);
	for (i = 0; lines[i]; i += 2) {
		assert_int_equal(rig->set_done, done);
		rig_check_sent(rig, lines[i]);
		rig_check_feed(rig, lines[i + 1]);
	}
	rig_check_sent(rig, "");
	assert_int_equal(rig->set_done, done + 1);
	assert_int_equal(rig->set_refused, 0);
}

#define READ_RETRANSMIT "AA AA A0 FE FF 01 00 00 00 00 00 00 00 00 01 FF 01 01 A0 55 55"
#define WRITE_RETRANSMIT "AA AA A0 FE FF 01 01 00 00 00 00 00 00 00 01 FF 01 00 A0 55 55"
#define READ_FILTER_14 "AA AA ED FE FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 F4 55 55"
#define FILTER_14 "AA AA ED FE FF 01 23 01 00 80 FF 07 00 00 08 FF 01 00 9D 55 55"
#define READ_FILTER_1 "AA AA E0 FE FF 01 00 00 00 00 00 00 00 00 08 FF 01 01 E7 55 55"
#define FILTER_1_OFF "AA AA E0 FE FF 01 FF FF FF 5F FF FF FF 1F 08 FF 01 00 5E 55 55"
#define READ_RATE "AA AA 90 FE FF 01 00 00 00 00 00 00 00 00 04 FF 01 01 93 55 55"
#define WRITE_115200 "AA AA 90 FE FF 01 00 C2 01 00 00 00 00 00 04 FF 01 00 A5 55 55 55"

static void test_set(void **state)
{
	static const char *const retransmit[] = {READ_RETRANSMIT, READ_RETRANSMIT, WRITE_RETRANSMIT,
						 WRITE_RETRANSMIT, NULL};
	static const char *const same[] = {READ_RETRANSMIT, WRITE_RETRANSMIT, NULL};
	static const char *const filters[] = {READ_FILTER_14, READ_FILTER_14, FILTER_14, FILTER_14,
					      READ_FILTER_1,  FILTER_1_OFF,   NULL};
	static const char *const rate[] = {READ_RATE, READ_RATE, WRITE_115200, WRITE_115200, NULL};
	struct rig *rig = identified("");

	(void)state;
	check_set(rig, "auto-retransmit", "on", retransmit);
	check_set(rig, "auto_retransmit", "on", same);
	rig_start(rig);
	assert_int_equal(rig->opened, 1);
	check_set(rig, "filter", "14=123:7FF,1=off", filters);
	check_set(rig, "serial-rate", "115200", rate);
	rig_free(rig);
}

static void test_set_serial_rate_unanswered(void **state)
{
	struct rig *rig = identified("");

	(void)state;
	rig_set(rig, "serial-rate", "115200");
	rig_check_sent(rig, READ_RATE);
	rig_check_feed(rig, READ_RATE);
	rig_check_sent(rig, WRITE_115200);
	rig_check_ms(rig, 500);
	assert_int_equal(rig->set_done, 1);
	rig_free(rig);
}

/* It forgets the bit rate, which is then set again. */
static void test_factory_reset(void **state)
{
	static const char *const lines[] = {
		"AA AA FF FE FF 01 00 00 00 00 00 00 00 00 04 FF 01 00 01 55 55",
		"AA AA FF FE FF 01 00 00 00 00 00 00 00 00 04 FF 01 00 01 55 55",
		READ_BITRATE,
		WRITE_500K,
		WRITE_1M,
		WRITE_1M,
		NULL};
	struct rig *rig = rig_check_open("robotell", "bitrate 1000000", robotell_peer);

	(void)state;
	check_set(rig, "factory-reset", "yes", lines);
	rig_free(rig);
}

static void test_set_refused(void **state)
{
	struct rig *rig = identified("bitrate 500000");

	(void)state;
	rig_set(rig, "filter", "15=123:7FF");
	assert_int_equal(rig->set_refused, 1);
	rig_check_sent(rig, "");
	rig_set(rig, "auto-retransmit", "on");
	rig_check_sent(rig, READ_RETRANSMIT);
	rig_check_feed(rig, READ_RETRANSMIT);
	rig_check_sent(rig, WRITE_RETRANSMIT);
	/* An opening meanwhile comes behind it. */
	rig_start(rig);
	rig_set(rig, "auto-retransmit", "off");
	assert_int_equal(rig->set_refused, 2);
	assert_string_equal(rig->reason, "the adapter is busy with settings; try again");
	rig_check_feed(rig, WRITE_RETRANSMIT);
	assert_int_equal(rig->set_done, 0);
	rig_check_sent(rig, READ_BITRATE);
	rig_check_feed(rig, WRITE_500K);
	assert_int_equal(rig->opened, 1);
	rig_set(rig, "auto-retransmit", "on");
	rig_check_feed(rig, READ_RETRANSMIT);
	rig_check_feed(rig, READ_RETRANSMIT);
	assert_int_equal(rig->set_refused, 3);
	assert_string_equal(rig->reason,
			    "auto-retransmit: the adapter keeps another value than "
			    "the one that it was given; unplug it and plug it in again");
	rig_free(rig);
}

/* Up and down, again and again, while nothing is answered: the last opening counts. */
static void test_restless(void **state)
{
	struct rig *rig = identified("bitrate 500000 auto-retransmit on filter 1=123:7FF");

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		rig_start(rig);
		rig_stop(rig);
	}
	rig_start(rig);
	while (!rig->opened && !rig->fault)
		answer(rig);
	assert_null(rig->fault);
	assert_int_equal(rig->opened, 1);
	rig_free(rig);
}

/* ---- Sending */

/* The bus is never overtaken: frames go out as fast as it carries them. */
static void test_pace(void **state)
{
	struct rig *rig = rig_check_open("robotell", "bitrate 10000", NULL);
	struct anycan_frame frame = {.can_id = 0x123, .len = 8};
	int64_t start = rig->now.ns, ns;
	unsigned int sent = 0;

	(void)state;
	ns = (int64_t)anycan_wire_time_ns(anycan_frame_bits(&frame, ANYCAN_STUFF_EXACT), 10000, 0);
	while (rig->now.ns < start + 10 * ANYCAN_NS_PER_S) {
		while (rig_encode(rig, &frame) >= 0)
			sent++;
		rig_check_ms(rig, 1);
	}
	assert_in_range(sent, 98 * (10 * ANYCAN_NS_PER_S / ns) / 100,
			10 * ANYCAN_NS_PER_S / ns + 3);
	rig_free(rig);
}

static void test_cannot_send(void **state)
{
	static const char *const frames[] = {"123##011", "123##111", "20000001#0000000000000000",
					     "123#1122334455667788_9"};
	struct rig *rig = rig_check_open("robotell", "", NULL);

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(frames); i++)
		assert_int_equal(rig_check_send(rig, frames[i]), -EOPNOTSUPP);
	rig_stop(rig);
	assert_int_equal(rig_check_send(rig, "123#"), -EAGAIN);
	rig_free(rig);
}

static const struct rig_refusal refusals[] = {
	{"bitrate 1000001",
	 "bitrate 1000001: a robotell adapter can do at most 1000000; choose a lower one"},
	{"listen-only on", "listen-only on: a robotell adapter cannot do that; leave it out or use "
			   "an adapter that can"},
	{"loopback on", "loopback on: a robotell adapter cannot do that; leave it out, netdevs "
			"loop back without it"},
	{"one-shot on", "one-shot on: a robotell adapter cannot do that; leave it out; "
			"`auto-retransmit off` is what it has, and it stores that"},
	{"triple-sampling on",
	 "triple-sampling on: a robotell adapter cannot do that; leave it out"},
	{"berr-reporting on", "berr-reporting on: a robotell adapter cannot do that; leave it out"},
	{"presume-ack on", "presume-ack on: a robotell adapter cannot do that; leave it out"},
	{"cc-len8-dlc on", "cc-len8-dlc on: a robotell adapter cannot do that; leave it out"},
	{"fd on dbitrate 2000000", "fd on: a robotell adapter cannot do that; leave out fd and "
				   "dbitrate, it has classic CAN only"},
	{"fd-non-iso on", "fd-non-iso on: a robotell adapter cannot do that; leave it out, it has "
			  "classic CAN only"},
	{"dbitrate 2000000",
	 "dbitrate: a robotell adapter has classic CAN only; leave out fd and dbitrate"},
	{"bitrate 500000 sample-point 0.75",
	 "sample-point: a robotell adapter has a sample point of its own; leave it out"},
	{"bitrate 500000 sjw 2",
	 "sjw: a robotell adapter has a sample point of its own; leave it out"},
	{"tq 125 prop-seg 6 phase-seg1 7 phase-seg2 2",
	 "tq: a robotell adapter cannot be told segments; give a bit rate instead"},
	{"termination 120",
	 "termination: a robotell adapter cannot switch a resistor; leave it out"},
	{"restart-ms 100", "restart-ms: a robotell adapter does not say when it is off the bus; "
			   "leave it out; `auto-bus-management on` lets it come back by itself"},
	{NULL, NULL},
};

static void test_refusals(void **state)
{
	static const char *const filters[] = {
		"",	      "123:7FF",	 "0=123:7FF", "15=123:7FF", "1=800:7FF",
		"1=123:7FF,", "1=123:7FF;2=off", "1=offf",    "1",	    "1=1234:7FF"};
	struct rig_refusal rows[2] = {{NULL, NULL}, {NULL, NULL}};
	char words[64];

	(void)state;
	rig_check_refusals("robotell", refusals);
	for (size_t i = 0; i < TEST_COUNT(filters); i++) {
		snprintf(words, sizeof(words), "filter %s", filters[i]);
		rows[0].words = words;
		rows[0].reason = "filter must be a list of N=ID:MASK or N=off with N from 1 to 14, "
				 "and ID and MASK in hex, 3 or 8 digits, as in "
				 "1=123:7FF,2=18FF0000:1FFF0000,3=off";
		rig_check_refusals("robotell", rows);
	}
}

/* The kernel's choice of a sample point is none of the user's. */
static void test_usual_sample_point(void **state)
{
	static const char *const words[] = {"bitrate 500000 sample-point 0.875",
					    "bitrate 1000000 sample-point 0.75",
					    "bitrate 800000 sample-point 0.8"};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(words); i++)
		rig_free(rig_check_open("robotell", words[i], robotell_peer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_packets),
		cmocka_unit_test(test_cut_off),
		cmocka_unit_test(test_garbage),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_mute),
		cmocka_unit_test(test_same_bitrate),
		cmocka_unit_test(test_other_bitrate),
		cmocka_unit_test(test_bitrate_not_taken),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_set_serial_rate_unanswered),
		cmocka_unit_test(test_factory_reset),
		cmocka_unit_test(test_set_refused),
		cmocka_unit_test(test_restless),
		cmocka_unit_test(test_pace),
		cmocka_unit_test(test_cannot_send),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_usual_sample_point),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
