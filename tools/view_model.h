/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the viewers know of the frames that came: a row for each identifier, the newest frames in
 * their order, and how busy each channel is. No clock, no locks.
 */
#ifndef TOOLS_VIEW_MODEL_H
#define TOOLS_VIEW_MODEL_H

#include <anycan/frame.h>
#include <net/if.h>

/** Rows and channels that are kept at most; frames beyond them are counted. */
#define VIEW_ROWS_MAX 65536
#define VIEW_CHANNELS_MAX 64

/** struct view_row - all frames with one identifier */
struct view_row {
	uint64_t key;		   /**< of view_key() */
	struct anycan_frame frame; /**< the newest */
	uint64_t count;
	int64_t first_ns;
	int64_t dt_ns, min_ns, max_ns; /**< from a frame to the next; from .count 2 on */
	uint64_t changed;	       /**< bit N: byte N is another than in the frame before */
};

/** struct view_channel - what is on one bus */
struct view_channel {
	char name[IFNAMSIZ];	    /**< empty: nothing came from it */
	uint32_t bitrate, dbitrate; /**< 0: not known */
	uint64_t frames, busy_ns, bits;
	/* Since the last tick: */
	uint64_t frames_before, busy_before, bits_before;
	double frames_s, bits_s, load; /**< .load 0 to 1, negative without a bit rate */
};

/** struct view_model - all 0 to begin with, but .by_python and .trace_size */
struct view_model {
	bool by_python;	   /**< rows as python-can's viewer has them; see view_model_add() */
	size_t trace_size; /**< frames that are kept */
	struct view_row *rows;
	size_t n_rows, rows_room;
	uint32_t *buckets; /* row + 1; 0: free */
	size_t n_buckets;
	struct anycan_frame *trace; /**< number N is at N % trace_size */
	uint64_t n_trace;	    /**< frames that were put there so far */
	uint64_t frames, errors, unlisted;
	int64_t start_ns; /**< time stamp of the first frame */
	struct view_channel channels[VIEW_CHANNELS_MAX];
	int64_t tick_ns;
};

/** view_model_free() - let all go */
void view_model_free(struct view_model *model);

/** view_model_clear() - forget the frames; the channels stay */
void view_model_clear(struct view_model *model);

/** view_model_copy() - make @to the same as @from. Return: 0 or -ENOMEM (@to is empty then) */
int view_model_copy(struct view_model *to, const struct view_model *from);

/**
 * view_model_add() - a frame came
 *
 * Rows are by channel, identifier, format, remote and error. If .by_python, by identifier and
 * format only, and a row begins anew with a frame of another length.
 */
void view_model_add(struct view_model *model, const struct anycan_frame *frame);

/** view_model_tick() - rates and loads since the last tick; @now_ns is monotonic */
void view_model_tick(struct view_model *model, int64_t now_ns);

/** view_model_traced() - frame number @n of the trace, or NULL if it is not kept */
const struct anycan_frame *view_model_traced(const struct view_model *model, uint64_t n);

/** view_model_oldest() - the number of the oldest frame of the trace that is kept */
uint64_t view_model_oldest(const struct view_model *model);

#endif
