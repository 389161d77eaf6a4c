/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Word to the service manager: one datagram, sd_notify(3), which is not worth libsystemd's
 * memory in every daemon.
 */
#include "notify.h"
#include "fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* How long the service manager may take to have dealt with what it was told. */
#define BARRIER_MS 5000

/* Return: the length of the address, 0 if nobody wants to be told. */
static socklen_t find_manager(struct sockaddr_un *address)
{
	const char *path = getenv("NOTIFY_SOCKET");
	size_t len = path ? strlen(path) : 0;

	if (!len || len >= sizeof(address->sun_path))
		return 0;
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	memcpy(address->sun_path, path, len);
	if (path[0] == '@')
		address->sun_path[0] = 0;
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

int bridged_notify_fd(const char *state, int passed)
{
	struct sockaddr_un address;
	struct iovec iov = {.iov_base = (char *)state, .iov_len = strlen(state)};
	struct msghdr msg = {
		.msg_name = &address,
		.msg_namelen = find_manager(&address),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	int fd, ret;

	if (!msg.msg_namelen)
		return -ENOTCONN;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	ret = bridged_fd_send_message(fd, &msg, passed);
	close(fd);
	return ret;
}

void bridged_notify(const char *state)
{
	bridged_notify_fd(state, -1);
}

int bridged_notify_barrier(void)
{
	struct pollfd end = {.events = 0};
	int fds[2], ret;

	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	/* It closes its copy of the other end when it comes to this message. */
	ret = bridged_notify_fd("BARRIER=1", fds[1]);
	close(fds[1]);
	end.fd = fds[0];
	if (!ret && poll(&end, 1, BARRIER_MS) <= 0)
		ret = -ETIMEDOUT;
	close(fds[0]);
	return ret;
}
