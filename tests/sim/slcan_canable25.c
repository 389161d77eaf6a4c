// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The CANable 2.5 with ElmueSoft's slcan firmware: CR and BEL, or with MF '#' and a code; C never
 * answers and forgets all settings; up to three channels behind prefixes.
 * Source: the firmware's behaviour, Elmue/CANable-2.5 3c94657 (Slcan 105), and its manual.
 */
#include "slcan_canable25.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <anycan/hex.h>

enum {
	CAN_CLOCK = 160000000,
	HIGHEST_BITRATE = 10000000,
	LONGEST_LOAD_INTERVAL = 100
};

static void c25_forget(struct slcan_channel *ch)
{
	struct c25_channel *c = c25_of(ch);

	c->debug = c->errors = c->feedback = c->echo = c->esi = false;
	ch->mode = SIM_NORMAL;
	ch->one_shot = false;
}

static void c25_power_on(struct slcan *s)
{
	for (unsigned int i = 0; i < s->adapter.node_count; i++) {
		*c25_of(&s->channel[i]) = (struct c25_channel){0};
		c25_forget(&s->channel[i]);
	}
}

static enum c25_feedback c25_close(struct slcan_channel *ch)
{
	if (ch->node.on) {
		slcan_close(ch);
		sim_node_flush(&ch->node);
		ch->bitrate = ch->dbitrate = 0;
		c25_of(ch)->filters = 0;
		c25_of(ch)->load_interval = 0;
	}
	c25_forget(ch);
	return C25_SILENT;
}

static enum c25_feedback c25_open(struct slcan_channel *ch, const char *line, size_t len)
{
	static const char letters[] = "NSIE";
	const char *letter = len == 2 ? strchr(letters, line[1]) : NULL;

	if (len > 2 || (len == 2 && (!letter || !*letter)))
		return C25_BAD_PARAMETER;
	if (letter)
		ch->mode = (enum sim_mode)(letter - letters);
	if (ch->node.on)
		return C25_MUST_BE_CLOSED;
	if (!ch->bitrate)
		return C25_NO_BITRATE;
	/* Without a data rate the controller is a classic one; it sits FD frames out. */
	ch->node.fd = ch->dbitrate ? SIM_FD_YES : SIM_FD_TOLERANT;
	c25_report_reset(ch);
	slcan_open(ch);
	return C25_OK;
}

static bool *c25_flag(struct c25_channel *c, char letter)
{
	switch (letter | 0x20) {
	case 'd':
		return &c->debug;
	case 'e':
		return &c->errors;
	case 'f':
		return &c->feedback;
	case 'm':
		return &c->echo;
	case 's':
		return &c->esi;
	default:
		return NULL;
	}
}

static enum c25_feedback c25_mode_letter(struct slcan_channel *ch, char letter)
{
	bool *flag = c25_flag(c25_of(ch), letter);

	if (flag) {
		*flag = letter < 'a';
		return C25_OK;
	}
	if (strchr("Aa01", letter) && ch->node.on)
		return C25_MUST_BE_CLOSED;
	if (letter == 'A' || letter == 'a')
		ch->one_shot = letter == 'a';
	else if (letter == '0' || letter == '1')
		ch->mode = letter == '1' ? SIM_LISTEN_ONLY : SIM_NORMAL;
	else if (letter == 'R' || letter == 'r')
		return C25_UNSUPPORTED; /* this board has no switched termination */
	else if (letter != 'I' && letter != 'i')
		return C25_BAD_PARAMETER;
	return C25_OK;
}

static enum c25_feedback c25_set_mode(struct slcan_channel *ch, const char *line, size_t len)
{
	if (len < 2)
		return C25_BAD_PARAMETER;
	for (size_t i = 1; i < len; i++) {
		enum c25_feedback result = c25_mode_letter(ch, line[i]);

		if (result != C25_OK)
			return result;
	}
	return C25_OK;
}

static enum c25_feedback c25_set_retry(struct slcan_channel *ch, const char *line, size_t len)
{
	if (len != 2)
		return C25_BAD_PARAMETER;
	if (ch->node.on)
		return C25_MUST_BE_CLOSED;
	if (line[1] != '0' && line[1] != '1')
		return C25_BAD_PARAMETER;
	ch->one_shot = line[1] == '0';
	return C25_OK;
}

