/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the command lines of both viewers have in common.
 */
#ifndef TOOLS_VIEW_OPTIONS_H
#define TOOLS_VIEW_OPTIONS_H

#include "decode.h"

/**
 * view_take_decode() - take a decode string, or a file with one in each line
 * @decode: made if it is NULL
 * @word: the string or the file's name
 * @program: for complaints
 *
 * Return: 0, or an exit status; why was printed.
 */
int view_take_decode(struct decode **decode, const char *word, const char *program);

/** view_is_decode() - whether a word is a decode string */
bool view_is_decode(const char *word);

/** view_is_file() - whether there is a file of that name */
bool view_is_file(const char *path);

/** view_color_is_wanted() - whether NO_COLOR is not set */
bool view_color_is_wanted(void);

#endif
