/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The daemon's program, which knows drivers and adapters.
 */
#ifndef TOOLS_BRIDGED_H
#define TOOLS_BRIDGED_H

#include <stdbool.h>

/**
 * bridged_find() - look for bridged: as ANYCAN_BRIDGED names it, beside this program, in PATH
 *
 * Return: whether it is there; ANYCAN_BRIDGED names it then, or it is in PATH.
 */
bool bridged_find(void);

/**
 * bridged_exec() - become bridged
 * @verb: of anycan, for the message
 * @argv: arguments behind the program's name, ended by NULL, at most 255 of them
 *
 * Return: exit status, if it cannot be run.
 */
int bridged_exec(const char *verb, char *const *argv);

#endif
