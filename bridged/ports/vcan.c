/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A vcan netdev, the last resort, and the only port on which several adapters may be merged: a
 * vcan that exists is shared, not owned. It has no carrier and no queue, so an unplugged adapter
 * shows only by its error frame, and a sender that outruns the adapter is not held back: what
 * overflows is counted.
 */
#include "keeper.h"
#include "ports/can_socket.h"
#include "ports/netdev.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vcan_port {
	struct bridged_port base;
	char name[IFNAMSIZ];
	int ifindex;
	struct anycan_rtnl *rtnl;
	struct anycan_rtnl *watch;
	int watch_fd;
	struct can_socket *socket;
	bool made; /* by a bridged: goes with us */
	bool up;
};

static struct vcan_port *self(struct bridged_port *p)
{
	return (struct vcan_port *)p;
}

static void vcan_close(struct bridged_port *base)
{
	struct vcan_port *p = self(base);

	if (!p)
		return;
	can_socket_free(p->socket);
	if (p->made)
		bridged_keeper_delete(base->keeper, p->rtnl, p->ifindex);
	anycan_rtnl_free(p->watch);
	anycan_rtnl_free(p->rtnl);
	free(p);
}

static int make(struct vcan_port *p, const struct bridged_port_config *config,
		struct anycan_link *link)
{
	int ret = anycan_link_add_vcan(p->rtnl, p->name);

	if (ret)
		return ret;
	ret = anycan_link_get(p->rtnl, p->name, link);
	if (ret)
		return ret;
	p->ifindex = link->ifindex;
	p->made = true;
	return netdev_dress(p->rtnl, p->ifindex, config);
}

/* Before the netdev is looked at, so that no change of it is missed. */
static int open_netlink(struct vcan_port *p)
{
	int ret = anycan_rtnl_new(&p->rtnl);

	if (!ret)
		ret = anycan_rtnl_new(&p->watch);
	if (ret)
		return ret;
	p->watch_fd = anycan_link_watch(p->watch);
	return p->watch_fd < 0 ? p->watch_fd : 0;
}

static int vcan_open(struct bridged_port **out, const struct bridged_port_config *config,
		     char *reason)
{
	struct vcan_port *p = calloc(1, sizeof(*p));
	struct anycan_link link;
	int ret;

	if (!p)
		return netdev_refused(config->netdev, "vcan", -ENOMEM, reason);
	snprintf(p->name, sizeof(p->name), "%s", config->netdev);
	ret = open_netlink(p);
	if (ret)
		goto err_close;
	ret = anycan_link_get(p->rtnl, p->name, &link);
	if (ret == -ENODEV) {
		ret = make(p, config, &link);
	} else if (!ret && strcmp(link.kind, "vcan")) {
		ret = netdev_taken(&link, reason);
		vcan_close(&p->base);
		return ret;
	}
	if (ret)
		goto err_close;
	p->ifindex = link.ifindex;
	p->up = link.up;
	/* Left behind by one that was killed: an adapter has only one bridged. */
	p->made = p->made || netdev_is_ours(&link, config);
	ret = can_socket_new(&p->socket, p->ifindex, true);
	if (ret)
		goto err_close;
	p->base.ifindex = p->ifindex;
	*out = &p->base;
	return 0;

err_close:
	vcan_close(&p->base);
	return netdev_refused(config->netdev, "vcan", ret, reason);
}

static void vcan_fds(const struct bridged_port *base, int fds[BRIDGED_PORT_FDS])
{
	const struct vcan_port *p = (const struct vcan_port *)base;

	fds[0] = can_socket_fd(p->socket);
	fds[1] = p->watch_fd;
	fds[2] = -1;
}

static unsigned int vcan_handle(struct bridged_port *base, int index)
{
	struct vcan_port *p = self(base);
	struct anycan_link link;
	unsigned int events = 0;
	bool deleted = false;
	int ret;

	if (index == 0)
		return BRIDGED_PORT_FRAMES;
	while ((ret = anycan_link_next(p->watch, &link, &deleted)) > 0 || ret == -ENOBUFS) {
		/* Some changes were lost: look where things stand now. */
		if (ret == -ENOBUFS) {
			link.ifindex = p->ifindex;
			deleted = anycan_link_get(p->rtnl, p->name, &link);
		}
		if (link.ifindex != p->ifindex)
			continue;
		if (deleted)
			return BRIDGED_PORT_GONE;
		p->up = link.up;
		events |= BRIDGED_PORT_LINK;
	}
	return events;
}

static bool vcan_is_up(const struct bridged_port *base)
{
	return ((const struct vcan_port *)base)->up;
}

static void vcan_send(struct bridged_port *base, const struct anycan_frame *frames, unsigned int n)
{
	can_socket_send(self(base)->socket, frames, n);
}

static unsigned int vcan_recv(struct bridged_port *base, struct anycan_frame *frames,
			      uint32_t *tokens, unsigned int max)
{
	(void)tokens;
	return can_socket_recv(self(base)->socket, frames, max);
}

static void vcan_drops(const struct bridged_port *base, struct bridged_port_drops *drops)
{
	can_socket_drops(((const struct vcan_port *)base)->socket, drops);
}

/* A vcan has one backlog for both directions. */
static void vcan_backlog(struct bridged_port *base, uint64_t *rx, uint64_t *tx)
{
	struct vcan_port *p = self(base);
	struct anycan_link link;

	*tx = 0;
	*rx = anycan_link_get(p->rtnl, p->name, &link) ? 0 : link.rx_dropped;
}

const struct bridged_port_class vcan_port = {
	.name = "vcan",
	.summary = "a vcan netdev, made or shared: no carrier, senders are not held back",
	.shared = true,
	.open = vcan_open,
	.close = vcan_close,
	.fds = vcan_fds,
	.handle = vcan_handle,
	.is_up = vcan_is_up,
	.send = vcan_send,
	.recv = vcan_recv,
	.drops = vcan_drops,
	.backlog = vcan_backlog,
};
