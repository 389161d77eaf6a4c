/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A vxcan pair: applications own canX, the daemon owns the other end in a network namespace of
 * its own. So counters and directions are right, the carrier follows the adapter, and the pair
 * goes away with the daemon however that ends.
 *
 * Senders are held back by a plug queueing discipline, shut while the daemon's queue is full;
 * where the kernel has none, tbf at the most frames the bus can carry is the next best.
 */
#include "keeper.h"
#include "parked.h"
#include "ports/can_socket.h"
#include "ports/netdev.h"
#include "ports/netns.h"

#include <anycan/log.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/*
 * The daemon's end gets an ifindex that canX will not have: with equal ones the kernel reports
 * link-down 0.2 s late. It heeds that wish only if canX's is given, too.
 */
#define PEER_IFINDEX 1000000
#define ADD_TRIES 5

/* Looks, 10 ms apart, at whether a netdev of the same adapter goes away. */
#define GONE_TRIES 200

/*
 * Bytes that may wait in canX's queue: 1000 FD frames. More than one sender's socket buffer holds
 * (some 270), so that a sender blocks; many of them together get ENOBUFS.
 */
#define QUEUE_BYTES (1000 * CANFD_MTU)

struct vxcan_port {
	struct bridged_port base;
	char name[IFNAMSIZ];
	int ifindex, peer;
	struct anycan_rtnl *host;		      /* where canX is */
	struct anycan_rtnl *inner;		      /* where the daemon's end is */
	struct anycan_rtnl *host_watch, *inner_watch; /* the same, for changes */
	int host_fd, inner_fd;
	int raw; /* what is to become the socket */
	struct can_socket *socket;
	bool made;	/* by us: goes with us */
	bool elsewhere; /* canX was moved to another network namespace */
	bool up;	/* canX */
	bool can_hold;
};

static struct vxcan_port *self(struct bridged_port *p)
{
	return (struct vxcan_port *)p;
}

static int open_watch(struct anycan_rtnl **watch, int *fd)
{
	int ret = anycan_rtnl_new(watch);

	if (ret)
		return ret;
	*fd = anycan_link_watch(*watch);
	return *fd < 0 ? *fd : 0;
}

/* To our end, in the namespace that is current. */
static int open_inner_links(void *arg)
{
	struct vxcan_port *p = arg;
	int ret = anycan_rtnl_new(&p->inner);

	return ret ? ret : open_watch(&p->inner_watch, &p->inner_fd);
}

static int open_inner(void *arg)
{
	struct vxcan_port *p = arg;
	int ret = open_inner_links(p);

	if (ret)
		return ret;
	p->raw = can_socket_open();
	return p->raw < 0 ? p->raw : 0;
}

/* With the capabilities of the outside, which a large buffer takes. */
static int use_raw(struct vxcan_port *p)
{
	return can_socket_use(&p->socket, p->raw, p->peer, false);
}

/* An ifindex that is free, as long as nobody else takes it first. */
static int free_ifindex(void)
{
	struct if_nameindex *links = if_nameindex();
	int highest = 0;

	for (struct if_nameindex *link = links; link && link->if_index; link++)
		if ((int)link->if_index > highest && link->if_index < PEER_IFINDEX / 2)
			highest = (int)link->if_index;
	if_freenameindex(links);
	return highest + 1;
}

static int add_pair(struct vxcan_port *p, int netns)
{
	int ret = -EEXIST;

	for (int i = 0; i < ADD_TRIES && ret == -EEXIST; i++) {
		p->ifindex = free_ifindex();
		ret = anycan_link_add_vxcan(p->host, p->name, p->ifindex, p->peer, netns);
	}
	return ret;
}

/* Not everywhere possible, and then not worth giving up for. */
static void tune(const struct vxcan_port *p, int netns)
{
	int ret = netdev_steer(p->name, -1);

	if (!ret)
		ret = netdev_steer(p->name, netns);
	if (netdev_deepen_backlog())
		anycan_log(ANYCAN_LOG_INFO, "%s: net.core.netdev_max_backlog cannot be raised",
			   p->name);
	if (ret)
		anycan_log(ANYCAN_LOG_INFO,
			   "%s: cannot have one processor take all frames (%s): under load frames "
			   "of a sender may overtake each other",
			   p->name, strerror(-ret));
}

static int make_pair(struct vxcan_port *p, const struct bridged_port_config *config)
{
	bool owned;
	int netns, ret;

	netns = netns_new(config->uid, config->gid, &owned);
	if (netns < 0)
		return netns;
	p->base.needs_admin = !owned;
	p->peer = PEER_IFINDEX;
	ret = add_pair(p, netns);
	if (ret)
		goto out_close;
	p->made = true;
	ret = netns_call(netns, open_inner, p);
	if (!ret)
		ret = use_raw(p);
	tune(p, netns);
	if (!ret)
		ret = netdev_dress(p->host, p->ifindex, config);
out_close:
	/* The sockets made in there keep the namespace. */
	close(netns);
	return ret;
}

