/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The text forms of a frame, as can-utils writes and reads them: cansend's argument and the log
 * line of candump -L. Source: can-utils 2020.11 and 2025.01, their manuals and their output.
 */
#ifndef ANYCAN_TEXT_H
#define ANYCAN_TEXT_H

#include <anycan/export.h>
#include <anycan/frame.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for any frame in text form with its final NUL. */
#define ANYCAN_TEXT_SIZE (16 + 2 * ANYCAN_DATA_MAX)

/** Room for any log line with its final NUL. */
#define ANYCAN_LOG_LINE_SIZE (ANYCAN_TEXT_SIZE + 64)

/**
 * anycan_frame_parse() - read cansend's form
 * @text: `123#DEADBEEF`, `12345678#`, `123#R3`, `123##1AABB`, `123#1122334455667788_B`;
 *	dots may stand between bytes, digits in either case; an FD payload between two lengths is
 *	filled up with 0
 * @len: characters in @text; all of them must belong to the frame
 * @frame: set as a whole on success, and then valid; otherwise left alone; time stamp, channel,
 *	direction are 0
 *
 * Return: 0, or -EINVAL if @text is no frame.
 */
ANYCAN_API int anycan_frame_parse(const char *text, size_t len, struct anycan_frame *frame);

/**
 * anycan_frame_print() - write cansend's form, as candump -L does
 * @frame: a valid frame
 * @buf: gets the text and a NUL
 * @size: bytes in @buf; ANYCAN_TEXT_SIZE is always enough
 *
 * FD frames show BRS and ESI in the digit behind `##`, as python-can and asc2log do. candump shows
 * what the kernel hands it: since 6.1 that is CANFD_FDF besides, `##5` for `##1`. All read both.
 *
 * Return: characters written without the NUL, -EINVAL if the length is out of range, or -ENOSPC
 * (then @buf holds an empty string).
 */
ANYCAN_API int anycan_frame_print(const struct anycan_frame *frame, char *buf, size_t size);

/**
 * anycan_log_line_parse() - read a line of candump -L
 * @line: `(1436509052.249713) can0 044#2A366C2BBA`, 1 to 9 decimals, optionally with ` R` or
 *	` T` behind; without a line end
 * @len: characters in @line
 * @frame: set as a whole on success, otherwise left alone
 * @netdev: NULL, or room for IFNAMSIZ characters that get the interface's name
 *
 * Return: 0, or -EINVAL.
 */
ANYCAN_API int anycan_log_line_parse(const char *line, size_t len, struct anycan_frame *frame,
				     char *netdev);

/**
 * anycan_log_line_print() - write a line of candump -L, without a line end
 * @frame: a valid frame
 * @netdev: the interface's name, 1 to 15 characters
 * @decimals: 6 (as candump -L), or 9 (as candump -L -N)
 * @buf: gets the text and a NUL
 * @size: bytes in @buf; ANYCAN_LOG_LINE_SIZE is always enough
 *
 * Return: characters written without the NUL, -EINVAL for other @decimals or names or if
 * the length is out of range, or -ENOSPC (then @buf holds an empty string).
 */
ANYCAN_API int anycan_log_line_print(const struct anycan_frame *frame, const char *netdev,
				     int decimals, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
