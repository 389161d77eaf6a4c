// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * candump's log: (1436509052.249713) can0 044#2A366C2BBA, optionally with " R" or " T" behind.
 * Source: output of candump -L, -L -x and -L -N of can-utils 2020.11 and 2025.01, and of
 * python-can 4.1 and 4.6, which ends every line with the direction and leaves out the length of
 * remote frames and the data of error frames.
 */
#include "format.h"
#include "number.h"

#include <anycan/clock.h>
#include <anycan/text.h>
#include <linux/can/error.h>

struct candump_state {
	/* Reading: the last line's seconds with their point, most often the next one's too. */
	char sec_text[16];
	size_t sec_len;
	int64_t sec_ns;
	/* Short names met, with the blank behind as the bytes that @mask leaves of a line. */
	struct {
		uint64_t bytes, mask;
		size_t len;
		uint16_t channel;
	} names[4];
	unsigned int next_name;
	/* Writing */
	int decimals;
	int64_t last_ns;
	int64_t printed_sec;
	char printed[24];
	size_t printed_len;
	struct {
		char text[CANLOG_NAME_SIZE];
		size_t len; /* 0: nothing yet */
		uint16_t channel;
	} channels[4]; /* by the channel's lowest bits */
};

static int candump_probe(const uint8_t *head, size_t len)
{
	struct text t = {(const char *)head, (const char *)head + len};
	int64_t ns;

	while (t.p < t.end && (*t.p == ' ' || *t.p == '\n' || *t.p == '\r'))
		t.p++;
	if (t.p == t.end || *t.p++ != '(' || !text_scaled(&t, 1000000000, &ns))
		return 0;
	return t.end - t.p > 2 && t.p[0] == ')' && t.p[1] == ' ' ? 90 : 0;
}

static int candump_open(struct canlog *log)
{
	struct candump_state *st = log->state;

	st->decimals = log->set.decimals ? log->set.decimals : 6;
	st->printed_sec = -1;
	if (log->set.direction)
		log->loses &= ~(UINT64_C(1) << CANLOG_LOST_DIRECTION);
	if (log->set.raw_dlc)
		log->loses &= ~(UINT64_C(1) << CANLOG_LOST_RAW_DLC);
	log->time_ns = 1;
	for (int i = st->decimals; i < CANLOG_DECIMALS_MAX; i++)
		log->time_ns *= 10;
	return 0;
}

/* Digits behind the point, to nanoseconds. */
static int64_t parse_fraction(struct text *t)
{
	uint32_t value = 0;
	unsigned int digits = 0;

	/* Microseconds, as nearly always. */
	if (t->end - t->p > 6 && t->p[6] == ')') {
		char eight[8] = "00";

		memcpy(eight + 2, t->p, 6);
		if (text_8_digits(eight, &value)) {
			t->p += 6;
			return (int64_t)value * 1000;
		}
		value = 0;
	}
	for (; t->p < t->end && *t->p >= '0' && *t->p <= '9'; t->p++, digits++)
		if (digits < CANLOG_DECIMALS_MAX)
			value = value * 10 + (uint32_t)(*t->p - '0');
	for (; digits < CANLOG_DECIMALS_MAX; digits++)
		value *= 10;
	return value;
}

/* Whether the line goes on with the seconds of the one before, most often ten digits. */
static bool same_second(const struct candump_state *st, struct text t)
{
	if (st->sec_len == 11)
		return text_len(t) > 11 && !memcmp(t.p, st->sec_text, 11);
	return st->sec_len && text_len(t) > st->sec_len && !memcmp(t.p, st->sec_text, st->sec_len);
}

static bool parse_second(struct candump_state *st, struct text t)
{
	struct text whole = t;
	const char *point = memchr(t.p, '.', text_len(t) < 16 ? text_len(t) : 16);
	int64_t ns;

	if (!point)
		return false;
	whole.end = point;
	/* A failure must not touch what the next line is compared with. */
	if (!text_whole_scaled(whole, ANYCAN_NS_PER_S, &ns))
		return false;
	st->sec_ns = ns;
	st->sec_len = (size_t)(point - t.p) + 1;
	memcpy(st->sec_text, t.p, st->sec_len);
	return true;
}

/* "(sec.fraction) " */
static bool parse_stamp(struct candump_state *st, struct text *t, int64_t *ns)
{
	if (t->p == t->end || *t->p != '(')
		return false;
	t->p++;
	if (!same_second(st, *t) && !parse_second(st, *t))
		return false;
	t->p += st->sec_len;
	*ns = canlog_add_time(st->sec_ns, parse_fraction(t));
	if (t->end - t->p < 2 || t->p[0] != ')')
		return false;
	t->p++;
	return true;
}

static uint16_t add_name(struct canlog *log, struct text name)
{
	struct candump_state *st = log->state;
	size_t len = text_len(name), slot = st->next_name % 4;
	uint16_t channel = canlog_channels_number(log->channels, name.p, len);

	if (!len || len > 7)
		return channel;
	st->next_name++;
	st->names[slot].len = len;
	st->names[slot].channel = channel;
	st->names[slot].bytes = st->names[slot].mask = 0;
	memcpy(&st->names[slot].bytes, name.p, len);
	memset(&st->names[slot].mask, 0xff, len + 1);
	((char *)&st->names[slot].bytes)[len] = ' ';
	return channel;
}

