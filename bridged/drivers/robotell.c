// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * robotell: the Robotell USB-CAN adapter, one channel of classic CAN behind a CH340. This file
 * holds the driver's hooks; the sources of what is known are named in robotell_codec.h.
 */
#include "robotell.h"
#include "refusal.h"

#include <errno.h>
#include <string.h>

/* Room that one packet of input may need: for events, and for the next question. */
#define ROBOTELL_EVENT_ROOM 4
#define ROBOTELL_OUT_ROOM (ROBOTELL_JOBS * ROBOTELL_PACKET_MAX)

static const char *const robotell_switch_words[] = {"stored", "on", "off", NULL};

static const struct bridged_option robotell_options_table[] = {
	{.name = "auto-bus-management",
	 .alias = "auto_bus_management",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct robotell_options, auto_bus),
	 .choices = robotell_switch_words,
	 .fallback = "stored",
	 .help = "back on the bus by itself after bus-off: on, off, or as stored (default)"},
	{.name = "auto-retransmit",
	 .alias = "auto_retransmit",
	 .type = BRIDGED_OPT_CHOICE,
	 .offset = offsetof(struct robotell_options, auto_retransmit),
	 .choices = robotell_switch_words,
	 .fallback = "stored",
	 .help = "repeat frames until acknowledged: on, off, or as stored (default)"},
	{.name = "filter",
	 .type = BRIDGED_OPT_TEXT,
	 .offset = offsetof(struct robotell_options, filter),
	 .help = "N=ID:MASK,N=off,...: the adapter's filters 1 to 14, in hex (as stored)"},
	{.name = NULL},
};

static const char *const robotell_factory_words[] = {"yes", NULL};

static const struct bridged_option robotell_live[] = {
	[ROBOTELL_LIVE_AUTO_BUS] = {.name = "auto-bus-management",
				    .alias = "auto_bus_management",
				    .type = BRIDGED_OPT_FLAG,
				    .offset = offsetof(struct robotell_live, auto_bus),
				    .help = "back on the bus by itself after bus-off: on, off"},
	[ROBOTELL_LIVE_AUTO_RETRANSMIT] = {.name = "auto-retransmit",
					   .alias = "auto_retransmit",
					   .type = BRIDGED_OPT_FLAG,
					   .offset =
						   offsetof(struct robotell_live, auto_retransmit),
					   .help = "repeat frames until acknowledged: on, off"},
	[ROBOTELL_LIVE_FACTORY] = {.name = "factory-reset",
				   .alias = "factory_reset",
				   .type = BRIDGED_OPT_CHOICE,
				   .offset = offsetof(struct robotell_live, factory_reset),
				   .choices = robotell_factory_words,
				   .help = "yes: everything that it stores, as it was delivered"},
	[ROBOTELL_LIVE_FILTER] = {.name = "filter",
				  .type = BRIDGED_OPT_TEXT,
				  .offset = offsetof(struct robotell_live, filter),
				  .help = "N=ID:MASK,N=off,...: filters 1 to 14, in hex"},
	[ROBOTELL_LIVE_SERIAL_RATE] = {.name = "serial-rate",
				       .alias = "serial_rate",
				       .type = BRIDGED_OPT_UINT,
				       .offset = offsetof(struct robotell_live, serial_rate),
				       .min = 1200,
				       .max = 3000000,
				       .help = "its rate on the serial line, in bit/s; then start "
					       "bridged again with @RATE"},
	{.name = NULL},
};

static const struct refusal_limits robotell_limits = {
	.adapter = "a robotell adapter",
	.bitrate_max = 1000000,
	.restart_step = "leave it out; `auto-bus-management on` lets it come back by itself",
	.hint = {{CAN_CTRLMODE_ONE_SHOT,
		  "leave it out; `auto-retransmit off` is what it has, and it stores that"}},
};

void robotell_say(struct bridged_io *io, enum bridged_event_type type, const char *reason)
{
	struct bridged_event *event = bridged_io_event(io, type, 0);

	if (event)
		event->reason = reason;
}

static int robotell_init(void *state, const struct bridged_settings *settings, const void *options,
			 const char **reason)
{
	struct robotell *st = state;

	st->options = *(const struct robotell_options *)options;
	*reason = refusal_of(&robotell_limits, settings, st->text, sizeof(st->text));
	if (!*reason)
		*reason = robotell_config_parse(st);
	return *reason ? -EINVAL : 0;
}

static void robotell_attach(void *state, struct bridged_io *io)
{
	struct robotell *st = state;

	st->phase = ROBOTELL_PROBING;
	st->heard = st->mute = st->skipping = st->blocked = false;
	st->bitrate = 0;
	st->number[0] = st->version[0] = '\0';
	robotell_config_forget(st);
	robotell_config_probe(st, io);
}

static void robotell_describe(const void *state, struct bridged_description *desc)
{
	const struct robotell *st = state;
	struct anycan_string text;

	memset(desc, 0, sizeof(*desc));
	anycan_string_init(&text, desc->model, sizeof(desc->model));
	anycan_string_add(&text, "Robotell USB-CAN");
	anycan_string_init(&text, desc->serial, sizeof(desc->serial));
	anycan_string_add(&text, st->number);
	anycan_string_init(&text, desc->sw_version, sizeof(desc->sw_version));
	anycan_string_add(&text, st->version);
	desc->channels = 1;
	desc->bitrate = st->bitrate;
	desc->confirm = BRIDGED_CONFIRM_NONE;
}

