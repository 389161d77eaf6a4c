// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Files of sections with keys, by the rules of Python 3.11's configparser with its defaults, keys
 * as they are written. inih takes the lines apart. Where its rules are others, lines are prepared
 * for it: it would end a value at ` ;` and take every indented line for more of the value above.
 * (It has switches for that, which are variables of the whole process.) What remains:
 *  - lines of more than 198 bytes, and names of sections of more than 48 bytes or with a `]`, are
 *    refused
 *  - a byte order mark is skipped, where Python refuses it
 *  - NUL and other control characters are refused
 */
#include "ini.h"

#include <ctype.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECTION_MAX 48
#define FILE_MAX (1 << 20)
#define DEPTH_MAX 10
/* Ten keys that name each other 39 times would take for ever. */
#define FILLED_IN_MAX 10000
#define DEFAULTS "DEFAULT"

/* Stands for a semicolon while inih has the line. */
#define SEMICOLON '\x01'

struct ini_reader {
	const char *path;
	const char *at, *end;
	unsigned int line;
	size_t indent;	     /* of the key that may be continued */
	bool continued;	     /* the line at hand continues its value, */
	unsigned int blanks; /* after so many empty ones */
	bool taken;	     /* inih made something of the line at hand */
	char *key;	     /* NULL: there is nothing to continue */
	struct json_object *file, *section;
	struct anycan_error *error;
	int ret;
};

static void ini_fail(struct ini_reader *reader, const char *what)
{
	if (!reader->ret)
		reader->ret = anycan_error_set(reader->error, ANYCAN_ERROR_VALUE, -EINVAL,
					       "%s: line %u: %s", reader->path, reader->line, what);
}

static void ini_forget_key(struct ini_reader *reader)
{
	free(reader->key);
	reader->key = NULL;
}

static void ini_begin_section(struct ini_reader *reader, const char *line, size_t len)
{
	const char *close = memchr(line, ']', len);
	char name[SECTION_MAX + 1];

	ini_forget_key(reader);
	if (!close || close == line + 1)
		return; /* inih refuses it */
	if (close - line - 1 > SECTION_MAX ||
	    memchr(close + 1, ']', len - (size_t)(close - line) - 1)) {
		ini_fail(reader, "the name of a section has up to 48 characters, and no ']'");
		return;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(close - line - 1), line + 1);
	if (json_object_object_get_ex(reader->file, name, NULL) && strcmp(name, DEFAULTS)) {
		ini_fail(reader, "there is a section of this name already");
		return;
	}
	if (!json_object_object_get_ex(reader->file, name, &reader->section)) {
		reader->section = json_object_new_object();
		json_object_object_add(reader->file, name, reader->section);
	}
	reader->taken = true;
}

/* The next line without white space behind it. Return: NULL at the end */
static const char *ini_take_line(struct ini_reader *reader, size_t *len)
{
	const char *line = reader->at, *end;

	if (line == reader->end)
		return NULL;
	end = memchr(line, '\n', (size_t)(reader->end - line));
	reader->at = end ? end + 1 : reader->end;
	if (!end)
		end = reader->end;
	while (end > line && isspace((unsigned char)end[-1]))
		end--;
	reader->line++;
	*len = (size_t)(end - line);
	return line;
}

/* What inih reads a line with, as fgets() would. */
static char *ini_next(char *str, int num, void *arg)
{
	struct ini_reader *reader = arg;
	size_t len = 0, indent;
	const char *line;

	if (reader->line && !reader->taken)
		ini_fail(reader, "this is neither [section] nor key = value");
	reader->blanks = 0;
	for (;;) {
		line = reader->ret ? NULL : ini_take_line(reader, &len);
		if (!line)
			return NULL;
		for (indent = 0; indent < len && isspace((unsigned char)line[indent]);)
			indent++;
		if (indent < len && line[indent] != '#' && line[indent] != ';')
			break;
		reader->blanks += indent == len;
	}
	reader->continued = reader->key && indent > reader->indent;
	reader->taken = false;
	line += indent;
	len -= indent;
	if (!reader->continued) {
		reader->indent = indent;
		if (*line == '[')
			ini_begin_section(reader, line, len);
		else if (!reader->section)
			ini_fail(reader, "it stands before the first [section]");
	}
	if (len + 3 > (size_t)num)
		ini_fail(reader, "it has more than 198 characters");
	if (reader->ret)
		return NULL;
	snprintf(str, (size_t)num, "%s%.*s\n", reader->continued ? " " : "", (int)len, line);
	for (char *c = str; *c; c++)
		if (*c == ';')
			*c = SEMICOLON;
	return str;
}

