// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Settings of the formats, "key=value" by python-can's names: one table for all, of which each
 * format lists the names that mean something to it.
 */
#include "format.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind {
	KIND_BOOL,
	KIND_INT,
	KIND_UINT32,
	KIND_TEXT,
	KIND_CHOICE,
};

struct choice {
	const char *text;
	unsigned int value;
};

enum {
	READ = 1,
	WRITE = 2,
};

struct setting {
	const char *name;
	unsigned int use; /* on which side it means something */
	enum kind kind;
	size_t at;
	long min, max; /* KIND_TEXT: max = size of the field */
	const struct choice *choices;
};

static const struct choice bases[] = {{"hex", 0}, {"dec", 1}, {NULL, 0}};
static const struct choice stamps[] = {{"absolute", 0}, {"relative", 1}, {NULL, 0}};
static const struct choice versions[] = {{"1.0", 10}, {"1.1", 11}, {"1.3", 13},
					 {"2.0", 20}, {"2.1", 21}, {NULL, 0}};

#define AT(field) offsetof(struct canlog_settings, field)

static const struct setting table[] = {
	{"append", WRITE, KIND_BOOL, AT(append), 0, 1, NULL},
	{"base", READ | WRITE, KIND_CHOICE, AT(base_dec), 0, 1, bases},
	{"canfd_lines", WRITE, KIND_BOOL, AT(classic_fd), 0, 1, NULL},
	{"channel", WRITE, KIND_TEXT, AT(channel), 0, CANLOG_NAME_SIZE, NULL},
	{"compression_level", WRITE, KIND_INT, AT(compression_level), -1, 9, NULL},
	{"decimals", WRITE, KIND_INT, AT(decimals), 3, CANLOG_DECIMALS_MAX, NULL},
	{"direction", WRITE, KIND_BOOL, AT(direction), 0, 1, NULL},
	{"max_container_size", WRITE, KIND_UINT32, AT(max_container_size), 1024, 16 << 20, NULL},
	{"raw_dlc", WRITE, KIND_BOOL, AT(raw_dlc), 0, 1, NULL},
	{"relative_timestamp", READ, KIND_BOOL, AT(relative), 0, 1, NULL},
	{"table_name", READ | WRITE, KIND_TEXT, AT(table_name), 0, 64, NULL},
	{"timestamps_format", WRITE, KIND_CHOICE, AT(deltas), 0, 1, stamps},
	{"version", WRITE, KIND_CHOICE, AT(version), 0, 99, versions},
};

int canlog_fail_to(struct canlog_error *error, int code, const char *format, ...)
{
	va_list args;

	if (!error)
		return code;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

static bool same_name(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = a[i] == '-' ? '_' : a[i];

		if (c != b[i])
			return false;
	}
	return !b[len];
}

static bool parse_bool(const char *text, bool *value)
{
	static const char *const words[] = {"false", "true", "0", "1", "no", "yes", "off", "on"};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcasecmp(words[i], text))
			continue;
		*value = i % 2;
		return true;
	}
	return false;
}

static bool parse_number(const struct setting *setting, const char *text, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return !errno && end != text && !*end && *value >= setting->min && *value <= setting->max;
}

static bool parse_choice(const struct setting *setting, const char *text, void *field)
{
	for (const struct choice *c = setting->choices; c->text; c++) {
		if (strcasecmp(c->text, text))
			continue;
		if (setting->max == 1)
			*(bool *)field = c->value;
		else
			*(unsigned int *)field = c->value;
		return true;
	}
	return false;
}

static bool set_value(struct canlog_settings *set, const struct setting *setting, const char *text)
{
	void *field = (char *)set + setting->at;
	long number;

	switch (setting->kind) {
	case KIND_BOOL:
		return parse_bool(text, field);
	case KIND_INT:
		if (!parse_number(setting, text, &number))
			return false;
		*(int *)field = (int)number;
		return true;
	case KIND_UINT32:
		if (!parse_number(setting, text, &number))
			return false;
		*(uint32_t *)field = (uint32_t)number;
		return true;
	case KIND_TEXT:
		if (!*text || strlen(text) >= (size_t)setting->max)
			return false;
		strcpy(field, text);
		return true;
	case KIND_CHOICE:
		return parse_choice(setting, text, field);
	}
	return false;
}

static const struct setting *find_setting(const struct canlog_format *format, const char *name,
					  size_t len)
{
	for (size_t i = 0; format->settings[i]; i++) {
		if (!same_name(name, format->settings[i], len))
			continue;
		for (size_t k = 0; k < sizeof(table) / sizeof(table[0]); k++)
			if (!strcmp(table[k].name, format->settings[i]))
				return &table[k];
	}
	return NULL;
}

static int unknown_setting(const struct canlog_format *format, const char *text, size_t len,
			   struct canlog_error *error)
{
	char known[200] = "";

	for (size_t i = 0; format->settings[i]; i++) {
		size_t used = strlen(known);

		snprintf(known + used, sizeof(known) - used, " %s", format->settings[i]);
	}
	return canlog_fail_to(error, -EINVAL, "format %s has no setting '%.*s' (it has:%s)",
			      format->name, (int)len, text, *known ? known : " none");
}

bool canlog_format_has_setting(const struct canlog_format *format, const char *setting,
			       bool writing)
{
	const struct setting *found = find_setting(format, setting, strcspn(setting, "="));

	return found && (found->use & (writing ? WRITE : READ));
}

int canlog_settings_parse(struct canlog_settings *set, const struct canlog_format *format,
			  const struct canlog_options *options, struct canlog_error *error)
{
	const char *const *texts = options->settings;

	*set = (struct canlog_settings){
		.compression_level = -1,
		.max_container_size = 128 * 1024,
		.table_name = "messages",
		.raw_dlc = true,
		.version = 21,
	};
	for (size_t i = 0; texts && texts[i]; i++) {
		size_t len = strcspn(texts[i], "=");
		const struct setting *setting = find_setting(format, texts[i], len);

		if (!setting && options->any_settings)
			continue;
		if (!setting)
			return unknown_setting(format, texts[i], len, error);
		if (!texts[i][len] || !set_value(set, setting, texts[i] + len + 1))
			return canlog_fail_to(error, -EINVAL, "setting '%s': no value that fits",
					      texts[i]);
	}
	return 0;
}
