/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the ports for vxcan and vcan share: the netdev that applications see.
 */
#include "ports/netdev.h"

#include <errno.h>
#include <linux/can.h>
#include <stdio.h>
#include <string.h>

/* What the alias of a netdev that we made begins with; the adapter's address follows. */
#define ALIAS_PREFIX "anycan "

static const char *next_step(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return "run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN";
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:
		return "this kernel has no module for it: `modprobe vxcan` says why; cloud kernels "
		       "have no CAN, Ubuntu's is in linux-modules-extra";
	case EEXIST:
		return "the name is taken";
	default:
		return strerror(error);
	}
}

int netdev_refused(const char *name, const char *kind, int error, char *reason)
{
	snprintf(reason, BRIDGED_REASON_SIZE, "cannot make %s as %s: %s", name, kind,
		 next_step(-error));
	return error;
}

int netdev_taken(const struct anycan_link *link, char *reason)
{
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "%s: there is a netdev of that name (%s%s%s); choose another, or remove it: "
		 "ip link del %s",
		 link->name, link->kind[0] ? link->kind : "a device", link->alias[0] ? ", " : "",
		 link->alias, link->name);
	return -EEXIST;
}

int netdev_dress(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config)
{
	char alias[ANYCAN_ALIAS_SIZE];
	int ret;

	ret = anycan_link_set_mtu(rtnl, ifindex, config->fd ? CANFD_MTU : CAN_MTU);
	if (ret)
		return ret;
	snprintf(alias, sizeof(alias), ALIAS_PREFIX "%.200s", config->adapter);
	return anycan_link_set_alias(rtnl, ifindex, alias);
}

bool netdev_is_ours(const struct anycan_link *link)
{
	return !strncmp(link->alias, ALIAS_PREFIX, strlen(ALIAS_PREFIX));
}
