// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/adapter.c, the life of an adapter: it is reached, probed, opened, closed, refused,
 * pulled out and plugged in again. Its frames are in test_adapter_flow.c.
 */
#include "check.h"
#include "stage.h"

#include <errno.h>
#include <linux/can/error.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static int set_up(void **state)
{
	*state = stage_new();
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

/* A moment that has come. */
static void let_phase_end(struct stage *s)
{
	s->adapter.phase_deadline = (struct anycan_mono){0};
	stage_settle(s);
}

static bool reads_the_line(const struct stage *s)
{
	return s->adapter.source.events & EPOLLIN;
}

/* ---- Reaching it */

static void test_connect(void **state)
{
	struct stage *s = *state;

	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	assert_int_equal(s->adapter.phase, BRIDGED_PROBING);
	stage_settle(s);
	assert_int_equal(s->line.units[UNIT_ATTACH], 1);
	assert_int_equal(s->adapter.phase, BRIDGED_PROBING);
	stage_say(s, UNIT_READY, 0, 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PRESENT);
	assert_string_equal(s->adapter.description.model, "Fake");
	assert_int_equal(s->adapter.description.channels, FAKE_CHANNELS);
	assert_int_equal(s->adapter.counters.bytes_out, UNIT_SIZE);
	assert_int_equal(s->adapter.counters.bytes_in, UNIT_SIZE);
}

static void test_not_there(void **state)
{
	struct stage *s = *state;

	s->line.open_error = -ENOENT;
	assert_int_equal(bridged_adapter_connect(&s->adapter), -ENOENT);
	assert_string_equal(s->adapter.refusal, "/dev/fake: not there");
}

/* A connection that takes time: first writable, then asked for its outcome. */
static void test_connect_slowly(void **state)
{
	struct stage *s = *state;

	s->line.open_error = 1;
	s->line.write_max = 0;
	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_CONNECTING);
	assert_false(reads_the_line(s));
	assert_int_equal(s->driver.attached, 0);

	s->line.opened_error = 1; /* another address is tried */
	s->line.write_max = SIZE_MAX;
	stage_round(s);
	assert_int_equal(s->adapter.phase, BRIDGED_CONNECTING);
	s->line.opened_error = 0;
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PROBING);
	assert_true(reads_the_line(s));
	assert_int_equal(s->line.units[UNIT_ATTACH], 1);
}

/* A server that is talked with first: asked again when it has said something. */
static void test_connect_by_talk(void **state)
{
	struct stage *s = *state;

	s->line.open_error = BRIDGED_OPEN_WRITABLE;
	s->line.opened_error = BRIDGED_OPEN_READABLE;
	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_CONNECTING);
	assert_int_equal(s->adapter.source.events, EPOLLIN); /* not woken by room to write */
	stage_say(s, UNIT_GARBAGE, 0, 0);
	stage_round(s);
	assert_int_equal(s->adapter.phase, BRIDGED_CONNECTING);
	s->line.opened_error = 0;
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PROBING);
	assert_int_equal(s->line.units[UNIT_ATTACH], 1);
}

static void test_connect_refused(void **state)
{
	struct stage *s = *state;

	s->line.open_error = 1;
	s->line.opened_error = -ENODEV;
	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_UNUSABLE);
	assert_string_equal(s->adapter.refusal, "/dev/fake: refused");
	assert_int_equal(s->driver.attached, 0);
}

/* What a board says while it starts is thrown away; then it is asked. */
static void test_settle_time(void **state)
{
	struct stage *s = *state;

	s->line.base.settle_ms = 2000;
	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	assert_int_equal(s->adapter.phase, BRIDGED_SETTLING);
	stage_say(s, UNIT_GARBAGE, 0, 0);
	stage_say(s, UNIT_READY, 0, 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_SETTLING);
	assert_int_equal(s->driver.attached, 0);
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PROBING);
	assert_int_equal(s->line.units[UNIT_ATTACH], 1);
	assert_int_equal(s->adapter.counters.bad_units, 0);
}

