// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * pcap, the capture file of tcpdump and of older Wiresharks; only read, as pcapng keeps more.
 * Source: draft-ietf-opsawg-pcap and files of tcpdump 4.99 and editcap 4.0.
 */
#include "pcapng.h"

#include <anycan/clock.h>
#include <errno.h>

#define HEAD_SIZE 24
#define PACKET_HEAD 16
#define MAGIC_US 0xa1b2c3d4
#define MAGIC_NS 0xa1b23c4d

/* No link type that carries CAN frames has longer packets. */
#define PACKET_MAX (CANLOG_BUFFER_SIZE - PACKET_HEAD)

struct pcap_state {
	uint32_t unit_ns;
	struct pcapng_interface interface;
};

static uint32_t get32(const struct pcap_state *st, struct view v, size_t at)
{
	return st->interface.big_endian ? view_be32(v, at) : view_le32(v, at);
}

static struct view unread(struct canlog *log)
{
	return (struct view){log->in.buf + log->in.pos, canlog_in_left(&log->in)};
}

/* Byte order and resolution by the magic number. */
static bool set_magic(struct pcap_state *st, struct view v)
{
	st->interface.big_endian = view_be32(v, 0) == MAGIC_US || view_be32(v, 0) == MAGIC_NS;
	st->unit_ns = get32(st, v, 0) == MAGIC_NS ? 1 : 1000;
	return get32(st, v, 0) == MAGIC_NS || get32(st, v, 0) == MAGIC_US;
}

static int pcap_probe(const uint8_t *head, size_t len)
{
	struct pcap_state st;

	return len >= HEAD_SIZE && set_magic(&st, (struct view){head, len}) ? 100 : 0;
}

static int pcap_open(struct canlog *log)
{
	struct pcap_state *st = log->state;
	ssize_t left = canlog_in_need(&log->in, HEAD_SIZE);

	if (left < 0)
		return (int)left;
	if (left < HEAD_SIZE || !set_magic(st, unread(log)))
		return canlog_fail(log, -EBADMSG, "offset 0: no pcap head");
	/* The upper half tells of checksums behind the packet. */
	st->interface.link = get32(st, unread(log), 20) & 0xffff;
	st->interface.channel = ANYCAN_CHANNEL_NONE;
	log->in.pos += HEAD_SIZE;
	return 0;
}

/* There is nothing to find the next packet by: repair can only end here. */
static int damaged(struct canlog *log)
{
	if (!log->repair)
		return canlog_fail(log, -EBADMSG,
				   "offset %llu: a packet of no valid length (--repair reads what "
				   "is before it)",
				   (unsigned long long)log->line);
	canlog_note_add(log, CANLOG_SKIPPED_DAMAGE);
	log->in.pos = log->in.end;
	log->in.eof = true;
	return 0;
}

/* Makes the next packet readable. 1, 0 at the end, negative errno. */
static int next_packet(struct canlog *log, struct view *packet)
{
	struct pcap_state *st = log->state;
	ssize_t left = canlog_in_need(&log->in, PACKET_HEAD);
	uint32_t len;

	log->line = canlog_in_offset(&log->in);
	if (left < 0)
		return (int)left;
	if (left >= PACKET_HEAD) {
		len = get32(st, unread(log), 8);
		if (len > PACKET_MAX)
			return damaged(log);
		left = canlog_in_need(&log->in, PACKET_HEAD + len);
		if (left < 0)
			return (int)left;
		*packet = view_sub(unread(log), 0, PACKET_HEAD + len);
		if (packet->len == PACKET_HEAD + len)
			return 1;
	}
	if (left || (log->in.cut && !log->report.notes[CANLOG_TRUNCATED].count))
		canlog_note_add(log, CANLOG_TRUNCATED);
	log->in.pos = log->in.end;
	return 0;
}

static ssize_t pcap_read(struct canlog *log, struct anycan_frame *frames, size_t n)
{
	struct pcap_state *st = log->state;
	size_t got = 0;

	while (got < n) {
		struct anycan_frame *frame = &frames[got];
		struct view packet = {0};
		int status = next_packet(log, &packet);

		/* What was read before a failure is handed out first; it will fail again. */
		if (status < 0)
			return got ? (ssize_t)got : status;
		if (!status)
			break;
		canlog_frame_reset(frame);
		frame->ts_ns = get32(st, packet, 0) * ANYCAN_NS_PER_S +
			       (int64_t)get32(st, packet, 4) * st->unit_ns;
		if (pcapng_packet_decode(log, &st->interface,
					 view_sub(packet, PACKET_HEAD, packet.len), frame) > 0)
			got++;
		log->in.pos += packet.len;
	}
	return (ssize_t)got;
}

const struct canlog_format pcap_format = {
	.name = "pcap",
	.summary = "capture file of tcpdump; only read",
	.extensions = (const char *const[]){".pcap", ".cap", NULL},
	.settings = (const char *const[]){NULL},
	.abilities = CANLOG_READS | CANLOG_GZIP,
	.time_ns = 1,
	.state_size = sizeof(struct pcap_state),
	.probe = pcap_probe,
	.open = pcap_open,
	.read = pcap_read,
};
