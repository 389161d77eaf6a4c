// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading /etc/anycan/NAME.conf and matching it. inih takes the lines apart; it is handed one line
 * at a time, without indentation, which it would take for more of the value above.
 */
#include "plug_config.h"
#include "plug_keys.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX (1 << 16)

static const char *const sections[] = {"Match", "Adapter", "Link"};

#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

struct reader {
	struct plug_file *file;
	const struct plug_judge *judge;
	const char *at, *end;
	unsigned int line;
	unsigned int section; /* SECTIONS: none, or an unknown one */
	bool in_section;
	bool taken; /* inih made something of the line at hand */
	bool no_memory;
};

__attribute__((format(printf, 4, 5))) static void complain(struct plug_file *file,
							   const struct plug_judge *judge,
							   unsigned int line, const char *format,
							   ...)
{
	char text[BRIDGED_REASON_SIZE + 64], whole[PATH_MAX + sizeof(text) + 16];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (line)
		snprintf(whole, sizeof(whole), "%s:%u: %s", file->path, line, text);
	else
		snprintf(whole, sizeof(whole), "%s: %s", file->path, text);
	if (!file->errors++)
		snprintf(file->error, sizeof(file->error), "%.*s", (int)sizeof(file->error) - 1,
			 whole);
	if (judge->error)
		judge->error(whole, judge->arg);
}

static void begin_section(struct reader *reader, const char *line, size_t len)
{
	reader->in_section = true;
	for (reader->section = 0; reader->section < SECTIONS; reader->section++) {
		const char *name = sections[reader->section];

		if (len == strlen(name) + 2 && line[len - 1] == ']' &&
		    !strncasecmp(line + 1, name, len - 2))
			return;
	}
	complain(reader->file, reader->judge, reader->line,
		 "unknown section '%.*s'; there are [Match], [Adapter] and [Link]",
		 (int)(len > 60 ? 60 : len), line);
}

/* The next line without white space around it. Return: NULL at the end */
static const char *take_line(struct reader *reader, size_t *len)
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
	while (line < end && isspace((unsigned char)*line))
		line++;
	reader->line++;
	*len = (size_t)(end - line);
	return line;
}

static bool is_text(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\t')
			return false;
	return true;
}

static void check_taken(struct reader *reader)
{
	if (!reader->taken)
		complain(reader->file, reader->judge, reader->line,
			 "this is neither [Section] nor Key=Value");
	reader->taken = true;
}

/* What inih reads a line with, as fgets() would. */
static char *next_line(char *str, int num, void *arg)
{
	struct reader *reader = arg;
	const char *line;
	size_t len;

	check_taken(reader);
	while ((line = take_line(reader, &len))) {
		if (!len || *line == '#' || *line == ';')
			continue;
		if (!is_text(line, len))
			complain(reader->file, reader->judge, reader->line,
				 "there is a control character in it");
		else if (len + 2 > (size_t)num)
			complain(reader->file, reader->judge, reader->line,
				 "it has more than %d characters", num - 2);
		else if (*line == '[')
			begin_section(reader, line, len);
		else if (!reader->in_section)
			complain(reader->file, reader->judge, reader->line,
				 "it stands before the first section; begin with [Match]");
		else if (reader->section < SECTIONS)
			break;
	}
	if (!line)
		return NULL;
	reader->taken = false;
	snprintf(str, (size_t)num, "%.*s\n", (int)len, line);
	return str;
}

/* The key in the spelling of the tables. Return: NULL if there is none */
static char *spell(struct reader *reader, const char *name)
{
	char reason[BRIDGED_REASON_SIZE];
	const char *key = name;

	if (reader->section != PLUG_ADAPTER)
		key = plug_key_find(reader->section, name, reason);
	else if (plug_same_key(name, "Driver"))
		key = "Driver";
	else if (plug_same_key(name, "Port"))
		key = "Port";
	if (key)
		return strdup(key);
	complain(reader->file, reader->judge, reader->line, "%s", reason);
	reader->file->match_broken |= reader->section == PLUG_MATCH;
	return NULL;
}

static void add_pair(struct reader *reader, char *key, const char *value)
{
	struct plug_file *file = reader->file;
	const struct plug_pair *before = plug_file_get(file, reader->section, key);
	struct plug_pair *more;

	if (before) {
		complain(file, reader->judge, reader->line,
			 "%s is given already in line %u; leave one of them out", key,
			 before->line);
		free(key);
		return;
	}
	more = realloc(file->pairs, (file->n_pairs + 1) * sizeof(*more));
	if (more)
		file->pairs = more;
	if (!more || !(more[file->n_pairs].value = strdup(value))) {
		reader->no_memory = true;
		free(key);
		return;
	}
	more[file->n_pairs].section = reader->section;
	more[file->n_pairs].key = key;
	more[file->n_pairs++].line = reader->line;
}

