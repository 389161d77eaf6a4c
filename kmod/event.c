// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the process tells of its adapter, record by record. Runs with bottom
 * halves off and under RCU; skbs are collected and handed up by the caller.
 */
#include <linux/can/error.h>
#include <linux/can/skb.h>
#include <linux/ctype.h>

#include "priv.h"

/*
 * What can_get_echo_skb() does, except that it hands the frame to netif_rx():
 * that could drop it, and would let frames received after it overtake it.
 */
static struct sk_buff *take_echo(struct cantap *tap, unsigned int index,
				 const struct cantap_record *record)
{
	struct net_device_stats *stats = &cantap_dev(tap)->stats;
	struct sk_buff *skb = tap->can.echo_skb[index];

	stats->tx_packets++;
	if (!skb)
		return NULL;
	tap->can.echo_skb[index] = NULL;
	stats->tx_bytes += can_skb_get_data_len(skb);
	cantap_stamp(skb, record, CANTAP_HWTSTAMP);
	if (skb_shinfo(skb)->tx_flags & SKBTX_IN_PROGRESS)
		skb_tstamp_tx(skb, skb_hwtstamps(skb));
	/* Earlier the sender would be told that one instead. */
	cantap_stamp(skb, record, CANTAP_SWTSTAMP);
	if (skb->pkt_type != PACKET_LOOPBACK) {
		consume_skb(skb);
		return NULL;
	}
	skb->pkt_type = PACKET_BROADCAST;
	return skb;
}

static void finish_slot(struct cantap *tap, struct cantap_slot *slot,
			const struct cantap_record *record, struct list_head *skbs)
{
	struct net_device *dev = cantap_dev(tap);
	unsigned int index = slot - tap->slots;
	struct sk_buff *skb;

	switch (record->type) {
	case CANTAP_TX_DONE:
		skb = take_echo(tap, index, record);
		if (skb)
			list_add_tail(&skb->list, skbs);
		break;
	case CANTAP_TX_FAILED:
		cantap_free_echo_skb(dev, index);
		dev->stats.tx_errors++;
		break;
	default:
		cantap_free_echo_skb(dev, index);
		dev->stats.tx_dropped++;
		dev->stats.tx_aborted_errors++;
		break;
	}
	cantap_free_slot(tap, slot);
	/* A few at a time: frame by frame everybody would be busy with waking each other. */
	if (netif_queue_stopped(dev) && tap->n_free * 4 >= tap->can.echo_skb_max)
		netif_wake_queue(dev);
}

/* Also for frames that could not be handed to the process, which counts as aborted. */
void cantap_tx_end(struct cantap *tap, const struct cantap_record *record, struct list_head *skbs)
{
	unsigned int index = record->id & 0xffff;
	struct cantap_slot *slot;

	if (index >= tap->can.echo_skb_max)
		return;
	slot = &tap->slots[index];
	spin_lock_bh(&tap->lock);
	/* Slots are in use in CANTAP_PHASE_ON only. */
	if (slot->state == CANTAP_SLOT_READ && slot->echo == record->id)
		finish_slot(tap, slot, record, skbs);
	spin_unlock_bh(&tap->lock);
}

static void opened(struct cantap *tap, const struct cantap_record *record)
{
	struct net_device *dev = cantap_dev(tap);

	spin_lock_bh(&tap->lock);
	if (tap->phase == CANTAP_PHASE_OPENING && tap->session == record->id) {
		tap->phase = CANTAP_PHASE_ON;
		tap->can.state = CAN_STATE_ERROR_ACTIVE;
		tap->berr = (struct can_berr_counter) {};
		netif_dormant_off(dev);
		netif_wake_queue(dev);
	}
	spin_unlock_bh(&tap->lock);
}

static void log_refusal(struct cantap *tap, const struct cantap_record *record)
{
	const char *reason = cantap_payload(record);
	size_t n = strnlen(reason, cantap_payload_len(record));
	char text[CANTAP_REASON_MAX + 1];
	size_t i;

	for (i = 0; i < n; i++)
		text[i] = isascii(reason[i]) && isprint(reason[i]) ? reason[i] : '?';
	text[n] = 0;
	if (net_ratelimit())
		netdev_warn(cantap_dev(tap), "refused by the adapter: %s\n",
			    n ? text : "no reason given");
}

static int refused(struct cantap *tap, const struct cantap_record *record)
{
	bool is_current;

	if (cantap_payload_len(record) > CANTAP_REASON_MAX)
		return -EINVAL;
	spin_lock_bh(&tap->lock);
	is_current = tap->phase == CANTAP_PHASE_OPENING && tap->session == record->id;
	if (is_current) {
		tap->phase = CANTAP_PHASE_REFUSED;
		netif_dormant_off(cantap_dev(tap));
		netif_carrier_off(cantap_dev(tap));
		cantap_queue_work(tap, CANTAP_TODO_CLOSE);
	}
	spin_unlock_bh(&tap->lock);
	if (is_current)
		log_refusal(tap, record);
	return 0;
}

