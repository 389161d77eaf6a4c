// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Frames as JSON. Written by hand: a library that builds objects costs ten times the frame.
 */
#include "dump_json.h"

#include "dump.h"

#include <anycan/clock.h>
#include <anycan/error_frame.h>
#include <anycan/hex.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void dump_json_escape(const char *text, char *out, size_t size)
{
	char *end = out + size - sizeof("\\u0000");

	for (; *text && out < end; text++) {
		if (*text == '"' || *text == '\\') {
			*out++ = '\\';
			*out++ = *text;
		} else if ((unsigned char)*text < ' ') {
			out += sprintf(out, "\\u%04x", (unsigned int)*text);
		} else {
			*out++ = *text;
		}
	}
	*out = '\0';
}

static const char *kind_of(const struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG)
		return "error";
	return frame->can_id & CAN_RTR_FLAG ? "remote" : "data";
}

static char *put_error(const struct anycan_frame *frame, char *out)
{
	char words[ANYCAN_ERROR_FRAME_SIZE];
	struct anycan_error_report report;

	anycan_error_frame_print(frame, ",", words, sizeof(words));
	anycan_error_frame_report(frame, &report);
	return out + sprintf(out, ",\"trouble\":\"%s\",\"words\":\"%s\"",
			     anycan_trouble_name(report.trouble), words);
}

char *dump_json_frame(const struct anycan_frame *frame, const char *name, char *out)
{
	bool error = frame->can_id & CAN_ERR_FLAG;

	out += sprintf(out,
		       "{\"time\":%" PRId64 ".%09" PRId64 ",\"channel\":\"%s\",\"dir\":\"%s\","
		       "\"kind\":\"%s\",\"id\":%u,\"extended\":%s",
		       frame->ts_ns / ANYCAN_NS_PER_S, frame->ts_ns % ANYCAN_NS_PER_S, name,
		       frame->dir == ANYCAN_TX ? "tx" : "rx", kind_of(frame),
		       frame->can_id & CAN_EFF_MASK,
		       (frame->can_id & CAN_EFF_FLAG) && !error ? "true" : "false");
	if (anycan_frame_is_fd(frame))
		out += sprintf(out, ",\"fd\":true,\"brs\":%s,\"esi\":%s",
			       frame->flags & CANFD_BRS ? "true" : "false",
			       frame->flags & CANFD_ESI ? "true" : "false");
	out += sprintf(out, ",\"dlc\":%u,\"len\":%u", anycan_frame_dlc(frame), frame->len);
	if (error)
		out = put_error(frame, out);
	out += sprintf(out, ",\"data\":\"");
	out = anycan_hex_put_bytes(out, frame->data, anycan_frame_data_len(frame));
	memcpy(out, "\"}\n", 3);
	return out + 3;
}

char *dump_json_dropped(const char *name, uint64_t frames, uint64_t total, char *out)
{
	char escaped[128];

	dump_json_escape(name, escaped, sizeof(escaped));
	return out + sprintf(out,
			     "{\"event\":\"dropped\",\"channel\":\"%s\",\"frames\":%" PRIu64
			     ",\"total\":%" PRIu64 "}\n",
			     escaped, frames, total);
}
