// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * tools/play_schedule.c: when the frames of a log are due, in milliseconds since the first one.
 */
#include "../../tools/play.h"
#include "../unit/check.h"

#define MS ANYCAN_NS_PER_MS
#define BASE INT64_C(5000000000000)
#define END INT64_MIN
#define FRAMES 8

struct schedule_case {
	const char *name;
	struct play_args args;
	int64_t log_ms[FRAMES], due_ms[FRAMES];
};

#define DEFAULTS .speed = 1, .skip_ns = -1
#define PYTHON .python = true, .speed = 1, .gap_ns = MS / 10, .skip_ns = 86400000 * MS

static const struct schedule_case cases[] = {
	{"as recorded", {DEFAULTS}, {7000, 7001, 7005, 9000, END}, {0, 1, 5, 2000}},
	{"twice as fast", {.speed = 2, .skip_ns = -1}, {100, 110, 1100, END}, {0, 5, 500}},
	{"half as fast", {.speed = 0.5, .skip_ns = -1}, {100, 110, 1100, END}, {0, 20, 2000}},
	{"pauses are cut",
	 {.speed = 1, .skip_ns = 100 * MS},
	 {0, 50, 150, 10000, 10010, 20000, END},
	 {0, 50, 150, 250, 260, 360}},
	{"cut in the log's time, then faster",
	 {.speed = 2, .skip_ns = 100 * MS},
	 {0, 1000, 1010, END},
	 {0, 50, 55}},
	{"a gap is the least, and is caught up with",
	 {.speed = 1, .skip_ns = -1, .gap_ns = 10 * MS},
	 {0, 1, 2, 25, 31, 50, END},
	 {0, 10, 20, 30, 40, 50}},
	{"a little back is due at once",
	 {DEFAULTS},
	 {1000, 1100, 1050, 1200, END},
	 {0, 100, 100, 200}},
	{"far back goes on from there",
	 {DEFAULTS},
	 {5000, 8000, 100, 200, 350, END},
	 {0, 3000, 3000, 3100, 3250}},
	{"at once",
	 {.speed = 1, .skip_ns = -1, .ignore_timestamps = true},
	 {0, 1000, 2000, END},
	 {0, 0, 0}},
	{"a gap apart",
	 {.speed = 1, .skip_ns = -1, .ignore_timestamps = true, .gap_ns = 4 * MS},
	 {0, 1000, 2000, END},
	 {0, 4, 8}},
	/* python-can */
	{"python-can, its gap has no effect", {PYTHON}, {3, 3, 4, 500, END}, {0, 0, 1, 497}},
	{"python-can without time stamps: a gap before the first",
	 {.python = true,
	  .speed = 1,
	  .ignore_timestamps = true,
	  .gap_ns = 5 * MS,
	  .skip_ns = 86400000 * MS},
	 {0, 1000, 2000, END},
	 {5, 10, 15}},
	{"python-can cuts a gap, too",
	 {.python = true,
	  .speed = 1,
	  .ignore_timestamps = true,
	  .gap_ns = 5 * MS,
	  .skip_ns = 2 * MS},
	 {0, 1000, 2000, END},
	 {2, 4, 6}},
	{"python-can with a tiny skip: at once",
	 {.python = true, .speed = 1, .skip_ns = MS / 10},
	 {0, 1000, 2000, END},
	 {0, 0, 0}},
	{"python-can waits through a log that goes back",
	 {PYTHON},
	 {5000, 8000, 100, 8100, END},
	 {0, 3000, -4900, 3100}},
};

static void check_case(const struct schedule_case *c)
{
	struct play_schedule schedule = {.args = &c->args};

	play_schedule_begin(&schedule, BASE);
	for (int i = 0; i < FRAMES && c->log_ms[i] != END; i++) {
		int64_t due = play_schedule_due(&schedule, c->log_ms[i] * MS) - BASE;

		if (due != c->due_ms[i] * MS)
			print_error("%s: frame %d is due at %lld us\n", c->name, i,
				    (long long)due / 1000);
		assert_int_equal(due, c->due_ms[i] * MS);
	}
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < TEST_COUNT(cases); i++)
		check_case(&cases[i]);
}

/* An hour at 1000 frames/s whose times do not divide evenly: no error adds up. */
static void test_no_drift(void **state)
{
	const struct play_args plain = {DEFAULTS}, fast = {.speed = 3, .skip_ns = -1};
	struct play_schedule a = {.args = &plain}, b = {.args = &fast};
	const int64_t first = INT64_C(1700000000123456789), step = 1000001;

	(void)state;
	play_schedule_begin(&a, BASE);
	play_schedule_begin(&b, BASE);
	for (int64_t i = 0; i < 3600000; i++) {
		int64_t off = i * step - 3 * (play_schedule_due(&b, first + i * step) - BASE);

		assert_int_equal(play_schedule_due(&a, first + i * step), BASE + i * step);
		assert_in_range(off + 3, 0, 6);
	}
}

/* The next time round begins where the last one ended. */
static void test_loop(void **state)
{
	const struct play_args args = {DEFAULTS};
	struct play_schedule schedule = {.args = &args};

	(void)state;
	play_schedule_begin(&schedule, BASE);
	for (int round = 0; round < 3; round++) {
		assert_int_equal(play_schedule_due(&schedule, 7 * MS), BASE + round * 20 * MS);
		assert_int_equal(play_schedule_due(&schedule, 27 * MS),
				 BASE + (round + 1) * 20 * MS);
		play_schedule_begin(&schedule, schedule.due_ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_no_drift),
		cmocka_unit_test(test_loop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
