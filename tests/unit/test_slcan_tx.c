// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * How the slcan driver keeps frames for the bus in order, complete and not too many: windows,
 * refusals and missing answers, markers.
 */
#include "slcan_test.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	NOT_TAKEN,
	UNDER_WAY,
	DONE,
	FAILED
};

/* What has become of the frames taken so far: a digit for each. */
static void fates(struct rig *rig, const char *wanted)
{
	char got[256] = "";
	uint32_t i;

	for (i = 0; i < rig->next_echo && i < sizeof(got) - 1; i++)
		got[i] = (char)('0' + rig->echo[i]);
	assert_string_equal(got, wanted);
}

/* One frame at a time to begin with; the answer lets the next one go. */
static void test_one_at_a_time(void **state)
{
	struct rig *rig = slcan_open("bitrate 1000000 poll-status 0", slcan_peer_lawicel);

	(void)state;
	slcan_sent(rig, "");
	assert_int_equal(slcan_send(rig, "001#11"), BRIDGED_TAKEN);
	assert_int_equal(slcan_send(rig, "002#22"), -EAGAIN);
	slcan_sent(rig, "t001111\r");
	fates(rig, "1");
	slcan_feed(rig, "z\r");
	fates(rig, "2");
	assert_int_equal(slcan_send(rig, "00000002#22"), BRIDGED_TAKEN);
	slcan_sent(rig, "T00000002122\r");
	slcan_feed(rig, "Z\r");
	assert_int_equal(slcan_send(rig, "003#R"), BRIDGED_TAKEN);
	slcan_feed(rig, "\r");
	fates(rig, "222");
	/* Answers to nothing change nothing. */
	slcan_feed(rig, "z\r\r\a");
	fates(rig, "222");
	assert_int_equal(rig->notes, 0);
	rig_free(rig);
}

/* Offer a frame until the driver has enough. Return: how many it took */
static unsigned int fill(struct rig *rig)
{
	unsigned int n = 0;

	while (n < 200 && slcan_send(rig, "123#1122334455667788") == BRIDGED_TAKEN)
		n++;
	return n;
}

/* Room for more opens while a waiting sender is never refused. */
static void test_window_grows(void **state)
{
	struct rig *rig = slcan_open("bitrate 1000000 poll-status 0", slcan_peer_lawicel);
	unsigned int i, under_way = 0, most = 0;

	(void)state;
	for (i = 0; i < 3000; i++) {
		under_way += fill(rig);
		if (under_way > most)
			most = under_way;
		slcan_feed(rig, "z\r");
		under_way--;
		rig_pass(rig, 150 * ANYCAN_NS_PER_US);
	}
	assert_int_equal(most, 8);
	rig_free(rig);
}

/* Sparse frames prove nothing: the window stays where it is. */
static void test_window_needs_a_waiting_sender(void **state)
{
	struct rig *rig = slcan_open("bitrate 1000000 poll-status 0", slcan_peer_lawicel);
	unsigned int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		assert_int_equal(slcan_send(rig, "123#11"), BRIDGED_TAKEN);
		slcan_feed(rig, "z\r");
		slcan_ms(rig, 1);
	}
	assert_int_equal(fill(rig), 1);
	rig_free(rig);
}

