// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What running bridges say in their status, as far as the library cares.
 */
#include "bridges.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return object && json_object_object_get_ex(object, key, &value)
		       ? json_object_get_string(value)
		       : "";
}

static uint32_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	return json_object_object_get_ex(object, key, &value)
		       ? (uint32_t)json_object_get_int64(value)
		       : 0;
}

static void describe(struct bridge *bridge, struct json_object *status, struct json_object *link)
{
	struct json_object *adapter, *listen_only;

	*bridge = (struct bridge){
		.hub = !strcmp(text_of(status, "port"), "hub"),
		.is_open = !strcmp(text_of(link, "channel"), "open"),
		.bitrate = number_of(link, "bitrate"),
		.data_bitrate = number_of(link, "dbitrate"),
	};
	if (json_object_object_get_ex(link, "listen_only", &listen_only))
		bridge->listen_only = json_object_get_boolean(listen_only);
	snprintf(bridge->netdev, sizeof(bridge->netdev), "%s", text_of(link, "netdev"));
	snprintf(bridge->state, sizeof(bridge->state), "%s", text_of(link, "state"));
	if (json_object_object_get_ex(status, "adapter", &adapter))
		snprintf(bridge->address, sizeof(bridge->address), "%s",
			 text_of(adapter, "address"));
}

/* Whether a bridge is the one that is looked for. */
typedef bool (*bridge_match)(const struct bridge *bridge, const void *wanted);

struct search {
	bridge_match match;
	const void *wanted;
	struct bridge *bridge;
};

/* Return: 1 if it is found. */
static int look_through(char *text, void *arg)
{
	const struct search *search = arg;
	struct json_object *status = json_tokener_parse(text), *links;
	bool found = false;

	if (!json_object_object_get_ex(status, "links", &links) ||
	    !json_object_is_type(links, json_type_array))
		links = NULL;
	for (size_t i = 0; links && !found && i < json_object_array_length(links); i++) {
		describe(search->bridge, status, json_object_array_get_idx(links, i));
		found = search->match(search->bridge, search->wanted);
	}
	json_object_put(status);
	return found;
}

static int look_everywhere(bridge_match match, const void *wanted, struct bridge *bridge)
{
	struct search search = {match, wanted, bridge};

	return anycan_bridge_each(look_through, &search) == 1 ? 0 : -ENOENT;
}

/* What each hub is told to. */
struct hub_search {
	int (*found)(const char *netdev, void *arg);
	void *arg;
	int ret;
};

static bool tell_hub(const struct bridge *bridge, const void *wanted)
{
	struct hub_search *search = *(struct hub_search *const *)wanted;

	if (bridge->hub)
		search->ret = search->found(bridge->netdev, search->arg);
	return search->ret != 0;
}

int anycan_bridge_each_hub(int (*found)(const char *netdev, void *arg), void *arg)
{
	struct hub_search search = {.found = found, .arg = arg};
	struct hub_search *told = &search;
	struct bridge bridge;

	look_everywhere(tell_hub, &told, &bridge);
	return search.ret;
}

static bool has_netdev(const struct bridge *bridge, const void *netdev)
{
	return !strcmp(bridge->netdev, netdev);
}

int anycan_bridge_get(const char *netdev, struct bridge *bridge)
{
	return look_everywhere(has_netdev, netdev, bridge);
}

/* Whatever link leads to it, without the baud rate behind it. Return: to be freed, or NULL. */
static char *device_of(const char *address)
{
	const char *colon = strchr(address, ':');
	char *path, *real;

	if (!colon || colon[1] != '/')
		return NULL;
	path = strndup(colon + 1, strcspn(colon + 1, "@"));
	real = path ? realpath(path, NULL) : NULL;
	free(path);
	return real;
}

static bool has_address(const struct bridge *bridge, const void *wanted)
{
	const char *address = wanted;
	char *ours, *theirs;
	bool same;

	if (!strcmp(bridge->address, address))
		return true;
	ours = device_of(address);
	theirs = device_of(bridge->address);
	same = ours && theirs && !strcmp(ours, theirs);
	free(ours);
	free(theirs);
	return same;
}

int anycan_bridge_find(const char *address, struct bridge *bridge)
{
	return look_everywhere(has_address, address, bridge);
}

static int differs(const struct bridge *bridge, const char *what, uint32_t is, uint32_t wanted,
		   struct anycan_error *error)
{
	if (!wanted || !is || is == wanted)
		return 0;
	return anycan_error_set(
		error, ANYCAN_ERROR_INITIALIZATION, -EINVAL,
		"%s is bridged to %s at %s %u, not at %u; end its bridged and start "
		"it with: %s %u, or leave the bit rate away",
		bridge->address, bridge->netdev, what, is, wanted, what, wanted);
}

int anycan_bridge_fits(const struct bridge *bridge, const struct anycan_bus_options *options,
		       struct anycan_error *error)
{
	int ret = differs(bridge, "bitrate", bridge->bitrate, options->bitrate, error);

	return ret ? ret
		   : differs(bridge, "dbitrate", bridge->data_bitrate, options->data_bitrate,
			     error);
}
