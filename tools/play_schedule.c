// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * When frames are due. All times count from the first frame, so that no error adds up. Source for
 * what gap and skip mean: python-can 4.1 and 4.6 (io/player.py), canplayer's manual.
 */
#include "play.h"

/* python-can does not wait for so short a time. */
#define PYTHON_AT_ONCE_NS (100 * ANYCAN_NS_PER_US)

void play_schedule_begin(struct play_schedule *schedule, int64_t base_ns)
{
	*schedule = (struct play_schedule){
		.args = schedule->args,
		.base_ns = base_ns,
		.due_ns = base_ns,
	};
}

/* A log that goes back further than this begins anew, as when two were put behind each other. */
#define BACK_NS ANYCAN_NS_PER_S

void play_schedule_shift(struct play_schedule *schedule, int64_t late_ns)
{
	schedule->base_ns += late_ns;
	schedule->due_ns += late_ns;
}

/* One after the other, at once or a gap apart. */
static int64_t due_by_gap(struct play_schedule *s)
{
	int64_t gap_ns = s->args->gap_ns, skip_ns = s->args->skip_ns;

	if (skip_ns >= 0 && gap_ns > skip_ns)
		gap_ns = skip_ns;
	/* In python-can the first frame has a gap before it, too. */
	if (s->begun || s->args->python)
		s->due_ns += gap_ns;
	s->begun = true;
	return s->due_ns;
}

static int64_t due_by_time(struct play_schedule *s, int64_t ts_ns)
{
	int64_t skip_ns = s->args->skip_ns, since_ns, due_ns;

	if (!s->begun) {
		s->begun = true;
		s->first_ns = ts_ns;
		return s->due_ns;
	}
	if (s->args->python && skip_ns >= 0 && skip_ns <= PYTHON_AT_ONCE_NS)
		skip_ns = 0;
	since_ns = ts_ns - s->first_ns - s->skipped_ns;
	if (skip_ns >= 0 && since_ns - s->latest_ns > skip_ns) {
		s->skipped_ns += since_ns - s->latest_ns - skip_ns;
		since_ns = s->latest_ns + skip_ns;
	}
	if (!s->args->python && since_ns < s->latest_ns - BACK_NS) {
		s->skipped_ns += since_ns - s->latest_ns;
		since_ns = s->latest_ns;
	}
	if (since_ns > s->latest_ns)
		s->latest_ns = since_ns;
	due_ns = s->base_ns +
		 (s->args->speed == 1 ? since_ns : (int64_t)((double)since_ns / s->args->speed));
	/* python-can's own gap counts only without time stamps. */
	if (!s->args->python && due_ns < s->due_ns + s->args->gap_ns)
		due_ns = s->due_ns + s->args->gap_ns;
	s->due_ns = due_ns;
	return due_ns;
}

int64_t play_schedule_due(struct play_schedule *schedule, int64_t ts_ns)
{
	return schedule->args->ignore_timestamps ? due_by_gap(schedule)
						 : due_by_time(schedule, ts_ns);
}
