// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Adapters as they answer commands. Sources: the firmwares named in
 * bridged/drivers/slcan_dialect.h; the answer to V of CANable 2 is one that was recorded
 * (canable2-fw, issue 6).
 */
#include "slcan_peer.h"

#include <string.h>

static const struct slcan_peer_row *find(const struct slcan_peer_row *rows, const uint8_t *command,
					 size_t len)
{
	for (; rows->command; rows++) {
		size_t n = strlen(rows->command);

		if (n <= len && !memcmp(rows->command, command, n))
			return rows;
	}
	return NULL;
}

static size_t put(uint8_t *reply, size_t at, size_t room, const void *bytes, size_t len)
{
	if (len > room - at)
		return at;
	memcpy(reply + at, bytes, len);
	return at + len;
}

size_t slcan_peer_reply(const struct slcan_peer_row *rows, const uint8_t *sent, size_t len,
			uint8_t *reply, size_t room)
{
	const struct slcan_peer_row *row;
	size_t at = 0, out = 0;
	const uint8_t *end;

	while (at < len && (end = memchr(sent + at, '\r', len - at))) {
		row = find(rows, sent + at, (size_t)(end - (sent + at)));
		if (row)
			out = put(reply, out, room, row->reply, strlen(row->reply));
		at = (size_t)(end - sent) + 1;
	}
	return out;
}

size_t slcan_peer_lawicel(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"C", "\a"},  {"V", "V1013\r"}, {"N", "NA123\r"}, {"t", "z\r"},
		{"r", "z\r"}, {"T", "Z\r"},	{"R", "Z\r"},	  {"F", "F00\r"},
		{"X", "\a"},  {"", "\r"},	{NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

size_t slcan_peer_canable(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"V", "v1.1-4-g1a2b3c4 https://github.com/normaldotcom/canable-fw.git\r"},
		{NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

size_t slcan_peer_canable2(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"V", "b158aa7 github.com/normaldotcom/canable2-fw\r"},
		{NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

/* A frame is taken at once and is on the bus at once: its marker comes back. */
static size_t canable25_frame(const uint8_t *line, size_t len, uint8_t *reply, size_t at,
			      size_t room)
{
	at = put(reply, at, room, "#\rM", 3);
	at = put(reply, at, room, line + len - 2, 2);
	return put(reply, at, room, "\r", 1);
}

size_t slcan_peer_canable25(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"C", ""},
		{"V", SLCAN_PEER_CANABLE25_VERSION},
		{"", "#\r"},
		{NULL, NULL},
	};
	size_t at = 0, out = 0, n;
	const uint8_t *end;

	while (at < len && (end = memchr(sent + at, '\r', len - at))) {
		n = (size_t)(end - (sent + at));
		if (n > 5 && strchr("tTrRdDbB", sent[at]))
			out = canable25_frame(sent + at, n, reply, out, room);
		else
			out += slcan_peer_reply(rows, sent + at, n + 1, reply + out, room - out);
		at += n + 1;
	}
	return out;
}

size_t slcan_peer_weact(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {
		{"V", "WeAct Studio V1.0.0.6_20250708\r"},
		{"L", "\a"},
		{"", "\r"},
		{NULL, NULL},
	};

	return slcan_peer_reply(rows, sent, len, reply, room);
}

size_t slcan_peer_candapter(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const struct slcan_peer_row rows[] = {{"V", "\a"}, {"", "\x06"}, {NULL, NULL}};

	return slcan_peer_reply(rows, sent, len, reply, room);
}
