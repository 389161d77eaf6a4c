// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Simulated gs_usb adapters: frames between the host and the controllers.
 * Source: src/usbd_gs_can.c, src/can_common.c of candleLight_fw; gs_usb.c of CANnectivity.
 */
#include "gs_usb.h"

#include <errno.h>
#include <string.h>

#include <anycan/clock.h>

/* ---- the pool */

void gs_list_add(struct gs_list *list, struct gs_object *object)
{
	object->next = NULL;
	if (list->first)
		list->last->next = object;
	else
		list->first = object;
	list->last = object;
	list->len++;
}

struct gs_object *gs_list_take(struct gs_list *list)
{
	struct gs_object *object = list->first;

	if (object) {
		list->first = object->next;
		list->len--;
	}
	return object;
}

struct gs_object *gs_object_get(struct gs_usb *gs)
{
	return gs_list_take(&gs->free);
}

void gs_object_put(struct gs_usb *gs, struct gs_object *object)
{
	gs_list_add(&gs->free, object);
}

/* Takes all objects of @ch, or with NULL all, out of @list; returns how many of them were @kind. */
static uint64_t gs_purge(struct gs_usb *gs, struct gs_list *list, const struct gs_channel *ch,
			 enum gs_kind kind)
{
	unsigned int left = list->len;
	uint64_t hits = 0;

	while (left--) {
		struct gs_object *object = gs_list_take(list);

		if (ch && object->channel != ch->index) {
			gs_list_add(list, object);
			continue;
		}
		hits += object->kind == kind;
		gs->counts.echoes_lost += object->kind == GS_ECHO;
		gs->counts.errors_lost += object->kind == GS_ERROR;
		gs_object_put(gs, object);
	}
	return hits;
}

/* ---- clock and timing */

uint32_t gs_stamp_us(const struct gs_usb *gs, int64_t bus_ns)
{
	return gs->clock_us + (uint32_t)((bus_ns - gs->power_on_ns) / ANYCAN_NS_PER_US);
}

uint32_t gs_rate(const struct gs_usb *gs, const struct gs_timing *timing)
{
	uint64_t quanta = 1 + (uint64_t)timing->prop_seg + timing->phase_seg1 + timing->phase_seg2;
	uint64_t divisor = quanta * timing->brp;

	return divisor ? (uint32_t)(gs->model->clock / divisor) : 0;
}

/* ---- towards the bus */

static bool gs_is_fd(const struct gs_channel *ch, const uint8_t *bytes)
{
	return (ch->flags & GS_FD) && (bytes[10] & GS_FLAG_FD);
}

static void gs_frame_from_host(const struct gs_channel *ch, const uint8_t *bytes,
			       struct anycan_frame *frame)
{
	uint32_t id = usb_get32(bytes + 4);
	uint8_t dlc = bytes[8] & 0x0f;

	*frame = (struct anycan_frame){.channel = ANYCAN_CHANNEL_NONE};
	frame->can_id = id & CAN_EFF_FLAG ? (id & CAN_EFF_MASK) | CAN_EFF_FLAG : id & CAN_SFF_MASK;
	if (gs_is_fd(ch, bytes)) {
		frame->flags = CANFD_FDF | (bytes[10] & GS_FLAG_BRS ? CANFD_BRS : 0);
		frame->len = anycan_dlc2len(dlc);
	} else {
		frame->can_id |= id & CAN_RTR_FLAG;
		frame->len = dlc < CAN_MAX_DLEN ? dlc : CAN_MAX_DLEN;
		frame->len8_dlc = dlc > CAN_MAX_DLEN ? dlc : 0;
	}
	memcpy(frame->data, bytes + GS_HEADER, anycan_frame_data_len(frame));
}

void gs_to_host(struct gs_usb *gs, struct gs_object *object, enum gs_kind kind, int64_t bus_ns)
{
	object->kind = kind;
	object->stamped = gs->channel[object->channel].flags & GS_HW_TIMESTAMP;
	object->stamp_us = gs_stamp_us(gs, bus_ns);
	gs_list_add(&gs->to_host, object);
}

