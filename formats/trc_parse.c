// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * TRC, the reader. Source: PEAK CAN TRC File Format (2020-07-27), versions 1.0 to 2.1, and files
 * of PCAN-View, PEAK-Converter and python-can.
 */
#include "date.h"
#include "trc.h"

#include <anycan/clock.h>
#include <linux/can/error.h>

#define NOTE(note) CANLOG_LINE_NOTE(CANLOG_##note)
#define NS_PER_DAY (86400 * ANYCAN_NS_PER_S)

void trc_error_to_frame(const uint8_t pcan[5], struct anycan_frame *frame)
{
	frame->can_id = CAN_ERR_FLAG | CAN_ERR_BUSERROR;
	frame->len = CAN_ERR_DLC;
	memset(frame->data, 0, CAN_ERR_DLC);
	/* What an error without details was written as. */
	if (pcan[0] == 8 && pcan[1] && !pcan[2] && !pcan[3] && !pcan[4])
		return;
	frame->can_id |= CAN_ERR_PROT;
	if (pcan[0] & 1)
		frame->data[2] |= CAN_ERR_PROT_BIT;
	if (pcan[0] & 2)
		frame->data[2] |= CAN_ERR_PROT_FORM;
	if (pcan[0] & 4)
		frame->data[2] |= CAN_ERR_PROT_STUFF;
	if (!pcan[1])
		frame->data[2] |= CAN_ERR_PROT_TX;
	frame->data[3] = pcan[2];
	frame->data[6] = pcan[4];
	frame->data[7] = pcan[3];
}

static void set_start(struct canlog *log, int64_t ns)
{
	struct trc_state *st = log->state;

	st->has_start = true;
	st->start_ns = log->set.relative ? 0 : ns;
}

/* Days and parts of a day, rounded to the microsecond that writers meant. */
static bool parse_start(struct canlog *log, struct text value)
{
	int64_t ns;

	if (!text_whole_scaled(value, NS_PER_DAY, &ns))
		return false;
	ns = canlog_add_time(ns, 500) / 1000 * 1000 - TRC_EPOCH_DAYS * NS_PER_DAY;
	if (ns < 0)
		return false;
	set_start(log, ns);
	return true;
}

static void parse_columns(struct trc_state *st, struct text value)
{
	size_t n = 0;

	for (; value.p < value.end && n < TRC_COLUMNS_MAX; value.p++)
		if (*value.p != ',')
			st->columns[n++] = *value.p;
	st->columns[n] = '\0';
}

static struct text behind(struct text t, size_t len)
{
	t.p += len;
	return t;
}

static int parse_version(struct trc_state *st, struct text value)
{
	static const struct {
		const char *text;
		unsigned int version;
	} known[] = {{"1.0", 10}, {"1.1", 11}, {"1.2", 12}, {"1.3", 13}, {"2.0", 20}, {"2.1", 21}};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (!text_is(value, known[i].text))
			continue;
		st->version = known[i].version;
		return 0;
	}
	return NOTE(SKIPPED_UNKNOWN);
}

static int parse_comment(struct canlog *log, struct text t)
{
	struct trc_state *st = log->state;
	int64_t ns;

	if (text_begins(t, ";$fileversion="))
		return parse_version(st, behind(t, strlen(";$fileversion=")));
	if (text_begins(t, ";$starttime="))
		return parse_start(log, behind(t, strlen(";$starttime="))) ? 0 : NOTE(NO_DATE);
	if (text_begins(t, ";$columns=")) {
		parse_columns(st, behind(t, strlen(";$columns=")));
		return 0;
	}
	/* Version 1.0 tells its start in a remark only. */
	t.p++;
	text_skip_blanks(&t);
	if (!st->has_start && st->version < 11 && text_begins(t, "start time:") &&
	    canlog_date_parse(behind(t, strlen("start time:")), &ns))
		set_start(log, ns);
	return 0;
}

static bool parse_id(struct text word, canid_t *can_id)
{
	uint64_t id;

	if (!text_whole_number(word, 16, &id) || id > CAN_EFF_MASK)
		return false;
	*can_id = (canid_t)id | (text_len(word) > 4 ? CAN_EFF_FLAG : 0);
	return text_len(word) > 4 || id <= CAN_SFF_MASK;
}