static uint32_t c25_preset(char letter, char index)
{
	static const uint32_t nominal[] = {10000,  20000,  50000,  100000,  125000,
					   250000, 500000, 800000, 1000000, 83333};
	static const uint32_t more[] = {75011, 62500, 33333, 5000}; /* SA SB SC SD */
	static const uint32_t data[] = {500000,	 1000000, 2000000, 0,	    4000000,
					5000000, 0,	  0,	   8000000, 0};

	if (index >= '0' && index <= '9')
		return letter == 'S' ? nominal[index - '0'] : data[index - '0'];
	if (letter == 'S' && index >= 'A' && index <= 'D')
		return more[index - 'A'];
	return 0;
}

static enum c25_feedback c25_set_rate(struct slcan_channel *ch, bool data, uint32_t rate)
{
	if (ch->node.on)
		return C25_MUST_BE_CLOSED;
	if (rate > HIGHEST_BITRATE)
		return C25_OUT_OF_RANGE;
	if (data)
		ch->dbitrate = rate;
	else
		ch->bitrate = rate;
	return C25_OK;
}

/* sB,S1,S2,SJW and yB,S1,S2,SJW: decimal. */
static enum c25_feedback c25_set_timing(struct slcan_channel *ch, const char *line)
{
	static const uint64_t limits[2][4] = {{512, 256, 128, 128}, {32, 32, 16, 16}};
	bool data = line[0] == 'y';
	unsigned long values[4];
	const char *at = line + 1;

	for (size_t i = 0; i < 4; i++) {
		char *end;

		if (*at < '0' || *at > '9')
			return C25_BAD_PARAMETER;
		values[i] = strtoul(at, &end, 10);
		if (*end != (i < 3 ? ',' : '\0'))
			return C25_BAD_PARAMETER;
		at = end + 1;
	}
	if (ch->node.on)
		return C25_MUST_BE_CLOSED;
	for (size_t i = 0; i < 4; i++) {
		if (!values[i] || values[i] > limits[data][i])
			return C25_OUT_OF_RANGE;
	}
	return c25_set_rate(ch, data,
			    (uint32_t)(CAN_CLOCK / values[0] / (1 + values[1] + values[2])));
}

static enum c25_feedback c25_add_filter(struct slcan_channel *ch, bool ext, uint32_t id,
					uint32_t mask)
{
	struct c25_channel *c = c25_of(ch);
	uint32_t highest = ext ? CAN_EFF_MASK : CAN_SFF_MASK;

	if (c->filters == C25_FILTERS || id > highest || mask > highest)
		return C25_OUT_OF_RANGE;
	/* Open, only a single filter can be exchanged, for one of its kind. */
	if (ch->node.on) {
		if (c->filters != 1 || c->filter[0].ext != ext)
			return C25_MUST_BE_CLOSED;
		c->filters = 0;
	}
	c->filter[c->filters++] = (struct c25_filter){.ext = ext, .id = id, .mask = mask};
	return C25_OK;
}

/* F7E0,7FF;1F005000,1FFFFFFF */
static enum c25_feedback c25_set_filters(struct slcan_channel *ch, char *line)
{
	char *rest = line + 1, *word;

	while ((word = strsep(&rest, ";"))) {
		char *comma = strchr(word, ',');
		size_t digits = comma ? (size_t)(comma - word) : 0;
		enum c25_feedback result;
		uint32_t id, mask;

		if (!*word)
			break;
		if ((digits != 3 && digits != 8) || strlen(comma + 1) != digits ||
		    !anycan_hex_number(word, (unsigned int)digits, &id) ||
		    !anycan_hex_number(comma + 1, (unsigned int)digits, &mask))
			return C25_BAD_PARAMETER;
		result = c25_add_filter(ch, digits == 8, id, mask);
		if (result != C25_OK)
			return result;
	}
	return C25_OK;
}

static bool c25_accept(struct slcan_channel *ch, const struct anycan_frame *frame)
{
	const struct c25_channel *c = c25_of(ch);
	bool ext = frame->can_id & CAN_EFF_FLAG;

	for (unsigned int i = 0; i < c->filters; i++) {
		if (c->filter[i].ext == ext &&
		    !((frame->can_id ^ c->filter[i].id) & c->filter[i].mask & CAN_EFF_MASK))
			return true;
	}
	return !c->filters;
}

