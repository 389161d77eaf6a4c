/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * python-can's "CAN over serial": frames between AA and BB. Source: python-can's serial_can.py of
 * 4.1.0 and of the 4.6 line, and what both were seen to send.
 */
#ifndef SERIAL_CODEC_H
#define SERIAL_CODEC_H

#include <anycan/frame.h>

#define SERIAL_BEGIN 0xaa
#define SERIAL_END 0xbb

/** Bytes before the data: mark, time stamp, length, identifier. */
#define SERIAL_HEAD 10

#define SERIAL_FRAME_MAX (SERIAL_HEAD + CAN_MAX_DLEN + 1)

/** How a frame is written. */
struct serial_form {
	bool bare;  /**< as python-can before 4.6: the identifier without flags */
	bool empty; /**< a remote frame has no bytes in place of its data */
};

/**
 * serial_frame_put() - write a frame
 * @frame: classic; an error frame too, unless .bare
 * @out: room for SERIAL_FRAME_MAX bytes
 *
 * Return: bytes written.
 */
size_t serial_frame_put(const struct anycan_frame *frame, uint32_t stamp, struct serial_form form,
			uint8_t *out);

/**
 * serial_frame_get() - read a frame, with flags or without
 * @in: its first byte
 * @len: bytes that are there
 * @silent: whether nothing follows them
 * @frame: set on success but for time stamp, channel and direction, which are 0
 *
 * Return: bytes of the frame, or enum hold_found of hold.h.
 */
int serial_frame_get(const uint8_t *in, size_t len, bool silent, struct anycan_frame *frame,
		     uint32_t *stamp);

#endif
