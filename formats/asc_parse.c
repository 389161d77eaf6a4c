// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * ASC, the reader. Source: files of CANoe and CANalyzer 7 to 12, can-utils' asc2log 2025.01 and
 * python-can 4.6 (for what counts as a frame); see Documentation/formats.md for the dialects.
 */
#include "asc.h"
#include "date.h"
#include "number.h"

#include <anycan/clock.h>
#include <linux/can/error.h>

#define NOTE(note) CANLOG_LINE_NOTE(CANLOG_##note)

/* Data bytes as words; stops at @len or at a word that is no byte. */
static size_t parse_words(const struct asc_state *st, struct text *t, uint8_t *data, size_t len)
{
	size_t got = 0;

	while (got < len) {
		struct text before = *t;
		uint64_t value;

		if (!text_whole_number(text_word(t), st->dec ? 10 : 16, &value) || value > 255) {
			*t = before;
			break;
		}
		data[got++] = (uint8_t)value;
	}
	return got;
}

/* Data bytes in the usual form " XX XX", whatever is unusual by the slower way. */
static size_t parse_data(const struct asc_state *st, struct text *t, uint8_t *data, size_t len)
{
	const char *p = t->p;
	size_t got = 0;

	if (st->dec)
		return parse_words(st, t, data, len);
	while (got < len && t->end - p >= 3 && p[0] == ' ') {
		uint8_t high = anycan_hex_value[(uint8_t)p[1]],
			low = anycan_hex_value[(uint8_t)p[2]];

		if ((high | low) & 0xf0 || (t->end - p > 3 && p[3] != ' '))
			break;
		data[got++] = (uint8_t)(high << 4 | low);
		p += 3;
	}
	t->p = p;
	return got < len ? got + parse_words(st, t, data + got, len - got) : got;
}

static bool parse_id(const struct asc_state *st, struct text word, canid_t *can_id)
{
	bool extended = word.p < word.end && (word.end[-1] == 'x' || word.end[-1] == 'X');
	uint64_t id;

	if (extended)
		word.end--;
	if (!text_whole_number(word, st->dec ? 10 : 16, &id) || id > CAN_EFF_MASK)
		return false;
	*can_id = (canid_t)id | (extended ? CAN_EFF_FLAG : 0);
	return true;
}

/* "Rx" or "Tx"; false for others such as "TxRq", a request that has its own Tx line later. */
static bool parse_direction(struct text word, struct anycan_frame *frame)
{
	if (text_is(word, "tx"))
		frame->dir = ANYCAN_TX;
	else if (!text_is(word, "rx"))
		return false;
	return true;
}

static int error_frame(struct anycan_frame *frame)
{
	/* The line tells no more than that there was one. */
	frame->can_id = CAN_ERR_FLAG | CAN_ERR_BUSERROR;
	frame->len = CAN_ERR_DLC;
	memset(frame->data, 0, CAN_ERR_DLC);
	return 1;
}

/* "r", "r 8" or "d 8 00 11 ..." behind the direction */
static int parse_classic_body(struct canlog *log, struct text *t, struct anycan_frame *frame)
{
	struct asc_state *st = log->state;
	struct text kind = text_word(t), word = text_word(t);
	uint64_t dlc = 0;

	if (text_is(kind, "r")) {
		frame->can_id |= CAN_RTR_FLAG;
		/* Old versions write no length; what follows then is "Length = ...". */
		if (text_len(word) > 2 || !text_whole_number(word, 16, &dlc))
			dlc = 0;
		canlog_set_classic_dlc(log, frame, (unsigned int)dlc);
		return 1;
	}
	/* One character is a hexadecimal digit in every base. */
	if (!text_is(kind, "d") ||
	    !text_whole_number(word, st->dec && text_len(word) > 1 ? 10 : 16, &dlc))
		return NOTE(SKIPPED_UNKNOWN);
	canlog_set_classic_dlc(log, frame, (unsigned int)(dlc > 255 ? 255 : dlc));
	if (parse_data(st, t, frame->data, frame->len) != frame->len)
		return NOTE(SKIPPED_MALFORMED);
	return 1;
}

static int parse_classic(struct canlog *log, struct text *t, struct anycan_frame *frame)
{
	struct asc_state *st = log->state;
	struct text word = text_word(t);

	if (text_begins(word, "errorframe"))
		return error_frame(frame);
	if (!parse_id(st, word, &frame->can_id)) {
		/* "1 Statistic: ...", "1 J1939TP ...", or a name where the id should be. */
		struct text direction = text_word(t);

		return parse_direction(direction, frame) ? NOTE(SKIPPED_UNKNOWN)
							 : NOTE(SKIPPED_EVENT);
	}
	if (!parse_direction(text_word(t), frame))
		return NOTE(SKIPPED_EVENT);
	return parse_classic_body(log, t, frame);
}

