/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Time: monotonic moments that cannot be mixed up with wall time, and the mapping of an
 * adapter's free-running counter to the Unix epoch.
 */
#ifndef ANYCAN_CLOCK_H
#define ANYCAN_CLOCK_H

#include <anycan/export.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ANYCAN_NS_PER_US INT64_C(1000)
#define ANYCAN_NS_PER_MS INT64_C(1000000)
#define ANYCAN_NS_PER_S INT64_C(1000000000)

/** struct anycan_mono - a moment of CLOCK_MONOTONIC in nanoseconds */
struct anycan_mono {
	int64_t ns;
};

/** A moment that never comes: no deadline. */
#define ANYCAN_NEVER ((struct anycan_mono){INT64_MAX})

/** anycan_mono_after() - the moment @ns nanoseconds after @from */
static inline struct anycan_mono anycan_mono_after(struct anycan_mono from, int64_t ns)
{
	struct anycan_mono later = {from.ns + ns};

	return later;
}

/** anycan_mono_min() - the earlier of two moments */
static inline struct anycan_mono anycan_mono_min(struct anycan_mono a, struct anycan_mono b)
{
	return a.ns < b.ns ? a : b;
}

/** Windows that struct anycan_clock can remember. */
#define ANYCAN_CLOCK_POINTS 16

/** struct anycan_clock_point - a frame that the host got quickly; for struct anycan_clock only */
struct anycan_clock_point {
	int64_t adapter_ns; /* the adapter's time since the mapping began */
	int64_t offset_ns;  /* the host's time since then, less the adapter's */
};

/**
 * struct anycan_clock - maps an adapter's counter to the epoch
 *
 * Opaque to its owner, who embeds it and calls anycan_clock_init() first. The counter is
 * unwrapped with the help of the host's time, so it may wrap any number of times between two
 * frames as long as the host saw the frames within half a wrap of when they were stamped.
 * Rate and offset follow the adapter slowly: frames that the host got late (USB, scheduling)
 * do not pull the mapping; results never run backwards and never lie in the host's future.
 * A counter that jumps back, because the adapter restarted, starts the mapping again.
 */
struct anycan_clock {
	uint64_t wrap;	      /* ticks until the counter is 0 again; 0 = it never is */
	int64_t tick_ns;      /* nominal length of a tick */
	uint64_t ticks;	      /* last stamp, unwrapped */
	uint64_t first_ticks; /* where the mapping began, */
	int64_t first_ns;     /* and when, host's time */
	uint64_t base_ticks;  /* the mapping: base_ticks are base_ns, */
	int64_t base_ns;
	int64_t rate_ppb;	 /* and a tick lasts so many billionths longer than tick_ns */
	int64_t last_ns;	 /* last result */
	int64_t window_end_ns;	 /* host's time when the running window ends */
	int64_t window_delay_ns; /* smallest delay seen in it */
	struct anycan_clock_point window; /* and the frame that had it */
	struct anycan_clock_point points[ANYCAN_CLOCK_POINTS];
	unsigned int num_points;
	unsigned int lost_windows; /* windows in succession that every frame missed by far */
	bool synced;
};

/**
 * anycan_clock_init() - start a mapping
 * @clock: the mapping
 * @wrap: counter values before it starts again at 0, e.g. 60000 for slcan's milliseconds; 0 for a
 *	counter of 64 bits
 * @tick_ns: nanoseconds of one count, at least 1
 */
ANYCAN_API void anycan_clock_init(struct anycan_clock *clock, uint64_t wrap, int64_t tick_ns);

/**
 * anycan_clock_map() - epoch time of a stamp
 * @clock: the mapping
 * @stamp: the adapter's counter, below @wrap
 * @host_ns: when the host got it, nanoseconds since the epoch
 *
 * Return: nanoseconds since the epoch, not later than @host_ns, not earlier than the last result
 * unless @host_ns itself went back.
 */
ANYCAN_API int64_t anycan_clock_map(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns);

#ifdef __cplusplus
}
#endif

#endif
