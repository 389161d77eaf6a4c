/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Changing a netdev as `ip link` does, in a process of its own: the kernel may want the daemon to
 * answer before it is done (port ldisc), so the daemon must not be the one who waits.
 */
#ifndef BRIDGED_LINK_CHANGE_H
#define BRIDGED_LINK_CHANGE_H

#include "driver.h"

#include <anycan/link.h>

/** Most frames that a netdev's queue is allowed by a request. */
#define BRIDGED_TXQUEUELEN_MAX 65536

/**
 * struct bridged_link_change - what is to be done to a netdev, in this order; 0 = leave it
 */
struct bridged_link_change {
	int ifindex;
	bool down;
	uint32_t mtu;
	uint32_t txqueuelen;
	bool set;			  /**< .settings are for its controller */
	struct bridged_settings settings; /**< what is 0 stays as it is */
	bool restart;			  /**< after bus-off */
	bool up;
};

enum bridged_link_step {
	BRIDGED_LINK_FOUND, /**< it is none of the daemon's, or in another network namespace */
	BRIDGED_LINK_DOWN,
	BRIDGED_LINK_MTU,
	BRIDGED_LINK_TXQUEUELEN,
	BRIDGED_LINK_SET,
	BRIDGED_LINK_RESTART,
	BRIDGED_LINK_UP,
};

/** struct bridged_link_outcome - what became of a change */
struct bridged_link_outcome {
	int error;		     /**< 0 or a negative errno */
	enum bridged_link_step step; /**< at which it failed; what came before was done */
};

/**
 * bridged_link_known() - what is to be known of a netdev to recognize it later
 * @link: filled; its ifindex is 0 if there is none
 */
void bridged_link_known(int ifindex, struct anycan_link *link);

/**
 * bridged_link_change_begin() - begin to change a netdev
 * @known: what it was like; one that is another now is not touched
 *
 * Return: a descriptor from which a struct bridged_link_outcome can be read when it is done, to
 *	be closed by the caller; or a negative errno.
 */
int bridged_link_change_begin(const struct bridged_link_change *change,
			      const struct anycan_link *known);

#endif
