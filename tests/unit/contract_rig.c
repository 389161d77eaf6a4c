// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A driver in a glass. See contract_rig.h.
 */
#include "contract_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <usb.h>

#define RIG_OUT (BRIDGED_OUT_ROOM + 512)
#define RIG_WALL_NS INT64_C(1700000000000000000)
#define RIG_OPEN_NS (10 * ANYCAN_NS_PER_S)
#define RIG_TICKS_MAX 1000

static void rig_fault(struct rig *rig, const char *fault)
{
	if (!rig->fault)
		rig->fault = fault;
}

static void *rig_block(size_t size)
{
	void *block = calloc(1, size ? size : 1);

	if (!block)
		abort();
	return block;
}

static void *rig_grow(void *block, size_t *room, size_t wanted, size_t size)
{
	if (wanted <= *room)
		return block;
	*room = wanted * 2;
	block = realloc(block, *room * size);
	if (!block)
		abort();
	return block;
}

static void rig_word(struct rig *rig, struct bridged_settings *settings, const char *key,
		     const char *value)
{
	const struct bridged_option *option = bridged_option_find(rig->driver->options, key);
	char reason[256] = "";
	int ret;

	if (option)
		ret = bridged_option_set(option, value, rig->options, reason, sizeof(reason));
	else
		ret = bridged_settings_set(settings, key, value, reason, sizeof(reason));
	if (ret) {
		fprintf(stderr, "setup: %s %s: %s\n", key, value, reason);
		abort();
	}
}

/* "KEY VALUE KEY VALUE"; the words live as long as the process, as the options want it. */
static void rig_words(struct rig *rig, struct bridged_settings *settings)
{
	char *words = strdup(rig->setup.words ? rig->setup.words : "");
	char *save = NULL, *key, *value;

	for (key = strtok_r(words, " ", &save); key; key = strtok_r(NULL, " ", &save)) {
		value = strtok_r(NULL, " ", &save);
		rig_word(rig, settings, key, value ? value : "");
	}
	rig->words = words;
}

static const struct bridged_driver *rig_driver(const char *name)
{
	unsigned int i;

	for (i = 0; bridged_drivers[i]; i++)
		if (!strcmp(bridged_drivers[i]->name, name))
			return bridged_drivers[i];
	abort();
}

struct rig *rig_new(const struct contract_setup *setup)
{
	struct rig *rig = rig_block(sizeof(*rig));
	const char *reason = NULL;
	unsigned int i;

	rig->setup = *setup;
	rig->driver = rig_driver(setup->driver);
	rig->state = rig_block(rig->driver->state_size);
	rig->options = rig_block(rig->driver->options_size);
	if (rig->driver->options)
		bridged_option_defaults(rig->driver->options, rig->options);
	rig_words(rig, &rig->settings[0]);
	for (i = 1; i < BRIDGED_CHANNELS_MAX; i++)
		rig->settings[i] = rig->settings[0];
	rig->now.ns = ANYCAN_NS_PER_S;
	rig->wall_ns = RIG_WALL_NS;
	rig->deadline = ANYCAN_NEVER;
	rig->max_frames = 64;
	rig->unread = rig_block(0);
	rig->sink_events = rig_block(RIG_EVENTS * sizeof(*rig->sink_events));
	rig->sink_out = rig_block(RIG_OUT);
	if (rig->driver->init(rig->state, rig->settings, rig->options, &reason)) {
		snprintf(rig->reason, sizeof(rig->reason), "%s", reason);
		rig_fault(rig, "init() refused");
	}
	return rig;
}

void rig_free(struct rig *rig)
{
	if (!rig)
		return;
	free(rig->state);
	free(rig->options);
	free(rig->sink_frames);
	free(rig->sink_events);
	free(rig->sink_out);
	free(rig->frames);
	free(rig->sent);
	free(rig->unread);
	free(rig->said);
	free(rig->echo);
	free(rig->words);
	free(rig);
}

/* Whatever a driver does not set shows as this. */
#define RIG_DIRT 0xA5

