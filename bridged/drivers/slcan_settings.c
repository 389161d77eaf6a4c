// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the user wants against what the adapter can: the script that opens it, or one sentence
 * that names the setting, the adapter and the next step. Sources: see slcan_dialect.h.
 */
#include "slcan.h"

#include <string.h>

struct slcan_mode {
	uint32_t bit;
	const char *word;
	const char *hint;
};

/* Control modes in the words of ip link. */
static const struct slcan_mode slcan_modes[] = {
	{CAN_CTRLMODE_LOOPBACK, "loopback", "leave it out; netdevs loop back without it"},
	{CAN_CTRLMODE_LISTENONLY, "listen-only", "leave it out or use an adapter that can"},
	{CAN_CTRLMODE_3_SAMPLES, "triple-sampling", "leave it out"},
	{CAN_CTRLMODE_ONE_SHOT, "one-shot", "leave it out; frames are repeated then"},
	{CAN_CTRLMODE_FD, "fd", "leave out fd and dbitrate"},
	{CAN_CTRLMODE_PRESUME_ACK, "presume-ack", "leave it out"},
	{CAN_CTRLMODE_FD_NON_ISO, "fd-non-iso", "leave it out"},
	{CAN_CTRLMODE_CC_LEN8_DLC, "cc-len8-dlc", "leave it out"},
};

/* "KEY VALUE: MODEL " */
static struct anycan_string slcan_complain(struct slcan *st, const char *key, const char *value)
{
	struct anycan_string text = slcan_text(st);

	anycan_string_add(&text, key);
	anycan_string_add(&text, " ");
	anycan_string_add(&text, value);
	anycan_string_add(&text, ": ");
	anycan_string_add(&text, st->model[0] ? st->model : st->dialect->model);
	anycan_string_add(&text, " ");
	return text;
}

static const char *slcan_complaint(struct slcan *st, const char *key, const char *value,
				   const char *rest)
{
	struct anycan_string text = slcan_complain(st, key, value);

	anycan_string_add(&text, rest);
	return slcan_text_end(st, &text);
}

static const char *slcan_check_modes(struct slcan *st)
{
	uint32_t lacking = st->settings.ctrlmode.flags & ~slcan_ctrlmodes(st->dialect);
	struct anycan_string text;
	size_t i;

	for (i = 0; i < sizeof(slcan_modes) / sizeof(slcan_modes[0]); i++) {
		if (!(lacking & slcan_modes[i].bit))
			continue;
		text = slcan_complain(st, slcan_modes[i].word, "on");
		anycan_string_add(&text, "cannot do that; ");
		anycan_string_add(&text, slcan_modes[i].hint);
		return slcan_text_end(st, &text);
	}
	return NULL;
}

static void slcan_decimal_text(char text[24], uint64_t value)
{
	struct anycan_string string;

	anycan_string_init(&string, text, 24);
	anycan_string_add_uint(&string, value);
}

static const char *slcan_rate_complaint(struct slcan *st, bool data,
					const struct can_bittiming *want)
{
	const struct slcan_limits *limits = data ? &st->timing.data : &st->timing.nominal;
	struct anycan_string text;
	char value[24];

	slcan_decimal_text(value, want->tq ? want->tq : want->bitrate);
	if (!limits->clock_hz && want->tq)
		return slcan_complaint(st, data ? "dtq" : "tq", value,
				       "has fixed bit timing; give a bit rate instead");
	if (!limits->clock_hz && (want->sample_point || want->sjw))
		return slcan_complaint(st, data ? "dbitrate" : "bitrate", value,
				       "has fixed sample points; leave out sample-point and sjw");
	if (want->tq)
		return slcan_complaint(st, data ? "dtq" : "tq", value,
				       "cannot set these segments; give a bit rate instead");
	text = slcan_complain(st, data ? "dbitrate" : "bitrate", value);
	anycan_string_add(&text, limits->clock_hz ? "has " : "has only ");
	slcan_rate_list(&st->timing, data, &text);
	if (limits->clock_hz) {
		anycan_string_add(&text, " and what divides its clock of ");
		anycan_string_add_uint(&text, limits->clock_hz);
		anycan_string_add(&text, " Hz");
	}
	anycan_string_add(&text, "; choose one of these");
	return slcan_text_end(st, &text);
}

