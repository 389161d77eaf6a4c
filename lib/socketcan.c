// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What a bus on a netdev asks of rtnetlink: its state, its bit rate, which there are.
 */
#include "socketcan.h"

#include <anycan/controller.h>
#include <anycan/link.h>
#include <errno.h>
#include <string.h>

/* A netdev, and its controller if it has one. */
struct netdev {
	struct anycan_link link;
	struct anycan_controller controller;
	bool has_controller;
};

static int look_at(struct anycan_rtnl *rtnl, const char *name, struct netdev *netdev)
{
	int ret = anycan_link_get(rtnl, name, &netdev->link);

	if (ret)
		return ret;
	ret = anycan_link_get_can(rtnl, netdev->link.ifindex, &netdev->controller);
	netdev->has_controller = !ret;
	return ret == -EOPNOTSUPP ? 0 : ret;
}

/* The same for one question only. */
static int look_once(const char *name, struct netdev *netdev)
{
	struct anycan_rtnl *rtnl;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return ret;
	ret = look_at(rtnl, name, netdev);
	anycan_rtnl_free(rtnl);
	return ret;
}

static bool listens_only(const struct netdev *netdev)
{
	return netdev->has_controller && netdev->controller.ctrlmode & CAN_CTRLMODE_LISTENONLY;
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

int anycan_socketcan_fits(const char *name, const struct anycan_bus_options *options,
			  struct anycan_error *error)
{
	struct netdev netdev;
	int ret;

	if (!*name || !(options->bitrate || options->data_bitrate))
		return 0;
	if (look_once(name, &netdev) || !netdev.has_controller)
		return 0;
	ret = differs(name, "bitrate", netdev.controller.nominal.bitrate, options->bitrate, error);
	if (!ret)
		ret = differs(name, "dbitrate", netdev.controller.data.bitrate,
			      options->data_bitrate, error);
	return ret;
}

int anycan_socketcan_get_state(const char *name, enum anycan_bus_state *state)
{
	struct netdev netdev;
	int ret = look_once(name, &netdev);

	if (ret)
		return ret;
	if (!netdev.link.up || !netdev.link.carrier ||
	    (netdev.has_controller && netdev.controller.state >= CAN_STATE_BUS_OFF))
		*state = ANYCAN_BUS_ERROR;
	else
		*state = listens_only(&netdev) ? ANYCAN_BUS_PASSIVE : ANYCAN_BUS_ACTIVE;
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

/* Without a controller nobody acknowledges anyway: that this bus sends nothing is all. */
static int change_mode(const char *name, bool listen_only)
{
	struct anycan_rtnl *rtnl;
	struct netdev netdev;
	int ret = anycan_rtnl_new(&rtnl);

	if (ret)
		return ret;
	ret = look_at(rtnl, name, &netdev);
	if (!ret && netdev.has_controller && listens_only(&netdev) != listen_only)
		ret = switch_mode(rtnl, &netdev.link, listen_only);
	anycan_rtnl_free(rtnl);
	return ret;
}

int anycan_socketcan_set_state(const char *name, enum anycan_bus_state state,
			       struct anycan_error *error)
{
	bool listen_only = state == ANYCAN_BUS_PASSIVE;
	int ret = change_mode(name, listen_only);

	if (ret == -EPERM)
		return anycan_error_set(
			error, ANYCAN_ERROR_OPERATION, ret,
			"%s: only root may change its mode: ip link set %s down; ip "
			"link set %s type can listen-only %s; ip link set %s up",
			name, name, name, listen_only ? "on" : "off", name);
	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_OPERATION, ret,
					"%s: listen-only %s: %s", name, listen_only ? "on" : "off",
					strerror(-ret));
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
