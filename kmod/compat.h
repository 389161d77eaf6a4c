/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the module is built for, 5.10 and later.
 */
#ifndef _CANTAP_COMPAT_H
#define _CANTAP_COMPAT_H

#include <linux/can/dev.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 10, 0)
#error "cantap needs Linux 5.10 or later"
#endif

/* Since 6.18 the core checks the MTU by itself. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define CANTAP_CHANGE_MTU
#endif

/* How hardware time stamps are asked for. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define CANTAP_HWTSTAMP_BY_OPS
#elif LINUX_VERSION_CODE >= KERNEL_VERSION(6, 0, 0)
#define CANTAP_HWTSTAMP_BY_IOCTL
#endif

/* Before 5.12 CAN_CTRLMODE_CC_LEN8_DLC, before 5.16 TDC was unknown. */
#ifdef CAN_CTRLMODE_TDC_MANUAL
#define CANTAP_CTRLMODES 0x7ff
#define CANTAP_HAS_TDC 1
#else
#define CANTAP_CTRLMODES 0xff
#define CANTAP_HAS_TDC 0
struct can_tdc_const {
	u32 tdcv_min, tdcv_max, tdco_min, tdco_max, tdcf_min, tdcf_max;
};
#endif

/* Since 6.16 what belongs to the data phase is apart. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
#define cantap_data(priv) (&(priv)->fd)
#else
#define cantap_data(priv) (priv)
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(5, 12, 0)
#include <linux/can/skb.h>
static inline int cantap_put_echo_skb(struct sk_buff *skb, struct net_device *dev, unsigned int i)
{
	can_put_echo_skb(skb, dev, i);
	return 0;
}

static inline void cantap_free_echo_skb(struct net_device *dev, unsigned int i)
{
	can_free_echo_skb(dev, i);
}
#else
static inline int cantap_put_echo_skb(struct sk_buff *skb, struct net_device *dev, unsigned int i)
{
	return can_put_echo_skb(skb, dev, i, 0);
}

static inline void cantap_free_echo_skb(struct net_device *dev, unsigned int i)
{
	can_free_echo_skb(dev, i, NULL);
}
#endif

/* Since 6.1 a sender in listen-only mode is turned away by the core. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
static inline bool can_dev_dropped_skb(struct net_device *dev, struct sk_buff *skb)
{
	struct can_priv *priv = netdev_priv(dev);

	if (priv->ctrlmode & CAN_CTRLMODE_LISTENONLY) {
		kfree_skb(skb);
		dev->stats.tx_dropped++;
		return true;
	}
	return can_dropped_invalid_skb(dev, skb);
}
#endif

/* Since 6.0 the core has helpers for drivers with hardware time stamps. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 0, 0)
#include <linux/net_tstamp.h>
static inline int can_ethtool_op_get_ts_info_hwts(struct net_device *dev,
						  struct ethtool_ts_info *info)
{
	info->so_timestamping = SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_RX_SOFTWARE |
				SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_HARDWARE |
				SOF_TIMESTAMPING_RX_HARDWARE | SOF_TIMESTAMPING_RAW_HARDWARE;
	info->phc_index = -1;
	info->tx_types = BIT(HWTSTAMP_TX_ON);
	info->rx_filters = BIT(HWTSTAMP_FILTER_ALL);
	return 0;
}
#endif

#endif /* _CANTAP_COMPAT_H */