/* Flags column: behind duration and length. Without it the line means an FD frame. */
static uint32_t parse_flags(struct text *t)
{
	uint64_t flags;

	text_word(t);
	text_word(t);
	if (!text_whole_number(text_word(t), 16, &flags))
		return ASC_FLAG_FDF;
	return (uint32_t)flags;
}

struct fd_columns {
	uint64_t brs, esi, dlc, len;
};

/* "BRS ESI DLC Length" with or without a symbolic name before them */
static bool parse_fd_columns(struct text *t, struct fd_columns *columns)
{
	struct text word = text_word(t);

	if (text_len(word) != 1 || (*word.p != '0' && *word.p != '1'))
		word = text_word(t);
	return text_len(word) == 1 && text_whole_number(word, 2, &columns->brs) &&
	       text_whole_number(text_word(t), 2, &columns->esi) &&
	       text_whole_number(text_word(t), 16, &columns->dlc) &&
	       text_whole_number(text_word(t), 10, &columns->len) && columns->dlc <= 15 &&
	       columns->len <= CANFD_MAX_DLEN;
}

/* CANFD and CANXL lines may carry classic frames: the flags tell. */
static int finish_fd(struct canlog *log, const struct fd_columns *columns, uint32_t flags,
		     struct anycan_frame *frame)
{
	if (flags & ASC_FLAG_RTR) {
		frame->can_id |= CAN_RTR_FLAG;
		canlog_set_classic_dlc(log, frame, (unsigned int)columns->dlc);
		return 1;
	}
	if (!(flags & ASC_FLAG_FDF) && columns->len <= CAN_MAX_DLEN) {
		frame->len = (uint16_t)columns->len;
		if (columns->dlc > CAN_MAX_DLC && columns->len == CAN_MAX_DLEN)
			frame->len8_dlc = (uint8_t)columns->dlc;
		return 1;
	}
	frame->flags = CANFD_FDF | (columns->brs ? CANFD_BRS : 0) | (columns->esi ? CANFD_ESI : 0);
	canlog_set_data_len(log, frame, columns->len);
	return 1;
}

/* Before version 8.1: id and direction change places, "BRS ESI d DLC Length" or "BRS ESI r DLC". */
static int parse_old_fd(struct canlog *log, struct text *t, struct text id,
			struct anycan_frame *frame)
{
	struct asc_state *st = log->state;
	struct fd_columns columns = {0};
	struct text kind;

	if (!parse_direction(text_word(t), frame))
		return NOTE(SKIPPED_EVENT);
	if (!parse_id(st, id, &frame->can_id) ||
	    !text_whole_number(text_word(t), 2, &columns.brs) ||
	    !text_whole_number(text_word(t), 2, &columns.esi))
		return NOTE(SKIPPED_MALFORMED);
	kind = text_word(t);
	if (!text_whole_number(text_word(t), 16, &columns.dlc) || columns.dlc > ANYCAN_DLC_MAX)
		return NOTE(SKIPPED_MALFORMED);
	if (text_is(kind, "r"))
		return finish_fd(log, &columns, ASC_FLAG_RTR, frame);
	if (!text_is(kind, "d") || !text_whole_number(text_word(t), 10, &columns.len) ||
	    columns.len > CANFD_MAX_DLEN ||
	    parse_data(st, t, frame->data, columns.len) != columns.len)
		return NOTE(SKIPPED_MALFORMED);
	return finish_fd(log, &columns, ASC_FLAG_FDF, frame);
}

static int parse_fd(struct canlog *log, struct text *t, struct anycan_frame *frame)
{
	struct asc_state st = *(struct asc_state *)log->state;
	struct fd_columns columns;
	struct text word;
	uint64_t channel;

	/* "CANFD Start of measurement" and the like */
	if (!text_whole_number(text_word(t), 10, &channel))
		return NOTE(SKIPPED_EVENT);
	frame->channel = canlog_channel_from_1(channel);
	word = text_word(t);
	if (!parse_direction(word, frame))
		return parse_old_fd(log, t, word, frame);
	word = text_word(t);
	if (text_begins(word, "errorframe"))
		return error_frame(frame);
	if (!parse_id(&st, word, &frame->can_id) || !parse_fd_columns(t, &columns))
		return NOTE(SKIPPED_MALFORMED);
	if (parse_data(&st, t, frame->data, columns.len) != columns.len)
		return NOTE(SKIPPED_MALFORMED);
	return finish_fd(log, &columns, parse_flags(t), frame);
}

