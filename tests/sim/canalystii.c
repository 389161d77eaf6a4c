// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A simulated CANalyst-II (Chuangxin Technology, also sold as USBCAN-II): two channels, classic
 * CAN. Nothing comes by itself: the host asks how many messages wait and reads them.
 * Source: the structures and remarks of python-canalystii 7ef3a4a; the firmware is not public. What
 * had to be assumed is said where it is, and in README.md.
 */
#include "canalystii.h"

#include <errno.h>
#include <string.h>

#include <anycan/clock.h>

#include "slcan.h"

enum {
	TICK_US = 100,
	ERROR_WARNING = 96
};

enum {
	OPCODE_INIT = 0x01,
	OPCODE_START = 0x02,
	OPCODE_STOP = 0x03,
	OPCODE_CLEAR_RX = 0x05,
	OPCODE_MESSAGE_STATUS = 0x0a,
	OPCODE_CAN_STATUS = 0x0b,
	OPCODE_PREINIT = 0x13
};

/* Of a message's send type; also the mark of a frame in the transmit queue. */
enum {
	SEND_NO_RETRY = 1,
	SEND_ECHO = 2
};

/* Bits of the status register, as in the SJA1000. */
enum {
	STATUS_RECEIVED = 0x01,
	STATUS_TX_FREE = 0x04,
	STATUS_TX_DONE = 0x08,
	STATUS_ERROR = 0x40,
	STATUS_BUS_OFF = 0x80
};

/* ---- received messages */

static bool rx_put(struct canalystii_channel *ch, const struct anycan_frame *frame,
		   uint8_t send_type)
{
	struct canalystii *c = ch->owner;
	int64_t since_ns = c->usb.adapter.sim->bus.now_ns - c->power_on_ns;
	uint8_t *at;

	if (ch->rx_len == c->rx_size)
		return false;
	at = ch->rx[(ch->rx_head + ch->rx_len++) % c->rx_size];
	memset(at, 0, CANALYSTII_MESSAGE);
	usb_put32(at, frame->can_id & CAN_EFF_MASK);
	usb_put32(at + 4, (uint32_t)(since_ns / (TICK_US * ANYCAN_NS_PER_US)));
	at[8] = 1;
	at[9] = send_type;
	at[10] = !!(frame->can_id & CAN_RTR_FLAG);
	at[11] = !!(frame->can_id & CAN_EFF_FLAG);
	at[12] = (uint8_t)frame->len;
	memcpy(at + 13, frame->data, anycan_frame_data_len(frame));
	return true;
}

/* The next buffer of up to three messages; returns how many there are in it. */
static unsigned int rx_take(struct canalystii_channel *ch, uint8_t *buffer)
{
	unsigned int count = ch->rx_len < CANALYSTII_MESSAGES ? ch->rx_len : CANALYSTII_MESSAGES;

	memset(buffer, 0, CANALYSTII_BUFFER);
	buffer[0] = (uint8_t)count;
	for (unsigned int i = 0; i < count; i++) {
		memcpy(buffer + 1 + i * CANALYSTII_MESSAGE, ch->rx[ch->rx_head],
		       CANALYSTII_MESSAGE);
		ch->rx_head = (ch->rx_head + 1) % ch->owner->rx_size;
		ch->rx_len--;
	}
	return count;
}

static int message_in(struct canalystii_channel *ch, uint8_t *data)
{
	struct canalystii *c = ch->owner;

	if (c->read == CANALYSTII_READ_LAG) {
		memcpy(data, ch->armed, CANALYSTII_BUFFER);
		c->to_host += ch->armed[0];
		rx_take(ch, ch->armed);
		return CANALYSTII_BUFFER;
	}
	if (ch->rx_len) {
		c->to_host += rx_take(ch, data);
		ch->told = false;
		return CANALYSTII_BUFFER;
	}
	if (c->read == CANALYSTII_READ_NAK || ch->told)
		return -EAGAIN;
	ch->told = true;
	return 0;
}

/* ---- frames */

/* Whether a frame is tried again is a property of the frame. */
static void tx_next(struct canalystii_channel *ch)
{
	ch->attempts = 0;
	ch->node.one_shot = ch->node.queue_len && (sim_node_head(&ch->node)->tag & SEND_NO_RETRY);
}

static void node_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct canalystii_channel *ch = node->owner;

	if (!rx_put(ch, frame, 0))
		ch->owner->rx_overrun++;
}

