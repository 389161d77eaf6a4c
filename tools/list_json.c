// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan list --json: an object a line for each netdev, hub, adapter and serial port.
 */
#include "bridged.h"
#include "daemon.h"
#include "list.h"

#include <anycan/link.h>
#include <stdio.h>
#include <string.h>

static void add_text(struct json_object *to, const char *key, const char *text)
{
	if (text[0])
		json_object_object_add(to, key, json_object_new_string(text));
}

static void print(struct json_object *object)
{
	printf("%s\n", json_object_to_json_string_ext(
			       object, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

static struct json_object *begin(const char *kind)
{
	struct json_object *object = json_object_new_object();

	add_text(object, "kind", kind);
	return object;
}

/* ---- Netdevs */

static int print_netdev(const struct anycan_link *link, void *arg)
{
	struct json_object *object = begin("netdev"), *status = NULL, *adapter;

	(void)arg;
	add_text(object, "name", link->name);
	add_text(object, "type", link->kind);
	add_text(object, "alias", link->alias);
	json_object_object_add(object, "up", json_object_new_boolean(link->up));
	json_object_object_add(object, "carrier", json_object_new_boolean(link->carrier));
	json_object_object_add(object, "mtu", json_object_new_int64(link->mtu));
	if (!daemon_status(link->name, &status) &&
	    json_object_object_get_ex(status, "adapter", &adapter)) {
		add_text(object, "address", daemon_text(adapter, "address", ""));
		add_text(object, "model", daemon_text(adapter, "model", ""));
	}
	json_object_put(status);
	print(object);
	return 0;
}

/* ---- What was found */

struct search {
	const struct anycan_detected *found;
	struct json_object *netdevs;
};

/* Add the netdevs of this daemon if its adapter is the one that was found. */
static int add_bridged(struct json_object *status, void *arg)
{
	struct search *search = arg;
	struct json_object *adapter, *links;
	const char *path = strchr(search->found->address, ':'), *node;

	if (!json_object_object_get_ex(status, "adapter", &adapter) ||
	    !json_object_object_get_ex(status, "links", &links))
		return 0;
	node = daemon_text(adapter, "node", "");
	if (!node[0] || (strcmp(node, search->found->node) && (!path || strcmp(node, path + 1))))
		return 0;
	for (size_t i = 0; i < json_object_array_length(links); i++)
		json_object_array_add(search->netdevs,
				      json_object_new_string(daemon_text(
					      json_object_array_get_idx(links, i), "netdev", "")));
	return 1;
}

static void add_netdevs(struct json_object *to, const char *netdevs)
{
	while (*netdevs) {
		size_t len = strcspn(netdevs, ",");

		json_object_array_add(to, json_object_new_string_len(netdevs, (int)len));
		netdevs += len + (netdevs[len] == ',');
	}
}

static const char *kind_of(const struct anycan_detected *found)
{
	if (!strcmp(found->interface, "hub"))
		return "hub";
	if (!strcmp(found->interface, "socketcan"))
		return NULL;
	if (found->node[0])
		return "adapter";
	return found->vid ? "port" : NULL;
}

static void print_found(const struct anycan_detected *found)
{
	const char *kind = kind_of(found);
	struct search search = {.found = found};
	struct json_object *object;
	char id[8];

	if (!kind)
		return;
	object = begin(kind);
	add_text(object, "address", found->address);
	if (found->vid) {
		snprintf(id, sizeof(id), "%04x", found->vid);
		add_text(object, "vid", id);
		snprintf(id, sizeof(id), "%04x", found->pid);
		add_text(object, "pid", id);
	}
	add_text(object, "model", found->model);
	add_text(object, "serial", found->serial);
	add_text(object, "path", found->node);
	add_text(object, "driver", found->driver);
	search.netdevs = json_object_new_array();
	add_netdevs(search.netdevs, found->netdevs);
	daemon_each(add_bridged, &search);
	json_object_object_add(object, "netdevs", search.netdevs);
	print(object);
}

int list_json(struct anycan_rtnl *rtnl)
{
	struct anycan_detected *list = NULL;
	int ret = anycan_link_each(rtnl, print_netdev, NULL), n;

	if (ret)
		return ret;
	bridged_find();
	n = anycan_detect(&list, NULL, LIST_PATIENCE_NS);
	for (int i = 0; i < n; i++)
		print_found(&list[i]);
	anycan_detected_free(list);
	return n < 0 ? n : 0;
}
