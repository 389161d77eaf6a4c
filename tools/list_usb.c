// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The USB part of anycan list: adapters that a driver of bridged's is for, and those that the
 * kernel has a driver for. bridged knows the former, sysfs the latter.
 */
#include "daemon.h"
#include "list.h"

#include <anycan/link.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* bridged stands beside this program, or in the path. */
static void daemon_command(char *command, size_t size)
{
	char self[PATH_MAX];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	snprintf(command, size, "bridged --adapters");
	if (len <= 0)
		return;
	self[len] = 0;
	snprintf(self + strlen(dirname(self)), sizeof(self) - strlen(self), "/bridged");
	if (!access(self, X_OK) && !strpbrk(self, "'\\"))
		snprintf(command, size, "'%s' --adapters", self);
}

/* Return: the array of adapters, or NULL. */
static struct json_object *ask_daemon(void)
{
	char command[PATH_MAX + 32];
	struct json_object *array = NULL;
	char *line = NULL;
	size_t size = 0;
	FILE *pipe;

	daemon_command(command, sizeof(command));
	pipe = popen(command, "re");
	if (!pipe)
		return NULL;
	if (getline(&line, &size, pipe) > 0)
		array = json_tokener_parse(line);
	free(line);
	if (pclose(pipe) || !json_object_is_type(array, json_type_array)) {
		json_object_put(array);
		return NULL;
	}
	return array;
}

/* What a device can, in the words of ip link. */
static void print_modes(struct json_object *modes)
{
	for (size_t i = 0; modes && i < json_object_array_length(modes); i++)
		printf(" %s", json_object_get_string(json_object_array_get_idx(modes, i)));
}

struct search {
	const char *node;
	bool found;
};

static int print_bridge(struct json_object *status, void *arg)
{
	struct search *search = arg;
	struct json_object *adapter, *links, *modes = NULL;

	if (!json_object_object_get_ex(status, "adapter", &adapter) ||
	    !json_object_object_get_ex(status, "links", &links) ||
	    strcmp(daemon_text(adapter, "node", ""), search->node))
		return 0;
	search->found = true;
	printf("      %s channel(s), bridged:", daemon_text(adapter, "channels", "?"));
	for (size_t i = 0; i < json_object_array_length(links); i++)
		printf(" %s", daemon_text(json_object_array_get_idx(links, i), "netdev", "?"));
	printf("; can:");
	json_object_object_get_ex(adapter, "ctrlmodes", &modes);
	print_modes(modes);
	if (!strcmp(daemon_text(adapter, "timestamps", "false"), "true"))
		printf(" timestamps");
	printf("\n");
	return 1;
}

/* Of a netdev with a controller: what its driver supports. */
static void print_kernel_modes(struct anycan_rtnl *rtnl, const char *netdev)
{
	struct anycan_link link;
	uint32_t modes = 0;
	const char *word;

	if (anycan_link_get(rtnl, netdev, &link) ||
	    anycan_link_ctrlmodes(rtnl, link.ifindex, &modes) || !modes)
		return;
	printf("; can:");
	for (uint32_t mode = 1; mode; mode <<= 1) {
		word = modes & mode ? anycan_ctrlmode_word(mode) : NULL;
		if (word)
			printf(" %s", word);
	}
}

static void print_kernel_use(struct anycan_rtnl *rtnl, const char *driver, const char *netdevs)
{
	char first[32];
	int channels = netdevs[0] != 0;

	for (const char *comma = netdevs; (comma = strchr(comma, ',')); comma++)
		channels++;
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(netdevs, ","), netdevs);
	printf("      %d channel(s), by the kernel's driver %s: %s", channels, driver,
	       netdevs[0] ? netdevs : "no netdev");
	print_kernel_modes(rtnl, first);
	printf("\n");
}

static void print_adapter(struct anycan_rtnl *rtnl, struct json_object *adapter)
{
	struct search search = {.node = daemon_text(adapter, "node", "")};
	const char *user = daemon_text(adapter, "used_by", "");
	const char *product = daemon_text(adapter, "product", "");

	printf("  %-28s %s:%s  serial %-12s path %-8s %s\n", daemon_text(adapter, "address", "?"),
	       daemon_text(adapter, "vid", "?"), daemon_text(adapter, "pid", "?"),
	       daemon_text(adapter, "serial", "-"), search.node,
	       product[0] ? product : daemon_text(adapter, "name", ""));
	daemon_each(print_bridge, &search);
	if (search.found)
		return;
	if (!strcmp(user, "usbfs"))
		printf("      used by another program\n");
	else if (user[0])
		print_kernel_use(rtnl, user, daemon_text(adapter, "netdevs", ""));
	else
		printf("      free: bridged %s bitrate 500000\n",
		       daemon_text(adapter, "address", ""));
}

/* ---- Adapters of the kernel's other drivers */

struct kernel_search {
	struct anycan_rtnl *rtnl;
	struct json_object *known; /* adapters that were printed already */
	int count;
};

static bool is_known(struct json_object *known, const char *node)
{
	for (size_t i = 0; known && i < json_object_array_length(known); i++)
		if (!strcmp(daemon_text(json_object_array_get_idx(known, i), "node", ""), node))
			return true;
	return false;
}

static void read_attribute(const char *folder, const char *name, char *text, size_t size)
{
	char path[PATH_MAX + 32];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	snprintf(text, size, "-");
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(text, (int)size, file))
		text[strcspn(text, "\n")] = 0;
	fclose(file);
}

/* The USB interface, or whatever device a netdev belongs to. */
static int print_native(const struct anycan_link *link, void *arg)
{
	struct kernel_search *search = arg;
	char path[PATH_MAX], device[PATH_MAX], driver[PATH_MAX];
	char vid[8], pid[8], serial[64], product[64];
	char *interface;

	snprintf(path, sizeof(path), "/sys/class/net/%s/device", link->name);
	if (!realpath(path, device))
		return 0; /* vcan and the like */
	strcat(path, "/driver");
	if (!realpath(path, driver))
		return 0;
	interface = strrchr(device, '/');
	if (!strchr(interface, ':')) {
		printf("  %-28s driver %s\n", link->name, basename(driver));
		search->count++;
		return 0;
	}
	*interface = 0;
	if (is_known(search->known, strrchr(device, '/') + 1))
		return 0;
	read_attribute(device, "idVendor", vid, sizeof(vid));
	read_attribute(device, "idProduct", pid, sizeof(pid));
	read_attribute(device, "serial", serial, sizeof(serial));
	read_attribute(device, "product", product, sizeof(product));
	printf("  %-28s %s:%s  serial %-12s path %-8s %s\n", link->name, vid, pid, serial,
	       strrchr(device, '/') + 1, product);
	print_kernel_use(search->rtnl, basename(driver), link->name);
	search->count++;
	return 0;
}

int list_adapters(struct anycan_rtnl *rtnl)
{
	struct kernel_search search = {.rtnl = rtnl, .known = ask_daemon()};

	printf("Adapters:\n");
	if (!search.known)
		printf("  bridged cannot be asked: is it installed beside anycan, or in PATH?\n");
	for (size_t i = 0; search.known && i < json_object_array_length(search.known); i++) {
		print_adapter(rtnl, json_object_array_get_idx(search.known, i));
		search.count++;
	}
	anycan_link_each(rtnl, print_native, &search);
	if (!search.count)
		printf("  none on USB or PCI\n");
	json_object_put(search.known);
	return 0;
}
