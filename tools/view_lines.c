// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The lines of `anycan view`: columns that fit, and a frame in them.
 */
#include "view.h"

#include <anycan/error_frame.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define DECODED_SIZE 1024
#define DATA_WIDTH 24 /* of classic CAN */
#define DECODED_WIDTH 24

enum column {
	COL_BUS,
	COL_ID,
	COL_COUNT,
	COL_TIME,
	COL_DIR,
	COL_DT,
	COL_MIN,
	COL_AVG,
	COL_MAX,
	COL_LEN,
	COL_DATA,
	COLUMNS_N
};

/** A line on its way to the screen. */
struct line {
	const struct view_ui *ui;
	const struct view_model *model;
	struct screen *screen;
	int y;
	unsigned int look;
	int at[COLUMNS_N]; /* where the columns are; -1: not shown */
};

static const struct {
	const char *title;
	int width;
	bool by_id, in_trace, to_the_right;
} columns[COLUMNS_N] = {
	[COL_BUS] = {"Bus", 7, true, true, false},
	[COL_ID] = {"ID", 8, true, true, true},
	[COL_COUNT] = {"Count", 8, true, false, true},
	[COL_TIME] = {"Time s", 12, true, true, true},
	[COL_DIR] = {"Dir", 3, false, true, false},
	[COL_DT] = {"dt ms", 9, true, false, true},
	[COL_MIN] = {"min ms", 9, true, false, true},
	[COL_AVG] = {"avg ms", 9, true, false, true},
	[COL_MAX] = {"max ms", 9, true, false, true},
	[COL_LEN] = {"Len", 3, true, true, true},
	[COL_DATA] = {"Data", DATA_WIDTH, true, true, false},
};

/* ---- Which columns, and where */

static bool is_in_use(const struct view_model *model, enum column column)
{
	unsigned int named = 0;

	if (column != COL_BUS)
		return true;
	for (unsigned int i = 0; i < VIEW_CHANNELS_MAX; i++)
		named += model->channels[i].name[0] != '\0';
	return named > 1;
}

static int place(struct line *line)
{
	int at = 0;

	for (int i = 0; i < COLUMNS_N; i++) {
		if (line->at[i] < 0)
			continue;
		line->at[i] = at;
		at += columns[i].width + 1;
	}
	return at;
}

/* What does not fit beside the data goes, the least important first. */
static void lay_out(struct line *line)
{
	static const enum column expendable[] = {COL_MAX, COL_MIN, COL_AVG, COL_TIME, COL_COUNT};
	int width, room = line->screen->cols - (line->ui->decode ? DECODED_WIDTH : 0);
	bool trace = line->ui->page == VIEW_TRACE;

	for (int i = 0; i < COLUMNS_N; i++) {
		bool shown = trace ? columns[i].in_trace : columns[i].by_id;

		line->at[i] = shown && is_in_use(line->model, (enum column)i) ? 0 : -1;
	}
	width = place(line);
	for (size_t i = 0; i < sizeof(expendable) / sizeof(expendable[0]) && !trace; i++) {
		if (width <= room)
			break;
		line->at[expendable[i]] = -1;
		width = place(line);
	}
}

static void put(const struct line *line, enum column column, const char *text)
{
	int width = columns[column].width;

	if (line->at[column] >= 0)
		screen_printf(line->screen, line->y, line->at[column], line->look, "%*s",
			      columns[column].to_the_right ? width : -width, text);
}

void view_titles(const struct view_ui *ui, const struct view_model *model, struct screen *screen,
		 int y)
{
	struct line line = {ui, model, screen, y, SCREEN_BOLD, {0}};

	lay_out(&line);
	for (int i = 0; i < COLUMNS_N; i++)
		put(&line, (enum column)i, columns[i].title);
	if (ui->decode && !ui->left)
		screen_put(screen, y, line.at[COL_DATA] + DATA_WIDTH + 1, SCREEN_BOLD, "Decoded");
}

/* ---- A frame */

static void put_id(const struct line *line, canid_t can_id)
{
	char text[16];

	if (can_id & CAN_ERR_FLAG)
		snprintf(text, sizeof(text), "%08X", can_id & (CAN_ERR_MASK | CAN_ERR_FLAG));
	else if (can_id & CAN_EFF_FLAG)
		snprintf(text, sizeof(text), "%08X", can_id & CAN_EFF_MASK);
	else
		snprintf(text, sizeof(text), "%03X", can_id & CAN_SFF_MASK);
	put(line, COL_ID, text);
}

static void put_time(const struct line *line, int64_t ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%.6f", (double)ns / 1e9);
	put(line, COL_TIME, text);
}

static void put_ms(const struct line *line, enum column column, int64_t ns)
{
	char text[32];

	if (llabs(ns) < 99999999999)
		snprintf(text, sizeof(text), "%.3f", (double)ns / 1e6);
	else
		snprintf(text, sizeof(text), "%.1fs", (double)ns / 1e9);
	put(line, column, text);
}

