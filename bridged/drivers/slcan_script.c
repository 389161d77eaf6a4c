// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Opening a channel, command by command: the next one goes out when the last was answered, or at
 * once where nothing is ever answered. The form of a script is that of slcan_script_build().
 */
#include "slcan.h"

#include <string.h>

/* Length of the command that begins at @at, without flag and CR. */
static size_t slcan_command_len(const char *at)
{
	return (size_t)(strchr(at, '\r') - at);
}

static void slcan_script_opened(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	bool restarted = ch->phase == SLCAN_RESTARTING;

	ch->phase = SLCAN_OPEN;
	ch->step = 0;
	ch->state = CAN_STATE_ERROR_ACTIVE;
	ch->bus_errors = false;
	anycan_clock_init(&ch->clock, SLCAN_STAMP_WRAP, ANYCAN_NS_PER_MS);
	slcan_tx_open(st, ch, io->now);
	ch->poll_pending = false;
	ch->poll_missed = 0;
	ch->poll = ANYCAN_NEVER;
	if (st->answers != SLCAN_SILENT && (st->dialect->features & SLCAN_STATUS) &&
	    st->options.poll_status_ms)
		ch->poll =
			anycan_mono_after(io->now, st->options.poll_status_ms * ANYCAN_NS_PER_MS);
	if (restarted) {
		ch->report_restart = true;
		return;
	}
	slcan_say(io, BRIDGED_OPENED, ch->number, NULL);
	if (!st->bitrate)
		slcan_say(io, BRIDGED_NOTE, ch->number,
			  "no bitrate given: the adapter keeps the one it has");
}

static void slcan_script_failed(struct slcan *st, struct slcan_channel *ch, const char *reason,
				struct bridged_io *io)
{
	ch->step = 0;
	slcan_put(io, ch->number, "C\r", 2);
	if (ch->phase == SLCAN_OPENING) {
		ch->phase = SLCAN_CLOSED;
		slcan_say(io, BRIDGED_REFUSED, ch->number, reason);
		return;
	}
	/* It opened before, so it will again. */
	ch->phase = SLCAN_BUS_OFF;
	ch->deadline = anycan_mono_after(io->now, st->settings.restart_ms * ANYCAN_NS_PER_MS);
	slcan_say(io, BRIDGED_NOTE, ch->number, reason);
}

void slcan_ask_version(struct slcan_channel *ch, struct bridged_io *io)
{
	slcan_put(io, ch->number, "V\r", 2);
	ch->asked++;
}

/* Send commands until one has to be answered. */
static void slcan_script_run(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	const char *at;
	size_t len;
	char flag;

	for (;;) {
		flag = ch->script[ch->script_at];
		if (!flag) {
			slcan_script_opened(st, ch, io);
			return;
		}
		at = ch->script + ch->script_at + 1;
		len = slcan_command_len(at) + 1;
		slcan_put(io, ch->number, at, len);
		ch->asked += flag == '=';
		if (flag == '-' || st->answers == SLCAN_SILENT) {
			ch->script_at += 1 + len;
			continue;
		}
		ch->step = flag;
		ch->deadline =
			anycan_mono_after(io->now, flag == '!' ? SLCAN_ANSWER_NS : SLCAN_ASK_NS);
		return;
	}
}

/* On to the command after the one that waits. */
static void slcan_script_next(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	ch->script_at += slcan_command_len(ch->script + ch->script_at) + 1;
	ch->step = 0;
	slcan_script_run(st, ch, io);
}

void slcan_script_start(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	ch->script_at = 0;
	slcan_script_run(st, ch, io);
}

void slcan_script_answer(struct slcan *st, struct slcan_channel *ch, bool yes, char code,
			 struct bridged_io *io)
{
	const char *command = ch->script + ch->script_at + 1;

	if (ch->step == '?' || (ch->step == '!' && yes))
		slcan_script_next(st, ch, io);
	else if (ch->step == '!')
		slcan_script_failed(
			st, ch, slcan_script_refusal(st, command, slcan_command_len(command), code),
			io);
}

void slcan_script_version(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	if (ch->step == '=')
		slcan_script_next(st, ch, io);
}

/* Nothing was answered since the adapter is there: it never will, and needs not to. */
static void slcan_script_go_silent(struct slcan *st, struct slcan_channel *ch,
				   struct bridged_io *io)
{
	st->answers = SLCAN_SILENT;
	slcan_say(io, BRIDGED_NOTE, ch->number,
		  "the adapter does not answer commands; frames are sent without confirmation");
	slcan_script_next(st, ch, io);
}

struct anycan_mono slcan_script_tick(struct slcan *st, struct slcan_channel *ch,
				     struct bridged_io *io)
{
	const char *command = ch->script + ch->script_at + 1;
	struct anycan_string text;

	if (!ch->step)
		return ANYCAN_NEVER;
	if (io->now.ns < ch->deadline.ns)
		return ch->deadline;
	if (ch->step != '!') {
		ch->asked = 0;
		slcan_script_next(st, ch, io);
	} else if (!st->answered) {
		slcan_script_go_silent(st, ch, io);
	} else {
		text = slcan_text(st);
		anycan_string_add(&text, st->model);
		anycan_string_add(&text, " did not answer the command ");
		anycan_string_add_n(&text, command, slcan_command_len(command));
		anycan_string_add(&text, "; unplug it and plug it in again");
		slcan_script_failed(st, ch, slcan_text_end(st, &text), io);
	}
	return ch->step ? ch->deadline : ANYCAN_NEVER;
}
