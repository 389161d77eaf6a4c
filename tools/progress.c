// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A bar on a terminal.
 */
#include "progress.h"

#include <unistd.h>

#define BAR_COLUMNS 30
#define INTERVAL_S 0.25

static double seconds_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void progress_start(struct progress *bar, bool wanted)
{
	*bar = (struct progress){0};
	if (wanted && isatty(STDERR_FILENO))
		bar->terminal = stderr;
	clock_gettime(CLOCK_MONOTONIC, &bar->start);
	bar->shown = bar->start;
}

bool progress_is_due(const struct progress *bar)
{
	return bar->terminal && seconds_since(&bar->shown) >= INTERVAL_S;
}

double progress_seconds(const struct progress *bar)
{
	return seconds_since(&bar->start);
}

void progress_draw(struct progress *bar, double part, const char *words)
{
	double left = part > 0 ? progress_seconds(bar) * (1 - part) / part : 0;
	char columns[BAR_COLUMNS + 1];
	int full = (int)(part * BAR_COLUMNS);

	clock_gettime(CLOCK_MONOTONIC, &bar->shown);
	for (int i = 0; i < BAR_COLUMNS; i++)
		columns[i] = i < full ? '=' : ' ';
	columns[BAR_COLUMNS] = '\0';
	fprintf(bar->terminal, "\r[%s] %3.0f %%  %s  %d:%02d left ", columns, part * 100, words,
		(int)left / 60, (int)left % 60);
	fflush(bar->terminal);
	bar->drawn = true;
}

void progress_end(struct progress *bar)
{
	if (bar->drawn)
		fprintf(bar->terminal, "\r%*s\r", BAR_COLUMNS + 50, "");
	bar->drawn = false;
}
