// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The line that python-can prints for a message. Source: output of python-can 4.1 and 4.6
 * ("Timestamp: ... ID: ... DL: ..."); the older form with DLC: is read as well.
 */
#include "format.h"
#include "number.h"

#include <anycan/clock.h>

#define TXT_DATA_COLUMNS 24

static int txt_probe(const uint8_t *head, size_t len)
{
	return len >= 10 && !memcmp(head, "Timestamp:", 10) ? 90 : 0;
}

struct txt_line {
	struct anycan_frame *frame;
	uint64_t id;
	bool extended, remote, error;
	uint64_t dlc;
};

/* One of the flag words between the id and the length. */
static bool parse_flag(struct txt_line *line, struct text word)
{
	if (text_is(word, "x"))
		line->extended = true;
	else if (text_is(word, "tx"))
		line->frame->dir = ANYCAN_TX;
	else if (text_is(word, "e"))
		line->error = true;
	else if (text_is(word, "r"))
		line->remote = true;
	else if (text_is(word, "f"))
		line->frame->flags |= CANFD_FDF;
	else if (text_is(word, "bs"))
		line->frame->flags |= CANFD_BRS;
	else if (text_is(word, "ei"))
		line->frame->flags |= CANFD_ESI;
	else
		return text_is(word, "s") || text_is(word, "rx");
	return true;
}

static bool parse_head(struct text *t, struct txt_line *line)
{
	struct text word;

	if (!text_is(text_word(t), "timestamp:") ||
	    !text_whole_scaled(text_word(t), ANYCAN_NS_PER_S, &line->frame->ts_ns) ||
	    !text_is(text_word(t), "id:") || !text_whole_number(text_word(t), 16, &line->id) ||
	    line->id > CAN_EFF_MASK)
		return false;
	for (word = text_word(t); text_len(word); word = text_word(t)) {
		if (text_is(word, "dl:") || text_is(word, "dlc:"))
			return text_whole_number(text_word(t), 10, &line->dlc);
		if (!parse_flag(line, word))
			return false;
	}
	return false;
}

static size_t parse_data(struct text *t, struct txt_line *line)
{
	size_t max = line->frame->flags & CANFD_FDF ? ANYCAN_DATA_MAX : CAN_MAX_DLEN;
	size_t len = 0;

	while (len < max && len < line->dlc) {
		struct text before = *t, word = text_word(t);
		uint64_t byte;

		if (text_len(word) != 2 || !text_whole_number(word, 16, &byte)) {
			*t = before;
			break;
		}
		line->frame->data[len++] = (uint8_t)byte;
	}
	return len;
}

static bool set_kind_and_length(struct canlog *log, struct txt_line *line, size_t bytes)
{
	struct anycan_frame *frame = line->frame;
	unsigned int dlc = (unsigned int)(line->dlc > 255 ? 255 : line->dlc);

	frame->can_id = (canid_t)line->id;
	if (line->error) {
		frame->can_id |= CAN_ERR_FLAG;
		canlog_set_data_len(log, frame, bytes);
		return true;
	}
	if (line->extended)
		frame->can_id |= CAN_EFF_FLAG;
	if (line->remote)
		frame->can_id |= CAN_RTR_FLAG;
	if (frame->flags && !line->remote) {
		canlog_set_data_len(log, frame, bytes);
		return bytes == line->dlc;
	}
	frame->flags = 0;
	canlog_set_classic_dlc(log, frame, dlc);
	return line->remote || frame->len == bytes;
}

static int txt_parse_line(struct canlog *log, const char *text, size_t len,
			  struct anycan_frame *frame)
{
	struct text t = {text, text + len}, word;
	struct txt_line line = {.frame = frame};
	size_t bytes;

	if (!len)
		return 0;
	canlog_frame_reset(frame);
	if (!parse_head(&t, &line))
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	bytes = line.remote ? 0 : parse_data(&t, &line);
	if (!set_kind_and_length(log, &line, bytes))
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	frame->channel = ANYCAN_CHANNEL_NONE;
	for (word = text_word(&t); text_len(word); word = text_word(&t)) {
		if (!text_is(word, "channel:"))
			continue;
		word = text_word(&t);
		frame->channel = canlog_channels_number(log->channels, word.p, text_len(word));
	}
	return 1;
}

