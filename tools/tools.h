/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The verbs of the multi-call program anycan. Each takes its own argc and argv, where argv[0] is
 * the verb, and returns the exit status.
 */
#ifndef TOOLS_TOOLS_H
#define TOOLS_TOOLS_H

int tool_apply(int argc, char **argv);
int tool_can_logconvert(int argc, char **argv);
int tool_config(int argc, char **argv);
int tool_convert(int argc, char **argv);
int tool_down(int argc, char **argv);
int tool_list(int argc, char **argv);
int tool_set(int argc, char **argv);
int tool_status(int argc, char **argv);
int tool_up(int argc, char **argv);

#endif
