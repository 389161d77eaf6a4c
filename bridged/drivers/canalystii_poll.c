// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * CANalyst-II: the device says nothing of its own accord. It is asked how many messages wait, and
 * these are read: often while there are some, ever less often while there are none. Source: see
 * canalystii_codec.h.
 */
#include "canalystii.h"

#include <errno.h>

/* Between two polls as long as there is traffic; the device keeps a thousand messages. */
#define BUSY_PAUSE_NS ANYCAN_NS_PER_MS

/* An answer that is later than this has failed. */
#define STATUS_MS 1000
#define MESSAGES_MS 100

/* Polls that fail in succession until somebody should know. */
#define FAILURES_TOLD 10

uint32_t canalystii_tag(const struct canalystii_channel *ch, unsigned int channel,
			enum canalystii_wait wait, unsigned int count)
{
	return (uint32_t)ch->round << 24 | count << 16 | (uint32_t)wait << 8 | channel;
}

static void ask(struct canalystii_channel *ch, unsigned int channel, struct bridged_io *io)
{
	const struct bridged_usb_record command = {
		.type = BRIDGED_USB_OUT,
		.endpoint = canalystii_endpoint(channel, true),
		.flags = BRIDGED_USB_QUIET,
		.len = CANALYSTII_BUFFER_SIZE,
	};
	const struct bridged_usb_record answer = {
		.type = BRIDGED_USB_IN,
		.endpoint = 0x80 | canalystii_endpoint(channel, true),
		.timeout_ms = STATUS_MS,
		.wanted = CANALYSTII_BUFFER_SIZE,
		.tag = canalystii_tag(ch, channel, CANALYSTII_STATUS, 0),
	};
	uint8_t *buffer;

	if (io->out_max - io->out_len < sizeof(command) + CANALYSTII_BUFFER_SIZE + sizeof(answer))
		return; /* the next tick asks again */
	buffer = bridged_usb_request(io, &command);
	canalystii_encode_command(CANALYSTII_MESSAGE_STATUS, buffer);
	bridged_usb_request(io, &answer);
	ch->wait = CANALYSTII_STATUS;
	ch->asked = ch->written;
}

/* Whether nothing is under way, so that all that was received can be put in order. */
static bool is_quiet(const struct canalystii *st)
{
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++)
		if (st->channel[i].wait == CANALYSTII_STATUS ||
		    st->channel[i].wait == CANALYSTII_MESSAGES_COME)
			return false;
	return true;
}

static bool is_passed_on(const struct canalystii *st)
{
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++)
		if (st->channel[i].count)
			return false;
	return true;
}

void canalystii_poll(struct canalystii *st, struct bridged_io *io)
{
	if (!is_quiet(st) || !is_passed_on(st))
		return;
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++)
		if (st->channel[i].phase == CANALYSTII_OPEN)
			ask(&st->channel[i], i, io);
}

/* The channel whose oldest message is the oldest of all; NULL = there is none. */
static struct canalystii_channel *oldest(struct canalystii *st)
{
	struct canalystii_channel *found = NULL;

	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		struct canalystii_channel *ch = &st->channel[i];

		if (!ch->count)
			continue;
		/* The difference is right across a wrap of the counter, too. */
		if (!found ||
		    (int32_t)(ch->batch[ch->first].stamp - found->batch[found->first].stamp) < 0)
			found = ch;
	}
	return found;
}

bool canalystii_pass_on(struct canalystii *st, struct bridged_io *io)
{
	struct canalystii_channel *ch;
	struct anycan_frame *frame;

	if (!is_quiet(st))
		return true;
	while ((ch = oldest(st))) {
		const struct canalystii_stamped *message = &ch->batch[ch->first];

		frame = bridged_io_frame(io);
		if (!frame)
			return false;
		*frame = message->frame;
		frame->ts_ns = anycan_clock_map(&st->clock, message->stamp, io->wall_ns);
		io->n_frames++;
		ch->first++;
		ch->count--;
	}
	return true;
}

static bool is_busy(const struct canalystii *st)
{
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++)
		if (st->channel[i].count || st->channel[i].written || st->channel[i].on_way)
			return true;
	return false;
}