static void node_tx_done(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how)
{
	struct canalystii_channel *ch = node->owner;

	/* The echo comes whether the frame was sent or not. */
	if ((tx->tag & SEND_ECHO) && how != SIM_SENT_ABORTED)
		ch->owner->echoed += rx_put(ch, &tx->frame, SEND_ECHO);
	tx_next(ch);
}

/* After some failures the frame is taken for sent, acknowledged or not. */
static void node_error(struct sim_node *node, enum sim_error error, bool sending)
{
	struct canalystii_channel *ch = node->owner;

	(void)error;
	if (sending && ch->owner->retries && ++ch->attempts >= ch->owner->retries)
		node->one_shot = true;
}

static bool node_has_room(struct sim_node *node)
{
	const struct canalystii_channel *ch = node->owner;
	const struct canalystii *c = ch->owner;

	/* One more for an echo. */
	return !c->usb.lossless || !usbip_is_open(&c->usb.wire) || ch->rx_len + 2 <= c->rx_size;
}

const struct sim_node_ops canalystii_node_ops = {
	.rx = node_rx,
	.tx_done = node_tx_done,
	.error = node_error,
	.has_room = node_has_room,
};

static void message_to_frame(const uint8_t *at, struct anycan_frame *frame)
{
	uint32_t id = usb_get32(at);

	*frame = (struct anycan_frame){.channel = ANYCAN_CHANNEL_NONE};
	frame->can_id = at[11] ? (id & CAN_EFF_MASK) | CAN_EFF_FLAG : id & CAN_SFF_MASK;
	frame->can_id |= at[10] ? CAN_RTR_FLAG : 0;
	frame->len = at[12] < CAN_MAX_DLEN ? at[12] : CAN_MAX_DLEN;
	memcpy(frame->data, at + 13, anycan_frame_data_len(frame));
}

static int message_out(struct canalystii_channel *ch, const uint8_t *data, size_t len)
{
	struct canalystii *c = ch->owner;

	if (len < CANALYSTII_BUFFER || data[0] > CANALYSTII_MESSAGES) {
		c->tx_invalid++;
		return (int)(len < CANALYSTII_BUFFER ? len : CANALYSTII_BUFFER);
	}
	if (!ch->node.on) {
		c->from_host += data[0];
		c->tx_closed += data[0];
		return CANALYSTII_BUFFER;
	}
	if (sim_node_room(&ch->node) < data[0])
		return -EAGAIN;
	for (unsigned int i = 0; i < data[0]; i++) {
		const uint8_t *at = data + 1 + i * CANALYSTII_MESSAGE;
		struct anycan_frame frame;

		message_to_frame(at, &frame);
		sim_node_send(&ch->node, &frame, at[9] & (SEND_NO_RETRY | SEND_ECHO), 0);
		c->from_host++;
		if (ch->node.queue_len == 1)
			tx_next(ch);
	}
	return CANALYSTII_BUFFER;
}

/* ---- commands */

static void channel_stop(struct canalystii_channel *ch)
{
	sim_node_stop(&ch->node);
	sim_node_flush(&ch->node);
}

static void channel_init(struct canalystii_channel *ch, const uint8_t *data)
{
	channel_stop(ch);
	ch->btr[0] = data[24];
	ch->btr[1] = data[28];
	/* The registers of an SJA1000 at 16 MHz: the timing runs on 8 MHz. */
	ch->node.bitrate = slcan_btr_rate(ch->btr[0], ch->btr[1]);
	ch->initialized = true;
	/* No other mode is known than one that the adapter does not survive. */
	if (usb_get32(data + 32))
		ch->owner->usb.device.faults.stuck = true;
}

static void channel_clear(struct canalystii_channel *ch)
{
	/* What has been made ready for the host stays: it is read later as an old message. */
	ch->owner->rx_cut += ch->rx_len;
	ch->rx_len = 0;
}

static void put_message_status(const struct canalystii_channel *ch, uint8_t *answer)
{
	usb_put32(answer + 4, canalystii_rx_pending(ch));
	usb_put16(answer + 8, (uint16_t)ch->node.queue_len);
}

static void put_can_status(const struct canalystii_channel *ch, uint8_t *answer)
{
	const struct sim_node *node = &ch->node;
	uint32_t status = canalystii_rx_pending(ch) ? STATUS_RECEIVED : 0;

	status |= node->queue_len ? 0 : STATUS_TX_FREE | STATUS_TX_DONE;
	status |= node->state >= SIM_ERROR_WARNING ? STATUS_ERROR : 0;
	status |= node->state == SIM_BUS_OFF ? STATUS_BUS_OFF : 0;
	usb_put32(answer + 12, status);
	usb_put32(answer + 24, ERROR_WARNING);
	usb_put32(answer + 28, node->rec < UINT8_MAX ? node->rec : UINT8_MAX);
	usb_put32(answer + 32, node->tec < UINT8_MAX ? node->tec : UINT8_MAX);
}

