// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The screen of `anycan view`: two rows of state, titles, frames, and a row for the user.
 */
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const sorts[] = {"arrival", "id", "count"};

int view_body_rows(const struct screen *screen)
{
	int rows = screen->rows - VIEW_HEAD_ROWS - 1;

	return rows > 0 ? rows : 1;
}

/* ---- Head */

static void print_rate(char *text, size_t size, uint32_t rate)
{
	if (rate % 1000000 == 0)
		snprintf(text, size, "%uM", rate / 1000000);
	else if (rate % 1000 == 0)
		snprintf(text, size, "%uk", rate / 1000);
	else
		snprintf(text, size, "%u", rate);
}

/* `can0 500k/2M 43.2% 2134/s`, or bits where nobody tells the bit rate. */
static void print_channel(const struct view_channel *channel, char *text, size_t size)
{
	char rate[16], data_rate[16] = "";

	if (!channel->bitrate) {
		snprintf(text, size, "%s %.1f kbit/s %.0f frames/s", channel->name,
			 channel->bits_s / 1000, channel->frames_s);
		return;
	}
	print_rate(rate, sizeof(rate), channel->bitrate);
	if (channel->dbitrate) {
		data_rate[0] = '/';
		print_rate(data_rate + 1, sizeof(data_rate) - 1, channel->dbitrate);
	}
	snprintf(text, size, "%s %s%s load %.1f%% %.0f frames/s", channel->name, rate, data_rate,
		 channel->load < 0 ? 0 : channel->load * 100, channel->frames_s);
}

static void draw_channels(struct view_loop *loop)
{
	const struct view_model *model = &loop->reader->model;
	const struct view_ui *ui = loop->viewer;
	struct screen *screen = &loop->screen;
	char text[128];
	int col = 0;

	for (unsigned int i = 0; i < VIEW_CHANNELS_MAX; i++) {
		if (!model->channels[i].name[0])
			continue;
		print_channel(&model->channels[i], text, sizeof(text));
		screen_put(screen, 0, col, SCREEN_BOLD, text);
		col += (int)strlen(text) + 3;
	}
	if (!col)
		screen_printf(screen, 0, 0, SCREEN_BOLD, "%s: no frame yet", ui->buses);
}

static int put_next(struct screen *screen, int col, unsigned int look, const char *text)
{
	screen_put(screen, 1, col, look, text);
	return col + (int)strlen(text) + 2;
}

static void draw_state(struct view_loop *loop, const struct view_model *model)
{
	const struct view_model *live = &loop->reader->model;
	const struct view_ui *ui = loop->viewer;
	struct screen *screen = &loop->screen;
	uint64_t lost = view_reader_lost(loop->reader);
	char text[VIEW_INPUT_SIZE + 64];
	int col;

	snprintf(text, sizeof(text), "%" PRIu64 " frames  %zu ids", model->frames, model->n_rows);
	col = put_next(screen, 0, SCREEN_PLAIN, text);
	snprintf(text, sizeof(text), "errors %" PRIu64, model->errors);
	col = put_next(screen, col, model->errors ? SCREEN_RED : SCREEN_PLAIN, text);
	snprintf(text, sizeof(text), "lost %" PRIu64, lost);
	col = put_next(screen, col, lost ? SCREEN_RED | SCREEN_BOLD : SCREEN_PLAIN, text);
	if (model->unlisted) {
		snprintf(text, sizeof(text), "not listed %" PRIu64, model->unlisted);
		col = put_next(screen, col, SCREEN_RED, text);
	}
	if (loop->paused) {
		snprintf(text, sizeof(text), "PAUSED, %" PRIu64 " more",
			 live->frames - model->frames);
		col = put_next(screen, col, SCREEN_REVERSE, text);
	}
	if (ui->page == VIEW_TRACE)
		col = put_next(screen, col, SCREEN_PLAIN, ui->held ? "held (END: newest)" : "");
	else if (ui->sort != VIEW_SORT_ARRIVAL)
		col = put_next(screen, col, SCREEN_PLAIN,
			       ui->sort == VIEW_SORT_ID ? "by id" : "by count");
	if (ui->filter_text[0]) {
		snprintf(text, sizeof(text), "filter %s", ui->filter_text);
		col = put_next(screen, col, SCREEN_BOLD, text);
	}
	if (ui->record) {
		snprintf(text, sizeof(text), "recording to %s", ui->record);
		put_next(screen, col, SCREEN_PLAIN, text);
	}
}

/* ---- Frames */

bool view_passes(const struct view_ui *ui, const struct anycan_frame *frame)
{
	return !ui->filter_text[0] || anycan_filters_match(&ui->filter, frame->can_id);
}

struct sorting {
	const struct view_model *model;
	enum view_sort sort;
};

