/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From an adapter's counter to the epoch. A frame reaches the host late, never early: drawn over
 * the adapter's time, the offsets of host to adapter lie above a line, whose slope is the drift
 * of the adapter's clock. The line is looked for along the lower convex hull of the offsets, of
 * which a window of a second hands in the smallest.
 */
#include <anycan/clock.h>
#include <string.h>

#define WINDOW_NS ANYCAN_NS_PER_S
/* How far back the hull reaches: temperature changes an oscillator within some minutes. */
#define HORIZON_NS (300 * ANYCAN_NS_PER_S)
/* What it must still cover without its oldest point. */
#define HORIZON_MIN_NS (HORIZON_NS / 2)
/* No adapter's clock is worse, in parts per billion: ceramic resonators have 0.5 %. */
#define DRIFT_MAX_PPB 10000000
/* Frames of several channels may come in the wrong order by this much, not more. */
#define DISORDER_NS (100 * ANYCAN_NS_PER_MS)
/* And nobody waits for years: what seems to is a counter that jumped. */
#define JUMP_MAX_NS (INT64_MAX / 8)
/* A mapping that every frame misses by so much for so many windows is wrong. */
#define LOST_NS (100 * ANYCAN_NS_PER_MS)
#define LOST_WINDOWS 5

void anycan_clock_init(struct anycan_clock *clock, uint64_t wrap, int64_t tick_ns)
{
	*clock = (struct anycan_clock){.wrap = wrap, .tick_ns = tick_ns};
}

/* @ppb billionths of @span_ns, without overflow for spans of years. */
static int64_t clock_part_ns(int64_t span_ns, int64_t ppb)
{
	return span_ns / ANYCAN_NS_PER_S * ppb + span_ns % ANYCAN_NS_PER_S * ppb / ANYCAN_NS_PER_S;
}

static int64_t clock_span_ns(const struct anycan_clock *clock, uint64_t from, uint64_t to)
{
	return (int64_t)(to - from) * clock->tick_ns;
}

static int64_t clock_time_of(const struct anycan_clock *clock, uint64_t ticks)
{
	int64_t span_ns = clock_span_ns(clock, clock->base_ticks, ticks);

	return clock->base_ns + span_ns + clock_part_ns(span_ns, clock->rate_ppb);
}

/* The ticks with the counter at @stamp that are nearest to what the host's time lets expect. */
static uint64_t clock_unwrap(const struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	int64_t span_ns = host_ns > clock->base_ns ? host_ns - clock->base_ns : 0;
	uint64_t expected;
	uint64_t ahead;

	if (!clock->wrap)
		return stamp;
	span_ns -= clock_part_ns(span_ns, clock->rate_ppb);
	expected = clock->base_ticks + (uint64_t)(span_ns / clock->tick_ns);
	ahead = (stamp + clock->wrap - expected % clock->wrap) % clock->wrap;
	return ahead > clock->wrap / 2 ? expected + ahead - clock->wrap : expected + ahead;
}

static void clock_new_window(struct anycan_clock *clock, int64_t host_ns)
{
	clock->window_end_ns = host_ns + WINDOW_NS;
	clock->window_delay_ns = INT64_MAX;
}

/* Begin the mapping: for want of anything better, @stamp is now. */
static void clock_sync(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	/* One wrap more, so that a frame from just before never has negative ticks. */
	clock->ticks = stamp + clock->wrap;
	clock->first_ticks = clock->ticks;
	clock->first_ns = host_ns;
	clock->base_ticks = clock->ticks;
	clock->base_ns = host_ns;
	clock->num_points = 0;
	clock->lost_windows = 0;
	clock->synced = true;
	clock_new_window(clock, host_ns);
}

/* The slope from one point to a later one, in parts per billion. */
static double clock_slope(const struct anycan_clock_point *a, const struct anycan_clock_point *b)
{
	return (double)(b->offset_ns - a->offset_ns) * 1e9 /
	       (double)(b->adapter_ns - a->adapter_ns);
}

static void clock_drop_oldest(struct anycan_clock *clock)
{
	clock->num_points--;
	memmove(clock->points, clock->points + 1, clock->num_points * sizeof(clock->points[0]));
}

/* Whether the oldest point has nothing to say about the drift of today. */
static bool clock_oldest_is_useless(const struct anycan_clock *clock)
{
	const struct anycan_clock_point *points = clock->points;
	int64_t newest_ns = points[clock->num_points - 1].adapter_ns;

	if (clock->num_points == ANYCAN_CLOCK_POINTS)
		return true;
	if (clock->num_points < 2)
		return false;
	/* No clock gains so fast: the oldest was late, or the host's clock was set. */
	if (clock_slope(&points[0], &points[1]) < -DRIFT_MAX_PPB)
		return true;
	return newest_ns - points[0].adapter_ns > HORIZON_NS &&
	       newest_ns - points[1].adapter_ns > HORIZON_MIN_NS;
}

