// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From an identity to what the command line of bridged would say.
 */
#include "plug_run.h"
#include "plug.h"
#include "plug_link.h"
#include "plug_wait.h"
#include "sysfs.h"

#include <anycan/link.h>
#include <anycan/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plug_run {
	char id[PLUG_ID_SIZE];
	struct plug_device device;
	struct plug_config config;
	char address[2 * PLUG_WORD_SIZE];
	char **words;
	int n_words;
};

/* ---- The adapter's address */

/* As usb_find.h has it: by serial number, which may be anywhere; or by place. */
static void write_usb_address(struct plug_run *run, bool stays)
{
	const struct plug_device *device = &run->device;
	const char *port = strchr(device->usb, '-') + 1;
	char ids[40] = "";

	/* A file says that it is one, which the driver does not know of. */
	if (!plug_driver_knows(plug_driver_named(device->driver), device))
		snprintf(ids, sizeof(ids), ",vid=%04x,pid=%04x", device->vid, device->pid);
	if (stays || strpbrk(device->serial, ", ") || strlen(device->serial) > 63)
		snprintf(run->address, sizeof(run->address), "%s:bus=%d,port=%s%s", device->driver,
			 atoi(device->usb), port, ids);
	else
		snprintf(run->address, sizeof(run->address), "%s:serial=%s%s", device->driver,
			 device->serial, ids);
}

static void write_address(struct plug_run *run, const struct plug_names *names)
{
	const struct plug_entry *entry = plug_names_find(names, run->id);

	if (run->device.kind == PLUG_USB)
		write_usb_address(run, !entry || entry->stays);
	else
		snprintf(run->address, sizeof(run->address), "%s:/dev/%s", run->device.driver,
			 run->device.name);
}

/* ---- What is configured */

static int refuse_file(const struct plug_file *file, char *reason)
{
	if (!file || !file->errors)
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE, "%s", file->error);
	return -EINVAL;
}

static int collect_words(struct plug_run *run, const struct plug_file *file)
{
	run->words = calloc(2 * (file ? file->n_pairs : 0) + 2, sizeof(*run->words));
	if (!run->words)
		return -ENOMEM;
	run->words[run->n_words++] = run->address;
	for (unsigned int i = 0; file && i < file->n_pairs; i++) {
		const struct plug_pair *pair = &file->pairs[i];

		if (pair->section != PLUG_ADAPTER || !strcmp(pair->key, "Driver") ||
		    !strcmp(pair->key, "Port"))
			continue;
		run->words[run->n_words++] = pair->key;
		run->words[run->n_words++] = pair->value;
	}
	return 0;
}

/* The record may have more to say now than when it was looked for without the right to write. */
static int meet(struct plug_run *run, char *reason)
{
	struct plug_names names;
	char id[PLUG_ID_SIZE];
	int ret = plug_names_open(&names, PLUG_REMEMBER);

	if (!ret)
		ret = plug_names_identify(&names, sysfs_root(), &run->device, id);
	if (!ret && strcmp(id, run->id)) {
		snprintf(reason, BRIDGED_REASON_SIZE, "%s is %s by now; start that", run->id, id);
		ret = -EINVAL;
	}
	if (!ret)
		write_address(run, &names);
	plug_names_close(&names);
	return ret;
}

int plug_run_new(struct plug_run **out, const char *id, char *reason)
{
	struct plug_run *run = calloc(1, sizeof(*run));
	const struct plug_file *file;
	struct plug plug;
	int ret = run ? plug_wait(&plug, id, &run->device) : -ENOMEM;

	if (ret) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 ret == -EINVAL ? "--plugged %.160s: an identity begins with a driver; "
					  "bridged --identify prints it"
					: "--plugged %.160s: out of memory",
			 id);
		free(run);
		return ret;
	}
	snprintf(run->id, sizeof(run->id), "%s", id);
	run->config = plug.config;
	plug_names_close(&plug.names);
	plug_log_errors(&run->config);
	file = plug_config_adapter(&run->config, &run->device);
	ret = refuse_file(file, reason);
	if (!ret)
		ret = meet(run, reason);
	if (!ret)
		ret = collect_words(run, file);
	if (ret)
		plug_run_free(run);
	else
		*out = run;
	return ret;
}

void plug_run_free(struct plug_run *run)
{
	if (!run)
		return;
	plug_config_clear(&run->config);
	free(run->words);
	free(run);
}

int plug_run_words(const struct plug_run *run, char ***words)
{
	*words = run->words;
	return run->n_words;
}

const char *plug_run_port(const struct plug_run *run)
{
	const struct plug_file *file = plug_config_adapter(&run->config, &run->device);
	const struct plug_pair *pair = file ? plug_file_get(file, PLUG_ADAPTER, "Port") : NULL;

	return pair ? pair->value : NULL;
}

int plug_run_settings(const struct plug_run *run, struct bridged_config *config, char *reason)
{
	const struct plug_file *file;
	int ret = 0;

	for (unsigned int channel = 0; channel < BRIDGED_CHANNELS_MAX && !ret; channel++) {
		file = plug_config_link(&run->config, &run->device, channel);
		/* Nobody knows yet whether there is such a channel; its name is refused then. */
		if (!file || (channel && file->errors))
			continue;
		ret = refuse_file(file, reason);
		if (!ret)
			ret = plug_link_settings(file, channel, &config->settings[channel], reason);
		if (plug_file_items(file) > config->n_values)
			config->n_values = plug_file_items(file);
	}
	return ret;
}

/* ---- Netdevs */

/* The record, for a moment. */
static void borrow(const struct plug_run *run, struct plug *plug)
{
	plug->root = sysfs_root();
	plug->config = run->config;
	plug_names_open(&plug->names, PLUG_REMEMBER);
}

int plug_run_name(const struct plug_run *run, unsigned int channel, char *name, char *reason)
{
	const struct plug_wish wish = {.id = run->id, .channel = channel};
	struct plug plug;
	int ret;

	borrow(run, &plug);
	ret = plug_name(&plug, &run->device, &wish, name, reason);
	plug_names_close(&plug.names);
	return ret;
}

int plug_run_spare(const struct plug_run *run, char *name, char *reason)
{
	struct plug plug;
	int ret;

	borrow(run, &plug);
	ret = plug_names_spare(&plug.names, plug.root, &plug.config, name);
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "there is no free name for a netdev");
	plug_names_close(&plug.names);
	return ret;
}

void plug_run_finish(const struct plug_run *run, unsigned int channel, const char *netdev,
		     bool has_bitrate)
{
	const struct plug_file *file = plug_config_link(&run->config, &run->device, channel);

	plug_link_finish(file, channel, netdev, has_bitrate);
}

bool plug_run_stays(const void *arg)
{
	const struct plug_run *run = arg;
	const struct plug_entry *entry;
	struct plug_names names;
	bool stays = false;

	if (!plug_names_open(&names, PLUG_LOOK)) {
		entry = plug_names_find(&names, run->id);
		stays = entry && entry->stays;
	}
	plug_names_close(&names);
	return stays;
}
