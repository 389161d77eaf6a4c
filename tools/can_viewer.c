// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * can_viewer: the screen and the keys of python-can 4.1's script of that name. Where that one
 * leaves parts of older text on the screen, or blanks of a neighbour's, this one shows what is.
 */
#include "can_viewer.h"

#include "status_codes.h"
#include "stop.h"
#include "tools.h"
#include "view_loop.h"
#include "view_options.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DECODED_SIZE 1024

/* Where its columns begin. */
enum column {
	COL_COUNT = 0,
	COL_TIME = 8,
	COL_DT = 23,
	COL_ID = 35,
	COL_DLC = 47,
	COL_DATA = 52,
	COL_CHANGED = 57,
	COL_VALUES = 77
};

struct viewer {
	const struct decode *decode;
	bool highlight;
	int scroll;
	uint32_t *order; /* rows of the model from top to bottom */
	size_t n_order, room;
};

/* ---- The screen */

/* New rows go to the bottom. */
static void list_rows(struct viewer *viewer, const struct view_model *model)
{
	if (viewer->n_order > model->n_rows)
		viewer->n_order = 0;
	if (viewer->room < model->n_rows) {
		size_t room = 2 * model->n_rows;
		uint32_t *order = realloc(viewer->order, room * sizeof(*order));

		if (!order)
			return;
		viewer->order = order;
		viewer->room = room;
	}
	while (viewer->n_order < model->n_rows) {
		viewer->order[viewer->n_order] = (uint32_t)viewer->n_order;
		viewer->n_order++;
	}
}

static void draw_header(const struct viewer *viewer, struct screen *screen)
{
	static const struct {
		int col;
		const char *title;
	} titles[] = {
		{COL_COUNT, "Count"}, {COL_TIME, "Time"}, {COL_DT, "dt"},
		{COL_ID, "ID"},	      {COL_DLC, "DLC"},	  {COL_DATA, "Data"},
	};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
		screen_put(screen, -viewer->scroll, titles[i].col, SCREEN_BOLD, titles[i].title);
	if (viewer->highlight)
		screen_put(screen, -viewer->scroll, COL_CHANGED, SCREEN_CHANGED, "(changed)");
	if (viewer->decode)
		screen_put(screen, -viewer->scroll, COL_VALUES, SCREEN_BOLD, "Parsed values");
}

static void draw_data(const struct viewer *viewer, const struct view_row *row,
		      struct screen *screen, int y, unsigned int look)
{
	size_t len = anycan_frame_data_len(&row->frame);

	for (size_t i = 0; i < len; i++) {
		int col = COL_DATA + (int)i * 3;
		bool changed = viewer->highlight && (row->changed >> i & 1);

		if (col > screen->cols - 2) {
			screen_put(screen, y, col - 4, look, "...");
			return;
		}
		screen_printf(screen, y, col, changed ? SCREEN_CHANGED : look, "%02X",
			      row->frame.data[i]);
	}
}

static void draw_values(const struct viewer *viewer, const struct view_row *row,
			struct screen *screen, int y, unsigned int look)
{
	char values[DECODED_SIZE];

	if (!viewer->decode ||
	    decode_print(viewer->decode, row->frame.can_id, row->frame.data,
			 anycan_frame_data_len(&row->frame), values, sizeof(values)) < 0)
		return;
	/* They have the rest of the line for themselves. */
	screen_printf(screen, y, COL_VALUES, look, "%*s", screen->cols, "");
	screen_put(screen, y, COL_VALUES, look, values);
}

static void draw_row(const struct viewer *viewer, const struct view_model *model,
		     const struct view_row *row, struct screen *screen, int y)
{
	unsigned int look = row->frame.can_id & CAN_ERR_FLAG ? SCREEN_RED : SCREEN_PLAIN;
	bool extended = row->frame.can_id & CAN_EFF_FLAG;

	screen_printf(screen, y, COL_COUNT, look, "%" PRIu64, row->count);
	screen_printf(screen, y, COL_TIME, look, "%.6f",
		      (double)(row->frame.ts_ns - model->start_ns) / 1e9);
	screen_printf(screen, y, COL_DT, look, "%.6f", (double)row->dt_ns / 1e9);
	screen_printf(screen, y, COL_ID, look, "0x%0*X", extended ? 8 : 3,
		      row->frame.can_id & CAN_EFF_MASK);
	screen_printf(screen, y, COL_DLC, look, "%u", row->frame.len);
	draw_data(viewer, row, screen, y, look);
	draw_values(viewer, row, screen, y, look);
}

