/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Word to the service manager.
 */
#ifndef BRIDGED_NOTIFY_H
#define BRIDGED_NOTIFY_H

/** bridged_notify() - tell systemd @state ("READY=1") if it listens on NOTIFY_SOCKET */
void bridged_notify(const char *state);

#endif
