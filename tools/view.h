/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of `anycan view`: what it shows, its lines, its keys, its command line.
 */
#ifndef TOOLS_VIEW_H
#define TOOLS_VIEW_H

#include "decode.h"
#include "view_loop.h"

#define VIEW_INPUT_SIZE 256

/** Rows of the screen above the frames: load, state, titles. */
#define VIEW_HEAD_ROWS 3

enum view_page {
	VIEW_BY_ID,
	VIEW_TRACE,
	VIEW_HELP
};

enum view_sort {
	VIEW_SORT_ARRIVAL,
	VIEW_SORT_ID,
	VIEW_SORT_COUNT,
	VIEW_SORTS
};

/** What is being typed in at the bottom. */
enum view_prompt {
	VIEW_NO_PROMPT,
	VIEW_PROMPT_FILTER,
	VIEW_PROMPT_SEARCH,
	VIEW_PROMPT_SAVE
};

/** struct view_ui - what the user has chosen, and where he is */
struct view_ui {
	const struct decode *decode; /**< NULL: nothing is decoded */
	const char *buses;	     /**< the words of the command line, for people */
	const char *record;	     /**< name of the log, or NULL */
	enum view_page page, page_before_help;
	enum view_sort sort;
	bool no_highlight;
	struct anycan_filters filter; /**< of what is shown */
	char filter_text[VIEW_INPUT_SIZE];

	int left;	     /**< characters of the data that are scrolled away */
	uint32_t *shown;     /**< rows of the model, in the order that they are shown in */
	size_t n_shown, top; /**< .top: the first one on the screen */
	bool held;	     /**< the trace does not follow the newest frame */
	uint64_t bottom;     /**< number of the last frame on the screen, if .held */

	enum view_prompt prompt;
	char input[VIEW_INPUT_SIZE];
	char search[VIEW_INPUT_SIZE];
	bool found; /**< a line is marked: .found_key by id, .found_number in the trace */
	uint64_t found_key, found_number;
	char message[512];
	bool message_is_bad;
};

/** view_draw() - draw the screen; for struct view_loop */
void view_draw(struct view_loop *loop, const struct view_model *model);

/** view_key() - do what a key says; for struct view_loop */
bool view_key(struct view_loop *loop, int key);

/** view_ui_free() - let go what it holds */
void view_ui_free(struct view_ui *ui);

/** view_passes() - whether a frame is to be shown */
bool view_passes(const struct view_ui *ui, const struct anycan_frame *frame);

/** view_list_rows() - fill .shown; false without memory */
bool view_list_rows(struct view_ui *ui, const struct view_model *model);

/** view_body_rows() - rows of the screen for frames, at least 1 */
int view_body_rows(const struct screen *screen);

/* ---- Lines, see view_lines.c */

/** view_titles() - the titles of the page's columns in row @y */
void view_titles(const struct view_ui *ui, const struct view_model *model, struct screen *screen,
		 int y);

/** view_row_line() - one identifier in row @y */
void view_row_line(const struct view_ui *ui, const struct view_model *model,
		   const struct view_row *row, struct screen *screen, int y);

/** view_trace_line() - frame number @number of the trace in row @y */
void view_trace_line(const struct view_ui *ui, const struct view_model *model, uint64_t number,
		     struct screen *screen, int y);

/* ---- What is asked for at the bottom, see view_prompt.c */

/** view_prompt_open() - begin to ask */
void view_prompt_open(struct view_ui *ui, enum view_prompt prompt);

/** view_prompt_key() - a key while it is asked */
void view_prompt_key(struct view_loop *loop, int key);

/** view_search() - go to the next line that has .search in it */
void view_search(struct view_loop *loop);

/** view_save() - write the frames that are shown to a log */
void view_save(struct view_loop *loop, const char *path);

/** view_say() - a message at the bottom until the next key */
void view_say(struct view_ui *ui, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* ---- Command line, see view_args.c */

/** struct view_args - what the command line asks for */
struct view_args {
	struct bus_args buses;
	struct decode *decode;
	const char *record, *record_format;
	bool trace;
	size_t trace_size;
	bool color; /**< if the terminal has any; of a snapshot: in any case */
	bool snapshot;
	uint64_t count;	    /**< snapshot after so many frames; 0: by time */
	int64_t time_ns;    /**< snapshot after this time; negative: no limit */
	int rows, cols;	    /**< of a snapshot */
	char bus_text[128]; /**< the buses, for people */
};

/* Fills @args. Return: -1 to go on, otherwise the exit status (help was asked for, or an error). */
int view_args_parse(struct view_args *args, int argc, char **argv);

/** view_args_clear() - free what it holds */
void view_args_clear(struct view_args *args);

/** view_run() - view until the end. Return: the exit status */
int view_run(struct view_args *args);

#endif
