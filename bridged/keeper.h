/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What still needs privilege after the daemon has given its own up: a small process that opens
 * the adapter's device again after a replug, holds senders back, and switches the daemon's own
 * netdevs. It parses nothing that an adapter or a network peer sends, and ends with the daemon.
 *
 * Every call takes NULL for "no keeper": then the calling process acts itself.
 */
#ifndef BRIDGED_KEEPER_H
#define BRIDGED_KEEPER_H

#include "link_change.h"

#include <stdbool.h>
#include <stdint.h>

struct anycan_rtnl;
struct bridged_keeper;

/**
 * struct bridged_keeper_scope - what a keeper opens and switches; all zero = nothing
 */
struct bridged_keeper_scope {
	const char *path;		   /**< this path and serial ports below /dev */
	uint16_t vid, pid;		   /**< nodes of USB devices with this id */
	int netdevs[BRIDGED_CHANNELS_MAX]; /**< ifindexes, 0 = none; under whatever name */
};

/**
 * bridged_keeper_start() - fork the keeper; to be called before privileges are dropped
 * @out: the keeper
 * @scope: what it opens
 * @leftovers: paths to unlink when the daemon has ended, however that came; ended by NULL
 *
 * Return: 0 or a negative errno.
 */
int bridged_keeper_start(struct bridged_keeper **out, const struct bridged_keeper_scope *scope,
			 const char *const *leftovers);

/** bridged_keeper_stop() - end the keeper and wait for it */
void bridged_keeper_stop(struct bridged_keeper *keeper);

/**
 * bridged_keeper_open() - open a device node for reading and writing, without blocking
 * @path: one that is within the keeper's scope
 *
 * Return: a descriptor, or a negative errno.
 */
int bridged_keeper_open(struct bridged_keeper *keeper, const char *path);

/**
 * bridged_keeper_hold() - anycan_link_hold()
 * @rtnl: connection to use when there is no keeper; the keeper has its own, to the namespace
 *	in which it was started
 *
 * Return: 0 or a negative errno.
 */
int bridged_keeper_hold(struct bridged_keeper *keeper, struct anycan_rtnl *rtnl, int ifindex,
			bool hold, uint32_t limit);

/** bridged_keeper_delete() - anycan_link_del(), with parameters as bridged_keeper_hold() */
int bridged_keeper_delete(struct bridged_keeper *keeper, struct anycan_rtnl *rtnl, int ifindex);

/**
 * bridged_keeper_change() - begin to change a netdev
 *
 * The kernel may want the daemon to answer before it is done (port ldisc), so nobody waits here.
 *
 * Return: a descriptor from which a struct bridged_link_outcome can be read when it is done, to
 *	be closed by the caller; or a negative errno.
 */
int bridged_keeper_change(struct bridged_keeper *keeper, const struct bridged_link_change *change);

#endif
