// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Facts of adapters and of serial ports that they may be on: who may open them, and who has.
 */
#include "daemon.h"
#include "doctor.h"

#include <anycan/clock.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 512

/* What has not been found by then is not looked at. */
#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)

/* ---- Where it is */

static unsigned int read_number(const char *root, const char *folder, const char *name,
				const char *file)
{
	char path[PATH_SIZE];
	unsigned int number = 0;
	FILE *from;

	snprintf(path, sizeof(path), "%s%s/%s/%s", root, folder, name, file);
	from = fopen(path, "re");
	if (from && fscanf(from, "%u", &number) != 1)
		number = 0;
	if (from)
		fclose(from);
	return number;
}

/* The device's file: of a serial port from its address, of USB from where it is plugged in. */
static void find_path(struct doctor_device *device, const char *root)
{
	const char *at = strchr(device->address, ':');
	unsigned int bus, number;

	if (at && !strncmp(at + 1, "/dev/", 5)) {
		snprintf(device->path, sizeof(device->path), "%.*s", (int)strcspn(at + 1, "@,"),
			 at + 1);
	} else if (device->node[0]) {
		bus = read_number(root, "/sys/bus/usb/devices", device->node, "busnum");
		number = read_number(root, "/sys/bus/usb/devices", device->node, "devnum");
		if (bus && number)
			snprintf(device->path, sizeof(device->path), "/dev/bus/usb/%03u/%03u", bus,
				 number);
	}
}

static bool in_group(gid_t gid)
{
	gid_t groups[256];
	int n = getgroups(256, groups);

	for (int i = 0; i < n; i++)
		if (groups[i] == gid)
			return true;
	return getegid() == gid;
}

/* Return: whether the file is there. */
static bool look_at_file(struct doctor_device *device, const char *root)
{
	const struct passwd *owner;
	const struct group *group;
	char path[PATH_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), "%s%s", root, device->path);
	if (stat(path, &st))
		return false;
	device->usable = !access(path, R_OK | W_OK);
	device->mode = st.st_mode & 0777;
	device->group_usable = (st.st_mode & 0060) == 0060;
	device->in_group = in_group(st.st_gid);
	owner = getpwuid(st.st_uid);
	group = getgrgid(st.st_gid);
	snprintf(device->owner, sizeof(device->owner), "%s", owner ? owner->pw_name : "?");
	snprintf(device->group, sizeof(device->group), "%s", group ? group->gr_name : "?");
	return true;
}

/* ---- Who has it open */

static void take_holder(struct doctor_device *device, const char *root, const char *pid)
{
	char path[PATH_SIZE];
	FILE *file;

	device->holder_pid = atoi(pid);
	snprintf(device->holder, sizeof(device->holder), "a program");
	snprintf(path, sizeof(path), "%s/proc/%s/comm", root, pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(device->holder, sizeof(device->holder), file))
		device->holder[strcspn(device->holder, "\n")] = '\0';
	fclose(file);
}

/* Return: whether this process has the file open; -errno if it cannot be seen. */
static int has_open(const char *root, const char *pid, const char *wanted)
{
	char folder[PATH_SIZE], path[2 * PATH_SIZE], target[PATH_MAX];
	struct dirent *entry;
	int found = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/proc/%s/fd", root, pid);
	dir = opendir(folder);
	if (!dir)
		return -errno;
	while (!found && (entry = readdir(dir))) {
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		n = readlink(path, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		found = !strcmp(target, wanted);
	}
	closedir(dir);
	return found;
}

static void find_holder(struct doctor_device *device, const char *root)
{
	char path[PATH_SIZE], real[PATH_MAX];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "%s%s", root, device->path);
	if (root[0] || !realpath(path, real))
		snprintf(real, sizeof(real), "%s", device->path);
	snprintf(path, sizeof(path), "%s/proc", root);
	dir = opendir(path);
	while (dir && !device->holder[0] && (entry = readdir(dir))) {
		int ret;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		ret = has_open(root, entry->d_name, real);
		if (ret > 0)
			take_holder(device, root, entry->d_name);
		device->hidden |= ret == -EACCES;
	}
	if (dir)
		closedir(dir);
}

/* ---- Its bridge */

static int match_bridge(struct json_object *status, void *arg)
{
	struct doctor_device *device = arg;
	struct json_object *adapter = NULL, *links = NULL;
	const char *node, *address;

	json_object_object_get_ex(status, "adapter", &adapter);
	json_object_object_get_ex(status, "links", &links);
	node = daemon_text(adapter, "node", "");
	address = daemon_text(adapter, "address", "");
	if (!(device->node[0] && !strcmp(node, device->node)) &&
	    !(device->path[0] && !strcmp(node, device->path)) && strcmp(address, device->address))
		return 0;
	snprintf(device->netdev, sizeof(device->netdev), "%s",
		 daemon_text(links ? json_object_array_get_idx(links, 0) : NULL, "netdev", "?"));
	return 1;
}

static void look_at(struct doctor_device *device, const char *root)
{
	bool there = true;

	find_path(device, root);
	if (device->path[0])
		there = look_at_file(device, root);
	daemon_each(match_bridge, device);
	if (!there && !device->netdev[0])
		device->missing = true;
	if (there && device->path[0])
		find_holder(device, root);
	if (!strncmp(device->path, "/dev/tty", 8))
		device->latency_ms = read_number(root, "/sys/bus/usb-serial/devices",
						 device->path + 5, "latency_timer");
}

static struct doctor_device *add(struct doctor_facts *facts, const struct anycan_detected *found)
{
	struct doctor_device *device = &facts->devices[facts->n_devices++];

	snprintf(device->address, sizeof(device->address), "%s", found->address);
	snprintf(device->serial, sizeof(device->serial), "%s", found->serial);
	snprintf(device->node, sizeof(device->node), "%s", found->node);
	snprintf(device->driver, sizeof(device->driver), "%s", found->driver);
	snprintf(device->netdevs, sizeof(device->netdevs), "%s", found->netdevs);
	device->certain = found->certain;
	return device;
}

/* Netdevs, hubs and buses in a process are no devices. */
static bool is_device(const struct anycan_detected *found)
{
	return found->vid && strcmp(found->interface, "socketcan");
}

/* An address may have more than detection gives it: a baud rate. */
static bool is_wanted(const char *only, const char *address)
{
	size_t len = strcspn(only, "@");

	return !strncmp(only, address, len) && (!address[len] || address[len] == '@');
}

void doctor_collect_devices(struct doctor_facts *facts, const struct doctor_options *options)
{
	const char *only = options->only;
	struct anycan_detected *list = NULL;
	int n;

	if (only && !strchr(only, ':'))
		return;
	n = anycan_detect(&list, NULL, PATIENCE_NS);
	for (int i = 0; i < n && facts->n_devices < DOCTOR_DEVICES_MAX; i++)
		if (is_device(&list[i]) && (!only || is_wanted(only, list[i].address)))
			look_at(add(facts, &list[i]), options->root);
	anycan_detected_free(list);
	if (only && !facts->n_devices) {
		struct anycan_detected named = {.certain = true};

		snprintf(named.address, sizeof(named.address), "%s", only);
		look_at(add(facts, &named), options->root);
		/* On USB it would have been found. */
		if (!facts->devices[0].path[0] && !facts->devices[0].netdev[0])
			facts->devices[0].missing = true;
	}
}
