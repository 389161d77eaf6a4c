// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * One acceptance filter in text. See filter.h.
 */
#include "filter.h"

#include <anycan/hex.h>

#define FILTER_EFF_DIGITS 8
#define FILTER_SFF_DIGITS 3

static unsigned int filter_digits(const char *text)
{
	unsigned int n = 0;

	while (n <= FILTER_EFF_DIGITS && anycan_hex_value[(uint8_t)text[n]] <= 0xf)
		n++;
	return n;
}

bool filter_parse(struct filter *filter, const char **text)
{
	unsigned int digits = filter_digits(*text);
	bool extended = digits == FILTER_EFF_DIGITS;
	canid_t max = extended ? CAN_EFF_MASK : CAN_SFF_MASK;

	if (!extended && (!digits || digits > FILTER_SFF_DIGITS))
		return false;
	if (!anycan_hex_number(*text, digits, &filter->id) || filter->id > max)
		return false;
	*text += digits;
	filter->mask = max;
	if (**text == ':') {
		*text += 1;
		digits = filter_digits(*text);
		if (!digits || digits > FILTER_EFF_DIGITS)
			return false;
		if (!anycan_hex_number(*text, digits, &filter->mask) || filter->mask > max)
			return false;
		*text += digits;
	}
	if (extended)
		filter->id |= CAN_EFF_FLAG;
	return true;
}
