// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * CANalyst-II: frames for the bus, up to three in a buffer. The device says no more of them than
 * how many it still has. Source: see canalystii_codec.h.
 */
#include "canalystii.h"

#include <errno.h>
#include <string.h>

static unsigned int in_flight(const struct canalystii_channel *ch)
{
	return ch->failed + ch->written + ch->on_way;
}

/*
 * The buffer that the frame before went into, if it was written by this very call of the engine
 * and has room.
 */
static uint8_t *open_buffer(const struct canalystii_channel *ch, const struct bridged_io *io)
{
	const size_t size = sizeof(struct bridged_usb_record) + CANALYSTII_BUFFER_SIZE;
	uint8_t *buffer;

	if (io->out_len < size || ch->open_end != io->out + io->out_len)
		return NULL;
	buffer = io->out + io->out_len - CANALYSTII_BUFFER_SIZE;
	return buffer[0] < CANALYSTII_MESSAGES ? buffer : NULL;
}

/* How many frames a request carries is in its tag. */
static void count_frame(const struct canalystii_channel *ch, unsigned int channel, uint8_t *buffer)
{
	struct bridged_usb_record record;
	uint8_t *at = buffer - sizeof(record);

	memcpy(&record, at, sizeof(record));
	record.tag = canalystii_tag(ch, channel, CANALYSTII_WRITTEN, buffer[0]);
	memcpy(at, &record, sizeof(record));
}

static uint8_t *new_buffer(unsigned int channel, struct bridged_io *io)
{
	const struct bridged_usb_record record = {
		.type = BRIDGED_USB_OUT,
		.endpoint = canalystii_endpoint(channel, false),
		.len = CANALYSTII_BUFFER_SIZE,
	};
	uint8_t *buffer = bridged_usb_request(io, &record);

	if (buffer)
		memset(buffer, 0, CANALYSTII_BUFFER_SIZE);
	return buffer;
}

int canalystii_send(void *state, const struct anycan_frame *frame, uint32_t echo,
		    struct bridged_io *io)
{
	struct canalystii *st = state;
	unsigned int channel = frame->channel % CANALYSTII_CHANNELS;
	struct canalystii_channel *ch = &st->channel[channel];
	uint8_t *buffer;

	if (anycan_frame_is_fd(frame) || frame->can_id & CAN_ERR_FLAG || frame->len8_dlc)
		return -EOPNOTSUPP;
	if (ch->phase != CANALYSTII_OPEN || ch->failed || in_flight(ch) >= st->options.tx_window)
		return -EAGAIN;
	buffer = open_buffer(ch, io);
	if (!buffer)
		buffer = new_buffer(channel, io);
	if (!buffer)
		return -EAGAIN;
	canalystii_add(buffer, frame, ch->one_shot);
	count_frame(ch, channel, buffer);
	ch->open_end = buffer + CANALYSTII_BUFFER_SIZE;
	ch->echo[in_flight(ch)] = echo;
	ch->on_way++;
	return BRIDGED_TAKEN;
}

void canalystii_take_written(struct canalystii_channel *ch, unsigned int n, bool well)
{
	uint32_t lost[CANALYSTII_MESSAGES];

	if (n > ch->on_way || n > CANALYSTII_MESSAGES)
		return;
	ch->on_way -= n;
	if (well) {
		ch->written += n;
		return;
	}
	/* Those that failed are told first, and so come first. */
	memcpy(lost, &ch->echo[ch->failed + ch->written], n * sizeof(*lost));
	memmove(&ch->echo[n], ch->echo, (ch->failed + ch->written) * sizeof(*ch->echo));
	memcpy(ch->echo, lost, n * sizeof(*lost));
	ch->failed += n;
}

void canalystii_fail_all(struct canalystii_channel *ch)
{
	ch->failed = in_flight(ch);
	ch->done = ch->written = ch->on_way = ch->asked = 0;
}

bool canalystii_tell(struct canalystii_channel *ch, unsigned int channel, struct bridged_io *io)
{
	unsigned int n = ch->failed + ch->done, told;

	for (told = 0; told < n; told++) {
		bool failed = told < ch->failed;
		struct bridged_event *event =
			bridged_io_event(io, failed ? BRIDGED_TX_FAILED : BRIDGED_TX_DONE, channel);

		if (!event)
			break;
		event->echo = ch->echo[told];
	}
	memmove(ch->echo, &ch->echo[told], (in_flight(ch) - told) * sizeof(*ch->echo));
	for (n = told; n && ch->failed; n--)
		ch->failed--;
	ch->done -= n;
	ch->written -= n;
	ch->asked -= ch->asked < n ? ch->asked : n;
	return !ch->failed && !ch->done;
}
