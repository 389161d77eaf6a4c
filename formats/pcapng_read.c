// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * pcapng, the reader: sections of either byte order, any number of interfaces.
 */
#include "pcapng.h"

#include <anycan/clock.h>
#include <errno.h>

#define BLOCK_MIN 12

static uint32_t get32(const struct pcapng_state *st, struct view v, size_t at)
{
	uint32_t value = view_le32(v, at);

	return st->swapped ? __builtin_bswap32(value) : value;
}

static uint16_t get16(const struct pcapng_state *st, struct view v, size_t at)
{
	uint16_t value = view_le16(v, at);

	return st->swapped ? __builtin_bswap16(value) : value;
}

static struct view unread(struct canlog *log)
{
	return (struct view){log->in.buf + log->in.pos, canlog_in_left(&log->in)};
}

/* The value of an option in the list at @at of a block. */
static struct view find_option(const struct pcapng_state *st, struct view block, size_t at,
			       uint16_t code)
{
	while (at + 4 <= block.len) {
		uint16_t found = get16(st, block, at), len = get16(st, block, at + 2);

		if (found == PCAPNG_OPT_END)
			break;
		if (found == code)
			return view_sub(block, at + 4, len);
		at += 4u + (len + 3u) / 4 * 4;
	}
	return (struct view){block.p, 0};
}

static void add_interface(struct canlog *log, struct view block)
{
	struct pcapng_state *st = log->state;
	struct view name = find_option(st, block, 16, PCAPNG_OPT_NAME);
	struct view resolution = find_option(st, block, 16, PCAPNG_OPT_TSRESOL);
	struct view offset = find_option(st, block, 16, PCAPNG_OPT_TSOFFSET);
	struct pcapng_interface *interface;

	if (st->interfaces == PCAPNG_INTERFACES) {
		canlog_note_add(log, CANLOG_SKIPPED_UNKNOWN);
		return;
	}
	interface = &st->interface[st->interfaces];
	*interface = (struct pcapng_interface){
		.link = get16(st, block, 8),
		.channel = (uint16_t)st->interfaces,
		.big_endian = st->swapped,
		.power = 6,
	};
	if (name.len)
		interface->channel =
			canlog_channels_number(log->channels, (const char *)name.p, name.len);
	if (resolution.len) {
		interface->binary = view_u8(resolution, 0) & 0x80;
		interface->power = view_u8(resolution, 0) & 0x7f;
	}
	if (offset.len >= 8) {
		uint64_t value = view_le64(offset, 0);

		interface->offset_s = (int64_t)(st->swapped ? __builtin_bswap64(value) : value);
	}
	st->interfaces++;
}

static int64_t to_ns(const struct pcapng_interface *interface, uint64_t stamp)
{
	__extension__ unsigned __int128 ns = stamp;
	__extension__ __int128 sum;

	if (interface->binary) {
		ns = interface->power > 63 ? 0 : (ns * 1000000000) >> interface->power;
	} else {
		for (unsigned int i = interface->power; i < 9; i++)
			ns *= 10;
		for (unsigned int i = 9; i < interface->power && ns; i++)
			ns /= 10;
	}
	/* Bounded so that the sum fits; such times are damage anyway. */
	if (ns > INT64_MAX)
		ns = INT64_MAX;
	sum = (__int128)ns + (__int128)interface->offset_s * 1000000000;
	return sum < 0 ? 0 : sum > INT64_MAX ? INT64_MAX : (int64_t)sum;
}

static int decode_packet(struct canlog *log, struct view block, struct anycan_frame *frame)
{
	struct pcapng_state *st = log->state;
	uint32_t type = get32(st, block, 0), number, captured, flags;
	const struct pcapng_interface *interface;
	struct view options;
	int status;

	number = type == PCAPNG_OLD_PACKET ? get16(st, block, 8) : get32(st, block, 8);
	captured = get32(st, block, 20);
	if (number >= st->interfaces || block.len < 32 || captured > block.len - 32) {
		canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
		return -1;
	}
	interface = &st->interface[number];
	canlog_frame_reset(frame);
	frame->ts_ns =
		to_ns(interface, (uint64_t)get32(st, block, 12) << 32 | get32(st, block, 16));
	status = pcapng_packet_decode(log, interface, view_sub(block, 28, captured), frame);
	if (status <= 0)
		return status;
	options = find_option(st, view_sub(block, 0, block.len - 4),
			      28 + ((size_t)captured + 3) / 4 * 4, PCAPNG_OPT_FLAGS);
	flags = options.len >= 4 ? get32(st, options, 0) : 0;
	if ((flags & 3) == 2)
		frame->dir = ANYCAN_TX;
	return 1;
}

