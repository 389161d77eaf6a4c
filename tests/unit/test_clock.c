/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lib/clock.c, with adapters simulated in virtual time: counters that wrap, clocks that drift,
 * frames that the host gets late. What is asserted is the distance from the true time.
 */
#include "check.h"
#include "random.h"
#include <anycan/clock.h>

#define MS ANYCAN_NS_PER_MS
#define SECOND ANYCAN_NS_PER_S

/* The host's clock when the simulation begins. */
#define EPOCH INT64_C(1700000000000000000)

/* An adapter, the way to the host, and what is asked of the mapping. */
struct scene {
	const char *name;
	uint64_t wrap;
	int64_t tick_ns;
	int64_t interval_ns; /* mean time between frames; the real one varies from 0 to double */
	int64_t delay_ns;    /* shortest delay */
	int64_t jitter_ns;   /* and what may be added to it, evenly distributed */
	unsigned int spikes; /* in a thousand frames: up to 50 ms more */
	int64_t duration_ns;
	int64_t settle_ns; /* errors count from here on */
	int64_t late_ns;   /* results may lie behind the true time by so much, */
	int64_t early_ns;  /* before it by so much, */
	int64_t mean_ns;   /* and on average by so much */
};

/* clang-format off */
static const struct scene scenes[] = {
	/* wrap, tick, interval, delay, jitter, spikes; duration, settle; late, early, mean */
	{"gs_usb, busy", UINT64_C(1) << 32, 1000, MS, 100000, MS, 10,
	 120 * SECOND, 10 * SECOND, 150000, 20000, 120000},
	{"gs_usb, quiet", UINT64_C(1) << 32, 1000, 100 * MS, 100000, MS, 10,
	 600 * SECOND, 20 * SECOND, 200000, 20000, 120000},
	{"gs_usb, over four wraps", UINT64_C(1) << 32, 1000, 2 * SECOND, 100000, MS, 10,
	 20000 * SECOND, 60 * SECOND, 700000, 50000, 150000},
	{"gs_usb, slow host", UINT64_C(1) << 32, 1000, 100 * MS, 100000, 50 * MS, 0,
	 600 * SECOND, 60 * SECOND, MS, MS / 2, MS / 4},
	{"slcan, busy", 60000, MS, 10 * MS, MS / 2, 5 * MS, 10,
	 400 * SECOND, 20 * SECOND, MS, MS, MS / 10},
	{"slcan, quiet", 60000, MS, SECOND, MS / 2, 50 * MS, 10,
	 4000 * SECOND, 100 * SECOND, 10 * MS, 3 * MS, 3 * MS / 2},
	{"slcan, wraps between frames", 60000, MS, 150 * SECOND, MS / 2, 5 * MS, 0,
	 60000 * SECOND, 2000 * SECOND, 6 * MS, 5 * MS, 4 * MS},
	{"nanoseconds of 64 bits", 0, 1, MS, 20000, 200000, 10,
	 60 * SECOND, 10 * SECOND, 30000, 10000, 25000},
};
/* clang-format on */

/* The results of a run. */
struct errors {
	int64_t late_ns;
	int64_t early_ns;
	int64_t sum_ns;
	int64_t count;
};

/* A random number from 0 to @limit_ns. */
static int64_t random_ns(struct test_random *random, int64_t limit_ns)
{
	return (int64_t)(test_random_next(random) % (uint64_t)(limit_ns + 1));
}

/* The counter at a moment: it starts somewhere, and gains @drift_ppm. */
static uint64_t counter_at(const struct scene *scene, int64_t now_ns, int64_t drift_ppm)
{
	int64_t adapter_ns = now_ns + now_ns / 1000000 * drift_ppm + 12345678901;
	uint64_t ticks = (uint64_t)(adapter_ns / scene->tick_ns);

	return scene->wrap ? ticks % scene->wrap : ticks;
}

