/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Hexadecimal digits, for the text protocols: branch-light, no libc.
 */
#ifndef ANYCAN_HEX_H
#define ANYCAN_HEX_H

#include <anycan/export.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Values 0..15 of the digits 0-9, A-F, a-f; 0xff for every other byte. */
ANYCAN_API extern const uint8_t anycan_hex_value[256];

/** Two upper-case digits for each byte value, without NUL. */
ANYCAN_API extern const char anycan_hex_pair[256][2];

/**
 * anycan_hex_number() - read digits as a number, most significant first
 * @text: the digits, upper or lower case
 * @digits: how many, 1..8
 * @value: set on success
 *
 * Return: whether all were digits.
 */
ANYCAN_API bool anycan_hex_number(const char *text, unsigned int digits, uint32_t *value);

/**
 * anycan_hex_bytes() - read pairs of digits as bytes
 * @text: 2 * @len digits
 * @len: bytes to read
 * @bytes: room for @len bytes; contents undefined after a failure
 *
 * Return: whether all were digits.
 */
ANYCAN_API bool anycan_hex_bytes(const char *text, size_t len, uint8_t *bytes);

/**
 * anycan_hex_put_number() - write a number, upper case, leading zeros
 * @text: room for @digits characters; no NUL is written
 * @digits: how many, 1..8
 * @value: the number; digits above @digits are cut off
 *
 * Return: @text + @digits.
 */
ANYCAN_API char *anycan_hex_put_number(char *text, unsigned int digits, uint32_t value);

/**
 * anycan_hex_put_bytes() - write bytes as pairs of digits, upper case
 * @text: room for 2 * @len characters; no NUL is written
 * @bytes: the bytes
 * @len: how many
 *
 * Return: @text + 2 * @len.
 */
ANYCAN_API char *anycan_hex_put_bytes(char *text, const uint8_t *bytes, size_t len);

#ifdef __cplusplus
}
#endif

#endif
