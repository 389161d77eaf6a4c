/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The verbs of the multi-call program anycan. Each takes its own argc and argv, where argv[0] is
 * the verb, and returns the exit status.
 */
#ifndef TOOLS_TOOLS_H
#define TOOLS_TOOLS_H

int tool_apply(int argc, char **argv);
int tool_attach(int argc, char **argv);
int tool_bridge(int argc, char **argv);
int tool_can_bridge(int argc, char **argv);
int tool_can_logconvert(int argc, char **argv);
int tool_can_logger(int argc, char **argv);
int tool_can_player(int argc, char **argv);
int tool_can_viewer(int argc, char **argv);
int tool_config(int argc, char **argv);
int tool_convert(int argc, char **argv);
int tool_detach(int argc, char **argv);
int tool_doctor(int argc, char **argv);
int tool_down(int argc, char **argv);
int tool_gen(int argc, char **argv);
int tool_list(int argc, char **argv);
int tool_load(int argc, char **argv);
int tool_log(int argc, char **argv);
int tool_play(int argc, char **argv);
int tool_restart(int argc, char **argv);
int tool_send(int argc, char **argv);
int tool_set(int argc, char **argv);
int tool_slcand(int argc, char **argv);
int tool_status(int argc, char **argv);
int tool_up(int argc, char **argv);
int tool_view(int argc, char **argv);

#endif
