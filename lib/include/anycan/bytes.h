/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Numbers in the bytes of a wire format, little endian, at any address.
 */
#ifndef ANYCAN_BYTES_H
#define ANYCAN_BYTES_H

#include <stdint.h>

/** anycan_get_le16() - the number in the 2 bytes at @p */
static inline uint16_t anycan_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

/** anycan_get_le32() - the number in the 4 bytes at @p */
static inline uint32_t anycan_get_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/** anycan_put_le32() - @value into the 4 bytes at @p */
static inline void anycan_put_le32(uint8_t *p, uint32_t value)
{
	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

#endif
