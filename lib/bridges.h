/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The bridges that run on this machine, understood: what they say of themselves.
 */
#ifndef ANYCAN_BRIDGES_H
#define ANYCAN_BRIDGES_H

#include <anycan/bridge.h>
#include <anycan/bus.h>
#include <anycan/interface.h>

/** struct bridge - one netdev or hub of a running bridge */
struct bridge {
	char netdev[IFNAMSIZ];
	bool hub; /**< a hub, no netdev */
	char address[ANYCAN_BUS_INFO_SIZE];
	char state[20]; /**< the controller's, in ip link's words */
	bool is_open;	/**< on the bus */
	bool listen_only;
	uint32_t bitrate, data_bitrate;
};

/**
 * anycan_bridge_get() - ask the bridge that serves @netdev
 *
 * Return: 0, or -ENOENT if there is none.
 */
int anycan_bridge_get(const char *netdev, struct bridge *bridge);

/**
 * anycan_bridge_find() - the bridge of an adapter
 * @address: `slcan:/dev/ttyUSB0@115200`; other names of the same device are found, too
 *
 * Return: 0, or -ENOENT if there is none.
 */
int anycan_bridge_find(const char *address, struct bridge *bridge);

/**
 * anycan_bridge_each_hub() - call @found for every hub
 *
 * Return: 0, what @found ended with (anything but 0), or a negative errno.
 */
int anycan_bridge_each_hub(int (*found)(const char *netdev, void *arg), void *arg);

/** anycan_bridge_fits() - whether it runs as the options demand. Return: 0 or -EINVAL */
int anycan_bridge_fits(const struct bridge *bridge, const struct anycan_bus_options *options,
		       struct anycan_error *error);

#endif
