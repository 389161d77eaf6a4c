/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What both viewers do all the time: wait for keys and signals, draw what came not more than
 * VIEW_DRAWS_S times a second, hold the picture still.
 */
#ifndef TOOLS_VIEW_LOOP_H
#define TOOLS_VIEW_LOOP_H

#include "view_reader.h"
#include "view_term.h"

#define VIEW_DRAWS_S 20

/** struct view_loop - set the first six; the rest is 0 */
struct view_loop {
	struct view_reader *reader;
	int stop_fd; /**< of stop_open() */
	void *viewer;
	/** draw .screen from @model; the reader's lock is held */
	void (*draw)(struct view_loop *loop, const struct view_model *model);
	/** a key was pressed; no lock is held. Return: false to end */
	bool (*key)(struct view_loop *loop, int key);
	bool end_with_reader; /**< not only when the user says so */

	struct screen screen;
	bool paused;
	struct view_model frozen; /**< what is shown while .paused */
};

/** view_loop_run() - until the user ends it. Return: the exit status */
int view_loop_run(struct view_loop *loop);

/**
 * view_loop_picture() - one picture when the reader has ended, or after a time; needs no terminal
 * @time_ns: negative: no limit
 *
 * Return: the exit status.
 */
int view_loop_picture(struct view_loop *loop, int64_t time_ns, bool color);

/** view_loop_lock() - the model that is shown, to be looked at until view_loop_unlock() */
struct view_model *view_loop_lock(struct view_loop *loop);

/** view_loop_unlock() - let the reader go on */
void view_loop_unlock(struct view_loop *loop);

/** view_loop_pause() - hold the picture still, or let it go on; reading always does */
void view_loop_pause(struct view_loop *loop);

/** view_loop_clear() - forget all frames */
void view_loop_clear(struct view_loop *loop);

#endif
