/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Text built up in a fixed buffer: always terminated, cut off where the buffer ends.
 */
#include <anycan/string.h>
#include <assert.h>
#include <string.h>

/* Decimal digits of UINT64_MAX. */
#define UINT64_DIGITS 20

void anycan_string_init(struct anycan_string *s, char *buf, size_t size)
{
	assert(size > 0);
	s->buf = buf;
	s->len = 0;
	s->size = size;
	buf[0] = '\0';
}

void anycan_string_add(struct anycan_string *s, const char *text)
{
	anycan_string_add_n(s, text, strlen(text));
}

void anycan_string_add_n(struct anycan_string *s, const char *text, size_t n)
{
	size_t room = s->size - 1 - s->len;
	size_t take = strnlen(text, n < room ? n : room);

	memcpy(s->buf + s->len, text, take);
	s->len += take;
	s->buf[s->len] = '\0';
}

void anycan_string_add_uint(struct anycan_string *s, uint64_t value)
{
	char digits[UINT64_DIGITS];
	char *first = digits + sizeof(digits);

	do {
		*--first = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	anycan_string_add_n(s, first, (size_t)(digits + sizeof(digits) - first));
}
