/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How late things happened: a histogram of fixed size, exact to 1/32 of each value.
 */
#ifndef TOOLS_LATENESS_H
#define TOOLS_LATENESS_H

#include <stdint.h>

#define LATENESS_BUCKETS (60 * 32)

/** struct lateness - the histogram; all 0 to begin with */
struct lateness {
	uint64_t n;
	uint64_t buckets[LATENESS_BUCKETS];
	int64_t max_ns;
};

/** lateness_add() - one more; negative counts as 0 */
void lateness_add(struct lateness *lateness, int64_t ns);

/** lateness_percentile() - what @part of all, 0 to 1, do not exceed; 0 if there are none */
int64_t lateness_percentile(const struct lateness *lateness, double part);

#endif
