// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Counting and timing of frames. See samples.h.
 */
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

void sleep_until(int64_t ns)
{
	const struct timespec t = {ns / NS_PER_S, ns % NS_PER_S};

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
}

long number(const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);

	if (*end || end == text || value <= 0) {
		fprintf(stderr, "%s: not a positive number\n", text);
		exit(2);
	}
	return value;
}

struct samples *samples_new(size_t max)
{
	struct samples *samples = calloc(1, sizeof(*samples));

	if (samples)
		samples->age_ns = calloc(max, sizeof(*samples->age_ns));
	if (!samples || !samples->age_ns)
		abort();
	samples->max = max;
	return samples;
}

void samples_add(struct samples *samples, int64_t arrived_ns, int64_t sent_ns)
{
	samples->last_ns = arrived_ns;
	if (samples->frames < samples->max)
		samples->age_ns[samples->frames] = arrived_ns - sent_ns;
	samples->frames++;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return (left > right) - (left < right);
}

void samples_print(struct samples *samples)
{
	size_t n = samples->frames < samples->max ? samples->frames : samples->max;

	qsort(samples->age_ns, n, sizeof(*samples->age_ns), compare);
	printf(" frames=%zu end_ns=%lld", samples->frames, (long long)samples->last_ns);
	if (n)
		printf(" p50_us=%.1f p99_us=%.1f max_us=%.1f", (double)samples->age_ns[n / 2] / 1e3,
		       (double)samples->age_ns[n * 99 / 100] / 1e3,
		       (double)samples->age_ns[n - 1] / 1e3);
	printf("\n");
	fflush(stdout);
}
