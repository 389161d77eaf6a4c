// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Numbers as Python reads, divides and prints them. Source: the Python Language Reference, floor
 * division and its sign rules; IEEE 754 for half precision.
 */
#include "decode_number.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NUMBER_SIZE 400

/* ---- Reading */

static void strip(const char **text, size_t *len)
{
	while (*len && isspace((unsigned char)**text)) {
		++*text;
		--*len;
	}
	while (*len && isspace((unsigned char)(*text)[*len - 1]))
		--*len;
}

/*
 * Copy a number without blanks around it and without the underscores that may stand between two
 * digits; not if it does not fit or has them elsewhere.
 */
static bool tidy(const char *text, size_t len, char *number)
{
	size_t n = 0;

	strip(&text, &len);
	if (!len || len >= NUMBER_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '_')
			number[n++] = text[i];
		else if (!i || i + 1 == len || !isalnum((unsigned char)text[i - 1]) ||
			 !isalnum((unsigned char)text[i + 1]))
			return false;
	}
	number[n] = '\0';
	return !memchr(number, '\0', n);
}

bool decode_id_parse(const char *text, size_t len, uint32_t *id)
{
	char number[NUMBER_SIZE] = "", *digits = number;
	uint64_t value = 0;

	if (!tidy(text, len, number))
		return false;
	if (*digits == '+')
		digits++;
	if (digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X'))
		digits += 2;
	if (!*digits)
		return false;
	for (; isxdigit((unsigned char)*digits) && value <= UINT32_MAX; digits++)
		value = value << 4 |
			(uint64_t)(isdigit((unsigned char)*digits) ? *digits - '0'
								   : (*digits | 0x20) - 'a' + 10);
	*id = (uint32_t)value;
	return !*digits && value <= 0x1FFFFFFF;
}

static bool take_whole(const char *digits, __int128 *value)
{
	const __int128 limit = (__int128)1000000000000000 * 1000000000000000;
	bool minus = *digits == '-';

	if (minus || *digits == '+')
		digits++;
	if (!*digits)
		return false;
	for (*value = 0; isdigit((unsigned char)*digits); digits++)
		*value = *value >= limit ? limit : *value * 10 + (*digits - '0');
	if (minus)
		*value = -*value;
	return !*digits;
}

/* What float() takes; strtod() takes more. */
static bool take_float(const char *number, double *value)
{
	const char *letters = number + (*number == '-' || *number == '+');
	char *end;

	if (!strcasecmp(letters, "inf") || !strcasecmp(letters, "infinity") ||
	    !strcasecmp(letters, "nan")) {
		*value = strtod(number, NULL);
		return true;
	}
	if (strspn(number, "0123456789.eE+-") != strlen(number))
		return false;
	*value = strtod(number, &end);
	return end != number && !*end;
}

bool decode_scale_parse(const char *text, size_t len, struct decode_scale *scale)
{
	char number[NUMBER_SIZE] = "";

	*scale = (struct decode_scale){0};
	if (!tidy(text, len, number))
		return false;
	scale->whole = take_whole(number, &scale->number);
	return take_float(number, &scale->factor) && scale->factor != 0;
}

/* ---- Values */

static double half(uint64_t bits)
{
	int exponent = (int)(bits >> 10 & 0x1F);
	double fraction = (double)(bits & 0x3FF), value;

	if (exponent == 0x1F)
		value = fraction > 0 ? (double)NAN : (double)INFINITY;
	else if (exponent)
		value = ldexp(fraction + 1024, exponent - 25);
	else
		value = ldexp(fraction, -24);
	return bits & 0x8000 ? -value : value;
}

void decode_value_set(struct decode_value *value, uint64_t bits, unsigned int size)
{
	uint32_t single_bits = (uint32_t)bits;
	float single;

	value->is_float = strchr("efd", value->type);
	if (value->type == 'e') {
		value->floating = half(bits);
	} else if (value->type == 'f') {
		memcpy(&single, &single_bits, sizeof(single));
		value->floating = (double)single;
	} else if (value->type == 'd') {
		memcpy(&value->floating, &bits, sizeof(bits));
	} else if (value->type == '?') {
		value->number = bits != 0;
	} else if (islower((unsigned char)value->type)) {
		value->number = (int64_t)(bits << (64 - 8 * size)) >> (64 - 8 * size);
	} else {
		value->number = bits;
	}
}

/* The quotient is rounded down, as if the division were exact. */
static double floor_divide(double a, double b)
{
	double remainder = fmod(a, b), quotient = (a - remainder) / b, down;

	if (remainder != 0 && (b < 0) != (remainder < 0))
		quotient -= 1;
	if (quotient == 0)
		return copysign(0, a / b);
	down = floor(quotient);
	return quotient - down > 0.5 ? down + 1 : down;
}

void decode_value_scale(struct decode_value *value, const struct decode_scale *scale)
{
	if (value->is_float) {
		value->floating = scale->whole ? floor_divide(value->floating, scale->factor)
					       : value->floating / scale->factor;
	} else if (scale->whole) {
		__int128 quotient = value->number / scale->number;

		if (value->number % scale->number && (value->number < 0) != (scale->number < 0))
			quotient--;
		value->number = quotient;
	} else {
		value->is_float = true;
		value->floating = value->number < 0 ? (double)(int64_t)value->number
						    : (double)(uint64_t)value->number;
		value->floating /= scale->factor;
	}
	value->type = value->is_float ? 'd' : 'q'; /* no longer a bool */
}

/* ---- Printing */

/* As repr() of bytes: b'A\x00'. Return: characters; each takes 4 at most, 5 more stand around. */
static size_t print_bytes(const uint8_t *bytes, size_t len, char *text)
{
	bool doubled = memchr(bytes, '\'', len) && !memchr(bytes, '"', len);
	const char quote = doubled ? '"' : '\'';
	char *p = text;

	*p++ = 'b';
	*p++ = quote;
	for (size_t i = 0; i < len; i++) {
		const char *named = bytes[i] ? strchr("\tt\nn\rr", bytes[i]) : NULL;

		if (bytes[i] == quote || bytes[i] == '\\')
			p += sprintf(p, "\\%c", bytes[i]);
		else if (named && !isalpha(bytes[i]))
			p += sprintf(p, "\\%c", named[1]);
		else if (bytes[i] < 0x20 || bytes[i] >= 0x7F)
			p += sprintf(p, "\\x%02x", bytes[i]);
		else
			*p++ = (char)bytes[i];
	}
	*p++ = quote;
	*p = '\0';
	return (size_t)(p - text);
}

size_t decode_value_print(const struct decode_value *value, const char *before, char *buf,
			  size_t size)
{
	char text[NUMBER_SIZE];
	bool minus = value->number < 0;

	if (strchr("csp", value->type))
		print_bytes(value->bytes, value->len, text);
	else if (value->is_float && isnan(value->floating))
		strcpy(text, "nan");
	else if (value->is_float)
		snprintf(text, sizeof(text), "%.6f", value->floating);
	else if (value->type == '?')
		strcpy(text, value->number ? "True" : "False");
	else
		snprintf(text, sizeof(text), "%s%llu", minus ? "-" : "",
			 (unsigned long long)(minus ? -value->number : value->number));
	return (size_t)snprintf(buf, size, "%s%s", before, text);
}
