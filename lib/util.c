// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Small helpers.
 */
#include <anycan/util.h>

#include <anycan/log.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

int anycan_channel2int(const char *channel)
{
	size_t len = channel ? strlen(channel) : 0, digits = len;
	int64_t number = 0;

	while (digits && channel[digits - 1] >= '0' && channel[digits - 1] <= '9')
		digits--;
	if (digits == len)
		return -EINVAL;
	for (; digits < len; digits++) {
		number = number * 10 + (channel[digits] - '0');
		if (number > INT_MAX)
			return -ERANGE;
	}
	return (int)number;
}

void anycan_set_logging_level(const char *name)
{
	int level = name ? anycan_log_level_parse(name) : -EINVAL;

	anycan_log_set_level(level < 0 ? ANYCAN_LOG_DEBUG : (enum anycan_log_level)level);
}

static int64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

void anycan_correlate(struct anycan_correlation *correlation)
{
	correlation->error_ns = INT64_MAX;
	/* Of a few tries, the one that was disturbed least. */
	for (int i = 0; i < 5; i++) {
		int64_t before = read_clock(CLOCK_MONOTONIC);
		int64_t epoch = read_clock(CLOCK_REALTIME);
		int64_t gap = read_clock(CLOCK_MONOTONIC) - before;

		if (gap >= correlation->error_ns)
			continue;
		correlation->error_ns = gap;
		correlation->epoch_ns = epoch;
		correlation->mono.ns = before + gap / 2;
	}
}
