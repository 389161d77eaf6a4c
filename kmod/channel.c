// SPDX-License-Identifier: GPL-2.0-only
/*
 * The channel's phases: what is asked of the process, and when. Nothing here
 * waits: requests are posted, answers come as events. All under cantap.lock,
 * but the work, which is for what needs RTNL.
 */
#include <linux/can/error.h>
#include <linux/can/skb.h>
#include <linux/poll.h>
#include <linux/rtnetlink.h>

#include "priv.h"

/* Frames and requests alike: the process sleeps only if there was nothing to read. */
static void wake_reader(struct cantap *tap)
{
	struct cantap_file *file;

	rcu_read_lock();
	file = rcu_dereference(tap->file);
	if (file)
		wake_up_interruptible_poll(&file->wait, EPOLLIN | EPOLLRDNORM);
	rcu_read_unlock();
}

/* @type is to be read; CANTAP_TX: a frame has been put on the list. */
void cantap_post(struct cantap *tap, u8 type)
{
	if (type != CANTAP_TX)
		tap->pending |= BIT(type);
	wake_reader(tap);
}

void cantap_free_slot(struct cantap *tap, struct cantap_slot *slot)
{
	slot->state = CANTAP_SLOT_FREE;
	list_move(&slot->node, &tap->free);
	tap->n_free++;
}

void cantap_forget_frames(struct cantap *tap)
{
	struct cantap_slot *slot, *next;

	list_for_each_entry_safe(slot, next, &tap->waiting, node)
		cantap_free_slot(tap, slot);
	list_for_each_entry_safe(slot, next, &tap->read, node)
		cantap_free_slot(tap, slot);
}

/* What close_candev() does, which is not to be had alone: frames that nobody will finish. */
void cantap_flush_echo(struct cantap *tap)
{
	struct net_device *dev = cantap_dev(tap);
	unsigned int i;

	for (i = 0; i < tap->can.echo_skb_max; i++) {
		if (!tap->can.echo_skb[i])
			continue;
		cantap_free_echo_skb(dev, i);
		dev->stats.tx_dropped++;
		dev->stats.tx_aborted_errors++;
	}
}

/* Ask the process to take part in the bus: OPEN or RESTART. */
void cantap_request(struct cantap *tap, u8 type)
{
	struct net_device *dev = cantap_dev(tap);

	tap->phase = CANTAP_PHASE_OPENING;
	tap->session++;
	tap->can.state = CAN_STATE_STOPPED;
	netif_stop_queue(dev);
	netif_dormant_on(dev);
	netif_carrier_on(dev);
	cantap_post(tap, type);
}

/* The netdev is up: open, if there is somebody to open. */
void cantap_begin(struct cantap *tap)
{
	struct net_device *dev = cantap_dev(tap);

	if (tap->present && rcu_access_pointer(tap->file)) {
		cantap_request(tap, CANTAP_OPEN);
		return;
	}
	tap->phase = CANTAP_PHASE_AWAY;
	netif_stop_queue(dev);
	netif_carrier_off(dev);
}

/*
 * Leave whatever phase, for one that the caller sets. The echo skbs stay for
 * cantap_flush_echo() or close_candev(), which count them as aborted: a restart
 * from bus-off may be at them right now, without our lock.
 */
void cantap_end(struct cantap *tap)
{
	struct net_device *dev = cantap_dev(tap);
	u32 requests = BIT(CANTAP_OPEN) | BIT(CANTAP_RESTART);

	netif_stop_queue(dev);
	netif_dormant_off(dev);
	/* An opening that nobody has read needs no stop; a restart does. */
	switch (tap->phase) {
	case CANTAP_PHASE_OPENING:
		if (!(tap->pending & BIT(CANTAP_OPEN)))
			cantap_post(tap, CANTAP_STOP);
		break;
	case CANTAP_PHASE_ON:
	case CANTAP_PHASE_BUS_OFF:
		cantap_post(tap, CANTAP_STOP);
		break;
	default:
		break;
	}
	tap->pending &= ~requests;
	tap->can.state = CAN_STATE_STOPPED;
	tap->berr = (struct can_berr_counter) {};
	cantap_forget_frames(tap);
}

/* The adapter or its process is not there any more, or again: there is nothing to stop. */
void cantap_begin_anew(struct cantap *tap)
{
	cantap_end(tap);
	tap->pending &= ~BIT(CANTAP_STOP);
	cantap_flush_echo(tap);
	cantap_begin(tap);
}

void cantap_queue_work(struct cantap *tap, u32 todo)
{
	tap->todo |= todo;
	/* The netdev stays until the work has looked at it. */
	dev_hold(cantap_dev(tap));
	if (!queue_work(cantap_workqueue, &tap->work))
		dev_put(cantap_dev(tap));
}

/* The controller has left bus-off without a restart of ours: do what one would have done. */
static void recover(struct cantap *tap)
{
	struct net_device *dev = cantap_dev(tap);
	struct can_frame *frame;
	struct sk_buff *skb;

	cantap_flush_echo(tap);
	tap->phase = CANTAP_PHASE_ON;
	tap->can.state = tap->recovered;
	tap->can.can_stats.restarts++;
	skb = alloc_can_err_skb(dev, &frame);
	if (skb) {
		frame->can_id |= CAN_ERR_RESTARTED;
		netif_rx(skb);
	}
	netif_carrier_on(dev);
	netif_wake_queue(dev);
}

static void leave_bus_off(struct cantap *tap, u32 todo)
{
	u32 session = READ_ONCE(tap->session);

	/*
	 * A restart works on the echo skbs without our lock. RTNL keeps the one
	 * by command away, this the one by restart_ms; another one would need
	 * another session before it.
	 */
	cancel_delayed_work_sync(&tap->can.restart_work);
	spin_lock_bh(&tap->lock);
	if (tap->phase == CANTAP_PHASE_BUS_OFF && tap->session == session) {
		if (todo & CANTAP_TODO_LEAVE_BUS_OFF)
			cantap_begin_anew(tap);
		else
			recover(tap);
	}
	spin_unlock_bh(&tap->lock);
}

void cantap_work(struct work_struct *work)
{
	struct cantap *tap = container_of(work, struct cantap, work);
	struct net_device *dev = cantap_dev(tap);
	bool refused;
	u32 todo;

	rtnl_lock();
	spin_lock_bh(&tap->lock);
	todo = tap->todo;
	tap->todo = 0;
	refused = todo & CANTAP_TODO_CLOSE && tap->phase == CANTAP_PHASE_REFUSED;
	spin_unlock_bh(&tap->lock);
	if (dev->reg_state == NETREG_REGISTERED) {
		if (refused)
			dev_close(dev);
		if (todo & ~CANTAP_TODO_CLOSE)
			leave_bus_off(tap, todo);
	}
	rtnl_unlock();
	dev_put(dev);
}
