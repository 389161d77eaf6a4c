/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * pcapng: what its reader and its writer share. Source: draft-ietf-opsawg-pcapng, the list of link
 * types of tcpdump.org (LINKTYPE_CAN_SOCKETCAN, LINKTYPE_LINUX_SLL, _SLL2), and files of dumpcap,
 * editcap and tshark 4.0 (LINKTYPE_WIRESHARK_UPPER_PDU).
 */
#ifndef FORMATS_PCAPNG_H
#define FORMATS_PCAPNG_H

#include "bytes.h"
#include "format.h"

#define PCAPNG_INTERFACES 256

enum pcapng_block {
	PCAPNG_INTERFACE = 1,
	PCAPNG_OLD_PACKET = 2,
	PCAPNG_SIMPLE_PACKET = 3,
	PCAPNG_PACKET = 6,
	PCAPNG_SECTION = 0x0a0d0d0a,
};

#define PCAPNG_MAGIC 0x1a2b3c4d

enum pcapng_link {
	PCAPNG_LINK_SLL = 113,
	PCAPNG_LINK_CAN = 227,
	PCAPNG_LINK_UPPER_PDU = 252,
	PCAPNG_LINK_SLL2 = 276,
};

enum pcapng_option {
	PCAPNG_OPT_END = 0,
	PCAPNG_OPT_NAME = 2,
	PCAPNG_OPT_FLAGS = 2,
	PCAPNG_OPT_TSRESOL = 9,
	PCAPNG_OPT_TSOFFSET = 14,
};

struct pcapng_interface {
	uint16_t link;
	uint16_t channel;
	bool big_endian; /* byte order of the capturing machine */
	bool binary;	 /* resolution is 2^-power seconds instead of 10^-power */
	uint8_t power;
	int64_t offset_s;
};

struct pcapng_state {
	/* Reading */
	bool swapped;
	unsigned int interfaces;
	struct pcapng_interface interface[PCAPNG_INTERFACES];
	/* Writing: number of the interface block of a channel, + 1 */
	uint16_t written[PCAPNG_INTERFACES + 1];
	unsigned int written_count;
};

/* What a packet is, whatever the file around it: also for formats/pcap.c. Frame in one of @link: 1,
 * 0 for other packets (noted), -1 malformed (noted). */
int pcapng_packet_decode(struct canlog *log, const struct pcapng_interface *interface,
			 struct view packet, struct anycan_frame *frame);

ssize_t pcapng_read(struct canlog *log, struct anycan_frame *frames, size_t n);

#endif
