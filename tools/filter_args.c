// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Filters on a command line. A range becomes the masks that the kernel's filters have: as few
 * aligned blocks of identifiers as make it up.
 */
#include "filter_args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SEPARATORS ", "

bool filter_args_id(const char *text, size_t len, canid_t *can_id)
{
	canid_t value = 0;

	if (!len || (len > 3 && len != 8))
		return false;
	for (size_t i = 0; i < len; i++) {
		const char *digits = "0123456789abcdef0123456789ABCDEF";
		const char *digit = strchr(digits, text[i]);

		if (!digit || !text[i])
			return false;
		value = value << 4 | (canid_t)((digit - digits) & 15);
	}
	if (value > (len == 8 ? CAN_EFF_MASK : CAN_SFF_MASK))
		return false;
	*can_id = len == 8 ? value | CAN_EFF_FLAG : value;
	return true;
}

bool filter_args_range(const char *text, size_t len, canid_t *first, canid_t *last)
{
	const char *dash = memchr(text, '-', len);

	if (!dash) {
		if (!filter_args_id(text, len, first))
			return false;
		*last = *first;
		return true;
	}
	return filter_args_id(text, (size_t)(dash - text), first) &&
	       filter_args_id(dash + 1, (size_t)(text + len - dash - 1), last) &&
	       !((*first ^ *last) & CAN_EFF_FLAG) && *first <= *last;
}

static bool add(struct anycan_filters *filters, const struct can_filter *more, size_t n)
{
	struct can_filter *list = realloc(filters->list, (filters->n + n) * sizeof(*list));

	if (!list)
		return false;
	memcpy(list + filters->n, more, n * sizeof(*list));
	filters->list = list;
	filters->n += n;
	return true;
}

static bool add_range(struct anycan_filters *filters, canid_t first, canid_t last)
{
	const canid_t flag = first & CAN_EFF_FLAG, all = flag ? CAN_EFF_MASK : CAN_SFF_MASK;
	canid_t at = first & CAN_EFF_MASK, end = last & CAN_EFF_MASK;

	while (at <= end) {
		canid_t size = 1;

		while (!(at & size) && size <= all && at + 2 * size - 1 <= end)
			size *= 2;
		if (!add(filters,
			 &(struct can_filter){at | flag, (all & ~(size - 1)) | CAN_EFF_FLAG}, 1))
			return false;
		at += size;
	}
	return true;
}

static int add_plain(struct anycan_filters *filters, const char *word, const char **reason)
{
	struct anycan_filters plain;
	int ret = anycan_filters_parse(word, ANYCAN_FILTER_CANDUMP, &plain, reason);

	if (ret)
		return ret;
	filters->joined |= plain.joined;
	filters->error_mask |= plain.error_mask;
	if (plain.n && !add(filters, plain.list, plain.n))
		ret = -ENOMEM;
	anycan_filters_free(&plain);
	return ret;
}

static int add_word(struct anycan_filters *filters, const char *word, const char **reason)
{
	canid_t first, last;

	if (!strchr(word, '-'))
		return add_plain(filters, word, reason);
	if (!filter_args_range(word, strlen(word), &first, &last)) {
		*reason = "a range is two identifiers of up to three digits, or of eight, the "
			  "smaller one first";
		return -EINVAL;
	}
	return add_range(filters, first, last) ? 0 : -ENOMEM;
}

int filter_args_parse(const char *text, struct anycan_filters *filters, const char **reason)
{
	int ret = 0;

	*reason = "no memory";
	for (text += strspn(text, SEPARATORS); *text && !ret; text += strspn(text, SEPARATORS)) {
		size_t len = strcspn(text, SEPARATORS);
		char *word = strndup(text, len);

		ret = word ? add_word(filters, word, reason) : -ENOMEM;
		free(word);
		text += len;
	}
	return ret;
}
