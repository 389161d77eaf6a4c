/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Robotell USB-CAN: packets of 17 bytes between marks, escaped. Sources: python-can's robotell.py
 * and what it was seen to send; nopnop2002's notes of what an adapter sent.
 */
#ifndef ROBOTELL_CODEC_H
#define ROBOTELL_CODEC_H

#include <anycan/frame.h>

/** Bytes of a packet's contents, checksum included. */
#define ROBOTELL_CONTENTS 17

/** Longest packet on the line: two marks of two bytes, every byte between them escaped. */
#define ROBOTELL_PACKET_MAX (2 + 2 * ROBOTELL_CONTENTS + 2)

/** Channel of packets that are about the adapter itself. */
#define ROBOTELL_CONFIG_CHANNEL 0xff

/** Identifiers of the adapter's settings and of what it tells about itself. */
enum robotell_id {
	ROBOTELL_SERIAL_RATE = 0x01fffe90,
	ROBOTELL_AUTO_RETRANSMIT = 0x01fffea0,
	ROBOTELL_AUTO_BUS = 0x01fffeb0,
	ROBOTELL_RESET = 0x01fffec0,
	ROBOTELL_BITRATE = 0x01fffed0,
	ROBOTELL_FILTER = 0x01fffee0, /**< the first of ROBOTELL_FILTERS */
	ROBOTELL_FACTORY = 0x01fffeff,
	ROBOTELL_VERSION = 0x01ffffe0,
	ROBOTELL_NUMBER_1 = 0x01fffff0,
	ROBOTELL_NUMBER_2 = 0x01fffff1,
};

#define ROBOTELL_FILTERS 14

/** Bits of a filter's identifier. */
#define ROBOTELL_FILTER_ENABLE 0x80000000U
#define ROBOTELL_FILTER_EXTENDED 0x40000000U

/** struct robotell_packet - the contents of a packet without its checksum */
struct robotell_packet {
	uint32_t id;
	uint8_t data[8];
	uint8_t len;	 /**< of the data; on the wire there are always 8 bytes */
	uint8_t channel; /**< 0 or ROBOTELL_CONFIG_CHANNEL */
	uint8_t format;	 /**< 0 base, 1 extended; 1 for settings */
	uint8_t type;	 /**< 0 data or write, 1 remote or read */
};

/** What robotell_packet_get() found. */
enum robotell_found {
	ROBOTELL_MORE,	 /**< the beginning of a packet, perhaps; wait for the rest */
	ROBOTELL_STRAY,	 /**< bytes outside of packets */
	ROBOTELL_BROKEN, /**< a packet that is none */
	ROBOTELL_PACKET,
};

/**
 * robotell_packet_put() - write a packet
 * @out: room for ROBOTELL_PACKET_MAX bytes
 *
 * Return: bytes written.
 */
size_t robotell_packet_put(const struct robotell_packet *packet, uint8_t *out);

/**
 * robotell_packet_get() - find the first packet
 * @packet: set if there is one
 * @used: bytes that are done with, 0 only with ROBOTELL_MORE
 */
enum robotell_found robotell_packet_get(const uint8_t *in, size_t len,
					struct robotell_packet *packet, size_t *used);

/** robotell_packet_of() - the packet of a classic data or remote frame */
struct robotell_packet robotell_packet_of(const struct anycan_frame *frame);

/**
 * robotell_packet_to_frame() - the frame in a packet that is not about the adapter
 * @frame: all but time stamp, channel and direction are set, these are 0
 *
 * Return: whether it is one that can be.
 */
bool robotell_packet_to_frame(const struct robotell_packet *packet, struct anycan_frame *frame);

#endif
