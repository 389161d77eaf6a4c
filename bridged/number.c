/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Numbers as people type them. Decimals are scaled as integers, so that 83.333k is 83333 exactly.
 */
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Read "12.345" times 10^@digits; @end gets what follows. Decimals that do not fit must be 0. */
static int parse_scaled(const char *text, unsigned int digits, uint64_t *value, const char **end)
{
	uint64_t result = 0;
	bool point = false;

	if (!isdigit((unsigned char)*text))
		return -EINVAL;
	for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
		if (*text == '.') {
			point = true;
			continue;
		}
		if (point && !digits) {
			if (*text != '0')
				return -EINVAL;
			continue;
		}
		if (result > UINT64_MAX / 100)
			return -ERANGE;
		result = result * 10 + (uint64_t)(*text - '0');
		digits -= point;
	}
	for (; digits; digits--) {
		if (result > UINT64_MAX / 100)
			return -ERANGE;
		result *= 10;
	}
	*value = result;
	*end = text;
	return 0;
}

static int narrow(uint64_t number, uint32_t *value)
{
	if (number > UINT32_MAX)
		return -EINVAL;
	*value = (uint32_t)number;
	return 0;
}

int bridged_parse_uint(const char *text, uint32_t *value)
{
	uint64_t number;
	const char *end;
	char *hex_end;

	if (!strncasecmp(text, "0x", 2) && isxdigit((unsigned char)text[2])) {
		number = strtoull(text, &hex_end, 16);
		return *hex_end ? -EINVAL : narrow(number, value);
	}
	for (unsigned int digits = 0; digits <= 6; digits += 3) {
		static const char *const units[] = {"", "k", "M"};

		if (!parse_scaled(text, digits, &number, &end) &&
		    !strcasecmp(end, units[digits / 3]))
			return narrow(number, value);
	}
	return -EINVAL;
}

int bridged_parse_ms(const char *text, uint32_t *ms)
{
	uint64_t number;
	const char *end;

	if (!parse_scaled(text, 3, &number, &end) && (!*end || !strcmp(end, "s")))
		return narrow(number, ms);
	if (!parse_scaled(text, 0, &number, &end) && !strcmp(end, "ms"))
		return narrow(number, ms);
	return -EINVAL;
}

int bridged_parse_permille(const char *text, uint32_t *permille)
{
	uint64_t number;
	const char *end;

	if (parse_scaled(text, 3, &number, &end) || *end || number > 999)
		return -EINVAL;
	*permille = (uint32_t)number;
	return 0;
}
