// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * CSV by python-can's schema: timestamp,arbitration_id,extended,remote,error,dlc,data with the
 * data in base64. Source: python-can 4.0's manual, section CSVWriter, and output of 4.1 and 4.6.
 */
#include "format.h"
#include "number.h"

#include <anycan/clock.h>

static const char csv_header[] = "timestamp,arbitration_id,extended,remote,error,dlc,data";

static const char base64_digit[64] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

struct csv_state {
	uint8_t base64_value[256]; /* 0..63, 64 for all that is no digit */
	bool header_seen;
	int64_t printed_sec;
	char printed[24];
	size_t printed_len;
};

static int csv_probe(const uint8_t *head, size_t len)
{
	size_t want = sizeof(csv_header) - 1;

	return len >= want && !memcmp(head, csv_header, want) ? 95 : 0;
}

static int csv_open(struct canlog *log)
{
	struct csv_state *st = log->state;
	int err;

	st->printed_sec = -1;
	memset(st->base64_value, 64, sizeof(st->base64_value));
	for (unsigned int i = 0; i < 64; i++)
		st->base64_value[(uint8_t)base64_digit[i]] = (uint8_t)i;
	/* No second head; but an empty file has none yet. */
	if (!log->writing || (log->set.append && log->out.written))
		return 0;
	err = canlog_out_put(&log->out, csv_header, sizeof(csv_header) - 1);
	return err ? err : canlog_out_put(&log->out, "\n", 1);
}

/* The field up to the next comma. */
static struct text next_field(struct text *t)
{
	const char *comma = memchr(t->p, ',', text_len(*t));
	struct text field = {t->p, comma ? comma : t->end};

	t->p = comma ? comma + 1 : t->end;
	return field;
}

static bool parse_hex_field(struct text field, uint32_t *value)
{
	uint64_t number;

	if (text_begins(field, "0x"))
		field.p += 2;
	if (!text_whole_number(field, 16, &number) || number > CAN_ERR_MASK)
		return false;
	*value = (uint32_t)number;
	return true;
}

/* Return: bytes, or -1. */
static int parse_base64(const struct csv_state *st, struct text t, uint8_t *bytes, size_t room)
{
	uint32_t bits = 0;
	unsigned int have = 0;
	size_t len = 0;

	while (t.end > t.p && t.end[-1] == '=')
		t.end--;
	for (; t.p < t.end; t.p++) {
		uint8_t value = st->base64_value[(uint8_t)*t.p];

		if (value > 63)
			return -1;
		bits = bits << 6 | value;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (len == room)
			return -1;
		bytes[len++] = (uint8_t)(bits >> have);
	}
	return (int)len;
}

static void set_kind(struct text extended, struct text remote, struct text error,
		     struct anycan_frame *frame)
{
	if (*extended.p == '1' && *error.p != '1')
		frame->can_id |= CAN_EFF_FLAG;
	if (*error.p == '1')
		frame->can_id |= CAN_ERR_FLAG;
	else if (*remote.p == '1')
		frame->can_id |= CAN_RTR_FLAG;
}

/* Length by the data; the dlc column tells more for remote frames and raw DLCs. */
static bool set_length(struct canlog *log, struct anycan_frame *frame, uint64_t dlc, size_t bytes)
{
	if (frame->can_id & CAN_RTR_FLAG) {
		canlog_set_classic_dlc(log, frame, (unsigned int)(dlc > 255 ? 255 : dlc));
		return true;
	}
	canlog_set_data_len(log, frame, bytes);
	if (dlc == bytes)
		return true;
	if (bytes == CAN_MAX_DLEN && dlc > CAN_MAX_DLC && dlc <= ANYCAN_DLC_MAX &&
	    !(frame->can_id & CAN_ERR_FLAG))
		frame->len8_dlc = (uint8_t)dlc;
	else if (bytes < dlc && !(frame->can_id & CAN_ERR_FLAG))
		return false;
	else
		canlog_note_add(log, CANLOG_CHANGED_DLC);
	return true;
}

static int csv_parse_line(struct canlog *log, const char *line, size_t len,
			  struct anycan_frame *frame)
{
	struct csv_state *st = log->state;
	struct text t = {line, line + len};
	struct text field[7];
	uint64_t dlc;
	int bytes;

