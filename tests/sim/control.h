/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The control socket: one-line commands in, one line of JSON out for each.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include "sim.h"

struct json_object;
struct sim_control;

/** sim_control_open() - listen on the Unix socket @path; Return: 0, or a negative errno */
int sim_control_open(struct sim *sim, const char *path, struct sim_control **out,
		     struct sim_why *why);

/** sim_control_close() - stop listening and remove the socket */
void sim_control_close(struct sim_control *control);

/** sim_control_help() - the commands, a line each */
const char *sim_control_help(void);

/**
 * sim_command() - execute a command
 * @sim: the simulation
 * @line: the command; taken apart
 * @answer: gets the members of the answer
 * @why: filled on failure
 *
 * Return: 0, or a negative errno.
 */
int sim_command(struct sim *sim, char *line, struct json_object *answer, struct sim_why *why);

/** sim_stats() - every counter of bus and adapters */
void sim_stats(const struct sim *sim, struct json_object *into);

/** sim_ctl() - the client: send one command, print the answer; Return: the exit status */
int sim_ctl(int argc, char **argv);

#endif
