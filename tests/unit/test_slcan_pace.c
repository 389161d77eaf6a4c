// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/drivers/pace.c in the driver: the bus is kept busy, the adapter's queue is never
 * overfilled. Adapters are played by the exact lengths of frames, in virtual time.
 */
#include "slcan_test.h"
#include <anycan/wire.h>

/* What can be on the bus at most, by its own clock. */
static uint64_t bus_ns(const struct anycan_frame *frame, uint32_t bitrate)
{
	return anycan_wire_time_ns(anycan_frame_bits(frame, ANYCAN_STUFF_EXACT), bitrate, 0);
}

struct pacing {
	const char *words;
	uint32_t bitrate;
	uint16_t len;
	int64_t step_ns;    /* how often the engine wakes on its own */
	unsigned int ahead; /* frames in the adapter at most */
	slcan_answer answer;
};

/*
 * A sender that always has frames, a timer of 1 ms, an adapter that sends at exactly the speed
 * of the bus: the bus is never idle, the adapter's queue never holds more than it can.
 */
static void check_pacing(const struct pacing *p)
{
	struct rig *rig = slcan_open(p->words, p->answer);
	struct anycan_frame frame = {.can_id = 0x2A5, .len = p->len};
	int64_t start = rig->now.ns, bus_free = rig->now.ns, cost;
	uint64_t sent = 0, done = 0;
	unsigned int most = 0, i;
	int64_t ends[256];

	for (i = 0; i < p->len; i++)
		frame.data[i] = (uint8_t)(i * 0x35);
	cost = (int64_t)bus_ns(&frame, p->bitrate);
	while (rig->now.ns < start + 2 * ANYCAN_NS_PER_S) {
		while (rig_encode(rig, &frame) >= 0) {
			bus_free = (bus_free > rig->now.ns ? bus_free : rig->now.ns) + cost;
			ends[sent++ % 256] = bus_free;
			if (sent - done > most)
				most = (unsigned int)(sent - done);
		}
		rig_tick(rig);
		assert_true(rig->deadline.ns > rig->now.ns);
		/* Timers are late, by up to a millisecond. */
		rig->now.ns = (rig->deadline.ns / p->step_ns + 1) * p->step_ns;
		while (done < sent && ends[done % 256] <= rig->now.ns)
			done++;
	}
	assert_true(most <= p->ahead);
	assert_true((uint64_t)cost * done > 99 * 2 * (uint64_t)ANYCAN_NS_PER_S / 100);
	assert_null(rig->fault);
	rig_free(rig);
}

static void test_pacing(void **state)
{
	static const struct pacing cases[] = {
		{"dialect generic bitrate 500000", 500000, 8, ANYCAN_NS_PER_MS, 10, NULL},
		{"dialect generic bitrate 500000", 500000, 0, 100 * ANYCAN_NS_PER_US, 22, NULL},
		{"dialect generic bitrate 10000", 10000, 8, ANYCAN_NS_PER_MS, 3, NULL},
		{"dialect canable bitrate 1000000", 1000000, 8, ANYCAN_NS_PER_MS, 24, NULL},
		{"dialect canable bitrate 1000000", 1000000, 0, 100 * ANYCAN_NS_PER_US, 24, NULL},
		{"dialect canable2 bitrate 1000000", 1000000, 0, ANYCAN_NS_PER_MS, 56, NULL},
		{"dialect generic bitrate 500000 tx-window 5", 500000, 8, 100 * ANYCAN_NS_PER_US, 5,
		 NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < TEST_COUNT(cases); i++)
		check_pacing(&cases[i]);
}

/* Without a bit rate nothing is known of the bus, so nothing is held back. */
static void test_no_bitrate_no_pacing(void **state)
{
	struct rig *rig = slcan_open("dialect generic", NULL);
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_int_equal(slcan_send(rig, "123#"), BRIDGED_TAKEN_DONE);
	rig_free(rig);
}

/* Frames of others take the bus too: with half the bus theirs, half as many are sent. */
static void test_pacing_with_others(void **state)
{
	struct rig *rig = slcan_open("dialect canable bitrate 500000", NULL);
	struct anycan_frame frame = {.can_id = 0x123, .len = 8};
	int64_t cost = (int64_t)bus_ns(&frame, 500000), start = rig->now.ns;
	unsigned int sent = 0, received = 0, others = 0;

	(void)state;
	while (rig->now.ns < start + ANYCAN_NS_PER_S) {
		while (rig_encode(rig, &frame) >= 0)
			sent++;
		rig_pass(rig, 2 * cost);
		slcan_feed(rig, "t12380000000000000000\r");
		others++;
		received++;
	}
	assert_in_range(sent, others * 97 / 100, others + 30);
	assert_int_equal(rig->n_frames, received);
	rig_free(rig);
}

/* The window and the model of the queue together: never more frames in it than it holds. */
static void test_pacing_with_answers(void **state)
{
	struct rig *rig =
		slcan_open("bitrate 500000 tx-window 8 poll-status 0", slcan_peer_lawicel);
	struct anycan_frame frame = {.can_id = 0x123, .len = 8};
	int64_t cost = (int64_t)bus_ns(&frame, 500000), start = rig->now.ns, bus_free = start;
	int64_t ahead;
	unsigned int n, sent = 0;

	(void)state;
	while (rig->now.ns < start + ANYCAN_NS_PER_S) {
		for (n = 0; rig_encode(rig, &frame) >= 0; n++) {
			bus_free = (bus_free > rig->now.ns ? bus_free : rig->now.ns) + cost;
			sent++;
		}
		ahead = (bus_free - rig->now.ns + cost - 1) / cost;
		assert_true(ahead <= 8);
		while (n--)
			slcan_feed(rig, "z\r");
		rig_pass(rig, 100 * ANYCAN_NS_PER_US);
	}
	assert_in_range(sent, 99 * (ANYCAN_NS_PER_S / cost) / 100, ANYCAN_NS_PER_S / cost + 8);
	rig_free(rig);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pacing),
		cmocka_unit_test(test_no_bitrate_no_pacing),
		cmocka_unit_test(test_pacing_with_others),
		cmocka_unit_test(test_pacing_with_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
