// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Which adapter is it? Closed twice, so that half a command left behind by somebody harms
 * nothing (never by bare CRs: canable firmwares repeat the last command on those), then asked
 * for its version, once more if it is silent. Sources: see slcan_dialect.h.
 */
#include "slcan.h"

#include <anycan/hex.h>
#include <string.h>

void slcan_probe_start(struct slcan *st, struct bridged_io *io)
{
	const struct slcan_dialect *forced = NULL;

	if (st->options.dialect)
		forced = &slcan_dialects[st->options.dialect - 1];
	st->dialect = forced;
	slcan_timing_init(&st->timing, forced ? forced : slcan_generic, st->s7_bps);
	st->answers = SLCAN_SILENT;
	st->answered = st->versioned = false;
	st->noted_wait = st->noted_error = false;
	st->channels = 1;
	st->model[0] = st->firmware[0] = '\0';
	st->hw_version[0] = st->sw_version[0] = st->serial[0] = '\0';
	slcan_put(io, 0, "C\rC\r", 4);
	st->stage = SLCAN_DECIDED;
	st->deadline = io->now;
	if (forced && !(forced->features & SLCAN_ASK_VERSION))
		return;
	slcan_ask_version(&st->channel[0], io);
	st->stage = SLCAN_ASK_FIRST;
	st->deadline = anycan_mono_after(io->now, SLCAN_ASK_NS);
}

