// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/slcan_codec.c and the driver around it, against tests/data/slcan: what adapters
 * were seen to send and what they must be sent.
 */
#include "random.h"
#include "slcan_test.h"
#include <anycan/text.h>
#include <drivers/slcan_codec.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void wants_frame(const struct slcan_data *data, struct rig *rig, size_t *index,
			const char *wanted)
{
	char text[ANYCAN_TEXT_SIZE] = "no frame";

	if (*index < rig->n_frames)
		anycan_frame_print(&rig->frames[*index], text, sizeof(text));
	if (strcmp(text, wanted))
		fail_msg("received.txt line %u: %s instead of %s", data->number, text, wanted);
	(*index)++;
}

static void wants_stamp(const struct slcan_data *data, const char *line, size_t len,
			uint32_t wanted)
{
	struct anycan_frame frame;
	uint32_t stamp = SLCAN_NO_STAMP;

	if (!slcan_frame_parse((const uint8_t *)line, len - 1, true, &frame, &stamp) ||
	    stamp != wanted)
		fail_msg("received.txt line %u: time stamp %u instead of %u", data->number, stamp,
			 wanted);
}

static void check_received(struct slcan_data *data)
{
	struct rig *rig = slcan_open("bitrate 500000", NULL);
	size_t len = slcan_unescape(data->words[0]), index = 0;
	uint64_t bad = 0;
	unsigned int i;

	rig_feed(rig, (const uint8_t *)data->words[0], len);
	for (i = 1; i < data->n; i++) {
		const char *word = data->words[i];

		if (!strcmp(word, "bad"))
			bad++;
		else if (word[0] == '@')
			wants_stamp(data, data->words[0], len, (uint32_t)atoi(word + 1));
		else if (strcmp(word, "-"))
			wants_frame(data, rig, &index, word);
	}
	if (rig->bad_units != bad || rig->n_frames != index || rig->fault || rig->unread_len)
		fail_msg("received.txt line %u: %u bad units, %zu frames, %zu unread, %s",
			 data->number, (unsigned int)rig->bad_units, rig->n_frames, rig->unread_len,
			 rig->fault ? rig->fault : "");
	rig_free(rig);
}

static void test_received(void **state)
{
	struct slcan_data data;
	unsigned int lines = 0;

	(void)state;
	assert_true(slcan_data_open(&data, "received.txt"));
	for (; slcan_data_next(&data); lines++)
		check_received(&data);
	assert_true(lines > 90);
}

/* The same lines by the contract: split anywhere, and sent again. */
static void test_received_keeps_contract(void **state)
{
	struct contract_setup setup = {.driver = "slcan", .words = "bitrate 1000000"};
	struct slcan_data data;
	const char *fault;
	size_t len;

	(void)state;
	assert_true(slcan_data_open(&data, "received.txt"));
	while (slcan_data_next(&data)) {
		len = slcan_unescape(data.words[0]);
		fault = contract_check(&setup, (const uint8_t *)data.words[0], len, data.number);
		if (fault)
			fail_msg("received.txt line %u: %s", data.number, fault);
	}
}

static struct rig *open_for(const char *adapter)
{
	char words[128];

	snprintf(words, sizeof(words), "dialect %s bitrate 500000 %s", adapter,
		 strcmp(adapter, "canable2") ? "" : "fd on dbitrate 2000000");
	return slcan_open(words, strcmp(adapter, "candapter") ? NULL : slcan_peer_candapter);
}

static void test_sent(void **state)
{
	struct slcan_data data;
	unsigned int lines = 0;
	struct rig *rig;
	int ret;

	(void)state;
	assert_true(slcan_data_open(&data, "sent.txt"));
	for (; slcan_data_next(&data); lines++) {
		assert_int_equal(data.n, 3);
		rig = open_for(data.words[0]);
		ret = slcan_send(rig, data.words[1]);
		if (!strcmp(data.words[2], "no")) {
			assert_int_equal(ret, -EOPNOTSUPP);
			data.words[2][0] = '\0';
		} else {
			assert_true(ret >= 0);
			data.words[2][slcan_unescape(data.words[2])] = '\0';
		}
		slcan_sent(rig, data.words[2]);
		rig_free(rig);
	}
	assert_true(lines > 15);
}

