// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A page of text in memory. Escape sequences: ECMA-48, SGR.
 */
#include "screen.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

static struct screen_cell *cell_at(const struct screen *screen, int row, int col)
{
	return &screen->cells[(size_t)row * (size_t)screen->cols + (size_t)col];
}

int screen_resize(struct screen *screen, int rows, int cols)
{
	struct screen_cell *cells = calloc((size_t)rows * (size_t)cols + 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(screen->cells);
	screen->rows = rows;
	screen->cols = cols;
	screen->cells = cells;
	screen_clear(screen);
	return 0;
}

void screen_free(struct screen *screen)
{
	free(screen->cells);
	*screen = (struct screen){0};
}

void screen_clear(struct screen *screen)
{
	for (int i = 0; i < screen->rows * screen->cols; i++)
		screen->cells[i] = (struct screen_cell){' ', SCREEN_PLAIN};
}

void screen_put(struct screen *screen, int row, int col, unsigned int look, const char *text)
{
	if (row < 0 || row >= screen->rows)
		return;
	for (; *text && col < screen->cols; text++, col++)
		if (col >= 0)
			*cell_at(screen, row, col) = (struct screen_cell){
				*text < ' ' || *text > '~' ? '?' : *text, (uint8_t)look};
}

void screen_printf(struct screen *screen, int row, int col, unsigned int look, const char *format,
		   ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	screen_put(screen, row, col, look, text);
}

static int used_cols(const struct screen *screen, int row, bool looks)
{
	int cols = screen->cols;

	while (cols && cell_at(screen, row, cols - 1)->text == ' ' &&
	       !(looks && cell_at(screen, row, cols - 1)->look))
		cols--;
	return cols;
}

void screen_text(const struct screen *screen, int row, char *text, size_t size)
{
	int cols = used_cols(screen, row, false);

	if ((size_t)cols >= size)
		cols = (int)size - 1;
	for (int i = 0; i < cols; i++)
		text[i] = cell_at(screen, row, i)->text;
	text[cols] = '\0';
}

static void print_look(FILE *to, unsigned int look)
{
	fputs("\033[0", to);
	if (look & SCREEN_BOLD)
		fputs(";1", to);
	if (look & SCREEN_REVERSE)
		fputs(";7", to);
	if (look & SCREEN_RED)
		fputs(";31", to);
	if (look & SCREEN_CHANGED)
		fputs(";36;44", to);
	putc('m', to);
}

static void print_row(const struct screen *screen, int row, FILE *to, bool color)
{
	int cols = used_cols(screen, row, color);
	unsigned int look = SCREEN_PLAIN;

	for (int col = 0; col < cols; col++) {
		const struct screen_cell *cell = cell_at(screen, row, col);

		if (color && cell->look != look) {
			look = cell->look;
			print_look(to, look);
		}
		putc(cell->text, to);
	}
	if (look)
		print_look(to, SCREEN_PLAIN);
	putc('\n', to);
}

void screen_print(const struct screen *screen, FILE *to, bool color)
{
	for (int row = 0; row < screen->rows; row++)
		print_row(screen, row, to, color);
}
