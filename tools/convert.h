/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of `anycan convert`: arguments, reading ahead and summary.
 */
#ifndef TOOLS_CONVERT_H
#define TOOLS_CONVERT_H

#include "output.h"

#include <stdio.h>

/** struct convert_args - what the command line asks for */
struct convert_args {
	const char *in, *from;	 /* the file, and its format or NULL */
	struct output_args out;	 /* the settings are for both */
	size_t default_settings; /* of these, not asked for by the user */
	bool info;		 /* read only */
	bool repair;
	bool quiet;
	bool python; /* called as can_logconvert */
};

/* Fills @args. Return: -1 to go on, otherwise the exit status (help was asked for, or an error). */
int convert_args_parse(struct convert_args *args, int argc, char **argv);

/* Frames go through in batches of this many. */
#define CONVERT_BATCH 512

/*
 * Reads ahead in a thread of its own, from files only: a pipe has to be waited for in the thread
 * that signals reach.
 */
struct convert_reader;

int convert_reader_new(struct convert_reader **reader, struct canlog *log);

/* The next frames, as canlog_read(); they stay valid until the next call. */
ssize_t convert_reader_next(struct convert_reader *reader, const struct anycan_frame **frames);

void convert_reader_free(struct convert_reader *reader);

/* Frames by kind, channels and time span. */
void convert_print_summary(FILE *to, const struct canlog_report *report,
			   const struct canlog_channels *channels);

/* One line for each note of @report, beginning with @path. */
void convert_print_notes(FILE *to, const char *path, const struct canlog_report *report);

#endif
