// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Whom a device is, and what its netdevs are called.
 */
#include "plug.h"
#include "sysfs.h"

#include <anycan/log.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct plug_judge judge = {.adapter = plug_judge_adapter};

void plug_log_errors(const struct plug_config *config)
{
	for (unsigned int i = 0; i < config->n_files; i++)
		if (config->files[i].errors)
			anycan_log(ANYCAN_LOG_WARNING,
				   "%s (%u error(s) in this file: `anycan config check`)",
				   config->files[i].error, config->files[i].errors);
}

int plug_open(struct plug *plug, enum plug_purpose purpose)
{
	int ret;

	plug->root = sysfs_root();
	ret = plug_config_read(&plug->config, &judge);
	return ret ? ret : plug_names_open(&plug->names, purpose);
}

void plug_close(struct plug *plug)
{
	plug_names_close(&plug->names);
	plug_config_clear(&plug->config);
}

/* ---- Names */

struct rivals {
	const struct plug *plug;
	const struct plug_device *device;
	const char *name;
	char *reason;
};

static const struct plug_pair *name_line(const struct plug *plug, const struct plug_device *device,
					 unsigned int channel, const struct plug_file **file,
					 char *name)
{
	*file = plug_config_link(&plug->config, device, channel);
	if (!*file || !plug_file_value(*file, "name", channel, name, IFNAMSIZ))
		return NULL;
	return plug_file_get(*file, PLUG_LINK, "name");
}

/* Whether another adapter that is plugged in has the same name in a file. */
static int look_for_rival(const struct plug_device *device, void *arg)
{
	const struct rivals *rivals = arg;
	const struct plug_file *file;
	const struct plug_pair *line;
	struct plug_device other = *device;
	char name[IFNAMSIZ];

	plug_driver_of(&rivals->plug->config, NULL, &other);
	/* Another face of the same adapter is no rival. */
	if (!other.driver[0] || !strcmp(other.folder, rivals->device->folder) ||
	    (other.usb[0] && !strcmp(other.usb, rivals->device->usb)))
		return 0;
	for (unsigned int channel = 0; channel < BRIDGED_CHANNELS_MAX; channel++) {
		if (other.kind == PLUG_NET && channel != other.channel)
			continue;
		line = name_line(rivals->plug, &other, channel, &file, name);
		if (!line || strcmp(name, rivals->name))
			continue;
		snprintf(rivals->reason, BRIDGED_REASON_SIZE,
			 "%.120s:%u: %s is the name of two adapters that are plugged in, %s at "
			 "%.80s and %s at %.80s; make [Match] say which one is meant",
			 file->path, line->line, name, rivals->device->driver, rivals->device->path,
			 other.driver, other.path);
		return 1;
	}
	return 0;
}

int plug_name(struct plug *plug, const struct plug_device *device, const struct plug_wish *wish,
	      char *name, char *reason)
{
	struct rivals rivals = {plug, device, name, reason};
	const struct plug_file *file;

	if (name_line(plug, device, wish->channel, &file, name)) {
		if (file->errors) {
			snprintf(reason, BRIDGED_REASON_SIZE, "%s", file->error);
			return -EINVAL;
		}
		return plug_device_each(plug->root, look_for_rival, &rivals) == 1 ? -ENOTUNIQ : 1;
	}
	if (!plug_names_default(&plug->names, plug->root, &plug->config, wish, name))
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE, "there is no free name for a netdev");
	return -ENFILE;
}

/* ---- bridged --identify */

static void print(const char *key, const char *value)
{
	printf("%s=", key);
	for (; *value; value++)
		putchar(iscntrl((unsigned char)*value) ? '_' : *value);
	putchar('\n');
}

static void explain(const char *place, const struct plug_device *device, int error)
{
	if (error == -EUNATCH)
		fprintf(stderr,
			"bridged: %s: which adapter is behind this serial port is not known; say "
			"so in a file in %s: [Match] Path=%s, [Adapter] Driver=...\n",
			place, plug_conf_dir(), device->path);
	else if (error == -ENODEV)
		fprintf(stderr,
			"bridged: %s: this is no CAN adapter that bridged or the kernel knows\n",
			place);
	else
		fprintf(stderr, "bridged: %s: %s\n", place, strerror(-error));
}

static void print_netdev(struct plug *plug, const struct plug_device *device, const char *id)
{
	const struct plug_wish wish = {id, device->channel, device->name};
	char name[IFNAMSIZ], reason[BRIDGED_REASON_SIZE], number[16];

	snprintf(number, sizeof(number), "%u", device->channel);
	print("ID_CAN_CHANNEL", number);
	/* A name that cannot be kept would be another's the next time. */
	if (plug_name(plug, device, &wish, name, reason) < 0)
		fprintf(stderr, "bridged: %s: it keeps its name: %s\n", device->name, reason);
	else if (!plug->names.changed || plug->names.lock >= 0)
		print("ID_CAN_NAME", name);
}

/*
 * A USB device with a serial port for an adapter, says a file: whoever takes such chips for
 * something else is to know before there is the port. Return: 0 or -ENODEV.
 */
static int print_serial_device(const struct plug *plug, const struct plug_device *device)
{
	const struct plug_file *file = plug_config_adapter(&plug->config, device);
	const struct plug_pair *line = file ? plug_file_get(file, PLUG_ADAPTER, "Driver") : NULL;
	const struct bridged_driver *driver = line ? plug_driver_named(line->value) : NULL;

	if (device->kind != PLUG_USB || !driver || driver->transport == BRIDGED_USB)
		return -ENODEV;
	print("ID_CAN_DRIVER", driver->name);
	return 0;
}

/* Return: 0, or a negative errno that explain() knows. */
static int identify(struct plug *plug, const char *place, struct plug_device *device)
{
	char id[PLUG_ID_SIZE];
	int ret = plug_device_read(plug->root, place, device);

	if (ret)
		return ret;
	plug_driver_of(&plug->config, getenv("ID_CAN_DRIVER"), device);
	if (!device->driver[0])
		return device->kind == PLUG_TTY ? -EUNATCH : print_serial_device(plug, device);
	if (plug_names_identify(&plug->names, plug->root, device, id))
		return -ENOMEM;
	print("ID_CAN_ADAPTER", id);
	print("ID_CAN_DRIVER", device->driver);
	if (device->serial[0])
		print("ID_CAN_SERIAL", device->serial);
	print("ID_CAN_PATH", device->path);
	if (device->kind == PLUG_NET)
		print_netdev(plug, device, id);
	return 0;
}

int plug_identify(const char *place)
{
	struct plug_device *device = calloc(1, sizeof(*device));
	struct plug plug;
	int ret = -ENOMEM;

	if (device)
		ret = plug_open(&plug, PLUG_REMEMBER);
	if (!ret) {
		plug_log_errors(&plug.config);
		ret = identify(&plug, place, device);
		plug_close(&plug);
	}
	if (ret)
		explain(place, device, ret);
	free(device);
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
