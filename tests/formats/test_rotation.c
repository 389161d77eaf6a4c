// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rotation by size, time and count: names, hooks, and no frame lost at a switch.
 */
#include "formats.h"

#include <dirent.h>
#include <errno.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FRAMES 5000

static char folder[PATH_MAX];

static int make_folder(void **state)
{
	char template[PATH_MAX];

	(void)state;
	scratch(template, "rotation", ".XXXXXX");
	strcpy(folder, template);
	return mkdtemp(folder) ? 0 : -1;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Reads all files in the order of their names into @got, with @last at the end. */
static size_t read_all(const char *last, struct anycan_frame *got, size_t room, unsigned int *files,
		       const char *pattern)
{
	struct dirent **names;
	int n = scandir(folder, &names, is_visible, by_name);
	size_t total = 0;
	regex_t regex;

	assert_int_equal(regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB), 0);
	*files = 0;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < n; i++) {
			char path[PATH_MAX];
			bool is_last = last && !strcmp(names[i]->d_name, last);

			if (is_last != (pass == 1))
				continue;
			if (!is_last && regexec(&regex, names[i]->d_name, 0, NULL, 0))
				fail_msg("unexpected name %s", names[i]->d_name);
			snprintf(path, sizeof(path), "%.2000s/%s", folder, names[i]->d_name);
			total += (size_t)read_file(path, NULL, got + total, room - total, NULL);
			unlink(path);
			++*files;
		}
	}
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	regfree(&regex);
	return total;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

struct counts {
	unsigned int named, moved, told;
};

static int name_it(void *arg, const char *standard, char *name, size_t size)
{
	struct counts *counts = arg;
	const char *base = strrchr(standard, '/');

	counts->named++;
	snprintf(name, size, "%.*s/own-%s", (int)(base - standard), standard, base + 1);
	return 0;
}

static int move_it(void *arg, const char *source, const char *dest)
{
	struct counts *counts = arg;

	counts->moved++;
	return rename(source, dest) ? -errno : 0;
}

static void tell(void *arg, const char *path)
{
	struct counts *counts = arg;

	assert_int_equal(access(path, R_OK), 0);
	counts->told++;
}

static void rotate(const char *name, const struct canlog_rotation_options *when,
		   const struct anycan_frame *frames, unsigned int *finished)
{
	struct canlog_rotation *rotation;
	struct canlog_error error = {""};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%.2000s/%s", folder, name);
	if (canlog_rotation_new(&rotation, path, NULL, when, &error))
		fail_msg("%s: %s", path, error.text);
	for (size_t i = 0; i < FRAMES; i += 50)
		if (canlog_rotation_write(rotation, frames + i, 50))
			fail_msg("%s: %s", path, canlog_rotation_error_text(rotation));
	*finished = canlog_rotation_count(rotation);
	assert_int_equal(canlog_rotation_get_report(rotation)->frames, FRAMES);
	assert_int_equal(canlog_rotation_close(rotation, &error), 0);
}

static void check(const char *name, const char *pattern, const struct way *way,
		  const struct canlog_rotation_options *when, unsigned int least)
{
	struct anycan_frame *frames = calloc(FRAMES, sizeof(*frames));
	struct anycan_frame *got = calloc(FRAMES + 1, sizeof(*got));
	bool dated = strchr(name, '%');
	unsigned int finished, files;
	size_t n;

	assert_non_null(frames);
	assert_non_null(got);
	make_frames(frames, FRAMES, 21);
	rotate(name, when, frames, &finished);
	assert_true(finished >= least);
	n = read_all(dated ? NULL : name, got, FRAMES + 1, &files, pattern);
	assert_int_equal(files,
			 when->keep && when->keep < finished ? when->keep + 1 : finished + 1);
	if (!when->keep)
		check_frames(way, got, n, frames, FRAMES);
	free(frames);
	free(got);
}

static const struct way *way_of(const char *name)
{
	for (size_t i = 0; i < ways_count; i++)
		if (!strcmp(ways[i].name, name))
			return &ways[i];
	fail_msg("no way is called %s", name);
	return NULL;
}

#define STAMP "_[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{6}_#[0-9]{3}"

static void test_by_size(void **state)
{
	const struct canlog_rotation_options when = {.max_bytes = 20000};

	(void)state;
	check("x.log", "^x" STAMP "\\.log$", way_of("candump"), &when, 5);
	check("x.asc", "^x" STAMP "\\.asc$", way_of("asc"), &when, 5);
	check("x.csv", "^x" STAMP "\\.csv$", way_of("csv"), &when, 5);
	check("x.txt", "^x" STAMP "\\.txt$", way_of("txt"), &when, 5);
	check("x.blf", "^x" STAMP "\\.blf$", way_of("blf"), &when, 2);
	check("x.pcapng", "^x" STAMP "\\.pcapng$", way_of("pcapng"), &when, 5);
	/* Both suffixes stay together. */
	check("x.asc.gz", "^x" STAMP "\\.asc\\.gz$", way_of("asc"), &when, 1);
}

static void test_by_count(void **state)
{
	const struct canlog_rotation_options when = {.max_frames = 700};

	(void)state;
	check("x.log", "^x" STAMP "\\.log$", way_of("candump"), &when, 7);
}

static void test_by_time(void **state)
{
	const struct canlog_rotation_options when = {.max_ns = 500000000};

	(void)state;
	check("x.log", "^x" STAMP "\\.log$", way_of("candump"), &when, 4);
}

static void test_dated_names(void **state)
{
	const struct canlog_rotation_options when = {.max_ns = 500000000};

	(void)state;
	check("%Y%m%d-%H%M%S.log", "^2023111[4-9]-[0-9]{6}(_[0-9]{3})?\\.log$", way_of("candump"),
	      &when, 4);
}

static void test_keep(void **state)
{
	const struct canlog_rotation_options when = {.max_frames = 500, .keep = 3};

	(void)state;
	check("x.log", "^x" STAMP "\\.log$", way_of("candump"), &when, 9);
}

static void test_hooks(void **state)
{
	struct counts counts = {0};
	const struct canlog_rotation_options when = {
		.max_frames = 1000,
		.first_number = 23,
		.namer = name_it,
		.rotator = move_it,
		.finished = tell,
		.arg = &counts,
	};

	(void)state;
	check("x.log", "^own-x_.*_#02[3-6]\\.log$", way_of("candump"), &when, 4);
	assert_int_equal(counts.named, 4);
	assert_int_equal(counts.moved, 4);
	assert_int_equal(counts.told, 4);
}

static void test_refused(void **state)
{
	const struct canlog_rotation_options when = {.max_frames = 1};
	struct canlog_rotation *rotation;
	struct canlog_error error = {""};

	(void)state;
	assert_int_equal(canlog_rotation_new(&rotation, "/tmp/x.db", NULL, &when, &error),
			 -EOPNOTSUPP);
	assert_non_null(strstr(error.text, "sqlite"));
	assert_int_equal(canlog_rotation_new(&rotation, "/tmp/x.unknown", NULL, &when, &error),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_size), cmocka_unit_test(test_by_count),
		cmocka_unit_test(test_by_time), cmocka_unit_test(test_dated_names),
		cmocka_unit_test(test_keep),	cmocka_unit_test(test_hooks),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