static void gs_echo(struct gs_usb *gs, struct gs_object *object)
{
	uint8_t *bytes = object->bytes;

	bytes[11] = 0;
	if (gs->model->firmware == GS_CANNECTIVITY) {
		memset(bytes + 4, 0, 5);
		memset(bytes + GS_HEADER, 0, GS_DATA_FD);
	} else if (!(gs->features & GS_FD)) {
		bytes[10] = 0;
	}
	gs_to_host(gs, object, GS_ECHO, gs->usb.adapter.sim->bus.now_ns);
}

/* A mailbox takes the frame; its mark is the object's number, from 1. */
static void gs_to_mailbox(struct gs_channel *ch, struct gs_object *object)
{
	struct gs_usb *gs = ch->gs;
	struct anycan_frame frame;

	gs_frame_from_host(ch, object->bytes, &frame);
	sim_node_send(&ch->node, &frame, gs->early_echo ? 0 : (uint32_t)(object - gs->objects) + 1,
		      0);
	if (gs->early_echo)
		gs_echo(gs, object);
}

/* CANnectivity: one thread serves all channels, and waits for a free mailbox. */
static void gs_pump_shared(struct gs_usb *gs)
{
	while (gs->tx.first) {
		struct gs_channel *ch = &gs->channel[gs->tx.first->channel];

		if (!ch->started || ch->node.state == SIM_BUS_OFF) {
			gs->counts.tx_closed++;
			gs_object_put(gs, gs_list_take(&gs->tx));
		} else if (sim_node_room(&ch->node)) {
			gs_to_mailbox(ch, gs_list_take(&gs->tx));
		} else {
			return;
		}
	}
}

void gs_pump(struct gs_usb *gs)
{
	gs_pump_shared(gs);
	for (unsigned int i = 0; i < gs->usb.adapter.node_count; i++) {
		struct gs_channel *ch = &gs->channel[i];

		while (ch->tx.first && sim_node_room(&ch->node))
			gs_to_mailbox(ch, gs_list_take(&ch->tx));
	}
}

static void gs_node_tx_done(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how)
{
	struct gs_channel *ch = node->owner;
	struct gs_usb *gs = ch->gs;

	if (tx->tag) {
		struct gs_object *object = &gs->objects[tx->tag - 1];

		/* There is no way to tell the host that a frame was not sent. */
		if (how == SIM_SENT) {
			gs_echo(gs, object);
		} else {
			gs->counts.echoes_lost++;
			gs_object_put(gs, object);
		}
	}
	gs_pump(gs);
}

/* ---- from the bus */

static void gs_frame_to_host(const struct gs_channel *ch, const struct anycan_frame *frame,
			     uint8_t *bytes)
{
	memset(bytes, 0, GS_HEADER + GS_DATA_FD);
	usb_put32(bytes, GS_NO_ECHO);
	usb_put32(bytes + 4, frame->can_id);
	bytes[8] = anycan_frame_dlc(frame);
	bytes[9] = ch->index;
	if (anycan_frame_is_fd(frame))
		bytes[10] = (uint8_t)(GS_FLAG_FD | (frame->flags & CANFD_BRS ? GS_FLAG_BRS : 0) |
				      (frame->flags & CANFD_ESI ? GS_FLAG_ESI : 0));
	memcpy(bytes + GS_HEADER, frame->data, anycan_frame_data_len(frame));
}

static void gs_node_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct gs_channel *ch = node->owner;
	struct gs_object *object = gs_object_get(ch->gs);

	if (!object) {
		ch->gs->counts.rx_overrun++;
		ch->overflows++;
		return;
	}
	object->channel = ch->index;
	gs_frame_to_host(ch, frame, object->bytes);
	gs_to_host(ch->gs, object, GS_RX, frame->ts_ns);
}

