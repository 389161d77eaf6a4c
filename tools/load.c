// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan load: how busy buses are, every bit counted that was on the wire.
 */
#include "load.h"

#include "args.h"
#include "stop.h"
#include "tools.h"

#include <anycan/clock.h>
#include <anycan/log.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PROGRAM "anycan load"
#define BATCH 256
#define QUEUE 32768
#define CHANNELS_MAX 64

struct meter {
	const struct load_args *args;
	struct buses buses;
	struct load_channel channels[CHANNELS_MAX];
	unsigned int n_channels;
	uint64_t dropped[BUSES_MAX];
	int64_t began_ns; /* of this period */
	uint64_t reports;
	unsigned int lines; /* of the last report */
	bool too_many;	    /* was told of */
	struct anycan_frame batch[BATCH];
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

/* ---- Channels */

static struct load_channel *channel_of(struct meter *m, uint16_t number, unsigned int bus)
{
	struct load_channel *channel;

	if (number >= CHANNELS_MAX) {
		if (!m->too_many)
			fprintf(stderr,
				PROGRAM ": more than %d channels; the others are not "
					"counted\n",
				CHANNELS_MAX);
		m->too_many = true;
		return NULL;
	}
	channel = &m->channels[number];
	if (channel->known)
		return channel;
	channel->known = true;
	channel->rates = m->args->rates[bus];
	if (!channel->rates.nominal)
		channel->rates = load_rates_of(buses_name(&m->buses, number));
	if (number >= m->n_channels)
		m->n_channels = number + 1U;
	return channel;
}

static uint16_t number_of(struct meter *m, unsigned int bus)
{
	char name[IFNAMSIZ];

	if (anycan_bus_channel_name(m->buses.list[bus], 0, name, sizeof(name)))
		return ANYCAN_CHANNEL_NONE;
	return canlog_channels_number(m->buses.channels, name, strlen(name));
}

/* What is quiet is shown too; a bus on all netdevs shows each when it speaks. */
static int know_channels(struct meter *m)
{
	for (unsigned int i = 0; i < m->buses.n; i++) {
		uint16_t number = number_of(m, i);
		const struct load_channel *channel;

		if (number == ANYCAN_CHANNEL_NONE)
			continue;
		channel = channel_of(m, number, i);
		if (channel && !channel->rates.nominal) {
			fprintf(stderr,
				PROGRAM ": the bit rate of %s is not known; write %s@500000 or "
					"%s@500k,2M\n",
				m->buses.names[i], m->buses.names[i], m->buses.names[i]);
			return STATUS_USAGE;
		}
	}
	return 0;
}

/* ---- Counting */

static void count_frame(struct load_channel *channel, const struct anycan_frame *frame,
			enum anycan_stuffing stuffing)
{
	struct anycan_wire_bits bits = anycan_frame_bits(frame, stuffing);

	channel->frames++;
	channel->nominal_bits += bits.nominal;
	channel->data_bits += bits.data;
	if (frame->can_id & CAN_ERR_FLAG)
		channel->errors++;
	else
		channel->payload_bits += 8 * anycan_frame_data_len(frame);
}

static void count_dropped(struct meter *m, unsigned int bus, struct load_channel *channel)
{
	struct anycan_bus_stats stats;

	anycan_bus_get_stats(m->buses.list[bus], &stats);
	channel->dropped += stats.rx_dropped - m->dropped[bus];
	m->dropped[bus] = stats.rx_dropped;
}

static void count(struct meter *m, unsigned int bus, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		const struct anycan_frame *frame = &m->batch[i];
		struct load_channel *channel = channel_of(m, frame->channel, bus);

		if (!channel)
			continue;
		count_frame(channel, frame, m->args->stuffing);
		if (!i)
			count_dropped(m, bus, channel);
	}
}

/* ---- Reports */

static int width_of_names(const struct meter *m)
{
	size_t width = 0;

	for (unsigned int i = 0; i < m->n_channels; i++) {
		size_t len = strlen(buses_name(&m->buses, (uint16_t)i));

		if (m->channels[i].known && len > width)
			width = len;
	}
	return (int)width;
}

static void print_time(void)
{
	time_t now = time(NULL);
	char text[32];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	printf("%s %s\n", PROGRAM, text);
}

static void begin_lines(struct meter *m)
{
	if (m->args->redraw && m->lines)
		printf("\33[%uA", m->lines);
	m->lines = 0;
	if (m->args->json || !m->args->time)
		return;
	print_time();
	m->lines++;
}

/* Return: an exit status. */
static int report(struct meter *m, int64_t now)
{
	struct load_report line = {.seconds = (double)(now - m->began_ns) / 1e9};
	int width = width_of_names(m);

	begin_lines(m);
	for (unsigned int i = 0; i < m->n_channels; i++) {
		struct load_channel *channel = &m->channels[i];

		if (!channel->known)
			continue;
		line.name = buses_name(&m->buses, (uint16_t)i);
		line.channel = channel;
		if (m->args->json)
			load_print_json(&line);
		else
			load_print(m->args, &line, width, m->args->color ? (int)i : -1);
		m->lines++;
		*channel = (struct load_channel){.known = true, .rates = channel->rates};
	}
	m->reports++;
	m->began_ns = now;
	return fflush(stdout) ? STATUS_FAILED : 0;
}

/* ---- The whole */

static int receive(struct meter *m, int64_t wait_ns)
{
	struct anycan_error error;
	unsigned int bus = 0;
	int n = buses_recv(&m->buses, m->batch, BATCH, &bus, wait_ns, &error);

	if (n < 0) {
		fprintf(stderr, PROGRAM ": %s\n", error.text);
		return n == -ECONNRESET ? STATUS_GONE : status_of(n);
	}
	count(m, bus, (unsigned int)n);
	return 0;
}

static int loop(struct meter *m)
{
	int64_t end_ns = m->began_ns + m->args->period_ns;
	int status = 0;

	while (!status && !stop_requested() && (!m->args->count || m->reports < m->args->count)) {
		int64_t now = now_ns();

		if (now < end_ns) {
			status = receive(m, end_ns - now);
			continue;
		}
		status = report(m, now);
		/* In step with the clock, unless it was far too late. */
		end_ns += m->args->period_ns;
		if (end_ns <= now)
			end_ns = now + m->args->period_ns;
	}
	return status;
}

static int run(struct meter *m, struct load_args *args)
{
	struct anycan_error error;
	int ret, status;

	args->buses.options.rx_queue_size = QUEUE;
	ret = buses_open(&m->buses, &args->buses, &error);
	if (ret) {
		fprintf(stderr, PROGRAM ": %s\n", error.text);
		return error.category == ANYCAN_ERROR_VALUE ? STATUS_USAGE : status_of(ret);
	}
	status = know_channels(m);
	m->buses.stop_fd = stop_open();
	m->began_ns = now_ns();
	if (!status)
		status = loop(m);
	buses_close(&m->buses);
	return status;
}

int tool_load(int argc, char **argv)
{
	struct load_args args = {.stuffing = ANYCAN_STUFF_EXACT, .period_ns = ANYCAN_NS_PER_S};
	struct meter *meter = calloc(1, sizeof(*meter));
	int status = meter ? load_args_parse(&args, argc, argv) : STATUS_FAILED;

	if (status < 0) {
		anycan_log_init(PROGRAM,
				(enum anycan_log_level)(ANYCAN_LOG_WARNING + args.verbose));
		meter->args = &args;
		status = run(meter, &args);
	}
	load_args_clear(&args);
	free(meter);
	return status;
}
