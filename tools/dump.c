// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Frames as lines of candump.
 */
#include "dump.h"

#include "dump_json.h"

#include <anycan/clock.h>
#include <anycan/error_frame.h>
#include <anycan/hex.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SWAP_MARK '`'
#define COLOR_OFF "\33[0m"

static const char *const colors[] = {
	"\33[1m\33[34m", "\33[1m\33[31m", "\33[1m\33[32m",
	"\33[1m",	 "\33[1m\33[35m", "\33[1m\33[36m",
};

static char *put_text(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return out + len;
}

static char *put_decimal(char *out, uint64_t value, unsigned int digits)
{
	for (unsigned int i = digits; i > 0; i--) {
		out[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + digits;
}

/* ---- Names */

void dump_init(struct dump *dump, const struct dump_options *options, const struct buses *buses)
{
	*dump = (struct dump){.options = *options, .buses = buses, .date_s = -1};
	/* As candump, which knows of a bus on all netdevs only this word to begin with. */
	for (unsigned int i = 0; i < buses->n; i++) {
		char name[IFNAMSIZ];
		size_t len = strlen(buses->names[i]);

		if (!anycan_bus_channel_name(buses->list[i], 0, name, sizeof(name)))
			len = strlen(name);
		if (dump->width < len)
			dump->width = (unsigned int)len;
	}
}

static void fill_name(struct dump *dump, uint16_t channel, struct dump_name *name)
{
	const char *text = channel == ANYCAN_CHANNEL_NONE ? "-" : buses_name(dump->buses, channel);

	if (dump->options.form == DUMP_JSON)
		dump_json_escape(text, name->text, sizeof(name->text));
	else
		snprintf(name->text, sizeof(name->text), "%s", text);
	name->len = (unsigned int)strlen(name->text);
	if (dump->width < name->len)
		dump->width = name->len;
	name->color = dump->n_colors++ % (sizeof(colors) / sizeof(colors[0]));
}

static const struct dump_name *name_of(struct dump *dump, uint16_t channel,
				       struct dump_name *scratch)
{
	struct dump_name *name = channel < DUMP_CHANNELS ? &dump->names[channel] : scratch;

	if (name == scratch || !name->len)
		fill_name(dump, channel, name);
	return name;
}

static char *put_name(const struct dump *dump, const struct dump_name *name, char *out)
{
	for (unsigned int i = name->len; i < dump->width; i++)
		*out++ = ' ';
	memcpy(out, name->text, name->len);
	return out + name->len;
}

/* ---- Times */

static char *put_fraction(const struct dump *dump, int64_t ns, char *out)
{
	*out++ = '.';
	out = dump->options.ns ? put_decimal(out, (uint64_t)ns, 9)
			       : put_decimal(out, (uint64_t)(ns / ANYCAN_NS_PER_US), 6);
	*out++ = ')';
	*out++ = ' ';
	return out;
}

static char *put_date(struct dump *dump, time_t seconds, char *out)
{
	struct tm tm;

	if (seconds != dump->date_s) {
		dump->date_s = seconds;
		localtime_r(&seconds, &tm);
		strftime(dump->date, sizeof(dump->date), "%Y-%m-%d %H:%M:%S", &tm);
	}
	return put_text(out, dump->date);
}

/* The time since the first frame, or since the one before; of times as they are printed. */
static int64_t since_last(struct dump *dump, int64_t ns)
{
	int64_t passed;

	if (!dump->options.ns)
		ns -= ns % ANYCAN_NS_PER_US;
	if (!dump->last_ns)
		dump->last_ns = ns;
	passed = ns > dump->last_ns ? ns - dump->last_ns : 0;
	if (dump->options.time == DUMP_DELTA)
		dump->last_ns = ns;
	return passed;
}

static char *put_time(struct dump *dump, enum dump_time time, int64_t ns, char *out)
{
	unsigned int digits = time == DUMP_ABSOLUTE ? 10 : 3;
	int64_t seconds;

	if (time == DUMP_NO_TIME)
		return out;
	if (time == DUMP_DELTA || time == DUMP_ZERO)
		ns = since_last(dump, ns);
	seconds = ns / ANYCAN_NS_PER_S;
	*out++ = '(';
	if (time == DUMP_DATE)
		out = put_date(dump, (time_t)seconds, out);
	else if (seconds < (digits == 3 ? 1000 : 10000000000))
		out = put_decimal(out, (uint64_t)seconds, digits);
	else
		out += sprintf(out, "%" PRId64, seconds);
	return put_fraction(dump, ns % ANYCAN_NS_PER_S, out);
}

/* ---- Frames as candump -L has them */

static char *put_id(const struct anycan_frame *frame, char *out)
{
	canid_t id = frame->can_id;

	if (id & CAN_ERR_FLAG)
		return anycan_hex_put_number(out, 8, id & (CAN_ERR_FLAG | CAN_ERR_MASK));
	if (id & CAN_EFF_FLAG)
		return anycan_hex_put_number(out, 8, id & CAN_EFF_MASK);
	return anycan_hex_put_number(out, 3, id & CAN_SFF_MASK);
}

static bool is_remote(const struct anycan_frame *frame)
{
	return (frame->can_id & CAN_RTR_FLAG) && !anycan_frame_is_fd(frame);
}

static char *put_frame(const struct anycan_frame *frame, char *out)
{
	out = put_id(frame, out);
	*out++ = '#';
	if (is_remote(frame)) {
		*out++ = 'R';
		if (frame->len)
			*out++ = (char)('0' + frame->len);
	} else {
		if (anycan_frame_is_fd(frame)) {
			*out++ = '#';
			/* All flags that the kernel hands out, CANFD_FDF among them. */
			out = anycan_hex_put_number(out, 1, frame->flags & 15);
		}
		out = anycan_hex_put_bytes(out, frame->data, frame->len);
	}
	if (frame->len8_dlc) {
		*out++ = '_';
		out = anycan_hex_put_number(out, 1, frame->len8_dlc);
	}
	return out;
}

static char *put_log_line(struct dump *dump, const struct anycan_frame *frame, char *out)
{
	enum dump_time time = dump->options.time == DUMP_ZERO ? DUMP_ZERO : DUMP_ABSOLUTE;
	struct dump_name scratch;
	const struct dump_name *name = name_of(dump, frame->channel, &scratch);

	out = put_time(dump, time, frame->ts_ns, out);
	out = put_name(dump, name, out);
	*out++ = ' ';
	out = put_frame(frame, out);
	if (dump->options.extra)
		out = put_text(out, frame->dir == ANYCAN_TX ? " T" : " R");
	*out++ = '\n';
	return out;
}

/* ---- Frames as candump has them */

/* Identifier and length, in columns. */
static char *put_head(const struct dump *dump, const struct anycan_frame *frame, char *out)
{
	bool wide = frame->can_id & (CAN_EFF_FLAG | CAN_ERR_FLAG);

	if (!wide && dump->indent)
		out = put_text(out, "     ");
	out = put_text(put_id(frame, out), "  ");
	if (anycan_frame_is_fd(frame)) {
		*out++ = '[';
		out = put_decimal(out, frame->len, 2);
		*out++ = ']';
	} else if (dump->options.raw_dlc) {
		out = put_text(out, " {");
		out = anycan_hex_put_number(out, 1, anycan_frame_dlc(frame));
		*out++ = '}';
	} else {
		out = put_text(out, " [");
		*out++ = (char)('0' + frame->len);
		*out++ = ']';
	}
	*out++ = ' ';
	return out;
}

static char *put_byte(const struct dump *dump, uint8_t byte, char *out)
{
	if (!dump->options.binary)
		return anycan_hex_put_bytes(out, &byte, 1);
	for (int bit = 7; bit >= 0; bit--)
		*out++ = (char)('0' + (byte >> bit & 1));
	return out;
}

static char *put_data(const struct dump *dump, const struct anycan_frame *frame, char *out)
{
	for (unsigned int i = 0; i < frame->len; i++) {
		bool swap = dump->options.swap;

		*out++ = swap && i ? SWAP_MARK : ' ';
		out = put_byte(dump, frame->data[swap ? frame->len - 1U - i : i], out);
	}
	return out;
}

static char *put_ascii(const struct dump *dump, const struct anycan_frame *frame, char *out)
{
	char quote = dump->options.swap ? SWAP_MARK : '\'';

	*out++ = quote;
	for (unsigned int i = 0; i < frame->len; i++) {
		uint8_t byte = frame->data[dump->options.swap ? frame->len - 1U - i : i];

		*out++ = byte > 0x1f && byte < 0x7f ? (char)byte : '.';
	}
	*out++ = quote;
	return out;
}

/* What stands behind the data, in a column of its own. */
static char *put_tail(const struct dump *dump, const struct anycan_frame *frame, char *out)
{
	bool is_error = frame->can_id & CAN_ERR_FLAG;
	unsigned int blanks;

	if (frame->len > CAN_MAX_DLEN || (!is_error && !dump->options.ascii))
		return out;
	blanks = (dump->options.binary ? 9 : 3) * (8U - frame->len) + 3;
	memset(out, ' ', blanks);
	out += blanks;
	return is_error ? put_text(out, "ERRORFRAME") : put_ascii(dump, frame, out);
}

static char *put_extra(const struct anycan_frame *frame, char *out)
{
	out = put_text(out, frame->dir == ANYCAN_TX ? "  TX " : "  RX ");
	*out++ = frame->flags & CANFD_BRS ? 'B' : '-';
	*out++ = ' ';
	*out++ = frame->flags & CANFD_ESI ? 'E' : '-';
	return out;
}

static char *put_error_words(const struct anycan_frame *frame, char *out)
{
	int len;

	out = put_text(out, "\n\t");
	len = anycan_error_frame_print(frame, "\n\t", out, ANYCAN_ERROR_FRAME_SIZE);
	return out + (len < ANYCAN_ERROR_FRAME_SIZE ? len : ANYCAN_ERROR_FRAME_SIZE - 1);
}

static char *put_long_line(struct dump *dump, const struct anycan_frame *frame, char *out)
{
	const struct dump_options *options = &dump->options;
	struct dump_name scratch;
	const struct dump_name *name = name_of(dump, frame->channel, &scratch);

	*out++ = ' ';
	if (options->color > 2)
		out = put_text(out, colors[name->color]);
	out = put_time(dump, options->time, frame->ts_ns, out);
	*out++ = ' ';
	if (options->color == 1 || options->color == 2)
		out = put_text(out, colors[name->color]);
	out = put_name(dump, name, out);
	if (options->extra)
		out = put_extra(frame, out);
	if (options->color == 1)
		out = put_text(out, COLOR_OFF);
	out = put_text(out, "  ");
	out = put_head(dump, frame, out);
	if (is_remote(frame))
		out = put_text(out, " remote request");
	else
		out = put_tail(dump, frame, put_data(dump, frame, out));
	if (options->error_words && (frame->can_id & CAN_ERR_FLAG))
		out = put_error_words(frame, out);
	if (options->color > 1)
		out = put_text(out, COLOR_OFF);
	*out++ = '\n';
	return out;
}

char *dump_frame(struct dump *dump, const struct anycan_frame *frame, char *out)
{
	struct dump_name scratch;

	if (frame->can_id & CAN_EFF_FLAG)
		dump->indent = true;
	switch (dump->options.form) {
	case DUMP_LOG:
		return put_log_line(dump, frame, out);
	case DUMP_JSON:
		return dump_json_frame(frame, name_of(dump, frame->channel, &scratch)->text, out);
	default:
		return put_long_line(dump, frame, out);
	}
}

char *dump_dropped(const struct dump *dump, const char *name, uint64_t frames, uint64_t total,
		   char *out)
{
	if (dump->options.form == DUMP_JSON)
		return dump_json_dropped(name, frames, total, out);
	return out + snprintf(out, DUMP_LINE_MAX,
			      "DROPCOUNT: dropped %" PRIu64 " CAN frame%s on '%s' socket (total "
			      "drops %" PRIu64 ")\n",
			      frames, frames > 1 ? "s" : "", name, total);
}
