// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What `anycan view` asks for at the bottom: a filter, a text to search, a file.
 */
#include "filter_args.h"
#include "view.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KEY_CLEAR 21 /* CTRL-U */
#define LINE_SIZE 512

void view_prompt_open(struct view_ui *ui, enum view_prompt prompt)
{
	time_t now = time(NULL);
	struct tm tm;

	ui->prompt = prompt;
	ui->input[0] = '\0';
	if (prompt == VIEW_PROMPT_FILTER)
		memcpy(ui->input, ui->filter_text, sizeof(ui->input));
	if (prompt == VIEW_PROMPT_SAVE && localtime_r(&now, &tm))
		strftime(ui->input, sizeof(ui->input), "view-%Y-%m-%d_%H%M%S.log", &tm);
}

static void set_filter(struct view_ui *ui)
{
	struct anycan_filters filters = {0};
	const char *reason = "";

	if (strspn(ui->input, " ") == strlen(ui->input))
		ui->input[0] = '\0';
	if (filter_args_parse(ui->input, &filters, &reason)) {
		anycan_filters_free(&filters);
		view_say(ui, true, "no filter: %s; write 123:7FF, 100-1FF or #FFFFFFFF", reason);
		return;
	}
	anycan_filters_free(&ui->filter);
	ui->filter = filters;
	memcpy(ui->filter_text, ui->input, sizeof(ui->filter_text));
	ui->found = false;
}

static void accept_input(struct view_loop *loop)
{
	struct view_ui *ui = loop->viewer;
	enum view_prompt prompt = ui->prompt;

	ui->prompt = VIEW_NO_PROMPT;
	if (prompt == VIEW_PROMPT_FILTER) {
		set_filter(ui);
	} else if (prompt == VIEW_PROMPT_SEARCH) {
		memcpy(ui->search, ui->input, sizeof(ui->search));
		ui->found = false;
		view_search(loop);
	} else if (ui->input[0]) {
		view_save(loop, ui->input);
	}
}

void view_prompt_key(struct view_loop *loop, int key)
{
	struct view_ui *ui = loop->viewer;
	size_t len = strlen(ui->input);

	if (key == VIEW_KEY_ENTER) {
		accept_input(loop);
	} else if (key == VIEW_KEY_ESC) {
		ui->prompt = VIEW_NO_PROMPT;
	} else if (key == VIEW_KEY_BACKSPACE && len) {
		ui->input[len - 1] = '\0';
	} else if (key == KEY_CLEAR) {
		ui->input[0] = '\0';
	} else if (key >= ' ' && key <= '~' && len + 1 < sizeof(ui->input)) {
		ui->input[len] = (char)key;
		ui->input[len + 1] = '\0';
	}
}

/* ---- Searching */

/* Whether a line that was drawn alone has the text. */
static bool has_text(const struct view_ui *ui, struct screen *line)
{
	char text[LINE_SIZE];
	bool has;

	screen_text(line, 0, text, sizeof(text));
	has = strcasestr(text, ui->search) != NULL;
	screen_clear(line);
	return has;
}

static bool search_rows(struct view_ui *ui, const struct view_model *model, struct screen *line)
{
	size_t from = 0;

	if (!view_list_rows(ui, model))
		return false;
	for (size_t i = 0; i < ui->n_shown && ui->found; i++)
		if (model->rows[ui->shown[i]].key == ui->found_key)
			from = i + 1;
	for (size_t i = 0; i < ui->n_shown; i++) {
		size_t at = (from + i) % ui->n_shown;
		const struct view_row *row = &model->rows[ui->shown[at]];

		view_row_line(ui, model, row, line, 0);
		if (!has_text(ui, line))
			continue;
		ui->found_key = row->key;
		ui->top = at;
		return true;
	}
	return false;
}

/* From the newest frame to the oldest. */
static bool search_trace(struct view_ui *ui, const struct view_model *model, struct screen *line)
{
	uint64_t at = ui->found ? ui->found_number : ui->held ? ui->bottom + 1 : model->n_trace;

	if (at > model->n_trace)
		at = model->n_trace;
	while (at > view_model_oldest(model)) {
		if (!view_passes(ui, view_model_traced(model, --at)))
			continue;
		view_trace_line(ui, model, at, line, 0);
		if (!has_text(ui, line))
			continue;
		ui->found_number = ui->bottom = at;
		ui->held = true;
		return true;
	}
	return false;
}

