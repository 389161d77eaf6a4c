// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The adapters of anycan list: those that a driver of bridged's is for, those that the kernel has a
 * driver for, and what became of them.
 */
#include "bridged.h"
#include "daemon.h"
#include "list.h"

#include <anycan/detect.h>
#include <anycan/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void print_kernel_use(struct anycan_rtnl *rtnl, const struct anycan_detected *found)
{
	const char *netdevs = found->netdevs;
	char first[32];
	int channels = netdevs[0] != 0;

	for (const char *comma = netdevs; (comma = strchr(comma, ',')); comma++)
		channels++;
	snprintf(first, sizeof(first), "%.*s", (int)strcspn(netdevs, ","), netdevs);
	printf("      %d channel(s), by the kernel's driver %s: %s", channels, found->driver,
	       netdevs[0] ? netdevs : "no netdev");
	print_kernel_modes(rtnl, first);
	printf("\n");
}

static void print_device(const struct anycan_detected *found)
{
	printf("  %-28s %04x:%04x  serial %-12s path %-8s %s\n", found->address, found->vid,
	       found->pid, found->serial[0] ? found->serial : "-", found->node, found->model);
}

static void print_adapter(struct anycan_rtnl *rtnl, const struct anycan_detected *found)
{
	struct search search = {.node = found->node};

	print_device(found);
	daemon_each(print_bridge, &search);
	if (search.found)
		return;
	if (!strcmp(found->driver, "usbfs"))
		printf("      used by another program\n");
	else if (found->driver[0])
		print_kernel_use(rtnl, found);
	else
		printf("      free: bridged %s bitrate 500000\n", found->address);
}

/* ---- Adapters of the kernel's other drivers */

struct kernel_search {
	struct anycan_rtnl *rtnl;
	const struct anycan_detected *known; /* adapters that were printed already */
	int n_known;
	int count;
};

static bool is_known(const struct kernel_search *search, const char *node)
{
	for (int i = 0; i < search->n_known; i++)
		if (!strcmp(search->known[i].node, node) &&
		    strcmp(search->known[i].interface, "socketcan"))
			return true;
	return false;
}

static int print_native(const struct anycan_link *link, void *arg)
{
	struct kernel_search *search = arg;
	struct anycan_detected found = {0};

	snprintf(found.address, sizeof(found.address), "%s", link->name);
	anycan_detected_netdev(link->name, &found);
	if (!found.driver[0] || (found.node[0] && is_known(search, found.node)))
		return 0;
	search->count++;
	if (!found.node[0]) {
		printf("  %-28s driver %s\n", link->name, found.driver);
		return 0;
	}
	print_device(&found);
	print_kernel_use(search->rtnl, &found);
	return 0;
}

int list_adapters(struct anycan_rtnl *rtnl, struct anycan_detected **list)
{
	struct kernel_search search = {.rtnl = rtnl};
	bool can_ask = bridged_find();

	printf("Adapters:\n");
	if (!can_ask)
		printf("  bridged cannot be asked: is it installed beside anycan, or in PATH?\n");
	search.n_known = anycan_detect(list, NULL, LIST_PATIENCE_NS);
	if (search.n_known < 0)
		return search.n_known;
	search.known = *list;
	for (int i = 0; i < search.n_known; i++) {
		if (!(*list)[i].node[0] || !strcmp((*list)[i].interface, "socketcan"))
			continue;
		print_adapter(rtnl, &(*list)[i]);
		search.count++;
	}
	anycan_link_each(rtnl, print_native, &search);
	if (!search.count)
		printf("  none on USB or PCI\n");
	return search.n_known;
}