static void rig_begin(struct rig *rig, unsigned int max_frames)
{
	if (!rig->sink_frames || rig->sink_max != max_frames) {
		free(rig->sink_frames);
		rig->sink_frames = rig_block(max_frames * sizeof(*rig->sink_frames));
		memset(rig->sink_frames, RIG_DIRT, max_frames * sizeof(*rig->sink_frames));
		rig->sink_max = max_frames;
	}
	memset(&rig->io, 0, sizeof(rig->io));
	rig->io.now = rig->now;
	rig->io.wall_ns = rig->wall_ns;
	rig->io.frames = rig->sink_frames;
	rig->io.max_frames = max_frames;
	rig->io.events = rig->sink_events;
	rig->io.max_events = RIG_EVENTS;
	rig->io.out = rig->sink_out;
	rig->io.out_max = RIG_OUT;
}

static void rig_check_frame(struct rig *rig, const struct anycan_frame *frame)
{
	const char *reason = NULL;

	if (frame->can_id & CAN_ERR_FLAG) {
		if (frame->len != CAN_MAX_DLEN || frame->flags || frame->len8_dlc)
			rig_fault(rig, "an error frame is not 8 bytes long");
	} else if (anycan_frame_check(frame, &reason)) {
		rig_fault(rig, reason);
	}
	if (frame->channel >= BRIDGED_CHANNELS_MAX || frame->dir != ANYCAN_RX)
		rig_fault(rig, "a received frame has no channel or the wrong direction");
	if (frame->ts_ns > rig->wall_ns || frame->ts_ns <= 0)
		rig_fault(rig, "a time stamp lies in the future, or there is none");
}

static void rig_echo(struct rig *rig, uint32_t echo, uint8_t fate)
{
	if (echo >= rig->next_echo || echo >= rig->echo_room || rig->echo[echo] != 1)
		rig_fault(rig, "a frame ended that was not under way");
	else
		rig->echo[echo] = fate;
}

static void rig_reason(struct rig *rig, const char *reason)
{
	if (reason)
		snprintf(rig->reason, sizeof(rig->reason), "%s", reason);
	else
		rig_fault(rig, "an event has no reason");
}

static void rig_event(struct rig *rig, const struct bridged_event *event)
{
	switch (event->type) {
	case BRIDGED_READY:
		rig->ready++;
		break;
	case BRIDGED_OPENED:
		rig->opened++;
		break;
	case BRIDGED_REFUSED:
		rig->refused++;
		rig_reason(rig, event->reason);
		break;
	case BRIDGED_NOTE:
		rig->notes++;
		rig_reason(rig, event->reason);
		break;
	case BRIDGED_SET_DONE:
		rig->set_done++;
		break;
	case BRIDGED_SET_REFUSED:
		rig->set_refused++;
		rig_reason(rig, event->reason);
		break;
	case BRIDGED_TX_DONE:
	case BRIDGED_TX_FAILED:
		rig_echo(rig, event->echo, event->type == BRIDGED_TX_DONE ? 2 : 3);
		break;
	case BRIDGED_STATE:
		rig->states++;
		rig->state_told = event->state;
		break;
	}
}

