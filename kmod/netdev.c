// SPDX-License-Identifier: GPL-2.0-only
/*
 * The netdev as the network stack sees it, and how it and a process come
 * together and part.
 */
#include <linux/can/error.h>
#include <linux/can/skb.h>
#include <linux/net_tstamp.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>

#include "priv.h"

static int cantap_open(struct net_device *dev)
{
	struct cantap *tap = netdev_priv(dev);
	int err;

	err = open_candev(dev);
	if (err)
		return err;
	spin_lock_bh(&tap->lock);
	cantap_begin(tap);
	spin_unlock_bh(&tap->lock);
	return 0;
}

static int cantap_stop(struct net_device *dev)
{
	struct cantap *tap = netdev_priv(dev);

	spin_lock_bh(&tap->lock);
	cantap_end(tap);
	tap->phase = CANTAP_PHASE_DOWN;
	spin_unlock_bh(&tap->lock);
	/* From here on nobody but a restart touches the echo skbs; it is waited for. */
	close_candev(dev);
	return 0;
}

/* What can_dev_dropped_skb() lets through besides classic and FD frames, and FD in classic mode. */
static bool is_sendable(const struct cantap *tap, const struct sk_buff *skb)
{
	if (can_is_can_skb(skb))
		return true;
	return can_is_canfd_skb(skb) && tap->can.ctrlmode & CAN_CTRLMODE_FD;
}

/* With cantap.lock held. Takes over @skb, sent or not. */
static void send(struct cantap *tap, struct sk_buff *skb)
{
	struct net_device *dev = cantap_dev(tap);
	struct cantap_slot *slot = list_first_entry_or_null(&tap->free, struct cantap_slot, node);
	unsigned int index;
	bool was_idle;

	/* The queue is stopped then, but a frame may be on its way already. */
	if (tap->phase != CANTAP_PHASE_ON || !slot) {
		dev->stats.tx_dropped++;
		kfree_skb(skb);
		return;
	}
	index = slot - tap->slots;
	slot->mtu = skb->len;
	memcpy(&slot->frame, skb->data, skb->len);
	if (cantap_put_echo_skb(skb, dev, index)) {
		dev->stats.tx_dropped++;
		return;
	}
	tap->generation++;
	slot->echo = (u32)tap->generation << 16 | index;
	slot->state = CANTAP_SLOT_WAITING;
	was_idle = list_empty(&tap->waiting);
	list_move_tail(&slot->node, &tap->waiting);
	tap->n_free--;
	/* Completions take the same lock: there is nothing to check again. */
	if (list_empty(&tap->free))
		netif_stop_queue(dev);
	if (was_idle)
		cantap_post(tap, CANTAP_TX);
}

static netdev_tx_t cantap_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct cantap *tap = netdev_priv(dev);

	if (can_dev_dropped_skb(dev, skb))
		return NETDEV_TX_OK;
	if (!is_sendable(tap, skb)) {
		kfree_skb(skb);
		dev->stats.tx_dropped++;
		return NETDEV_TX_OK;
	}
	spin_lock(&tap->lock);
	send(tap, skb);
	spin_unlock(&tap->lock);
	return NETDEV_TX_OK;
}

static int cantap_init_netdev(struct net_device *dev)
{
	struct cantap *tap = netdev_priv(dev);

	list_add_tail(&tap->node, &cantap_list);
	return 0;
}

static void cantap_uninit(struct net_device *dev)
{
	struct cantap *tap = netdev_priv(dev);

	list_del(&tap->node);
	cantap_detach(tap);
}

/* Called by can_restart(), whether by restart_ms or by command. */
static int cantap_set_mode(struct net_device *dev, enum can_mode mode)
{
	struct cantap *tap = netdev_priv(dev);
	int err = 0;

	if (mode != CAN_MODE_START)
		return -EOPNOTSUPP;
	spin_lock_bh(&tap->lock);
	if (tap->phase == CANTAP_PHASE_BUS_OFF && tap->present)
		cantap_request(tap, CANTAP_RESTART);
	else
		err = -ENETDOWN;
	spin_unlock_bh(&tap->lock);
	return err;
}

static int cantap_set_termination(struct net_device *dev, u16 ohms)
{
	struct cantap *tap = netdev_priv(dev);

	spin_lock_bh(&tap->lock);
	/* The core stores the value only when we are back. */
	tap->can.termination = ohms;
	if (rcu_access_pointer(tap->file))
		cantap_post(tap, CANTAP_TERMINATION);
	spin_unlock_bh(&tap->lock);
	return 0;
}

static int cantap_get_berr_counter(const struct net_device *dev, struct can_berr_counter *berr)
{
	struct cantap *tap = netdev_priv(dev);

	spin_lock_bh(&tap->lock);
	*berr = tap->berr;
	if (tap->limits.flags & CANTAP_ASK_BERR && tap->phase == CANTAP_PHASE_ON)
		cantap_post(tap, CANTAP_READ_BERR);
	spin_unlock_bh(&tap->lock);
	return 0;
}

