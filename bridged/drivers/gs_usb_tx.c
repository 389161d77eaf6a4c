// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * gs_usb: frames for the bus. Each carries an echo id, with which the device gives it back when it
 * was sent. Sources: see gs_usb_codec.h.
 */
#include "gs_usb.h"

#include <errno.h>
#include <string.h>

/*
 * Some firmwares (CANnectivity) say nothing of frames that were lost: with one-shot, or in a
 * bus-off. So where that may be, what is not confirmed for this long counts as failed.
 */
#define ECHO_LIMIT_NS ANYCAN_NS_PER_S

void gs_usb_limit_frames(struct gs_usb_channel *ch, const struct bridged_io *io)
{
	struct anycan_mono deadline = anycan_mono_after(io->now, ECHO_LIMIT_NS);

	for (unsigned int i = 0; i < GS_USB_WINDOW_MAX; i++)
		ch->echo[i].deadline = anycan_mono_min(ch->echo[i].deadline, deadline);
	ch->echo_deadline = anycan_mono_min(ch->echo_deadline, deadline);
}

void gs_usb_forget_frames(struct gs_usb_channel *ch)
{
	for (unsigned int i = 0; i < GS_USB_WINDOW_MAX; i++)
		if (ch->echo[i].state == GS_USB_ECHO_SENT)
			ch->echo[i].state = GS_USB_ECHO_FAILED;
	ch->failed = ch->in_flight;
	ch->round++;
}

/* Return: whether there was room to tell it. */
static bool tell_ended(struct gs_usb_channel *ch, unsigned int channel, unsigned int echo_id,
		       enum bridged_event_type type, struct bridged_io *io)
{
	struct bridged_event *event = bridged_io_event(io, type, channel);

	if (!event)
		return false;
	event->echo = ch->echo[echo_id].number;
	ch->echo[echo_id].state = GS_USB_ECHO_FREE;
	ch->in_flight--;
	return true;
}

bool gs_usb_tell_failed(struct gs_usb_channel *ch, unsigned int channel, struct bridged_io *io)
{
	for (unsigned int i = 0; ch->failed && i < GS_USB_WINDOW_MAX; i++)
		if (ch->echo[i].state == GS_USB_ECHO_FAILED &&
		    !tell_ended(ch, channel, i, BRIDGED_TX_FAILED, io))
			return false;
	ch->failed = false;
	return true;
}

void gs_usb_expire_frames(struct gs_usb_channel *ch, const struct bridged_io *io)
{
	if (io->now.ns < ch->echo_deadline.ns)
		return;
	ch->echo_deadline = ANYCAN_NEVER;
	for (unsigned int i = 0; i < GS_USB_WINDOW_MAX; i++) {
		if (ch->echo[i].state != GS_USB_ECHO_SENT)
			continue;
		if (io->now.ns >= ch->echo[i].deadline.ns) {
			ch->echo[i].state = GS_USB_ECHO_FAILED;
			ch->failed = true;
		} else {
			ch->echo_deadline =
				anycan_mono_min(ch->echo_deadline, ch->echo[i].deadline);
		}
	}
}

bool gs_usb_take_echo(struct gs_usb_channel *ch, const struct gs_usb_frame *got,
		      struct bridged_io *io)
{
	if (got->echo_id >= GS_USB_WINDOW_MAX || ch->echo[got->echo_id].state != GS_USB_ECHO_SENT)
		return false;
	return tell_ended(ch, got->frame.channel, got->echo_id, BRIDGED_TX_DONE, io);
}

void gs_usb_take_failure(struct gs_usb *st, const struct bridged_usb_record *answer,
			 struct bridged_io *io)
{
	unsigned int channel = answer->tag & 0xff, echo_id = answer->tag >> 16 & 0xff;
	struct gs_usb_channel *ch = &st->channel[channel % GS_USB_CHANNELS];

	if (answer->status && channel < GS_USB_CHANNELS && echo_id < GS_USB_WINDOW_MAX &&
	    answer->tag >> 24 == ch->round && ch->echo[echo_id].state == GS_USB_ECHO_SENT)
		tell_ended(ch, channel, echo_id, BRIDGED_TX_FAILED, io);
}

static int free_echo_id(const struct gs_usb_channel *ch, unsigned int window)
{
	if (ch->in_flight >= window)
		return -EAGAIN;
	for (unsigned int i = 0; i < window; i++)
		if (ch->echo[i].state == GS_USB_ECHO_FREE)
			return (int)i;
	return -EAGAIN;
}

int gs_usb_send(void *state, const struct anycan_frame *frame, uint32_t echo, struct bridged_io *io)
{
	struct gs_usb *st = state;
	struct gs_usb_channel *ch = &st->channel[frame->channel % GS_USB_CHANNELS];
	bool fd = ch->settings.ctrlmode.flags & CAN_CTRLMODE_FD;
	bool quirk = ch->limits.features & GS_USB_QUIRK_LPC546XX;
	struct bridged_usb_record record = {
		.type = BRIDGED_USB_OUT,
		.endpoint = st->out,
		.flags = BRIDGED_USB_QUIET,
	};
	uint8_t data[GS_USB_FRAME_MAX], *at;
	int echo_id;

	if ((anycan_frame_is_fd(frame) && !fd) || frame->can_id & CAN_ERR_FLAG ||
	    ch->settings.ctrlmode.flags & CAN_CTRLMODE_LISTENONLY)
		return -EOPNOTSUPP;
	echo_id = free_echo_id(ch, st->options.tx_window);
	if (echo_id < 0 || !ch->open)
		return -EAGAIN;
	record.len = (uint16_t)gs_usb_encode(frame, (uint32_t)echo_id, fd, quirk, data);
	record.tag = gs_usb_tag(ch->round, (unsigned int)echo_id, GS_USB_TAG_FRAME, frame->channel);
	at = bridged_usb_request(io, &record);
	if (!at)
		return -EAGAIN;
	memcpy(at, data, record.len);
	ch->echo[echo_id] = (struct gs_usb_echo){
		.number = echo,
		.state = GS_USB_ECHO_SENT,
		.deadline = ANYCAN_NEVER,
	};
	if (ch->settings.ctrlmode.flags & CAN_CTRLMODE_ONE_SHOT)
		ch->echo[echo_id].deadline = anycan_mono_after(io->now, ECHO_LIMIT_NS);
	ch->echo_deadline = anycan_mono_min(ch->echo_deadline, ch->echo[echo_id].deadline);
	ch->in_flight++;
	return BRIDGED_TAKEN;
}