/* What inih found in the line at hand. */
static int take_pair(void *arg, const char *section, const char *name, const char *value)
{
	struct reader *reader = arg;
	char reason[BRIDGED_REASON_SIZE];
	unsigned int n = reader->file->n_pairs;
	char *key;

	(void)section;
	reader->taken = true;
	key = spell(reader, name);
	if (!key)
		return 1;
	add_pair(reader, key, value);
	if (reader->file->n_pairs == n || reader->section == PLUG_ADAPTER ||
	    !plug_pair_check(&reader->file->pairs[n], reason))
		return 1;
	complain(reader->file, reader->judge, reader->line, "%s", reason);
	reader->file->match_broken |= reader->section == PLUG_MATCH;
	return 1;
}

/* [Adapter], when it is known whose keys those are. */
static void check_adapter(struct plug_file *file, const struct plug_judge *judge)
{
	const struct plug_pair *driver = plug_file_get(file, PLUG_ADAPTER, "Driver");
	char reason[BRIDGED_REASON_SIZE];

	/* Whom it is for may stand in [Match], too; a pattern names nobody. */
	if (!driver)
		driver = plug_file_get(file, PLUG_MATCH, "Driver");
	for (unsigned int i = 0; i < file->n_pairs && judge->adapter; i++) {
		struct plug_pair *pair = &file->pairs[i];

		if (pair->section == PLUG_ADAPTER &&
		    judge->adapter(driver ? driver->value : NULL, pair, reason))
			complain(file, judge, pair->line, "%s", reason);
	}
}

int plug_file_parse(struct plug_file *file, const char *text, size_t len,
		    const struct plug_judge *judge)
{
	struct reader reader = {
		.file = file,
		.judge = judge,
		.at = text,
		.end = text + len,
		.section = SECTIONS,
		.taken = true,
	};
	char reason[BRIDGED_REASON_SIZE];
	unsigned int line;

	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		reader.at += 3; /* a byte order mark */
	ini_parse_stream(next_line, &reader, take_pair, &reader);
	check_taken(&reader);
	if (reader.no_memory)
		return -ENOMEM;
	check_adapter(file, judge);
	/* One mistake may be the cause of the next. */
	if (!file->errors && plug_file_check(file, &line, reason))
		complain(file, judge, line, "%s", reason);
	return file->errors ? -EINVAL : 0;
}

void plug_file_clear(struct plug_file *file)
{
	for (unsigned int i = 0; i < file->n_pairs; i++) {
		free(file->pairs[i].key);
		free(file->pairs[i].value);
	}
	free(file->pairs);
	file->pairs = NULL;
	file->n_pairs = 0;
}

int plug_file_read(struct plug_file *file, const char *path, const struct plug_judge *judge)
{
	char *text = malloc(FILE_MAX);
	FILE *in = text ? fopen(path, "re") : NULL;
	int ret = text ? -EINVAL : -ENOMEM;
	size_t len;

	memset(file, 0, sizeof(*file));
	snprintf(file->path, sizeof(file->path), "%s", path);
	if (!in) {
		complain(file, judge, 0, "%s", strerror(errno));
		goto out;
	}
	len = fread(text, 1, FILE_MAX, in);
	if (ferror(in))
		complain(file, judge, 0, "%s", strerror(errno));
	else if (len == FILE_MAX)
		complain(file, judge, 0, "more than 64 KiB is no configuration of an adapter");
	else
		ret = plug_file_parse(file, text, len, judge);
	fclose(in);
out:
	free(text);
	return ret;
}

/* ---- All files */

const char *plug_conf_dir(void)
{
	const char *dir = getenv("ANYCAN_CONF_DIR");

	return dir && *dir ? dir : PLUG_CONF_DIR;
}

static int is_conf(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 5 && !strcmp(entry->d_name + len - 5, ".conf");
}

int plug_config_read(struct plug_config *config, const struct plug_judge *judge)
{
	struct dirent **entries;
	char path[PATH_MAX];
	int n = scandir(plug_conf_dir(), &entries, is_conf, alphasort);
	int ret = 0;

	*config = (struct plug_config){0};
	if (n > 0)
		config->files = calloc((size_t)n, sizeof(*config->files));
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s", plug_conf_dir(), entries[i]->d_name);
		if (config->files && ret != -ENOMEM)
			ret = plug_file_read(&config->files[config->n_files++], path, judge);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return (n > 0 && !config->files) || ret == -ENOMEM ? -ENOMEM : 0;
}

void plug_config_clear(struct plug_config *config)
{
	for (unsigned int i = 0; i < config->n_files; i++)
		plug_file_clear(&config->files[i]);
	free(config->files);
	*config = (struct plug_config){0};
}

/* ---- Values */

const struct plug_pair *plug_file_get(const struct plug_file *file, enum plug_section section,
				      const char *key)
{
	for (unsigned int i = 0; i < file->n_pairs; i++)
		if (file->pairs[i].section == section && !strcmp(file->pairs[i].key, key))
			return &file->pairs[i];
	return NULL;
}

