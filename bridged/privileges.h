/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Giving up what the daemon no longer needs.
 */
#ifndef BRIDGED_PRIVILEGES_H
#define BRIDGED_PRIVILEGES_H

#include <stdbool.h>
#include <sys/types.h>

/** struct bridged_identity - who the daemon will be */
struct bridged_identity {
	uid_t uid;
	gid_t gid;
	bool change; /**< it starts with privileges that it gives up */
};

/**
 * bridged_identity_choose() - who to become
 * @user: a name; NULL: anycan if there is such a user, otherwise nobody
 *
 * Only root can become somebody else; everybody else stays who they are, and gives up the
 * capabilities that they were started with, if any.
 *
 * Return: 0, or -ENOENT if there is no such user.
 */
int bridged_identity_choose(struct bridged_identity *identity, const char *user);

/**
 * bridged_identity_become() - become that user, without capabilities
 * @keep_admin: keep CAP_NET_ADMIN
 *
 * Return: 0 or a negative errno.
 */
int bridged_identity_become(const struct bridged_identity *identity, bool keep_admin);

#endif
