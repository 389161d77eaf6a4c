// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From an address to what is behind it: an interface by its name, a netdev or the hub in its
 * place, the netdev or hub of an adapter that is bridged, or a bridge started for it.
 */
#include "bridges.h"
#include "bus_internal.h"
#include "starter.h"

#include <anycan/address.h>
#include <errno.h>
#include <string.h>

static int open_as(struct anycan_opened *opened, const struct anycan_interface *interface,
		   const char *channel, const struct anycan_bus_options *options,
		   struct anycan_error *error)
{
	opened->interface = interface;
	return interface->open(&opened->state, channel, options, error);
}

/* A netdev of the kernel; where there is none of that name, the hub that stands in for it. */
static int open_netdev(struct anycan_opened *opened, const char *netdev,
		       const struct anycan_bus_options *options, struct anycan_error *error)
{
	struct anycan_error no_hub;
	int ret = open_as(opened, anycan_interface_find("socketcan"), netdev, options, error);
	int hub;

	if ((ret != -EAFNOSUPPORT && ret != -ENODEV) || !*netdev)
		return ret;
	hub = open_as(opened, anycan_interface_find("hub"), netdev, options, &no_hub);
	/* What is wrong with a hub that is there is said; that there is none is not the point. */
	if (hub == -ENODEV && ret == -EAFNOSUPPORT)
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENODEV,
					"this kernel has no CAN, and no bridge serves a hub '%s'; "
					"start one with: bridged ADAPTER %s",
					netdev, netdev);
	if (hub && hub != -ENODEV && error)
		*error = no_hub;
	return hub == -ENODEV ? ret : hub;
}

static int open_bridged(struct anycan_opened *opened, const struct bridge *bridge,
			const struct anycan_bus_options *options, struct anycan_error *error)
{
	const char *interface = bridge->hub ? "hub" : "socketcan";
	int ret = anycan_bridge_fits(bridge, options, error);

	if (ret)
		return ret;
	return open_as(opened, anycan_interface_find(interface), bridge->netdev, options, error);
}

static int open_adapter(struct anycan_opened *opened, const char *address,
			const struct anycan_bus_options *options, struct anycan_error *error)
{
	struct bridge bridge;
	int ret = anycan_bridge_find(address, &bridge);

	if (!ret)
		return open_bridged(opened, &bridge, options, error);
	if (options->never_start)
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENODEV,
					"%s is not bridged; start a bridge with: bridged %s",
					address, address);
	ret = anycan_started_new(&opened->started, address, options, &bridge, error);
	if (ret)
		return ret;
	ret = open_bridged(opened, &bridge, options, error);
	if (ret)
		anycan_started_end(opened->started);
	return ret;
}

int anycan_bus_reach(struct anycan_opened *opened, const char *address,
		     const struct anycan_bus_options *options, struct anycan_error *error)
{
	struct anycan_address parsed = {0};
	const struct anycan_interface *interface;
	const char *reason;
	int ret = *address ? anycan_address_parse(address, &parsed, &reason) : 0;

	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, ret, "'%s': %s", address,
					reason);
	if (!*parsed.driver || !strcmp(parsed.driver, "socketcan"))
		return open_netdev(opened, parsed.rest, options, error);
	interface = anycan_interface_find(parsed.driver);
	if (interface)
		return open_as(opened, interface, parsed.rest, options, error);
	return open_adapter(opened, address, options, error);
}
