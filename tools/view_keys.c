// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the keys of `anycan view` do: python-can's, and more.
 */
#include "view.h"

#include <stdarg.h>

#define LEFT_STEP 8

void view_say(struct view_ui *ui, bool bad, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ui->message, sizeof(ui->message), format, args);
	va_end(args);
	ui->message_is_bad = bad;
}

/* ---- Scrolling */

static void scroll_rows(struct view_ui *ui, int64_t lines)
{
	if (lines < 0 && (size_t)-lines > ui->top)
		ui->top = 0;
	else
		ui->top += (size_t)lines;
	/* Drawing cuts it to what there is. */
	if (ui->top > ui->n_shown)
		ui->top = ui->n_shown;
}

/* The shown frame @lines before or behind the last one on the screen becomes the last. */
static void scroll_trace(struct view_loop *loop, int64_t lines)
{
	struct view_model *model = view_loop_lock(loop);
	struct view_ui *ui = loop->viewer;
	uint64_t oldest = view_model_oldest(model), at;
	int64_t step = lines < 0 ? -1 : 1;

	at = ui->held ? ui->bottom : model->n_trace;
	if (!ui->held && lines > 0)
		lines = 0;
	ui->held = model->n_trace > 0;
	while (lines && !(step < 0 && at <= oldest) && !(step > 0 && at + 1 >= model->n_trace)) {
		at += (uint64_t)step;
		if (view_passes(ui, view_model_traced(model, at)))
			lines -= step;
	}
	/* Beyond the newest frame: follow. */
	if (at + 1 >= model->n_trace && step > 0)
		ui->held = false;
	ui->bottom = at;
	view_loop_unlock(loop);
}

static void scroll(struct view_loop *loop, int64_t lines)
{
	struct view_ui *ui = loop->viewer;

	if (ui->page == VIEW_TRACE)
		scroll_trace(loop, lines);
	else
		scroll_rows(ui, lines);
}

static void scroll_to_end(struct view_loop *loop, bool end)
{
	struct view_ui *ui = loop->viewer;

	ui->top = end ? ui->n_shown : 0;
	ui->held = !end;
	ui->bottom = 0;
}

static bool scroll_key(struct view_loop *loop, int key)
{
	struct view_ui *ui = loop->viewer;
	int page = view_body_rows(&loop->screen);

	switch (key) {
	case VIEW_KEY_UP:
	case VIEW_KEY_DOWN:
		scroll(loop, key == VIEW_KEY_UP ? -1 : 1);
		return true;
	case VIEW_KEY_PAGE_UP:
	case VIEW_KEY_PAGE_DOWN:
		scroll(loop, key == VIEW_KEY_PAGE_UP ? -page : page);
		return true;
	case VIEW_KEY_HOME:
	case VIEW_KEY_END:
		scroll_to_end(loop, key == VIEW_KEY_END);
		return true;
	case VIEW_KEY_LEFT:
		ui->left = ui->left > LEFT_STEP ? ui->left - LEFT_STEP : 0;
		return true;
	case VIEW_KEY_RIGHT:
		ui->left += ui->left < 1024 ? LEFT_STEP : 0;
		return true;
	default:
		return false;
	}
}

/* ---- The others */

static void change_page(struct view_ui *ui, enum view_page page)
{
	if (page == VIEW_HELP)
		ui->page_before_help = ui->page;
	ui->page = page;
	ui->found = false;
	ui->left = 0;
}

static void clear(struct view_loop *loop)
{
	struct view_ui *ui = loop->viewer;

	view_loop_clear(loop);
	ui->top = 0;
	ui->held = false;
	ui->found = false;
}

static void simple_key(struct view_loop *loop, int key)
{
	struct view_ui *ui = loop->viewer;

	switch (key) {
	case '\t':
	case 't':
		change_page(ui, ui->page == VIEW_TRACE ? VIEW_BY_ID : VIEW_TRACE);
		break;
	case 's':
		ui->sort = (ui->sort + 1) % VIEW_SORTS;
		break;
	case 'h':
		ui->no_highlight = !ui->no_highlight;
		break;
	case ' ':
		view_loop_pause(loop);
		break;
	case 'c':
		clear(loop);
		break;
	case 'f':
		view_prompt_open(ui, VIEW_PROMPT_FILTER);
		break;
	case '/':
		view_prompt_open(ui, VIEW_PROMPT_SEARCH);
		break;
	case 'n':
		view_search(loop);
		break;
	case 'w':
		view_prompt_open(ui, VIEW_PROMPT_SAVE);
		break;
	case '?':
		change_page(ui, VIEW_HELP);
		break;
	default:
		break;
	}
}

bool view_key(struct view_loop *loop, int key)
{
	struct view_ui *ui = loop->viewer;

	if (ui->prompt) {
		view_prompt_key(loop, key);
		return true;
	}
	ui->message[0] = '\0';
	if (ui->page == VIEW_HELP) {
		change_page(ui, ui->page_before_help);
		return key != 'q';
	}
	if (key == 'q' || key == VIEW_KEY_ESC)
		return false;
	if (!scroll_key(loop, key))
		simple_key(loop, key);
	return true;
}