static void rig_end(struct rig *rig)
{
	struct bridged_io *io = &rig->io;
	unsigned int i;

	if (io->n_frames > io->max_frames || io->n_events > io->max_events ||
	    io->out_len > io->out_max) {
		rig_fault(rig, "a sink holds more than there is room for");
		io->n_frames = io->n_events = 0;
		io->out_len = 0;
	}
	rig->frames = rig_grow(rig->frames, &rig->frames_room, rig->n_frames + io->n_frames,
			       sizeof(*rig->frames));
	for (i = 0; i < io->n_frames; i++) {
		rig_check_frame(rig, &io->frames[i]);
		rig->frames[rig->n_frames++] = io->frames[i];
	}
	for (i = 0; i < io->n_events; i++)
		rig_event(rig, &io->events[i]);
	rig->sent = rig_grow(rig->sent, &rig->sent_room, rig->sent_len + io->out_len, 1);
	if (io->out_len)
		memcpy(rig->sent + rig->sent_len, io->out, io->out_len);
	rig->sent_len += io->out_len;
	rig->said = rig_grow(rig->said, &rig->said_room, rig->said_len + io->out_len + 1, 1);
	if (io->out_len)
		memcpy(rig->said + rig->said_len, io->out, io->out_len);
	rig->said_len += io->out_len;
	rig->said[rig->said_len] = '\0';
	rig->bad_units += io->bad_units;
	rig->overruns += io->overruns;
	memset(io->frames, RIG_DIRT, io->n_frames * sizeof(*io->frames));
	memset(io->events, RIG_DIRT, io->n_events * sizeof(*io->events));
}

void rig_tick(struct rig *rig)
{
	rig_begin(rig, rig->max_frames);
	rig->deadline = rig->driver->tick(rig->state, &rig->io);
	rig_end(rig);
}

static void rig_feed_record(struct rig *rig, enum bridged_usb_type type, const void *data,
			    size_t len)
{
	const struct bridged_usb_record record = {.type = (uint8_t)type, .len = (uint16_t)len};
	uint8_t bytes[BRIDGED_USB_RECORD_MAX];

	memcpy(bytes, &record, sizeof(record));
	memcpy(bytes + sizeof(record), data, len);
	rig_feed(rig, bytes, sizeof(record) + len);
}

void rig_attach(struct rig *rig)
{
	rig->unread_len = 0;
	rig_begin(rig, rig->max_frames);
	rig->driver->attach(rig->state, &rig->io);
	rig_end(rig);
	rig_tick(rig);
	if (rig->setup.device)
		rig_feed_record(rig, BRIDGED_USB_DEVICE, rig->setup.device,
				sizeof(*rig->setup.device));
}

void rig_start(struct rig *rig)
{
	rig_begin(rig, rig->max_frames);
	rig->driver->start(rig->state, 0, &rig->settings[0], &rig->io);
	rig_end(rig);
	rig_tick(rig);
}

void rig_stop(struct rig *rig)
{
	rig_begin(rig, rig->max_frames);
	rig->driver->stop(rig->state, 0, &rig->io);
	rig_end(rig);
	rig_tick(rig);
}

bool rig_can_set(const struct rig *rig, const char *key, const char *value)
{
	const struct bridged_option *option = bridged_option_find(rig->driver->live, key);
	void *values = rig_block(rig->driver->live_size);
	char reason[256];
	bool can = option && !bridged_option_set(option, value, values, reason, sizeof(reason));

	free(values);
	return can;
}

void rig_set(struct rig *rig, const char *key, const char *value)
{
	const struct bridged_option *option = bridged_option_find(rig->driver->live, key);
	void *values = rig_block(rig->driver->live_size);
	char *text = strdup(value);
	char reason[256] = "";

	if (!option || bridged_option_set(option, text, values, reason, sizeof(reason))) {
		fprintf(stderr, "set %s %s: %s\n", key, value, option ? reason : "no such key");
		abort();
	}
	rig_begin(rig, rig->max_frames);
	rig->driver->set(rig->state, 0, option, values, &rig->io);
	rig_end(rig);
	free(values);
	free(text);
	rig_tick(rig);
}

void rig_terminate(struct rig *rig, uint16_t ohms)
{
	rig_begin(rig, rig->max_frames);
	rig->driver->terminate(rig->state, 0, ohms, &rig->io);
	rig_end(rig);
	rig_tick(rig);
}

