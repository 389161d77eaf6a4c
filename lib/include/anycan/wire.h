/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How long a frame is on the wire. Source: ISO 11898-1:2015, frame formats, bit stuffing, CRC.
 */
#ifndef ANYCAN_WIRE_H
#define ANYCAN_WIRE_H

#include <anycan/export.h>
#include <anycan/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Which stuff bits to count. */
enum anycan_stuffing {
	ANYCAN_STUFF_NONE,  /**< none but the fixed ones of FD's CRC field: the shortest case */
	ANYCAN_STUFF_EXACT, /**< those that this identifier and this data cause */
	ANYCAN_STUFF_WORST, /**< as many as any frame of this format and length can have */
};

/**
 * struct anycan_wire_bits - bits of a frame, start of frame to the end of the intermission
 * @nominal: bits sent at the nominal bit rate
 * @data: bits sent at the data bit rate: 0 without BRS
 */
struct anycan_wire_bits {
	uint32_t nominal;
	uint32_t data;
};

/**
 * anycan_frame_bits() - length of a frame on the wire, with the intermission of 3 bits
 * @frame: a valid data or remote frame; an error frame counts as the shortest error flag,
 *	delimiter and intermission
 * @stuffing: which stuff bits count
 *
 * Return: the bits of both phases.
 */
ANYCAN_API struct anycan_wire_bits anycan_frame_bits(const struct anycan_frame *frame,
						     enum anycan_stuffing stuffing);

/**
 * anycan_wire_time_ns() - how long bits take
 * @bits: the bits
 * @bitrate: nominal bit rate in bit/s, not 0
 * @dbitrate: data bit rate in bit/s; 0 = as @bitrate
 *
 * Return: nanoseconds, each phase rounded up.
 */
ANYCAN_API uint64_t anycan_wire_time_ns(struct anycan_wire_bits bits, uint32_t bitrate,
					uint32_t dbitrate);

#ifdef __cplusplus
}
#endif

#endif
