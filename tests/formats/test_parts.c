// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Parts of libcanlog one by one: dates, numbers, channel names, settings, the list of formats,
 * appending, flushing, events.
 */
#include "formats.h"

#include "../../formats/date.h"
#include "../../formats/number.h"

#include <canlog-format.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct text text_of(const char *text)
{
	return (struct text){text, text + strlen(text)};
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} dates[] = {
		{"Sat Sep 30 15:06:13.191 2017", 1506783973191},
		{"Sat Sep 30 10:06:13.191 PM 2017", 1506809173191},
		{"Thu Apr 28 10:44:52.480 am 2022", 1651142692480},
		{"Thu Apr 28 12:44:52 am 2022", 1651106692000},
		{"Thu Apr 28 12:44:52 pm 2022", 1651149892000},
		/* 24 hours with "pm" behind, as some writers have it */
		{"Thu Apr 28 15:44:52.480 pm 2022", 1651160692480},
		{"Sam Sep 30 15:06:13.191 2017", 1506783973191},
		{"Mit M\xc3\xa4r 1 00:00:00.000 2023", 1677628800000},
		{"Mit M\xe4r 1 00:00:00.000 2023", 1677628800000},
		{"Mon Mai 1 00:00:00 2023", 1682899200000},
		{"Son Okt 1 00:00:00 2023", 1696118400000},
		{"Fre Dez 1 00:00:00 2023", 1701388800000},
		{"Tue Nov  7 22:13:20 2023", 1699395200000},
		{"30.09.2017 22:06:13.191.000", -1},
		{"30.09.2017 22:06:13.191", 1506809173191},
		{"9/30/2017 22:06:13.191", 1506809173191},
		{"9/30/2017 10:06:13.191 PM", 1506809173191},
		{"30/9/2017 22:06:13.191", -1},
		{"Sat Foo 30 15:06:13.191 2017", -1},
		{"", -1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(dates); i++) {
		int64_t ns = 0;
		bool ok = canlog_date_parse(text_of(dates[i].text), &ns);

		assert_int_equal(ok, dates[i].ms >= 0);
		if (ok && ns != dates[i].ms * 1000000)
			fail_msg("%s: %lld", dates[i].text, (long long)ns);
	}
}

static void test_date_printed(void **state)
{
	char text[64];
	int64_t ns;

	(void)state;
	*canlog_date_print(text, INT64_C(1506783973191000000)) = '\0';
	assert_string_equal(text, "Sat Sep 30 15:06:13.191 2017");
	for (int64_t ms = 946684800000; ms < 4102444800000; ms += 86400000LL * 17 + 3723004) {
		*canlog_date_print(text, ms * 1000000) = '\0';
		assert_true(canlog_date_parse(text_of(text), &ns));
		assert_int_equal(ns, ms * 1000000);
	}
}

static void test_scaled_numbers(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} numbers[] = {
		{"0.0", 0},
		{"1.5", 1500000000},
		{"1700000000.000001", 1700000000000001000},
		{"1700000000.123456789", 1700000000123456789},
		{"1700000000.1234567894", 1700000000123456789},
		{"1700000000.1234567895", 1700000000123456790},
		{"1e-06", 1000},
		{"1.5E+1", 15000000000},
		{"9223372036.854775807", INT64_MAX},
		{"9223372036.854775808", -1},
		{"99999999999999999999", -1},
		{"1e400", -1},
		{"-1", -1},
		{"", -1},
		{"1.5x", -1},
		{"nan", -1},
	};

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(numbers); i++) {
		int64_t ns = 0;
		bool ok = text_whole_scaled(text_of(numbers[i].text), 1000000000, &ns);

		if (ok != (numbers[i].ns >= 0) || (ok && ns != numbers[i].ns))
			fail_msg("%s: %d %lld", numbers[i].text, ok, (long long)ns);
	}
}

static void test_channel_names(void **state)
{
	struct canlog_channels *channels = canlog_channels_new();

	(void)state;
	assert_int_equal(canlog_channels_number(channels, "can3", 4), 3);
	assert_int_equal(canlog_channels_number(channels, "vcan3", 5), 0);
	assert_int_equal(canlog_channels_number(channels, "can0", 4), 1);
	assert_int_equal(canlog_channels_number(channels, "can3", 4), 3);
	assert_int_equal(canlog_channels_number(channels, "body", 4), 2);
	assert_string_equal(canlog_channels_name(channels, 1), "can0");
	assert_null(canlog_channels_name(channels, 4));
	for (int i = 0; i < 400; i++) {
		char name[16];

		snprintf(name, sizeof(name), "x%dy", i);
		canlog_channels_number(channels, name, strlen(name));
	}
	assert_int_equal(canlog_channels_number(channels, "last", 4), ANYCAN_CHANNEL_NONE);
	canlog_channels_free(channels);
}