/* Room for a frame, and for an error frame beside it, on every channel. */
static bool gs_node_has_room(struct sim_node *node)
{
	const struct gs_channel *ch = node->owner;
	const struct gs_usb *gs = ch->gs;

	return !gs->usb.lossless || !usbip_is_open(&gs->usb.wire) ||
	       gs->free.len >= 2 * gs->usb.adapter.node_count;
}

const struct sim_node_ops gs_node_ops = {
	.rx = gs_node_rx,
	.tx_done = gs_node_tx_done,
	.error = gs_error,
	.state = gs_state,
	.has_room = gs_node_has_room,
};

/* ---- transfers */

/* What a transfer from the host must at least be long. */
static bool gs_out_valid(struct gs_usb *gs, const uint8_t *data, size_t len)
{
	const struct gs_channel *ch;
	uint32_t id;

	if (len < GS_HEADER || data[9] >= gs->usb.adapter.node_count)
		return false;
	ch = &gs->channel[data[9]];
	if (data[10] & GS_FLAG_FD && gs->features & GS_FD && len < GS_HEADER + GS_DATA_FD)
		return false;
	if (gs->model->firmware == GS_CANDLELIGHT)
		return len >= GS_HEADER + GS_DATA_CLASSIC;
	id = usb_get32(data + 4);
	return (id & CAN_RTR_FLAG) || anycan_dlc2len(data[8] & 0x0f) <= len - GS_HEADER ||
	       gs_is_fd(ch, data);
}

/* Without losses the host never gets more than half of the pool for its own frames. */
static bool gs_out_room(const struct gs_usb *gs)
{
	return gs->free.len > (gs->usb.lossless ? gs->pool / 2 : 0);
}

int gs_out(struct usb_device *device, uint8_t endpoint, const uint8_t *data, size_t len)
{
	struct gs_usb *gs = device->owner;
	int taken = (int)len;
	struct gs_object *object;

	(void)endpoint;
	if (gs->model->odd_length && len) {
		gs->counts.even_lengths += !(len & 1);
		len -= len & 1;
	}
	if (!gs_out_valid(gs, data, len)) {
		gs->counts.tx_invalid++;
		return taken;
	}
	if (!gs_out_room(gs))
		return -EAGAIN;
	object = gs_object_get(gs);
	object->kind = GS_TX;
	object->channel = data[9];
	memset(object->bytes, 0, sizeof(object->bytes));
	memcpy(object->bytes, data, len < sizeof(object->bytes) ? len : sizeof(object->bytes));
	gs->counts.from_host++;
	gs_list_add(gs->model->firmware == GS_CANNECTIVITY ? &gs->tx : &gs->channel[data[9]].tx,
		    object);
	gs_pump(gs);
	return taken;
}

static void gs_count_in(struct gs_usb *gs, const struct gs_object *object)
{
	switch (object->kind) {
	case GS_RX:
		gs->counts.to_host++;
		break;
	case GS_ECHO:
		gs->counts.echoes++;
		break;
	default:
		gs->counts.error_frames++;
		break;
	}
}

int gs_in(struct usb_device *device, uint8_t endpoint, uint8_t *data)
{
	struct gs_usb *gs = device->owner;
	struct gs_object *object = gs_list_take(&gs->to_host);
	struct gs_channel *ch;
	int len = GS_HEADER + GS_DATA_CLASSIC;
	bool fd;

	if (!object)
		return -EAGAIN;
	ch = &gs->channel[object->channel];
	fd = (gs->features & GS_FD) && (object->bytes[10] & GS_FLAG_FD);
	if (gs->model->firmware == GS_CANNECTIVITY && ch->overflows) {
		ch->overflows--;
		object->bytes[10] |= GS_FLAG_OVERFLOW;
	}
	if (fd)
		len = GS_HEADER + GS_DATA_FD;
	memcpy(data, object->bytes, (size_t)len);
	if (object->stamped) {
		usb_put32(data + len, object->stamp_us);
		len += GS_STAMP;
	}
	if ((ch->flags & GS_PAD_PACKETS) && !fd) {
		int packet = usb_device_endpoint(device, endpoint | 0x80)->packet;

		memset(data + len, 0, (size_t)(packet - len));
		len = packet;
	}
	gs_count_in(gs, object);
	gs_object_put(gs, object);
	return len;
}