static uint16_t parse_channel(struct canlog *log, struct text *t)
{
	struct candump_state *st = log->state;
	uint64_t bytes;

	text_skip_blanks(t);
	if (text_len(*t) < sizeof(bytes))
		return add_name(log, text_word(t));
	memcpy(&bytes, t->p, sizeof(bytes));
	for (size_t i = 0; i < 4; i++) {
		if (!st->names[i].mask || ((bytes ^ st->names[i].bytes) & st->names[i].mask))
			continue;
		t->p += st->names[i].len;
		return st->names[i].channel;
	}
	return add_name(log, text_word(t));
}

/* Pairs of digits to the end of @t; the caller has seen to an even number that fits. */
static bool parse_data(struct canlog *log, struct text t, struct anycan_frame *frame)
{
	size_t len = text_len(t) / 2;
	uint8_t bad = 0;

	for (size_t i = 0; i < len; i++) {
		uint8_t high = anycan_hex_value[(uint8_t)t.p[2 * i]];
		uint8_t low = anycan_hex_value[(uint8_t)t.p[2 * i + 1]];

		bad |= high | low;
		frame->data[i] = (uint8_t)(high << 4 | low);
	}
	if (bad & 0xf0)
		return false;
	canlog_set_data_len(log, frame, len);
	return true;
}

static bool parse_remote(struct canlog *log, struct text t, struct anycan_frame *frame)
{
	uint64_t dlc = 0;

	frame->can_id |= CAN_RTR_FLAG;
	if (t.p < t.end && *t.p != '_' && !text_number(&t, 10, &dlc))
		return false;
	canlog_set_classic_dlc(log, frame, (unsigned int)(dlc > 255 ? 255 : dlc));
	if (t.end - t.p == 2 && *t.p == '_' && frame->len == CAN_MAX_DLEN) {
		uint8_t raw = anycan_hex_value[(uint8_t)t.p[1]];

		frame->len8_dlc = raw > CAN_MAX_DLC && raw < 16 ? raw : 0;
		t.p += 2;
	}
	return t.p == t.end;
}

/* The id: three digits are a standard frame's, more an extended one's. */
static bool parse_id(struct text *t, struct anycan_frame *frame)
{
	uint32_t id = 0;
	unsigned int digits = 0;

	for (; t->p < t->end; t->p++, digits++) {
		uint8_t value = anycan_hex_value[(uint8_t)*t->p];

		if (value > 15)
			break;
		id = id << 4 | value;
	}
	if (!digits || digits > 8 || t->p == t->end || *t->p++ != '#')
		return false;
	if (id & CAN_ERR_FLAG)
		frame->can_id = id & (CAN_ERR_MASK | CAN_ERR_FLAG);
	else if (digits > 3)
		frame->can_id = (id & CAN_EFF_MASK) | CAN_EFF_FLAG;
	else
		frame->can_id = id;
	return digits > 3 || id <= CAN_SFF_MASK;
}

/* Forms that candump does not print but cansend takes: dots between bytes, a raw DLC, ... */
static int parse_odd_form(struct text whole, struct anycan_frame *frame)
{
	struct anycan_frame odd;

	if (memchr(whole.p, ':', text_len(whole)))
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_XL);
	if (anycan_frame_parse(whole.p, text_len(whole), &odd))
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	odd.ts_ns = frame->ts_ns;
	odd.channel = frame->channel;
	odd.dir = frame->dir;
	*frame = odd;
	return 1;
}

static int parse_frame(struct canlog *log, struct text whole, struct anycan_frame *frame)
{
	struct text t = whole;

	if (!parse_id(&t, frame))
		return parse_odd_form(whole, frame);
	if (t.p < t.end && (*t.p == 'R' || *t.p == 'r')) {
		t.p++;
		return parse_remote(log, t, frame) ? 1 : CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	}
	if (t.p < t.end && *t.p == '#') {
		if (t.end - t.p < 2 || anycan_hex_value[(uint8_t)t.p[1]] > 15)
			return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
		frame->flags = anycan_hex_value[(uint8_t)t.p[1]] & (CANFD_BRS | CANFD_ESI);
		frame->flags |= CANFD_FDF;
		t.p += 2;
	}
	if (text_len(t) % 2 || text_len(t) > (frame->flags ? 2 * CANFD_MAX_DLEN : 16) ||
	    !parse_data(log, t, frame))
		return parse_odd_form(whole, frame);
	return 1;
}

static int candump_parse_line(struct canlog *log, const char *line, size_t len,
			      struct anycan_frame *frame)
{
	struct text t = {line, line + len};
	struct text frame_text;
	const char *blank;

