// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The engine on a stage. See stage.h.
 */
#include "stage.h"
#include "check.h"

#include <anycan/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* More rounds than anything here takes. */
#define ROUNDS_MAX 100000

static void set_up_port(struct stage *s, unsigned int i)
{
	struct bridged_channel *channel = &s->adapter.channels[i];
	struct fake_port *port = &s->ports[i];

	port->base.class = &fake_port_class;
	port->fd = eventfd(0, EFD_CLOEXEC);
	port->last_got = -1;
	channel->adapter = &s->adapter;
	channel->index = i;
	channel->can_state = CAN_STATE_STOPPED;
	snprintf(channel->netdev, sizeof(channel->netdev), "can%u", i);
	s->settings[i].nominal.bitrate = FAKE_BITRATE + i;
}

struct stage *stage_new(void)
{
	struct stage *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	anycan_log_init("bridged", ANYCAN_LOG_CRITICAL);
	assert_int_equal(bridged_loop_init(&s->loop), 0);
	s->loop.due = bridged_adapter_due;
	s->loop.arg = &s->adapter;
	s->line.base.class = &fake_transport_class;
	s->line.fd = eventfd(0, EFD_CLOEXEC);
	s->line.write_max = SIZE_MAX;
	s->driver.window = FAKE_WINDOW;
	s->driver.tick_again = ANYCAN_NEVER;
	s->adapter.loop = &s->loop;
	s->adapter.address = "fake:/dev/fake";
	s->adapter.driver = &fake_driver;
	s->adapter.settings = s->settings;
	s->adapter.transport = &s->line.base;
	s->adapter.state = &s->driver;
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		set_up_port(s, i);
		s->line.last_got[i] = -1;
	}
	return s;
}

void stage_free(struct stage *s)
{
	bridged_adapter_disconnect(&s->adapter);
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		bridged_channel_close(&s->adapter.channels[i]);
		close(s->ports[i].fd);
	}
	close(s->line.fd);
	bridged_loop_exit(&s->loop);
	free(s);
}

void stage_say(struct stage *s, enum unit_type type, unsigned int channel, uint32_t number)
{
	assert_true(s->line.said + UNIT_SIZE <= sizeof(s->line.to_host));
	fake_unit(s->line.to_host + s->line.said, type, channel, number);
	s->line.said += UNIT_SIZE;
}

void stage_say_frames(struct stage *s, unsigned int channel, unsigned int n)
{
	for (; n; n--)
		stage_say(s, UNIT_FRAME, channel, s->line.frames_said[channel]++);
}

void stage_end_frames(struct stage *s, enum unit_type type, unsigned int channel, unsigned int n)
{
	for (; n && s->line.frames_ended[channel] < s->line.frames_got[channel]; n--) {
		stage_say(s, type, channel, 0);
		s->line.frames_ended[channel]++;
	}
}

void stage_send_frames(struct stage *s, unsigned int channel, unsigned int n)
{
	s->ports[channel].waiting += n;
}

void stage_set_up(struct stage *s, unsigned int channel, bool up)
{
	s->ports[channel].up = up;
	bridged_adapter_link_changed(&s->adapter, &s->adapter.channels[channel]);
}

void stage_unplug(struct stage *s)
{
	s->line.error = -EIO;
	s->line.open_error = -ENOENT;
	s->line.said = s->line.read = 0;
	memcpy(s->line.frames_ended, s->line.frames_got, sizeof(s->line.frames_ended));
}

void stage_replug(struct stage *s)
{
	s->line.error = s->line.open_error = 0;
	s->adapter.phase_deadline = (struct anycan_mono){0};
	stage_round(s);
	stage_say(s, UNIT_READY, 0, 0);
	stage_settle(s);
}

/* What epoll would report for the line. */
static uint32_t line_events(const struct stage *s)
{
	uint32_t events = 0;

	if (s->line.said > s->line.read)
		events |= EPOLLIN;
	if (s->line.error)
		events |= EPOLLIN | EPOLLHUP;
	if (s->line.write_max)
		events |= EPOLLOUT;
	return events & (s->adapter.source.events | EPOLLHUP);
}