/* ---- channels */

static enum sim_mode gs_mode(uint32_t flags)
{
	if ((flags & GS_LISTEN_ONLY) && (flags & GS_LOOP_BACK))
		return SIM_LOOP_INTERNAL;
	if (flags & GS_LISTEN_ONLY)
		return SIM_LISTEN_ONLY;
	return flags & GS_LOOP_BACK ? SIM_LOOP_EXTERNAL : SIM_NORMAL;
}

void gs_start(struct gs_channel *ch, uint32_t flags)
{
	struct gs_usb *gs = ch->gs;
	struct sim_node *node = &ch->node;

	/* The controller is reset: mailboxes are empty, error counters at 0. */
	ch->started = false;
	sim_node_stop(node);
	sim_node_flush(node);
	ch->flags = flags;
	ch->lec = 0;
	ch->was_off = false;
	node->bitrate = gs_rate(gs, &ch->timing);
	node->dbitrate = gs_rate(gs, &ch->data_timing);
	if (!node->dbitrate)
		node->dbitrate = node->bitrate;
	node->mode = gs_mode(flags);
	node->one_shot = flags & GS_ONE_SHOT;
	node->fd = flags & GS_FD ? SIM_FD_YES : gs->model->classic_fd;
	node->auto_recover = gs->model->firmware == GS_CANNECTIVITY;
	/* Without a bit rate it never finds the bus idle. */
	if (node->bitrate)
		sim_node_start(node);
	ch->started = true;
	gs_pump(gs);
}

void gs_stop(struct gs_channel *ch)
{
	struct gs_usb *gs = ch->gs;

	ch->started = false;
	sim_loop_disarm(&gs->usb.adapter.sim->loop, &ch->restart);
	sim_node_stop(&ch->node);
	gs->counts.tx_purged += gs_purge(gs, &ch->tx, NULL, GS_TX);
	if (gs->model->firmware == GS_CANDLELIGHT)
		gs->counts.rx_cut += gs_purge(gs, &gs->to_host, ch, GS_RX);
	sim_node_flush(&ch->node);
	if (gs->model->firmware == GS_CANDLELIGHT)
		ch->timing = ch->data_timing = (struct gs_timing){0};
	ch->flags = 0;
	ch->overflows = 0;
}

void gs_restart(struct gs_channel *ch)
{
	sim_node_stop(&ch->node);
	sim_node_flush(&ch->node);
	gs_report_restart(ch);
	sim_node_start(&ch->node);
	gs_pump(ch->gs);
}

static void gs_restart_fire(struct sim_timer *timer)
{
	gs_restart((struct gs_channel *)((char *)timer - offsetof(struct gs_channel, restart)));
}

void gs_power_on(struct gs_usb *gs)
{
	gs->power_on_ns = gs->usb.adapter.sim->bus.now_ns;
	for (unsigned int i = 0; i < gs->usb.adapter.node_count; i++)
		gs->channel[i].restart.fire = gs_restart_fire;
}

void gs_power_off(struct gs_usb *gs)
{
	for (unsigned int i = 0; i < gs->usb.adapter.node_count; i++) {
		struct gs_channel *ch = &gs->channel[i];

		gs_stop(ch);
		ch->timing = ch->data_timing = (struct gs_timing){0};
		ch->identify = ch->termination = false;
	}
	gs->counts.tx_purged += gs_purge(gs, &gs->tx, NULL, GS_TX);
	gs->counts.rx_cut += gs_purge(gs, &gs->to_host, NULL, GS_RX);
}
