// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Asking running bridged daemons for their status, and for changes: one line of JSON from a
 * socket in /run/anycan (or where ANYCAN_RUN_DIR says).
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
#define CONTROL_SUFFIX ".ctl"

/* A daemon that hangs is not waited for any longer. */
#define STATUS_PATIENCE_S 2

static const char *run_dir(void)
{
	const char *dir = getenv("ANYCAN_RUN_DIR");

	return dir ? dir : "/run/anycan";
}

/* Return: a connected socket or a negative errno. */
static int reach(const char *netdev, const char *suffix, int patience_s)
{
	const struct timeval patience = {.tv_sec = patience_s};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int n = snprintf(address.sun_path, sizeof(address.sun_path), "%s/%s%s", run_dir(), netdev,
			 suffix);
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

/* What the daemon says on @fd. Return: 0 or a negative errno. */
static int read_answer(int fd, struct json_object **answer)
{
	struct json_tokener *parser = json_tokener_new();
	char buf[4096];
	ssize_t n = 0;

	*answer = NULL;
	while (parser && !*answer && (n = read(fd, buf, sizeof(buf))) > 0) {
		*answer = json_tokener_parse_ex(parser, buf, (int)n);
		if (!*answer && json_tokener_get_error(parser) != json_tokener_continue)
			break;
	}
	json_tokener_free(parser);
	if (*answer)
		return 0;
	return n < 0 && errno == EAGAIN ? -ETIMEDOUT : -EPROTO;
}

int daemon_status(const char *netdev, struct json_object **status)
{
	int fd = reach(netdev, SUFFIX, STATUS_PATIENCE_S), ret;

	if (fd < 0)
		return fd;
	ret = read_answer(fd, status);
	close(fd);
	return ret;
}

int daemon_request(const char *netdev, struct json_object *request, int patience_s,
		   struct json_object **answer)
{
	const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	int fd = reach(netdev, CONTROL_SUFFIX, patience_s), ret;

	if (fd < 0)
		return fd;
	/* Whom the daemon turns away cannot write any more, but can read why. */
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) > 0)
		send(fd, "\n", 1, MSG_NOSIGNAL);
	ret = read_answer(fd, answer);
	close(fd);
	return ret;
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
