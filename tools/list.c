// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan list: the CAN netdevs and the serial ports of this machine, and which became which.
 */
#include "list.h"
#include "daemon.h"
#include "tools.h"

#include <anycan/link.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void usage(FILE *out)
{
	fprintf(out,
		"Usage: anycan list [OPTION]...\n"
		"List the CAN netdevs of this machine, the adapters on USB and PCI (with\n"
		"driver, serial number, path, channels, what they can do, and the netdev that\n"
		"each became), and the USB serial ports on which an adapter may be.\n"
		"\n"
		"  -j, --json   an object a line for each\n"
		"  -h, --help   show this\n"
		"\n"
		"Examples:\n"
		"  anycan list\n"
		"  anycan list --json | jq -r 'select(.kind == \"adapter\").address'\n"
		"  bridged slcan:/dev/ttyACM0 can0 bitrate 500000   # bridge one of them\n"
		"  anycan status can0                               # look closer\n");
}

static int print_netdev(const struct anycan_link *link, void *count)
{
	struct json_object *status = NULL, *adapter = NULL;

	if (!daemon_status(link->name, &status))
		json_object_object_get_ex(status, "adapter", &adapter);
	printf("  %-15s %-6s %-4s %-10s mtu %-4u %s%s%s\n", link->name,
	       link->kind[0] ? link->kind : "-", link->up ? "up" : "down",
	       link->carrier ? "" : "NO-CARRIER", link->mtu,
	       adapter ? daemon_text(adapter, "address", "") : link->alias, adapter ? " " : "",
	       adapter ? daemon_text(adapter, "model", "") : "");
	json_object_put(status);
	(*(int *)count)++;
	return 0;
}

/* Where AF_CAN is missing there are no CAN netdevs, which is an answer. */
static int list_netdevs(struct anycan_rtnl *rtnl)
{
	int count = 0;
	int ret;

	printf("CAN netdevs:\n");
	ret = anycan_link_each(rtnl, print_netdev, &count);
	if (!ret && !count)
		printf("  none\n");
	return ret;
}

struct search {
	const char *device;
	char netdev[64];
};

/* Remember the netdev if this daemon's adapter is the device. */
static int match_adapter(struct json_object *status, void *arg)
{
	struct search *search = arg;
	struct json_object *adapter, *links;

	if (!json_object_object_get_ex(status, "adapter", &adapter) ||
	    !json_object_object_get_ex(status, "links", &links))
		return 0;
	if (!strcmp(daemon_text(adapter, "node", ""), search->device))
		snprintf(search->netdev, sizeof(search->netdev), "%s",
			 daemon_text(json_object_array_get_idx(links, 0), "netdev", ""));
	return 0;
}

/* Those of the things found that are serial ports: what has no other place on USB. */
static int list_ports(const struct anycan_detected *list, int n)
{
	int count = 0;

	printf("USB serial ports:\n");
	for (int i = 0; list && i < n; i++) {
		struct search search = {.device = strchr(list[i].address, ':')};

		if (!list[i].vid || list[i].node[0] || !search.device)
			continue;
		search.device++;
		daemon_each(match_adapter, &search);
		printf("  %-15s %04x:%04x  serial %-16s %s%s%s\n", search.device, list[i].vid,
		       list[i].pid, list[i].serial[0] ? list[i].serial : "-",
		       list[i].model[0] ? list[i].model : "-", search.netdev[0] ? "  -> " : "",
		       search.netdev);
		count++;
	}
	if (!count)
		printf("  none\n");
	return 0;
}

/* Where the kernel has no CAN, buses are these. */
static void list_hubs(void)
{
	static const char *const interfaces[] = {"hub", NULL};
	struct anycan_detected *list;
	int n = anycan_detect(&list, interfaces, LIST_PATIENCE_NS);

	if (n > 0)
		printf("Hubs:\n");
	for (int i = 0; i < n; i++)
		printf("  %s\n", list[i].address);
	if (n >= 0)
		anycan_detected_free(list);
}

static int list_text(struct anycan_rtnl *rtnl)
{
	struct anycan_detected *found = NULL;
	int ret = list_netdevs(rtnl);

	if (!ret) {
		list_hubs();
		ret = list_adapters(rtnl, &found);
	}
	if (ret >= 0)
		ret = list_ports(found, ret);
	anycan_detected_free(found);
	return ret;
}

int tool_list(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'}, {"help", no_argument, NULL, 'h'}, {0}};
	struct anycan_rtnl *rtnl = NULL;
	bool json = false;
	int option, ret;

	while ((option = getopt_long(argc, argv, "jh", options, NULL)) != -1) {
		if (option != 'j') {
			usage(option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_SUCCESS : 2;
		}
		json = true;
	}
	ret = anycan_rtnl_new(&rtnl);
	if (!ret)
		ret = json ? list_json(rtnl) : list_text(rtnl);
	anycan_rtnl_free(rtnl);
	if (ret)
		fprintf(stderr, "anycan list: %s\n", strerror(-ret));
	return ret ? EXIT_FAILURE : EXIT_SUCCESS;
}
