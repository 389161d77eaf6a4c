// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Asking running bridged daemons for their status: one line of JSON from each socket in
 * /run/anycan (or where ANYCAN_RUN_DIR says).
 */
#include "daemon.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define SUFFIX ".sock"

static const char *run_dir(void)
{
	const char *dir = getenv("ANYCAN_RUN_DIR");

	return dir ? dir : "/run/anycan";
}

/* Return: a connected socket or a negative errno. A daemon that hangs is not waited for long. */
static int reach(const char *netdev)
{
	const struct timeval patience = {.tv_sec = 2};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s" SUFFIX, run_dir(),
			 netdev);
	int fd;

	if (n < 0 || (size_t)n >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		int ret = errno == ECONNREFUSED ? -ENOENT : -errno;

		close(fd);
		return ret;
	}
	return fd;
}

int daemon_status(const char *netdev, struct json_object **status)
{
	struct json_tokener *parser;
	char buf[4096];
	ssize_t n;
	int fd = reach(netdev);

	if (fd < 0)
		return fd;
	*status = NULL;
	parser = json_tokener_new();
	while (parser && !*status && (n = read(fd, buf, sizeof(buf))) > 0) {
		*status = json_tokener_parse_ex(parser, buf, (int)n);
		if (!*status && json_tokener_get_error(parser) != json_tokener_continue)
			break;
	}
	json_tokener_free(parser);
	close(fd);
	return *status ? 0 : -EPROTO;
}

static int is_socket(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(SUFFIX) && !strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX);
}

int daemon_each(int (*each)(struct json_object *status, void *arg), void *arg)
{
	struct json_object *status;
	struct dirent **entries;
	int n = scandir(run_dir(), &entries, is_socket, alphasort);
	int found = 0, ret = 0;

	if (n < 0)
		return errno == ENOENT ? 0 : -errno;
	for (int i = 0; i < n; i++) {
		entries[i]->d_name[strlen(entries[i]->d_name) - strlen(SUFFIX)] = 0;
		if (!ret && !daemon_status(entries[i]->d_name, &status)) {
			ret = each(status, arg);
			json_object_put(status);
			found++;
		}
		free(entries[i]);
	}
	free(entries);
	return ret < 0 ? ret : found;
}

const char *daemon_text(struct json_object *object, const char *key, const char *fallback)
{
	struct json_object *value;

	return object && json_object_object_get_ex(object, key, &value)
		       ? json_object_get_string(value)
		       : fallback;
}