/* A channel has what it asked for. When all have, the next poll is planned. */
static void end_of_poll(struct canalystii *st, struct canalystii_channel *ch, struct bridged_io *io)
{
	int64_t longest = st->options.poll_ms * ANYCAN_NS_PER_MS;

	ch->wait = CANALYSTII_NOTHING;
	if (!is_quiet(st))
		return;
	st->pause_ns = is_busy(st) ? BUSY_PAUSE_NS : st->pause_ns * 2;
	if (st->pause_ns > longest)
		st->pause_ns = longest;
	st->poll_at = anycan_mono_after(io->now, st->pause_ns);
}

static void no_answer(struct canalystii *st, struct canalystii_channel *ch, unsigned int channel,
		      struct bridged_io *io)
{
	struct bridged_event *event;

	io->bad_units++;
	end_of_poll(st, ch, io);
	if (++st->failures != FAILURES_TOLD)
		return;
	event = bridged_io_event(io, BRIDGED_NOTE, channel);
	if (event)
		event->reason = "the adapter does not answer; if that lasts, plug it in again";
}

static void ask_for_messages(struct canalystii_channel *ch, unsigned int channel, uint32_t pending,
			     struct bridged_io *io)
{
	/* One more than fits exactly: the device may leave the first one empty. */
	uint32_t buffers = pending / CANALYSTII_MESSAGES + 2;
	struct bridged_usb_record record = {
		.type = BRIDGED_USB_IN,
		.endpoint = 0x80 | canalystii_endpoint(channel, false),
		.timeout_ms = MESSAGES_MS,
		.tag = canalystii_tag(ch, channel, CANALYSTII_MESSAGES_COME, 0),
	};

	if (pending % CANALYSTII_MESSAGES == 0)
		buffers--;
	if (buffers > CANALYSTII_READ_MAX)
		buffers = CANALYSTII_READ_MAX;
	record.wanted = (uint16_t)(buffers * CANALYSTII_BUFFER_SIZE);
	bridged_usb_request(io, &record);
	ch->wait = CANALYSTII_MESSAGES_COME;
}

void canalystii_take_status(struct canalystii *st, unsigned int channel,
			    const struct bridged_usb_record *answer, const uint8_t *data,
			    struct bridged_io *io)
{
	struct canalystii_channel *ch = &st->channel[channel];
	struct canalystii_status status;

	if (answer->status || canalystii_decode_status(data, answer->len, &status)) {
		no_answer(st, ch, channel, io);
		return;
	}
	st->failures = 0;
	/* What was in the device when it was asked, and is no longer. */
	if (ch->asked > status.tx_pending && ch->asked - status.tx_pending > ch->done)
		ch->done = ch->asked - status.tx_pending;
	if (status.rx_pending)
		ask_for_messages(ch, channel, status.rx_pending, io);
	else
		end_of_poll(st, ch, io);
}

static void take_buffer(struct canalystii_channel *ch, unsigned int channel, const uint8_t *buffer,
			struct bridged_io *io)
{
	int count = canalystii_count(buffer);

	if (count < 0)
		io->bad_units++;
	for (int i = 0; i < count; i++) {
		struct canalystii_stamped *message = &ch->batch[ch->count];

		if (canalystii_decode(buffer, (unsigned int)i, &message->frame, &message->stamp)) {
			io->bad_units++;
			continue;
		}
		message->frame.channel = (uint16_t)channel;
		ch->count++;
	}
}

void canalystii_take_messages(struct canalystii *st, unsigned int channel,
			      const struct bridged_usb_record *answer, const uint8_t *data,
			      struct bridged_io *io)
{
	struct canalystii_channel *ch = &st->channel[channel];
	size_t at;

	ch->first = ch->count = 0;
	for (at = 0; at + CANALYSTII_BUFFER_SIZE <= answer->len; at += CANALYSTII_BUFFER_SIZE)
		take_buffer(ch, channel, data + at, io);
	/* A read may end by its time limit when the device has less than was asked for. */
	if (at != answer->len || (answer->status && answer->status != -ETIMEDOUT))
		io->bad_units++;
	end_of_poll(st, ch, io);
}
