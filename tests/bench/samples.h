/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the benchmark's programs count: frames that arrive, when, and how old they are.
 */
#ifndef TESTS_BENCH_SAMPLES_H
#define TESTS_BENCH_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#define NS_PER_S 1000000000

/** struct samples - frames seen so far */
struct samples {
	int64_t *age_ns; /**< of each frame with a stamp */
	size_t frames, max;
	int64_t last_ns; /**< when the last one came */
};

/** now_ns() - CLOCK_MONOTONIC */
int64_t now_ns(void);

/** sleep_until() - sleep until that moment of CLOCK_MONOTONIC */
void sleep_until(int64_t ns);

/** number() - a positive number of the command line; anything else ends the program */
long number(const char *text);

/** samples_new() - room for @max frames */
struct samples *samples_new(size_t max);

/** samples_add() - a frame has come, stamped with now_ns() when it was sent */
void samples_add(struct samples *samples, int64_t arrived_ns, int64_t sent_ns);

/**
 * samples_print() - finish a line of `key=value` words: frames, end_ns, p50_us, p99_us, max_us
 */
void samples_print(struct samples *samples);

#endif
