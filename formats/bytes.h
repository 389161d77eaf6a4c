/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Bounded access to the bytes of binary formats: a getter outside its view gives 0 and is never
 * undefined, so that a reader checks sizes once for an answer and not for its safety.
 */
#ifndef FORMATS_BYTES_H
#define FORMATS_BYTES_H

#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
	const uint8_t *p;
	size_t len;
};

static inline struct view view_sub(struct view v, size_t at, size_t len)
{
	if (at > v.len)
		return (struct view){v.p, 0};
	return (struct view){v.p + at, len < v.len - at ? len : v.len - at};
}

static inline uint8_t view_u8(struct view v, size_t at)
{
	return at < v.len ? v.p[at] : 0;
}

static inline uint16_t view_le16(struct view v, size_t at)
{
	uint16_t value = 0;

	if (v.len >= sizeof(value) && at <= v.len - sizeof(value))
		memcpy(&value, v.p + at, sizeof(value));
	return le16toh(value);
}

static inline uint32_t view_le32(struct view v, size_t at)
{
	uint32_t value = 0;

	if (v.len >= sizeof(value) && at <= v.len - sizeof(value))
		memcpy(&value, v.p + at, sizeof(value));
	return le32toh(value);
}

static inline uint64_t view_le64(struct view v, size_t at)
{
	uint64_t value = 0;

	if (v.len >= sizeof(value) && at <= v.len - sizeof(value))
		memcpy(&value, v.p + at, sizeof(value));
	return le64toh(value);
}

static inline uint32_t view_be32(struct view v, size_t at)
{
	return __builtin_bswap32(view_le32(v, at));
}

static inline uint16_t view_be16(struct view v, size_t at)
{
	return __builtin_bswap16(view_le16(v, at));
}

/* Copies at most @len bytes; what the view does not have becomes 0. */
static inline void view_copy(struct view v, size_t at, uint8_t *to, size_t len)
{
	struct view part = view_sub(v, at, len);

	memcpy(to, part.p, part.len);
	memset(to + part.len, 0, len - part.len);
}

/* Putters: the caller has made sure of the room; each returns the byte behind. */

static inline uint8_t *put_u8(uint8_t *p, uint8_t value)
{
	*p = value;
	return p + 1;
}

static inline uint8_t *put_le16(uint8_t *p, uint16_t value)
{
	value = htole16(value);
	memcpy(p, &value, sizeof(value));
	return p + sizeof(value);
}

static inline uint8_t *put_le32(uint8_t *p, uint32_t value)
{
	value = htole32(value);
	memcpy(p, &value, sizeof(value));
	return p + sizeof(value);
}

static inline uint8_t *put_le64(uint8_t *p, uint64_t value)
{
	value = htole64(value);
	memcpy(p, &value, sizeof(value));
	return p + sizeof(value);
}

static inline uint8_t *put_bytes(uint8_t *p, const void *bytes, size_t len)
{
	memcpy(p, bytes, len);
	return p + len;
}

#endif
