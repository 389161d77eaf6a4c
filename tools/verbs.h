/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The table of verbs, for those who look into it: help, and completion in shells.
 */
#ifndef TOOLS_VERBS_H
#define TOOLS_VERBS_H

#include <stddef.h>

/** struct verb - one of the programs in this one */
struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *summary;
};

/** verb_find() - the verb of a name, with or without python-can's suffix `.py`; NULL: none */
const struct verb *verb_find(const char *name);

/** verb_at() - all of them in order of name, NULL behind the last one */
const struct verb *verb_at(size_t i);

/**
 * complete() - print what may stand in the place of the last word, one a line
 * @words: those behind `anycan`; the last one is what has been typed of the word so far
 * @n: how many
 */
int complete(int n, char **words);

/** print_version() - the version, and what this program was built with */
void print_version(void);

#endif
