/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Going to the background: the process that was started waits until the bridge is ready, shows
 * what it says until then, and ends with its status.
 */
#ifndef BRIDGED_BACKGROUND_H
#define BRIDGED_BACKGROUND_H

/**
 * bridged_background_begin() - go on in a process of its own; before anything is opened
 *
 * Return: 0 in that process, or a negative errno. The other one does not return.
 */
int bridged_background_begin(void);

/** bridged_background_ready() - the ready line was printed: let go of the terminal, log to syslog
 */
void bridged_background_ready(void);

#endif
