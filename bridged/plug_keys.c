// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Keys and values of [Match] and [Link]. Those of [Link] are ip link's; the names that
 * systemd.network(5) has for some of them are taken as well.
 */
#include "plug_keys.h"
#include "number.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *const match_keys[] = {
	"Driver", "Serial", "Path", "Vendor", "Product", "Channel", NULL,
};

/* Beside the settings of every CAN link. */
static const char *const link_keys[] = {"name", "txqueuelen", "up", NULL};

/* systemd.network(5) and systemd.link(5) call them so. */
static const struct {
	const char *word, *key;
} aliases[] = {
	{"DataBitRate", "dbitrate"},
	{"DataSamplePoint", "dsample-point"},
	{"DataTimeQuantaNSec", "dtq"},
	{"TimeQuantaNSec", "tq"},
	{"FDMode", "fd"},
	{"BusErrorReporting", "berr-reporting"},
	{"TransmitQueueLength", "txqueuelen"},
	{"PhaseBufferSegment1", "phase-seg1"},
	{"PhaseBufferSegment2", "phase-seg2"},
	{"PropagationSegment", "prop-seg"},
	{"SyncJumpWidth", "sjw"},
};

#define ALIASES (sizeof(aliases) / sizeof(aliases[0]))

static const char *skip_marks(const char *text)
{
	return text + strspn(text, "-_");
}

bool plug_same_key(const char *a, const char *b)
{
	for (a = skip_marks(a), b = skip_marks(b); *a && *b;
	     a = skip_marks(a + 1), b = skip_marks(b + 1))
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
	return *a == *b;
}

static const char *find_in(const char *const *table, const char *key)
{
	for (; *table; table++)
		if (plug_same_key(*table, key))
			return *table;
	return NULL;
}

static const char *find_setting(const char *key)
{
	const char *name;

	for (size_t i = 0; i < ALIASES; i++)
		if (plug_same_key(aliases[i].word, key))
			return aliases[i].key;
	for (unsigned int i = 0; (name = bridged_settings_key(i)); i++)
		if (plug_same_key(name, key))
			return name;
	return find_in(link_keys, key);
}

static size_t list(const char *const *table, char *text, size_t n, size_t size)
{
	for (; *table && n < size; table++)
		n += (size_t)snprintf(text + n, size - n, " %s", *table);
	return n;
}

const char *plug_key_find(enum plug_section section, const char *key, char *reason)
{
	const char *found = section == PLUG_MATCH ? find_in(match_keys, key) : find_setting(key);
	const char *name;
	size_t n;

	if (found)
		return found;
	if (section == PLUG_LINK && plug_same_key(key, "RestartSec")) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "RestartSec: write it in milliseconds, for example restart-ms=100");
		return NULL;
	}
	n = (size_t)snprintf(reason, BRIDGED_REASON_SIZE, "[%s] has no key '%.40s'; there are:",
			     section == PLUG_MATCH ? "Match" : "Link", key);
	if (section == PLUG_MATCH) {
		list(match_keys, reason, n, BRIDGED_REASON_SIZE);
		return NULL;
	}
	n = list(link_keys, reason, n, BRIDGED_REASON_SIZE);
	for (unsigned int i = 0; (name = bridged_settings_key(i)) && n < BRIDGED_REASON_SIZE; i++)
		n += (size_t)snprintf(reason + n, BRIDGED_REASON_SIZE - n, " %s", name);
	return NULL;
}

/* ---- Values */

static int wrong(char *reason, const struct plug_pair *pair, const char *why)
{
	snprintf(reason, BRIDGED_REASON_SIZE, "%s '%.100s': %s", pair->key, pair->value, why);
	return -EINVAL;
}

static int check_match(const struct plug_pair *pair, char *reason)
{
	bool is_id = !strcmp(pair->key, "Vendor") || !strcmp(pair->key, "Product");
	bool is_channel = !strcmp(pair->key, "Channel");

	if (is_id && strspn(pair->value, "0123456789abcdefABCDEF*?[-]! ") != strlen(pair->value))
		return wrong(reason, pair,
			     "write the four hex digits that lsusb shows, for example 1a86");
	if (is_channel && strspn(pair->value, "01234567*?[-]! ") != strlen(pair->value))
		return wrong(reason, pair, "channels count from 0, for example Channel=1");
	return 0;
}

static int check_item(const struct plug_pair *pair, const char *item, char *reason)
{
	struct bridged_settings settings = {0};
	const char *key = pair->key;
	uint32_t number;
	bool flag;

	if (!*item)
		return wrong(reason, pair, "give a value for each channel, or one for all");
	if (!strcmp(key, "name"))
		return bridged_is_netdev_name(item, strlen(item))
			       ? 0
			       : wrong(reason, pair,
				       "choose names of 1 to 15 characters, none of them '/', ':', "
				       "'%' or a space");
	if (!strcmp(key, "up"))
		return bridged_parse_flag(item, &flag) ? wrong(reason, pair, "say yes or no") : 0;
	if (!strcmp(key, "txqueuelen"))
		return bridged_parse_uint(item, &number) || !number || number > 1000000
			       ? wrong(reason, pair, "give a number from 1 to 1000000")
			       : 0;
	return bridged_settings_set(&settings, key, item, reason, BRIDGED_REASON_SIZE);
}

