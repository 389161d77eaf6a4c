/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Netdevs that outlive the daemon: each is kept by one descriptor, of which the service manager
 * holds a copy (FDSTORE, sd_pid_notify_with_fds(3)) and which it hands to the next daemon.
 */
#ifndef BRIDGED_PARKED_H
#define BRIDGED_PARKED_H

#include "driver.h"

#include <net/if.h>

/** struct bridged_parked - what an earlier daemon has left for one channel */
struct bridged_parked {
	int fd;		    /**< -1: nothing, or it has been taken */
	bool kept;	    /**< it has been taken, and the service manager keeps its copy */
	unsigned int index; /**< of the channel */
	char netdev[IFNAMSIZ];
};

/**
 * bridged_parked_take() - take what the service manager hands over (LISTEN_FDS)
 * @parked: BRIDGED_CHANNELS_MAX of them
 *
 * What is not a netdev's is closed, and the service manager told to forget it.
 */
void bridged_parked_take(struct bridged_parked *parked);

/** bridged_parked_adopt() - it has been taken; the service manager is to keep it */
void bridged_parked_adopt(struct bridged_parked *parked);

/**
 * bridged_parked_forget() - close what was left for a channel, and have the service manager do
 * so, too
 */
void bridged_parked_forget(struct bridged_parked *parked);

/**
 * bridged_park() - leave the netdev of channel @index with the service manager
 * @fd: what keeps it
 *
 * Return: 0; -ENOTCONN if there is no service manager; or another negative errno.
 */
int bridged_park(unsigned int index, const char *netdev, int fd);

#endif
