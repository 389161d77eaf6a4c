/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Bridges that the library starts for the life of a bus.
 */
#ifndef ANYCAN_STARTER_H
#define ANYCAN_STARTER_H

#include "bridges.h"
#include "bus_internal.h"

/**
 * anycan_started_new() - start `bridged` for an adapter, and wait until it is ready
 * @started: set on success; anycan_started_end() ends the bridge
 * @address: of the adapter
 * @options: the bit rates, FD, listen-only and further settings are the bridge's
 * @bridge: filled: where the adapter is bridged to
 *
 * Who is not root asks at /run/anycan/attach first, where somebody serves that. Otherwise
 * the program is `bridged` in PATH, or what ANYCAN_BRIDGED names. Without privilege, or without
 * CAN in the kernel, the bridge is a hub.
 *
 * Return: 0 or a negative errno.
 */
int anycan_started_new(struct anycan_started **started, const char *address,
		       const struct anycan_bus_options *options, struct bridge *bridge,
		       struct anycan_error *error);

#endif
