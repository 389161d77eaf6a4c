/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Network namespaces for the daemon's ends of netdev pairs.
 */
#ifndef BRIDGED_NETNS_H
#define BRIDGED_NETNS_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * netns_new() - make an empty network namespace; it lives as long as somebody holds it
 * @uid: user who is to administer it, through a user namespace of its own
 * @gid: that user's group
 * @owned: whether that worked: otherwise only the initial user namespace's CAP_NET_ADMIN does
 *
 * Return: a descriptor, or a negative errno.
 */
int netns_new(uid_t uid, gid_t gid, bool *owned);

/**
 * netns_of() - the network namespace of a socket
 * @uid: set to the user who administers it
 *
 * Return: a descriptor, or a negative errno.
 */
int netns_of(int socket, uid_t *uid);

/**
 * netns_call() - have @work done in @netns, by the same process as far as its memory and its
 * descriptors go: sockets that it makes are sockets of that namespace
 * @work: may be without the capabilities that this process has outside
 *
 * Needs CAP_SYS_ADMIN, or to be the user who administers @netns.
 *
 * Return: what @work returned, or a negative errno.
 */
int netns_call(int netns, int (*work)(void *arg), void *arg);

/**
 * netns_write_sysfs() - write @text into the file @path of a namespace's own sysfs
 * @netns: the namespace, -1 = the current one
 * @path: below /sys
 *
 * Return: 0 or a negative errno.
 */
int netns_write_sysfs(int netns, const char *path, const char *text);

#endif
