// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ethtool asks for.
 */
#include <linux/ethtool.h>

#include "priv.h"

static void cantap_get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	struct cantap *tap = netdev_priv(dev);

	strscpy(info->driver, tap->limits.driver[0] ? tap->limits.driver : "cantap",
		sizeof(info->driver));
	strscpy(info->version, CANTAP_MODULE_VERSION, sizeof(info->version));
	strscpy(info->fw_version, tap->limits.firmware, sizeof(info->fw_version));
	strscpy(info->bus_info, tap->limits.bus_info, sizeof(info->bus_info));
}

static int cantap_set_phys_id(struct net_device *dev, enum ethtool_phys_id_state state)
{
	struct cantap *tap = netdev_priv(dev);

	if (!(tap->limits.flags & CANTAP_CAN_IDENTIFY))
		return -EOPNOTSUPP;
	if (!rcu_access_pointer(tap->file))
		return -ENODEV;
	spin_lock_bh(&tap->lock);
	tap->identify = state == ETHTOOL_ID_ACTIVE;
	cantap_post(tap, CANTAP_IDENTIFY);
	spin_unlock_bh(&tap->lock);
	/* The adapter blinks by itself until it is told to end. */
	return 0;
}

const struct ethtool_ops cantap_ethtool_ops = {
	.get_drvinfo = cantap_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = ethtool_op_get_ts_info,
	.set_phys_id = cantap_set_phys_id,
};

const struct ethtool_ops cantap_ethtool_ops_hwts = {
	.get_drvinfo = cantap_get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_ts_info = can_ethtool_op_get_ts_info_hwts,
	.set_phys_id = cantap_set_phys_id,
};
