/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A bus without a kernel: programs connect to a Unix socket and exchange frames with the adapter
 * and with each other, by the rules of a CAN netdev. What one sends the others here receive at
 * once; a program that does not read loses frames, and is told how many; senders wait when the
 * adapter is slow.
 */
#include "ports/hub_client.h"
#include "run_dir.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* Programs at one hub. */
#define CLIENTS_MAX 128

/* Descriptors of the port, in the order of fds(). */
enum {
	LISTEN,
	IN,
	OUT
};

struct hub_port {
	struct bridged_port base;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int listen, in, out;
	int kick; /* eventfd in .in: frames were read from a socket, but not taken */
	bool fd_frames;
	bool down; /* somebody wants it so */
	bool carrier, held;
	struct hub_client *clients[CLIENTS_MAX];
	unsigned int n_clients;
	unsigned int turn;	 /* who is asked first for frames */
	uint64_t dropped_before; /* by programs that have gone */
	uint64_t invalid;
};

static struct hub_port *self(struct bridged_port *p)
{
	return (struct hub_port *)p;
}

/* ---- Programs come and go */

static int watch(int epoll, const struct hub_client *client, uint32_t events)
{
	struct epoll_event event = {.events = events, .data.fd = client->fd};

	return epoll_ctl(epoll, EPOLL_CTL_ADD, client->fd, &event);
}

static void unwatch(int epoll, const struct hub_client *client)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, client->fd, NULL);
}

static void welcome(struct hub_port *p)
{
	int fd = accept4(p->listen, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct hub_client *client;

	if (fd < 0)
		return;
	client = p->n_clients < CLIENTS_MAX ? hub_client_new(fd) : NULL;
	if (!client) {
		close(fd);
		return;
	}
	if (watch(p->in, client, EPOLLIN)) {
		hub_client_free(client);
		return;
	}
	p->clients[p->n_clients++] = client;
}

static void bid_farewell(struct hub_port *p, unsigned int index)
{
	p->dropped_before += p->clients[index]->dropped;
	hub_client_free(p->clients[index]);
	p->clients[index] = p->clients[--p->n_clients];
}

/* Those that left, once nothing more of theirs is to be taken. */
static void sweep(struct hub_port *p)
{
	for (unsigned int i = p->n_clients; i-- > 0;)
		if (p->clients[i]->gone && !p->clients[i]->reader.frames)
			bid_farewell(p, i);
}

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static void hub_close(struct bridged_port *base)
{
	struct hub_port *p = self(base);

	if (!p)
		return;
	while (p->n_clients)
		bid_farewell(p, p->n_clients - 1);
	if (p->listen >= 0)
		unlink(p->path);
	close_fd(p->listen);
	close_fd(p->in);
	close_fd(p->out);
	close_fd(p->kick);
	free(p);
}

static int open_descriptors(struct hub_port *p, uid_t uid)
{
	struct epoll_event kick = {.events = EPOLLIN, .data.fd = -1};

	p->in = epoll_create1(EPOLL_CLOEXEC);
	p->out = epoll_create1(EPOLL_CLOEXEC);
	p->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (p->in < 0 || p->out < 0 || p->kick < 0 ||
	    epoll_ctl(p->in, EPOLL_CTL_ADD, p->kick, &kick))
		return -errno;
	p->listen = bridged_run_listen(p->path, SOCK_SEQPACKET, uid);
	return p->listen < 0 ? p->listen : 0;
}

static int refused(const struct hub_port *p, const char *netdev, int code, char *reason)
{
	const char *why = strerror(-code);

	if (code == -EEXIST || code == -EADDRINUSE) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s: there is a %s of that name; choose another", netdev,
			 code == -EEXIST ? "netdev" : "hub");
		return -EEXIST;
	}
	if (code == -EACCES || code == -EPERM || code == -EROFS || code == -ENOENT)
		why = "set ANYCAN_RUN_DIR to a folder that you may write to";
	snprintf(reason, BRIDGED_REASON_SIZE, "cannot make %s as hub at %s: %s", netdev, p->path,
		 why);
	return code;
}