static bool parse_bytes(struct text *t, uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint64_t value;

		if (!text_whole_number(text_word(t), 16, &value) || value > 255)
			return false;
		data[i] = (uint8_t)value;
	}
	return true;
}

static int parse_error_1(struct text *t, uint64_t kind, struct anycan_frame *frame)
{
	uint8_t pcan[5] = {(uint8_t)kind};

	if (!parse_bytes(t, pcan + 1, 4))
		return NOTE(SKIPPED_MALFORMED);
	trc_error_to_frame(pcan, frame);
	return 1;
}

/* Versions 1.x behind the type: ID, perhaps a reserved column, DLC, data, RTR or an error */
static int parse_frame_1(struct canlog *log, struct text *t, bool error, struct anycan_frame *frame)
{
	struct text id = text_word(t), word = text_word(t), before;
	uint64_t dlc, kind;

	if (text_is(id, "ffffffff"))
		return NOTE(SKIPPED_EVENT);
	if (text_is(word, "-"))
		word = text_word(t);
	if (!text_whole_number(word, 10, &dlc) || dlc > 15)
		return NOTE(SKIPPED_MALFORMED);
	before = *t;
	word = text_word(t);
	if (error || text_is(word, "error")) {
		if (!text_whole_number(id, 16, &kind))
			return NOTE(SKIPPED_MALFORMED);
		if (!text_is(word, "error"))
			*t = before;
		return parse_error_1(t, kind, frame);
	}
	if (!parse_id(id, &frame->can_id))
		return NOTE(SKIPPED_MALFORMED);
	canlog_set_classic_dlc(log, frame, (unsigned int)dlc);
	if (text_is(word, "rtr")) {
		frame->can_id |= CAN_RTR_FLAG;
		return 1;
	}
	*t = before;
	return parse_bytes(t, frame->data, frame->len) ? 1 : NOTE(SKIPPED_MALFORMED);
}

static int parse_row_1(struct canlog *log, struct text *t, struct anycan_frame *frame)
{
	struct trc_state *st = log->state;
	struct text word;
	uint64_t bus;

	frame->channel = ANYCAN_CHANNEL_NONE;
	if (st->version == 10)
		return parse_frame_1(log, t, false, frame);
	if (st->version >= 12) {
		if (!text_whole_number(text_word(t), 10, &bus))
			return NOTE(SKIPPED_MALFORMED);
		frame->channel = canlog_channel_from_1(bus);
	}
	word = text_word(t);
	if (text_is(word, "tx"))
		frame->dir = ANYCAN_TX;
	else if (text_begins(word, "err"))
		return parse_frame_1(log, t, true, frame);
	else if (!text_is(word, "rx"))
		return NOTE(SKIPPED_EVENT);
	return parse_frame_1(log, t, false, frame);
}

/* An error row leaves columns blank in version 2.0: its five bytes are the last words. */
static int parse_error_2(struct text *t, struct anycan_frame *frame)
{
	uint8_t pcan[5] = {0};
	size_t got = 0;

	for (struct text word = text_word(t); text_len(word); word = text_word(t)) {
		uint64_t value;

		if (text_is(word, "tx"))
			frame->dir = ANYCAN_TX;
		else if (text_len(word) == 2 && text_whole_number(word, 16, &value) && got < 5)
			pcan[got++] = (uint8_t)value;
	}
	if (got != 5)
		return NOTE(SKIPPED_MALFORMED);
	trc_error_to_frame(pcan, frame);
	return 1;
}

/* Which kind of frame: DT, RR, FD, FB, FE, BI; ER and others are handled by the caller. */
static bool set_type(struct text word, struct anycan_frame *frame, bool *remote)
{
	*remote = text_is(word, "rr");
	if (text_is(word, "fd"))
		frame->flags = CANFD_FDF;
	else if (text_is(word, "fb"))
		frame->flags = CANFD_FDF | CANFD_BRS;
	else if (text_is(word, "fe"))
		frame->flags = CANFD_FDF | CANFD_BRS | CANFD_ESI;
	else if (text_is(word, "bi"))
		frame->flags = CANFD_FDF | CANFD_ESI;
	else
		return *remote || text_is(word, "dt");
	return true;
}