/* Keep printable text, cut to fit. */
static void slcan_keep(char *field, size_t size, const char *text, size_t len)
{
	size_t i;

	if (len > size - 1)
		len = size - 1;
	for (i = 0; i < len; i++)
		field[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	field[len] = '\0';
}

/* The number that @text begins with; 0 = none. */
static uint32_t slcan_decimal(const char *text, size_t len)
{
	uint32_t value = 0;
	size_t i;

	for (i = 0; i < len && i < 9 && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (uint32_t)(text[i] - '0');
	return value;
}

/* A two-digit field of `Vhhss`, without its leading zero. */
static void slcan_keep_version(char *field, const char *digits)
{
	bool zero = digits[0] == '0';

	slcan_keep(field, 16, digits + zero, 2U - zero);
}

/* "512,256,128,128,32,32,16,16": prescaler, segments, jump width, nominal and data */
static void slcan_keep_limits(struct slcan_timing *timing, const char *text, size_t len)
{
	uint32_t value[8] = {0};
	size_t at = 0, i;

	for (i = 0; i < 8 && at < len; i++) {
		value[i] = slcan_decimal(text + at, len - at);
		if (!value[i] || value[i] > UINT16_MAX)
			return;
		while (at < len && text[at] != ',')
			at++;
		at++;
	}
	if (i < 8)
		return;
	timing->nominal.brp_max = (uint16_t)value[0];
	timing->nominal.seg1_max = (uint16_t)value[1];
	timing->nominal.seg2_max = (uint16_t)value[2];
	timing->nominal.sjw_max = (uint16_t)value[3];
	timing->data.brp_max = (uint16_t)value[4];
	timing->data.seg1_max = (uint16_t)value[5];
	timing->data.seg2_max = (uint16_t)value[6];
	timing->data.sjw_max = (uint16_t)value[7];
}

static void slcan_canable25_pair(struct slcan *st, const char *key, size_t key_len,
				 const char *value, size_t len)
{
	uint32_t number = slcan_decimal(value, len);
	struct anycan_string model;

	if (key_len == 6 && !memcmp(key, "+Board", 6)) {
		anycan_string_init(&model, st->model, sizeof(st->model));
		anycan_string_add(&model, "CANable 2.5 on ");
		slcan_keep(st->model + model.len, sizeof(st->model) - model.len, value, len);
	} else if (key_len == 3 && !memcmp(key, "MCU", 3)) {
		slcan_keep(st->hw_version, sizeof(st->hw_version), value, len);
	} else if (key_len == 5 && !memcmp(key, "Slcan", 5)) {
		slcan_keep(st->sw_version, sizeof(st->sw_version), value, len);
	} else if (key_len == 6 && !memcmp(key, "Serial", 6)) {
		slcan_keep(st->serial, sizeof(st->serial), value, len);
	} else if (key_len == 8 && !memcmp(key, "Firmware", 8)) {
		/* A date, its decimal digits written as hexadecimal ones. */
		anycan_hex_put_number(st->firmware, 6, number);
		st->firmware[6] = '\0';
	} else if (key_len == 5 && !memcmp(key, "Clock", 5) && number && number <= 1000) {
		st->timing.nominal.clock_hz = st->timing.data.clock_hz = number * 1000000;
	} else if (key_len == 8 && !memcmp(key, "Channels", 8)) {
		st->channels = number > SLCAN_CHANNELS ? SLCAN_CHANNELS : number ? number : 1;
	} else if (key_len == 6 && !memcmp(key, "Limits", 6)) {
		slcan_keep_limits(&st->timing, value, len);
	}
}

/* "+Board: Multiboard TAB MCU: STM32G431 TAB ..." */
static void slcan_canable25_version(struct slcan *st, const char *line, size_t len)
{
	size_t at = 0, end, colon;

	while (at < len) {
		for (end = at; end < len && line[end] != '\t'; end++)
			;
		for (colon = at; colon + 1 < end && line[colon] != ':'; colon++)
			;
		if (colon + 2 <= end && line[colon + 1] == ' ')
			slcan_canable25_pair(st, line + at, colon - at, line + colon + 2,
					     end - colon - 2);
		at = end + 1;
	}
}

/* READY or REFUSED. */
static void slcan_probe_decide(struct slcan *st, struct bridged_io *io)
{
	const char *reason;

	if (!st->dialect) {
		st->dialect = st->answered ? slcan_lawicel : slcan_generic;
		slcan_timing_init(&st->timing, st->dialect, st->s7_bps);
	}
	st->answers = st->dialect->answers;
	st->rtr_stamps = st->dialect->features & SLCAN_STAMPS;
	st->timing.three_samples = st->settings.ctrlmode.flags & CAN_CTRLMODE_3_SAMPLES;
	slcan_rate_array(&st->timing, false, st->rates, 17);
	slcan_rate_array(&st->timing, true, st->drates, 17);
	if (!st->model[0])
		slcan_keep(st->model, sizeof(st->model), st->dialect->model,
			   strlen(st->dialect->model));
	reason = slcan_script_build(st, &st->channel[0]);
	st->stage = reason ? SLCAN_UNUSABLE : SLCAN_IDENTIFIED;
	slcan_say(io, reason ? BRIDGED_REFUSED : BRIDGED_READY, 0, reason);
}

/* The version is known: take what it tells and go on. */
static void slcan_probe_identified(struct slcan *st, const struct slcan_dialect *row,
				   const char *line, size_t len, struct bridged_io *io)
{
	if (!st->dialect)
		st->dialect = row;
	st->versioned = true;
	slcan_timing_init(&st->timing, st->dialect, st->s7_bps);
	slcan_keep(st->firmware, sizeof(st->firmware), line, len);
	if (row == slcan_lawicel && len == 5) {
		slcan_keep_version(st->hw_version, line + 1);
		slcan_keep_version(st->sw_version, line + 3);
	}
	if (st->dialect->features & SLCAN_CHANNEL_PREFIX)
		slcan_canable25_version(st, line, len);
	if (st->dialect->features & SLCAN_SERIAL) {
		slcan_put(io, 0, "N\r", 2);
		st->stage = SLCAN_ASK_NUMBER;
		st->deadline = anycan_mono_after(io->now, SLCAN_ASK_NS);
		return;
	}
	slcan_probe_decide(st, io);
}

bool slcan_probe_line(struct slcan *st, const char *line, size_t len, struct bridged_io *io)
{
	const struct slcan_dialect *row = slcan_identify(line, len);

	if (st->stage == SLCAN_ASK_NUMBER && line[0] == 'N') {
		slcan_keep(st->serial, sizeof(st->serial), line + 1, len - 1);
		slcan_probe_decide(st, io);
		return true;
	}
	if (st->stage != SLCAN_ASK_FIRST && st->stage != SLCAN_ASK_AGAIN)
		return row || line[0] == 'V' || line[0] == 'v' || line[0] == 'N';
	if (row) {
		slcan_probe_identified(st, row, line, len, io);
		return true;
	}
	/* Perhaps a version in unknown words, perhaps what a board says when it starts. */
	slcan_keep(st->firmware, sizeof(st->firmware), line, len);
	return line[0] == 'V';
}

void slcan_probe_answer(struct slcan *st, struct bridged_io *io)
{
	st->answered = true;
	/* Whatever was asked before the version has been answered: this is about the number. */
	if (st->stage == SLCAN_ASK_NUMBER)
		slcan_probe_decide(st, io);
}

struct anycan_mono slcan_probe_tick(struct slcan *st, struct bridged_io *io)
{
	if (st->stage == SLCAN_DETACHED || st->stage >= SLCAN_IDENTIFIED)
		return ANYCAN_NEVER;
	if (io->now.ns < st->deadline.ns)
		return st->deadline;
	if (st->stage == SLCAN_ASK_FIRST) {
		slcan_ask_version(&st->channel[0], io);
		st->stage = SLCAN_ASK_AGAIN;
		st->deadline = anycan_mono_after(io->now, SLCAN_ASK_NS);
		return st->deadline;
	}
	slcan_probe_decide(st, io);
	return ANYCAN_NEVER;
}
