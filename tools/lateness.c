// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A histogram whose buckets grow with the values: 32 for each power of two.
 */
#include "lateness.h"

#define SUB_BITS 5
#define SUBS (1U << SUB_BITS)

/* Values below SUBS have a bucket each. */
static unsigned int bucket_of(uint64_t value)
{
	unsigned int shift;

	if (value < SUBS)
		return (unsigned int)value;
	shift = 63U - SUB_BITS - (unsigned int)__builtin_clzll(value);
	return (shift + 1) * SUBS + (unsigned int)(value >> shift) - SUBS;
}

/* The largest value of a bucket. */
static uint64_t top_of(unsigned int bucket)
{
	unsigned int shift = bucket / SUBS;

	if (!shift)
		return bucket;
	shift--;
	return ((uint64_t)(bucket % SUBS + SUBS + 1) << shift) - 1;
}

void lateness_add(struct lateness *lateness, int64_t ns)
{
	if (ns < 0)
		ns = 0;
	if (ns > lateness->max_ns)
		lateness->max_ns = ns;
	lateness->buckets[bucket_of((uint64_t)ns)]++;
	lateness->n++;
}

int64_t lateness_percentile(const struct lateness *lateness, double part)
{
	double wanted = part * (double)lateness->n;
	uint64_t seen = 0;

	for (unsigned int i = 0; i < LATENESS_BUCKETS && lateness->n; i++) {
		seen += lateness->buckets[i];
		if ((double)seen < wanted)
			continue;
		return top_of(i) < (uint64_t)lateness->max_ns ? (int64_t)top_of(i)
							      : lateness->max_ns;
	}
	return lateness->max_ns;
}
