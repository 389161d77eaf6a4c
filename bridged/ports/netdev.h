/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the ports for vxcan and vcan share: the netdev that applications see.
 */
#ifndef BRIDGED_NETDEV_H
#define BRIDGED_NETDEV_H

#include "port.h"

#include <anycan/link.h>

/** netdev_refused() - put into words why @name could not be made or used. Return: @error */
int netdev_refused(const char *name, const char *kind, int error, char *reason);

/** netdev_taken() - put into words that @link has the name that was asked for. Return: -EEXIST */
int netdev_taken(const struct anycan_link *link, char *reason);

/** netdev_dress() - set MTU and alias as @config says. Return: 0 or a negative errno */
int netdev_dress(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config);

/** netdev_is_ours() - whether a bridged made @link */
bool netdev_is_ours(const struct anycan_link *link);

#endif