/* Length, with F for FD, B for FD at two bit rates, R for a remote frame. */
static void put_len(const struct line *line, const struct anycan_frame *frame)
{
	const char *kind = "";
	char text[16];

	if (frame->can_id & CAN_RTR_FLAG)
		kind = "R";
	else if (anycan_frame_is_fd(frame))
		kind = frame->flags & CANFD_BRS ? "B" : "F";
	snprintf(text, sizeof(text), "%s%u", kind, frame->len);
	put(line, COL_LEN, text);
}

/* A part of the data column at its character @at, which may be scrolled away. */
static void put_data(const struct line *line, int at, unsigned int look, const char *text)
{
	int hidden = line->ui->left - at, len = (int)strlen(text);

	if (hidden > 0)
		text += hidden < len ? hidden : len;
	screen_put(line->screen, line->y, line->at[COL_DATA] + (hidden > 0 ? 0 : -hidden), look,
		   text);
}

static int put_bytes(const struct line *line, const struct anycan_frame *frame, uint64_t changed)
{
	unsigned int marked = (line->look & SCREEN_REVERSE) | SCREEN_CHANGED;
	size_t len = anycan_frame_data_len(frame);
	char text[4];

	for (size_t i = 0; i < len; i++) {
		snprintf(text, sizeof(text), "%02X", frame->data[i]);
		put_data(line, (int)i * 3, changed >> i & 1 ? marked : line->look, text);
	}
	if (frame->can_id & CAN_RTR_FLAG)
		put_data(line, 0, line->look, "remote request");
	return len > CAN_MAX_DLEN ? (int)len * 3 : DATA_WIDTH + 1;
}

static void put_payload(const struct line *line, const struct anycan_frame *frame, uint64_t changed)
{
	char text[DECODED_SIZE > ANYCAN_ERROR_FRAME_SIZE ? DECODED_SIZE : ANYCAN_ERROR_FRAME_SIZE];
	const struct decode *decode = line->ui->decode;
	size_t len = anycan_frame_data_len(frame);
	int end;

	if (frame->can_id & CAN_ERR_FLAG) {
		anycan_error_frame_print(frame, ", ", text, sizeof(text));
		put_data(line, 0, line->look, text);
		return;
	}
	end = put_bytes(line, frame, changed);
	if (decode && decode_print(decode, frame->can_id, frame->data, len, text, sizeof(text)) > 0)
		put_data(line, end, line->look, text);
}

static void put_bus(const struct line *line, uint16_t channel)
{
	put(line, COL_BUS, channel < VIEW_CHANNELS_MAX ? line->model->channels[channel].name : "?");
}

static unsigned int look_of(const struct anycan_frame *frame, bool marked)
{
	return (frame->can_id & CAN_ERR_FLAG ? SCREEN_RED : SCREEN_PLAIN) |
	       (marked ? SCREEN_REVERSE : SCREEN_PLAIN);
}

void view_row_line(const struct view_ui *ui, const struct view_model *model,
		   const struct view_row *row, struct screen *screen, int y)
{
	unsigned int look = look_of(&row->frame, ui->found && ui->found_key == row->key);
	struct line line = {ui, model, screen, y, look, {0}};
	char count[24];

	lay_out(&line);
	snprintf(count, sizeof(count), "%" PRIu64, row->count);
	put_bus(&line, row->frame.channel);
	put_id(&line, row->frame.can_id);
	put(&line, COL_COUNT, count);
	put_time(&line, row->frame.ts_ns - model->start_ns);
	if (row->count > 1) {
		int64_t all_ns = row->frame.ts_ns - row->first_ns;

		put_ms(&line, COL_DT, row->dt_ns);
		put_ms(&line, COL_MIN, row->min_ns);
		put_ms(&line, COL_AVG, all_ns / (int64_t)(row->count - 1));
		put_ms(&line, COL_MAX, row->max_ns);
	}
	put_len(&line, &row->frame);
	put_payload(&line, &row->frame, ui->no_highlight ? 0 : row->changed);
}

void view_trace_line(const struct view_ui *ui, const struct view_model *model, uint64_t number,
		     struct screen *screen, int y)
{
	const struct anycan_frame *frame = view_model_traced(model, number);
	struct line line = {ui, model, screen, y, SCREEN_PLAIN, {0}};

	if (!frame)
		return;
	line.look = look_of(frame, ui->found && ui->found_number == number);
	lay_out(&line);
	put_bus(&line, frame->channel);
	put_id(&line, frame->can_id);
	put_time(&line, frame->ts_ns - model->start_ns);
	put(&line, COL_DIR, frame->dir == ANYCAN_TX ? "Tx" : "Rx");
	put_len(&line, frame);
	put_payload(&line, frame, 0);
}
