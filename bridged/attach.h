/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Bridges that are started for others: whoever connects to /run/anycan/attach sends one line,
 *
 *	{"request": "attach", "words": ["ADAPTER", "NETDEV", "KEY", "VALUE", ...], "port": "PORT",
 *	 "hold": true}
 *
 * where all but the first two are optional, and is answered when the bridge is ready, or cannot
 * be. With "hold" the bridge ends with the connection. The process that serves a connection
 * becomes the bridge. Only root and members of group `can` are served, and the adapter is opened
 * with no other rights than theirs.
 */
#ifndef BRIDGED_ATTACH_H
#define BRIDGED_ATTACH_H

#include "peer.h"
#include "transport.h"

#include <stdbool.h>
#include <stddef.h>

/** Most words of one request. */
#define BRIDGED_WORDS_MAX 64

/** struct bridged_attach - whom this bridge is for; all zero = for whoever started it */
struct bridged_attach {
	bool active;
	bool hold;
	bool acting; /**< with the peer's rights */
	struct bridged_peer peer;
	struct bridged_peer self;
	struct json_object *request;	   /**< holds the words */
	char *argv[BRIDGED_WORDS_MAX + 5]; /**< the command line that it amounts to */
	int argc;
};

/**
 * bridged_attach_take() - take the request from standard input, a connected socket
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0, with .argv and .hold filled, or a negative errno.
 */
int bridged_attach_take(struct bridged_attach *attach, char *reason);

/** bridged_attach_parse() - the same of a line without its end. Return: whether it is understood */
bool bridged_attach_parse(struct bridged_attach *attach, const char *line, size_t len);

/** bridged_attach_act() - open files as the peer may, or as this process. Return: 0 or -errno */
int bridged_attach_act(struct bridged_attach *attach, bool as_peer);

/**
 * bridged_attach_answer() - tell the peer, if there is one; nothing more follows
 * @netdevs: NULL = it failed
 * @n_netdevs: how many
 * @reason: why
 */
void bridged_attach_answer(struct bridged_attach *attach, const char *const *netdevs,
			   unsigned int n_netdevs, const char *reason);

/** bridged_attach_free() - forget the request, with .argv */
void bridged_attach_free(struct bridged_attach *attach);

/**
 * bridged_attach_listen() - serve /run/anycan/attach where systemd does not
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * A process is started for each connection. Ends on SIGTERM and SIGINT; bridges go on.
 *
 * Return: 0 or a negative errno.
 */
int bridged_attach_listen(char *reason);

#endif