/* A pair that somebody else made: both ends are here, and stay. */
static int adopt_pair(struct vxcan_port *p, const struct anycan_link *link)
{
	int ret;

	p->ifindex = link->ifindex;
	p->peer = link->peer;
	p->up = link->up;
	p->base.needs_admin = true;
	ret = open_inner(p);
	return ret ? ret : use_raw(p);
}

/* canX, as our end knows it; it may be in another namespace. */
static int find_host(struct vxcan_port *p, const struct anycan_link *inner)
{
	struct anycan_link link;

	if (strcmp(inner->kind, "vxcan") || inner->ifindex != p->peer || !inner->peer ||
	    !inner->peer_elsewhere)
		return -ESTALE;
	p->ifindex = inner->peer;
	p->elsewhere = anycan_link_get(p->host, p->name, &link) || link.ifindex != p->ifindex ||
		       link.peer != p->peer || strcmp(link.kind, "vxcan");
	p->up = p->elsewhere ? inner->up && inner->carrier : link.up;
	return 0;
}

/* A pair that the daemon before this one made; its socket holds the namespace of our end. */
static int take_parked(struct vxcan_port *p, const struct bridged_port_config *config, char *reason)
{
	struct anycan_link inner;
	uid_t owner;
	int netns = netns_of(config->parked->fd, &owner);
	int ret;

	ret = netns < 0 ? netns : netns_call(netns, open_inner_links, p);
	if (netns >= 0)
		close(netns);
	if (!ret)
		ret = can_socket_adopt(&p->socket, config->parked->fd, &p->peer);
	if (!ret)
		ret = anycan_link_get(p->inner, p->name, &inner);
	if (!ret)
		ret = find_host(p, &inner);
	if (!ret && !p->elsewhere)
		ret = netdev_redress(p->host, p->ifindex, config);
	if (ret) {
		snprintf(reason, BRIDGED_REASON_SIZE, "its socket leads to no such vxcan: %s",
			 strerror(-ret));
		return ret;
	}
	p->made = true;
	p->base.needs_admin = owner != config->uid;
	p->base.orphaned = inner.up;
	bridged_parked_adopt(config->parked);
	return 0;
}

static void set_up_queue(struct vxcan_port *p, const struct bridged_port_config *config)
{
	int ret;

	if (p->elsewhere)
		return; /* its queue is out of reach */
	ret = anycan_link_hold(p->host, p->ifindex, false, QUEUE_BYTES);
	p->can_hold = !ret;
	if (ret && config->tx_frames_per_s)
		ret = anycan_link_limit(p->host, p->ifindex, config->tx_frames_per_s * CAN_MTU,
					QUEUE_BYTES);
	if (ret)
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: senders are not held back, the kernel has neither sch_plug nor "
			   "sch_tbf: a flood overflows the daemon's socket, and is counted there",
			   p->name);
}

static void vxcan_close(struct bridged_port *base)
{
	struct vxcan_port *p = self(base);

	if (!p)
		return;
	can_socket_free(p->socket);
	/* Deleting our end deletes both, and needs no privilege outside our own namespace. */
	if (p->made && p->inner && !p->base.parked)
		anycan_link_del(p->inner, p->peer);
	anycan_rtnl_free(p->host_watch);
	anycan_rtnl_free(p->inner_watch);
	anycan_rtnl_free(p->inner);
	anycan_rtnl_free(p->host);
	free(p);
}

/*
 * Whether @link is what is left of a bridge of the same adapter that has ended: the kernel takes
 * a moment to remove a namespace. Nobody else serves that adapter now.
 */
static bool is_on_its_way(struct vxcan_port *p, const struct anycan_link *link,
			  const struct bridged_port_config *config)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	struct anycan_link now = *link;

	if (strcmp(link->kind, "vxcan") || !link->peer_elsewhere || !netdev_is_ours(link, config))
		return false;
	for (int i = 0; i < GONE_TRIES; i++) {
		nanosleep(&pause, NULL);
		if (anycan_link_get(p->host, p->name, &now) || now.ifindex != link->ifindex)
			return true;
	}
	return false;
}

static int find_or_make(struct vxcan_port *p, const struct bridged_port_config *config,
			char *reason)
{
	struct anycan_link link;
	int ret = anycan_link_get(p->host, p->name, &link);

	if (!ret && is_on_its_way(p, &link, config))
		ret = anycan_link_get(p->host, p->name, &link);
	if (!ret && (strcmp(link.kind, "vxcan") || link.peer_elsewhere || !link.peer))
		return netdev_taken(&link, reason);
	ret = ret ? make_pair(p, config) : adopt_pair(p, &link);
	return ret ? netdev_refused(p->name, "vxcan", ret, reason) : 0;
}

static int vxcan_open(struct bridged_port **out, const struct bridged_port_config *config,
		      char *reason)
{
	struct vxcan_port *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return netdev_refused(config->netdev, "vxcan", -ENOMEM, reason);
	snprintf(p->name, sizeof(p->name), "%s", config->netdev);
	ret = anycan_rtnl_new(&p->host);
	if (!ret)
		ret = open_watch(&p->host_watch, &p->host_fd);
	if (ret)
		netdev_refused(config->netdev, "vxcan", ret, reason);
	else if (config->parked)
		ret = take_parked(p, config, reason);
	else
		ret = find_or_make(p, config, reason);
	if (ret) {
		vxcan_close(&p->base);
		return ret;
	}
	set_up_queue(p, config);
	p->base.ifindex = p->ifindex;
	*out = &p->base;
	return 0;
}

