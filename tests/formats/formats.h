/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Common parts of the tests of libcanlog: random frames, files of them, what a format keeps.
 */
#ifndef TESTS_FORMATS_H
#define TESTS_FORMATS_H

#include "../unit/check.h"

#include <canlog.h>
#include <limits.h>

/** One way to write a file: a format with its settings. */
struct way {
	const char *name;
	const char *suffix;
	const char *const *settings;
	/** Changes a frame to what comes back of it; false if it is not written. */
	bool (*expect)(struct anycan_frame *frame);
};

extern const struct way ways[];
extern const size_t ways_count;

/** Frames of all kinds, in the order of time, from 2023-11-14 22:13:20.000123456 on. */
void make_frames(struct anycan_frame *frames, size_t n, uint64_t seed);

/** A name in the test's own folder. */
const char *scratch(char path[PATH_MAX], const char *name, const char *suffix);

/** Writes a file; fails the test with the library's words if it does not work. */
void write_file(const char *path, const struct way *way, const struct anycan_frame *frames,
		size_t n);

/** Reads a whole file into @frames; returns how many, or the negative errno. */
ssize_t read_file(const char *path, const struct canlog_options *options,
		  struct anycan_frame *frames, size_t room, struct canlog_report *report);

/** Fails the test, naming the frame, if the two lists differ. */
void check_frames(const struct way *way, const struct anycan_frame *got, size_t got_n,
		  const struct anycan_frame *want, size_t want_n);

#endif