static enum c25_feedback c25_set_load(struct slcan_channel *ch, const char *line)
{
	struct c25_channel *c = c25_of(ch);
	uint64_t interval;

	if (!sim_number(line + 1, UINT32_MAX, &interval))
		return C25_BAD_PARAMETER;
	if (interval > LONGEST_LOAD_INTERVAL)
		return C25_OUT_OF_RANGE;
	c->load_interval = (unsigned int)interval;
	c->load_ns = sim_mono_ns();
	c->load_busy_ns = ch->node.bus->busy_ns;
	c->load_bus_ns = ch->node.bus->now_ns;
	return C25_OK;
}

static enum c25_feedback c25_version(struct slcan_channel *ch)
{
	const struct slcan *s = ch->slcan;
	char text[512];
	int len;

	if (strcmp(s->version, s->dialect->version))
		len = snprintf(text, sizeof(text), "+%s\r", s->version);
	else
		len = snprintf(text, sizeof(text),
			       "+%s\tChannels: %u\tQuartz: No"
			       "\tLimits: 512,256,128,128,32,32,16,16\tHAL: 1.2.5\tSerial: %s\r",
			       s->version, s->adapter.node_count, s->serial);
	slcan_say(ch, text, (size_t)len);
	return C25_SILENT;
}

/* ---- frames */

static enum c25_feedback c25_may_send(const struct slcan_channel *ch)
{
	if (!ch->node.on)
		return C25_MUST_BE_OPEN;
	if (ch->node.mode == SIM_LISTEN_ONLY)
		return C25_NO_TX_SILENT;
	if (ch->node.state == SIM_BUS_OFF)
		return C25_BUS_OFF;
	return C25_OK;
}

static enum c25_feedback c25_check_id(const char *line, size_t len)
{
	unsigned int digits = line[0] >= 'A' && line[0] <= 'Z' ? 8 : 3;
	uint32_t id;

	if (len < 2 + digits || !anycan_hex_number(line + 1, digits, &id))
		return C25_BAD_PARAMETER;
	return id > (digits == 8 ? CAN_EFF_MASK : CAN_SFF_MASK) ? C25_OUT_OF_RANGE : C25_OK;
}

/* Data bytes that the line is short of are not missed; the firmware sends what is in memory. */
static size_t c25_pad(char *line, size_t len)
{
	size_t head = 2 + (line[0] >= 'A' && line[0] <= 'Z' ? 8 : 3);
	int dlc = slcan_digit(line[head - 1]);
	size_t whole;

	if (dlc < 0 || line[0] == 'r' || line[0] == 'R')
		return len;
	whole = head + 2u * anycan_dlc2len((uint8_t)dlc);
	if (len >= whole || (len - head) % 2)
		return len;
	memset(line + len, '0', whole - len);
	return whole;
}

static enum c25_feedback c25_transmit(struct slcan_channel *ch, char *line, size_t len)
{
	struct c25_channel *c = c25_of(ch);
	enum c25_feedback result;
	struct anycan_frame frame;
	uint8_t marker = 0;

	if (!line[0] || !strchr("tTrRdDbB", line[0]))
		return C25_BAD_COMMAND;
	if (strchr("dDbB", line[0]) && !ch->dbitrate)
		return C25_NO_BITRATE;
	result = c25_check_id(line, len);
	if (result != C25_OK)
		return result;
	if (c->echo) {
		if (!anycan_hex_bytes(line + len - 2, 1, &marker))
			return C25_BAD_PARAMETER;
		len -= 2;
	} else {
		len = c25_pad(line, len);
	}
	if (!slcan_parse(line, len, true, &frame))
		return C25_BAD_PARAMETER;
	result = c25_may_send(ch);
	if (result != C25_OK)
		return result;
	if (ch->dbitrate <= ch->bitrate)
		frame.flags &= (uint8_t)~CANFD_BRS;
	if (!ch->node.queue_len)
		c->pending_ns = sim_mono_ns();
	if (!slcan_send(ch, &frame, marker))
		return C25_OK;
	c->now.app |= C25_TX_OVERFLOW;
	return C25_TX_FULL;
}

static size_t c25_format(struct slcan_channel *ch, const struct anycan_frame *frame, char *text)
{
	size_t len = slcan_format(frame, text);

	if (c25_of(ch)->esi && frame->flags & CANFD_ESI) {
		text[len - 1] = 'S';
		text[len++] = '\r';
	}
	return len;
}

