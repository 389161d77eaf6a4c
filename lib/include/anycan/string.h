/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Text built up in a fixed buffer without stdio, for code that must not do I/O.
 */
#ifndef ANYCAN_STRING_H
#define ANYCAN_STRING_H

#include <anycan/export.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct anycan_string - text in somebody else's buffer
 *
 * Always ends with NUL; what does not fit is cut off.
 */
struct anycan_string {
	char *buf;
	size_t len;
	size_t size;
};

/** anycan_string_init() - begin an empty text in @buf of @size bytes (at least 1) */
ANYCAN_API void anycan_string_init(struct anycan_string *s, char *buf, size_t size);

/** anycan_string_add() - append @text */
ANYCAN_API void anycan_string_add(struct anycan_string *s, const char *text);

/** anycan_string_add_n() - append at most @n characters of @text */
ANYCAN_API void anycan_string_add_n(struct anycan_string *s, const char *text, size_t n);

/** anycan_string_add_uint() - append @value in decimal */
ANYCAN_API void anycan_string_add_uint(struct anycan_string *s, uint64_t value);

#ifdef __cplusplus
}
#endif

#endif