/* With a window of the user's, a refusal hits a frame while later ones are taken. */
static void test_refused_is_sent_again(void **state)
{
	struct rig *rig =
		slcan_open("bitrate 500000 tx-window 4 poll-status 0", slcan_peer_lawicel);
	unsigned int i;

	(void)state;
	for (i = 1; i <= 4; i++) {
		char frame[16];

		snprintf(frame, sizeof(frame), "%03X#", i);
		assert_int_equal(slcan_send(rig, frame), BRIDGED_TAKEN);
	}
	assert_int_equal(slcan_send(rig, "005#"), -EAGAIN);
	slcan_sent(rig, "t0010\rt0020\rt0030\rt0040\r");
	slcan_feed(rig, "z\r\a\az\r");
	fates(rig, "2111");
	assert_int_equal(rig->notes, 1);
	/* Nothing goes out before the queue may have moved, and nothing new overtakes. */
	assert_int_equal(slcan_send(rig, "005#"), -EAGAIN);
	slcan_sent(rig, "");
	slcan_ms(rig, 1);
	slcan_sent(rig, "t0020\r");
	slcan_feed(rig, "\a");
	slcan_ms(rig, 1);
	slcan_sent(rig, "t0020\r");
	slcan_feed(rig, "z\r");
	fates(rig, "2211");
	assert_int_equal(slcan_send(rig, "005#"), -EAGAIN);
	slcan_ms(rig, 1);
	slcan_sent(rig, "t0030\r");
	slcan_feed(rig, "z\r");
	fates(rig, "2222");
	/* From now on one at a time. */
	assert_int_equal(slcan_send(rig, "005#"), BRIDGED_TAKEN);
	assert_int_equal(slcan_send(rig, "006#"), -EAGAIN);
	slcan_feed(rig, "z\r");
	assert_int_equal(rig->notes, 1);
	rig_free(rig);
}

/*
 * An adapter whose queue holds a few frames and sends one now and then, slower than its bit rate
 * lets expect: every frame arrives, once, in order.
 */
struct slow_adapter {
	unsigned int queued, queue[8];
	unsigned int next; /* frame expected on the bus */
	unsigned int refused;
};

static void slow_adapter_takes(struct slow_adapter *adapter, struct rig *rig)
{
	const uint8_t *sent;
	size_t len = rig_take(rig, &sent), at;
	char replies[256] = "";
	unsigned int id;

	for (at = 0; at + 6 <= len; at += 6) {
		assert_int_equal(sscanf((const char *)sent + at, "t%3x0\r", &id), 1);
		if (adapter->queued == TEST_COUNT(adapter->queue)) {
			adapter->refused++;
			strcat(replies, "\a");
		} else {
			adapter->queue[adapter->queued++] = id;
			strcat(replies, "z\r");
		}
	}
	assert_int_equal(at, len);
	if (replies[0])
		slcan_feed(rig, replies);
}

static void slow_adapter_sends(struct slow_adapter *adapter)
{
	if (!adapter->queued)
		return;
	assert_int_equal(adapter->queue[0], adapter->next % 2048);
	adapter->next++;
	adapter->queued--;
	memmove(adapter->queue, adapter->queue + 1, adapter->queued * sizeof(adapter->queue[0]));
}

static void test_order_with_full_queue(void **state)
{
	struct rig *rig = slcan_open("bitrate 1000000 poll-status 0", slcan_peer_lawicel);
	struct slow_adapter adapter = {0};
	unsigned int sent = 0, round;
	char frame[16];

	(void)state;
	for (round = 0; round < 20000; round++) {
		snprintf(frame, sizeof(frame), "%03X#", sent % 2048);
		while (slcan_send(rig, frame) == BRIDGED_TAKEN)
			snprintf(frame, sizeof(frame), "%03X#", ++sent % 2048);
		slow_adapter_takes(&adapter, rig);
		if (round % 7 == 0)
			slow_adapter_sends(&adapter);
		rig_pass(rig, 100 * ANYCAN_NS_PER_US);
	}
	while (adapter.queued)
		slow_adapter_sends(&adapter);
	assert_true(adapter.refused > 100);
	assert_true(adapter.next > 2500);
	assert_in_range(sent - adapter.next, 0, 1);
	assert_int_equal(rig->notes, 1);
	rig_free(rig);
}