void robotell_settled(struct robotell *st, const char *reason, struct bridged_io *io)
{
	if (st->phase == ROBOTELL_PROBING) {
		st->phase = ROBOTELL_CLOSED;
		bridged_io_event(io, BRIDGED_READY, 0);
		if (st->mute)
			robotell_say(io, BRIDGED_NOTE,
				     "the adapter does not answer questions: what it stores is not "
				     "known, and settings are written without a look at them");
	} else if (st->phase == ROBOTELL_OPENING && reason) {
		st->phase = ROBOTELL_CLOSED;
		robotell_say(io, BRIDGED_REFUSED, reason);
	} else if (st->phase == ROBOTELL_OPENING) {
		st->phase = ROBOTELL_OPEN;
		st->blocked = false;
		pace_init(&st->pace, st->bitrate, 0, 0, io->now);
		bridged_io_event(io, BRIDGED_OPENED, 0);
	}
}

static void robotell_start(void *state, unsigned int channel,
			   const struct bridged_settings *settings, struct bridged_io *io)
{
	struct robotell *st = state;
	const char *reason = "the adapter is not identified yet";

	(void)channel;
	if (st->phase == ROBOTELL_CLOSED)
		reason = refusal_of(&robotell_limits, settings, st->text, sizeof(st->text));
	if (reason) {
		robotell_say(io, BRIDGED_REFUSED, reason);
		return;
	}
	st->phase = ROBOTELL_OPENING;
	st->wanted = settings->nominal.bitrate;
	robotell_config_open(st, io);
}

static void robotell_set(void *state, unsigned int channel, const struct bridged_option *option,
			 const void *values, struct bridged_io *io)
{
	(void)channel;
	robotell_config_set(state, (enum robotell_live_key)(option - robotell_live), values, io);
}

/* There is no command for that: the adapter stays on the bus, and nobody listens to it. */
static void robotell_stop(void *state, unsigned int channel, struct bridged_io *io)
{
	struct robotell *st = state;

	(void)channel;
	(void)io;
	if (st->phase > ROBOTELL_CLOSED)
		st->phase = ROBOTELL_CLOSED;
}

/* ---- Frames */

static void robotell_frame(struct robotell *st, const struct robotell_packet *packet,
			   struct bridged_io *io)
{
	struct anycan_frame *frame = bridged_io_frame(io);

	if (!frame)
		return; /* the caller has seen to it */
	if (!robotell_packet_to_frame(packet, frame)) {
		io->bad_units++;
		return;
	}
	frame->ts_ns = io->wall_ns;
	if (st->phase == ROBOTELL_OPEN)
		pace_received(&st->pace, frame, io->now);
	io->n_frames++;
}

static bool robotell_has_room(const struct bridged_io *io)
{
	return io->n_frames < io->max_frames &&
	       io->n_events + ROBOTELL_EVENT_ROOM <= io->max_events &&
	       io->out_max - io->out_len >= ROBOTELL_OUT_ROOM;
}

static void robotell_take(struct robotell *st, enum robotell_found found,
			  const struct robotell_packet *packet, struct bridged_io *io)
{
	bool was_skipping = st->skipping;

	st->skipping = found != ROBOTELL_PACKET;
	if (found == ROBOTELL_BROKEN || (found == ROBOTELL_STRAY && !was_skipping))
		io->bad_units++;
	else if (found == ROBOTELL_PACKET && packet->channel == ROBOTELL_CONFIG_CHANNEL)
		robotell_config_answer(st, packet, io);
	else if (found == ROBOTELL_PACKET)
		robotell_frame(st, packet, io);
}

static size_t robotell_decode(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct robotell *st = state;
	struct robotell_packet packet;
	enum robotell_found found;
	size_t at = 0, used;

	while (at < len && robotell_has_room(io)) {
		found = robotell_packet_get(in + at, len - at, &packet, &used);
		if (found == ROBOTELL_MORE)
			break;
		at += used;
		robotell_take(st, found, &packet, io);
	}
	return at;
}

static int robotell_encode(void *state, const struct anycan_frame *frame, uint32_t echo,
			   struct bridged_io *io)
{
	struct robotell *st = state;
	struct robotell_packet packet;

	(void)echo;
	if (!refusal_can_send(frame))
		return -EOPNOTSUPP;
	if (io->out_max - io->out_len < ROBOTELL_PACKET_MAX)
		return -EAGAIN;
	st->blocked = st->phase != ROBOTELL_OPEN || !pace_ready(&st->pace, io->now);
	if (st->blocked)
		return -EAGAIN;
	packet = robotell_packet_of(frame);
	io->out_len += robotell_packet_put(&packet, io->out + io->out_len);
	pace_sent(&st->pace, frame);
	return BRIDGED_TAKEN_DONE;
}

static struct anycan_mono robotell_tick(void *state, struct bridged_io *io)
{
	struct robotell *st = state;
	struct anycan_mono next = robotell_config_tick(st, io);

	if (st->phase == ROBOTELL_OPEN)
		next = anycan_mono_min(next, pace_due(&st->pace, &st->blocked, io->now));
	return next;
}

const struct bridged_driver robotell_driver = {
	.name = "robotell",
	.summary = "serial adapters: Robotell USB-CAN (CH340), one channel",
	.transport = BRIDGED_STREAM,
	.options = robotell_options_table,
	.options_size = sizeof(struct robotell_options),
	.live = robotell_live,
	.live_size = sizeof(struct robotell_live),
	.state_size = sizeof(struct robotell),
	.unit_max = ROBOTELL_PACKET_MAX,
	.init = robotell_init,
	.attach = robotell_attach,
	.describe = robotell_describe,
	.start = robotell_start,
	.stop = robotell_stop,
	.set = robotell_set,
	.decode = robotell_decode,
	.encode = robotell_encode,
	.tick = robotell_tick,
};