static int hub_open(struct bridged_port **out, const struct bridged_port_config *config,
		    char *reason)
{
	struct hub_port *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		abort();
	p->listen = p->in = p->out = p->kick = -1;
	p->fd_frames = config->fd;
	ret = bridged_run_path(config->netdev, ".hub", p->path, sizeof(p->path));
	if (!ret && if_nametoindex(config->netdev))
		ret = -EEXIST;
	if (!ret)
		ret = open_descriptors(p, config->uid);
	if (ret) {
		ret = refused(p, config->netdev, ret, reason);
		hub_close(&p->base);
		return ret;
	}
	p->base.leftover = p->path;
	*out = &p->base;
	return 0;
}

/* ---- Frames */

static void deliver(struct hub_port *p, const struct anycan_frame *frames, unsigned int n,
		    const struct hub_client *except)
{
	for (unsigned int c = 0; c < p->n_clients; c++)
		for (unsigned int i = 0; i < n && p->clients[c] != except; i++)
			hub_client_offer(p->clients[c], &frames[i]);
}

/* Pass on what waits for programs; those that cannot take it now are watched. */
static void flush(struct hub_port *p)
{
	for (unsigned int i = 0; i < p->n_clients; i++)
		if (hub_client_waits(p->clients[i]) && hub_client_flush(p->clients[i]))
			watch(p->out, p->clients[i], EPOLLOUT); /* perhaps it is already */
}

/* A program that was watched may have room again. */
static void flush_watched(struct hub_port *p)
{
	struct epoll_event events[CLIENTS_MAX];
	int n = epoll_wait(p->out, events, CLIENTS_MAX, 0);

	for (int e = 0; e < n; e++)
		for (unsigned int i = 0; i < p->n_clients; i++)
			if (p->clients[i]->fd == events[e].data.fd &&
			    !hub_client_flush(p->clients[i]))
				unwatch(p->out, p->clients[i]);
}

static void set_kick(struct hub_port *p)
{
	uint64_t number = 1;
	bool waiting = false;
	ssize_t ret;

	for (unsigned int i = 0; i < p->n_clients && !p->held; i++)
		waiting |= p->clients[i]->reader.frames > 0;
	ret = waiting ? write(p->kick, &number, sizeof(number))
		      : read(p->kick, &number, sizeof(number));
	(void)ret; /* it was so already */
}

static int64_t wall_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

/* What a program sends is received here as on a netdev: by the others, by itself if it wants. */
static void loop_back(struct hub_port *p, struct hub_client *sender, struct anycan_frame frame)
{
	if (sender->flags & ANYCAN_HUB_NO_LOOPBACK)
		return;
	frame.dir = ANYCAN_TX;
	frame.own = 0;
	frame.ts_ns = wall_ns();
	deliver(p, &frame, 1, sender);
	frame.own = 1;
	if (sender->flags & ANYCAN_HUB_OWN)
		hub_client_offer(sender, &frame);
}

/* Return: how many frames the program had. */
static unsigned int take_from(struct hub_port *p, struct hub_client *client,
			      struct anycan_frame *frames, unsigned int max)
{
	unsigned int n = 0;

	while (n < max && hub_client_take(client, p->fd_frames, &frames[n], &p->invalid)) {
		/* As a netdev without carrier does it: nobody hears what cannot be sent. */
		if (p->carrier && !p->down)
			loop_back(p, client, frames[n]);
		frames[n].ts_ns = 0;
		frames[n].own = 0;
		n++;
	}
	return n;
}

static unsigned int hub_recv(struct bridged_port *base, struct anycan_frame *frames,
			     uint32_t *tokens, unsigned int max)
{
	struct hub_port *p = self(base);
	unsigned int n = 0, n_clients = p->n_clients;

	(void)tokens;
	for (unsigned int i = 0; i < n_clients && n < max; i++)
		n += take_from(p, p->clients[(p->turn + i) % n_clients], frames + n, max - n);
	p->turn++;
	flush(p);
	sweep(p);
	set_kick(p);
	return n;
}