static void slcan_step(struct anycan_string *script, char flag, const char *command)
{
	if (!command)
		return;
	anycan_string_add_n(script, &flag, 1);
	anycan_string_add(script, command);
	anycan_string_add(script, "\r");
}

static const char *slcan_add_btr(struct slcan *st, struct anycan_string *script)
{
	char command[SLCAN_COMMAND_ROOM] = "s";
	const char *btr = st->options.btr;

	if (st->dialect->timing != SLCAN_TIMING_SJA1000)
		return slcan_complaint(st, "btr", btr,
				       "has no such registers; give a bit rate instead");
	memcpy(command + 1, btr, 5);
	slcan_step(script, '!', command);
	st->bitrate = slcan_btr_bps(btr);
	return NULL;
}

static bool slcan_is_set(const struct can_bittiming *timing)
{
	return timing->bitrate || timing->tq;
}

static const char *slcan_add_rates(struct slcan *st, struct anycan_string *script)
{
	const struct bridged_settings *set = &st->settings;
	char command[SLCAN_COMMAND_ROOM];

	st->bitrate = st->dbitrate = 0;
	if (st->options.btr)
		return slcan_add_btr(st, script);
	if (slcan_is_set(&set->nominal)) {
		if (!slcan_timing_command(&st->timing, &set->nominal, false, command, &st->bitrate))
			return slcan_rate_complaint(st, false, &set->nominal);
		slcan_step(script, '!', command);
	}
	if (!(set->ctrlmode.flags & CAN_CTRLMODE_FD) || !slcan_is_set(&set->data))
		return NULL;
	if (!slcan_timing_command(&st->timing, &set->data, true, command, &st->dbitrate))
		return slcan_rate_complaint(st, true, &set->data);
	slcan_step(script, '!', command);
	return NULL;
}

static const char *slcan_add_extras(struct slcan *st, struct anycan_string *script)
{
	const struct slcan_dialect *dialect = st->dialect;
	const char *lack;
	char ohms[24];

	if (st->settings.has_termination) {
		slcan_decimal_text(ohms, st->settings.termination);
		if (!(dialect->features & SLCAN_TERMINATION))
			return slcan_complaint(st, "termination", ohms,
					       "cannot switch it; leave it out");
		if (st->settings.termination && st->settings.termination != 120)
			return slcan_complaint(st, "termination", ohms, "has only 0 and 120 ohms");
		/* A board without a switch has nothing to switch off. */
		if (st->settings.termination)
			slcan_step(script, '!', "MR");
		else
			slcan_step(script, '?', "Mr");
	}
	if (st->options.timestamp == SLCAN_STAMPS_ON && !(dialect->features & SLCAN_STAMPS))
		return slcan_complaint(st, "timestamp", "on", "has no time stamps; leave it out");
	if (st->options.timestamp != SLCAN_STAMPS_AUTO && (dialect->features & SLCAN_STAMPS))
		slcan_step(script, '!', st->options.timestamp == SLCAN_STAMPS_ON ? "Z1" : "Z0");
	lack = slcan_filters_commands(dialect, &st->filters, st->filters.n ? "!" : "?", script);
	if (lack) {
		struct anycan_string text = slcan_complain(st, "filter", st->options.filter);

		anycan_string_add(&text, "cannot do that, ");
		anycan_string_add(&text, lack);
		anycan_string_add(&text, "; filter in the application (candump can0,ID:MASK)");
		return slcan_text_end(st, &text);
	}
	return NULL;
}