static void test_refused_settings(void **state)
{
	static const struct {
		const char *suffix, *setting;
	} refused[] = {
		{".asc", "base=oct"},
		{".asc", "append"},
		{".asc", "nonsense=1"},
		{".blf", "compression_level=10"},
		{".blf", "compression_level=-2"},
		{".blf", "max_container_size=1"},
		{".csv", "channel=1"},
		{".db", "append=true"},
		{".db", "table_name="},
		{".log", "decimals=10"},
		{".trc", "version=3.0"},
		{".txt", "direction=maybe"},
	};
	char path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < TEST_COUNT(refused); i++) {
		const char *settings[] = {refused[i].setting, NULL};
		struct canlog_options options = {.settings = settings};
		struct canlog_error error = {""};
		struct canlog *log;

		scratch(path, "refused", refused[i].suffix);
		assert_int_equal(canlog_open_writer(&log, path, &options, &error), -EINVAL);
		assert_non_null(strstr(error.text, refused[i].suffix[1] == 'd' ? "t" : "e"));
		/* A refusal leaves no file behind. */
		assert_int_equal(access(path, F_OK), -1);
	}
}

static const struct canlog_format own_format = {
	.name = "own",
	.extensions = (const char *const[]){".own", NULL},
	.settings = (const char *const[]){NULL},
	.abilities = CANLOG_READS,
};

static void test_format_list(void **state)
{
	const struct canlog_format *format;
	struct canlog_format_info info;
	bool gzip;

	(void)state;
	assert_ptr_equal(canlog_format_find("log"), canlog_format_find("candump"));
	assert_ptr_equal(canlog_format_for_path("/a.b/x.ASC.GZ", &gzip), canlog_format_find("asc"));
	assert_true(gzip);
	assert_null(canlog_format_for_path("/a.log/x", &gzip));
	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		canlog_format_get_info(format, &info);
		assert_ptr_equal(canlog_format_find(info.name), format);
		assert_ptr_equal(canlog_format_find(info.extensions[0]), format);
	}
	assert_int_equal(canlog_format_register(&own_format), 0);
	assert_int_equal(canlog_format_register(&own_format), -EEXIST);
	assert_ptr_equal(canlog_format_find("own"), &own_format);
}

/* Half of the frames, closed, the other half appended: the same as all at once. */
static void test_append(void **state)
{
	static const char *const suffixes[] = {".asc", ".blf", ".csv",	  ".db",
					       ".log", ".txt", ".pcapng", ".log.gz"};
	struct anycan_frame frames[200], got[401];

	(void)state;
	make_frames(frames, 200, 9);
	for (size_t i = 0; i < TEST_COUNT(suffixes); i++) {
		bool db = !strcmp(suffixes[i], ".db");
		const char *settings[] = {db ? NULL : "append=true", NULL};
		struct way way = {suffixes[i], suffixes[i], settings, NULL};
		char path[PATH_MAX];

		for (size_t k = 0; k < ways_count; k++)
			if (!strcmp(ways[k].suffix, suffixes[i]) &&
			    (!ways[k].settings || strstr(suffixes[i], ".gz")))
				way.expect = ways[k].expect;
		if (!strcmp(suffixes[i], ".log.gz"))
			way.expect = ways[7].expect;
		scratch(path, "append", suffixes[i]);
		unlink(path);
		write_file(path, &way, frames, 90);
		write_file(path, &way, frames + 90, 110);
		check_frames(&way, got, (size_t)read_file(path, NULL, got, 401, NULL), frames, 200);
		unlink(path);
	}
}

/* A BLF cut by a power loss goes on behind its last whole container, with true totals. */
static void test_append_to_cut_blf(void **state)
{
	const char *const settings[] = {"append=true", "max_container_size=1024", NULL};
	struct way way = {"blf", ".blf", settings, NULL};
	struct anycan_frame frames[300], got[600];
	char path[PATH_MAX];
	uint8_t head[40];
	struct stat st;
	uint32_t objects;
	ssize_t n;
	int fd;

	(void)state;
	make_frames(frames, 300, 10);
	scratch(path, "cut", ".blf");
	unlink(path);
	write_file(path, &way, frames, 200);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(truncate(path, st.st_size - 100), 0);
	n = read_file(path, NULL, got, 600, NULL);
	assert_true(n > 150 && n < 200);
	write_file(path, &way, frames + 200, 100);
	assert_true(read_file(path, NULL, got, 600, NULL) <= n + 100);
	n = read_file(path, NULL, got, 600, NULL);
	assert_true(n > 250);
	assert_true(anycan_frame_equal(&got[n - 1], &frames[299], 0, false));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(read(fd, head, sizeof(head)), sizeof(head));
	close(fd);
	memcpy(&objects, head + 32, sizeof(objects));
	assert_int_equal(objects, n);
	unlink(path);
}

