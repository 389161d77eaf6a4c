// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Who an adapter is, and which names it had.
 */
#include "plug_names.h"
#include "plug_record.h"
#include "sysfs.h"

#include <anycan/log.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names that are tried. */
#define NAMES_MAX 1000

/* A longer serial number is cut off, with its hash behind it. */
#define SERIAL_MAX 64

/* ---- Words for an identity */

/* FNV-1a. */
static uint32_t hash(const char *text)
{
	uint32_t value = 2166136261U;

	for (; *text; text++)
		value = (value ^ (unsigned char)*text) * 16777619U;
	return value;
}

/* What may not stand in the name of a unit is replaced, and the word told from others by a hash. */
static void add_word(char *id, const char *word, const char *more)
{
	size_t len = strlen(id), n = 0;
	bool changed = strlen(word) > SERIAL_MAX;

	for (; n < SERIAL_MAX && word[n]; n++) {
		char c = word[n];
		bool fine = isalnum((unsigned char)c) || (c && strchr("_.-", c)) ||
			    (c && strchr(more, c));

		id[len + n] = fine ? c : '_';
		changed |= !fine;
	}
	id[len + n] = 0;
	if (changed)
		sprintf(id + len + n, ".%08x", hash(word));
}

static void id_by_serial(const struct plug_device *device, char *id)
{
	const char *interface = strstr(device->path, "usb-0:");

	id[0] = 0;
	add_word(id, device->driver, "");
	strcat(id, ":");
	add_word(id, device->serial, "");
	/* One of several serial ports of a device. */
	interface = interface ? strchr(interface + strlen("usb-0:"), ':') : NULL;
	if (interface)
		add_word(id, interface, ":");
}

static void id_by_path(const struct plug_device *device, char *id)
{
	id[0] = 0;
	add_word(id, device->driver, "");
	strcat(id, "::");
	add_word(id, device->path, ":");
}

/* ---- Who it is */

static struct plug_entry *seen(struct plug_names *names, const struct plug_device *device,
			       const char *id)
{
	struct plug_entry *entry = plug_names_find(names, id);

	if (!entry)
		entry = plug_record_add(names, id);
	if (!entry)
		return NULL;
	if (entry->vid != device->vid || entry->pid != device->pid ||
	    strcmp(entry->path, device->path)) {
		entry->vid = device->vid;
		entry->pid = device->pid;
		strcpy(entry->path, device->path);
		names->changed = true;
	}
	return entry;
}

static int at_its_place(struct plug_names *names, const struct plug_device *device, char *id)
{
	struct plug_entry *entry;

	id_by_path(device, id);
	entry = seen(names, device, id);
	if (!entry)
		return -ENOMEM;
	entry->stays = true;
	return 0;
}

/* From now on this serial number says nothing by itself. */
static int tell_apart(struct plug_names *names, const struct plug_device *device, const char *twin,
		      char *id)
{
	struct plug_entry *entry = plug_names_find(names, id);

	if (!entry)
		entry = plug_record_add(names, id);
	if (!entry)
		return -ENOMEM;
	entry->vid = device->vid;
	entry->pid = device->pid;
	entry->stays = true;
	names->changed = true;
	if (names->lock >= 0)
		anycan_log(ANYCAN_LOG_WARNING,
			   "two adapters %04x:%04x have the serial number %s, at %s and at %s: "
			   "from now on the USB port tells which is which",
			   device->vid, device->pid, device->serial, device->path, twin);
	return strcmp(entry->path, device->path) ? at_its_place(names, device, id) : 0;
}

int plug_names_identify(struct plug_names *names, const char *root,
			const struct plug_device *device, char *id)
{
	const struct plug_entry *entry;
	char twin[PLUG_WORD_SIZE];

	if (!device->serial[0])
		return at_its_place(names, device, id);
	id_by_serial(device, id);
	entry = plug_names_find(names, id);
	/* Somebody else's adapter of the same number, or one of several. */
	if (entry && ((entry->vid && (entry->vid != device->vid || entry->pid != device->pid)) ||
		      (entry->stays && strcmp(entry->path, device->path))))
		return at_its_place(names, device, id);
	if (entry && entry->stays)
		return 0;
	if (plug_device_twin(root, device, twin))
		return tell_apart(names, device, twin, id);
	return seen(names, device, id) ? 0 : -ENOMEM;
}

/* ---- What it is called */

static bool is_recorded(const struct plug_names *names, const char *name)
{
	for (unsigned int i = 0; i < names->n; i++)
		for (unsigned int channel = 0; channel < BRIDGED_CHANNELS_MAX; channel++)
			if (!strcmp(names->entries[i].names[channel], name))
				return true;
	return false;
}

static bool is_netdev(const char *root, const char *name)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/class/net", root);
	return sysfs_has(folder, name);
}

static bool is_free(const struct plug_names *names, const char *root,
		    const struct plug_config *config, const char *own, const char *name)
{
	return !is_recorded(names, name) && !plug_config_names(config, name) &&
	       ((own && !strcmp(own, name)) || !is_netdev(root, name));
}

int plug_names_default(struct plug_names *names, const char *root, const struct plug_config *config,
		       const struct plug_wish *wish, char *name)
{
	struct plug_entry *entry = plug_names_find(names, wish->id);
	char *had = entry ? entry->names[wish->channel] : NULL;

	if (had && had[0] && !plug_config_names(config, had)) {
		strcpy(name, had);
		return 0;
	}
	if (had && had[0])
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s was %s, a name that a file in %s has for another adapter: it gets "
			   "another name",
			   wish->id, had, plug_conf_dir());
	for (unsigned int number = 0; number < NAMES_MAX; number++) {
		snprintf(name, IFNAMSIZ, "can%u", number);
		if (!is_free(names, root, config, wish->own, name))
			continue;
		if (had)
			strcpy(had, name);
		names->changed = true;
		return 0;
	}
	return -ENFILE;
}

int plug_names_spare(const struct plug_names *names, const char *root,
		     const struct plug_config *config, char *name)
{
	for (unsigned int number = 0; number < NAMES_MAX; number++) {
		snprintf(name, IFNAMSIZ, "can%u", number);
		if (is_free(names, root, config, NULL, name))
			return 0;
	}
	return -ENFILE;
}
