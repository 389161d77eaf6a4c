/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What becomes of a netdev that was set up, down, or restarted: its bridges tell.
 */
#ifndef TOOLS_OUTCOME_H
#define TOOLS_OUTCOME_H

#include <anycan/link.h>

/** struct task - one verb on one netdev; both are said in front of every message */
struct task {
	const char *verb;
	const char *netdev;
	struct anycan_rtnl *rtnl;
};

/** task_fail() - say what went wrong. Return: EXIT_FAILURE */
int task_fail(const struct task *task, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** outcome_on_bus() - wait until the adapter is on the bus, or refuses. Return: exit status */
int outcome_on_bus(const struct task *task);

/** outcome_off_bus() - wait until the adapter has left the bus. Return: exit status */
int outcome_off_bus(const struct task *task);

#endif
