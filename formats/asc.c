// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * ASC, Vector's text log: the format and its writer. Source: output of python-can 4.1 and 4.6 and
 * of can-utils' log2asc, files of CANoe 7 to 12.
 */
#include "asc.h"
#include "date.h"
#include "number.h"

#include <anycan/clock.h>
#include <errno.h>

#define ASC_HEAD_MAX 256
#define ASC_END "End TriggerBlock\n"

static int asc_probe(const uint8_t *head, size_t len)
{
	struct text t = {(const char *)head, (const char *)head + len};
	struct text word;

	/* Comments may come first. */
	while (text_begins(t, "//") || (t.p < t.end && (*t.p == '\r' || *t.p == '\n'))) {
		const char *end = memchr(t.p, '\n', text_len(t));

		t.p = end ? end + 1 : t.end;
	}
	word = text_word(&t);
	if (text_is(word, "date"))
		return 80;
	if (text_is(word, "base")) {
		word = text_word(&t);
		return text_is(word, "hex") || text_is(word, "dec") ? 80 : 0;
	}
	return 0;
}

int asc_open(struct canlog *log)
{
	struct asc_state *st = log->state;

	st->dec = log->set.base_dec;
	st->printed_sec = -1;
	st->decimals = log->set.decimals ? (unsigned int)log->set.decimals : 6;
	log->time_ns = 1;
	for (unsigned int i = st->decimals; i < CANLOG_DECIMALS_MAX; i++)
		log->time_ns *= 10;
	return 0;
}

static char *print_time(struct asc_state *st, int64_t ns, uint32_t unit, char *out)
{
	int64_t sec = ns / ANYCAN_NS_PER_S;
	uint32_t part = (uint32_t)(ns - sec * ANYCAN_NS_PER_S);

	if (sec != st->printed_sec) {
		st->printed_sec = sec;
		st->printed[0] = ' ';
		st->printed_len =
			(size_t)(print_uint(st->printed + 1, (uint64_t)sec) - st->printed);
		st->printed[st->printed_len++] = '.';
	}
	memcpy(out, st->printed, sizeof(st->printed));
	out += st->printed_len;
	if (st->decimals == 6)
		out = print_6(out, part / 1000);
	else
		out = print_digits(out, part / unit, st->decimals);
	*out++ = ' ';
	return out;
}

/*
 * The head, once the first time is known. Time 0 is that time without what a date cannot tell,
 * parts of a millisecond: so the absolute time of every frame can be read back exactly.
 */
static char *print_head(struct canlog *log, int64_t ts_ns, char *out)
{
	struct asc_state *st = log->state;
	char date[64];

	st->started = true;
	st->zero_ns = ts_ns - ts_ns % ANYCAN_NS_PER_MS;
	st->last_ns = ts_ns;
	st->previous_ns = st->zero_ns;
	*canlog_date_print(date, ts_ns) = '\0';
	if (log->out.written + log->out.len == 0 || !log->set.append) {
		out = print_text(out, "date ");
		out = print_text(out, date);
		out = print_text(out, log->set.base_dec ? "\nbase dec  " : "\nbase hex  ");
		out = print_text(out, log->set.deltas ? "timestamps relative\n"
						      : "timestamps absolute\n");
		out = print_text(out, "internal events logged\n");
	}
	out = print_text(out, "Begin Triggerblock ");
	out = print_text(out, date);
	*out++ = '\n';
	out = print_time(st, 0, log->time_ns, out);
	return print_text(out, "Start of measurement\n");
}

static char *print_stamp(struct canlog *log, int64_t ts_ns, char *out)
{
	struct asc_state *st = log->state;
	int64_t ns;

	ts_ns = canlog_round_time(log, ts_ns);
	if (!st->started)
		out = print_head(log, ts_ns, out);
	if (ts_ns < st->last_ns) {
		canlog_note_add(log, CANLOG_RAISED_TIME);
		ts_ns = st->last_ns;
	}
	st->last_ns = ts_ns;
	ns = ts_ns - st->zero_ns;
	if (log->set.deltas) {
		ns = ts_ns - st->previous_ns;
		st->previous_ns = ts_ns;
	}
	return print_time(st, ns, log->time_ns, out);
}

static char *print_number(const struct canlog *log, uint32_t value, char *out)
{
	return log->set.base_dec ? print_uint(out, value) : print_hex(out, value);
}

static char *print_id(const struct canlog *log, const struct anycan_frame *frame, char *out)
{
	out = print_number(log, frame->can_id & CAN_EFF_MASK, out);
	if (frame->can_id & CAN_EFF_FLAG)
		*out++ = 'x';
	return out;
}

static char *print_data(const struct canlog *log, const uint8_t *data, size_t len, char *out)
{
	if (!log->set.base_dec)
		return print_bytes_spaced(out, data, len);
	for (size_t i = 0; i < len; i++) {
		*out++ = ' ';
		out = print_uint(out, data[i]);
	}
	return out;
}

static char *fill(char *out, const char *start, int columns)
{
	while (out - start < columns)
		*out++ = ' ';
	return out;
}

static char *print_direction(const struct anycan_frame *frame, char *out)
{
	memcpy(out, frame->dir == ANYCAN_TX ? "Tx   " : "Rx   ", 5);
	return out + 5;
}

