// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The list of formats: one line each, in order of name. A new format is its file and its line.
 */
#include "format.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

/* clang-format off */
static const struct canlog_format *const built_in[] = {
	&asc_format,
	&blf_format,
	&candump_format,
	&csv_format,
	&pcap_format,
	&pcapng_format,
	&sqlite_format,
	&trc_format,
	&txt_format,
};
/* clang-format on */

#define BUILT_IN (sizeof(built_in) / sizeof(built_in[0]))
#define REGISTERED_MAX 16

/* The one list that programs may add to; see canlog_format_register() for when. */
static const struct canlog_format *registered[REGISTERED_MAX];

const struct canlog_format *canlog_format_at(size_t index)
{
	if (index < BUILT_IN)
		return built_in[index];
	index -= BUILT_IN;
	return index < REGISTERED_MAX ? registered[index] : NULL;
}

static bool has_extension(const struct canlog_format *format, const char *extension)
{
	for (size_t i = 0; format->extensions[i]; i++)
		if (!strcasecmp(format->extensions[i], extension))
			return true;
	return false;
}

static const struct canlog_format *find_extension(const char *extension)
{
	const struct canlog_format *format;

	for (size_t i = 0; (format = canlog_format_at(i)); i++)
		if (has_extension(format, extension))
			return format;
	return NULL;
}

const struct canlog_format *canlog_format_find(const char *name)
{
	const struct canlog_format *format;
	char extension[16] = ".";

	for (size_t i = 0; (format = canlog_format_at(i)); i++)
		if (!strcasecmp(format->name, name))
			return format;
	if (*name == '.')
		name++;
	if (strlen(name) > sizeof(extension) - 2)
		return NULL;
	strcpy(extension + 1, name);
	return find_extension(extension);
}

int canlog_format_register(const struct canlog_format *format)
{
	if (canlog_format_find(format->name))
		return -EEXIST;
	for (size_t i = 0; i < REGISTERED_MAX; i++) {
		if (registered[i])
			continue;
		registered[i] = format;
		return 0;
	}
	return -ENOSPC;
}

const struct canlog_format *canlog_format_for_path(const char *path, bool *gzip)
{
	const char *base = strrchr(path, '/');
	char name[256];
	char *dot;

	base = base ? base + 1 : path;
	*gzip = false;
	if (strlen(base) >= sizeof(name))
		return NULL;
	strcpy(name, base);
	dot = strrchr(name, '.');
	if (dot && !strcasecmp(dot, ".gz")) {
		*gzip = true;
		*dot = '\0';
		dot = strrchr(name, '.');
	}
	return dot ? find_extension(dot) : NULL;
}

const struct canlog_format *canlog_format_probe(const uint8_t *head, size_t len)
{
	const struct canlog_format *format, *best = NULL;
	int best_score = 0;

	for (size_t i = 0; (format = canlog_format_at(i)); i++) {
		int score = format->probe ? format->probe(head, len) : 0;

		if (score > best_score) {
			best_score = score;
			best = format;
		}
	}
	return best;
}

void canlog_format_get_info(const struct canlog_format *format, struct canlog_format_info *info)
{
	*info = (struct canlog_format_info){
		.name = format->name,
		.summary = format->summary,
		.extensions = format->extensions,
		.settings = format->settings,
		.abilities = format->abilities,
		.loses = format->loses,
		.time_ns = format->time_ns,
	};
}
