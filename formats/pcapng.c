// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * pcapng with LINKTYPE_CAN_SOCKETCAN: the format and its writer. Every channel is an interface
 * with its name and nanosecond stamps; sent frames are marked as outbound.
 */
#include "pcapng.h"

#include <errno.h>
#include <unistd.h>

#define FLAGS_OUTBOUND 2

static int pcapng_probe(const uint8_t *head, size_t len)
{
	struct view v = {head, len};
	uint32_t magic = view_le32(v, 8);

	if (len < 12 || view_le32(v, 0) != PCAPNG_SECTION)
		return 0;
	return magic == PCAPNG_MAGIC || magic == __builtin_bswap32(PCAPNG_MAGIC) ? 100 : 0;
}

static uint8_t *put_option(uint8_t *p, uint16_t code, const void *value, uint16_t len)
{
	static const uint8_t zeros[4];

	p = put_le16(p, code);
	p = put_le16(p, len);
	p = put_bytes(p, value, len);
	return put_bytes(p, zeros, (4 - len % 4) % 4);
}

/* Ends a block that began at @start: its length stands before and behind its body. */
static uint8_t *end_block(uint8_t *start, uint8_t *p)
{
	uint32_t len = (uint32_t)(p - start) + 4;

	put_le32(start + 4, len);
	return put_le32(p, len);
}

static int put_section(struct canlog *log)
{
	static const char program[] = "anycan";
	uint8_t block[64];
	uint8_t *p = put_le32(block, PCAPNG_SECTION);

	p = put_le32(p, 0);
	p = put_le32(p, PCAPNG_MAGIC);
	p = put_le16(p, 1);
	p = put_le16(p, 0);
	/* Length of the section: not told. */
	p = put_le64(p, UINT64_MAX);
	p = put_option(p, 4, program, sizeof(program) - 1);
	p = put_option(p, PCAPNG_OPT_END, "", 0);
	p = end_block(block, p);
	return canlog_out_put(&log->out, block, (size_t)(p - block));
}

/* Offset behind the last whole block, so that a cut file can go on with a new section. */
static uint64_t whole_end(int fd, uint64_t size)
{
	bool swapped = false;
	uint64_t at = 0;

	for (;;) {
		uint8_t head[12];
		struct view v = {head, sizeof(head)};
		uint32_t len;

		if (pread(fd, head, sizeof(head), (off_t)at) != sizeof(head))
			return at;
		if (view_le32(v, 0) == PCAPNG_SECTION)
			swapped = view_be32(v, 8) == PCAPNG_MAGIC;
		len = swapped ? view_be32(v, 4) : view_le32(v, 4);
		if (len < sizeof(head) || len > size - at)
			return at;
		at += len;
	}
}

static int pcapng_open(struct canlog *log)
{
	uint64_t end;

	if (!log->writing)
		return 0;
	if (log->set.append && log->out.seekable && log->out.written) {
		end = whole_end(log->out.fd, log->out.written);
		if (end < log->out.written && ftruncate(log->out.fd, (off_t)end) < 0)
			return -errno;
		if (lseek(log->out.fd, (off_t)end, SEEK_SET) < 0)
			return -errno;
		log->out.written = end;
	}
	return put_section(log);
}

static uint8_t *print_interface(const struct canlog *log, uint16_t channel, uint8_t *block)
{
	char buf[CANLOG_NAME_SIZE];
	const char *name = canlog_channel_text(log, channel, buf);
	uint8_t nanoseconds = 9;
	uint8_t *p = put_le32(block, PCAPNG_INTERFACE);

	p = put_le32(p, 0);
	p = put_le16(p, PCAPNG_LINK_CAN);
	p = put_le16(p, 0);
	/* No limit to a packet's length. */
	p = put_le32(p, 0);
	p = put_option(p, PCAPNG_OPT_NAME, name, (uint16_t)strlen(name));
	p = put_option(p, PCAPNG_OPT_TSRESOL, &nanoseconds, 1);
	p = put_option(p, PCAPNG_OPT_END, "", 0);
	return end_block(block, p);
}

static unsigned int table_slot(uint16_t channel)
{
	return channel < PCAPNG_INTERFACES ? channel : PCAPNG_INTERFACES;
}

/* Frame as on a CAN socket, but the id in network order and no bytes behind the data. */
static uint8_t *print_frame(const struct anycan_frame *frame, uint8_t *p)
{
	size_t len = anycan_frame_data_len(frame);
	canid_t id = frame->can_id;

	if (id & CAN_ERR_FLAG)
		len = frame->len;
	id = __builtin_bswap32(id);
	p = put_le32(p, id);
	p = put_u8(p, (uint8_t)frame->len);
	p = put_u8(p, frame->flags);
	p = put_u8(p, 0);
	p = put_u8(p, frame->len8_dlc);
	return put_bytes(p, frame->data, len);
}

static uint8_t *print_packet(const struct anycan_frame *frame, uint32_t interface, uint8_t *block)
{
	uint64_t stamp = (uint64_t)frame->ts_ns;
	uint8_t *p = put_le32(block, PCAPNG_PACKET), *data = block + 28;
	uint32_t len;

	p = put_le32(p, 0);
	p = put_le32(p, interface);
	p = put_le32(p, (uint32_t)(stamp >> 32));
	put_le32(p, (uint32_t)stamp);
	p = print_frame(frame, data);
	len = (uint32_t)(p - data);
	put_le32(block + 20, len);
	put_le32(block + 24, len);
	p = put_bytes(p, "\0\0\0", (4 - len % 4) % 4);
	if (frame->dir == ANYCAN_TX) {
		uint8_t flags[4];

		put_le32(flags, FLAGS_OUTBOUND);
		p = put_option(p, PCAPNG_OPT_FLAGS, flags, sizeof(flags));
		p = put_option(p, PCAPNG_OPT_END, "", 0);
	}
	return end_block(block, p);
}

static int pcapng_write(struct canlog *log, const struct anycan_frame *frames, size_t n)
{
	struct pcapng_state *st = log->state;

	for (size_t i = 0; i < n; i++) {
		unsigned int slot = table_slot(frames[i].channel);
		uint8_t *p;
		int err = canlog_out_room(&log->out, 512, &p);

		if (err)
			return err;
		if (!st->written[slot]) {
			p = print_interface(log, frames[i].channel, p);
			st->written[slot] = (uint16_t)++st->written_count;
		}
		p = print_packet(&frames[i], st->written[slot] - 1u, p);
		canlog_out_done(&log->out, p);
	}
	return 0;
}

const struct canlog_format pcapng_format = {
	.name = "pcapng",
	.summary = "Wireshark's capture file, LINKTYPE_CAN_SOCKETCAN",
	.extensions = (const char *const[]){".pcapng", ".ntar", NULL},
	.settings = (const char *const[]){"append", "channel", NULL},
	.abilities = CANLOG_READS | CANLOG_WRITES | CANLOG_APPENDS | CANLOG_GZIP,
	.loses = 0,
	.time_ns = 1,
	.state_size = sizeof(struct pcapng_state),
	.probe = pcapng_probe,
	.open = pcapng_open,
	.read = pcapng_read,
	.write = pcapng_write,
};