/* Return: whether there was something to do. */
static bool round_moved(struct stage *s)
{
	bool moved = false;

	if (s->adapter.source.fd >= 0 && line_events(s)) {
		s->adapter.source.ready(&s->adapter.source, line_events(s));
		moved = true;
	}
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		struct bridged_source *source = &s->adapter.channels[i].sources[0];

		if (s->adapter.channels[i].port && s->ports[i].waiting &&
		    (source->events & EPOLLIN)) {
			source->ready(source, EPOLLIN);
			moved = true;
		}
	}
	bridged_adapter_due(&s->adapter);
	return moved;
}

void stage_round(struct stage *s)
{
	round_moved(s);
}

void stage_settle(struct stage *s)
{
	unsigned int rounds = 0;

	while (round_moved(s))
		assert_true(++rounds < ROUNDS_MAX); /* otherwise the daemon would spin */
}

void stage_present(struct stage *s)
{
	assert_int_equal(bridged_adapter_connect(&s->adapter), 0);
	stage_say(s, UNIT_READY, 0, 0);
	stage_settle(s);
	assert_int_equal(s->adapter.phase, BRIDGED_PRESENT);
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		s->adapter.channels[i].port = &s->ports[i].base;
		assert_int_equal(bridged_channel_listen(&s->adapter.channels[i]), 0);
		s->adapter.n_channels = i + 1;
	}
	assert_int_equal(bridged_adapter_serve(&s->adapter), 0);
}

void stage_open(struct stage *s)
{
	stage_present(s);
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		stage_set_up(s, i, true);
		stage_say(s, UNIT_OPENED, i, 0);
	}
	stage_settle(s);
	for (unsigned int i = 0; i < FAKE_CHANNELS; i++)
		assert_int_equal(s->adapter.channels[i].state, BRIDGED_CHANNEL_OPEN);
}

static void check_channel(const struct stage *s, unsigned int i)
{
	const struct bridged_channel *channel = &s->adapter.channels[i];
	const struct bridged_counters *counters = &channel->counters;
	const struct fake_port *port = &s->ports[i];

	/* From the bus: what the engine read is with applications, or nobody was there. */
	assert_int_equal(s->line.frames_read[i], port->got + counters->rx_unclaimed);
	assert_int_equal(counters->rx_frames, port->got + port->errors);
	assert_int_equal(counters->rx_errors, port->errors);
	assert_false(port->disorder);

	/* To the bus: what the engine took waits, or was dropped for a reason, or was written. */
	assert_int_equal(port->taken, counters->tx_frames + counters->tx_unsupported +
					      counters->tx_aborted + channel->queued);
	if (s->driver.confirms)
		assert_int_equal(counters->tx_frames,
				 counters->tx_confirmed + counters->tx_failed + channel->in_flight);
	assert_false(s->line.disorder);
}

/* Frames on their way to the adapter: what is written up to the half, and what waits. */
static uint64_t frames_on_line(const struct stage *s)
{
	uint8_t bytes[UNIT_SIZE + BRIDGED_OUT_SIZE];
	size_t len = s->line.unit_len + s->adapter.out_len;
	uint64_t frames = 0;

	if (!s->line.is_open)
		return 0;
	memcpy(bytes, s->line.unit, s->line.unit_len);
	memcpy(bytes + s->line.unit_len, s->adapter.out, s->adapter.out_len);
	assert_int_equal(len % UNIT_SIZE, 0);
	for (size_t at = 0; at < len; at += UNIT_SIZE)
		frames += bytes[at] == UNIT_FRAME;
	return frames;
}

void stage_check(const struct stage *s)
{
	uint64_t written = 0, failed = 0, confirmed = 0, got = 0;

	for (unsigned int i = 0; i < FAKE_CHANNELS; i++) {
		const struct bridged_counters *counters = &s->adapter.channels[i].counters;

		check_channel(s, i);
		written += counters->tx_frames;
		failed += counters->tx_failed;
		confirmed += counters->tx_confirmed;
		got += s->line.frames_got[i];
	}
	/* Of frames that fail under way, the adapter may have got some or all. */
	if (s->driver.confirms)
		assert_true(confirmed <= got && got + frames_on_line(s) <= written);
	else
		assert_int_equal(written - failed, got + frames_on_line(s));
}
