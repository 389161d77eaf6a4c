// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged/channel.c by itself: the queue, the descriptors of a port, what is counted where. With
 * an adapter around it: test_adapter_flow.c.
 */
#include "check.h"
#include "stage.h"

#include <anycan/log.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static int set_up(void **state)
{
	struct stage *s = stage_new();

	stage_open(s);
	s->driver.busy = true; /* frames stay in the queue */
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	stage_free(*state);
	return 0;
}

/* First in, first out, over the end of the ring and round again. */
static void test_queue(void **state)
{
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[0];
	uint32_t wanted = 0;

	assert_null(bridged_channel_queue_peek(channel));
	for (unsigned int burst = 1; burst <= BRIDGED_QUEUE; burst += 15) {
		stage_send_frames(s, 0, burst);
		stage_settle(s);
		assert_int_equal(channel->queued, burst);
		while (channel->queued > burst / 3) {
			struct anycan_frame *frame = bridged_channel_queue_peek(channel);

			assert_int_equal(frame->can_id & CAN_EFF_MASK, wanted++);
			assert_int_equal(frame->channel, 0);
			assert_int_equal(frame->dir, ANYCAN_TX);
			bridged_channel_queue_pop(channel);
		}
		while (bridged_channel_queue_peek(channel)) {
			bridged_channel_queue_pop(channel);
			wanted++;
		}
	}
	assert_true(wanted > 8 * BRIDGED_QUEUE);
}

static void test_channel_numbers(void **state)
{
	struct stage *s = *state;

	stage_send_frames(s, 1, 3);
	stage_settle(s);
	assert_int_equal(s->adapter.channels[0].queued, 0);
	assert_int_equal(bridged_channel_queue_peek(&s->adapter.channels[1])->channel, 1);
}

/* A flood never ends: what is thrown away in one go is bounded, and all of it is counted. */
static void test_abort_a_flood(void **state)
{
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[0];

	stage_send_frames(s, 0, 1000000);
	bridged_channel_abort(channel);
	assert_in_range(channel->counters.tx_aborted, BRIDGED_QUEUE, 100 * BRIDGED_QUEUE);
	assert_int_equal(channel->counters.tx_aborted + channel->queued, s->ports[0].taken);
	assert_int_equal(channel->queued, 0);
	assert_int_equal(channel->sources[0].events, EPOLLIN);
}

/* Nothing of it needs a port. */
static void test_without_port(void **state)
{
	struct bridged_channel *channel = calloc(1, sizeof(*channel));
	static const uint8_t data[CAN_ERR_DLC];
	const struct anycan_frame frame = {.can_id = 1};

	(void)state;
	channel->state = BRIDGED_CHANNEL_OPEN;
	bridged_channel_deliver(channel, &frame, 1);
	bridged_channel_flow(channel);
	bridged_channel_abort(channel);
	bridged_channel_error(channel, CAN_ERR_TRX, data);
	bridged_channel_close(channel);
	assert_int_equal(channel->counters.rx_frames, 0);
	assert_int_equal(channel->counters.rx_unclaimed, 2);
	free(channel);
}

/* Kinds of netdev that cannot hold senders back, nor show a carrier (vcan). */
static void test_simple_port(void **state)
{
	struct stage *s = *state;
	struct bridged_port_class simple = fake_port_class;
	struct fake_port *port = &s->ports[0];

	simple.hold = NULL;
	simple.set_carrier = NULL;
	port->base.class = &simple;
	stage_send_frames(s, 0, 2 * BRIDGED_QUEUE);
	stage_settle(s);
	assert_int_equal(s->adapter.channels[0].queued, BRIDGED_QUEUE);
	assert_int_equal(port->waiting, BRIDGED_QUEUE);
	stage_unplug(s);
	stage_settle(s);
	assert_int_equal(s->adapter.channels[0].counters.tx_aborted, 2 * BRIDGED_QUEUE);
	assert_string_equal(port->trace, "+e");
	stage_replug(s);
	stage_say(s, UNIT_REFUSED, 0, 0);
	stage_settle(s);
	stage_set_up(s, 0, false);
	assert_string_equal(port->trace, "+e");
	stage_check(s);
	port->base.class = &fake_port_class;
}

/* Error frames go to applications only while they could get others, too. */
static void test_error_frames(void **state)
{
	static const uint8_t data[CAN_ERR_DLC] = {1, 2, 3, 4, 5, 6, 7, 8};
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[1];

	bridged_channel_error(channel, CAN_ERR_BUSOFF, data);
	assert_int_equal(s->ports[1].errors, 1);
	assert_int_equal(s->ports[1].last_error.can_id, CAN_ERR_FLAG | CAN_ERR_BUSOFF);
	assert_int_equal(s->ports[1].last_error.channel, 1);
	assert_memory_equal(s->ports[1].last_error.data, data, sizeof(data));
	assert_int_equal(channel->counters.rx_errors, 1);
	stage_set_up(s, 1, false);
	bridged_channel_error(channel, CAN_ERR_BUSOFF, data);
	assert_int_equal(s->ports[1].errors, 1);
	assert_int_equal(channel->counters.rx_unclaimed, 0);
	stage_check(s);
}

/* At the level that shows every frame, each one is a line, and nothing else changes. */
static void test_frames_in_the_log(void **state)
{
	struct stage *s = *state;
	int saved = dup(STDERR_FILENO), ends[2];
	char text[4096] = "";

	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
	anycan_log_init("bridged", ANYCAN_LOG_FRAMES);
	stage_say_frames(s, 0, 2);
	stage_send_frames(s, 1, 2);
	stage_settle(s);
	dup2(saved, STDERR_FILENO);
	anycan_log_init("bridged", ANYCAN_LOG_CRITICAL);
	assert_true(read(ends[0], text, sizeof(text) - 1) > 0);
	assert_non_null(strstr(text, "bridged: frames: can0 rx 00000001#\n"));
	assert_non_null(strstr(text, "bridged: frames: can1 tx 00000001#\n"));
	close(saved);
	close(ends[0]);
	close(ends[1]);
	stage_check(s);
}

/* When the netdev's descriptors cannot be watched, that is said; what was watched is let go. */
static void test_listen(void **state)
{
	struct stage *s = *state;
	struct bridged_channel *channel = &s->adapter.channels[0];
	int fd = s->ports[0].fd;

	assert_true(bridged_channel_listen(channel) < 0); /* twice is once too often */
	bridged_channel_close(channel);
	assert_null(channel->port);
	bridged_channel_close(channel);
	channel->port = &s->ports[0].base;
	assert_int_equal(bridged_channel_listen(channel), 0);
	bridged_channel_close(channel);
	s->ports[0].fd = open("/dev/null", O_RDONLY); /* epoll takes no such thing */
	channel->port = &s->ports[0].base;
	assert_true(bridged_channel_listen(channel) < 0);
	close(s->ports[0].fd);
	s->ports[0].fd = fd;
	s->adapter.n_channels = 0;
	bridged_channel_close(channel);
}

int main(void)
{
#define STAGE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		STAGE_TEST(test_queue),
		STAGE_TEST(test_channel_numbers),
		STAGE_TEST(test_abort_a_flood),
		cmocka_unit_test(test_without_port),
		STAGE_TEST(test_simple_port),
		STAGE_TEST(test_error_frames),
		STAGE_TEST(test_frames_in_the_log),
		STAGE_TEST(test_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