static void ini_restore(char *value)
{
	for (; *value; value++)
		if (*value == SEMICOLON)
			*value = ';';
}

static int ini_continue(struct ini_reader *reader, const char *more)
{
	struct json_object *value;
	const char *old;
	size_t len;
	char *text;

	json_object_object_get_ex(reader->section, reader->key, &value);
	old = json_object_get_string(value);
	len = strlen(old);
	text = malloc(len + reader->blanks + 1 + strlen(more) + 1);
	if (!text)
		return -ENOMEM;
	memcpy(text, old, len);
	memset(text + len, '\n', reader->blanks + 1);
	strcpy(text + len + reader->blanks + 1, more);
	json_object_set_string(value, text);
	free(text);
	return 0;
}

/* What inih found in the line at hand. */
static int ini_take(void *arg, const char *section, const char *name, const char *value)
{
	struct ini_reader *reader = arg;
	char *copy = strdup(value), *key = strdup(name);

	(void)section;
	reader->taken = true;
	if (!copy || !key) {
		reader->ret = -ENOMEM;
		goto out;
	}
	ini_restore(copy);
	ini_restore(key);
	if (reader->continued) {
		reader->ret = ini_continue(reader, copy);
		goto out;
	}
	if (!*key)
		ini_fail(reader, "there is no key before the '='");
	else if (json_object_object_get_ex(reader->section, key, NULL))
		ini_fail(reader, "this section has this key already");
	if (reader->ret)
		goto out;
	json_object_object_add(reader->section, key, json_object_new_string(copy));
	free(reader->key);
	reader->key = key;
	key = NULL;
out:
	free(copy);
	free(key);
	return 1;
}

static void ini_put_all(struct json_object *target, struct json_object *section)
{
	json_object_object_foreach(section, key, value)
	{
		json_object_object_add(target, key, json_object_get(value));
	}
}

/* Put the file's sections over those that are there. */
static void ini_merge(struct json_object *sections, struct json_object *file)
{
	json_object_object_foreach(file, name, section)
	{
		struct json_object *target;

		if (!json_object_object_get_ex(sections, name, &target)) {
			target = json_object_new_object();
			json_object_object_add(sections, name, target);
		}
		ini_put_all(target, section);
	}
}

static void ini_check_characters(struct ini_reader *reader)
{
	for (const char *at = reader->at; at < reader->end; at++) {
		reader->line += at == reader->at || at[-1] == '\n';
		if ((unsigned char)*at < ' ' && !isspace((unsigned char)*at)) {
			ini_fail(reader, "there is a control character in it");
			return;
		}
	}
	reader->line = 0;
}

int anycan_ini_parse(struct json_object *sections, const char *path, const char *text, size_t len,
		     struct anycan_error *error)
{
	size_t mark = len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0;
	struct ini_reader reader = {
		.path = path,
		.at = text + mark,
		.end = text + len,
		.file = json_object_new_object(),
		.error = error,
	};

	ini_check_characters(&reader);
	if (!reader.ret)
		ini_parse_stream(ini_next, &reader, ini_take, &reader);
	if (!reader.ret)
		ini_merge(sections, reader.file);
	ini_forget_key(&reader);
	json_object_put(reader.file);
	return reader.ret;
}

