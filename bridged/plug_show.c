// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan config show.
 */
#include "plug_show.h"
#include "plug.h"
#include "sysfs.h"
#include "usb_find.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct show {
	struct plug plug;
	const char *what; /* NULL = all */
	unsigned int shown;
	bool failed;
	bool *seen; /* for each line of the record, whether it is plugged in */
	unsigned int n_seen;
};

/* The adapter, and the netdevs that it has or is to have. */
struct subject {
	const struct plug_device *device;
	char id[PLUG_ID_SIZE];
	unsigned int first, end; /* channels */
	char names[BRIDGED_CHANNELS_MAX][IFNAMSIZ];
	char reasons[BRIDGED_CHANNELS_MAX][BRIDGED_REASON_SIZE]; /* why there is no name */
};

/* ---- Which channels */

/* How many it has is known when it was there once; a file may name more. */
static unsigned int channels_of(const struct show *show, const struct subject *subject)
{
	const struct plug_entry *entry = plug_names_find(&show->plug.names, subject->id);
	const struct plug_file *file;
	unsigned int end = 1;
	char name[IFNAMSIZ];

	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++) {
		file = plug_config_link(&show->plug.config, subject->device, i);
		if ((entry && entry->names[i][0]) ||
		    (file && plug_file_value(file, "name", i, name, sizeof(name))))
			end = i + 1;
	}
	return end;
}

static void find_names(struct show *show, struct subject *subject)
{
	const struct plug_device *device = subject->device;
	struct plug_wish wish = {.id = subject->id};

	subject->first = device->kind == PLUG_NET ? device->channel : 0;
	subject->end = device->kind == PLUG_NET ? device->channel + 1 : channels_of(show, subject);
	if (device->kind == PLUG_NET)
		wish.own = device->name;
	for (unsigned int i = subject->first; i < subject->end; i++) {
		wish.channel = i;
		if (plug_name(&show->plug, device, &wish, subject->names[i], subject->reasons[i]) <
		    0)
			strcpy(subject->names[i], "-");
	}
}

/* ---- Printing */

static void print_pairs(const struct plug_file *file, enum plug_section section,
			unsigned int channel)
{
	char value[256];

	for (unsigned int i = 0; i < file->n_pairs; i++) {
		const struct plug_pair *pair = &file->pairs[i];

		if (pair->section != section || !strcmp(pair->key, "name"))
			continue;
		if (section == PLUG_ADAPTER)
			printf(" %s=%s", pair->key, pair->value);
		else if (plug_file_value(file, pair->key, channel, value, sizeof(value)))
			printf(" %s=%s", pair->key, value);
	}
}

static void print_channel(struct show *show, const struct subject *subject, unsigned int channel)
{
	const struct plug_file *file =
		plug_config_link(&show->plug.config, subject->device, channel);

	printf("  %-15s channel %u:", subject->names[channel], channel);
	if (subject->reasons[channel][0]) {
		printf(" %s\n", subject->reasons[channel]);
		show->failed = true;
	} else if (!file) {
		printf(" by default, up if the adapter has a bit rate of its own\n");
	} else {
		printf(" %s:", file->path);
		print_pairs(file, PLUG_LINK, channel);
		printf("\n");
	}
}

static void print_subject(struct show *show, const struct subject *subject)
{
	const struct plug_device *device = subject->device;
	const struct plug_file *file = plug_config_adapter(&show->plug.config, device);

	printf("%s\n  %s at %s", subject->id,
	       device->kind == PLUG_NET ? "a netdev of the kernel's" : "bridged", device->path);
	printf(", now %s%s", device->kind == PLUG_TTY ? "/dev/" : "", device->name);
	if (device->serial[0])
		printf(", serial number %s", device->serial);
	if (device->vid)
		printf(", USB %04x:%04x %s", device->vid, device->pid, device->product);
	printf("\n");
	if (file && device->kind != PLUG_NET) {
		printf("  [Adapter] of %s:", file->path);
		print_pairs(file, PLUG_ADAPTER, 0);
		printf("\n");
	}
	for (unsigned int i = subject->first; i < subject->end; i++)
		print_channel(show, subject, i);
}

