// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading what was plugged in.
 */
#include "plug_device.h"
#include "sysfs.h"

#include <dirent.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Where it is plugged in */

/* A device and those above it, one after the other, until the place is told. */
struct climb {
	struct plug_device *device;
	char interface[16]; /* :1.0, of the USB interface that is climbed through */
	char last[32];	    /* subsystem of the device before */
};

static void prepend(struct plug_device *device, const char *word)
{
	char path[PLUG_WORD_SIZE];

	if (snprintf(path, sizeof(path), "%s%s%s", word, device->path[0] ? "-" : "", device->path) <
	    (int)sizeof(path))
		strcpy(device->path, path);
}

static void take_usb_device(struct climb *climb, const char *folder, const char *name)
{
	struct plug_device *device = climb->device;
	char word[64];

	snprintf(device->usb, sizeof(device->usb), "%.31s", name);
	device->vid = (uint16_t)sysfs_read_number(folder, "idVendor", 16);
	device->pid = (uint16_t)sysfs_read_number(folder, "idProduct", 16);
	sysfs_read_text(folder, "serial", device->serial, sizeof(device->serial));
	sysfs_read_text(folder, "product", device->product, sizeof(device->product));
	snprintf(word, sizeof(word), "usb-0:%.30s%s", strchr(name, '-') + 1, climb->interface);
	prepend(device, word);
}

/* Hubs stand above a device, and have the same subsystem: the port path tells of them. */
static void take_usb(struct climb *climb, const char *folder, const char *name)
{
	const char *colon = strchr(name, ':');

	if (climb->device->usb[0])
		return;
	if (colon)
		/* What has one interface only is one thing with it. */
		snprintf(climb->interface, sizeof(climb->interface), "%.15s",
			 strcmp(colon, ":1.0") ? colon : "");
	else if (strchr(name, '-') && sysfs_has(folder, "idVendor"))
		take_usb_device(climb, folder, name);
}

static void take(struct climb *climb, const char *folder)
{
	const char *name = strrchr(folder, '/') + 1;
	char subsystem[24], word[96];

	sysfs_link_name(folder, "subsystem", subsystem, sizeof(subsystem));
	if (!strcmp(subsystem, "usb")) {
		take_usb(climb, folder, name);
	} else if (!strcmp(subsystem, climb->last)) {
		/* A bridge above a card, and the like: the card tells all. */
	} else if (!strcmp(subsystem, "pci") || !strcmp(subsystem, "platform")) {
		snprintf(word, sizeof(word), "%s-%.60s", subsystem, name);
		prepend(climb->device, word);
	} else if (!strcmp(subsystem, "spi") && strchr(name, '.')) {
		snprintf(word, sizeof(word), "cs-%.8s", strchr(name, '.') + 1);
		prepend(climb->device, word);
	}
	if (subsystem[0])
		strcpy(climb->last, subsystem);
}

static void climb_up(struct plug_device *device, size_t root_len)
{
	struct climb climb = {.device = device};
	char folder[PATH_MAX];
	char *slash;

	strcpy(folder, device->folder);
	while ((slash = strrchr(folder, '/')) && slash > folder + root_len) {
		take(&climb, folder);
		*slash = 0;
	}
	/* The ports of one chip on a board. */
	if (device->kind == PLUG_TTY && !device->usb[0]) {
		size_t len = strlen(device->path);

		snprintf(device->path + len, sizeof(device->path) - len, "-%s", device->name);
	}
}

/* Factories leave it at that: it tells nobody apart. */
static void forget_blank_serial(struct plug_device *device)
{
	if (strspn(device->serial, "0 ") == strlen(device->serial))
		device->serial[0] = 0;
}

/* ---- Channels of the kernel's drivers */

struct sibling {
	unsigned int port, index;
};

static bool read_sibling(const char *folder, struct sibling *sibling)
{
	if (sysfs_read_number(folder, "type", 10) != ARPHRD_CAN)
		return false;
	sibling->port = (unsigned int)sysfs_read_number(folder, "dev_port", 10);
	if (!sibling->port)
		sibling->port = (unsigned int)sysfs_read_number(folder, "dev_id", 16);
	sibling->index = (unsigned int)sysfs_read_number(folder, "ifindex", 10);
	return true;
}

/* Drivers number their netdevs, or else make them in the order of the channels. */
static unsigned int read_channel(const char *folder)
{
	struct sibling own = {0}, other;
	char path[PATH_MAX];
	unsigned int before = 0;
	struct dirent *entry;
	bool numbered;
	DIR *dir;

	read_sibling(folder, &own);
	numbered = own.port;
	snprintf(path, sizeof(path), "%.4000s/..", folder);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%.3800s/../%s", folder, entry->d_name);
		if (entry->d_name[0] == '.' || !read_sibling(path, &other))
			continue;
		numbered |= other.port;
		before += other.index < own.index;
	}
	if (dir)
		closedir(dir);
	return numbered ? own.port : before;
}

