/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The privileged rest of the daemon. Requests and answers are packets on a socket pair.
 */
#include "keeper.h"
#include "fdpass.h"

#include <anycan/link.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct bridged_keeper {
	int fd;
	pid_t pid;
};

/* The keeper's end of the socket pair: the first descriptor behind standard error. */
#define KEEPER_FD 3

#define USB_NODES "/dev/bus/usb/"

enum request_type {
	REQUEST_OPEN,
	REQUEST_HOLD,
	REQUEST_DELETE,
	REQUEST_CHANGE,
};

struct request {
	enum request_type type;
	int ifindex;
	bool hold;
	uint32_t limit;
	struct bridged_link_change change;
	char path[PATH_MAX];
};

/* What the keeper works with. */
struct office {
	int socket;
	struct anycan_rtnl *rtnl; /* NULL: there is none */
	struct anycan_link netdevs[BRIDGED_CHANNELS_MAX];
};

static int open_node(const char *path)
{
	int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool may_open_port(const char *path, const struct bridged_keeper_scope *scope)
{
	return scope->path && ((!strncmp(path, "/dev/tty", 8) && !strstr(path, "..")) ||
			       !strcmp(path, scope->path));
}

/* Whether the device behind @fd is of the kind that is served; its descriptor tells. */
static bool is_in_scope(int fd, const struct bridged_keeper_scope *scope)
{
	uint8_t descriptor[18];

	return pread(fd, descriptor, sizeof(descriptor), 0) == sizeof(descriptor) &&
	       (descriptor[8] | descriptor[9] << 8) == scope->vid &&
	       (descriptor[10] | descriptor[11] << 8) == scope->pid;
}

static int open_usb(const char *path, const struct bridged_keeper_scope *scope)
{
	int fd = strstr(path, "..") ? -EACCES : open_node(path);

	if (fd >= 0 && !is_in_scope(fd, scope)) {
		close(fd);
		fd = -EACCES;
	}
	return fd;
}

static void serve_open(int socket, const char *path, const struct bridged_keeper_scope *scope)
{
	int fd = -EACCES;

	if (scope->vid && !strncmp(path, USB_NODES, strlen(USB_NODES)))
		fd = open_usb(path, scope);
	else if (may_open_port(path, scope))
		fd = open_node(path);
	bridged_fd_send(socket, fd < 0 ? fd : 0, fd);
	if (fd >= 0)
		close(fd);
}

/* Return: what is known of one of the daemon's netdevs, or NULL. */
static const struct anycan_link *find_netdev(const struct office *office, int ifindex)
{
	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		if (ifindex && office->netdevs[i].ifindex == ifindex)
			return &office->netdevs[i];
	return NULL;
}

static void serve_change(const struct office *office, const struct bridged_link_change *change)
{
	const struct anycan_link *known = find_netdev(office, change->ifindex);
	int fd = known ? bridged_link_change_begin(change, known) : -EPERM;

	bridged_fd_send(office->socket, fd < 0 ? fd : 0, fd);
	if (fd >= 0)
		close(fd);
}

static int serve_netdev(const struct office *office, const struct request *request)
{
	if (!office->rtnl)
		return -EIO;
	if (!find_netdev(office, request->ifindex))
		return -EPERM;
	if (request->type == REQUEST_DELETE)
		return anycan_link_del(office->rtnl, request->ifindex);
	return anycan_link_hold(office->rtnl, request->ifindex, request->hold, request->limit);
}

static void serve(int socket, const struct bridged_keeper_scope *scope)
{
	struct office office = {.socket = socket};
	struct request request;

	if (anycan_rtnl_new(&office.rtnl))
		office.rtnl = NULL;
	for (unsigned int i = 0; i < BRIDGED_CHANNELS_MAX; i++)
		bridged_link_known(scope->netdevs[i], &office.netdevs[i]);
	while (recv(socket, &request, sizeof(request), 0) == sizeof(request)) {
		request.path[sizeof(request.path) - 1] = 0;
		switch (request.type) {
		case REQUEST_OPEN:
			serve_open(socket, request.path, scope);
			break;
		case REQUEST_HOLD:
		case REQUEST_DELETE:
			bridged_fd_send(socket, serve_netdev(&office, &request), -1);
			break;
		case REQUEST_CHANGE:
			serve_change(&office, &request.change);
			break;
		}
	}
	anycan_rtnl_free(office.rtnl);
}

int bridged_keeper_start(struct bridged_keeper **out, const struct bridged_keeper_scope *scope,
			 const char *const *leftovers)
{
	struct bridged_keeper *keeper = calloc(1, sizeof(*keeper));
	int fds[2];
	int ret;

	if (!keeper)
		return -ENOMEM;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		ret = -errno;
		goto err_free;
	}
	keeper->pid = fork();
	if (keeper->pid < 0) {
		ret = -errno;
		goto err_fds;
	}
	if (!keeper->pid) {
		/* The daemon's descriptors are not ours: an unplugged tty must not stay open. */
		dup2(fds[1], KEEPER_FD);
		close_range(KEEPER_FD + 1, ~0U, 0);
		/* A signal to the group is the daemon's to act on; its end ends this. */
		setsid();
		prctl(PR_SET_NAME, "bridged-keeper");
		serve(KEEPER_FD, scope);
		for (; *leftovers; leftovers++)
			unlink(*leftovers);
		_exit(0);
	}
	close(fds[1]);
	keeper->fd = fds[0];
	*out = keeper;
	return 0;

err_fds:
	close(fds[0]);
	close(fds[1]);
err_free:
	free(keeper);
	return ret;
}

