/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Word to the service manager.
 */
#ifndef BRIDGED_NOTIFY_H
#define BRIDGED_NOTIFY_H

/** bridged_notify() - tell systemd @state ("READY=1") if it listens on NOTIFY_SOCKET */
void bridged_notify(const char *state);

/**
 * bridged_notify_fd() - the same, with a descriptor
 * @passed: the service manager gets a copy; -1 = none
 *
 * Return: 0, -ENOTCONN if there is no service manager, or another negative errno.
 */
int bridged_notify_fd(const char *state, int passed);

/**
 * bridged_notify_barrier() - wait until it has dealt with everything it was told
 *
 * Return: 0; -ETIMEDOUT; or another negative errno.
 */
int bridged_notify_barrier(void);

#endif