/* Seconds with 6 decimals, right-justified in 15 columns. */
static char *print_time(int64_t ts_ns, char *out)
{
	int64_t sec = ts_ns / ANYCAN_NS_PER_S;

	out = print_uint_right(out, (uint64_t)sec, 8);
	*out++ = '.';
	return print_6(out, (uint32_t)(ts_ns - sec * ANYCAN_NS_PER_S) / 1000);
}

/* 8 digits for extended, at least 4 for others, "ID: " before, right-justified in 12 columns. */
static char *print_id(canid_t id, char *out)
{
	unsigned int digits = 8;

	if (!(id & CAN_EFF_FLAG) || (id & CAN_ERR_FLAG))
		while (digits > 4 && !((id & CAN_EFF_MASK) >> (4 * (digits - 1))))
			digits--;
	for (unsigned int i = digits; i < 8; i++)
		*out++ = ' ';
	out = print_text(out, "ID: ");
	for (unsigned int i = digits; i > 0; i--)
		*out++ = "0123456789abcdef"[(id & CAN_EFF_MASK) >> (4 * (i - 1)) & 15];
	return out;
}

static char *print_flags(const struct anycan_frame *frame, char *out)
{
	bool error = frame->can_id & CAN_ERR_FLAG;

	*out++ = (frame->can_id & CAN_EFF_FLAG) && !error ? 'X' : 'S';
	out = print_text(out, frame->dir == ANYCAN_TX ? " Tx " : " Rx ");
	*out++ = error ? 'E' : ' ';
	*out++ = ' ';
	*out++ = (frame->can_id & CAN_RTR_FLAG) && !error ? 'R' : ' ';
	*out++ = ' ';
	*out++ = frame->flags & CANFD_FDF ? 'F' : ' ';
	out = print_text(out, frame->flags & CANFD_BRS ? " BS" : "   ");
	return print_text(out, frame->flags & CANFD_ESI ? " EI" : "   ");
}

static bool is_alphanumeric(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = bytes[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z'))
			return false;
	}
	return len;
}

static char *print_data(const struct anycan_frame *frame, char *out)
{
	size_t len = anycan_frame_data_len(frame);
	char *start = out;

	for (size_t i = 0; i < len; i++) {
		*out++ = "0123456789abcdef"[frame->data[i] >> 4];
		*out++ = "0123456789abcdef"[frame->data[i] & 15];
		*out++ = ' ';
	}
	if (len)
		out--;
	while (out - start < TXT_DATA_COLUMNS)
		*out++ = ' ';
	if (!is_alphanumeric(frame->data, len))
		return out;
	out = print_text(out, "    '");
	memcpy(out, frame->data, len);
	out += len;
	*out++ = '\'';
	return out;
}

/* The name if one is known, otherwise the number, as python-can has either. */
static char *print_channel(const struct canlog *log, uint16_t channel, char *out)
{
	const char *name = canlog_channels_name(log->channels, channel);

	if (channel == ANYCAN_CHANNEL_NONE)
		return out;
	out = print_text(out, "    Channel: ");
	return name ? print_text(out, name) : print_uint(out, channel);
}

static char *txt_print_line(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	out = print_text(out, "Timestamp: ");
	out = print_time(canlog_round_time(log, frame->ts_ns), out);
	out = print_text(out, "    ");
	out = print_id(frame->can_id, out);
	out = print_text(out, "    ");
	out = print_flags(frame, out);
	out = print_text(out, "    DL: ");
	out = print_uint_right(out, frame->len8_dlc ? frame->len8_dlc : frame->len, 2);
	out = print_text(out, "    ");
	out = print_data(frame, out);
	out = print_channel(log, frame->channel, out);
	while (out[-1] == ' ')
		out--;
	*out++ = '\n';
	return out;
}

const struct canlog_format txt_format = {
	.name = "txt",
	.summary = "text as python-can prints messages",
	.extensions = (const char *const[]){".txt", NULL},
	.settings = (const char *const[]){"append", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_TEXT | CANLOG_GZIP,
	.loses = UINT64_C(1) << CANLOG_LOST_TIME_DIGITS,
	.time_ns = 1000,
	.line_max = 768,
	.probe = txt_probe,
	.parse_line = txt_parse_line,
	.print_line = txt_print_line,
};
