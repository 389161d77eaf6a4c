/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of `anycan play` and can_player: arguments, reading ahead, the schedule, and where
 * frames go.
 */
#ifndef TOOLS_PLAY_H
#define TOOLS_PLAY_H

#include "buses.h"
#include "lateness.h"
#include "pace.h"

#include <anycan/clock.h>
#include <canlog.h>
#include <stdio.h>

#define PLAY_ROUTES_MAX 32
#define PLAY_SETTINGS_MAX 32
#define PLAY_FOREVER UINT64_MAX

/** struct play_moment - a time in the log */
struct play_moment {
	bool given;
	bool since_first; /**< counted from the first frame, not from the epoch */
	int64_t ns;
};

/** struct play_route - DST=SRC */
struct play_route {
	char *dst;	 /**< a bus, or `stdout` */
	const char *src; /**< a channel of the log; NULL = any */
};

/** struct play_args - what the command line asks for */
struct play_args {
	const char *program;
	const char *file, *format;
	const char *settings[PLAY_SETTINGS_MAX + 1];
	unsigned int n_settings;
	bool python; /**< called as can_player */
	bool ignore_timestamps, error_frames, verbose, quiet;
	bool skip_rx, skip_tx;
	double speed;
	int64_t gap_ns;
	int64_t skip_ns; /**< negative: no pause is cut */
	struct play_moment start, end;
	uint64_t loops, count; /**< PLAY_FOREVER: no limit */
	struct anycan_filters filters;
	struct play_route routes[PLAY_ROUTES_MAX];
	unsigned int n_routes;
	struct bus_args bus;
};

/** play_args_parse() - `anycan play`. Return: -1 to go on, otherwise the exit status */
int play_args_parse(struct play_args *args, int argc, char **argv);

/** play_args_clear() - free what it holds */
void play_args_clear(struct play_args *args);

/** play_run() - play. Return: the exit status */
int play_run(struct play_args *args);

/* ---- Reading ahead */

/** Frames that come from the reader at a time, at most. */
#define PLAY_BATCH 256

/** struct play_chunk - frames that were read */
struct play_chunk {
	ssize_t got;	  /**< frames; 0: the end; or a negative errno */
	uint64_t loop;	  /**< which time round, from 0 */
	uint64_t outside; /**< frames before these that --start and --end left out */
	double part;	  /**< of the file that is read, where that is known */
	struct anycan_frame frames[PLAY_BATCH];
};

/** struct play_reader - reads ahead in a thread of its own */
struct play_reader;

/**
 * play_reader_new() - open the log and begin to read
 * @channels: for the names of its channels
 *
 * Return: 0 or a negative errno.
 */
int play_reader_new(struct play_reader **reader, const struct play_args *args,
		    struct canlog_channels *channels, struct canlog_error *error);

/** play_reader_fd() - readable when play_reader_next() has something */
int play_reader_fd(const struct play_reader *reader);

/** play_reader_next() - the next frames, valid until the next call; NULL if there are none yet */
const struct play_chunk *play_reader_next(struct play_reader *reader);

/** play_reader_span() - whether all was read; then the time of the last frame */
bool play_reader_span(struct play_reader *reader, int64_t *last_ns);

/**
 * play_reader_end() - stop reading
 * @report: what the log held, the first time round
 * @error: set to the words of a failure
 */
void play_reader_end(struct play_reader *reader, struct canlog_report *report,
		     struct canlog_error *error);

/* ---- When frames are due */

/** struct play_schedule - from the times of a log to those of CLOCK_MONOTONIC */
struct play_schedule {
	const struct play_args *args;
	bool begun;
	int64_t base_ns;    /**< when the first frame was due */
	int64_t first_ns;   /**< its time in the log */
	int64_t skipped_ns; /**< of the log's time, cut out of pauses */
	int64_t latest_ns;  /**< the largest time so far, since the first, less what was skipped */
	int64_t due_ns;	    /**< of the last frame */
};

/** play_schedule_begin() - the next frame is the first of the log; it is due at @base_ns */
void play_schedule_begin(struct play_schedule *schedule, int64_t base_ns);

/** play_schedule_shift() - everything is to be later by so much */
void play_schedule_shift(struct play_schedule *schedule, int64_t late_ns);

/** play_schedule_due() - when a frame of this time is due, on CLOCK_MONOTONIC */
int64_t play_schedule_due(struct play_schedule *schedule, int64_t ts_ns);

/* ---- Where frames go */

/** struct play_out - the buses, and what became of frames */
struct play_out;

/**
 * play_out_new() - open all buses that the command line names
 * @channels: of the log
 * @pace: for waiting until there is room
 */
int play_out_new(struct play_out **out, const struct play_args *args,
		 struct canlog_channels *channels, struct pace *pace, struct anycan_error *error);

/**
 * play_out_reach() - open the buses for a channel of the log; count a frame that goes nowhere
 *
 * Return: how many there are, or a negative errno.
 */
int play_out_reach(struct play_out *out, uint16_t channel, struct anycan_error *error);

/**
 * play_out_put() - send a frame, together with others
 * @due_ns: when it was to be sent
 *
 * Return: how many times it is to be sent, -EINTR if waiting for room was given up, or another
 * negative errno.
 */
int play_out_put(struct play_out *out, const struct anycan_frame *frame, int64_t due_ns,
		 struct anycan_error *error);

/** play_out_flush() - send what waits. Return: 0, or as above */
int play_out_flush(struct play_out *out, struct anycan_error *error);

/** play_out_sent() - frames that buses took, all together */
uint64_t play_out_sent(const struct play_out *out);

/** play_out_lateness() - how late frames were sent */
const struct lateness *play_out_lateness(const struct play_out *out);

/** play_out_print() - what went where, and what did not, for people */
void play_out_print(const struct play_out *out, FILE *to);

/** play_out_free() - close all */
void play_out_free(struct play_out *out);

#endif