/* Put the window's point at the end of the hull, and take off those that lie above it now. */
static void clock_add_point(struct anycan_clock *clock)
{
	struct anycan_clock_point *points = clock->points;
	const struct anycan_clock_point *added = &clock->window;
	unsigned int n = clock->num_points;

	while (n && points[n - 1].adapter_ns >= added->adapter_ns)
		n--;
	while (n > 1 &&
	       clock_slope(&points[n - 2], &points[n - 1]) >= clock_slope(&points[n - 2], added))
		n--;
	points[n] = *added;
	clock->num_points = n + 1;
	while (clock_oldest_is_useless(clock))
		clock_drop_oldest(clock);
}

/*
 * The slope of the hull's edge in the middle of the time it covers; if that cannot be a drift,
 * because all later frames were late, of the last edge before it that can. Without any the rate
 * stays.
 */
static void clock_find_rate(struct anycan_clock *clock)
{
	const struct anycan_clock_point *points = clock->points;
	int64_t middle_ns;
	unsigned int i;

	middle_ns = (points[0].adapter_ns + points[clock->num_points - 1].adapter_ns) / 2;
	for (i = 0; i + 1 < clock->num_points; i++) {
		double slope = clock_slope(&points[i], &points[i + 1]);

		if (slope > DRIFT_MAX_PPB)
			break;
		clock->rate_ppb = (int64_t)slope;
		if (points[i + 1].adapter_ns > middle_ns)
			break;
	}
}

/* Lay the mapping on the hull from below. */
static void clock_find_base(struct anycan_clock *clock)
{
	int64_t adapter_ns = clock_span_ns(clock, clock->first_ticks, clock->ticks);
	int64_t offset_ns = INT64_MAX;
	unsigned int i;

	for (i = 0; i < clock->num_points; i++) {
		const struct anycan_clock_point *point = &clock->points[i];
		int64_t later_ns = adapter_ns - point->adapter_ns;
		int64_t at_ns = point->offset_ns + clock_part_ns(later_ns, clock->rate_ppb);

		if (at_ns < offset_ns)
			offset_ns = at_ns;
	}
	clock->base_ticks = clock->ticks;
	clock->base_ns = clock->first_ns + adapter_ns + offset_ns;
}

/*
 * As long as there is no hull, the first stamp is worth more than a window of frames that were
 * late: later against it than any drift can explain.
 */
static bool clock_first_is_better(const struct anycan_clock *clock)
{
	return !clock->num_points &&
	       clock->window.offset_ns > clock_part_ns(clock->window.adapter_ns, DRIFT_MAX_PPB);
}

/* Return: whether the mapping is to begin again. */
static bool clock_end_window(struct anycan_clock *clock, int64_t host_ns)
{
	if (clock->window_delay_ns < LOST_NS)
		clock->lost_windows = 0;
	else if (++clock->lost_windows == LOST_WINDOWS)
		return true;
	if (!clock_first_is_better(clock)) {
		clock_add_point(clock);
		clock_find_rate(clock);
		clock_find_base(clock);
	}
	clock_new_window(clock, host_ns);
	return false;
}

/* Whether the counter stands where it can only stand after a restart; or is nonsense. */
static bool clock_jumped(const struct anycan_clock *clock, uint64_t ticks)
{
	int64_t ahead = (int64_t)(ticks - clock->ticks);

	return ahead < -DISORDER_NS / clock->tick_ns || ahead > JUMP_MAX_NS / clock->tick_ns;
}

/* The time of a stamp; the mapping learns from it. */
static int64_t clock_follow(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	uint64_t ticks = clock_unwrap(clock, stamp, host_ns);
	int64_t delay_ns = -INT64_MAX;

	if (!clock_jumped(clock, ticks))
		delay_ns = host_ns - clock_time_of(clock, ticks);
	if (delay_ns < -LOST_NS) {
		clock_sync(clock, stamp, host_ns);
		return host_ns;
	}
	if (ticks > clock->ticks)
		clock->ticks = ticks;
	if (delay_ns < clock->window_delay_ns) {
		clock->window_delay_ns = delay_ns;
		clock->window.adapter_ns = clock_span_ns(clock, clock->first_ticks, ticks);
		clock->window.offset_ns = host_ns - clock->first_ns - clock->window.adapter_ns;
	}
	if (delay_ns < 0) {
		clock->base_ns += delay_ns;
		clock->window_delay_ns = 0;
		delay_ns = 0;
	}
	if (host_ns >= clock->window_end_ns && clock_end_window(clock, host_ns)) {
		clock_sync(clock, stamp, host_ns);
		return host_ns;
	}
	return host_ns - delay_ns;
}

int64_t anycan_clock_map(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	int64_t time_ns = host_ns;

	if (clock->synced)
		time_ns = clock_follow(clock, stamp, host_ns);
	else
		clock_sync(clock, stamp, host_ns);
	if (time_ns < clock->last_ns)
		time_ns = clock->last_ns;
	if (time_ns > host_ns)
		time_ns = host_ns;
	clock->last_ns = time_ns;
	return time_ns;
}