static void count_error(struct errors *errors, int64_t error_ns)
{
	if (error_ns > errors->late_ns)
		errors->late_ns = error_ns;
	if (-error_ns > errors->early_ns)
		errors->early_ns = -error_ns;
	errors->sum_ns += error_ns;
	errors->count++;
}

static struct errors run(const struct scene *scene, int64_t drift_ppm, uint64_t seed)
{
	struct test_random random = {seed};
	struct errors errors = {0};
	struct anycan_clock clock;
	int64_t last_ns = 0;
	int64_t host_ns = 0;
	int64_t now_ns = 0;

	anycan_clock_init(&clock, scene->wrap, scene->tick_ns);
	while (now_ns < scene->duration_ns) {
		int64_t arrival_ns;
		int64_t mapped_ns;

		now_ns += random_ns(&random, 2 * scene->interval_ns);
		arrival_ns = now_ns + scene->delay_ns + random_ns(&random, scene->jitter_ns);
		if (test_random_below(&random, 1000) < scene->spikes)
			arrival_ns += random_ns(&random, 50 * MS);
		/* Frames stay in order on their way. */
		if (EPOCH + arrival_ns > host_ns)
			host_ns = EPOCH + arrival_ns;
		mapped_ns = anycan_clock_map(&clock, counter_at(scene, now_ns, drift_ppm), host_ns);
		assert_true(mapped_ns <= host_ns);
		assert_true(mapped_ns >= last_ns);
		last_ns = mapped_ns;
		if (now_ns >= scene->settle_ns)
			count_error(&errors, mapped_ns - EPOCH - now_ns);
	}
	return errors;
}

static void test_scenes(void **state)
{
	static const int64_t drifts_ppm[] = {0, 200, -200, 37, -5000, 5000};
	size_t i;
	size_t k;

	(void)state;
	for (i = 0; i < TEST_COUNT(scenes); i++) {
		for (k = 0; k < TEST_COUNT(drifts_ppm); k++) {
			struct errors errors = run(&scenes[i], drifts_ppm[k], 11 + k);
			int64_t mean_ns = errors.sum_ns / errors.count;

			if (errors.late_ns > scenes[i].late_ns ||
			    errors.early_ns > scenes[i].early_ns || mean_ns > scenes[i].mean_ns ||
			    mean_ns < -scenes[i].mean_ns)
				fail_msg("%s, %ld ppm: late %ld us, early %ld us, mean %ld us",
					 scenes[i].name, (long)drifts_ppm[k],
					 (long)errors.late_ns / 1000, (long)errors.early_ns / 1000,
					 (long)mean_ns / 1000);
		}
	}
}

/* The first frame of all has nothing to go by but its arrival. */
static void test_first(void **state)
{
	struct anycan_clock clock;

	(void)state;
	anycan_clock_init(&clock, 60000, MS);
	assert_true(anycan_clock_map(&clock, 59999, EPOCH) == EPOCH);
	/* A wrap: 11 ms later. */
	assert_true(anycan_clock_map(&clock, 10, EPOCH + 11 * MS) == EPOCH + 11 * MS);
	/* A frame that took 40 ms. */
	assert_true(anycan_clock_map(&clock, 20, EPOCH + 61 * MS) == EPOCH + 21 * MS);
}

/* One frame, a pause, and many frames at once: the late ones keep their distances, too. */
static void test_early_stall(void **state)
{
	struct anycan_clock clock;
	unsigned int i;

	(void)state;
	anycan_clock_init(&clock, 60000, MS);
	assert_true(anycan_clock_map(&clock, 100, EPOCH) == EPOCH);
	for (i = 0; i < 40; i++)
		assert_true(anycan_clock_map(&clock, 1700 + 20 * i, EPOCH + 2400 * MS) ==
			    EPOCH + (1600 + 20 * i) * MS);
}