static int vxcan_parkable(const struct bridged_port *base)
{
	const struct vxcan_port *p = (const struct vxcan_port *)base;

	/* A pair that somebody else made stays by itself. */
	return p->made ? can_socket_fd(p->socket) : -1;
}

static void vxcan_fds(const struct bridged_port *base, int fds[BRIDGED_PORT_FDS])
{
	const struct vxcan_port *p = (const struct vxcan_port *)base;

	fds[0] = can_socket_fd(p->socket);
	fds[1] = p->host_fd;
	fds[2] = p->inner_fd;
}

/* canX changed, or went to another namespace: from then on its end is all that we see of it. */
static unsigned int host_changed(struct vxcan_port *p, const struct anycan_link *link, bool deleted)
{
	if (link->ifindex != p->ifindex || p->elsewhere)
		return 0;
	p->elsewhere = deleted;
	if (!deleted)
		p->up = link->up;
	return BRIDGED_PORT_LINK;
}

static unsigned int inner_changed(struct vxcan_port *p, const struct anycan_link *link,
				  bool deleted)
{
	if (link->ifindex != p->peer)
		return 0;
	if (deleted)
		return BRIDGED_PORT_GONE;
	/* Our end has a carrier exactly while both are up; while ours is down nothing is seen. */
	if (p->elsewhere && link->up)
		p->up = link->carrier;
	return p->elsewhere ? BRIDGED_PORT_LINK : 0;
}

static unsigned int vxcan_handle(struct bridged_port *base, int index)
{
	struct vxcan_port *p = self(base);
	bool inner = index == 2;
	struct anycan_rtnl *watch = inner ? p->inner_watch : p->host_watch;
	struct anycan_link link;
	unsigned int events = 0;
	bool deleted = false;
	int ret;

	if (index == 0)
		return BRIDGED_PORT_FRAMES;
	while ((ret = anycan_link_next(watch, &link, &deleted)) > 0 || ret == -ENOBUFS) {
		/* Some changes were lost: look where things stand now. */
		if (ret == -ENOBUFS) {
			link.ifindex = inner ? p->peer : p->ifindex;
			deleted = anycan_link_get(inner ? p->inner : p->host, p->name, &link);
		}
		events |=
			inner ? inner_changed(p, &link, deleted) : host_changed(p, &link, deleted);
	}
	return events;
}

static bool vxcan_is_up(const struct bridged_port *base)
{
	return ((const struct vxcan_port *)base)->up;
}

static int vxcan_set_carrier(struct bridged_port *base, bool on)
{
	struct vxcan_port *p = self(base);

	return anycan_link_set_up(p->inner, p->peer, on);
}

static void vxcan_hold(struct bridged_port *base, bool on)
{
	struct vxcan_port *p = self(base);

	/* Its number is another netdev's here, once it is elsewhere. */
	if (p->can_hold && !p->elsewhere)
		bridged_keeper_hold(base->keeper, p->host, p->ifindex, on, QUEUE_BYTES);
}

static void vxcan_send(struct bridged_port *base, const struct anycan_frame *frames, unsigned int n)
{
	can_socket_send(self(base)->socket, frames, n);
}

static unsigned int vxcan_recv(struct bridged_port *base, struct anycan_frame *frames,
			       uint32_t *tokens, unsigned int max)
{
	(void)tokens;
	return can_socket_recv(self(base)->socket, frames, max);
}

static void vxcan_drops(const struct bridged_port *base, struct bridged_port_drops *drops)
{
	can_socket_drops(((const struct vxcan_port *)base)->socket, drops);
}

static void vxcan_backlog(struct bridged_port *base, uint64_t *rx, uint64_t *tx)
{
	struct vxcan_port *p = self(base);
	struct anycan_link link;

	*rx = *tx = 0;
	/* In another namespace canX's counters are to be read there. */
	if (!p->elsewhere && !anycan_link_get(p->host, p->name, &link))
		*rx = link.rx_dropped;
	if (!anycan_link_get(p->inner, p->name, &link))
		*tx = link.rx_dropped;
}

const struct bridged_port_class vxcan_port = {
	.name = "vxcan",
	.summary = "a vxcan pair: works on every stock kernel with CAN",
	.open = vxcan_open,
	.close = vxcan_close,
	.parkable = vxcan_parkable,
	.claims = can_socket_is,
	.fds = vxcan_fds,
	.handle = vxcan_handle,
	.is_up = vxcan_is_up,
	.set_carrier = vxcan_set_carrier,
	.hold = vxcan_hold,
	.send = vxcan_send,
	.recv = vxcan_recv,
	.drops = vxcan_drops,
	.backlog = vxcan_backlog,
};
