// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * An adapter behind a raw TCP port of the loopback address, for one host at a time.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "link.h"

static struct sim_link *tcp_of_stream(struct sim_watch *watch)
{
	return (struct sim_link *)((char *)watch - offsetof(struct sim_link, stream));
}

static struct sim_link *tcp_of_door(struct sim_watch *watch)
{
	return (struct sim_link *)((char *)watch - offsetof(struct sim_link, door));
}

static void tcp_hangup(struct sim_link *link)
{
	int fd = link->stream.fd;

	sim_link_host(link, false);
	sim_loop_forget(&link->sim->loop, &link->stream);
	close(fd);
}

static void tcp_ready(struct sim_watch *watch, uint32_t events)
{
	struct sim_link *link = tcp_of_stream(watch);

	if (events & EPOLLOUT)
		link->blocked_out = false;
	if (events & EPOLLIN && !sim_link_read(link))
		events |= EPOLLHUP;
	if (events & (EPOLLHUP | EPOLLERR))
		tcp_hangup(link);
	else
		sim_link_update(link);
}

static void tcp_accept(struct sim_watch *watch, uint32_t events)
{
	struct sim_link *link = tcp_of_door(watch);
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int on = 1;

	(void)events;
	if (fd < 0)
		return;
	if (link->host) { /* one at a time: the second is turned away */
		close(fd);
		return;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	link->stream.ready = tcp_ready;
	if (sim_loop_watch(&link->sim->loop, &link->stream, fd, EPOLLIN)) {
		close(fd);
		return;
	}
	sim_link_host(link, true);
	sim_link_update(link);
}

int sim_tcp_plug(struct sim_link *link, struct sim_why *why)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(link->port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, err;

	if (fd < 0)
		return sim_why(why, -errno, "TCP: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&address, len) || listen(fd, 4) ||
	    getsockname(fd, (struct sockaddr *)&address, &len)) {
		err = -errno;
		goto err_close;
	}
	link->door.ready = tcp_accept;
	err = sim_loop_watch(&link->sim->loop, &link->door, fd, EPOLLIN);
	if (err)
		goto err_close;
	link->port = ntohs(address.sin_port);
	return 0;

err_close:
	sim_why(why, err, "127.0.0.1:%u: %s", link->port, strerror(-err));
	close(fd);
	return err;
}

void sim_tcp_unplug(struct sim_link *link)
{
	int stream = link->stream.fd, door = link->door.fd;

	sim_loop_forget(&link->sim->loop, &link->stream);
	sim_loop_forget(&link->sim->loop, &link->door);
	if (stream >= 0)
		close(stream);
	close(door);
}
