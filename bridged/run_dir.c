// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The folder with the daemons' sockets.
 */
#include "run_dir.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int bridged_run_path(const char *name, const char *suffix, char *path, size_t size)
{
	const char *dir = getenv("ANYCAN_RUN_DIR");
	int n = snprintf(path, size, "%s/%s%s", dir ? dir : BRIDGED_RUN_DIR, name, suffix);

	return n < 0 || (size_t)n >= size ? -ENAMETOOLONG : 0;
}

/* A socket that nobody serves is what a killed daemon left behind. */
static int remove_stale(const struct sockaddr_un *address, int type)
{
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int ret = -EADDRINUSE;

	if (fd < 0)
		return -errno;
	/* EAGAIN: too many wait already to be served by a daemon that hangs. */
	if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) && errno != EAGAIN) {
		ret = 0;
		if (errno == ECONNREFUSED)
			unlink(address->sun_path);
	}
	close(fd);
	return ret;
}

int bridged_run_listen(const char *path, int type, uid_t uid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char *slash;
	int fd, ret;

	strcpy(address.sun_path, path);
	slash = strrchr(address.sun_path, '/');
	*slash = 0;
	/* The daemon must be able to remove its socket after it has become somebody else. */
	if (!mkdir(address.sun_path, 0755) && chown(address.sun_path, uid, (gid_t)-1))
		return -errno;
	*slash = '/';
	ret = remove_stale(&address, type);
	if (ret)
		return ret;
	fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) || chmod(path, 0666) ||
	    listen(fd, 8)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	return fd;
}
