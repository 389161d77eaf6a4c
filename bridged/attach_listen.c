/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Serving /run/anycan/attach where systemd does not: what a socket unit with Accept=yes does.
 */
#include "attach.h"
#include "loop.h"
#include "run_dir.h"

#include <anycan/log.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* Bridges and requests at a time. */
#define CHILDREN_MAX 64

struct listener {
	struct bridged_loop loop;
	struct bridged_source source;
	unsigned int children;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

static void serve(int connection)
{
	static char name[] = "bridged", mode[] = "--attach";
	char *const argv[] = {name, mode, NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	dup2(connection, STDIN_FILENO);
	execv("/proc/self/exe", argv);
	_exit(EXIT_FAILURE);
}

static void accept_connection(struct bridged_source *source, uint32_t events)
{
	struct listener *listener = source->owner;
	int connection = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid;

	(void)events;
	if (connection < 0)
		return;
	while (listener->children && waitpid(-1, NULL, WNOHANG) > 0)
		listener->children--;
	if (listener->children < CHILDREN_MAX) {
		pid = fork();
		if (!pid)
			serve(connection);
		listener->children += pid > 0;
	} else {
		anycan_log(ANYCAN_LOG_WARNING, "%s: %d bridges were started already",
			   listener->path, CHILDREN_MAX);
	}
	close(connection);
}

/* Others than the group are not even let in. */
static int open_to_group(const char *path)
{
	gid_t gid;

	if (!bridged_group_find(BRIDGED_GROUP, &gid))
		return chmod(path, 0600) ? -errno : 0;
	return chmod(path, 0660) || lchown(path, (uid_t)-1, gid) ? -errno : 0;
}

static int open_socket(struct listener *listener)
{
	int ret = bridged_run_path("attach", "", listener->path, sizeof(listener->path));

	if (!ret)
		ret = bridged_run_listen(listener->path, SOCK_STREAM, geteuid());
	if (ret < 0)
		return ret;
	listener->source = (struct bridged_source){
		.fd = ret,
		.events = EPOLLIN,
		.ready = accept_connection,
		.owner = listener,
	};
	ret = open_to_group(listener->path);
	return ret ? ret : bridged_loop_add(&listener->loop, &listener->source);
}

int bridged_attach_listen(char *reason)
{
	struct listener listener = {.source.fd = -1};
	int ret = bridged_loop_init(&listener.loop);

	listener.loop.deadline = ANYCAN_NEVER;
	if (!ret)
		ret = open_socket(&listener);
	if (!ret) {
		printf("ready %s\n", listener.path);
		fflush(stdout);
		ret = bridged_loop_run(&listener.loop, ANYCAN_NEVER);
	}
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "%s: %s", listener.path,
			 ret == -EADDRINUSE ? "somebody serves it already" : strerror(-ret));
	if (ret != -EADDRINUSE && listener.source.fd >= 0)
		unlink(listener.path);
	bridged_loop_exit(&listener.loop);
	return ret;
}
