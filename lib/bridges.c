// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Asking running bridges for their status: one line of JSON from each socket NETDEV.sock in
 * /run/anycan, or where ANYCAN_RUN_DIR says, and in the folder of this user.
 */
#include "bridges.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SUFFIX ".sock"

/* A bridge that hangs is not waited for longer. */
#define PATIENCE_S 2

bool anycan_bridge_dir(unsigned int index, char *dir)
{
	const char *chosen = getenv("ANYCAN_RUN_DIR"), *own = getenv("XDG_RUNTIME_DIR");
	struct stat st;

	if (chosen && *chosen)
		return index == 0 &&
		       snprintf(dir, BRIDGE_PATH_SIZE, "%s", chosen) < BRIDGE_PATH_SIZE;
	if (index == 0)
		return snprintf(dir, BRIDGE_PATH_SIZE, "/run/anycan") > 0;
	if (index > 1)
		return false;
	if (own && *own)
		return snprintf(dir, BRIDGE_PATH_SIZE, "%s/anycan", own) < BRIDGE_PATH_SIZE;
	snprintf(dir, BRIDGE_PATH_SIZE, "/tmp/anycan-%u", (unsigned int)geteuid());
	/* Anybody may make a folder of that name. */
	return lstat(dir, &st) || (S_ISDIR(st.st_mode) && st.st_uid == geteuid());
}

static int reach(const char *dir, const char *name)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s" SUFFIX, dir, name);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

/* Return: what the bridge behind this socket says, or NULL. */
static struct json_object *ask(const char *dir, const char *name)
{
	struct json_object *status = NULL;
	struct json_tokener *parser;
	char buf[4096];
	ssize_t n;
	int fd = reach(dir, name);

	if (fd < 0)
		return NULL;
	parser = json_tokener_new();
	while (parser && !status && (n = read(fd, buf, sizeof(buf))) > 0) {
		status = json_tokener_parse_ex(parser, buf, (int)n);
		if (!status && json_tokener_get_error(parser) != json_tokener_continue)
			break;
	}
	json_tokener_free(parser);
	close(fd);
	return status;
}

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

static int look_through(struct json_object *status, bridge_match match, const void *wanted,
			struct bridge *bridge)
{
	struct json_object *links;

	if (!json_object_object_get_ex(status, "links", &links))
		return -ENOENT;
	for (size_t i = 0; i < json_object_array_length(links); i++) {
		describe(bridge, status, json_object_array_get_idx(links, i));
		if (match(bridge, wanted))
			return 0;
	}
	return -ENOENT;
}

static int is_socket(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(SUFFIX) && !strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX);
}

static int look_in(const char *dir, bridge_match match, const void *wanted, struct bridge *bridge)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, is_socket, alphasort);
	int ret = -ENOENT;

	if (n < 0)
		return -ENOENT;
	for (int i = 0; i < n; i++) {
		struct json_object *status;

		entries[i]->d_name[strlen(entries[i]->d_name) - strlen(SUFFIX)] = 0;
		status = ret ? ask(dir, entries[i]->d_name) : NULL;
		if (status) {
			ret = look_through(status, match, wanted, bridge);
			json_object_put(status);
		}
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static int look_everywhere(bridge_match match, const void *wanted, struct bridge *bridge)
{
	char dir[BRIDGE_PATH_SIZE];
	int ret = -ENOENT;

	for (unsigned int i = 0; ret && anycan_bridge_dir(i, dir); i++)
		ret = look_in(dir, match, wanted, bridge);
	return ret;
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