static char *print_classic(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	char *start;

	out = print_uint(out, canlog_channel_plus_1(log, frame));
	memcpy(out, "  ", 2);
	out += 2;
	if (frame->can_id & CAN_ERR_FLAG)
		return print_text(out, "ErrorFrame\n");
	start = out;
	out = print_id(log, frame, out);
	out = fill(out, start, 15);
	*out++ = ' ';
	out = print_direction(frame, out);
	*out++ = frame->can_id & CAN_RTR_FLAG ? 'r' : 'd';
	*out++ = ' ';
	*out++ = "0123456789abcdef"[(frame->len8_dlc ? frame->len8_dlc : frame->len) & 15];
	if (anycan_frame_data_len(frame))
		out = print_data(log, frame->data, frame->len, out);
	else
		*out++ = ' ';
	*out++ = '\n';
	return out;
}

static uint32_t fd_flags(const struct anycan_frame *frame)
{
	uint32_t flags = 0;

	if (frame->flags & CANFD_FDF)
		flags |= ASC_FLAG_FDF;
	if (frame->flags & CANFD_BRS)
		flags |= ASC_FLAG_BRS;
	if (frame->flags & CANFD_ESI)
		flags |= ASC_FLAG_ESI;
	if (frame->can_id & CAN_RTR_FLAG)
		flags |= ASC_FLAG_RTR;
	return flags;
}

/* Columns of a CANFD line; duration, length, checksum and bit timing are not known: 0. */
static char *print_fd(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	size_t len = anycan_frame_data_len(frame);
	char id[16], flags[16];
	size_t id_len = (size_t)(print_id(log, frame, id) - id);
	size_t flags_len = (size_t)(print_hex(flags, fd_flags(frame)) - flags);

	out = print_text(out, "CANFD ");
	out = print_uint_right(out, canlog_channel_plus_1(log, frame), 3);
	*out++ = ' ';
	out = print_direction(frame, out);
	out = fill(out, out, id_len < 8 ? (int)(8 - id_len) : 0);
	memcpy(out, id, id_len);
	out += id_len;
	/* The symbolic name, empty. */
	out = fill(out, out, 2 + 32 + 1);
	*out++ = frame->flags & CANFD_BRS ? '1' : '0';
	*out++ = ' ';
	*out++ = frame->flags & CANFD_ESI ? '1' : '0';
	*out++ = ' ';
	*out++ = "0123456789abcdef"[anycan_frame_dlc(frame)];
	*out++ = ' ';
	out = print_uint_right(out, len, 2);
	out = len ? print_data(log, frame->data, len, out) : print_text(out, " ");
	out = print_text(out, "        0    0 ");
	out = fill(out, out, (int)(8 - flags_len));
	memcpy(out, flags, flags_len);
	out += flags_len;
	return print_text(out, "        0        0        0        0        0\n");
}

char *asc_print_line(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	bool fd = frame->flags & CANFD_FDF;

	out = print_stamp(log, frame->ts_ns, out);
	if (fd || (log->set.classic_fd && !(frame->can_id & CAN_ERR_FLAG)))
		return print_fd(log, frame, out);
	return print_classic(log, frame, out);
}

int asc_event(struct canlog *log, int64_t ts_ns, const char *text)
{
	struct asc_state *st = log->state;
	size_t len = strcspn(text, "\r\n");
	uint8_t *at;
	char *out;
	int err;

	if (!len || len > CANLOG_LINE_MAX / 2)
		return -EINVAL;
	err = canlog_out_room(&log->out, ASC_HEAD_MAX + 64 + len, &at);
	if (err)
		return err;
	out = print_stamp(log, ts_ns ? ts_ns : st->last_ns, (char *)at);
	memcpy(out, text, len);
	out[len] = '\n';
	canlog_out_done(&log->out, (uint8_t *)out + len + 1);
	return 0;
}

int asc_close(struct canlog *log)
{
	struct asc_state *st = log->state;
	uint8_t *at;
	char *out;
	int err;

	if (!log->writing)
		return 0;
	err = canlog_out_room(&log->out, ASC_HEAD_MAX + 64, &at);
	if (err)
		return err;
	out = (char *)at;
	if (!st->started)
		out = print_head(log, (int64_t)time(NULL) * ANYCAN_NS_PER_S, out);
	out = print_text(out, ASC_END);
	canlog_out_done(&log->out, (uint8_t *)out);
	return 0;
}

const struct canlog_format asc_format = {
	.name = "asc",
	.summary = "Vector's text log",
	.extensions = (const char *const[]){".asc", NULL},
	.settings = (const char *const[]){"append", "base", "canfd_lines", "channel", "decimals",
					  "relative_timestamp", "timestamps_format", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_TEXT | CANLOG_GZIP |
		     CANLOG_EVENTS,
	.loses = UINT64_C(1) << CANLOG_LOST_TIME_DIGITS | UINT64_C(1) << CANLOG_RAISED_TIME |
		 UINT64_C(1) << CANLOG_LOST_NAME | UINT64_C(1) << CANLOG_LOST_ERROR_CLASS,
	.time_ns = 1000,
	.state_size = sizeof(struct asc_state),
	.line_max = ASC_HEAD_MAX + 768,
	.probe = asc_probe,
	.open = asc_open,
	.close = asc_close,
	.event = asc_event,
	.parse_line = asc_parse_line,
	.print_line = asc_print_line,
};