static void hub_send(struct bridged_port *base, const struct anycan_frame *frames, unsigned int n)
{
	struct hub_port *p = self(base);

	deliver(p, frames, n, NULL);
	flush(p);
}

/* ---- The rest */

static void hub_fds(const struct bridged_port *base, int fds[BRIDGED_PORT_FDS])
{
	const struct hub_port *p = (const struct hub_port *)base;

	fds[LISTEN] = p->listen;
	fds[IN] = p->in;
	fds[OUT] = p->out;
}

/*
 * While senders are held back, who says hello or sets filters is answered all the same. Whose
 * frames come next is not listened to any more.
 */
static void hear(struct hub_port *p)
{
	for (unsigned int i = 0; i < p->n_clients; i++) {
		struct hub_client *client = p->clients[i];

		hub_client_hear(client, p->fd_frames);
		if (client->reader.frames || client->gone)
			unwatch(p->in, client);
	}
	flush(p);
	sweep(p);
}

static unsigned int hub_handle(struct bridged_port *base, int index)
{
	struct hub_port *p = self(base);

	if (index == LISTEN) {
		welcome(p);
	} else if (index == OUT) {
		flush_watched(p);
	} else if (p->held) {
		hear(p);
	} else {
		return BRIDGED_PORT_FRAMES;
	}
	return 0;
}

/* A hub is up from the start. */
static bool hub_is_up(const struct bridged_port *base)
{
	return !((const struct hub_port *)base)->down;
}

static int hub_change(struct bridged_port *base, const struct bridged_link_change *change,
		      enum bridged_link_step *step)
{
	struct hub_port *p = self(base);

	/* Programs wait in sockets whose size is theirs. */
	if (change->txqueuelen) {
		*step = BRIDGED_LINK_TXQUEUELEN;
		return -EOPNOTSUPP;
	}
	if (change->mtu)
		p->fd_frames = change->mtu == CANFD_MTU;
	p->down = (p->down || change->down) && !change->up;
	return 0;
}

static int hub_set_carrier(struct bridged_port *base, bool on)
{
	self(base)->carrier = on;
	return 0;
}

/* Senders wait because nobody reads what they write, but for one record each. */
static void hub_hold(struct bridged_port *base, bool on)
{
	struct hub_port *p = self(base);

	if (p->held == on)
		return;
	p->held = on;
	for (unsigned int i = 0; i < p->n_clients && !on; i++)
		watch(p->in, p->clients[i], EPOLLIN); /* most of them are already */
	set_kick(p);
}

static void hub_drops(const struct bridged_port *base, struct bridged_port_drops *drops)
{
	const struct hub_port *p = (const struct hub_port *)base;

	*drops = (struct bridged_port_drops){
		.rx_refused = p->dropped_before,
		.tx_invalid = p->invalid,
	};
	for (unsigned int i = 0; i < p->n_clients; i++)
		drops->rx_refused += p->clients[i]->dropped;
}

static void hub_backlog(struct bridged_port *base, uint64_t *rx, uint64_t *tx)
{
	(void)base;
	*rx = *tx = 0;
}

const struct bridged_port_class hub_port = {
	.name = "hub",
	.summary =
		"no netdev, but a socket that programs share: needs no CAN in the kernel, no root",
	.choice = BRIDGED_PORT_WITHOUT_CAN,
	.open = hub_open,
	.close = hub_close,
	.fds = hub_fds,
	.handle = hub_handle,
	.is_up = hub_is_up,
	.change = hub_change,
	.set_carrier = hub_set_carrier,
	.hold = hub_hold,
	.send = hub_send,
	.recv = hub_recv,
	.drops = hub_drops,
	.backlog = hub_backlog,
};