/* Whoever says nothing is given up, and named. */
static void test_no_answer(void **state)
{
	struct stage *s = *state;

	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_settle(s);
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_UNUSABLE);
	assert_non_null(strstr(s->adapter.refusal, "fake:/dev/fake: no answer"));
}

/* A connection that nobody answers: the next address has its chance, then it is given up. */
static void test_silent_addresses(void **state)
{
	struct stage *s = *state;

	s->line.open_error = 1;
	s->line.opened_error = 1;
	s->line.write_max = 0;
	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	for (int i = 0; i < 3; i++) {
		let_phase_end(s);
		assert_int_equal(s->adapter.phase, BRIDGED_CONNECTING);
		assert_true(s->adapter.phase_deadline.ns > bridged_now(NULL).ns);
	}
	s->line.opened_error = -ENODEV;
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_UNUSABLE);
	assert_string_equal(s->adapter.refusal, "/dev/fake: refused");
}

static void test_refused_at_first(void **state)
{
	struct stage *s = *state;

	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_say(s, UNIT_REFUSED, 0, 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_UNUSABLE);
	assert_non_null(strstr(s->adapter.refusal, "bitrate 33333: Fake cannot do that"));
}

/* Pulled out while it is asked: absent, and no netdev was there to hear of it. */
static void test_gone_while_asked(void **state)
{
	struct stage *s = *state;

	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_unplug(s);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_ABSENT);
	assert_false(s->line.is_open);
}

/* ---- Opening and closing */

static void test_up_and_down(void **state)
{
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[1];

	stage_present(s);
	assert_string_equal(s->ports[1].trace, "+");
	assert_int_equal(channel->state, BRIDGED_CHANNEL_CLOSED);
	assert_int_equal(channel->can_state, CAN_STATE_STOPPED);
	for (unsigned int i = 1; i <= 3; i++) {
		stage_set_up(s, 1, true);
		stage_settle(s);
		assert_int_equal(channel->state, BRIDGED_CHANNEL_OPENING);
		assert_int_equal(s->line.units[UNIT_START], i);
		stage_set_up(s, 1, true); /* a change that is none */
		stage_say(s, UNIT_OPENED, 1, 0);
		stage_settle(s);
		assert_int_equal(channel->state, BRIDGED_CHANNEL_OPEN);
		assert_int_equal(channel->can_state, CAN_STATE_ERROR_ACTIVE);
		stage_set_up(s, 1, false);
		stage_set_up(s, 1, false);
		stage_settle(s);
		assert_int_equal(channel->state, BRIDGED_CHANNEL_CLOSED);
		assert_int_equal(channel->can_state, CAN_STATE_STOPPED);
		assert_int_equal(s->line.units[UNIT_START], i);
		assert_int_equal(s->line.units[UNIT_STOP], i);
	}
	assert_string_equal(s->ports[1].trace, "+");
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_CLOSED);
	assert_string_equal(s->ports[0].trace, "+");
}

/* Netdevs that were up before the adapter was known are opened with it. */
static void test_up_before(void **state)
{
	struct stage *s = *state;

	s->ports[0].up = true;
	s->driver.opens_at_once = true;
	stage_present(s);
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_OPEN);
	assert_int_equal(s->adapter.channels[1].state, BRIDGED_CHANNEL_CLOSED);
}

/* The adapter says no: carrier off, until the netdev was down. */
static void test_refused_channel(void **state)
{
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[0];

	stage_present(s);
	stage_set_up(s, 0, true);
	stage_send_frames(s, 0, 5);
	stage_settle(s);
	stage_say(s, UNIT_REFUSED, 0, 0);
	stage_settle(s);
	assert_int_equal(channel->state, BRIDGED_CHANNEL_REFUSED);
	assert_string_equal(channel->refusal, "bitrate 33333: Fake cannot do that");
	assert_string_equal(s->ports[0].trace, "+-");
	assert_string_equal(s->ports[1].trace, "+");
	stage_send_frames(s, 0, 7);
	stage_settle(s);
	assert_int_equal(channel->counters.tx_aborted, 12);

	stage_set_up(s, 0, true);
	assert_int_equal(channel->state, BRIDGED_CHANNEL_REFUSED);
	stage_set_up(s, 0, false);
	stage_settle(s);
	assert_int_equal(channel->state, BRIDGED_CHANNEL_CLOSED);
	assert_string_equal(s->ports[0].trace, "+-+");
	assert_int_equal(s->line.units[UNIT_STOP], 0);
	stage_set_up(s, 0, true);
	stage_say(s, UNIT_OPENED, 0, 0);
	stage_settle(s);
	assert_int_equal(channel->state, BRIDGED_CHANNEL_OPEN);
	assert_string_equal(channel->refusal, "");
	stage_check(s);
}