/* An adapter that the host got nothing from for long: the wraps in between are counted. */
static void test_idle(void **state)
{
	struct anycan_clock clock;
	int64_t idle_ns = 86400 * SECOND;

	(void)state;
	anycan_clock_init(&clock, 60000, MS);
	assert_true(anycan_clock_map(&clock, 0, EPOCH) == EPOCH);
	/* A day later, 86400 s are 0 again; this one was 7 ms late. */
	assert_true(anycan_clock_map(&clock, 5000, EPOCH + idle_ns + 5007 * MS) ==
		    EPOCH + idle_ns + 5000 * MS);
}

/* The host reads five seconds of frames at once: they keep their distances. */
static void test_stall(void **state)
{
	struct anycan_clock clock;
	unsigned int i;

	(void)state;
	anycan_clock_init(&clock, 60000, MS);
	for (i = 0; i < 100; i++)
		anycan_clock_map(&clock, 55000 + i * 10, EPOCH + i * 10 * MS);
	for (i = 100; i < 600; i++)
		assert_true(anycan_clock_map(&clock, (55000 + i * 10) % 60000, EPOCH + 6000 * MS) ==
			    EPOCH + i * 10 * MS);
}

/* The longest stall that half a wrap allows. */
static void test_long_stall(void **state)
{
	struct anycan_clock clock;

	(void)state;
	anycan_clock_init(&clock, 60000, MS);
	assert_true(anycan_clock_map(&clock, 100, EPOCH) == EPOCH);
	assert_true(anycan_clock_map(&clock, 1100, EPOCH + 1000 * MS) == EPOCH + 1000 * MS);
	assert_true(anycan_clock_map(&clock, 1200, EPOCH + 31000 * MS) == EPOCH + 1100 * MS);
}

/* A counter every 10 ms, with delays of 1, 2 and 3 ms. Return: the largest error beyond 1 ms. */
static int64_t run_steadily(struct anycan_clock *clock, int64_t from_ns, int64_t until_ns,
			    int64_t drift_ppm)
{
	int64_t worst_ns = 0;
	int64_t now_ns;
	unsigned int i = 0;

	for (now_ns = from_ns; now_ns < until_ns; now_ns += 10 * MS) {
		int64_t adapter_ns = now_ns + now_ns / 1000000 * drift_ppm;
		int64_t host_ns = EPOCH + now_ns + (1 + i++ % 3) * MS;
		uint64_t stamp = (uint64_t)(adapter_ns / clock->tick_ns) % clock->wrap;
		int64_t error_ns = anycan_clock_map(clock, stamp, host_ns) - EPOCH - now_ns - MS;

		if (error_ns < 0)
			error_ns = -error_ns;
		if (error_ns > worst_ns)
			worst_ns = error_ns;
	}
	return worst_ns;
}

/* Drift counts: in three hours a bad oscillator gains nearly a wrap. */
static void test_idle_with_drift(void **state)
{
	struct anycan_clock clock;
	int64_t now_ns = 3 * 3600 * SECOND;
	int64_t error_ns;

	(void)state;
	anycan_clock_init(&clock, UINT64_C(60000000), 1000);
	run_steadily(&clock, 0, 120 * SECOND, 5000);
	error_ns = run_steadily(&clock, now_ns, now_ns + 10 * MS, 5000);
	assert_in_range(error_ns, 0, 300 * MS);
}

/* A first frame that was very late spoils neither offset nor rate. */
static void test_late_first_frame(void **state)
{
	struct anycan_clock clock;

	(void)state;
	anycan_clock_init(&clock, UINT64_C(1) << 32, 1000);
	anycan_clock_map(&clock, 0, EPOCH + 90 * MS);
	run_steadily(&clock, 100 * MS, 200 * MS, 200);
	assert_in_range(run_steadily(&clock, 200 * MS, 5 * SECOND, 200), 0, 300000);
	assert_in_range(run_steadily(&clock, 5 * SECOND, 60 * SECOND, 200), 0, 20000);
}