	text_skip_blanks(&t);
	if (t.p == t.end)
		return 0;
	canlog_frame_reset(frame);
	if (!parse_stamp(log->state, &t, &frame->ts_ns))
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	frame->channel = parse_channel(log, &t);
	text_skip_blanks(&t);
	frame_text = t;
	blank = memchr(t.p, ' ', text_len(t));
	if (blank)
		frame_text.end = blank;
	t.p = frame_text.end;
	text_skip_blanks(&t);
	if (t.p < t.end)
		frame->dir = *t.p == 'T' || *t.p == 't' ? ANYCAN_TX : ANYCAN_RX;
	return parse_frame(log, frame_text, frame);
}

static char *print_stamp(struct canlog *log, int64_t ts_ns, char *out)
{
	struct candump_state *st = log->state;
	uint32_t ns;
	int64_t sec;

	ts_ns = canlog_round_time(log, ts_ns);
	if (ts_ns < st->last_ns) {
		canlog_note_add(log, CANLOG_RAISED_TIME);
		ts_ns = st->last_ns;
	}
	st->last_ns = ts_ns;
	sec = ts_ns / ANYCAN_NS_PER_S;
	ns = (uint32_t)(ts_ns - sec * ANYCAN_NS_PER_S);
	if (sec != st->printed_sec) {
		char *end = print_uint(st->printed, (uint64_t)sec);

		st->printed_sec = sec;
		st->printed_len = (size_t)(end - st->printed);
	}
	*out++ = '(';
	memcpy(out, st->printed, sizeof(st->printed));
	out += st->printed_len;
	*out++ = '.';
	if (st->decimals == 6)
		out = print_6(out, ns / 1000);
	else
		out = print_digits(out, ns / log->time_ns, (unsigned int)st->decimals);
	memcpy(out, ") ", 2);
	return out + 2;
}

static char *print_channel(struct canlog *log, uint16_t channel, char *out)
{
	struct candump_state *st = log->state;
	size_t slot = channel % 4;

	if (!st->channels[slot].len || st->channels[slot].channel != channel) {
		char buf[CANLOG_NAME_SIZE];
		const char *name = canlog_channel_text(log, channel, buf);

		st->channels[slot].len = strlen(name);
		st->channels[slot].channel = channel;
		memcpy(st->channels[slot].text, name, st->channels[slot].len + 1);
	}
	memcpy(out, st->channels[slot].text, CANLOG_NAME_SIZE);
	out += st->channels[slot].len;
	*out = ' ';
	return out + 1;
}

static char *print_id(const struct anycan_frame *frame, char *out)
{
	canid_t id = frame->can_id;

	if (id & CAN_ERR_FLAG) {
		id &= CAN_ERR_MASK | CAN_ERR_FLAG;
		/* An error without class would not be known as one by python-can. */
		if (!(id & CAN_ERR_MASK))
			id |= CAN_ERR_BUSERROR;
		out = anycan_hex_put_number(out, 8, id);
	} else if ((id & CAN_EFF_FLAG) || (id & CAN_EFF_MASK) > CAN_SFF_MASK) {
		out = anycan_hex_put_number(out, 8, id & CAN_EFF_MASK);
	} else {
		out = anycan_hex_put_number(out, 3, id & CAN_SFF_MASK);
	}
	*out++ = '#';
	return out;
}

static char *candump_print_line(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	out = print_stamp(log, frame->ts_ns, out);
	out = print_channel(log, frame->channel, out);
	out = print_id(frame, out);
	if (frame->can_id & CAN_RTR_FLAG) {
		*out++ = 'R';
		if (frame->len)
			*out++ = (char)('0' + frame->len);
	} else {
		if (frame->flags & CANFD_FDF) {
			*out++ = '#';
			*out++ = (char)('0' + (frame->flags & (CANFD_BRS | CANFD_ESI)));
		}
		for (size_t i = 0; i < frame->len; i++, out += 2)
			memcpy(out, canlog_hex_spaced[frame->data[i]], 2);
	}
	if (frame->len8_dlc && log->set.raw_dlc) {
		*out++ = '_';
		out = print_hex(out, frame->len8_dlc);
	}
	if (log->set.direction) {
		*out++ = ' ';
		*out++ = frame->dir == ANYCAN_TX ? 'T' : 'R';
	}
	*out++ = '\n';
	return out;
}

const struct canlog_format candump_format = {
	.name = "candump",
	.summary = "log of candump -L and python-can's CanutilsLogWriter",
	.extensions = (const char *const[]){".log", NULL},
	.settings = (const char *const[]){"append", "channel", "decimals", "direction", "raw_dlc",
					  NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_TEXT | CANLOG_GZIP,
	.loses = UINT64_C(1) << CANLOG_LOST_DIRECTION | UINT64_C(1) << CANLOG_LOST_TIME_DIGITS |
		 UINT64_C(1) << CANLOG_LOST_RAW_DLC | UINT64_C(1) << CANLOG_RAISED_TIME,
	.time_ns = 1000,
	.state_size = sizeof(struct candump_state),
	.line_max = 512,
	.probe = candump_probe,
	.open = candump_open,
	.parse_line = candump_parse_line,
	.print_line = candump_print_line,
};