int anycan_ini_read(struct json_object *sections, const char *path, struct anycan_error *error)
{
	FILE *file = fopen(path, "re");
	char *text;
	size_t len;
	int ret;

	if (!file)
		return 0;
	text = malloc(FILE_MAX);
	len = text ? fread(text, 1, FILE_MAX, file) : 0;
	if (!text)
		ret = -ENOMEM;
	else if (len == FILE_MAX)
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "%s: more than a megabyte is no configuration", path);
	else
		ret = anycan_ini_parse(sections, path, text, len, error);
	free(text);
	fclose(file);
	return ret;
}

/* ---- Values that name others */

struct ini_filler {
	struct json_object *values;
	const char *section, *key; /* for messages */
	struct anycan_error *error;
	FILE *out;
	unsigned int filled_in;
};

static int ini_bad_value(struct ini_filler *filler, const char *what, const char *detail)
{
	return anycan_error_set(filler->error, ANYCAN_ERROR_VALUE, -EINVAL,
				"[%s] %s: %s %.40s; write '%%%%' for a '%%'", filler->section,
				filler->key, what, detail);
}

static int ini_fill_in(struct ini_filler *filler, const char *text, int depth);

/* @at: behind a `%`. Moves it on. */
static int ini_fill_one(struct ini_filler *filler, const char **at, int depth)
{
	const char *text = *at, *close = strchr(text, ')');
	struct json_object *value;
	char *name;
	int ret;

	if (*text == '%') {
		putc('%', filler->out);
		(*at)++;
		return 0;
	}
	if (*text != '(' || !close || close == text + 1 || close[1] != 's')
		return ini_bad_value(filler, "there is no %(key)s at", text);
	name = strndup(text + 1, (size_t)(close - text) - 1);
	if (!name)
		return -ENOMEM;
	if (!json_object_object_get_ex(filler->values, name, &value))
		ret = ini_bad_value(filler, "there is no key", name);
	else
		ret = ini_fill_in(filler, json_object_get_string(value), depth + 1);
	free(name);
	*at = close + 2;
	return ret;
}

static int ini_fill_in(struct ini_filler *filler, const char *text, int depth)
{
	const char *percent;
	int ret = 0;

	if (depth > DEPTH_MAX || ++filler->filled_in > FILLED_IN_MAX)
		return ini_bad_value(filler, "keys name each other without end at", text);
	while (!ret && (percent = strchr(text, '%'))) {
		fwrite(text, 1, (size_t)(percent - text), filler->out);
		if (ftell(filler->out) > FILE_MAX)
			return ini_bad_value(filler, "the value grows too long at", text);
		text = percent + 1;
		ret = ini_fill_one(filler, &text, depth);
	}
	if (!ret)
		fputs(text, filler->out);
	return ret;
}

/* The value with all others filled in. Return: 0 and a new text, or a negative errno */
static int ini_fill(struct ini_filler *filler, const char *text, char **filled)
{
	size_t size;
	int ret;

	*filled = NULL;
	filler->out = open_memstream(filled, &size);
	if (!filler->out)
		return -ENOMEM;
	ret = ini_fill_in(filler, text, 1);
	if (fclose(filler->out) && !ret)
		ret = -ENOMEM;
	return ret;
}

int anycan_ini_section(struct json_object *sections, const char *name, struct json_object **out,
		       struct anycan_error *error)
{
	struct ini_filler filler = {.section = name, .error = error};
	struct json_object *section, *defaults, *filled = json_object_new_object();
	int ret = 0;

	*out = filled;
	if (!strcmp(name, DEFAULTS) || !json_object_object_get_ex(sections, name, &section))
		return 0;
	filler.values = json_object_new_object();
	if (json_object_object_get_ex(sections, DEFAULTS, &defaults))
		ini_put_all(filler.values, defaults);
	ini_put_all(filler.values, section);
	json_object_object_foreach(filler.values, each, raw)
	{
		char *text;

		filler.key = each;
		ret = ini_fill(&filler, json_object_get_string(raw), &text);
		if (!ret)
			json_object_object_add(filled, each, json_object_new_string(text));
		free(text);
		if (ret)
			break;
	}
	json_object_put(filler.values);
	if (ret)
		json_object_put(filled);
	return ret;
}
