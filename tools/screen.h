/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A page of text with looks, drawn in memory: a terminal shows it, a snapshot prints it.
 */
#ifndef TOOLS_SCREEN_H
#define TOOLS_SCREEN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** How a cell looks; colours only where there are any. */
enum screen_look {
	SCREEN_PLAIN = 0,
	SCREEN_BOLD = 1 << 0,
	SCREEN_REVERSE = 1 << 1,
	SCREEN_RED = 1 << 2,
	SCREEN_CHANGED = 1 << 3, /**< cyan on blue; bold without colours */
};

/** struct screen_cell - one character, ASCII */
struct screen_cell {
	char text;
	uint8_t look;
};

/** struct screen - all 0 to begin with */
struct screen {
	int rows, cols;
	struct screen_cell *cells;
};

/** screen_resize() - make it this large, and empty. Return: 0 or -ENOMEM (left as it was) */
int screen_resize(struct screen *screen, int rows, int cols);

/** screen_free() - let the cells go */
void screen_free(struct screen *screen);

/** screen_clear() - blanks everywhere */
void screen_clear(struct screen *screen);

/**
 * screen_put() - write a text
 *
 * What is beyond an edge is cut off; characters that are not printable become `?`.
 */
void screen_put(struct screen *screen, int row, int col, unsigned int look, const char *text);

/** screen_printf() - the same with a format, up to 511 characters */
void screen_printf(struct screen *screen, int row, int col, unsigned int look, const char *format,
		   ...) __attribute__((format(printf, 5, 6)));

/** screen_text() - copy a row without the blanks at its end; @size counts the NUL */
void screen_text(const struct screen *screen, int row, char *text, size_t size);

/** screen_print() - print all rows, with escape sequences for the looks if @color */
void screen_print(const struct screen *screen, FILE *to, bool color);

#endif
