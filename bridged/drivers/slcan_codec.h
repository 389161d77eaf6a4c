/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One CAN frame as a line of slcan. Pure functions.
 */
#ifndef SLCAN_CODEC_H
#define SLCAN_CODEC_H

#include <anycan/frame.h>
#include <stdbool.h>

/** Room for a frame to send: channel, letter, identifier, DLC, data, marker, CR. */
#define SLCAN_FRAME_ROOM 144

/** Value of a time stamp that is not there. */
#define SLCAN_NO_STAMP UINT32_MAX

/**
 * slcan_frame_end() - where the line of a frame ends, without a search
 * @in: the line from its letter on
 * @len: how much of it there is
 *
 * Return: length without CR, or 0 if a search has to tell: no frame, cut off, or not CR there.
 */
size_t slcan_frame_end(const uint8_t *in, size_t len);

/**
 * slcan_frame_parse() - read the line of a frame
 * @line: without CR
 * @len: characters
 * @rtr_stamps: four digits after a remote frame of two bytes are a time stamp, not its data
 * @frame: overwritten; undefined after a failure
 * @stamp: the adapter's milliseconds, or SLCAN_NO_STAMP
 *
 * Return: whether the line is exactly one frame.
 */
bool slcan_frame_parse(const uint8_t *line, size_t len, bool rtr_stamps, struct anycan_frame *frame,
		       uint32_t *stamp);

/**
 * slcan_frame_print() - write a frame, without CR; data of FD is padded with 0 to its DLC
 * @at: room for SLCAN_FRAME_ROOM characters
 * @frame: a data or remote frame
 * @eff: the letter of a classic data frame with 29-bit identifier
 *
 * Return: one past the last character written.
 */
char *slcan_frame_print(char *at, const struct anycan_frame *frame, char eff);

#endif