/* A host that is busy at first: the jump to prompt frames is not taken for a drift. */
static void test_late_beginning(void **state)
{
	struct anycan_clock clock;
	int64_t i;

	(void)state;
	anycan_clock_init(&clock, UINT64_C(1) << 32, 1000);
	for (i = 0; i < 60; i++) {
		int64_t now_ns = i * 1100 * MS;
		int64_t host_ns = EPOCH + now_ns + (i < 4 ? 90 * MS : (1 + i % 2) * MS);
		int64_t mapped_ns = anycan_clock_map(&clock, (uint64_t)now_ns / 1000, host_ns);

		if (i >= 4)
			assert_in_range(mapped_ns - EPOCH - now_ns, MS / 2, 3 * MS / 2);
	}
}

/* Several channels share a clock, and their frames come in any order. */
static void test_disorder(void **state)
{
	struct anycan_clock clock;
	unsigned int i;

	(void)state;
	anycan_clock_init(&clock, UINT64_C(1) << 32, 1000);
	for (i = 10; i < 1000; i++) {
		int64_t now_ns = i * 10 * MS;
		int64_t host_ns = EPOCH + now_ns + MS;
		int64_t before_ns;

		before_ns = anycan_clock_map(&clock, (uint64_t)now_ns / 1000, host_ns);
		assert_true(before_ns == host_ns);
		/* 80 ms older; results do not run backwards. */
		assert_true(anycan_clock_map(&clock, (uint64_t)(now_ns - 80 * MS) / 1000,
					     host_ns) == before_ns);
	}
}

/* The oscillator warms up and cools down: its rate swings by 40 ppm within ten minutes. */
static void test_temperature(void **state)
{
	struct test_random random = {21};
	struct anycan_clock clock;
	int64_t adapter_ns = 0;
	int64_t now_ns;

	(void)state;
	anycan_clock_init(&clock, UINT64_C(1) << 32, 1000);
	for (now_ns = 0; now_ns < 3600 * SECOND; now_ns += 10 * MS) {
		int64_t phase_s = now_ns / SECOND % 600;
		int64_t ppb = (phase_s < 300 ? phase_s - 150 : 450 - phase_s) * 20000 / 150;
		int64_t host_ns = EPOCH + now_ns + MS + random_ns(&random, MS);
		int64_t mapped_ns;

		adapter_ns += 10 * MS + 10 * MS / 1000 * ppb / 1000000;
		mapped_ns = anycan_clock_map(&clock, (uint64_t)adapter_ns / 1000, host_ns);
		if (now_ns > 10 * SECOND)
			assert_in_range(mapped_ns - EPOCH - now_ns, MS / 2, 3 * MS / 2);
	}
}

/* The adapter was restarted, and its counter with it; a second later the mapping is right. */
static void check_restart(uint64_t wrap, int64_t tick_ns, uint64_t new_stamp)
{
	uint64_t ticks_per_10ms = (uint64_t)(10 * MS / tick_ns);
	int64_t now_ns = EPOCH;
	struct anycan_clock clock;
	uint64_t stamp = 0;
	int64_t last_ns = 0;
	unsigned int i;

	anycan_clock_init(&clock, wrap, tick_ns);
	for (i = 0; i < 2000; i++) {
		if (i == 1000)
			stamp = new_stamp;
		/* Delays of 1, 2 and 3 ms; what is mapped must not swing with them. */
		int64_t host_ns = now_ns + (1 + i % 3) * MS;
		int64_t mapped_ns = anycan_clock_map(&clock, stamp, host_ns);

		assert_true(mapped_ns >= last_ns && mapped_ns <= host_ns);
		if (i % 1000 > 300)
			assert_in_range(mapped_ns - now_ns, MS - tick_ns, MS + tick_ns);
		last_ns = mapped_ns;
		now_ns += 10 * MS;
		stamp = (stamp + ticks_per_10ms) % wrap;
	}
}

/*
 * Restarted while nobody sent: the counter could as well be that of frames ten seconds late. When
 * all frames go on to be so, the mapping notices.
 */
