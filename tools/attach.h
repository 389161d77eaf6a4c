/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Starting a bridge that outlives the program that asks for it.
 */
#ifndef TOOLS_ATTACH_H
#define TOOLS_ATTACH_H

#include <stdbool.h>

/** struct attachment - the bridge that is to be started */
struct attachment {
	const char *verb; /**< said in front of every message */
	const char *port; /**< NULL: the best that the kernel has */
	const char *name; /**< of the process, where it is started from here; NULL: bridged */
	bool here;	  /**< root starts it from here, whoever else could */
	int n_words;
	char **words;	   /**< ADAPTER [NETDEV[,NETDEV...]] [KEY VALUE]... */
	char netdevs[256]; /**< filled: what it is called, a space between */
};

/** attach_start() - start it and wait until it is ready. Return: exit status, the reason told */
int attach_start(struct attachment *attachment);

/**
 * attach_run() - be it: ends with the bridge, or becomes it
 *
 * Return: exit status, the reason told.
 */
int attach_run(const struct attachment *attachment);

/** attach_has_can() - whether this kernel has CAN; asking loads the module, if there is one */
bool attach_has_can(void);

#endif