static int compare_rows(const void *a, const void *b, void *arg)
{
	const struct sorting *sorting = arg;
	const struct view_row *x = &sorting->model->rows[*(const uint32_t *)a];
	const struct view_row *y = &sorting->model->rows[*(const uint32_t *)b];

	if (sorting->sort == VIEW_SORT_COUNT && x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

bool view_list_rows(struct view_ui *ui, const struct view_model *model)
{
	struct sorting sorting = {model, ui->sort};
	uint32_t *shown = realloc(ui->shown, (model->n_rows + 1) * sizeof(*shown));

	if (!shown)
		return false;
	ui->shown = shown;
	ui->n_shown = 0;
	for (size_t i = 0; i < model->n_rows; i++)
		if (view_passes(ui, &model->rows[i].frame))
			shown[ui->n_shown++] = (uint32_t)i;
	if (ui->sort != VIEW_SORT_ARRIVAL)
		qsort_r(shown, ui->n_shown, sizeof(*shown), compare_rows, &sorting);
	return true;
}

static void draw_rows(struct view_loop *loop, const struct view_model *model)
{
	struct view_ui *ui = loop->viewer;
	size_t height = (size_t)view_body_rows(&loop->screen);

	if (!view_list_rows(ui, model))
		return;
	if (ui->top + height > ui->n_shown)
		ui->top = ui->n_shown > height ? ui->n_shown - height : 0;
	for (size_t i = 0; i < height && ui->top + i < ui->n_shown; i++)
		view_row_line(ui, model, &model->rows[ui->shown[ui->top + i]], &loop->screen,
			      VIEW_HEAD_ROWS + (int)i);
}

/* The numbers of the frames on the screen, the last one first. */
static size_t list_trace(struct view_ui *ui, const struct view_model *model, uint64_t *numbers,
			 size_t room)
{
	uint64_t oldest = view_model_oldest(model), at = ui->held ? ui->bottom + 1 : model->n_trace;
	size_t n = 0;

	if (at > model->n_trace)
		at = model->n_trace;
	while (n < room && at > oldest)
		if (view_passes(ui, view_model_traced(model, --at)))
			numbers[n++] = at;
	/* Less than a screen above: go on below. */
	at = n ? numbers[0] + 1 : oldest;
	while (n < room && ui->held && at < model->n_trace) {
		if (view_passes(ui, view_model_traced(model, at))) {
			memmove(numbers + 1, numbers, n++ * sizeof(*numbers));
			numbers[0] = at;
		}
		at++;
	}
	return n;
}

static void draw_trace(struct view_loop *loop, const struct view_model *model)
{
	size_t height = (size_t)view_body_rows(&loop->screen), n;
	uint64_t *numbers = calloc(height, sizeof(*numbers));

	if (!numbers)
		return;
	n = list_trace(loop->viewer, model, numbers, height);
	for (size_t i = 0; i < n; i++)
		view_trace_line(loop->viewer, model, numbers[n - 1 - i], &loop->screen,
				VIEW_HEAD_ROWS + (int)i);
	free(numbers);
}

static void draw_help(struct screen *screen)
{
	static const char *const lines[] = {
		"TAB, t      by identifier, or a trace of all frames",
		"s           sort: as they came, by id, by count",
		"h           mark the bytes that changed, or not",
		"SPACE       hold the picture; reading and recording go on",
		"c           forget all frames; time begins at 0 again",
		"arrows      scroll, also PAGE UP, PAGE DOWN, HOME, END",
		"f           filter what is shown: 123:7FF 100-1FF #FFFFFFFF (errors)",
		"/  n        search a text in the lines; the next one",
		"w           write the frames that are shown to a log, in the format of its suffix",
		"?           this page",
		"q, ESC      end",
		"",
		"Len: R remote, F FD, B FD at two bit rates. Red: error frames, in words.",
		"lost: frames that no queue had room for before they came here.",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		screen_put(screen, VIEW_HEAD_ROWS + (int)i, 2, SCREEN_PLAIN, lines[i]);
}

/* ---- The last row */

static void draw_bottom(struct view_loop *loop)
{
	static const char *const prompts[] = {
		[VIEW_PROMPT_FILTER] = "filter (ID:MASK ...): ",
		[VIEW_PROMPT_SEARCH] = "/",
		[VIEW_PROMPT_SAVE] = "write to: ",
	};
	const struct view_reader *reader = loop->reader;
	const struct view_ui *ui = loop->viewer;
	int y = loop->screen.rows - 1;

	if (ui->prompt) {
		int skip = (int)(strlen(prompts[ui->prompt]) + strlen(ui->input)) + 1 -
			   loop->screen.cols;

		screen_printf(&loop->screen, y, skip > 0 ? -skip : 0, SCREEN_PLAIN, "%s%s_",
			      prompts[ui->prompt], ui->input);
	} else if (ui->message[0]) {
		screen_put(&loop->screen, y, 0, ui->message_is_bad ? SCREEN_RED : SCREEN_BOLD,
			   ui->message);
	} else if (reader->error.text[0]) {
		screen_put(&loop->screen, y, 0, SCREEN_RED, reader->error.text);
	} else if (reader->record_status) {
		screen_printf(&loop->screen, y, 0, SCREEN_RED, "recording has ended: %s",
			      strerror(-reader->record_status));
	} else {
		screen_printf(&loop->screen, y, 0, SCREEN_REVERSE,
			      "q quit  TAB %s  s sort (%s)  h changes  SPACE %s  f filter  / search"
			      "  w write  c clear  ? help",
			      ui->page == VIEW_TRACE ? "by id" : "trace", sorts[ui->sort],
			      loop->paused ? "go on" : "pause");
	}
}

void view_draw(struct view_loop *loop, const struct view_model *model)
{
	const struct view_ui *ui = loop->viewer;

	draw_channels(loop);
	draw_state(loop, model);
	if (ui->page == VIEW_HELP) {
		draw_help(&loop->screen);
	} else {
		view_titles(ui, model, &loop->screen, VIEW_HEAD_ROWS - 1);
		if (ui->page == VIEW_TRACE)
			draw_trace(loop, model);
		else
			draw_rows(loop, model);
	}
	draw_bottom(loop);
}

void view_ui_free(struct view_ui *ui)
{
	anycan_filters_free(&ui->filter);
	free(ui->shown);
}