static void test_state_events(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_say(s, UNIT_STATE, 1, CAN_STATE_BUS_OFF);
	stage_settle(s);
	assert_int_equal(s->adapter.channels[1].can_state, CAN_STATE_BUS_OFF);
	assert_int_equal(s->adapter.channels[1].berr.txerr, 96);
	assert_int_equal(s->adapter.channels[1].berr.rxerr, 7);
	assert_int_equal(s->adapter.channels[0].can_state, CAN_STATE_ERROR_ACTIVE);
}

/* Nothing that a driver says of a channel that is not there does harm. */
static void test_strange_channels(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	for (unsigned int channel = FAKE_CHANNELS; channel < 256; channel += 63) {
		stage_say(s, UNIT_OPENED, channel, 0);
		stage_say(s, UNIT_STATE, channel, CAN_STATE_BUS_OFF);
		stage_say(s, UNIT_NOTE, channel, 0);
		stage_say(s, UNIT_REFUSED, channel, 0);
	}
	stage_settle(s);
	stage_say_frames(s, 0, 1);
	stage_settle(s);
	assert_int_equal(s->ports[0].got, 1);
	stage_check(s);
}

/* `ip link del`: the daemon ends and says why. */
static void test_netdev_deleted(void **state)
{
	struct stage *s = *state;
	struct bridged_source *source = &s->adapter.channels[1].sources[0];

	stage_open(s);
	s->ports[1].deleted = true;
	source->ready(source, EPOLLIN);
	assert_true(s->loop.stop);
	assert_true(s->adapter.failed);
	assert_string_equal(s->adapter.refusal, "can1 was deleted");
}

/* ---- Unplugging */

/* First the error frame, as long as applications can get it, then the carrier. */
static void test_unplug(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_set_up(s, 1, false);
	stage_unplug(s);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_ABSENT);
	assert_string_equal(s->ports[0].trace, "+e-");
	assert_string_equal(s->ports[1].trace, "+-");
	assert_int_equal(s->ports[0].last_error.can_id, CAN_ERR_FLAG | CAN_ERR_TRX);
	assert_int_equal(s->ports[0].last_error.len, CAN_ERR_DLC);
	assert_int_equal(s->ports[0].last_error.data[4],
			 CAN_ERR_TRX_CANH_NO_WIRE | CAN_ERR_TRX_CANL_NO_WIRE);
	assert_true(s->ports[0].last_error.ts_ns > 0);
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_CLOSED);
	assert_int_equal(s->adapter.channels[0].can_state, CAN_STATE_STOPPED);
	stage_check(s);
}

/* It is looked for more and more rarely, and only its return is news to anybody. */
static void test_looking_for_it(void **state)
{
	struct stage *s = *state;
	unsigned int opens = 0;

	stage_open(s);
	stage_unplug(s);
	stage_settle(s);
	for (int64_t wanted_ms = 100; opens < 6; wanted_ms *= 2) {
		int64_t due = s->adapter.phase_deadline.ns - bridged_now(NULL).ns;

		if (wanted_ms > 1000)
			wanted_ms = 1000;
		assert_true(due <= wanted_ms * ANYCAN_NS_PER_MS);
		opens = s->line.opens;
		let_phase_end(s);
		assert_int_equal(s->line.opens, opens + 1);
		assert_true(s->adapter.phase_deadline.ns - bridged_now(NULL).ns >
			    -ANYCAN_NS_PER_S * 60);
	}
	assert_int_equal(s->ports[0].errors, 1);
	assert_int_equal(s->adapter.channels[0].counters.rx_unclaimed, 0);
	assert_int_equal(s->adapter.counters.reconnects, 0);
	stage_check(s);
}

