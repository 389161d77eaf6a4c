/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the files of the bus know of each other.
 */
#ifndef ANYCAN_BUS_INTERNAL_H
#define ANYCAN_BUS_INTERNAL_H

#include <anycan/interface.h>

extern const struct anycan_interface anycan_hub_interface;
extern const struct anycan_interface anycan_socketcan_interface;
extern const struct anycan_interface anycan_virtual_interface;

/** struct anycan_started - a bridge that was started for a bus */
struct anycan_started;

/** struct anycan_opened - what an address led to */
struct anycan_opened {
	const struct anycan_interface *interface;
	void *state;
	struct anycan_started *started;
};

/**
 * anycan_bus_reach() - find the interface for an address and open it
 *
 * Return: 0 or a negative errno.
 */
int anycan_bus_reach(struct anycan_opened *opened, const char *address,
		     const struct anycan_bus_options *options, struct anycan_error *error);

/** anycan_started_end() - end a bridge; NULL is fine */
void anycan_started_end(struct anycan_started *started);

#endif