struct row_2 {
	int64_t offset_ns;
	bool remote;
	uint64_t length;
	bool is_code; /* length is a DLC, not bytes */
};

/* One column; 1 to go on, 0 at a row that is done (error row), or a note. */
static int parse_column(struct text *t, char column, struct row_2 *row, struct anycan_frame *frame)
{
	struct text word = text_word(t);
	uint64_t bus;

	switch (column) {
	case 'O':
		return text_whole_scaled(word, ANYCAN_NS_PER_MS, &row->offset_ns)
			       ? 1
			       : NOTE(SKIPPED_MALFORMED);
	case 'T':
		if (text_is(word, "er"))
			return 0;
		return set_type(word, frame, &row->remote) ? 1 : NOTE(SKIPPED_EVENT);
	case 'B':
		if (!text_whole_number(word, 10, &bus))
			return NOTE(SKIPPED_MALFORMED);
		frame->channel = canlog_channel_from_1(bus);
		return 1;
	case 'I':
		return parse_id(word, &frame->can_id) ? 1 : NOTE(SKIPPED_MALFORMED);
	case 'd':
		frame->dir = text_is(word, "tx") ? ANYCAN_TX : ANYCAN_RX;
		return 1;
	case 'l':
	case 'L':
		row->is_code = column == 'L';
		return text_whole_number(word, 10, &row->length) ? 1 : NOTE(SKIPPED_MALFORMED);
	default:
		return 1;
	}
}

static int finish_row_2(struct canlog *log, struct text *t, const struct row_2 *row,
			struct anycan_frame *frame)
{
	if (row->length > (row->is_code ? ANYCAN_DLC_MAX : CANFD_MAX_DLEN))
		return NOTE(SKIPPED_MALFORMED);
	if (frame->flags) {
		size_t len = row->is_code ? anycan_dlc2len((uint8_t)row->length) : row->length;

		if (!parse_bytes(t, frame->data, len))
			return NOTE(SKIPPED_MALFORMED);
		canlog_set_data_len(log, frame, len);
		return 1;
	}
	canlog_set_classic_dlc(log, frame, (unsigned int)row->length);
	if (row->remote)
		frame->can_id |= CAN_RTR_FLAG;
	else if (!parse_bytes(t, frame->data, frame->len))
		return NOTE(SKIPPED_MALFORMED);
	return 1;
}

static int parse_row_2(struct canlog *log, struct text *t, struct anycan_frame *frame)
{
	struct trc_state *st = log->state;
	struct row_2 row = {0};
	const char *columns = st->columns[0] ? st->columns : "NOTBIdRLD";
	int status = 1;

	frame->channel = ANYCAN_CHANNEL_NONE;
	for (const char *c = columns; *c && *c != 'D' && status > 0; c++) {
		status = parse_column(t, *c, &row, frame);
		frame->ts_ns = canlog_add_time(st->start_ns, row.offset_ns);
		/* The bus of an error row stands where the others have it. */
		if (!status && c[1] == 'B')
			parse_column(t, 'B', &row, frame);
	}
	if (!status)
		return parse_error_2(t, frame);
	return status < 0 ? status : finish_row_2(log, t, &row, frame);
}

int trc_parse_line(struct canlog *log, const char *line, size_t len, struct anycan_frame *frame)
{
	struct trc_state *st = log->state;
	struct text t = {line, line + len}, word;
	int64_t offset;

	text_skip_blanks(&t);
	if (t.p == t.end)
		return 0;
	if (*t.p == ';')
		return parse_comment(log, t);
	canlog_frame_reset(frame);
	if (st->version >= 20)
		return parse_row_2(log, &t, frame);
	word = text_word(&t);
	if (word.end[-1] != ')')
		return NOTE(SKIPPED_UNKNOWN);
	if (!text_whole_scaled(text_word(&t), ANYCAN_NS_PER_MS, &offset))
		return NOTE(SKIPPED_MALFORMED);
	frame->ts_ns = canlog_add_time(st->start_ns, offset);
	return parse_row_1(log, &t, frame);
}