static void test_hidden_restart(void **state)
{
	struct anycan_clock clock;
	unsigned int round;

	(void)state;
	anycan_clock_init(&clock, 60000, MS);
	for (round = 0; round < 3; round++) {
		int64_t from_ns = round * 60 * SECOND;
		int64_t now_ns;

		for (now_ns = from_ns; now_ns < from_ns + 40 * SECOND; now_ns += 10 * MS) {
			uint64_t stamp = (uint64_t)(now_ns / MS + round * 50000) % 60000;
			int64_t host_ns = EPOCH + now_ns + MS;
			int64_t mapped_ns = anycan_clock_map(&clock, stamp, host_ns);

			if (now_ns - from_ns > 7 * SECOND)
				assert_in_range(host_ns - mapped_ns, 0, MS);
		}
	}
}

static void test_restart(void **state)
{
	(void)state;
	check_restart(UINT64_C(1) << 32, 1000, 0);
	check_restart(UINT64_C(1) << 32, 1000, UINT32_MAX);
	check_restart(UINT64_C(1) << 32, 1000, 2000000000);
	check_restart(60000, MS, 0);
	check_restart(60000, MS, 30000);
}

/* Somebody sets the host's clock: results follow it, forward after some seconds, back at once. */
static void test_host_clock_set(void **state)
{
	struct anycan_clock clock;
	int64_t step_ns = 3600 * SECOND;
	unsigned int i;

	(void)state;
	anycan_clock_init(&clock, UINT64_C(1) << 32, 1000);
	for (i = 0; i < 3000; i++) {
		int64_t now_ns = i * 10 * MS;
		int64_t host_ns = EPOCH + now_ns + MS;
		int64_t mapped_ns;

		if (i >= 1000 && i < 2000)
			host_ns += step_ns;
		mapped_ns = anycan_clock_map(&clock, (uint64_t)now_ns / 1000, host_ns);
		assert_true(mapped_ns <= host_ns);
		if (i < 1000 || i >= 1600)
			assert_in_range(host_ns - mapped_ns, 0, 2000);
	}
}

/* Counters of 64 bits that jump, stamps that repeat, a host that reads many frames at once. */
static void test_nonsense(void **state)
{
	static const uint64_t wraps[] = {0, 60000, UINT64_C(1) << 32, UINT64_C(1) << 48};
	static const int64_t ticks_ns[] = {1, 1000, MS};
	struct test_random random = {31};
	unsigned int i;
	unsigned int k;

	(void)state;
	for (i = 0; i < TEST_COUNT(wraps) * TEST_COUNT(ticks_ns); i++) {
		uint64_t wrap = wraps[i % TEST_COUNT(wraps)];
		struct anycan_clock clock;
		int64_t host_ns = EPOCH;
		uint64_t stamp = 0;
		int64_t last_ns = 0;

		anycan_clock_init(&clock, wrap, ticks_ns[i / TEST_COUNT(wraps)]);
		for (k = 0; k < 20000; k++) {
			int64_t mapped_ns;

			if (test_random_below(&random, 8) == 0)
				stamp = test_random_next(&random) >> test_random_below(&random, 64);
			if (test_random_below(&random, 4) == 0)
				host_ns += random_ns(&random, 3 * SECOND);
			mapped_ns = anycan_clock_map(&clock, wrap ? stamp % wrap : stamp, host_ns);
			assert_true(mapped_ns >= last_ns && mapped_ns <= host_ns);
			last_ns = mapped_ns;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_idle),
		cmocka_unit_test(test_stall),
		cmocka_unit_test(test_early_stall),
		cmocka_unit_test(test_long_stall),
		cmocka_unit_test(test_idle_with_drift),
		cmocka_unit_test(test_late_first_frame),
		cmocka_unit_test(test_late_beginning),
		cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_temperature),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_hidden_restart),
		cmocka_unit_test(test_host_clock_set),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