int plug_pair_check(const struct plug_pair *pair, char *reason)
{
	const char *item = pair->value;
	char text[256];
	int ret = 0;

	if (!pair->value[0])
		return wrong(reason, pair, "give a value, or leave the line out");
	if (pair->section == PLUG_MATCH)
		return check_match(pair, reason);
	for (unsigned int n = 0; !ret; n++) {
		size_t len = strcspn(item, ",");

		if (n == BRIDGED_CHANNELS_MAX || len >= sizeof(text))
			return wrong(reason, pair, "no adapter has more than 8 channels");
		snprintf(text, sizeof(text), "%.*s", (int)len, item);
		ret = check_item(pair, text + strspn(text, " "), reason);
		if (!item[len])
			break;
		item += len + 1;
	}
	return ret;
}

/* ---- What goes together */

static const struct plug_pair *get(const struct plug_file *file, enum plug_section section,
				   const char *key)
{
	return plug_file_get(file, section, key);
}

static unsigned int items(const struct plug_pair *pair)
{
	unsigned int n = 1;

	for (const char *comma = pair->value; (comma = strchr(comma, ',')); comma++)
		n++;
	return n;
}

/* Lists have one length, and there are none where a file is for one channel. */
static int check_lists(const struct plug_file *file, unsigned int *line, char *reason)
{
	const struct plug_pair *first = NULL;

	for (unsigned int i = 0; i < file->n_pairs; i++) {
		const struct plug_pair *pair = &file->pairs[i];

		if (pair->section != PLUG_LINK || items(pair) == 1)
			continue;
		*line = pair->line;
		if (get(file, PLUG_MATCH, "Channel"))
			return wrong(reason, pair,
				     "this file is for the channel of its Channel= line: give one "
				     "value, or leave out Channel=");
		if (first && items(first) != items(pair))
			return wrong(reason, pair,
				     "give as many values as in the file's other lists");
		first = pair;
	}
	return 0;
}

/* Something that tells this adapter from every other thing with a serial port. */
static bool is_narrow(const struct plug_file *file, const char *key)
{
	const struct plug_pair *pair = get(file, PLUG_MATCH, key);

	return pair && pair->value[0] != '!' && strspn(pair->value, "*? ") != strlen(pair->value);
}

static int check_claim(const struct plug_file *file, unsigned int *line, char *reason)
{
	const struct plug_pair *driver = get(file, PLUG_ADAPTER, "Driver");
	const struct plug_pair *matched = get(file, PLUG_MATCH, "Driver");

	if (!driver || is_narrow(file, "Serial") || is_narrow(file, "Path") ||
	    (is_narrow(file, "Vendor") && is_narrow(file, "Product")) ||
	    (matched && !strcmp(matched->value, driver->value)))
		return 0;
	*line = driver->line;
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "Driver '%.40s': this would claim every serial port; say in [Match] which one, by "
		 "Serial=, Path=, or Vendor= and Product=",
		 driver->value);
	return -EINVAL;
}

static int blame(const struct plug_pair *pair, unsigned int *line, char *reason, const char *why)
{
	*line = pair->line;
	snprintf(reason, BRIDGED_REASON_SIZE, "%s: %s", pair->key, why);
	return -EINVAL;
}

static int check_timing(const struct plug_file *file, unsigned int *line, char *reason)
{
	const struct plug_pair *fd = get(file, PLUG_LINK, "fd");
	const struct plug_pair *data = get(file, PLUG_LINK, "dbitrate");
	const struct plug_pair *point = get(file, PLUG_LINK, "sample-point");
	const struct plug_pair *rate = get(file, PLUG_LINK, "bitrate");
	const struct plug_pair *tq = get(file, PLUG_LINK, "tq");
	bool fd_on = false;

	for (const char *item = fd ? fd->value : NULL; item && !fd_on;) {
		char text[16];

		snprintf(text, sizeof(text), "%.*s", (int)strcspn(item, ", "), item);
		bridged_parse_flag(text, &fd_on);
		item = strchr(item, ',');
		if (item)
			item++;
	}
	if (rate && tq)
		return blame(tq, line, reason, "give either bitrate or tq with its segments");
	if (point && !rate)
		return blame(point, line, reason, "give the bitrate beside it");
	if (data && !fd_on)
		return blame(data, line, reason, "it is for CAN FD: write fd=on beside it");
	if (get(file, PLUG_LINK, "dsample-point") && !data)
		return blame(get(file, PLUG_LINK, "dsample-point"), line, reason,
			     "give the dbitrate beside it");
	return 0;
}

static bool has_section(const struct plug_file *file, enum plug_section section,
			const struct plug_pair **first)
{
	for (unsigned int i = 0; i < file->n_pairs; i++) {
		if (file->pairs[i].section != section)
			continue;
		*first = &file->pairs[i];
		return true;
	}
	return false;
}

int plug_file_check(const struct plug_file *file, unsigned int *line, char *reason)
{
	const struct plug_pair *first;
	int ret;

	*line = 1;
	if (!has_section(file, PLUG_MATCH, &first)) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "there is no [Match] that says for which adapter this is; for all of them "
			 "write Driver=* there");
		return -EINVAL;
	}
	if (has_section(file, PLUG_ADAPTER, &first) && get(file, PLUG_MATCH, "Channel")) {
		*line = first->line;
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "[Adapter] is for all channels: put it into a file without Channel=");
		return -EINVAL;
	}
	ret = check_claim(file, line, reason);
	if (!ret)
		ret = check_lists(file, line, reason);
	return ret ? ret : check_timing(file, line, reason);
}