/* ---- Which adapters */

static bool is_meant(const struct show *show, const struct subject *subject)
{
	const char *what = show->what;
	const struct plug_device *device = subject->device;

	if (!what)
		return true;
	if (!strncmp(what, "/dev/", 5))
		what += 5;
	for (unsigned int i = subject->first; i < subject->end; i++)
		if (!strcmp(what, subject->names[i]))
			return true;
	return !strcmp(what, subject->id) || !strcmp(what, device->serial) ||
	       !strcmp(what, device->name) || !strcmp(what, device->path);
}

static void mark_seen(struct show *show, const char *id)
{
	for (unsigned int i = 0; i < show->n_seen; i++)
		show->seen[i] |= !strcmp(show->plug.names.entries[i].id, id);
}

/* Then it is seen once more, as a netdev. */
static bool is_the_kernels(const struct plug_device *device)
{
	struct usb_found found = {0};
	struct usb_owner owner;
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/bus/usb/devices", sysfs_root());
	snprintf(found.name, sizeof(found.name), "%s", device->usb);
	usb_owner_of(folder, &found, 0, &owner);
	return owner.netdevs[0];
}

static int look_at(const struct plug_device *device, void *arg)
{
	struct show *show = arg;
	struct subject *subject = calloc(1, sizeof(*subject));
	struct plug_device other = *device;

	if (!subject)
		return -ENOMEM;
	if (device->kind == PLUG_USB && is_the_kernels(device))
		goto out;
	subject->device = &other;
	plug_driver_of(&show->plug.config, NULL, &other);
	if (other.driver[0] &&
	    !plug_names_identify(&show->plug.names, show->plug.root, &other, subject->id)) {
		find_names(show, subject);
		mark_seen(show, subject->id);
		if (is_meant(show, subject)) {
			print_subject(show, subject);
			show->shown++;
		}
	}
out:
	free(subject);
	return 0;
}

static bool has_netdev(const struct plug_entry *entry, const char *name)
{
	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		if (!strcmp(entry->names[i], name))
			return true;
	return false;
}

static void print_absent(struct show *show)
{
	for (unsigned int i = 0; i < show->n_seen; i++) {
		const struct plug_entry *entry = &show->plug.names.entries[i];

		if (show->seen[i] || !entry->names[0][0] ||
		    (show->what && strcmp(entry->id, show->what) && !has_netdev(entry, show->what)))
			continue;
		printf("%s\n  not plugged in, or nothing tells that it is an adapter; its names:",
		       entry->id);
		for (unsigned int channel = 0; channel < BRIDGED_CHANNELS_MAX; channel++)
			if (entry->names[channel][0])
				printf(" %s", entry->names[channel]);
		printf("\n");
		show->shown++;
	}
}

int plug_show(const char *what)
{
	struct show show = {.what = what};
	int ret = plug_open(&show.plug, PLUG_LOOK);

	if (!ret) {
		plug_log_errors(&show.plug.config);
		show.n_seen = show.plug.names.n;
		show.seen = calloc(show.n_seen + 1, sizeof(*show.seen));
		ret = show.seen ? plug_device_each(show.plug.root, look_at, &show) : -ENOMEM;
	}
	if (!ret)
		print_absent(&show);
	if (ret)
		fprintf(stderr, "bridged: %s\n", strerror(-ret));
	else if (!show.shown && what)
		fprintf(stderr,
			"bridged: %s: no adapter that is plugged in or was named is called so\n",
			what);
	else if (!show.shown)
		printf("no adapter is plugged in\n");
	free(show.seen);
	plug_close(&show.plug);
	return ret || show.failed || (what && !show.shown) ? EXIT_FAILURE : EXIT_SUCCESS;
}
