/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Seeed and Waveshare USB-CAN analyzer: frames of variable length between AA and 55, and messages
 * of 20 bytes that begin with AA 55. Sources: python-can's seeedstudio.py and what it was seen to
 * send; the vendor's "USB (Serial port) to CAN protocol definition", version 7.10; kobolt's
 * canusb.c; Waveshare's description of the fixed form.
 */
#ifndef SEEEDSTUDIO_CODEC_H
#define SEEEDSTUDIO_CODEC_H

#include <anycan/frame.h>

/** Bytes of a message that begins with AA 55. */
#define SEEEDSTUDIO_MESSAGE 20

/** Longest frame of variable length: marks, type, four bytes of identifier, data. */
#define SEEEDSTUDIO_FRAME_MAX 15

/** What a message is about: its third byte. */
enum seeedstudio_type {
	SEEEDSTUDIO_FIXED_FRAME = 0x01,
	SEEEDSTUDIO_SET_FIXED = 0x02, /**< settings, frames of 20 bytes from now on */
	SEEEDSTUDIO_STATUS = 0x04,
	SEEEDSTUDIO_SET_VARIABLE = 0x12, /**< settings, frames of variable length */
};

/** How frames are written. */
struct seeedstudio_form {
	bool fixed;	 /**< in 20 bytes */
	bool big_endian; /**< the identifier in those */
	bool filled;	 /**< a remote frame of variable length has bytes in place of its data */
};

/** struct seeedstudio_settings - what the adapter is told before it carries frames */
struct seeedstudio_settings {
	uint8_t speed; /**< seeedstudio_speed() */
	bool extended; /**< what the filter passes, and the vendor's program sends */
	uint32_t id, mask;
	bool loopback, silent;
	bool once; /**< frames are not repeated */
	bool fixed;
};

/** struct seeedstudio_counters - what the adapter tells when it is asked */
struct seeedstudio_counters {
	uint8_t rx, tx;
};

/** What a unit of input is. */
enum seeedstudio_unit {
	SEEEDSTUDIO_UNIT_FRAME,
	SEEEDSTUDIO_UNIT_STATUS,
	SEEEDSTUDIO_UNIT_OTHER, /**< settings, as a host sends them */
};

/** struct seeedstudio_input - a unit of input */
struct seeedstudio_input {
	enum seeedstudio_unit unit;
	struct anycan_frame frame; /**< without time stamp, channel and direction */
	struct seeedstudio_counters counters;
};

/** Bit rates that it has, in the order of their codes from 1 on, ended by 0. */
extern const uint32_t seeedstudio_bitrates[];

/** seeedstudio_speed() - the code of a bit rate; 0 = it has none */
uint8_t seeedstudio_speed(uint32_t bitrate);

/** seeedstudio_put_settings() - write the message that sets the adapter, SEEEDSTUDIO_MESSAGE */
void seeedstudio_put_settings(const struct seeedstudio_settings *settings, uint8_t *out);

/** seeedstudio_put_status() - write the message that asks for the counters */
void seeedstudio_put_status(uint8_t *out);

/**
 * seeedstudio_put_frame() - write a classic data or remote frame
 * @out: room for SEEEDSTUDIO_MESSAGE bytes
 *
 * Return: bytes written.
 */
size_t seeedstudio_put_frame(const struct anycan_frame *frame, struct seeedstudio_form form,
			     uint8_t *out);

/**
 * seeedstudio_get() - read a unit of input
 * @in: its first byte
 * @len: bytes that are there
 * @silent: whether nothing follows them
 * @big_endian: identifiers of fixed frames
 * @input: set on success
 *
 * Return: bytes of the unit, or enum hold_found of hold.h.
 */
int seeedstudio_get(const uint8_t *in, size_t len, bool silent, bool big_endian,
		    struct seeedstudio_input *input);

#endif
