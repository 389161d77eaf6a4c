/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Ending by a signal: the first SIGINT, SIGTERM or SIGHUP asks for a clean end, a second one does
 * not wait for that.
 */
#ifndef TOOLS_STOP_H
#define TOOLS_STOP_H

/**
 * stop_open() - from here on the first signal is held until stop_requested() looks
 *
 * To be called when all buses are open and before any thread is made. SIGPIPE is ignored: a reader
 * that goes away (| head) is an error of write(), told as such.
 *
 * Return: a descriptor that is readable when a signal came, or a negative errno.
 */
int stop_open(void);

/** stop_requested() - the number of the signal that came, or 0 */
int stop_requested(void);

#endif
