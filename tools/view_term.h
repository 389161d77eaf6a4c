/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The terminal of the viewers, by ncurses: shows a screen, gives keys.
 */
#ifndef TOOLS_VIEW_TERM_H
#define TOOLS_VIEW_TERM_H

#include "screen.h"

/** Keys beside characters. */
enum view_key {
	VIEW_KEY_NONE = -1,
	VIEW_KEY_ESC = 27,
	VIEW_KEY_UP = 1000,
	VIEW_KEY_DOWN,
	VIEW_KEY_LEFT,
	VIEW_KEY_RIGHT,
	VIEW_KEY_PAGE_UP,
	VIEW_KEY_PAGE_DOWN,
	VIEW_KEY_HOME,
	VIEW_KEY_END,
	VIEW_KEY_ENTER,
	VIEW_KEY_BACKSPACE,
	VIEW_KEY_RESIZE,
	VIEW_KEY_OTHER,
};

/**
 * view_term_open() - take the terminal of standard input and output over
 * @color: whether to use colours, if it has them
 * @reason: set on failure: what is wrong, and what to do
 * @size: bytes in @reason
 *
 * Return: 0, or -ENOTTY.
 */
int view_term_open(bool color, char *reason, size_t size);

/** view_term_close() - give the terminal back as it was */
void view_term_close(void);

/** view_term_fit() - make @screen as large as the terminal is now. Return: 0 or -ENOMEM */
int view_term_fit(struct screen *screen);

/** view_term_show() - bring @screen to the terminal; waits for it if it is slow */
void view_term_show(const struct screen *screen);

/** view_term_key() - the next key that was pressed: enum view_key or a character */
int view_term_key(void);

#endif
