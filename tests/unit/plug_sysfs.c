// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The folder that looks like sysfs.
 */
#include "plug_sysfs.h"
#include "check.h"

#include <dirent.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CONTROLLER "devices/pci0000:00/0000:00:14.0"

static int forget(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_all(const char *folder)
{
	assert_int_equal(nftw(folder, forget, 16, FTW_DEPTH | FTW_PHYS), 0);
}

/* What points nowhere. */
static void remove_dangling(const char *folder)
{
	char path[PATH_MAX];
	struct dirent *entry;
	DIR *dir = opendir(folder);

	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%.3800s/%s", folder, entry->d_name);
		if (access(path, F_OK))
			unlink(path);
	}
	closedir(dir);
}

static void make(const struct plug_sysfs *fs, const char *folder)
{
	char path[PATH_MAX];
	char *at;

	snprintf(path, sizeof(path), "%s/%s", fs->root, folder);
	for (at = path + strlen(fs->root) + 1; (at = strchr(at, '/')); *at++ = '/') {
		*at = 0;
		mkdir(path, 0700);
	}
	mkdir(path, 0700);
}

static void put(const struct plug_sysfs *fs, const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX], line[256];

	snprintf(path, sizeof(path), "%s/%s", fs->root, folder);
	if (access(path, F_OK))
		make(fs, folder);
	snprintf(line, sizeof(line), "%s\n", text);
	plug_sysfs_write(path, name, line);
}

/* A link at @folder/@name to @target, all below the root. */
static void tie(const struct plug_sysfs *fs, const char *folder, const char *name,
		const char *target)
{
	char path[PATH_MAX], real[PATH_MAX];

	snprintf(real, sizeof(real), "%s/%s", fs->root, target);
	if (access(real, F_OK))
		make(fs, target);
	snprintf(path, sizeof(path), "%s/%s/%s", fs->root, folder, name);
	if (symlink(real, path)) {
		make(fs, folder);
		unlink(path);
		assert_int_equal(symlink(real, path), 0);
	}
}

void plug_sysfs_write(const char *folder, const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

char *plug_sysfs_read(const char *folder, const char *name)
{
	char path[PATH_MAX], *text = calloc(1, 65536);
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	in = fopen(path, "r");
	if (!in) {
		free(text);
		return NULL;
	}
	assert_true(fread(text, 1, 65535, in) < 65535);
	fclose(in);
	return text;
}

void plug_sysfs_new(struct plug_sysfs *fs)
{
	const char *folder = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";

	/* Thousands of files: where they cost nothing, if there is such a place. */
	if (!access("/dev/shm", W_OK))
		folder = "/dev/shm";
	snprintf(fs->top, sizeof(fs->top), "%.40s/plug-XXXXXX", folder);
	assert_non_null(mkdtemp(fs->top));
	snprintf(fs->root, sizeof(fs->root), "%s/sys", fs->top);
	snprintf(fs->state, sizeof(fs->state), "%s/state", fs->top);
	snprintf(fs->conf, sizeof(fs->conf), "%s/conf", fs->top);
	mkdir(fs->root, 0700);
	mkdir(fs->conf, 0700);
	setenv("ANYCAN_SYSFS", fs->root, 1);
	setenv("ANYCAN_STATE_DIR", fs->state, 1);
	setenv("ANYCAN_CONF_DIR", fs->conf, 1);
	tie(fs, CONTROLLER, "subsystem", "bus/pci");
	tie(fs, CONTROLLER "/usb1", "subsystem", "bus/usb");
	make(fs, "class/tty");
	make(fs, "class/net");
	make(fs, "bus/usb/devices");
}

void plug_sysfs_free(struct plug_sysfs *fs)
{
	remove_all(fs->top);
}

static void make_tty(const struct plug_sysfs *fs, const char *interface, const char *tty)
{
	char folder[600];

	snprintf(folder, sizeof(folder), "%s/tty/%s", interface, tty);
	tie(fs, folder, "subsystem", "class/tty");
	tie(fs, folder, "device", interface);
	tie(fs, "class/tty", tty, folder);
}

static void make_net(const struct plug_sysfs *fs, const char *device, const char *name,
		     const char *number)
{
	char folder[600], index[16];
	static unsigned int next_index = 10;

	snprintf(folder, sizeof(folder), "%s/net/%s", device, name);
	snprintf(index, sizeof(index), "%u", next_index++);
	put(fs, folder, "type", "280");
	put(fs, folder, "dev_port", number);
	put(fs, folder, "dev_id", "0x0");
	put(fs, folder, "ifindex", index);
	tie(fs, folder, "subsystem", "class/net");
	tie(fs, folder, "device", device);
	tie(fs, "class/net", name, folder);
}

void plug_sysfs_plug(const struct plug_sysfs *fs, const char *port,
		     const struct fake_adapter *adapter)
{
	char name[40], folder[200], interface[300], driver[80];

	snprintf(name, sizeof(name), "1-%s", port);
	snprintf(folder, sizeof(folder), CONTROLLER "/usb1/%s", name);
	put(fs, folder, "idVendor", adapter->vid);
	put(fs, folder, "idProduct", adapter->pid);
	put(fs, folder, "busnum", "1");
	put(fs, folder, "devnum", "7");
	put(fs, folder, "bConfigurationValue", "1");
	if (adapter->serial)
		put(fs, folder, "serial", adapter->serial);
	if (adapter->product)
		put(fs, folder, "product", adapter->product);
	tie(fs, folder, "subsystem", "bus/usb");
	tie(fs, "bus/usb/devices", name, folder);
	snprintf(interface, sizeof(interface), "%s/%s:1.0", folder, name);
	put(fs, interface, "bInterfaceNumber", "00");
	tie(fs, interface, "subsystem", "bus/usb");
	snprintf(driver, sizeof(driver), "bus/usb/drivers/%s", adapter->driver);
	if (adapter->driver)
		tie(fs, interface, "driver", driver);
	snprintf(name, sizeof(name), "1-%s:1.0", port);
	tie(fs, "bus/usb/devices", name, interface);
	if (adapter->tty)
		make_tty(fs, interface, adapter->tty);
	for (unsigned int i = 0; i < 2 && adapter->net[i]; i++)
		make_net(fs, interface, adapter->net[i], i ? "1" : "0");
}

void plug_sysfs_unplug(const struct plug_sysfs *fs, const char *port)
{
	static const char *const folders[] = {"bus/usb/devices", "class/tty", "class/net"};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/" CONTROLLER "/usb1/1-%s", fs->root, port);
	remove_all(path);
	for (size_t i = 0; i < TEST_COUNT(folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", fs->root, folders[i]);
		remove_dangling(path);
	}
}

void plug_sysfs_netdev(const struct plug_sysfs *fs, const char *name, const char *card)
{
	char folder[128];

	if (card) {
		snprintf(folder, sizeof(folder), "devices/pci0000:00/%s", card);
		tie(fs, folder, "subsystem", "bus/pci");
		tie(fs, folder, "driver", "bus/pci/drivers/kvaser_pci");
		make_net(fs, folder, name, "0");
		return;
	}
	snprintf(folder, sizeof(folder), "devices/virtual/net/%s", name);
	put(fs, folder, "type", "280");
	tie(fs, folder, "subsystem", "class/net");
	tie(fs, "class/net", name, folder);
}