/* What was flushed can be read while the log is still being written. */
static void test_flush(void **state)
{
	struct anycan_frame frames[100], got[101];

	(void)state;
	make_frames(frames, 100, 11);
	for (size_t i = 0; i < ways_count; i++) {
		struct canlog_options options = {.settings = ways[i].settings, .flush_bytes = 1};
		char path[PATH_MAX];
		struct canlog *log;
		ssize_t n;

		scratch(path, "flush", ways[i].suffix);
		unlink(path);
		assert_int_equal(canlog_open_writer(&log, path, &options, NULL), 0);
		assert_int_equal(canlog_write(log, frames, 100), 0);
		assert_int_equal(canlog_flush(log), 0);
		n = read_file(path, NULL, got, 101, NULL);
		if (n < 0)
			fail_msg("%s: cannot be read after a flush", ways[i].name);
		check_frames(&ways[i], got, (size_t)n, frames, 100);
		assert_int_equal(canlog_close(log, NULL), 0);
		unlink(path);
	}
}

static void test_events(void **state)
{
	static const char *const suffixes[] = {".asc", ".blf", ".trc"};
	struct anycan_frame frames[10], got[11];

	(void)state;
	make_frames(frames, 10, 12);
	for (size_t i = 0; i < TEST_COUNT(suffixes); i++) {
		struct canlog_report report;
		char path[PATH_MAX];
		struct canlog *log;

		scratch(path, "event", suffixes[i]);
		assert_int_equal(canlog_open_writer(&log, path, NULL, NULL), 0);
		assert_int_equal(canlog_write(log, frames, 5), 0);
		assert_int_equal(canlog_event(log, 0, "a remark"), 0);
		assert_int_equal(canlog_write(log, frames + 5, 5), 0);
		assert_int_equal(canlog_close(log, NULL), 0);
		assert_int_equal(read_file(path, NULL, got, 11, &report), 10);
		if (strcmp(suffixes[i], ".trc"))
			assert_int_equal(report.notes[CANLOG_SKIPPED_EVENT].count, 1);
		unlink(path);
	}
}

/* Frames that a seek goes to, in every format: first, in the middle, between two, behind all. */
static void check_seek(const struct way *way, const char *path, const struct anycan_frame *all,
		       size_t n)
{
	for (size_t i = 0; i <= n; i += 37) {
		int64_t ts_ns = i == n ? INT64_MAX : all[i].ts_ns - (int64_t)(i % 2);
		struct anycan_frame got[64];
		struct canlog *log;
		size_t want = 0;
		ssize_t first;

		while (want < n && all[want].ts_ns < ts_ns)
			want++;
		assert_int_equal(canlog_open_reader(&log, path, NULL, NULL), 0);
		canlog_seek(log, ts_ns);
		first = canlog_read(log, got, 64);
		if ((want == n) != !first ||
		    (first && !anycan_frame_equal(&got[0], &all[want], 0, false)))
			fail_msg("%s: frame %zu is not found by its time", way->name, i);
		while (first > 0 && canlog_read(log, got, 64) > 0)
			;
		assert_int_equal(canlog_get_report(log)->frames, n - want);
		canlog_close(log, NULL);
	}
}

static void test_seek(void **state)
{
	struct anycan_frame frames[518], all[519];

	(void)state;
	make_frames(frames, 518, 14);
	for (size_t i = 0; i < ways_count; i++) {
		char path[PATH_MAX];
		ssize_t n;

		scratch(path, "seek", ways[i].suffix);
		unlink(path);
		write_file(path, &ways[i], frames, 518);
		n = read_file(path, NULL, all, 519, NULL);
		assert_true(n > 100);
		check_seek(&ways[i], path, all, (size_t)n);
		unlink(path);
	}
}

static void test_full_disk(void **state)
{
	struct canlog_options options = {.format = "log"};
	struct anycan_frame *frames = calloc(20000, sizeof(*frames));
	struct canlog_error error = {""};
	struct canlog *log;
	int err;

	(void)state;
	assert_non_null(frames);
	make_frames(frames, 20000, 13);
	assert_int_equal(canlog_open_writer(&log, "/dev/full", &options, NULL), 0);
	err = canlog_write(log, frames, 20000);
	assert_int_equal(err, -ENOSPC);
	assert_int_equal(canlog_write(log, frames, 1), -ENOSPC);
	assert_int_equal(canlog_close(log, &error), -ENOSPC);
	assert_non_null(strstr(error.text, "/dev/full"));
	free(frames);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_date_printed),
		cmocka_unit_test(test_scaled_numbers),
		cmocka_unit_test(test_channel_names),
		cmocka_unit_test(test_refused_settings),
		cmocka_unit_test(test_format_list),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_append_to_cut_blf),
		cmocka_unit_test(test_flush),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_seek),
		cmocka_unit_test(test_full_disk),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