static void c25_tx_done(struct slcan_channel *ch, const struct sim_tx *tx, enum sim_sent how)
{
	char line[8];

	if (how != SIM_SENT)
		return;
	c25_of(ch)->pending_ns = sim_mono_ns();
	if (!c25_of(ch)->echo || !tx->tag)
		return;
	snprintf(line, sizeof(line), "M%02X\r", tx->tag & 0xff);
	slcan_say(ch, line, 4);
}

static void c25_error(struct slcan_channel *ch, enum sim_error error, bool sending)
{
	(void)sending;
	if (!c25_of(ch)->first_error)
		c25_of(ch)->first_error = error;
}

static void c25_overrun(struct slcan_channel *ch)
{
	c25_of(ch)->now.app |= C25_USB_OVERFLOW;
}

/* ---- commands */

static enum c25_feedback c25_execute(struct slcan_channel *ch, char *line, size_t len)
{
	bool alone = len == 1;

	switch (len ? line[0] : '\0') {
	case '\0':
		return len ? C25_BAD_COMMAND : C25_OK;
	case 'A':
		return c25_set_retry(ch, line, len);
	case 'M':
		return c25_set_mode(ch, line, len);
	case 'O':
		return c25_open(ch, line, len);
	case 'C':
		return alone ? c25_close(ch) : C25_BAD_PARAMETER;
	case 'V':
		return alone ? c25_version(ch) : C25_BAD_PARAMETER;
	case 'S':
	case 'Y':
		if (len != 2 || !c25_preset(line[0], line[1]))
			return C25_BAD_PARAMETER;
		return c25_set_rate(ch, line[0] == 'Y', c25_preset(line[0], line[1]));
	case 's':
	case 'y':
		return c25_set_timing(ch, line);
	case 'F':
		return line[1] == ':' ? C25_UNSUPPORTED : c25_set_filters(ch, line);
	case 'f':
		if (!alone)
			return line[1] == ':' ? C25_UNSUPPORTED : C25_BAD_PARAMETER;
		if (ch->node.on)
			return C25_MUST_BE_CLOSED;
		c25_of(ch)->filters = 0;
		return C25_OK;
	case 'L':
		return c25_set_load(ch, line);
	default:
		return c25_transmit(ch, line, len);
	}
}

static void c25_command(struct slcan *s, char *line, size_t len)
{
	struct slcan_channel *ch = &s->channel[0];
	unsigned int index = line[0] == '&' ? 1 : 2;
	enum c25_feedback result;
	char text[4] = "#\r";

	line[len] = '\0';
	if (len && (line[0] == '&' || line[0] == '$') && index < s->adapter.node_count) {
		ch = &s->channel[index];
		line++;
		len--;
	}
	result = c25_execute(ch, line, len);
	if (result == C25_SILENT)
		return;
	s->counts.bad_commands += result != C25_OK && result != C25_TX_FULL;
	if (!c25_of(ch)->feedback) {
		slcan_say(ch, result == C25_OK ? "\r" : "\a", 1);
		return;
	}
	if (result != C25_OK) {
		text[1] = (char)result;
		text[2] = '\r';
	}
	slcan_say(ch, text, result == C25_OK ? 2 : 3);
}

const struct slcan_dialect slcan_canable25 = {
	.name = "canable25",
	.version = "Board: Multiboard\tMCU: STM32G431\tDevID: 1128\tFirmware: 2491653"
		   "\tSlcan: 105\tClock: 160",
	.serial = "2066346A5642",
	.state_size = SLCAN_CHANNELS * sizeof(struct c25_channel),
	.channels = SLCAN_CHANNELS,
	.tx_frames = 64 + 3,
	.out_bytes = 2 * 4096,
	.out_frames = 1300,
	.line_max = 165,
	.line_wraps = true,
	.keeps_lf = true,
	.fd = SIM_FD_YES,
	.txfull = SLCAN_TXFULL_BEL,
	.manual_recovery = true,
	.power_on = c25_power_on,
	.command = c25_command,
	.accept = c25_accept,
	.format = c25_format,
	.overrun = c25_overrun,
	.tx_done = c25_tx_done,
	.error = c25_error,
	.turn = c25_reports,
	.tick_ms = 10,
};
