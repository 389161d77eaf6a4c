// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * ncurses behind a few calls.
 */
#include "view_term.h"

#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <term.h>
#include <unistd.h>

enum {
	PAIR_RED = 1,
	PAIR_CHANGED
};

/* Asks terminfo before ncurses does, which would end the program. */
static bool terminal_is_known(char *reason, size_t size)
{
	const char *name = getenv("TERM");
	int found;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		snprintf(reason, size,
			 "standard input and output are no terminal; `anycan view --snapshot 2s` "
			 "and `anycan log` need none");
		return false;
	}
	if (!name || !*name) {
		snprintf(reason, size, "TERM does not say what terminal this is; try TERM=linux");
		return false;
	}
	if (setupterm(name, STDOUT_FILENO, &found) == OK) {
		del_curterm(cur_term);
		return true;
	}
	if (found < 0)
		snprintf(reason, size,
			 "there is no terminfo database on this machine; install the package "
			 "ncurses-base, or set TERMINFO");
	else
		snprintf(reason, size,
			 "terminfo does not know the terminal TERM=%s, or it cannot place text; "
			 "install ncurses-term, or try TERM=xterm or TERM=linux",
			 name);
	return false;
}

int view_term_open(bool color, char *reason, size_t size)
{
	if (!terminal_is_known(reason, size))
		return -ENOTTY;
	if (!newterm(NULL, stdout, stdin)) {
		snprintf(reason, size, "ncurses cannot use this terminal; try TERM=xterm");
		return -ENOTTY;
	}
	set_escdelay(25);
	cbreak();
	noecho();
	nonl();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	if (color && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(PAIR_RED, COLOR_RED, -1);
		init_pair(PAIR_CHANGED, COLOR_CYAN, COLOR_BLUE);
	}
	return 0;
}

void view_term_close(void)
{
	endwin();
	delscreen(set_term(NULL));
}

int view_term_fit(struct screen *screen)
{
	int rows, cols;

	getmaxyx(stdscr, rows, cols);
	return screen_resize(screen, rows, cols);
}

static void set_look(unsigned int look)
{
	bool colors = COLOR_PAIRS > PAIR_CHANGED;
	attr_t attributes = A_NORMAL;
	short pair = 0;

	if (look & SCREEN_BOLD)
		attributes |= A_BOLD;
	if (look & SCREEN_REVERSE)
		attributes |= A_REVERSE;
	if (look & SCREEN_RED)
		pair = PAIR_RED;
	if (look & SCREEN_CHANGED)
		pair = PAIR_CHANGED;
	if (pair && !colors)
		attributes |= A_BOLD;
	attr_set(attributes, colors ? pair : 0, NULL);
}

void view_term_show(const struct screen *screen)
{
	const struct screen_cell *cell = screen->cells;

	for (int row = 0; row < screen->rows; row++) {
		move(row, 0);
		for (int col = 0; col < screen->cols; col++, cell++) {
			if (!col || cell->look != cell[-1].look)
				set_look(cell->look);
			addch((chtype)(unsigned char)cell->text);
		}
	}
	refresh();
}

int view_term_key(void)
{
	static const int keys[][2] = {
		{KEY_UP, VIEW_KEY_UP},	       {KEY_DOWN, VIEW_KEY_DOWN},
		{KEY_LEFT, VIEW_KEY_LEFT},     {KEY_RIGHT, VIEW_KEY_RIGHT},
		{KEY_PPAGE, VIEW_KEY_PAGE_UP}, {KEY_NPAGE, VIEW_KEY_PAGE_DOWN},
		{KEY_HOME, VIEW_KEY_HOME},     {KEY_END, VIEW_KEY_END},
		{KEY_ENTER, VIEW_KEY_ENTER},   {'\r', VIEW_KEY_ENTER},
		{'\n', VIEW_KEY_ENTER},	       {KEY_BACKSPACE, VIEW_KEY_BACKSPACE},
		{127, VIEW_KEY_BACKSPACE},     {8, VIEW_KEY_BACKSPACE},
		{KEY_RESIZE, VIEW_KEY_RESIZE},
	};
	int key = getch();

	if (key == ERR)
		return VIEW_KEY_NONE;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i][0] == key)
			return keys[i][1];
	return key < 256 ? key : VIEW_KEY_OTHER;
}
