// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * TRC, PEAK's trace file, versions 1.0, 1.1, 1.3, 2.0 and 2.1: the format and its writer. Source:
 * PEAK CAN TRC File Format (2020-07-27); the head of version 2.1 has python-can's columns.
 */
#include "trc.h"
#include "number.h"

#include <anycan/clock.h>
#include <errno.h>
#include <linux/can/error.h>

#define TRC_HEAD_MAX 2048

static int trc_probe(const uint8_t *head, size_t len)
{
	struct text t = {(const char *)head, (const char *)head + len};

	if (text_begins(t, ";$fileversion="))
		return 95;
	/* Version 1.0 begins with a line of number signs. */
	return text_begins(t, ";##########") ? 70 : 0;
}

static int trc_open(struct canlog *log)
{
	struct trc_state *st = log->state;
	unsigned int version = log->set.version;

	st->version = log->writing ? version : 10;
	if (!log->writing)
		return 0;
	if (version == 21)
		log->loses &= ~(UINT64_C(1) << CANLOG_LOST_RAW_DLC);
	if (version == 21 || version == 13)
		log->loses &= ~(UINT64_C(1) << CANLOG_LOST_CHANNEL);
	else
		log->loses &= ~(UINT64_C(1) << CANLOG_LOST_NAME);
	if (version >= 20)
		log->loses &= ~(UINT64_C(1) << CANLOG_DROPPED_FD);
	if (version != 10)
		log->loses &= ~(UINT64_C(1) << CANLOG_LOST_DIRECTION);
	log->time_ns = version == 10 ? 1000000 : version == 11 ? 100000 : 1000;
	return 0;
}

void trc_error_from_frame(const struct anycan_frame *frame, uint8_t pcan[5])
{
	const uint8_t *data = frame->data;
	bool detailed = (frame->can_id & CAN_ERR_PROT) && frame->len >= CAN_ERR_DLC;

	memset(pcan, 0, 5);
	pcan[0] = 8;
	pcan[1] = 1;
	if (!detailed)
		return;
	pcan[0] = (uint8_t)((data[2] & CAN_ERR_PROT_BIT ? 1 : 0) |
			    (data[2] & CAN_ERR_PROT_FORM ? 2 : 0) |
			    (data[2] & CAN_ERR_PROT_STUFF ? 4 : 0));
	if (!pcan[0])
		pcan[0] = 8;
	pcan[1] = data[2] & CAN_ERR_PROT_TX ? 0 : 1;
	pcan[2] = data[3];
	pcan[3] = data[7];
	pcan[4] = data[6];
}

/* The time as the version has it: whole, one or three decimals of milliseconds. */
static char *print_offset(const struct trc_state *st, int64_t ns, char *out)
{
	uint64_t us = (uint64_t)ns / 1000;

	if (st->version == 10)
		return print_uint_right(out, us / 1000, 10);
	out = print_uint_right(out, us / 1000, 9);
	*out++ = '.';
	if (st->version == 11)
		return print_uint(out, us / 100 % 10);
	return print_digits(out, (uint32_t)(us % 1000), 3);
}

static char *print_id(canid_t id, char *out)
{
	if ((id & CAN_EFF_FLAG) || id > CAN_SFF_MASK)
		return anycan_hex_put_number(out, 8, id & CAN_EFF_MASK);
	memcpy(out, "    ", 4);
	return anycan_hex_put_number(out + 4, 4, id);
}

static char *print_bytes(char *out, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++, out += 3)
		memcpy(out, canlog_hex_spaced[bytes[i]], 3);
	return len ? out - 1 : out;
}

static const char *type_1(const struct trc_state *st, const struct anycan_frame *frame)
{
	bool error = frame->can_id & CAN_ERR_FLAG, tx = frame->dir == ANYCAN_TX;

	if (st->version == 11)
		return error ? "  Error  " : tx ? "  Tx     " : "  Rx     ";
	return error ? "Error " : tx ? "Tx    " : "Rx    ";
}

/* Versions 1.x behind the time */
static char *print_row_1(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	struct trc_state *st = log->state;
	uint8_t pcan[5];

	if (st->version == 13) {
		*out++ = ' ';
		out = print_uint(out, canlog_channel_plus_1(log, frame));
	}
	if (st->version == 10 || st->version == 13)
		out = print_text(out, "  ");
	if (st->version != 10)
		out = print_text(out, type_1(st, frame));
	if (frame->can_id & CAN_ERR_FLAG) {
		trc_error_from_frame(frame, pcan);
		out = print_id(pcan[0], out);
		out = print_text(out, st->version == 13	  ? " -  4    "
				      : st->version == 10 ? "  4  ERROR "
							  : "  4  ");
		return print_bytes(out, pcan + 1, 4);
	}
	out = print_id(frame->can_id & ~CAN_RTR_FLAG, out);
	out = print_text(out, st->version == 13 ? " -  " : "  ");
	*out++ = (char)('0' + frame->len);
	out = print_text(out, st->version == 13 ? "    " : "  ");
	if (frame->can_id & CAN_RTR_FLAG)
		return print_text(out, "RTR");
	return print_bytes(out, frame->data, frame->len);
}

