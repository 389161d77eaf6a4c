// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Filters in user space, with the meaning that net/can/af_can.c and net/can/raw.c give them, and
 * their text forms.
 */
#include <anycan/filter.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILTER_HEX_DIGITS 9

static bool filter_passes(const struct can_filter *filter, canid_t can_id)
{
	canid_t mask = filter->can_mask;
	bool inverted = filter->can_id & CAN_INV_FILTER;

	if (mask & CAN_ERR_FLAG)
		return (can_id & CAN_ERR_FLAG) && (can_id & mask & CAN_ERR_MASK);
	if (can_id & CAN_ERR_FLAG)
		return false;
	if ((mask & CAN_EFF_FLAG) && !(filter->can_id & CAN_EFF_FLAG))
		mask &= CAN_SFF_MASK | CAN_EFF_FLAG | CAN_RTR_FLAG;
	return ((can_id & mask) == (filter->can_id & mask)) != inverted;
}

bool anycan_filter_match(const struct can_filter *list, size_t n, bool joined, canid_t can_id)
{
	for (size_t i = 0; i < n; i++)
		if (filter_passes(&list[i], can_id) != joined)
			return !joined;
	return joined || n == 0;
}

/* Up to 9 hexadecimal digits. Return: how many were read, 0 if it is no number of 32 bits. */
static size_t filter_hex(const char *text, size_t len, uint32_t *value)
{
	uint64_t number = 0;
	size_t i;

	for (i = 0; i < len; i++) {
		char c = text[i];
		unsigned int digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned int)(c - '0');
		else if (c >= 'a' && c <= 'f')
			digit = (unsigned int)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			digit = (unsigned int)(c - 'A' + 10);
		else
			break;
		number = number << 4 | digit;
		if (number > UINT32_MAX || i >= FILTER_HEX_DIGITS)
			return 0;
	}
	*value = (uint32_t)number;
	return i;
}

int anycan_filter_parse(const char *text, size_t len, enum anycan_filter_syntax syntax,
			struct can_filter *filter)
{
	uint32_t id, mask;
	size_t id_len = filter_hex(text, len, &id);

	if (!id_len || id_len + 1 >= len || (text[id_len] != ':' && text[id_len] != '~'))
		return -EINVAL;
	if (filter_hex(text + id_len + 1, len - id_len - 1, &mask) != len - id_len - 1)
		return -EINVAL;
	/* CAN_ERR_FLAG and CAN_INV_FILTER are one bit: the first has no form, `~` sets the other.
	 */
	id &= ~CAN_INV_FILTER;
	mask &= ~CAN_ERR_FLAG;
	if (syntax == ANYCAN_FILTER_CANDUMP && id_len == 8)
		id |= CAN_EFF_FLAG;
	if (text[id_len] == '~')
		id |= CAN_INV_FILTER;
	filter->can_id = id;
	filter->can_mask = mask;
	return 0;
}

static int filter_fault(const char **reason, int code, const char *fault)
{
	if (reason)
		*reason = fault;
	return code;
}

static int filters_add(struct anycan_filters *filters, struct can_filter filter)
{
	struct can_filter *list = realloc(filters->list, (filters->n + 1) * sizeof(*filters->list));

	if (!list)
		return -ENOMEM;
	list[filters->n++] = filter;
	filters->list = list;
	return 0;
}

/* One word of a list. */
static int filters_word(struct anycan_filters *filters, const char *word, size_t len,
			enum anycan_filter_syntax syntax, const char **reason)
{
	bool candump = syntax == ANYCAN_FILTER_CANDUMP;
	struct can_filter filter;

	if (candump && len == 1 && (*word == 'j' || *word == 'J')) {
		filters->joined = true;
		return 0;
	}
	if (candump && *word == '#') {
		if (len < 2 || filter_hex(word + 1, len - 1, &filters->error_mask) != len - 1)
			return filter_fault(reason, -EINVAL,
					    "an error mask is # and hexadecimal "
					    "digits, such as #1FFFFFFF");
		filters->error_mask &= CAN_ERR_MASK;
		return 0;
	}
	if (anycan_filter_parse(word, len, syntax, &filter))
		return filter_fault(reason, -EINVAL,
				    "a filter is ID:MASK or ID~MASK in hexadecimal digits, such as "
				    "123:7FF");
	if (filters_add(filters, filter))
		return filter_fault(reason, -ENOMEM, "out of memory");
	return 0;
}

int anycan_filters_parse(const char *text, enum anycan_filter_syntax syntax,
			 struct anycan_filters *filters, const char **reason)
{
	struct anycan_filters parsed = {0};
	int ret = 0;

	text += strspn(text, ", \t");
	while (*text && !ret) {
		size_t len = strcspn(text, ", \t");

		ret = filters_word(&parsed, text, len, syntax, reason);
		text += len;
		text += strspn(text, ", \t");
	}
	if (ret) {
		anycan_filters_free(&parsed);
		return ret;
	}
	*filters = parsed;
	return 0;
}

void anycan_filters_free(struct anycan_filters *filters)
{
	free(filters->list);
	*filters = (struct anycan_filters){0};
}

int anycan_filter_print(const struct can_filter *filter, char *buf, size_t size)
{
	canid_t id = filter->can_id & ~(CAN_EFF_FLAG | CAN_INV_FILTER);
	bool inverted = filter->can_id & CAN_INV_FILTER;
	/* Eight digits would say extended, so that a longer number without has nine. */
	int digits = filter->can_id & CAN_EFF_FLAG ? 8 : id > 0xfffffff ? 9 : 3;
	int n = snprintf(buf, size, "%0*X%c%03X", digits, id, inverted ? '~' : ':',
			 filter->can_mask);

	if (n < 0 || (size_t)n >= size) {
		if (size)
			*buf = '\0';
		return -ENOSPC;
	}
	return n;
}