/* Every frame that exists, but for what slcan cannot say. */
static void test_round_trip(void **state)
{
	struct test_random random = {11};
	struct anycan_frame frame, back;
	char line[SLCAN_FRAME_ROOM];
	unsigned int i;
	uint32_t stamp;
	char *end;

	(void)state;
	for (i = 0; i < 200000; i++) {
		frame = test_random_frame(&random);
		if (frame.can_id & CAN_ERR_FLAG)
			continue;
		frame.flags &= (uint8_t)~CANFD_ESI;
		end = slcan_frame_print(line, &frame, 'T');
		assert_true(end - line <= SLCAN_FRAME_ROOM - 4);
		*end = '\r';
		assert_int_equal(slcan_frame_end((uint8_t *)line, (size_t)(end - line) + 1),
				 end - line);
		assert_true(slcan_frame_parse((uint8_t *)line, (size_t)(end - line), true, &back,
					      &stamp));
		assert_int_equal(stamp, SLCAN_NO_STAMP);
		assert_true(anycan_frame_equal(&frame, &back, 0, true));
		assert_int_equal(frame.len8_dlc, back.len8_dlc);
	}
}

/* A frame with any byte of it changed or missing is that other frame or none, never more. */
static void test_every_byte_counts(void **state)
{
	static const char line[] = "T12ABCDEF2AA55";
	struct anycan_frame frame;
	char changed[sizeof(line)];
	unsigned int at, c;
	uint32_t stamp;

	(void)state;
	for (at = 0; at < sizeof(line) - 1; at++) {
		assert_false(slcan_frame_parse((const uint8_t *)line, at ? at : 1, false, &frame,
					       &stamp));
		for (c = 0; c < 256; c++) {
			memcpy(changed, line, sizeof(line));
			changed[at] = (char)c;
			if (slcan_frame_parse((uint8_t *)changed, sizeof(line) - 1, false, &frame,
					      &stamp))
				assert_int_equal(anycan_frame_check(&frame, NULL), 0);
		}
	}
}

/* Lines that end nowhere are one bad unit each, however they come. */
static void test_endless_line(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", NULL);
	unsigned int i;

	(void)state;
	for (i = 0; i < 5000; i++)
		slcan_feed(rig, "t123");
	assert_int_equal(rig->bad_units, 1);
	slcan_feed(rig, "\rt1230\r");
	assert_int_equal(rig->bad_units, 1);
	assert_int_equal(rig->n_frames, 1);
	/* The longest line that is one, and one more. */
	for (i = 0; i < 255; i++)
		slcan_feed(rig, "y");
	assert_int_equal(rig->bad_units, 1);
	slcan_feed(rig, "\r");
	assert_int_equal(rig->bad_units, 2);
	for (i = 0; i < 256; i++)
		slcan_feed(rig, "y");
	assert_int_equal(rig->bad_units, 3);
	slcan_feed(rig, "t1230\r");
	assert_int_equal(rig->bad_units, 3);
	assert_int_equal(rig->n_frames, 1);
	rig_free(rig);
}

/* Nothing that is not a frame for a bus gets past encode(). */
static void test_impossible_frames(void **state)
{
	struct rig *rig = open_for("canable2");
	struct anycan_frame frame = {.can_id = 1, .len = 9};

	(void)state;
	assert_int_equal(rig_encode(rig, &frame), -EOPNOTSUPP);
	frame.len = 65535;
	assert_int_equal(rig_encode(rig, &frame), -EOPNOTSUPP);
	frame.flags = CANFD_FDF;
	assert_int_equal(rig_encode(rig, &frame), -EOPNOTSUPP);
	frame.len = 65;
	assert_int_equal(rig_encode(rig, &frame), -EOPNOTSUPP);
	frame.len = 8;
	frame.can_id = CAN_RTR_FLAG;
	assert_int_equal(rig_encode(rig, &frame), -EOPNOTSUPP);
	frame.can_id = 1;
	frame.channel = 7;
	assert_int_equal(rig_encode(rig, &frame), -EOPNOTSUPP);
	frame.channel = 0;
	assert_true(rig_encode(rig, &frame) >= 0);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_received),
		cmocka_unit_test(test_received_keeps_contract),
		cmocka_unit_test(test_sent),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_every_byte_counts),
		cmocka_unit_test(test_endless_line),
		cmocka_unit_test(test_impossible_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
