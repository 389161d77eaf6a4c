/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Numbers as text, fast: what the text formats print and parse a million times a second. The
 * printing side writes where the caller made room, the parsing side stays below @end.
 */
#ifndef FORMATS_NUMBER_H
#define FORMATS_NUMBER_H

#include <anycan/hex.h>
#include <endian.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* "00" to "99", and "00 " to "FF " in upper case. */
extern const char canlog_decimal_pair[100][2];
extern const char canlog_hex_spaced[256][4];

/** struct text - what is left of a line to parse */
struct text {
	const char *p;
	const char *end;
};

static inline char *print_2(char *out, unsigned int value)
{
	memcpy(out, canlog_decimal_pair[value], 2);
	return out + 2;
}

/* Exactly 6 digits of @value < 1000000. */
static inline char *print_6(char *out, uint32_t value)
{
	out = print_2(out, value / 10000);
	out = print_2(out, value / 100 % 100);
	return print_2(out, value % 100);
}

/* Exactly @digits digits, 1..9. */
static inline char *print_digits(char *out, uint32_t value, unsigned int digits)
{
	for (unsigned int i = digits; i > 0; i--) {
		out[i - 1] = (char)('0' + value % 10);
		value /= 10;
	}
	return out + digits;
}

static inline char *print_uint(char *out, uint64_t value)
{
	char digits[20];
	unsigned int n = 0;

	do {
		digits[n++] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	while (n)
		*out++ = digits[--n];
	return out;
}

/* Right-justified with blanks in at least @width columns. */
static inline char *print_uint_right(char *out, uint64_t value, unsigned int width)
{
	char digits[20];
	char *end = print_uint(digits, value);
	size_t n = (size_t)(end - digits);

	while (width > n) {
		*out++ = ' ';
		width--;
	}
	memcpy(out, digits, n);
	return out + n;
}

/* As few upper-case digits as needed. */
static inline char *print_hex(char *out, uint32_t value)
{
	unsigned int digits = value ? (35u - (unsigned int)__builtin_clz(value)) / 4 : 1;

	for (unsigned int i = digits; i > 0; i--) {
		out[i - 1] = "0123456789ABCDEF"[value & 15];
		value >>= 4;
	}
	return out + digits;
}

static inline char *print_text(char *out, const char *text)
{
	size_t len = strlen(text);

	memcpy(out, text, len);
	return out + len;
}

/* Bytes in upper case, a blank before each. Writes two bytes more than it returns. */
static inline char *print_bytes_spaced(char *out, const uint8_t *bytes, size_t len)
{
	if (!len)
		return out;
	*out++ = ' ';
	for (size_t i = 0; i < len; i++, out += 3)
		memcpy(out, canlog_hex_spaced[bytes[i]], 4);
	return out - 1;
}

static inline void text_skip_blanks(struct text *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\t'))
		t->p++;
}

/* The next word; empty at the end of the line. */
static inline struct text text_word(struct text *t)
{
	struct text word;

	text_skip_blanks(t);
	word.p = t->p;
	while (t->p < t->end && *t->p != ' ' && *t->p != '\t')
		t->p++;
	word.end = t->p;
	return word;
}

static inline size_t text_len(struct text t)
{
	return (size_t)(t.end - t.p);
}

/* Compares without regard to case of ASCII letters; @word is in lower case. */
static inline bool text_is(struct text t, const char *word)
{
	const char *p = t.p;

	for (; p < t.end && *word; p++, word++) {
		char c = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;

		if (c != *word)
			return false;
	}
	return p == t.end && !*word;
}

/* Whether @t begins with @word, as text_is(). */
static inline bool text_begins(struct text t, const char *word)
{
	size_t len = strlen(word);

	if (text_len(t) < len)
		return false;
	t.end = t.p + len;
	return text_is(t, word);
}

/* Digits of @base up to the first other character, at least one, at most 18. */
static inline bool text_number(struct text *t, unsigned int base, uint64_t *value)
{
	const char *start = t->p;
	uint64_t v = 0;

	while (t->p < t->end) {
		uint8_t digit = anycan_hex_value[(uint8_t)*t->p];

		if (digit >= base)
			break;
		if (t->p - start >= 15)
			return false;
		v = v * base + digit;
		t->p++;
	}
	*value = v;
	return t->p != start;
}

/*
 * The value of 8 decimal digits at @text; false if one is none. Pairs, fours and eights are summed
 * up side by side in one word.
 */
static inline bool text_8_digits(const char *text, uint32_t *value)
{
	const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0), zeros = UINT64_C(0x3030303030303030);
	uint64_t v;

	memcpy(&v, text, sizeof(v));
	v = le64toh(v);
	if ((v & high) != zeros || ((v + UINT64_C(0x0606060606060606)) & high) != zeros)
		return false;
	v -= zeros;
	v = v * 10 + (v >> 8);
	v = ((v & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
	     (v >> 16 & UINT64_C(0x000000ff000000ff)) * (1 + (UINT64_C(10000) << 32))) >>
	    32;
	*value = (uint32_t)v;
	return true;
}

/* A word that is a number as a whole. */
static inline bool text_whole_number(struct text word, unsigned int base, uint64_t *value)
{
	return text_number(&word, base, value) && word.p == word.end;
}

/*
 * A decimal number, scaled: with @unit_ns = 10^9 seconds become nanoseconds. Digits beyond that
 * are rounded off. Plain digits are the fast way, an exponent or a sign takes a slower one.
 */
bool text_scaled(struct text *t, int64_t unit_ns, int64_t *value);

/* The same of a whole word. */
static inline bool text_whole_scaled(struct text word, int64_t unit_ns, int64_t *value)
{
	return text_scaled(&word, unit_ns, value) && word.p == word.end;
}

#endif