#if defined(CANTAP_HWTSTAMP_BY_OPS)
static int cantap_hwtstamp_get(struct net_device *dev, struct kernel_hwtstamp_config *config)
{
	struct cantap *tap = netdev_priv(dev);

	if (!(tap->limits.flags & CANTAP_HAS_HWTSTAMP))
		return -EOPNOTSUPP;
	config->tx_type = HWTSTAMP_TX_ON;
	config->rx_filter = HWTSTAMP_FILTER_ALL;
	return 0;
}

static int cantap_hwtstamp_set(struct net_device *dev, struct kernel_hwtstamp_config *config,
			       struct netlink_ext_ack *extack)
{
	struct cantap *tap = netdev_priv(dev);

	if (!(tap->limits.flags & CANTAP_HAS_HWTSTAMP))
		return -EOPNOTSUPP;
	if (config->tx_type == HWTSTAMP_TX_ON && config->rx_filter == HWTSTAMP_FILTER_ALL)
		return 0;
	NL_SET_ERR_MSG(extack, "every frame has a time stamp, and nothing else can be set");
	return -ERANGE;
}
#elif defined(CANTAP_HWTSTAMP_BY_IOCTL)
static int cantap_eth_ioctl(struct net_device *dev, struct ifreq *ifr, int cmd)
{
	struct cantap *tap = netdev_priv(dev);

	if (!(tap->limits.flags & CANTAP_HAS_HWTSTAMP))
		return -EOPNOTSUPP;
	return can_eth_ioctl_hwts(dev, ifr, cmd);
}
#endif

const struct net_device_ops cantap_netdev_ops = {
	.ndo_init = cantap_init_netdev,
	.ndo_uninit = cantap_uninit,
	.ndo_open = cantap_open,
	.ndo_stop = cantap_stop,
	.ndo_start_xmit = cantap_start_xmit,
#if defined(CANTAP_CHANGE_MTU)
	.ndo_change_mtu = can_change_mtu,
#endif
#if defined(CANTAP_HWTSTAMP_BY_OPS)
	.ndo_hwtstamp_get = cantap_hwtstamp_get,
	.ndo_hwtstamp_set = cantap_hwtstamp_set,
#elif defined(CANTAP_HWTSTAMP_BY_IOCTL)
	.ndo_eth_ioctl = cantap_eth_ioctl,
#endif
};

void cantap_setup(struct net_device *dev)
{
	struct cantap *tap = netdev_priv(dev);
	unsigned int i;

	dev->netdev_ops = &cantap_netdev_ops;
	dev->flags |= IFF_ECHO;
	dev->needs_free_netdev = true;
	tap->can.do_set_mode = cantap_set_mode;
	tap->is_initial = net_eq(dev_net(dev), &init_net);
	spin_lock_init(&tap->lock);
	INIT_WORK(&tap->work, cantap_work);
	INIT_LIST_HEAD(&tap->free);
	INIT_LIST_HEAD(&tap->waiting);
	INIT_LIST_HEAD(&tap->read);
	tap->n_free = tap->can.echo_skb_max;
	for (i = 0; i < tap->n_free; i++)
		list_add_tail(&tap->slots[i].node, &tap->free);
}

/* What depends on the limits, beside what cantap_set_limits() tells the core. */
void cantap_set_hooks(struct cantap *tap)
{
	u32 flags = tap->limits.flags;

	tap->can.do_set_termination = tap->can.termination_const ? cantap_set_termination : NULL;
	tap->can.do_get_berr_counter = flags & CANTAP_HAS_BERR ? cantap_get_berr_counter : NULL;
	cantap_dev(tap)->ethtool_ops =
		flags & CANTAP_HAS_HWTSTAMP ? &cantap_ethtool_ops_hwts : &cantap_ethtool_ops;
}

/* Under RTNL: the process has the netdev now. */
void cantap_attach(struct cantap *tap, struct cantap_file *file)
{
	WRITE_ONCE(file->had_tap, true);
	rcu_assign_pointer(file->tap, tap);
	spin_lock_bh(&tap->lock);
	rcu_assign_pointer(tap->file, file);
	tap->present = !(tap->limits.flags & CANTAP_ABSENT);
	tap->pending = 0;
	if (tap->phase == CANTAP_PHASE_AWAY)
		cantap_begin(tap);
	spin_unlock_bh(&tap->lock);
}

/* Under RTNL: the process and the netdev part; either of them may stay. */
void cantap_detach(struct cantap *tap)
{
	struct cantap_file *file = rtnl_dereference(tap->file);

	if (!file)
		return;
	RCU_INIT_POINTER(file->tap, NULL);
	RCU_INIT_POINTER(tap->file, NULL);
	/* From here on no event comes, and nobody is woken. */
	synchronize_net();
	cancel_delayed_work_sync(&tap->can.restart_work);
	spin_lock_bh(&tap->lock);
	if (tap->phase != CANTAP_PHASE_DOWN)
		cantap_begin_anew(tap);
	spin_unlock_bh(&tap->lock);
	wake_up_interruptible_poll(&file->wait, EPOLLERR | EPOLLHUP);
}
