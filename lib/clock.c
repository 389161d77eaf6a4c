/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From an adapter's counter to the epoch. Every frame reaches the host late, never early, so the
 * smallest delay is the best one: the mapping is moved back at once when a frame shows that it
 * runs ahead, and forward only by what a clock can drift, once a window, when every frame of the
 * window seemed late. What is left over from window to window is the clock's rate.
 */
#include <anycan/clock.h>

#define WINDOW_NS ANYCAN_NS_PER_S
/* No adapter's clock is worse than this, in parts per billion. */
#define DRIFT_MAX_PPB INT64_C(500000)
/* Windows of this length in all make the rate known. */
#define RATE_MEMORY_NS (8 * ANYCAN_NS_PER_S)
/* Frames of several channels may come in the wrong order by this much, not more. */
#define DISORDER_NS (100 * ANYCAN_NS_PER_MS)
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

static int64_t clock_time_of(const struct anycan_clock *clock, uint64_t ticks)
{
	int64_t span_ns = (int64_t)(ticks - clock->base_ticks) * clock->tick_ns;

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
	clock->window_start_ns = host_ns;
	clock->window_min_ns = INT64_MAX;
	clock->window_shift_ns = 0;
}

/* Begin the mapping: for want of anything better @stamp is now. */
static int64_t clock_sync(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	/* One wrap more, so that a frame from just before never has negative ticks. */
	clock->ticks = stamp + clock->wrap;
	clock->base_ticks = clock->ticks;
	clock->base_ns = host_ns;
	clock->lost_windows = 0;
	clock->synced = true;
	clock_new_window(clock, host_ns);
	return host_ns;
}

static int64_t clock_clamp(int64_t value, int64_t low, int64_t high)
{
	if (value < low)
		return low;
	return value < high ? value : high;
}

/* How far the mapping goes forward after a window in which every frame seemed late. */
static int64_t clock_rise_ns(struct anycan_clock *clock, int64_t drift_max_ns)
{
	if (clock->window_min_ns < LOST_NS)
		clock->lost_windows = 0;
	else if (++clock->lost_windows == LOST_WINDOWS)
		return clock->window_min_ns;
	return clock->window_min_ns < drift_max_ns ? clock->window_min_ns : drift_max_ns;
}

/* What the mapping had to be moved by in a window tells how wrong the rate was. */
static void clock_end_window(struct anycan_clock *clock, int64_t host_ns)
{
	int64_t elapsed_ns = host_ns - clock->window_start_ns;
	int64_t drift_max_ns = clock_part_ns(elapsed_ns, DRIFT_MAX_PPB);
	int64_t rise_ns = clock_rise_ns(clock, drift_max_ns);
	int64_t moved_ns = clock->window_shift_ns + rise_ns;

	clock->base_ns = clock_time_of(clock, clock->ticks) + rise_ns;
	clock->base_ticks = clock->ticks;
	if (moved_ns >= -drift_max_ns && moved_ns <= drift_max_ns)
		clock->rate_ppb += moved_ns * 1000 / ((elapsed_ns + RATE_MEMORY_NS) / 1000000);
	clock->rate_ppb = clock_clamp(clock->rate_ppb, -DRIFT_MAX_PPB, DRIFT_MAX_PPB);
	clock_new_window(clock, host_ns);
}

/* Whether the counter stands where it can only stand after a restart. */
static bool clock_restarted(const struct anycan_clock *clock, uint64_t ticks, int64_t delay_ns)
{
	uint64_t disorder = (uint64_t)(DISORDER_NS / clock->tick_ns);

	return ticks + disorder < clock->ticks || delay_ns < -LOST_NS;
}

/* The time of a stamp, not in the host's future; the mapping learns from it. */
static int64_t clock_follow(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	uint64_t ticks = clock_unwrap(clock, stamp, host_ns);
	int64_t time_ns = clock_time_of(clock, ticks);
	int64_t delay_ns = host_ns - time_ns;

	if (clock_restarted(clock, ticks, delay_ns))
		return clock_sync(clock, stamp, host_ns);
	if (ticks > clock->ticks)
		clock->ticks = ticks;
	if (delay_ns < 0) {
		clock->base_ns += delay_ns;
		clock->window_shift_ns += delay_ns;
		time_ns = host_ns;
		delay_ns = 0;
	}
	if (delay_ns < clock->window_min_ns)
		clock->window_min_ns = delay_ns;
	if (host_ns - clock->window_start_ns >= WINDOW_NS)
		clock_end_window(clock, host_ns);
	return time_ns;
}

int64_t anycan_clock_map(struct anycan_clock *clock, uint64_t stamp, int64_t host_ns)
{
	int64_t time_ns;

	if (clock->synced)
		time_ns = clock_follow(clock, stamp, host_ns);
	else
		time_ns = clock_sync(clock, stamp, host_ns);
	if (time_ns < clock->last_ns)
		time_ns = clock->last_ns;
	if (time_ns > host_ns)
		time_ns = host_ns;
	clock->last_ns = time_ns;
	return time_ns;
}