/* CAN XL controllers write classic and FD frames as CANXL lines with their own columns. */
static int parse_xl(struct canlog *log, struct text *t, struct anycan_frame *frame)
{
	struct asc_state *st = log->state;
	struct fd_columns columns = {0};
	struct text format, id, word;
	uint64_t channel, skipped, flags;

	if (!text_whole_number(text_word(t), 10, &channel))
		return NOTE(SKIPPED_MALFORMED);
	frame->channel = canlog_channel_from_1(channel);
	if (!parse_direction(text_word(t), frame))
		return NOTE(SKIPPED_EVENT);
	format = text_word(t);
	if (text_is(format, "xlff"))
		return NOTE(SKIPPED_XL);
	text_word(t);
	text_word(t);
	id = text_word(t);
	word = text_word(t);
	/* A symbolic name may stand before the DLC. */
	if (text_len(word) > 1)
		word = text_word(t);
	if (!parse_id(st, id, &frame->can_id) || !text_whole_number(word, 16, &columns.dlc) ||
	    columns.dlc > 15 || !text_whole_number(text_word(t), 10, &columns.len) ||
	    columns.len > CANFD_MAX_DLEN ||
	    parse_data(st, t, frame->data, columns.len) != columns.len)
		return NOTE(SKIPPED_MALFORMED);
	/* FD frames have a stuff count before the checksum. */
	if (text_begins(format, "f"))
		text_word(t);
	if (!text_whole_number(text_word(t), 16, &skipped) ||
	    !text_whole_number(text_word(t), 16, &flags))
		return NOTE(SKIPPED_MALFORMED);
	columns.brs = flags & ASC_FLAG_BRS;
	columns.esi = flags & ASC_FLAG_ESI;
	return finish_fd(log, &columns, (uint32_t)flags, frame);
}

static int parse_other_event(struct text word)
{
	static const char *const buses[] = {"l",   "li",  "lin",  "fr",	  "frp",
					    "fre", "eth", "most", "afdx", "a429"};

	if (text_is(word, "start"))
		return 0;
	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++)
		if (text_is(word, buses[i]))
			return NOTE(SKIPPED_OTHER_BUS);
	if (text_begins(word, "li") && text_len(word) <= 4)
		return NOTE(SKIPPED_OTHER_BUS);
	return NOTE(SKIPPED_EVENT);
}

/* A line that begins with a time. */
static int parse_timed(struct canlog *log, struct text *t, int64_t ns, struct anycan_frame *frame)
{
	struct asc_state *st = log->state;
	struct text word = text_word(t);
	uint64_t channel;

	if (st->deltas) {
		st->delta_ns = canlog_add_time(st->delta_ns, ns);
		ns = st->delta_ns;
	}
	canlog_frame_reset(frame);
	frame->ts_ns = canlog_add_time(st->start_ns, ns);
	if (text_whole_number(word, 10, &channel)) {
		frame->channel = canlog_channel_from_1(channel);
		return parse_classic(log, t, frame);
	}
	if (text_is(word, "canfd"))
		return parse_fd(log, t, frame);
	if (text_is(word, "canxl"))
		return parse_xl(log, t, frame);
	return parse_other_event(word);
}

static int set_start(struct canlog *log, struct text date)
{
	struct asc_state *st = log->state;

	st->delta_ns = 0;
	if (log->set.relative)
		return 0;
	if (canlog_date_parse(date, &st->start_ns))
		return 0;
	st->start_ns = 0;
	return NOTE(NO_DATE);
}

static int parse_head(struct canlog *log, struct text t)
{
	struct asc_state *st = log->state;
	struct text line = t, word = text_word(&t);

	if (text_is(word, "date"))
		return set_start(log, t);
	if (text_is(word, "base")) {
		st->dec = text_is(text_word(&t), "dec");
		text_word(&t);
		st->deltas = text_is(text_word(&t), "relative");
		return 0;
	}
	if (text_is(word, "begin") && text_is(text_word(&t), "triggerblock")) {
		text_skip_blanks(&t);
		return t.p < t.end ? set_start(log, t) : 0;
	}
	if (text_begins(line, "//") || text_is(word, "end") || text_is(word, "internal") ||
	    text_is(word, "no"))
		return 0;
	return NOTE(SKIPPED_UNKNOWN);
}

int asc_parse_line(struct canlog *log, const char *line, size_t len, struct anycan_frame *frame)
{
	struct text t = {line, line + len}, whole;
	int64_t ns;

	text_skip_blanks(&t);
	if (t.p == t.end)
		return 0;
	whole = t;
	if (*t.p < '0' || *t.p > '9')
		return parse_head(log, t);
	if (!text_scaled(&t, ANYCAN_NS_PER_S, &ns) || t.p == t.end || (*t.p != ' ' && *t.p != '\t'))
		return NOTE(SKIPPED_MALFORMED);
	/* A time has a point: a bare number is something else. */
	if (!memchr(whole.p, '.', (size_t)(t.p - whole.p)))
		return NOTE(SKIPPED_UNKNOWN);
	return parse_timed(log, &t, ns, frame);
}
