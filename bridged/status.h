/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The status socket: /run/anycan/NETDEV.sock. Whoever connects gets one line of JSON, and the
 * connection ends.
 */
#ifndef BRIDGED_STATUS_H
#define BRIDGED_STATUS_H

#include "adapter.h"

#include <sys/un.h>

struct bridged_status {
	struct bridged_adapter *adapter;
	const char *port; /**< name of the ports' class */
	bool shared;	  /**< whether other bridges may serve the same netdev */
	struct bridged_source source;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

/**
 * bridged_status_open() - serve the status of @status->adapter under its first netdev's name
 * @uid: user that the daemon will become, who is to own the socket
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0, -EADDRINUSE if another bridged serves that netdev, or another negative errno.
 */
int bridged_status_open(struct bridged_status *status, uid_t uid, char *reason);

/** bridged_status_close() - remove the socket */
void bridged_status_close(struct bridged_status *status);

#endif
