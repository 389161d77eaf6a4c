/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A netdev of the kernel's slcan line discipline, and the terminal on which it is.
 */
#ifndef BRIDGED_LDISC_NETDEV_H
#define BRIDGED_LDISC_NETDEV_H

#include "port.h"

#include <anycan/link.h>

struct ldisc_netdev {
	char name[IFNAMSIZ];
	int ifindex;
	int master, slave; /**< both ends of the pseudo terminal; the netdev lives on the latter */
	struct anycan_rtnl *rtnl;
};

/** ldisc_is_available() - whether the kernel is one whose slcan has bit rates */
bool ldisc_is_available(void);

/**
 * ldisc_netdev_open() - make the netdev, with the bit rate and the name of @config
 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
 *
 * Return: 0 or a negative errno; ldisc_netdev_close() is due in any case.
 */
int ldisc_netdev_open(struct ldisc_netdev *n, const struct bridged_port_config *config,
		      char *reason);
void ldisc_netdev_close(struct ldisc_netdev *n);

#endif
