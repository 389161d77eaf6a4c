// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Files cut off at every byte, and files with bytes changed: no crash, no hang, no frame that was
 * not written but in the line or object that was hit; what is whole before a cut is read.
 */
#include "formats.h"

#include "../unit/random.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FRAMES 12
#define CHANGES 200

static uint8_t *slurp(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	uint8_t *bytes;

	assert_true(fd >= 0 && !fstat(fd, &st));
	*len = (size_t)st.st_size;
	bytes = malloc(*len);
	assert_non_null(bytes);
	assert_int_equal(read(fd, bytes, *len), *len);
	close(fd);
	return bytes;
}

static void put_file(const char *path, const uint8_t *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	close(fd);
}

/* A stump of a text line can look like a shorter frame: only what stands before it must be right.
 */
static size_t certain(const struct way *way, size_t got)
{
	bool text = !strstr(way->suffix, ".blf") && !strstr(way->suffix, ".pcapng");

	return text && got ? got - 1 : got;
}

static void check_prefix(const struct way *way, const struct anycan_frame *cut, size_t n,
			 const struct anycan_frame *whole, size_t whole_n)
{
	if (n > whole_n)
		fail_msg("%s: %zu frames out of %zu", way->name, n, whole_n);
	for (size_t i = 0; i < certain(way, n); i++)
		if (!anycan_frame_equal(&cut[i], &whole[i], 0, true))
			fail_msg("%s: frame %zu of a cut file is another", way->name, i);
}

static void cut_everywhere(const struct way *way)
{
	struct anycan_frame frames[FRAMES], whole[FRAMES + 1], cut[FRAMES + 2];
	struct canlog_options options = {.format = NULL, .threads = -1};
	char path[PATH_MAX];
	uint8_t *bytes;
	ssize_t whole_n, last = 0;
	size_t len;

	make_frames(frames, FRAMES, 77);
	scratch(path, "cut", way->suffix);
	unlink(path);
	write_file(path, way, frames, FRAMES);
	whole_n = read_file(path, &options, whole, FRAMES + 1, NULL);
	assert_true(whole_n > 0);
	bytes = slurp(path, &len);
	for (size_t n = 0; n < len; n++) {
		ssize_t got;

		put_file(path, bytes, n);
		got = read_file(path, &options, cut, FRAMES + 2, NULL);
		if (got < 0)
			continue;
		check_prefix(way, cut, (size_t)got, whole, (size_t)whole_n);
		if (!strstr(way->suffix, ".db") && got + 1 < last)
			fail_msg("%s: cut at %zu gives %zd frames, but %zd before", way->name, n,
				 got, last);
		last = got > last ? got : last;
	}
	free(bytes);
	unlink(path);
}

static void test_cut_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; i < ways_count; i++)
		if (strcmp(ways[i].suffix, ".db"))
			cut_everywhere(&ways[i]);
}

static void change_bytes(const struct way *way, struct test_random *random)
{
	struct anycan_frame frames[FRAMES], got[4 * FRAMES];
	char path[PATH_MAX];
	uint8_t *bytes;
	size_t len;

	make_frames(frames, FRAMES, 78);
	scratch(path, "changed", way->suffix);
	unlink(path);
	write_file(path, way, frames, FRAMES);
	bytes = slurp(path, &len);
	for (int i = 0; i < CHANGES; i++) {
		struct canlog_options options = {.repair = i % 2, .threads = -1};
		size_t at = test_random_below(random, (uint32_t)len);
		uint8_t before = bytes[at];

		bytes[at] = (uint8_t)test_random_below(random, 256);
		put_file(path, bytes, len);
		read_file(path, &options, got, 4 * FRAMES, NULL);
		bytes[at] = before;
	}
	free(bytes);
	unlink(path);
}

static void test_changed_bytes(void **state)
{
	struct test_random random = {99};

	(void)state;
	for (size_t i = 0; i < ways_count; i++)
		change_bytes(&ways[i], &random);
}

/* A database is not read to the last whole row but as far as SQLite goes. */
static void test_cut_database(void **state)
{
	struct anycan_frame *frames = calloc(2000, sizeof(*frames));
	struct way way = {"sqlite", ".db", NULL, NULL};
	char path[PATH_MAX];
	uint8_t *bytes;
	size_t len;

	(void)state;
	assert_non_null(frames);
	make_frames(frames, 1000, 79);
	scratch(path, "cut", ".db");
	unlink(path);
	write_file(path, &way, frames, 1000);
	bytes = slurp(path, &len);
	for (size_t n = 0; n < len; n += 509) {
		struct canlog_options options = {.repair = n % 2};

		put_file(path, bytes, n);
		assert_true(read_file(path, &options, frames, 2000, NULL) <= 1000);
	}
	free(bytes);
	free(frames);
	unlink(path);
}

/* A hole in the middle of a BLF: an error that says where, and with repair what lies behind. */
static void test_repair_blf(void **state)
{
	const char *const settings[] = {"max_container_size=1024", "compression_level=0", NULL};
	struct way way = {"blf", ".blf", settings, NULL};
	struct anycan_frame frames[400], got[401];
	struct canlog_options repair = {.repair = true};
	struct canlog_report report;
	char path[PATH_MAX];
	uint8_t *bytes;
	size_t len;
	ssize_t n;

	(void)state;
	make_frames(frames, 400, 80);
	scratch(path, "repair", ".blf");
	write_file(path, &way, frames, 400);
	bytes = slurp(path, &len);
	memset(bytes + len / 2, 0x55, 3000);
	put_file(path, bytes, len);
	assert_int_equal(read_file(path, NULL, got, 401, NULL), -EBADMSG);
	n = read_file(path, &repair, got, 401, &report);
	assert_true(n > 300 && n < 400);
	assert_true(report.notes[CANLOG_SKIPPED_DAMAGE].count > 0);
	assert_true(anycan_frame_equal(&got[n - 1], &frames[399], 0, false));
	free(bytes);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_at_every_byte),
		cmocka_unit_test(test_changed_bytes),
		cmocka_unit_test(test_cut_database),
		cmocka_unit_test(test_repair_blf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
