/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Who is at the other end of a Unix socket: what the kernel noted when they connected.
 */
#ifndef BRIDGED_PEER_H
#define BRIDGED_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/** Members of this group may control bridges. */
#define BRIDGED_GROUP "can"

/** Groups of one peer that are looked at. */
#define BRIDGED_PEER_GROUPS 1024

/** struct bridged_peer - a process at the other end */
struct bridged_peer {
	uid_t uid;
	gid_t gid;
	gid_t groups[BRIDGED_PEER_GROUPS]; /**< further ones */
	size_t n_groups;
};

/** bridged_peer_get() - who connected @socket. Return: 0 or a negative errno */
int bridged_peer_get(int socket, struct bridged_peer *peer);

/** bridged_peer_is_in() - whether @peer is a member of the group */
bool bridged_peer_is_in(const struct bridged_peer *peer, gid_t gid);

/** bridged_group_find() - look a system group up. Return: whether there is one */
bool bridged_group_find(const char *name, gid_t *gid);

#endif