	if (!st->header_seen) {
		st->header_seen = true;
		return 0;
	}
	if (!len)
		return 0;
	canlog_frame_reset(frame);
	for (int i = 0; i < 7; i++)
		field[i] = next_field(&t);
	if (!text_whole_scaled(field[0], ANYCAN_NS_PER_S, &frame->ts_ns) ||
	    !parse_hex_field(field[1], &frame->can_id) || text_len(field[2]) != 1 ||
	    text_len(field[3]) != 1 || text_len(field[4]) != 1 ||
	    !text_whole_number(field[5], 10, &dlc) || t.p < t.end)
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	set_kind(field[2], field[3], field[4], frame);
	frame->channel = ANYCAN_CHANNEL_NONE;
	bytes = parse_base64(st, field[6], frame->data, ANYCAN_DATA_MAX);
	if (bytes < 0 || !set_length(log, frame, dlc, (size_t)bytes))
		return CANLOG_LINE_NOTE(CANLOG_SKIPPED_MALFORMED);
	return 1;
}

/* As Python's repr() of the time, but with all digits of nanoseconds where there are any. */
static char *print_time(struct csv_state *st, int64_t ts_ns, char *out)
{
	int64_t sec = ts_ns / ANYCAN_NS_PER_S;
	uint32_t ns = (uint32_t)(ts_ns - sec * ANYCAN_NS_PER_S);

	if (sec != st->printed_sec) {
		st->printed_sec = sec;
		st->printed_len = (size_t)(print_uint(st->printed, (uint64_t)sec) - st->printed);
		st->printed[st->printed_len++] = '.';
	}
	memcpy(out, st->printed, sizeof(st->printed));
	out += st->printed_len;
	if (ns % 1000)
		out = print_digits(out, ns, 9);
	else
		out = print_6(out, ns / 1000);
	while (out[-1] == '0' && out[-2] != '.')
		out--;
	return out;
}

static char *print_base64(char *out, const uint8_t *bytes, size_t len)
{
	uint32_t bits;

	for (; len >= 3; len -= 3, bytes += 3) {
		bits = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
		*out++ = base64_digit[bits >> 18];
		*out++ = base64_digit[bits >> 12 & 63];
		*out++ = base64_digit[bits >> 6 & 63];
		*out++ = base64_digit[bits & 63];
	}
	if (!len)
		return out;
	bits = (uint32_t)bytes[0] << 16 | (len > 1 ? (uint32_t)bytes[1] << 8 : 0);
	*out++ = base64_digit[bits >> 18];
	*out++ = base64_digit[bits >> 12 & 63];
	*out++ = len > 1 ? base64_digit[bits >> 6 & 63] : '=';
	*out++ = '=';
	return out;
}

static char *print_lower_hex(char *out, uint32_t value)
{
	unsigned int digits = value ? (35u - (unsigned int)__builtin_clz(value)) / 4 : 1;

	*out++ = '0';
	*out++ = 'x';
	for (unsigned int i = digits; i > 0; i--)
		*out++ = "0123456789abcdef"[value >> (4 * (i - 1)) & 15];
	return out;
}

static char *csv_print_line(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	bool extended = frame->can_id & CAN_EFF_FLAG, error = frame->can_id & CAN_ERR_FLAG;
	bool remote = (frame->can_id & CAN_RTR_FLAG) && !error;

	out = print_time(log->state, frame->ts_ns, out);
	*out++ = ',';
	out = print_lower_hex(out, frame->can_id & CAN_EFF_MASK);
	*out++ = ',';
	*out++ = extended && !error ? '1' : '0';
	*out++ = ',';
	*out++ = remote ? '1' : '0';
	*out++ = ',';
	*out++ = error ? '1' : '0';
	*out++ = ',';
	out = print_uint(out, frame->len8_dlc ? frame->len8_dlc : frame->len);
	*out++ = ',';
	if (!remote)
		out = print_base64(out, frame->data, frame->len);
	*out++ = '\n';
	return out;
}

const struct canlog_format csv_format = {
	.name = "csv",
	.summary = "comma-separated values by python-can's schema",
	.extensions = (const char *const[]){".csv", NULL},
	.settings = (const char *const[]){"append", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_TEXT | CANLOG_GZIP,
	.loses = UINT64_C(1) << CANLOG_LOST_FD | UINT64_C(1) << CANLOG_LOST_FD_FLAGS |
		 UINT64_C(1) << CANLOG_LOST_CHANNEL | UINT64_C(1) << CANLOG_LOST_DIRECTION,
	.time_ns = 1,
	.state_size = sizeof(struct csv_state),
	.line_max = 256,
	.probe = csv_probe,
	.open = csv_open,
	.parse_line = csv_parse_line,
	.print_line = csv_print_line,
};
