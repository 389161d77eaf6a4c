/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which adapter is behind a serial port: vendor, product and serial number from libserialport,
 * the place on the bus from sysfs.
 */
#include "transports/tty_identity.h"

#include <dirent.h>
#include <errno.h>
#include <libserialport.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The directory of a tty's USB interface is called after port chain and interface: 1-2.3:1.0. */
static void read_usb_path(const char *tty, char *usb_path, size_t size)
{
	char link[PATH_MAX], target[PATH_MAX];
	const char *name;

	*usb_path = 0;
	snprintf(link, sizeof(link), "/sys/class/tty/%.64s/device", tty);
	if (!realpath(link, target))
		return;
	while ((name = strrchr(target, '/')) && !strchr(name, ':'))
		target[name - target] = 0;
	if (name)
		snprintf(usb_path, size, "%.60s", name + 1);
}

static void read_identity(struct tty_identity *identity, const char *path)
{
	struct sp_port *port;
	const char *serial;
	char real[PATH_MAX];

	memset(identity, 0, sizeof(*identity));
	if (!realpath(path, real) || sp_get_port_by_name(real, &port))
		return;
	if (sp_get_port_transport(port) == SP_TRANSPORT_USB &&
	    !sp_get_port_usb_vid_pid(port, &identity->vid, &identity->pid)) {
		serial = sp_get_port_usb_serial(port);
		snprintf(identity->serial, sizeof(identity->serial), "%s", serial ? serial : "");
		read_usb_path(strrchr(real, '/') + 1, identity->usb_path,
			      sizeof(identity->usb_path));
		identity->known = identity->usb_path[0];
	}
	sp_free_port(port);
}

static bool same_adapter(const struct tty_identity *a, const struct tty_identity *b, bool stays)
{
	const char *interface_a = strchr(a->usb_path, ':');
	const char *interface_b = strchr(b->usb_path, ':');

	if (!b->known || a->vid != b->vid || a->pid != b->pid || strcmp(a->serial, b->serial))
		return false;
	/* With a serial number it may move; of its ports it is still the same one. */
	return a->serial[0] && !stays
		       ? interface_a && interface_b && !strcmp(interface_a, interface_b)
		       : !strcmp(a->usb_path, b->usb_path);
}

void tty_identity_learn(struct tty_identity *identity, const char *path)
{
	if (!identity->known)
		read_identity(identity, path);
}

static bool is_at(const struct tty_identity *identity, const char *path, bool stays)
{
	struct tty_identity other;

	if (access(path, F_OK))
		return false;
	read_identity(&other, path);
	return same_adapter(identity, &other, stays);
}

int tty_identity_find(const struct tty_identity *identity, const char *path, bool stays,
		      char *found)
{
	struct dirent *entry;
	int ret = -ENOENT;
	DIR *dir;

	snprintf(found, PATH_MAX, "%s", path);
	if (!identity->known)
		return access(path, F_OK) ? -errno : 0;
	if (is_at(identity, path, stays))
		return 0;
	dir = opendir("/sys/class/tty");
	if (!dir)
		return -ENOENT;
	while (ret && (entry = readdir(dir))) {
		/* Only these are USB serial ports; there are hundreds of others. */
		if (strncmp(entry->d_name, "ttyUSB", 6) && strncmp(entry->d_name, "ttyACM", 6))
			continue;
		snprintf(found, PATH_MAX, "/dev/%s", entry->d_name);
		if (is_at(identity, found, stays))
			ret = 0;
	}
	closedir(dir);
	return ret;
}
