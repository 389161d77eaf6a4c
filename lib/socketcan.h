/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a bus on a netdev asks of rtnetlink.
 */
#ifndef ANYCAN_SOCKETCAN_H
#define ANYCAN_SOCKETCAN_H

#include <anycan/bus.h>

/**
 * anycan_socketcan_fits() - whether the netdev runs as the options demand
 *
 * Return: 0, or -EINVAL with both bit rates named.
 */
int anycan_socketcan_fits(const char *netdev, const struct anycan_bus_options *options,
			  struct anycan_error *error);

/** anycan_socketcan_get_state() - as struct anycan_interface.get_state */
int anycan_socketcan_get_state(const char *netdev, enum anycan_bus_state *state);

/** anycan_socketcan_set_state() - as struct anycan_interface.set_state */
int anycan_socketcan_set_state(const char *netdev, enum anycan_bus_state state,
			       struct anycan_error *error);

/** anycan_socketcan_detect() - as struct anycan_interface.detect */
int anycan_socketcan_detect(int (*found)(const char *channel, void *arg), void *arg);

#endif