int rig_encode(struct rig *rig, const struct anycan_frame *frame)
{
	size_t room = rig->echo_room;
	int ret;

	rig->echo = rig_grow(rig->echo, &rig->echo_room, rig->next_echo + 1U, 1);
	memset(rig->echo + room, 0, rig->echo_room - room);
	rig_begin(rig, rig->max_frames);
	ret = rig->driver->encode(rig->state, frame, rig->next_echo, &rig->io);
	if (ret == BRIDGED_TAKEN)
		rig->echo[rig->next_echo] = 1;
	if (ret >= 0)
		rig->next_echo++;
	if (ret < 0 && rig->io.out_len)
		rig_fault(rig, "a frame that was not taken left bytes behind");
	rig_end(rig);
	rig_tick(rig);
	return ret;
}

/* One call of decode(). Return: whether it did something */
static bool rig_decode(struct rig *rig)
{
	size_t len = rig->unread_len, used;
	uint8_t *exact = rig_block(len);
	bool idle;

	memcpy(exact, rig->unread, len);
	rig_begin(rig, rig->max_frames);
	used = rig->driver->decode(rig->state, exact, len, &rig->io);
	free(exact);
	idle = !used && !rig->io.n_frames && !rig->io.n_events;
	rig_end(rig);
	if (used > len) {
		rig_fault(rig, "decode() consumed more than it was given");
		used = len;
	}
	if (idle && len >= rig->driver->unit_max)
		rig_fault(rig, "decode() consumed nothing of a whole unit");
	rig->unread_len -= used;
	memmove(rig->unread, rig->unread + used, rig->unread_len);
	return !idle && !rig->fault;
}

void rig_feed(struct rig *rig, const uint8_t *input, size_t len)
{
	uint8_t *grown = realloc(rig->unread, rig->unread_len + len + 1);

	if (!grown)
		abort();
	rig->unread = grown;
	if (len)
		memcpy(rig->unread + rig->unread_len, input, len);
	rig->unread_len += len;
	while (rig->unread_len && rig_decode(rig))
		;
	rig_tick(rig);
}

void rig_pass(struct rig *rig, int64_t ns)
{
	struct anycan_mono end = anycan_mono_after(rig->now, ns);
	unsigned int stuck = 0;
	int64_t step;

	while (!rig->fault && rig->deadline.ns <= end.ns) {
		step = rig->deadline.ns > rig->now.ns ? rig->deadline.ns - rig->now.ns : 0;
		stuck = step ? 0 : stuck + 1;
		if (stuck > RIG_TICKS_MAX)
			rig_fault(rig, "tick() asks again and again for a time that has passed");
		rig->now.ns += step;
		rig->wall_ns += step;
		rig_tick(rig);
	}
	rig->wall_ns += end.ns - rig->now.ns;
	rig->now = end;
}

size_t rig_take(struct rig *rig, const uint8_t **bytes)
{
	size_t len = rig->sent_len;

	*bytes = rig->sent;
	rig->sent_len = 0;
	return len;
}

/* Let the adapter answer, or time pass. */
static void rig_converse(struct rig *rig)
{
	uint8_t reply[4096];
	const uint8_t *sent;
	size_t len = rig_take(rig, &sent);

	if (len && rig->setup.answer) {
		len = rig->setup.answer(sent, len, reply, sizeof(reply));
		if (len) {
			rig_feed(rig, reply, len);
			return;
		}
	}
	rig_pass(rig, 10 * ANYCAN_NS_PER_MS);
}

void rig_open(struct rig *rig)
{
	struct anycan_mono limit = anycan_mono_after(rig->now, RIG_OPEN_NS);

	if (rig->fault)
		return;
	rig_attach(rig);
	while (!rig->fault && !rig->ready && !rig->refused && rig->now.ns < limit.ns)
		rig_converse(rig);
	if (rig->fault || !rig->ready) {
		rig_fault(rig, "the adapter was not identified");
		return;
	}
	rig_start(rig);
	while (!rig->fault && !rig->opened && !rig->refused && rig->now.ns < limit.ns)
		rig_converse(rig);
	if (!rig->opened)
		rig_fault(rig, "the channel did not open");
	/* What the opening left behind is none of the check's business. */
	rig_converse(rig);
	rig->sent_len = 0;
	rig->n_frames = 0;
	rig->bad_units = rig->overruns = 0;
}