/* A queue that stays full: a frame is given up after two seconds, and counted. */
static void test_queue_stays_full(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 poll-status 0", slcan_peer_lawicel);
	unsigned int i;

	(void)state;
	assert_int_equal(slcan_send(rig, "001#"), BRIDGED_TAKEN);
	for (i = 0; i < 1999; i++) {
		slcan_feed(rig, "\a");
		slcan_ms(rig, 1);
	}
	fates(rig, "1");
	slcan_feed(rig, "\a");
	slcan_ms(rig, 1);
	slcan_feed(rig, "\a");
	slcan_ms(rig, 1);
	fates(rig, "3");
	assert_int_equal(slcan_send(rig, "002#"), BRIDGED_TAKEN);
	slcan_feed(rig, "z\r");
	fates(rig, "32");
	rig_free(rig);
}

/* Answers that never come: the frames fail after a while, and later answers are not mixed up. */
static void test_answers_lost(void **state)
{
	struct rig *rig =
		slcan_open("bitrate 500000 tx-window 3 poll-status 0", slcan_peer_lawicel);

	(void)state;
	slcan_send(rig, "001#");
	slcan_send(rig, "002#");
	slcan_ms(rig, 500);
	slcan_send(rig, "003#");
	slcan_sent(rig, "t0010\rt0020\rt0030\r");
	slcan_feed(rig, "z\r");
	fates(rig, "211");
	slcan_ms(rig, 2999);
	fates(rig, "211");
	slcan_ms(rig, 1);
	fates(rig, "233");
	assert_int_equal(rig->notes, 1);
	slcan_sent(rig, "V\r");
	assert_int_equal(slcan_send(rig, "004#"), -EAGAIN);
	slcan_feed(rig, "z\r\az\r");
	assert_int_equal(slcan_send(rig, "004#"), -EAGAIN);
	slcan_feed(rig, "V1013\r");
	assert_int_equal(slcan_send(rig, "004#"), BRIDGED_TAKEN);
	slcan_feed(rig, "z\r");
	fates(rig, "2332");
	/* The same without an answer to V. */
	slcan_send(rig, "005#");
	slcan_ms(rig, 3000);
	fates(rig, "23323");
	assert_int_equal(slcan_send(rig, "006#"), -EAGAIN);
	slcan_ms(rig, 250);
	assert_int_equal(slcan_send(rig, "006#"), BRIDGED_TAKEN);
	rig_free(rig);
}

/* Stopping, and an adapter that is there again, end whatever was under way. */
static void test_stop_fails_frames(void **state)
{
	struct rig *rig =
		slcan_open("bitrate 500000 tx-window 64 poll-status 0", slcan_peer_canable25);
	unsigned int i, n;

	(void)state;
	n = fill(rig);
	assert_int_equal(n, 64);
	rig_take(rig, &(const uint8_t *){NULL});
	rig_stop(rig);
	slcan_sent(rig, "C\r");
	/* More frames than the sink of events has room for: the rest is told at once after it. */
	slcan_ms(rig, 0);
	for (i = 0; i < n; i++)
		assert_int_equal(rig->echo[i], FAILED);
	rig_free(rig);

	rig = slcan_open("bitrate 500000", slcan_peer_canable25);
	slcan_send(rig, "123#");
	rig_attach(rig);
	fates(rig, "3");
	rig_free(rig);
}

/* CANable 2.5: taken, then on the bus by its marker; codes say why not. */
static void test_markers(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 fd on dbitrate 2000000", slcan_peer_canable25);

	(void)state;
	slcan_sent(rig, "");
	slcan_send(rig, "123#11");
	slcan_send(rig, "124##1AA");
	slcan_send(rig, "125#");
	slcan_sent(rig, "t12311101\rb1241AA02\rt125003\r");
	slcan_feed(rig, "#\r#\r");
	fates(rig, "111");
	slcan_feed(rig, "M01\r");
	fates(rig, "211");
	slcan_feed(rig, "#\rM03\r");
	fates(rig, "222"); /* frames leave in order: the second is not told, but gone */
	slcan_send(rig, "126#");
	slcan_feed(rig, "#8\r"); /* bus-off: not taken */
	fates(rig, "2223");
	slcan_feed(rig, "M7F\rM00\rMXX\r");
	assert_int_equal(rig->bad_units, 1);
	rig_free(rig);
}

