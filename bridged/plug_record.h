/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The file with the record of plug_names.h.
 */
#ifndef BRIDGED_PLUG_RECORD_H
#define BRIDGED_PLUG_RECORD_H

#include "plug_names.h"

/** plug_record_add() - a new, empty line. Return: NULL without memory */
struct plug_entry *plug_record_add(struct plug_names *names, const char *id);

/**
 * plug_record_parse() - understand a line
 * @line: of the file, without its newline
 * @entry: filled
 *
 * Return: NULL, or what is wrong.
 */
const char *plug_record_parse(const char *line, struct plug_entry *entry);

#endif