static void draw(struct view_loop *loop, const struct view_model *model)
{
	struct viewer *viewer = loop->viewer;

	list_rows(viewer, model);
	draw_header(viewer, &loop->screen);
	for (size_t i = 0; i < viewer->n_order; i++) {
		int64_t y = (int64_t)i + 1 - viewer->scroll;

		if (y >= 0 && y < loop->screen.rows)
			draw_row(viewer, model, &model->rows[viewer->order[i]], &loop->screen,
				 (int)y);
	}
}

/* ---- Keys */

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct view_model *model = arg;
	uint64_t x = model->rows[*(const uint32_t *)a].key;
	uint64_t y = model->rows[*(const uint32_t *)b].key;

	return x < y ? -1 : x > y;
}

static void sort(struct view_loop *loop)
{
	struct viewer *viewer = loop->viewer;
	struct view_model *model = view_loop_lock(loop);

	list_rows(viewer, model);
	qsort_r(viewer->order, viewer->n_order, sizeof(*viewer->order), compare_rows, model);
	view_loop_unlock(loop);
}

static void clear(struct view_loop *loop)
{
	struct viewer *viewer = loop->viewer;

	view_loop_clear(loop);
	viewer->n_order = 0;
	viewer->scroll = 0;
}

static bool take_key(struct view_loop *loop, int key)
{
	struct viewer *viewer = loop->viewer;

	switch (key) {
	case VIEW_KEY_ESC:
	case 'q':
		return false;
	case 'c':
		clear(loop);
		break;
	case 'h':
		viewer->highlight = !viewer->highlight;
		break;
	case 's':
		sort(loop);
		break;
	case ' ':
		view_loop_pause(loop);
		break;
	case VIEW_KEY_UP:
		viewer->scroll -= viewer->scroll > 0;
		break;
	case VIEW_KEY_DOWN:
		viewer->scroll += viewer->scroll <= (int)viewer->n_order - loop->screen.rows + 1;
		break;
	default:
		break;
	}
	return true;
}

/* ---- All of it */

static int complain(const char *text)
{
	fprintf(stderr, "can_viewer: %s\n", text);
	return STATUS_FAILED;
}

static int run(struct view_loop *loop)
{
	uint64_t lost;
	char reason[256];
	int status;

	if (view_term_open(view_color_is_wanted(), reason, sizeof(reason)))
		return complain(reason);
	if (view_reader_start(loop->reader)) {
		view_term_close();
		return complain("no memory for a thread");
	}
	status = view_loop_run(loop);
	view_term_close();
	view_reader_stop(loop->reader);
	lost = view_reader_lost(loop->reader);
	if (lost)
		fprintf(stderr,
			"can_viewer: %" PRIu64 " frames were lost: no queue had room for them\n",
			lost);
	return loop->reader->error.text[0] && status ? complain(loop->reader->error.text) : status;
}

static int view(struct can_viewer_args *args)
{
	struct viewer viewer = {.decode = args->decode};
	struct view_reader reader = {.model.by_python = true, .to_the_first_error = true};
	struct view_loop loop = {
		.reader = &reader,
		.viewer = &viewer,
		.draw = draw,
		.key = take_key,
		.end_with_reader = true,
	};
	struct anycan_error error;
	struct buses buses;
	int status;

	args->buses.options.rx_queue_size = VIEW_QUEUE;
	if (buses_open(&buses, &args->buses, &error))
		return complain(error.text);
	reader.buses = &buses;
	loop.stop_fd = stop_open();
	status = run(&loop);
	buses_close(&buses);
	screen_free(&loop.screen);
	view_model_free(&loop.frozen);
	view_model_free(&reader.model);
	free(viewer.order);
	/* As python-can's scripts end: all is well, or not. */
	return status ? STATUS_FAILED : STATUS_OK;
}

int tool_can_viewer(int argc, char **argv)
{
	struct can_viewer_args args;
	int status = can_viewer_args_parse(&args, argc, argv);

	if (status < 0)
		status = view(&args);
	can_viewer_args_clear(&args);
	return status;
}