static bool command_is_asking(uint32_t opcode)
{
	return opcode == OPCODE_MESSAGE_STATUS || opcode == OPCODE_CAN_STATUS ||
	       opcode == OPCODE_PREINIT;
}

static void command_answer(struct canalystii_channel *ch, uint32_t opcode)
{
	uint8_t *answer = ch->answers[(ch->answer_head + ch->answer_len++) % CANALYSTII_ANSWERS];

	memset(answer, 0, CANALYSTII_BUFFER);
	usb_put32(answer, opcode);
	if (opcode == OPCODE_MESSAGE_STATUS)
		put_message_status(ch, answer);
	else if (opcode == OPCODE_CAN_STATUS)
		put_can_status(ch, answer);
}

static void command_run(struct canalystii_channel *ch, uint32_t opcode, const uint8_t *data)
{
	switch (opcode) {
	case OPCODE_INIT:
		channel_init(ch, data);
		break;
	case OPCODE_START:
		if (ch->initialized && !ch->node.on)
			sim_node_start(&ch->node);
		break;
	case OPCODE_STOP:
		channel_stop(ch);
		break;
	case OPCODE_CLEAR_RX:
		channel_clear(ch);
		break;
	default:
		if (command_is_asking(opcode))
			command_answer(ch, opcode);
		else
			ch->owner->bad_commands++;
		break;
	}
}

static int command_out(struct canalystii_channel *ch, uint8_t endpoint, const uint8_t *data,
		       size_t len)
{
	struct canalystii *c = ch->owner;
	uint32_t opcode;

	if (len < CANALYSTII_BUFFER) {
		c->bad_commands++;
		return (int)len;
	}
	opcode = usb_get32(data);
	if (command_is_asking(opcode) && ch->answer_len == CANALYSTII_ANSWERS)
		return -EAGAIN;
	usb_device_log(&c->usb.device, endpoint, NULL, data, CANALYSTII_BUFFER);
	c->commands++;
	command_run(ch, opcode, data);
	return CANALYSTII_BUFFER;
}

static int command_in(struct canalystii_channel *ch, uint8_t *data)
{
	if (!ch->answer_len)
		return -EAGAIN;
	memcpy(data, ch->answers[ch->answer_head], CANALYSTII_BUFFER);
	ch->answer_head = (ch->answer_head + 1) % CANALYSTII_ANSWERS;
	ch->answer_len--;
	return CANALYSTII_BUFFER;
}

/* ---- the device: endpoints 1 and 3 carry messages, 2 and 4 commands, 5 and 6 nothing */

static int device_out(struct usb_device *device, uint8_t endpoint, const uint8_t *data, size_t len)
{
	struct canalystii *c = device->owner;
	struct canalystii_channel *ch = &c->channel[endpoint > 2];

	if (endpoint > 2 * CANALYSTII_CHANNELS)
		return (int)len;
	return endpoint & 1 ? message_out(ch, data, len) : command_out(ch, endpoint, data, len);
}

static int device_in(struct usb_device *device, uint8_t endpoint, uint8_t *data)
{
	struct canalystii *c = device->owner;
	struct canalystii_channel *ch = &c->channel[endpoint > 2];

	if (endpoint > 2 * CANALYSTII_CHANNELS)
		return -EAGAIN;
	return endpoint & 1 ? message_in(ch, data) : command_in(ch, data);
}

static int device_control(struct usb_device *device, const struct usb_setup *setup, uint8_t *data)
{
	(void)device;
	(void)setup;
	(void)data;
	return -EPIPE;
}

static void power_off(struct canalystii *c)
{
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		struct canalystii_channel *ch = &c->channel[i];

		channel_stop(ch);
		c->rx_cut += canalystii_rx_pending(ch);
		ch->rx_len = 0;
		ch->armed[0] = 0;
		ch->answer_len = 0;
		ch->initialized = false;
		ch->told = true;
	}
}

/* A USB reset, and with it the host's farewell, does not stop a channel: only losing power does.
 * Behind a Unix socket the host's leaving counts as that. */
static void device_configured(struct usb_device *device, unsigned int value)
{
	if (!value)
		power_off(device->owner);
}

const struct usb_ops canalystii_usb_ops = {
	.control = device_control,
	.out = device_out,
	.in = device_in,
	.configured = device_configured,
};
