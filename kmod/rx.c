// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frames from the bus. Each is checked and built anew: what the network stack
 * gets is a CAN frame whatever the process has written.
 */
#include <linux/can/error.h>
#include <linux/can/skb.h>

#include "priv.h"

/* Set the time stamps that are among @flags and in @record. */
void cantap_stamp(struct sk_buff *skb, const struct cantap_record *record, u8 flags)
{
	flags &= record->flags;
	if (flags & CANTAP_HWTSTAMP)
		skb_hwtstamps(skb)->hwtstamp = ns_to_ktime(record->time);
	if (flags & CANTAP_SWTSTAMP)
		skb->tstamp = ns_to_ktime(record->time);
}

static bool is_id_valid(canid_t id)
{
	return id & CAN_EFF_FLAG || !(id & CAN_EFF_MASK & ~CAN_SFF_MASK);
}

static bool is_classic_valid(const struct can_frame *frame)
{
	if (frame->len > CAN_MAX_DLEN)
		return false;
	if (frame->can_id & CAN_ERR_FLAG)
		return frame->len == CAN_ERR_DLC;
	return is_id_valid(frame->can_id);
}

static bool is_fd_valid(const struct canfd_frame *frame)
{
	if (frame->len > CANFD_MAX_DLEN || frame->can_id & (CAN_ERR_FLAG | CAN_RTR_FLAG))
		return false;
	return can_fd_dlc2len(can_fd_len2dlc(frame->len)) == frame->len &&
	       is_id_valid(frame->can_id);
}

/* Return: whether applications get to see the error frame. */
static bool count_error(struct cantap *tap, const struct can_frame *frame)
{
	struct net_device_stats *stats = &cantap_dev(tap)->stats;
	struct can_device_stats *can_stats = &tap->can.can_stats;
	u32 reporting = CAN_CTRLMODE_BERR_REPORTING;

	if (frame->can_id & CAN_ERR_LOSTARB)
		can_stats->arbitration_lost++;
	if (frame->can_id & CAN_ERR_CRTL && frame->data[1] & CAN_ERR_CRTL_RX_OVERFLOW) {
		stats->rx_over_errors++;
		stats->rx_errors++;
	}
	if (!(frame->can_id & CAN_ERR_BUSERROR))
		return true;
	can_stats->bus_error++;
	if (frame->can_id & CAN_ERR_PROT && frame->data[2] & CAN_ERR_PROT_TX)
		stats->tx_errors++;
	else
		stats->rx_errors++;
	return tap->can.ctrlmode & reporting || !(tap->can.ctrlmode_supported & reporting);
}

static struct sk_buff *build_classic(struct cantap *tap, const struct can_frame *from)
{
	struct can_frame *frame;
	struct sk_buff *skb = alloc_can_skb(cantap_dev(tap), &frame);

	if (!skb)
		return NULL;
	frame->can_id = from->can_id;
	frame->len = from->len;
#ifdef CAN_CTRLMODE_CC_LEN8_DLC
	if (tap->can.ctrlmode & CAN_CTRLMODE_CC_LEN8_DLC && from->len == CAN_MAX_DLEN &&
	    from->len8_dlc > CAN_MAX_DLEN && from->len8_dlc <= CAN_MAX_RAW_DLC)
		frame->len8_dlc = from->len8_dlc;
#endif
	if (!(from->can_id & CAN_RTR_FLAG) || from->can_id & CAN_ERR_FLAG)
		memcpy(frame->data, from->data, from->len);
	return skb;
}

static struct sk_buff *build_fd(struct cantap *tap, const struct canfd_frame *from)
{
	struct canfd_frame *frame;
	struct sk_buff *skb = alloc_canfd_skb(cantap_dev(tap), &frame);

	if (!skb)
		return NULL;
	frame->can_id = from->can_id;
	frame->len = from->len;
	frame->flags |= from->flags & (CANFD_BRS | CANFD_ESI);
	memcpy(frame->data, from->data, from->len);
	return skb;
}

/* Whether frames of that kind can come now. The phase may change any moment, as on any bus. */
static bool is_open_for(const struct cantap *tap, bool fd, bool error)
{
	enum cantap_phase phase = READ_ONCE(tap->phase);

	if (fd && !(tap->can.ctrlmode & CAN_CTRLMODE_FD))
		return false;
	return phase == CANTAP_PHASE_ON || (error && phase == CANTAP_PHASE_BUS_OFF);
}

int cantap_rx(struct cantap *tap, const struct cantap_record *record, struct list_head *skbs)
{
	const void *payload = cantap_payload(record);
	bool fd = cantap_payload_len(record) == CANFD_MTU;
	struct net_device_stats *stats = &cantap_dev(tap)->stats;
	const struct can_frame *frame = payload;
	struct sk_buff *skb = NULL;
	bool error;

	if (fd ? !is_fd_valid(payload) :
		 cantap_payload_len(record) != CAN_MTU || !is_classic_valid(frame))
		return -EINVAL;
	error = frame->can_id & CAN_ERR_FLAG;
	if (is_open_for(tap, fd, error)) {
		if (error && !count_error(tap, frame))
			return 0;
		skb = fd ? build_fd(tap, payload) : build_classic(tap, frame);
	}
	if (!skb) {
		stats->rx_dropped++;
		return 0;
	}
	if (!error) {
		stats->rx_packets++;
		stats->rx_bytes += can_skb_get_data_len(skb);
	}
	cantap_stamp(skb, record, CANTAP_HWTSTAMP | CANTAP_SWTSTAMP);
	list_add_tail(&skb->list, skbs);
	return 0;
}