static const char *slcan_open_command(const struct slcan *st)
{
	uint32_t modes = st->settings.ctrlmode.flags;

	if (modes & CAN_CTRLMODE_LOOPBACK)
		return modes & CAN_CTRLMODE_LISTENONLY ? st->dialect->loop_only
						       : st->dialect->loopback;
	return modes & CAN_CTRLMODE_LISTENONLY ? st->dialect->listen : st->dialect->open;
}

static void slcan_add_close(const struct slcan *st, struct anycan_string *script)
{
	/*
	 * Answers to what was sent before may still be on their way: the version, which looks
	 * like no other answer, is asked for to get behind them, or else time has to pass.
	 */
	if (st->answers == SLCAN_CR_BEL && !st->versioned) {
		slcan_step(script, '~', "C");
		return;
	}
	slcan_step(script, '-', "C");
	if (st->answers != SLCAN_SILENT)
		slcan_step(script, '=', "V");
}

const char *slcan_script_build(struct slcan *st, struct slcan_channel *ch)
{
	const struct slcan_dialect *dialect = st->dialect;
	uint32_t modes = st->settings.ctrlmode.flags;
	struct anycan_string script;
	const char *reason;

	anycan_string_init(&script, ch->script, sizeof(ch->script));
	ch->script_at = 0;
	reason = slcan_check_modes(st);
	if (reason)
		return reason;
	slcan_add_close(st, &script);
	slcan_step(&script, '?', dialect->reset);
	slcan_step(&script, '!', dialect->modes);
	reason = slcan_add_rates(st, &script);
	if (reason)
		return reason;
	slcan_step(&script, '!',
		   modes & CAN_CTRLMODE_LISTENONLY ? dialect->silent : dialect->normal);
	slcan_step(&script, '!',
		   modes & CAN_CTRLMODE_ONE_SHOT ? dialect->one_shot : dialect->repeat);
	reason = slcan_add_extras(st, &script);
	if (reason)
		return reason;
	slcan_step(&script, '?', dialect->optional);
	slcan_step(&script, '!', slcan_open_command(st));
	return NULL;
}

/* What the codes of CANable 2.5 mean. */
static const char *slcan_code_words(char code)
{
	static const char *const words[] = {
		"it does not know the command",
		"it does not know the parameter",
		"it has to be open for that",
		"it has to be closed for that",
		"its CAN controller reported an error",
		"the board cannot do that",
		"its transmit buffer is full",
		"it is bus-off",
		"it is silent",
		"it has no bit rate; give one with `bitrate`",
		"its option bytes could not be set",
		"it has to be unplugged and plugged in again",
		"the value is out of its range",
	};

	if (code < '1' || code > '=')
		return "it does not say why";
	return words[code - '1'];
}

static const char *slcan_command_hint(const struct slcan *st, char command)
{
	switch (command) {
	case 'S':
	case 's':
		return "it lacks that bit rate; choose another `bitrate`";
	case 'Y':
	case 'y':
		return "it lacks that data bit rate; choose another `dbitrate`";
	case 'O':
	case 'L':
		if (!st->bitrate && (st->dialect->features & SLCAN_NEEDS_BITRATE))
			return "it has no bit rate; give one with `bitrate`";
		if (command == 'L')
			return "it may lack listen-only; leave that out";
		return "unplug it and plug it in again";
	case 'M':
	case 'm':
	case 'F':
	case 'f':
		return st->filters.n ? "leave out `filter`" : "its firmware may be too old";
	case 'Z':
		return "leave out `timestamp`";
	}
	return "its firmware may be another one; set `dialect`";
}

const char *slcan_script_refusal(struct slcan *st, const char *command, size_t len, char code)
{
	struct anycan_string text = slcan_text(st);

	anycan_string_add(&text, st->model);
	if (st->firmware[0] && !(st->dialect->features & SLCAN_CHANNEL_PREFIX)) {
		anycan_string_add(&text, " (");
		anycan_string_add(&text, st->firmware);
		anycan_string_add(&text, ")");
	}
	anycan_string_add(&text, " refused the command ");
	anycan_string_add_n(&text, command, len);
	anycan_string_add(&text, ": ");
	anycan_string_add(&text,
			  code ? slcan_code_words(code) : slcan_command_hint(st, command[0]));
	return slcan_text_end(st, &text);
}

