/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Who is at the other end: SO_PEERCRED and SO_PEERGROUPS, unix(7).
 */
#include "peer.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int bridged_peer_get(int socket, struct bridged_peer *peer)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	*peer = (struct bridged_peer){0};
	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &cred, &len))
		return -errno;
	peer->uid = cred.uid;
	peer->gid = cred.gid;
	len = sizeof(peer->groups);
	/* Of somebody with still more groups only the first one counts. */
	if (!getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer->groups, &len))
		peer->n_groups = len / sizeof(peer->groups[0]);
	return 0;
}

bool bridged_peer_is_in(const struct bridged_peer *peer, gid_t gid)
{
	for (size_t i = 0; i < peer->n_groups; i++)
		if (peer->groups[i] == gid)
			return true;
	return peer->gid == gid;
}

/* From /etc/group itself, as the daemon's user is found. */
bool bridged_group_find(const char *name, gid_t *gid)
{
	FILE *groups = fopen("/etc/group", "re");
	const struct group *entry;
	bool found = false;

	if (!groups)
		return false;
	while (!found && (entry = fgetgrent(groups))) {
		found = !strcmp(entry->gr_name, name);
		*gid = entry->gr_gid;
	}
	fclose(groups);
	return found;
}
