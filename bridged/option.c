/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * KEY VALUE settings: the option tables of drivers, transports and ports. Numbers may carry a
 * unit (500k, 20ms); keys and words are taken without regard to case, `_` as `-`, because
 * python-can's users write ttyBaudrate and sleep_after_open.
 */
#include "option.h"
#include "number.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static bool same_word(const char *a, const char *b)
{
	for (; *a && *b; a++, b++) {
		char x = *a == '_' ? '-' : (char)tolower((unsigned char)*a);
		char y = *b == '_' ? '-' : (char)tolower((unsigned char)*b);

		if (x != y)
			return false;
	}
	return *a == *b;
}

const struct bridged_option *bridged_option_find(const struct bridged_option *table,
						 const char *key)
{
	for (; table && table->name; table++)
		if (same_word(table->name, key) || (table->alias && same_word(table->alias, key)))
			return table;
	return NULL;
}

int bridged_parse_flag(const char *text, bool *flag)
{
	static const char *const on[] = {"on", "true", "yes", "1"};
	static const char *const off[] = {"off", "false", "no", "0"};

	for (unsigned int i = 0; i < sizeof(on) / sizeof(on[0]); i++) {
		if (!strcasecmp(text, on[i]))
			*flag = true;
		else if (!strcasecmp(text, off[i]))
			*flag = false;
		else
			continue;
		return 0;
	}
	return -EINVAL;
}

/* The kernel's rules; and it would put a number in place of %d. */
bool bridged_is_netdev_name(const char *name, size_t len)
{
	if (!len || len >= IFNAMSIZ || (name[0] == '.' && strspn(name, ".") == len))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)name[i] <= ' ' || strchr("/:%\x7f", name[i]))
			return false;
	return true;
}

static int set_choice(const struct bridged_option *option, const char *value, uint32_t *at,
		      char *reason, size_t size)
{
	int n;

	for (uint32_t i = 0; option->choices[i]; i++) {
		if (same_word(option->choices[i], value)) {
			*at = i;
			return 0;
		}
	}
	n = snprintf(reason, size, "%s '%s': choose one of", option->name, value);
	for (uint32_t i = 0; option->choices[i] && n > 0 && (size_t)n < size; i++)
		n += snprintf(reason + n, size - (size_t)n, "%s %s", i ? "," : "",
			      option->choices[i]);
	return -EINVAL;
}

static int set_uint(const struct bridged_option *option, const char *value, uint32_t *at,
		    char *reason, size_t size)
{
	uint32_t number;
	int ret = option->type == BRIDGED_OPT_MS ? bridged_parse_ms(value, &number)
						 : bridged_parse_uint(value, &number);

	if (!ret && number >= option->min && number <= option->max) {
		*at = number;
		return 0;
	}
	if (option->type == BRIDGED_OPT_MS)
		snprintf(reason, size, "%s '%s': give seconds from %g to %g", option->name, value,
			 option->min / 1e3, option->max / 1e3);
	else
		snprintf(reason, size, "%s '%s': give a number from %u to %u", option->name, value,
			 option->min, option->max);
	return -EINVAL;
}

int bridged_option_set(const struct bridged_option *option, const char *value, void *values,
		       char *reason, size_t size)
{
	void *at = (char *)values + option->offset;

	switch (option->type) {
	case BRIDGED_OPT_FLAG:
		if (!bridged_parse_flag(value, at))
			return 0;
		snprintf(reason, size, "%s '%s': say on or off", option->name, value);
		return -EINVAL;
	case BRIDGED_OPT_UINT:
	case BRIDGED_OPT_MS:
		return set_uint(option, value, at, reason, size);
	case BRIDGED_OPT_CHOICE:
		return set_choice(option, value, at, reason, size);
	case BRIDGED_OPT_TEXT:
		*(const char **)at = value;
		return 0;
	}
	assert(!"unknown type of option");
	return -EINVAL;
}

void bridged_option_defaults(const struct bridged_option *table, void *values)
{
	char reason[128];

	for (; table && table->name; table++) {
		int ret = table->fallback ? bridged_option_set(table, table->fallback, values,
							       reason, sizeof(reason))
					  : 0;

		assert(!ret);
		(void)ret;
	}
}