static bool slcan_any_can(const struct slcan *st, const struct can_bittiming *want, bool data)
{
	const struct slcan_dialect *row;
	char command[SLCAN_COMMAND_ROOM];
	struct slcan_timing timing;
	uint32_t bps;

	if (!slcan_is_set(want))
		return true;
	for (row = slcan_dialects; row->name; row++) {
		slcan_timing_init(&timing, row, st->s7_bps);
		if (slcan_timing_command(&timing, want, data, command, &bps))
			return true;
	}
	return false;
}

static const char *slcan_nobody(struct slcan *st, const char *key, uint32_t value)
{
	struct anycan_string text = slcan_text(st);

	anycan_string_add(&text, key);
	anycan_string_add(&text, " ");
	anycan_string_add_uint(&text, value);
	anycan_string_add(&text, ": no slcan adapter has it; usual ones are ");
	anycan_string_add(&text, key[0] == 'd' ? "2000000 and 5000000"
					       : "10000, 20000, 50000, 100000, 125000, 250000, "
						 "500000, 800000 and 1000000");
	return slcan_text_end(st, &text);
}

static const char *slcan_check_words(const struct slcan *st)
{
	const struct bridged_settings *set = &st->settings;
	bool fd = set->ctrlmode.flags & CAN_CTRLMODE_FD;

	if (st->options.btr && slcan_is_set(&set->nominal))
		return "btr and bitrate are both given; leave out one of them";
	if (st->options.btr && !slcan_btr_bps(st->options.btr))
		return "btr must be the registers BTR0 and BTR1 as 4 hex digits, as in 001C";
	if (fd && !slcan_is_set(&set->data))
		return "fd on needs the bit rate of the data phase; give it with `dbitrate`";
	if (!fd && slcan_is_set(&set->data))
		return "dbitrate is for CAN FD only; add `fd on` or leave it out";
	return NULL;
}

static const char *slcan_check_any_modes(struct slcan *st)
{
	uint32_t lacking = st->settings.ctrlmode.flags;
	const struct slcan_dialect *row;
	size_t i;

	for (row = slcan_dialects; row->name; row++)
		lacking &= ~slcan_ctrlmodes(row);
	for (i = 0; i < sizeof(slcan_modes) / sizeof(slcan_modes[0]); i++) {
		if (lacking & slcan_modes[i].bit) {
			struct anycan_string text = slcan_text(st);

			anycan_string_add(&text, slcan_modes[i].word);
			anycan_string_add(&text, " on: no slcan adapter can do that; leave it out");
			return slcan_text_end(st, &text);
		}
	}
	return NULL;
}

const char *slcan_settings_check(struct slcan *st)
{
	const char *reason = slcan_check_words(st);

	if (!reason)
		reason = slcan_check_any_modes(st);
	if (reason)
		return reason;
	if (st->options.filter && !slcan_filters_parse(&st->filters, st->options.filter))
		return "filter must be a list of up to 8 ID:MASK in hex, 3 or 8 digits each, as in "
		       "123:7FF,18FF0000:1FFF0000";
	if (!slcan_any_can(st, &st->settings.nominal, false))
		return slcan_nobody(st, "bitrate", st->settings.nominal.bitrate);
	if (!slcan_any_can(st, &st->settings.data, true))
		return slcan_nobody(st, "dbitrate", st->settings.data.bitrate);
	if (!st->options.dialect)
		return NULL;
	/* The user knows the adapter: what it cannot do need not wait until it is there. */
	st->dialect = &slcan_dialects[st->options.dialect - 1];
	slcan_timing_init(&st->timing, st->dialect, st->s7_bps);
	return slcan_script_build(st, &st->channel[0]);
}