static int decode_simple(struct canlog *log, struct view block, struct anycan_frame *frame)
{
	struct pcapng_state *st = log->state;
	size_t len = get32(st, block, 8);

	if (!st->interfaces || block.len < 16) {
		canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
		return -1;
	}
	canlog_frame_reset(frame);
	if (len > block.len - 16)
		len = block.len - 16;
	return pcapng_packet_decode(log, &st->interface[0], view_sub(block, 12, len), frame);
}

static int damaged(struct canlog *log, const char *what)
{
	if (!log->repair)
		return canlog_fail(log, -EBADMSG, "offset %llu: %s", (unsigned long long)log->line,
				   what);
	canlog_note_add(log, CANLOG_SKIPPED_DAMAGE);
	return 0;
}

/* A new section may change the byte order and forgets the interfaces. */
static int begin_section(struct canlog *log)
{
	struct pcapng_state *st = log->state;
	struct view v = unread(log);

	st->interfaces = 0;
	st->swapped = view_be32(v, 8) == PCAPNG_MAGIC;
	if (!st->swapped && view_le32(v, 8) != PCAPNG_MAGIC)
		return damaged(log, "a section without its magic number") ?: 1;
	return 1;
}

/* Makes the next block readable. 1, 0 at the end, negative errno; longer ones are cut. */
static int next_block(struct canlog *log, struct view *block, size_t *skip)
{
	struct pcapng_state *st = log->state;
	ssize_t left = canlog_in_need(&log->in, BLOCK_MIN);
	size_t len;
	int err;

	log->line = canlog_in_offset(&log->in);
	if (left < BLOCK_MIN) {
		if (left > 0)
			canlog_note_add(log, CANLOG_TRUNCATED);
		return left < 0 ? (int)left : 0;
	}
	if (view_le32(unread(log), 0) == PCAPNG_SECTION) {
		err = begin_section(log);
		if (err <= 0)
			return err;
	}
	len = get32(st, unread(log), 4);
	if (len < BLOCK_MIN || len % 4) {
		err = damaged(log, "a block of no valid length");
		return err;
	}
	left = canlog_in_need(&log->in, len < CANLOG_BUFFER_SIZE ? len : CANLOG_BUFFER_SIZE);
	if (left < 0)
		return (int)left;
	*block = view_sub(unread(log), 0, len);
	*skip = len;
	if ((size_t)left >= len || len > CANLOG_BUFFER_SIZE)
		return 1;
	canlog_note_add(log, CANLOG_TRUNCATED);
	return 0;
}

static int decode_block(struct canlog *log, struct view block, struct anycan_frame *frame)
{
	struct pcapng_state *st = log->state;

	switch (get32(st, block, 0)) {
	case PCAPNG_PACKET:
	case PCAPNG_OLD_PACKET:
		return decode_packet(log, block, frame);
	case PCAPNG_SIMPLE_PACKET:
		return decode_simple(log, block, frame);
	case PCAPNG_INTERFACE:
		add_interface(log, block);
		return 0;
	default:
		/* Section heads, statistics, name resolution, comments: no frames. */
		return 0;
	}
}

ssize_t pcapng_read(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	size_t got = 0;

	while (got < n) {
		struct view block = {0};
		size_t skip = 0;
		ssize_t skipped;
		int status = next_block(log, &block, &skip);

		if (status < 0)
			return got ? (ssize_t)got : status;
		if (!status)
			break;
		if (decode_block(log, block, &frames[got]) > 0)
			got++;
		skipped = canlog_in_skip(&log->in, skip);
		if (skipped < 0)
			return skipped;
	}
	if (log->in.cut && !log->report.notes[CANLOG_TRUNCATED].count)
		canlog_note_add(log, CANLOG_TRUNCATED);
	return (ssize_t)got;
}