static const char *type_2(const struct anycan_frame *frame)
{
	static const char *const fd_types[4] = {"FD", "FB", "BI", "FE"};

	if (frame->can_id & CAN_ERR_FLAG)
		return "ER";
	if (frame->flags & CANFD_FDF)
		return fd_types[(frame->flags & CANFD_BRS ? 1 : 0) |
				(frame->flags & CANFD_ESI ? 2 : 0)];
	return frame->can_id & CAN_RTR_FLAG ? "RR" : "DT";
}

/* Versions 2.x behind the time: 2.1 has the bus, a reserved column and the DLC, 2.0 bytes. */
static char *print_row_2(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	bool new = log->set.version == 21, error = frame->can_id &CAN_ERR_FLAG;
	uint8_t pcan[5];

	*out++ = ' ';
	memcpy(out, type_2(frame), 2);
	out += 2;
	*out++ = ' ';
	if (new) {
		out = print_uint_right(out, canlog_channel_plus_1(log, frame), 2);
		*out++ = ' ';
	}
	if (error)
		out = print_text(out, new ? "       -" : "        ");
	else
		out = print_id(frame->can_id & ~CAN_RTR_FLAG, out);
	out = print_text(out, frame->dir == ANYCAN_TX ? " Tx " : " Rx ");
	if (error) {
		trc_error_from_frame(frame, pcan);
		return print_bytes(print_text(out, new ? "-  5    " : "   "), pcan, 5);
	}
	if (new)
		out = print_text(out, "-  ");
	out = print_uint(out, new ? anycan_frame_dlc(frame) : frame->len);
	out = print_text(out, new ? "    " : "  ");
	if (new &&anycan_frame_dlc(frame) > 9)
		out--;
	return print_bytes(out, frame->data, anycan_frame_data_len(frame));
}

static char *trc_print_line(struct canlog *log, const struct anycan_frame *frame, char *out)
{
	struct trc_state *st = log->state;
	int64_t ts_ns = canlog_round_time(log, frame->ts_ns);

	if (!st->started) {
		st->started = true;
		/* Whole milliseconds: what python-can's floating point can tell exactly. */
		st->start_ns = ts_ns - ts_ns % ANYCAN_NS_PER_MS;
		st->last_ns = ts_ns;
		out = trc_print_head(log, st->start_ns, out);
	}
	if (ts_ns < st->last_ns) {
		canlog_note_add(log, CANLOG_RAISED_TIME);
		ts_ns = st->last_ns;
	}
	st->last_ns = ts_ns;
	out = print_uint_right(out, ++st->number, st->version >= 20 ? 7 : 6);
	*out++ = st->version >= 20 ? ' ' : ')';
	if (st->version < 20)
		*out++ = ' ';
	out = print_offset(st, ts_ns - st->start_ns, out);
	out = st->version >= 20 ? print_row_2(log, frame, out) : print_row_1(log, frame, out);
	memcpy(out, "\r\n", 2);
	return out + 2;
}

static int trc_event(struct canlog *log, int64_t ts_ns, const char *text)
{
	struct trc_state *st = log->state;
	size_t len = strcspn(text, "\r\n");
	uint8_t *at;
	char *out;
	int err;

	(void)ts_ns;
	if (!st->started || len > CANLOG_LINE_MAX / 2)
		return -EINVAL;
	err = canlog_out_room(&log->out, len + 16, &at);
	if (err)
		return err;
	out = print_text((char *)at, ";   ");
	memcpy(out, text, len);
	out = print_text(out + len, "\r\n");
	canlog_out_done(&log->out, (uint8_t *)out);
	return 0;
}

/* A log without frames has a head all the same. */
static int trc_close(struct canlog *log)
{
	struct trc_state *st = log->state;
	uint8_t *at;
	int err;

	if (!log->writing || st->started)
		return 0;
	err = canlog_out_room(&log->out, TRC_HEAD_MAX, &at);
	if (err)
		return err;
	at = (uint8_t *)trc_print_head(log, (int64_t)time(NULL) * ANYCAN_NS_PER_S, (char *)at);
	canlog_out_done(&log->out, at);
	return 0;
}

const struct canlog_format trc_format = {
	.name = "trc",
	.summary = "PEAK's trace file, versions 1.0 to 2.1",
	.extensions = (const char *const[]){".trc", NULL},
	.settings = (const char *const[]){"channel", "relative_timestamp", "version", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_TEXT | CANLOG_GZIP | CANLOG_EVENTS,
	.loses = UINT64_C(1) << CANLOG_LOST_TIME_DIGITS | UINT64_C(1) << CANLOG_RAISED_TIME |
		 UINT64_C(1) << CANLOG_LOST_NAME | UINT64_C(1) << CANLOG_LOST_ERROR_CLASS |
		 UINT64_C(1) << CANLOG_LOST_RAW_DLC | UINT64_C(1) << CANLOG_LOST_CHANNEL |
		 UINT64_C(1) << CANLOG_LOST_DIRECTION | UINT64_C(1) << CANLOG_DROPPED_FD,
	.time_ns = 1000,
	.state_size = sizeof(struct trc_state),
	.line_max = TRC_HEAD_MAX + 512,
	.probe = trc_probe,
	.open = trc_open,
	.close = trc_close,
	.event = trc_event,
	.parse_line = trc_parse_line,
	.print_line = trc_print_line,
};
