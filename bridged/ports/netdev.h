/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the ports share: the netdev that applications see.
 */
#ifndef BRIDGED_NETDEV_H
#define BRIDGED_NETDEV_H

#include "port.h"

#include <anycan/link.h>

/** netdev_refused() - put into words why @name could not be made or used. Return: @error */
int netdev_refused(const char *name, const char *kind, int error, char *reason);

/** netdev_taken() - put into words that @link has the name that was asked for. Return: -EEXIST */
int netdev_taken(const struct anycan_link *link, char *reason);

/** netdev_label() - set the alias that says whose netdev it is. Return: 0 or a negative errno */
int netdev_label(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config);

/** netdev_dress() - set MTU and alias as @config says. Return: 0 or a negative errno */
int netdev_dress(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config);

/**
 * netdev_redress() - the same on a netdev in use, whose MTU may have to stay
 *
 * Return: 0 or a negative errno.
 */
int netdev_redress(struct anycan_rtnl *rtnl, int ifindex, const struct bridged_port_config *config);

/**
 * netdev_steer() - have one processor take all that arrives on @name
 * @netns: namespace of the netdev; -1 = the current one
 *
 * Otherwise each processor on which a sender happens to run has a queue of its own, and frames
 * of a sender that is moved, or is released by somebody else, overtake each other.
 *
 * Return: 0 or a negative errno.
 */
int netdev_steer(const char *name, int netns);

/**
 * netdev_deepen_backlog() - let more frames wait for a processor than the kernel's default
 *
 * The limit (net.core.netdev_max_backlog) is one for the whole system; it is only ever raised.
 *
 * Return: 0 or a negative errno.
 */
int netdev_deepen_backlog(void);

/** netdev_is_ours() - whether a bridged made @link for the adapter of @config */
bool netdev_is_ours(const struct anycan_link *link, const struct bridged_port_config *config);

#endif
