// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What a bus on a netdev asks of rtnetlink: its state, its bit rate, which there are.
 */
#include "socketcan.h"

#include <anycan/link.h>
#include <errno.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <netlink/route/link/can.h>
#include <stdio.h>
#include <string.h>

/* The controller behind a netdev. */
struct controller {
	bool is_there;
	uint32_t ctrlmode;
	uint32_t state;
	uint32_t bitrate, data_bitrate; /* 0 = not set */
};

static int look_up(const char *netdev, struct rtnl_link **link)
{
	struct nl_sock *sock = nl_socket_alloc();
	int ret = -ENOMEM;

	if (!sock)
		return ret;
	ret = nl_connect(sock, NETLINK_ROUTE);
	if (!ret)
		ret = rtnl_link_get_kernel(sock, 0, netdev, link);
	nl_socket_free(sock);
	return ret ? -ENODEV : 0;
}

static int look_at_controller(const char *netdev, struct controller *controller)
{
	struct can_bittiming data = {0};
	struct rtnl_link *link;
	int ret = look_up(netdev, &link);

	*controller = (struct controller){0};
	if (ret)
		return ret;
	controller->is_there = rtnl_link_is_can(link);
	if (controller->is_there) {
		rtnl_link_can_get_ctrlmode(link, &controller->ctrlmode);
		rtnl_link_can_state(link, &controller->state);
		rtnl_link_can_get_bitrate(link, &controller->bitrate);
		if (!rtnl_link_can_get_data_bittiming(link, &data))
			controller->data_bitrate = data.bitrate;
	}
	rtnl_link_put(link);
	return 0;
}

static int differs(const char *netdev, const char *what, uint32_t is, uint32_t wanted,
		   struct anycan_error *error)
{
	if (!wanted || !is || is == wanted)
		return 0;
	return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -EINVAL,
				"%s runs at %s %u, not at %u; set it with: ip link set %s type can "
				"%s %u (while it is down), or leave the bit rate away",
				netdev, what, is, wanted, netdev, what, wanted);
}

int anycan_socketcan_fits(const char *netdev, const struct anycan_bus_options *options,
			  struct anycan_error *error)
{
	struct controller controller;
	int ret = 0;

	if (!*netdev || !(options->bitrate || options->data_bitrate))
		return 0;
	if (look_at_controller(netdev, &controller) || !controller.is_there)
		return 0;
	ret = differs(netdev, "bitrate", controller.bitrate, options->bitrate, error);
	if (!ret)
		ret = differs(netdev, "dbitrate", controller.data_bitrate, options->data_bitrate,
			      error);
	return ret;
}

int anycan_socketcan_get_state(const char *netdev, enum anycan_bus_state *state)
{
	struct controller controller;
	struct anycan_rtnl *rtnl;
	struct anycan_link link;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return ret;
	ret = anycan_link_get(rtnl, netdev, &link);
	anycan_rtnl_free(rtnl);
	if (!ret)
		ret = look_at_controller(netdev, &controller);
	if (ret)
		return ret;
	if (!link.up || !link.carrier ||
	    (controller.is_there && controller.state >= CAN_STATE_BUS_OFF))
		*state = ANYCAN_BUS_ERROR;
	else if (controller.ctrlmode & CAN_CTRLMODE_LISTENONLY)
		*state = ANYCAN_BUS_PASSIVE;
	else
		*state = ANYCAN_BUS_ACTIVE;
	return 0;
}

/* Down, change, up again. */
static int switch_mode(struct anycan_rtnl *rtnl, const struct anycan_link *link, bool listen_only)
{
	const struct anycan_link_can can = {
		.ctrlmode.mask = CAN_CTRLMODE_LISTENONLY,
		.ctrlmode.flags = listen_only ? CAN_CTRLMODE_LISTENONLY : 0,
	};
	int ret = link->up ? anycan_link_set_up(rtnl, link->ifindex, false) : 0;
	int up = 0;

	if (!ret)
		ret = anycan_link_set_can(rtnl, link->ifindex, &can);
	if (link->up)
		up = anycan_link_set_up(rtnl, link->ifindex, true);
	return ret ? ret : up;
}

int anycan_socketcan_set_state(const char *netdev, enum anycan_bus_state state,
			       struct anycan_error *error)
{
	bool listen_only = state == ANYCAN_BUS_PASSIVE;
	struct controller controller = {0};
	struct anycan_rtnl *rtnl;
	struct anycan_link link;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		goto out;
	ret = anycan_link_get(rtnl, netdev, &link);
	if (!ret)
		ret = look_at_controller(netdev, &controller);
	/* Without a controller nobody acknowledges anyway: that this bus sends nothing is all. */
	if (!ret && controller.is_there &&
	    !(controller.ctrlmode & CAN_CTRLMODE_LISTENONLY) == listen_only)
		ret = switch_mode(rtnl, &link, listen_only);
	anycan_rtnl_free(rtnl);
out:
	if (ret == -EPERM)
		return anycan_error_set(
			error, ANYCAN_ERROR_OPERATION, ret,
			"%s: only root may change its mode: ip link set %s down; ip "
			"link set %s type can listen-only %s; ip link set %s up",
			netdev, netdev, netdev, listen_only ? "on" : "off", netdev);
	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret,
					"%s: listen-only %s: %s", netdev,
					listen_only ? "on" : "off", strerror(-ret));
	return 0;
}

struct detection {
	int (*found)(const char *channel, void *arg);
	void *arg;
};

static int detect_link(const struct anycan_link *link, void *arg)
{
	struct detection *detection = arg;

	return link->up ? detection->found(link->name, detection->arg) : 0;
}

int anycan_socketcan_detect(int (*found)(const char *channel, void *arg), void *arg)
{
	struct detection detection = {found, arg};
	struct anycan_rtnl *rtnl;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return 0;
	ret = anycan_link_each(rtnl, detect_link, &detection);
	anycan_rtnl_free(rtnl);
	return ret;
}
