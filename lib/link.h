/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the files of lib/link*.c share.
 */
#ifndef ANYCAN_LINK_INTERNAL_H
#define ANYCAN_LINK_INTERNAL_H

#include <anycan/link.h>
#include <netlink/netlink.h>

struct anycan_rtnl {
	struct nl_sock *sock;
	/* The change that anycan_link_next() is to return. */
	struct anycan_link *next;
	bool *next_deleted;
	bool have_next;
};

/** anycan_errno_of_nl() - the errno of one of libnl's errors, both negative */
int anycan_errno_of_nl(int nl_error);

#endif