bool plug_file_value(const struct plug_file *file, const char *key, unsigned int channel,
		     char *value, size_t size)
{
	const struct plug_pair *pair = plug_file_get(file, PLUG_LINK, key);
	const char *item = pair ? pair->value : NULL;

	if (!item)
		return false;
	if (strchr(item, ',')) {
		for (; channel && item; channel--) {
			item = strchr(item, ',');
			if (item)
				item++;
		}
	} else if (channel && !strcmp(key, "name") && !plug_file_get(file, PLUG_MATCH, "Channel")) {
		/* One name is for one netdev, the first; a setting is for all. */
		return false;
	}
	if (!item)
		return false;
	item += strspn(item, " ");
	snprintf(value, size, "%.*s", (int)strcspn(item, ","), item);
	return true;
}

unsigned int plug_file_items(const struct plug_file *file)
{
	unsigned int most = 1;

	for (unsigned int i = 0; i < file->n_pairs; i++) {
		unsigned int n = 1;

		if (file->pairs[i].section != PLUG_LINK)
			continue;
		for (const char *comma = file->pairs[i].value; (comma = strchr(comma, ','));)
			comma++, n++;
		most = n > most ? n : most;
	}
	return most;
}

bool plug_config_names(const struct plug_config *config, const char *name)
{
	char value[IFNAMSIZ];

	for (unsigned int i = 0; i < config->n_files; i++)
		for (unsigned int channel = 0; channel < BRIDGED_CHANNELS_MAX; channel++)
			if (plug_file_value(&config->files[i], "name", channel, value,
					    sizeof(value)) &&
			    !strcmp(value, name))
				return true;
	return false;
}

/* ---- Matching, by the rules of systemd.link(5) */

/* Words are patterns, of which one is to match; with a ! before the first one, none. */
static bool any_matches(const char *patterns, const char *const *texts, int flags)
{
	char list[256], *save = NULL;
	bool invert = patterns[0] == '!', found = false;

	snprintf(list, sizeof(list), "%s", patterns + invert);
	for (char *word = strtok_r(list, " \t", &save); word; word = strtok_r(NULL, " \t", &save))
		for (const char *const *text = texts; *text; text++)
			found |= (*text)[0] && !fnmatch(word, *text, flags);
	return found != invert;
}

static bool pair_matches(const struct plug_pair *pair, const struct plug_device *device,
			 int channel)
{
	char vendor[8] = "", product[8] = "", number[16] = "", place[PLUG_WORD_SIZE + 8];
	const char *const driver[] = {device->driver, device->kernel, NULL};
	const char *const serial[] = {device->serial, NULL};
	const char *const path[] = {device->path, place, device->usb, NULL};
	const char *const ids[] = {pair->key[0] == 'V' ? vendor : product, NULL};
	const char *const channels[] = {number, NULL};

	if (device->usb[0]) {
		snprintf(vendor, sizeof(vendor), "%04x", device->vid);
		snprintf(product, sizeof(product), "%04x", device->pid);
	}
	/* What udev adds for a USB interface. */
	snprintf(place, sizeof(place), "%s:1.0", device->path);
	switch (pair->key[0]) {
	case 'D':
		return any_matches(pair->value, driver, 0);
	case 'S':
		return any_matches(pair->value, serial, 0);
	case 'C':
		snprintf(number, sizeof(number), "%d", channel);
		return channel == PLUG_ANY_CHANNEL || any_matches(pair->value, channels, 0);
	default:
		return !strcmp(pair->key, "Path") ? any_matches(pair->value, path, 0)
						  : any_matches(pair->value, ids, FNM_CASEFOLD);
	}
}

bool plug_file_matches(const struct plug_file *file, const struct plug_device *device, int channel)
{
	bool has_match = false;

	if (file->match_broken)
		return false;
	for (unsigned int i = 0; i < file->n_pairs; i++) {
		if (file->pairs[i].section != PLUG_MATCH)
			continue;
		has_match = true;
		if (!pair_matches(&file->pairs[i], device, channel))
			return false;
	}
	return has_match;
}

const struct plug_file *plug_config_link(const struct plug_config *config,
					 const struct plug_device *device, unsigned int channel)
{
	for (unsigned int i = 0; i < config->n_files; i++)
		if (plug_file_matches(&config->files[i], device, (int)channel))
			return &config->files[i];
	return NULL;
}

const struct plug_file *plug_config_adapter(const struct plug_config *config,
					    const struct plug_device *device)
{
	for (unsigned int i = 0; i < config->n_files; i++)
		if (!plug_file_get(&config->files[i], PLUG_MATCH, "Channel") &&
		    plug_file_matches(&config->files[i], device, PLUG_ANY_CHANNEL))
			return &config->files[i];
	return NULL;
}