/* With cantap.lock held, in CANTAP_PHASE_ON. */
static void change_state(struct cantap *tap, const struct cantap_state *state, bool quiet,
			 struct list_head *skbs)
{
	struct net_device *dev = cantap_dev(tap);
	struct can_frame *frame = NULL;
	struct sk_buff *skb = quiet ? NULL : alloc_can_err_skb(dev, &frame);

	can_change_state(dev, frame, state->tx, state->rx);
	if (skb) {
		if (tap->can.state < CAN_STATE_BUS_OFF && tap->limits.flags & CANTAP_HAS_BERR) {
#ifdef CAN_ERR_CNT
			frame->can_id |= CAN_ERR_CNT;
#endif
			frame->data[6] = min_t(u16, state->txerr, 255);
			frame->data[7] = min_t(u16, state->rxerr, 255);
		}
		list_add_tail(&skb->list, skbs);
	}
	if (tap->can.state != CAN_STATE_BUS_OFF)
		return;
	tap->phase = CANTAP_PHASE_BUS_OFF;
	netif_stop_queue(dev);
	cantap_forget_frames(tap);
	can_bus_off(dev);
}

static int state_told(struct cantap *tap, const struct cantap_record *record,
		      struct list_head *skbs)
{
	const struct cantap_state *state = cantap_payload(record);
	enum can_state worst;

	if (cantap_payload_len(record) != sizeof(*state) || state->reserved)
		return -EINVAL;
	worst = max(state->tx, state->rx);
	if (worst > CAN_STATE_BUS_OFF)
		return -EINVAL;
	spin_lock_bh(&tap->lock);
	switch (tap->phase) {
	case CANTAP_PHASE_ON:
		tap->berr.txerr = state->txerr;
		tap->berr.rxerr = state->rxerr;
		if (worst != tap->can.state)
			change_state(tap, state, record->flags & CANTAP_QUIET, skbs);
		break;
	case CANTAP_PHASE_BUS_OFF:
		if (worst == CAN_STATE_BUS_OFF)
			break;
		tap->recovered = worst;
		cantap_queue_work(tap, CANTAP_TODO_RECOVER);
		break;
	default:
		break;
	}
	spin_unlock_bh(&tap->lock);
	return 0;
}

static void presence(struct cantap *tap, bool present)
{
	spin_lock_bh(&tap->lock);
	if (present != tap->present) {
		tap->present = present;
		switch (tap->phase) {
		case CANTAP_PHASE_OPENING:
		case CANTAP_PHASE_ON:
			cantap_begin_anew(tap);
			break;
		case CANTAP_PHASE_AWAY:
			cantap_begin(tap);
			break;
		case CANTAP_PHASE_BUS_OFF:
			cantap_queue_work(tap, CANTAP_TODO_LEAVE_BUS_OFF);
			break;
		default:
			break;
		}
	}
	spin_unlock_bh(&tap->lock);
}

/* Flags that go with a type; all others are errors, so that they can get a meaning later. */
static u8 flags_of(u8 type)
{
	switch (type) {
	case CANTAP_RX:
	case CANTAP_TX_DONE:
		return CANTAP_HWTSTAMP | CANTAP_SWTSTAMP;
	case CANTAP_STATE:
		return CANTAP_QUIET;
	default:
		return 0;
	}
}

int cantap_event(struct cantap *tap, const struct cantap_record *record, struct list_head *skbs)
{
	bool has_payload = cantap_payload_len(record);

	if (record->flags & ~flags_of(record->type))
		return -EINVAL;
	switch (record->type) {
	case CANTAP_RX:
		return cantap_rx(tap, record, skbs);
	case CANTAP_STATE:
		return state_told(tap, record, skbs);
	case CANTAP_REFUSED:
		return refused(tap, record);
	}
	if (has_payload)
		return -EINVAL;
	switch (record->type) {
	case CANTAP_TX_DONE:
	case CANTAP_TX_FAILED:
	case CANTAP_TX_ABORTED:
		cantap_tx_end(tap, record, skbs);
		return 0;
	case CANTAP_OPENED:
		opened(tap, record);
		return 0;
	case CANTAP_AWAY:
	case CANTAP_PRESENT:
		presence(tap, record->type == CANTAP_PRESENT);
		return 0;
	default:
		return -EINVAL;
	}
}
