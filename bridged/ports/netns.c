/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Network namespaces for the daemon's ends of netdev pairs. A process in the parent user
 * namespace whose user owns the child has all capabilities there (user_namespaces(7)): so the
 * daemon may go on switching its end of the pair after it has dropped every privilege.
 */
#include "ports/netns.h"
#include "fdpass.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int become(uid_t uid, gid_t gid)
{
	if (geteuid())
		return 0; /* only root can, and only root has to */
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid))
		return -errno;
	return 0;
}

/* In the child: make the namespace and send it. */
static void make_and_send(int socket, uid_t uid, gid_t gid, bool owned)
{
	int ret = owned ? become(uid, gid) : 0;
	int fd = -1;

	if (!ret && unshare(CLONE_NEWNET | (owned ? CLONE_NEWUSER : 0)))
		ret = -errno;
	if (!ret) {
		fd = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		ret = fd < 0 ? -errno : 0;
	}
	bridged_fd_send(socket, ret, fd);
}

/* A child makes it, because a process does not come back out of a user namespace. */
static int make(uid_t uid, gid_t gid, bool owned)
{
	int fds[2], fd = -1, ret;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds))
		return -errno;
	pid = fork();
	if (!pid) {
		make_and_send(fds[1], uid, gid, owned);
		_exit(0);
	}
	close(fds[1]);
	ret = pid < 0 ? -errno : bridged_fd_recv(fds[0], &fd);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	close(fds[0]);
	return ret ? ret : fd;
}

int netns_new(uid_t uid, gid_t gid, bool *owned)
{
	int fd = make(uid, gid, true);

	*owned = fd >= 0;
	return *owned ? fd : make(uid, gid, false);
}

int netns_of(int socket, uid_t *uid)
{
	int netns = ioctl(socket, SIOCGSKNS);
	int userns, ret = 0;

	if (netns < 0)
		return -errno;
	userns = ioctl(netns, NS_GET_USERNS);
	if (userns < 0 || ioctl(userns, NS_GET_OWNER_UID, uid))
		ret = -errno;
	if (userns >= 0)
		close(userns);
	if (ret)
		close(netns);
	return ret ? ret : netns;
}

/* Room for work that opens sockets. */
#define STACK_SIZE (256 * 1024)

struct visit {
	int netns;
	int (*work)(void *arg);
	void *arg;
	int ret;
};

/* Its owner has no right to enter it from outside, but all of them inside the user namespace. */
static int enter(int netns)
{
	int userns, ret = 0;

	if (!setns(netns, CLONE_NEWNET))
		return 0;
	if (errno != EPERM)
		return -errno;
	userns = ioctl(netns, NS_GET_USERNS);
	if (userns < 0 || setns(userns, CLONE_NEWUSER) || setns(netns, CLONE_NEWNET))
		ret = -errno;
	if (userns >= 0)
		close(userns);
	return ret;
}

static int visit(void *arg)
{
	struct visit *v = arg;

	v->ret = enter(v->netns);
	if (!v->ret)
		v->ret = v->work(v->arg);
	return 0;
}

int netns_call(int netns, int (*work)(void *arg), void *arg)
{
	struct visit v = {.netns = netns, .work = work, .arg = arg};
	char *stack = malloc(STACK_SIZE);
	pid_t pid;

	if (!stack)
		return -ENOMEM;
	/* Descriptors and memory are common; this process waits, and stays where it is. */
	pid = clone(visit, stack + STACK_SIZE, CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD, &v);
	if (pid < 0)
		v.ret = -errno;
	else
		waitpid(pid, NULL, 0);
	free(stack);
	return v.ret;
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/* In the child: sysfs shows the network namespace of whoever mounted it. */
static int mount_and_write(int netns, const char *path, const char *text)
{
	if (setns(netns, CLONE_NEWNET) || unshare(CLONE_NEWNS) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		return -errno;
	return write_file(path, text);
}

int netns_write_sysfs(int netns, const char *path, const char *text)
{
	pid_t pid;
	int status;

	if (netns < 0)
		return write_file(path, text);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (!pid)
		_exit(-mount_and_write(netns, path, text));
	if (waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -EIO;
	return -WEXITSTATUS(status);
}