static void test_markers_one_shot(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 one-shot on", slcan_peer_canable25);

	(void)state;
	slcan_send(rig, "123#11");
	slcan_send(rig, "124#AA");
	slcan_feed(rig, "#\r#\rM02\r");
	fates(rig, "32"); /* tried once: what was passed over was not sent */
	rig_free(rig);
}

static void test_markers_retry(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_canable25);

	(void)state;
	slcan_sent(rig, "");
	slcan_send(rig, "123#11");
	slcan_feed(rig, "#7\r"); /* buffer full */
	slcan_sent(rig, "t12311101\r");
	slcan_ms(rig, 1);
	slcan_sent(rig, "t12311101\r");
	slcan_feed(rig, "#\rM01\r");
	fates(rig, "2");
	rig_free(rig);
}

/* Markers go round; what is under way is never mistaken. */
static void test_markers_wrap(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_canable25);
	uint8_t reply[4096];
	const uint8_t *sent;
	unsigned int i, n, total = 0;
	size_t len;

	(void)state;
	for (i = 0; i < 50; i++) {
		n = fill(rig);
		assert_int_equal(n, 48);
		total += n;
		len = rig_take(rig, &sent);
		len = slcan_peer_canable25(sent, len, reply, sizeof(reply));
		rig_feed(rig, reply, len);
		rig_tick(rig);
	}
	assert_null(rig->fault);
	for (i = 0; i < total; i++)
		assert_int_equal(rig->echo[i], DONE);
	rig_free(rig);
}

/* WeAct: CR when a frame was on the bus, BEL for each error there while it goes on trying. */
static void test_weact(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_weact);

	(void)state;
	slcan_sent(rig, "");
	assert_int_equal(fill(rig), 16);
	rig_take(rig, &(const uint8_t *){NULL});
	slcan_feed(rig, "\a\a\a\r");
	slcan_sent(rig, "");
	fates(rig, "2111111111111111");
	assert_int_equal(rig->notes, 1);
	assert_int_equal(rig->n_frames, 0);
	slcan_ms(rig, 3000);
	fates(rig, "2333333333333333");
	rig_free(rig);

	rig = slcan_open("bitrate 500000 one-shot on", slcan_peer_weact);
	slcan_send(rig, "123#11");
	slcan_send(rig, "124#11");
	slcan_feed(rig, "\a\r");
	fates(rig, "32");
	rig_free(rig);

	rig = slcan_open("bitrate 500000 berr-reporting on", slcan_peer_weact);
	slcan_send(rig, "123#11");
	slcan_feed(rig, "\a\a");
	fates(rig, "1");
	assert_int_equal(rig->n_frames, 2);
	slcan_got(rig, 0, "20000088#0000800000000000");
	rig_free(rig);
}

static void test_listen_only(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000 listen-only on", slcan_peer_lawicel);

	(void)state;
	assert_int_equal(slcan_send(rig, "123#"), -EOPNOTSUPP);
	rig_free(rig);
}

/* A closed channel takes nothing, and does not lose it either. */
static void test_closed(void **state)
{
	struct rig *rig = slcan_open("bitrate 500000", slcan_peer_lawicel);

	(void)state;
	rig_stop(rig);
	assert_int_equal(slcan_send(rig, "123#"), -EAGAIN);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_window_grows),
		cmocka_unit_test(test_window_needs_a_waiting_sender),
		cmocka_unit_test(test_refused_is_sent_again),
		cmocka_unit_test(test_order_with_full_queue),
		cmocka_unit_test(test_queue_stays_full),
		cmocka_unit_test(test_answers_lost),
		cmocka_unit_test(test_stop_fails_frames),
		cmocka_unit_test(test_markers),
		cmocka_unit_test(test_markers_one_shot),
		cmocka_unit_test(test_markers_retry),
		cmocka_unit_test(test_markers_wrap),
		cmocka_unit_test(test_weact),
		cmocka_unit_test(test_listen_only),
		cmocka_unit_test(test_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
