// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * 100,000 random frames of all kinds through every format and back, compared field by field with
 * what the format keeps; frames written = frames in the file + frames counted as dropped.
 */
#include "formats.h"

#include <stdlib.h>
#include <unistd.h>

#define FRAMES 100000

struct pair {
	struct anycan_frame *out, *in;
};

static int set_up(void **state)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	assert_non_null(pair);
	pair->out = calloc(FRAMES, sizeof(*pair->out));
	pair->in = calloc(FRAMES + 1, sizeof(*pair->in));
	assert_non_null(pair->out);
	assert_non_null(pair->in);
	*state = pair;
	return 0;
}

static int tear_down(void **state)
{
	struct pair *pair = *state;

	free(pair->out);
	free(pair->in);
	free(pair);
	return 0;
}

static void test_all_ways(void **state)
{
	struct pair *pair = *state;

	for (size_t i = 0; i < ways_count; i++) {
		char path[PATH_MAX];
		ssize_t got;

		make_frames(pair->out, FRAMES, i + 1);
		scratch(path, "roundtrip", ways[i].suffix);
		unlink(path);
		write_file(path, &ways[i], pair->out, FRAMES);
		got = read_file(path, NULL, pair->in, FRAMES + 1, NULL);
		if (got < 0)
			fail_msg("%s: cannot be read", ways[i].name);
		check_frames(&ways[i], pair->in, (size_t)got, pair->out, FRAMES);
		unlink(path);
	}
}

static void test_in_is_out_plus_dropped(void **state)
{
	struct pair *pair = *state;
	const char *const settings[] = {"version=1.1", NULL};
	struct canlog_options options = {.settings = settings};
	const struct canlog_report *report;
	char path[PATH_MAX];
	struct canlog *log;
	uint64_t written;

	make_frames(pair->out, 1000, 5);
	scratch(path, "counted", ".trc");
	assert_int_equal(canlog_open_writer(&log, path, &options, NULL), 0);
	assert_int_equal(canlog_write(log, pair->out, 1000), 0);
	report = canlog_get_report(log);
	written = report->frames;
	assert_true(report->notes[CANLOG_DROPPED_FD].count > 0);
	assert_int_equal(report->frames + report->notes[CANLOG_DROPPED_FD].count, 1000);
	assert_int_equal(report->data + report->remote + report->error, report->frames);
	canlog_close(log, NULL);
	assert_int_equal(read_file(path, NULL, pair->in, 1001, NULL), written);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_ways, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_in_is_out_plus_dropped, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
