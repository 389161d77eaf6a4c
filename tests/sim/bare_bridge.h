/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A bridge without a netdev: the daemon's engine, driver and transport, with functions of the
 * caller in the place of applications. For machines without CAN in the kernel, and to measure
 * what is left without it.
 */
#ifndef TESTS_SIM_BARE_BRIDGE_H
#define TESTS_SIM_BARE_BRIDGE_H

#include <adapter.h>
#include <config.h>

/** struct bare_port - in place of the netdev; all but .base is the caller's */
struct bare_port {
	struct bridged_port base;
	int fd;	   /**< readable when there may be frames to send */
	bool down; /**< as a netdev that was set down */

	/** send() - frames that were received */
	void (*send)(struct bare_port *port, const struct anycan_frame *frames, unsigned int n);

	/** recv() - up to @max frames for the adapter. Return: how many */
	unsigned int (*recv)(struct bare_port *port, struct anycan_frame *frames, unsigned int max);
	void *arg;
};

struct bare_bridge {
	struct bridged_config config;
	struct bridged_loop loop;
	struct bridged_adapter adapter;
	struct bare_port port; /**< of channel 0 */
	char reason[BRIDGED_REASON_SIZE];
};

/**
 * bare_bridge_open() - reach the adapter and have it on the bus
 * @bridge: cleared, with .port filled
 * @argc, @argv: as those of bridged, without netdevs
 *
 * Return: 0, or -1 with .reason filled.
 */
int bare_bridge_open(struct bare_bridge *bridge, int argc, char **argv);

/** bare_bridge_run() - serve until .loop.stop is set or @until */
void bare_bridge_run(struct bare_bridge *bridge, struct anycan_mono until);

/** bare_bridge_is_open() - whether the adapter takes part in the bus */
bool bare_bridge_is_open(const struct bare_bridge *bridge);

void bare_bridge_close(struct bare_bridge *bridge);

#endif