/* ---- One device */

static int read_tty(struct plug_device *device)
{
	char path[PATH_MAX];

	/* The console, ptys: nothing is behind them. */
	if (!sysfs_has(device->folder, "device"))
		return -ENODEV;
	snprintf(path, sizeof(path), "%.4080s/device", device->folder);
	sysfs_link_name(path, "driver", device->kernel, sizeof(device->kernel));
	return 0;
}

static int read_net(struct plug_device *device)
{
	/* What has no device is virtual: vcan, vxcan, and all that bridged makes. */
	if (sysfs_read_number(device->folder, "type", 10) != ARPHRD_CAN || read_tty(device))
		return -ENODEV;
	snprintf(device->driver, sizeof(device->driver), "%s", device->kernel);
	device->channel = read_channel(device->folder);
	return device->driver[0] ? 0 : -ENODEV;
}

static int read_kind(struct plug_device *device)
{
	char subsystem[32];
	char *slash;

	sysfs_link_name(device->folder, "subsystem", subsystem, sizeof(subsystem));
	if (!strcmp(subsystem, "usb") && sysfs_has(device->folder, "bInterfaceNumber")) {
		slash = strrchr(device->folder, '/');
		*slash = 0;
	}
	snprintf(device->name, sizeof(device->name), "%.31s", strrchr(device->folder, '/') + 1);
	if (!strcmp(subsystem, "usb")) {
		device->kind = PLUG_USB;
		return strchr(device->name, '-') ? 0 : -ENODEV;
	}
	if (!strcmp(subsystem, "tty")) {
		device->kind = PLUG_TTY;
		return read_tty(device);
	}
	if (!strcmp(subsystem, "net")) {
		device->kind = PLUG_NET;
		return read_net(device);
	}
	return -ENODEV;
}

int plug_device_read(const char *root, const char *place, struct plug_device *device)
{
	char path[PATH_MAX], real_root[PATH_MAX];
	size_t root_len;
	int ret;

	memset(device, 0, sizeof(*device));
	/* As udev has it, without the place where sysfs is mounted. */
	if (!strncmp(place, "/devices/", 9))
		snprintf(path, sizeof(path), "%s%s", root, place);
	else
		snprintf(path, sizeof(path), "%s", place);
	if (!realpath(path, device->folder) || !realpath(root, real_root))
		return -ENOENT;
	root_len = strlen(real_root);
	if (strncmp(device->folder, real_root, root_len) || device->folder[root_len] != '/')
		return -ENODEV;
	ret = read_kind(device);
	if (ret)
		return ret;
	climb_up(device, root_len);
	forget_blank_serial(device);
	return 0;
}

/* ---- All of them */

static int is_entry(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static int each_in(const char *root, const char *folder,
		   int (*visit)(const struct plug_device *device, void *arg), void *arg)
{
	struct plug_device *device = malloc(sizeof(*device));
	struct dirent **entries;
	char path[PATH_MAX];
	int ret = device ? 0 : -ENOMEM;
	int n;

	snprintf(path, sizeof(path), "%s/%s", root, folder);
	n = scandir(path, &entries, is_entry, versionsort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", root, folder, entries[i]->d_name);
		/* Interfaces stand beside their devices. */
		if (!ret && !strchr(entries[i]->d_name, ':') &&
		    !plug_device_read(root, path, device))
			ret = visit(device, arg);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	free(device);
	return ret;
}

int plug_device_each(const char *root, int (*visit)(const struct plug_device *device, void *arg),
		     void *arg)
{
	static const char *const folders[] = {"bus/usb/devices", "class/tty", "class/net"};
	int ret = 0;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && !ret; i++)
		ret = each_in(root, folders[i], visit, arg);
	return ret;
}

/* ---- Twins */

struct search {
	const struct plug_device *device;
	char *twin;
};

static int look_at(const struct plug_device *other, void *arg)
{
	const struct search *search = arg;
	const struct plug_device *device = search->device;

	if (!strcmp(other->usb, device->usb) || other->vid != device->vid ||
	    other->pid != device->pid || strcmp(other->serial, device->serial))
		return 0;
	strcpy(search->twin, other->path);
	return 1;
}

bool plug_device_twin(const char *root, const struct plug_device *device, char *twin)
{
	struct search search = {.device = device, .twin = twin};

	return device->serial[0] && device->usb[0] &&
	       each_in(root, "bus/usb/devices", look_at, &search) == 1;
}