void bridged_keeper_stop(struct bridged_keeper *keeper)
{
	if (!keeper)
		return;
	close(keeper->fd);
	waitpid(keeper->pid, NULL, 0);
	free(keeper);
}

static int ask(struct bridged_keeper *keeper, const struct request *request, int *fd)
{
	*fd = -1;
	if (send(keeper->fd, request, sizeof(*request), MSG_NOSIGNAL) < 0)
		return -EIO;
	return bridged_fd_recv(keeper->fd, fd);
}

int bridged_keeper_open(struct bridged_keeper *keeper, const char *path)
{
	struct request request = {.type = REQUEST_OPEN};
	int fd, ret;

	if (!keeper)
		return open_node(path);
	strncpy(request.path, path, sizeof(request.path) - 1);
	ret = ask(keeper, &request, &fd);
	if (!ret && fd < 0)
		ret = -EIO;
	return ret ? ret : fd;
}

int bridged_keeper_hold(struct bridged_keeper *keeper, struct anycan_rtnl *rtnl, int ifindex,
			bool hold, uint32_t limit)
{
	struct request request = {
		.type = REQUEST_HOLD,
		.ifindex = ifindex,
		.hold = hold,
		.limit = limit,
	};
	int fd;

	return keeper ? ask(keeper, &request, &fd) : anycan_link_hold(rtnl, ifindex, hold, limit);
}

int bridged_keeper_delete(struct bridged_keeper *keeper, struct anycan_rtnl *rtnl, int ifindex)
{
	struct request request = {.type = REQUEST_DELETE, .ifindex = ifindex};
	int fd;

	return keeper ? ask(keeper, &request, &fd) : anycan_link_del(rtnl, ifindex);
}

int bridged_keeper_change(struct bridged_keeper *keeper, const struct bridged_link_change *change)
{
	struct request request = {.type = REQUEST_CHANGE, .change = *change};
	struct anycan_link known;
	int fd, ret;

	if (!keeper) {
		bridged_link_known(change->ifindex, &known);
		return bridged_link_change_begin(change, &known);
	}
	ret = ask(keeper, &request, &fd);
	if (!ret && fd < 0)
		ret = -EIO;
	return ret ? ret : fd;
}