static void test_replug(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_set_up(s, 1, false);
	stage_say_frames(s, 0, 3);
	stage_settle(s);
	stage_unplug(s);
	stage_settle(s);
	stage_replug(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PRESENT);
	assert_int_equal(s->adapter.counters.reconnects, 1);
	assert_int_equal(s->driver.attached, 2);
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_OPENING);
	assert_int_equal(s->adapter.channels[1].state, BRIDGED_CHANNEL_CLOSED);
	stage_say(s, UNIT_OPENED, 0, 0);
	stage_say_frames(s, 0, 3);
	stage_send_frames(s, 0, 4);
	stage_settle(s);
	assert_string_equal(s->ports[0].trace, "+e-+");
	assert_string_equal(s->ports[1].trace, "+-+");
	assert_int_equal(s->ports[0].got, 6);
	assert_int_equal(s->line.frames_got[0], 4);
	stage_check(s);
}

/* The netdev may be set up and down while there is no adapter. */
static void test_up_while_away(void **state)
{
	struct stage *s = *state;

	stage_present(s);
	stage_set_up(s, 1, true);
	stage_settle(s);
	stage_unplug(s);
	stage_settle(s);
	stage_set_up(s, 0, true);
	stage_set_up(s, 1, false);
	stage_replug(s);
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_OPENING);
	assert_int_equal(s->adapter.channels[1].state, BRIDGED_CHANNEL_CLOSED);
}

/* READY comes from tick() where an adapter does not answer: then, too, all is opened at once. */
static void test_replug_ready_by_tick(void **state)
{
	struct stage *s = *state;

	s->driver.opens_at_once = true;
	stage_open(s);
	stage_unplug(s);
	stage_settle(s);
	s->line.error = s->line.open_error = 0;
	s->driver.ready_by_tick = true;
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PRESENT);
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_OPEN);
	assert_int_equal(s->line.units[UNIT_START], 4);
	assert_string_equal(s->ports[0].trace, "+e-+");
}

/* What comes in one read with READY is not mixed up with what opening the channels brings. */
static void test_replug_all_at_once(void **state)
{
	struct stage *s = *state;

	s->driver.opens_at_once = true;
	stage_open(s);
	stage_unplug(s);
	stage_settle(s);
	s->line.error = s->line.open_error = 0;
	let_phase_end(s);
	stage_say(s, UNIT_READY, 0, 0);
	stage_say(s, UNIT_NOTE, 0, 0);
	stage_say(s, UNIT_STATE, 1, CAN_STATE_ERROR_PASSIVE);
	stage_say(s, UNIT_STATE, 0, CAN_STATE_ERROR_WARNING);
	stage_say_frames(s, 0, 2);
	stage_settle(s);
	assert_int_equal(s->adapter.channels[0].berr.txerr, 96);
	assert_int_equal(s->adapter.channels[1].berr.txerr, 96);
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_OPEN);
	assert_int_equal(s->adapter.channels[1].state, BRIDGED_CHANNEL_OPEN);
	stage_check(s);
}

/* It is back and gone again before its channels could be opened: no carrier without adapter. */
static void test_replug_and_unplug(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_unplug(s);
	stage_settle(s);
	s->line.error = s->line.open_error = 0;
	let_phase_end(s);
	stage_say(s, UNIT_READY, 0, 0);
	s->line.error = -EIO;
	s->line.open_error = -ENOENT;
	stage_settle(s);
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_ABSENT);
	assert_int_equal(s->ports[0].trace[strlen(s->ports[0].trace) - 1], '-');
	assert_int_equal(s->adapter.channels[0].state, BRIDGED_CHANNEL_CLOSED);
	stage_check(s);
}

