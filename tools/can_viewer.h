/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of can_viewer.
 */
#ifndef TOOLS_CAN_VIEWER_H
#define TOOLS_CAN_VIEWER_H

#include "buses.h"
#include "decode.h"

/** struct can_viewer_args - what the command line asks for */
struct can_viewer_args {
	struct bus_args buses;
	struct decode *decode; /**< NULL: nothing */
};

/**
 * can_viewer_args_parse() - read the command line as python-can's script does
 * @args: filled
 *
 * Return: -1 to go on, otherwise the exit status (help was asked for, or an error).
 */
int can_viewer_args_parse(struct can_viewer_args *args, int argc, char **argv);

/** can_viewer_args_clear() - free what it holds */
void can_viewer_args_clear(struct can_viewer_args *args);

#endif
