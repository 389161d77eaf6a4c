/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A bar on a terminal for work whose end is known.
 */
#ifndef TOOLS_PROGRESS_H
#define TOOLS_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

/** struct progress - the bar */
struct progress {
	FILE *terminal; /**< NULL: none */
	struct timespec start, shown;
	bool drawn;
};

/** progress_start() - a bar on standard error, if that is a terminal and @wanted */
void progress_start(struct progress *bar, bool wanted);

/** progress_is_due() - whether the bar was last drawn some time ago */
bool progress_is_due(const struct progress *bar);

/** progress_seconds() - since progress_start() */
double progress_seconds(const struct progress *bar);

/**
 * progress_draw() - show how far it is
 * @part: 0 to 1; the time left follows from it
 * @words: a few, to stand behind the bar
 */
void progress_draw(struct progress *bar, double part, const char *words);

/** progress_end() - wipe it away */
void progress_end(struct progress *bar);

#endif