/* Another adapter was plugged in, one that cannot do what is asked: it waits for a better one. */
static void test_replug_refused(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_unplug(s);
	stage_settle(s);
	s->line.error = s->line.open_error = 0;
	s->line.write_max = 2; /* what it was asked goes out slowly, which must not matter */
	let_phase_end(s);
	stage_say(s, UNIT_REFUSED, 0, 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_UNUSABLE);
	assert_non_null(strstr(s->adapter.refusal, "Fake cannot do that"));
	assert_string_equal(s->ports[0].trace, "+e-");

	s->line.write_max = SIZE_MAX;
	stage_unplug(s);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_ABSENT);
	stage_replug(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PRESENT);
	assert_string_equal(s->adapter.refusal, "");
	stage_check(s);
}

/* The line takes nothing: the daemon does not spin, and goes on when it does again. */
static void test_refused_on_a_stuck_line(void **state)
{
	struct stage *s = *state;

	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	s->line.write_max = 0;
	stage_round(s);
	stage_say(s, UNIT_REFUSED, 0, 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_UNUSABLE);
	s->line.write_max = 1;
	stage_settle(s);
	assert_int_equal(s->line.units[UNIT_ATTACH], 1);
	assert_int_equal(s->adapter.source.events, EPOLLIN);
}

static void test_no_answer_after_replug(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	stage_unplug(s);
	stage_settle(s);
	s->line.error = s->line.open_error = 0;
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PROBING);
	let_phase_end(s);
	assert_int_equal(s->adapter.phase, BRIDGED_ABSENT);
	stage_replug(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PRESENT);
}

/* Leaving in order: every channel is closed, and the adapter gets to hear of it. */
static void test_disconnect(void **state)
{
	struct stage *s = *state;

	s->driver.confirms = true;
	stage_open(s);
	stage_send_frames(s, 0, 10);
	stage_settle(s);
	s->line.write_max = 1;
	bridged_adapter_disconnect(&s->adapter);
	assert_int_equal(s->line.units[UNIT_STOP], FAKE_CHANNELS);
	assert_false(s->line.is_open);
	assert_int_equal(s->adapter.channels[0].counters.tx_failed, 10);
	assert_int_equal(s->adapter.channels[0].in_flight, 0);
	stage_check(s);
	bridged_adapter_disconnect(&s->adapter);
}

/* An adapter that takes nothing more does not hold the daemon up for ever. */
static void test_disconnect_stuck(void **state)
{
	struct stage *s = *state;

	stage_open(s);
	s->line.write_max = 0;
	bridged_adapter_disconnect(&s->adapter);
	assert_false(s->line.is_open);
	assert_int_equal(s->line.units[UNIT_STOP], 0);
}

int main(void)
{
#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_connect),
		STAGE_TEST(test_not_there),
		STAGE_TEST(test_connect_slowly),
		STAGE_TEST(test_connect_by_talk),
		STAGE_TEST(test_connect_refused),
		STAGE_TEST(test_settle_time),
		STAGE_TEST(test_no_answer),
		STAGE_TEST(test_silent_addresses),
		STAGE_TEST(test_refused_at_first),
		STAGE_TEST(test_gone_while_asked),
		STAGE_TEST(test_up_and_down),
		STAGE_TEST(test_up_before),
		STAGE_TEST(test_refused_channel),
		STAGE_TEST(test_state_events),
		STAGE_TEST(test_strange_channels),
		STAGE_TEST(test_netdev_deleted),
		STAGE_TEST(test_unplug),
		STAGE_TEST(test_looking_for_it),
		STAGE_TEST(test_replug),
		STAGE_TEST(test_up_while_away),
		STAGE_TEST(test_replug_ready_by_tick),
		STAGE_TEST(test_replug_all_at_once),
		STAGE_TEST(test_replug_and_unplug),
		STAGE_TEST(test_replug_refused),
		STAGE_TEST(test_refused_on_a_stuck_line),
		STAGE_TEST(test_no_answer_after_replug),
		STAGE_TEST(test_disconnect),
		STAGE_TEST(test_disconnect_stuck),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
