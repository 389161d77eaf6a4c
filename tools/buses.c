// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Receiving from several buses as from one.
 */
#include "buses.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS_PER_MS 1000000LL

/* What a call gives at least where more waits behind it and nothing was filtered out. */
#define FEW 64

void buses_close(struct buses *buses)
{
	for (unsigned int i = 0; i < buses->n; i++) {
		anycan_bus_close(buses->list[i]);
		free(buses->names[i]);
		free(buses->numbers[i]);
	}
	canlog_channels_free(buses->channels);
	*buses = (struct buses){.stop_fd = -1};
}

const char *buses_name(const struct buses *buses, uint16_t channel)
{
	const char *name = canlog_channels_name(buses->channels, channel);

	return name ? name : "?";
}

void buses_stats(const struct buses *buses, struct anycan_bus_stats *sum)
{
	struct anycan_bus_stats one;

	*sum = (struct anycan_bus_stats){0};
	for (unsigned int i = 0; i < buses->n; i++) {
		anycan_bus_get_stats(buses->list[i], &one);
		sum->rx_frames += one.rx_frames;
		sum->rx_errors += one.rx_errors;
		sum->rx_filtered += one.rx_filtered;
		sum->rx_dropped += one.rx_dropped;
		sum->rx_invalid += one.rx_invalid;
		sum->tx_frames += one.tx_frames;
		sum->tx_refused += one.tx_refused;
	}
}

/* ---- Numbers of channels */

static uint16_t ask_number(struct buses *buses, unsigned int i, uint16_t channel)
{
	char name[IFNAMSIZ];

	if (anycan_bus_channel_name(buses->list[i], channel, name, sizeof(name)))
		snprintf(name, sizeof(name), "%s", buses->names[i]);
	return canlog_channels_number(buses->channels, name, strlen(name));
}

/* The number in the common table of a bus' own @channel. */
static uint16_t number_of(struct buses *buses, unsigned int i, uint16_t channel)
{
	if (channel >= buses->n_numbers[i]) {
		size_t n = channel + 1U;
		uint16_t *more = realloc(buses->numbers[i], n * sizeof(*more));

		if (!more)
			return ANYCAN_CHANNEL_NONE;
		memset(more + buses->n_numbers[i], 0, (n - buses->n_numbers[i]) * sizeof(*more));
		buses->numbers[i] = more;
		buses->n_numbers[i] = (unsigned int)n;
	}
	if (!buses->numbers[i][channel])
		buses->numbers[i][channel] = (uint16_t)(ask_number(buses, i, channel) + 1U);
	return (uint16_t)(buses->numbers[i][channel] - 1U);
}

/* ---- Receiving */

static int receive(struct buses *buses, unsigned int i, struct anycan_frame *frames,
		   unsigned int max, struct anycan_error *error)
{
	int n = anycan_bus_recv_many(buses->list[i], frames, max, 0, error);

	for (int k = 0; k < n; k++)
		if (frames[k].channel != ANYCAN_CHANNEL_NONE)
			frames[k].channel = number_of(buses, i, frames[k].channel);
	return n;
}

/* Whether nothing waits behind the @n frames that a call for up to @max gave. */
static bool is_drained(struct anycan_bus *bus, int n, unsigned int max)
{
	return !n ||
	       (n > 0 && n < FEW && (unsigned int)n < max && anycan_bus_filters_in_kernel(bus));
}

/* What waits at the buses that may have something. */
static int receive_any(struct buses *buses, struct anycan_frame *frames, unsigned int max,
		       unsigned int *index, struct anycan_error *error)
{
	int n = 0;

	for (unsigned int tried = 0; tried < buses->n && !n; tried++) {
		unsigned int i = buses->turn;

		buses->turn = (buses->turn + 1) % buses->n;
		if (!(buses->ready >> i & 1))
			continue;
		n = receive(buses, i, frames, max, error);
		if (is_drained(buses->list[i], n, max))
			buses->ready &= ~(1U << i);
		if (n && index)
			*index = i;
	}
	return n;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

/* Return: whether a bus may have something; false when the time is up, or a signal came. */
static bool wait_for_any(struct buses *buses, int64_t left_ns)
{
	struct pollfd fds[BUSES_MAX + 1];
	int64_t ms = left_ns < 0 ? -1 : (left_ns + NS_PER_MS - 1) / NS_PER_MS;

	for (unsigned int i = 0; i < buses->n; i++)
		fds[i] = (struct pollfd){anycan_bus_fd(buses->list[i]), POLLIN, 0};
	fds[buses->n] = (struct pollfd){buses->stop_fd, POLLIN, 0};
	if (poll(fds, buses->n + 1, ms > INT32_MAX ? INT32_MAX : (int)ms) <= 0)
		return false;
	for (unsigned int i = 0; i < buses->n; i++)
		if (fds[i].revents)
			buses->ready |= 1U << i;
	return !fds[buses->n].revents;
}

int buses_recv(struct buses *buses, struct anycan_frame *frames, unsigned int max,
	       unsigned int *index, int64_t timeout_ns, struct anycan_error *error)
{
	int64_t end_ns = timeout_ns > 0 ? now_ns() + timeout_ns : 0, left_ns = timeout_ns;
	int n;

	/* Not to wait is to look all the same. */
	if (!timeout_ns && !buses_more(buses))
		buses->ready = ~0U;
	n = receive_any(buses, frames, max, index, error);
	while (!n && left_ns && wait_for_any(buses, left_ns)) {
		n = receive_any(buses, frames, max, index, error);
		if (timeout_ns > 0)
			left_ns = end_ns > now_ns() ? end_ns - now_ns() : 0;
	}
	return n;
}