void view_search(struct view_loop *loop)
{
	struct view_ui *ui = loop->viewer;
	struct screen line = {0};
	struct view_model *model;
	bool found;

	if (!ui->search[0] || screen_resize(&line, 1, LINE_SIZE))
		return;
	model = view_loop_lock(loop);
	found = ui->page == VIEW_TRACE ? search_trace(ui, model, &line)
				       : search_rows(ui, model, &line);
	view_loop_unlock(loop);
	if (!found)
		view_say(ui, true, "'%s' is in no%s line", ui->search,
			 ui->found && ui->page == VIEW_TRACE ? " older" : "");
	ui->found = found;
	screen_free(&line);
}

/* ---- Saving */

static int compare_times(const void *a, const void *b)
{
	const struct anycan_frame *x = a, *y = b;

	return x->ts_ns < y->ts_ns ? -1 : x->ts_ns > y->ts_ns;
}

/* The frames that are shown, in the order of time; their number. */
static size_t collect(const struct view_ui *ui, const struct view_model *model,
		      struct anycan_frame **out)
{
	bool trace = ui->page == VIEW_TRACE;
	uint64_t oldest = view_model_oldest(model);
	size_t all = trace ? model->n_trace - oldest : model->n_rows, n = 0;
	struct anycan_frame *frames = calloc(all + 1, sizeof(*frames));

	*out = frames;
	if (!frames)
		return 0;
	for (size_t i = 0; i < all; i++) {
		const struct anycan_frame *frame =
			trace ? view_model_traced(model, oldest + i) : &model->rows[i].frame;

		if (view_passes(ui, frame))
			frames[n++] = *frame;
	}
	if (!trace)
		qsort(frames, n, sizeof(*frames), compare_times);
	return n;
}

static void say_saved(struct view_ui *ui, const char *path, const struct canlog_report *report,
		      size_t n)
{
	if (report->frames == n)
		view_say(ui, false, "%zu frames written to %s", n, path);
	else
		view_say(ui, true,
			 "%" PRIu64 " frames written to %s, which cannot hold the other "
			 "%" PRIu64,
			 report->frames, path, n - report->frames);
}

/* The numbers of channels in a log are those of their names. */
static void number_channels(const struct view_channel *channels, struct canlog_channels *table,
			    struct anycan_frame *frames, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint16_t channel = frames[i].channel;

		if (channel < VIEW_CHANNELS_MAX)
			frames[i].channel = canlog_channels_number(table, channels[channel].name,
								   strlen(channels[channel].name));
	}
}

static void write_frames(struct view_ui *ui, const char *path, const struct view_model *model,
			 struct anycan_frame *frames, size_t n)
{
	struct canlog_error error = {0};
	struct canlog *log;
	struct canlog_report report;

	if (canlog_open_writer(&log, path, NULL, &error)) {
		view_say(ui, true, "%s", error.text);
		return;
	}
	number_channels(model->channels, canlog_get_channels(log), frames, n);
	if (canlog_write(log, frames, n))
		view_say(ui, true, "%s", canlog_error_text(log));
	report = *canlog_get_report(log);
	if (canlog_close(log, &error))
		view_say(ui, true, "%s", error.text);
	if (!ui->message[0])
		say_saved(ui, path, &report, n);
}

void view_save(struct view_loop *loop, const char *path)
{
	struct view_ui *ui = loop->viewer;
	struct view_model names = {0};
	struct anycan_frame *frames;
	struct view_model *model;
	size_t n;

	if (!access(path, F_OK)) {
		view_say(ui, true, "%s is there already; choose another name", path);
		return;
	}
	model = view_loop_lock(loop);
	n = collect(ui, model, &frames);
	memcpy(names.channels, model->channels, sizeof(names.channels));
	view_loop_unlock(loop);
	if (frames)
		write_frames(ui, path, &names, frames, n);
	else
		view_say(ui, true, "no memory");
	free(frames);
}
