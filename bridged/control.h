/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The control socket: /run/anycan/NETDEV.ctl, beside the status socket. A client sends one line
 * of JSON, gets one line of JSON, and the connection ends:
 *
 *	{"request": "settings"}
 *	{"request": "set", "settings": [["KEY", "VALUE"], ...]}
 *	{"request": "up"}, with "settings" of the link if there are any; "down", "restart"
 *	{"request": "detach"}
 *
 * and {"ok": true, ...} or {"ok": false, "error": "SENTENCE", ...}. "netdev" names one netdev of
 * several. Settings are checked together before the first one goes to the adapter; they are all
 * the adapter's, or all the link's.
 */
#ifndef BRIDGED_CONTROL_H
#define BRIDGED_CONTROL_H

#include "adapter.h"
#include "link_request.h"
#include "peer.h"

#include <sys/un.h>

/** Connections at a time; further ones are turned away with words. */
#define BRIDGED_CONTROL_CLIENTS 8

/** Longest request. */
#define BRIDGED_REQUEST_SIZE 4096

/** Most settings in one request. */
#define BRIDGED_PAIRS_MAX 32

struct json_object;

enum bridged_client_state {
	BRIDGED_CLIENT_NONE,
	BRIDGED_CLIENT_READING,	 /**< its request is not complete */
	BRIDGED_CLIENT_CHANGING, /**< its settings are on their way into the adapter */
	BRIDGED_CLIENT_LINKING,	 /**< its change of the link is under way, or its turn comes */
};

struct bridged_control;

/** struct bridged_client - one connection */
struct bridged_client {
	struct bridged_control *control;
	enum bridged_client_state state;
	struct bridged_source source;
	struct anycan_mono deadline; /**< of READING */
	char line[BRIDGED_REQUEST_SIZE];
	size_t len;
	struct json_object *request;   /**< of CHANGING */
	struct bridged_link_wish wish; /**< of LINKING */
	struct json_object *pairs;     /**< within .request */
	size_t done;		       /**< of these */
	unsigned int channel;
};

struct bridged_control {
	struct bridged_adapter *adapter;
	uid_t uid; /**< who may use it besides root and group `can` */
	gid_t gid; /**< of that group, if .has_group */
	bool has_group;
	void *values; /**< what the driver's live options point into */
	struct bridged_source source;
	struct anycan_mono
		deadline; /**< when bridged_control_due() is to be called at the latest */
	struct bridged_client clients[BRIDGED_CONTROL_CLIENTS];
	struct bridged_client *changing; /**< whose change is with the driver */
	struct bridged_client *linking;	 /**< whose change of the link is under way */
	struct bridged_link_request link;
	bool detached; /**< the daemon ends for good, and its netdevs with it */
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
};

/**
 * bridged_control_open() - serve requests for @control->adapter
 * @status_path: the status socket's, whose name the control socket shares
 * @uid: user that the daemon will become, who may use it as well
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0 or a negative errno.
 */
int bridged_control_open(struct bridged_control *control, const char *status_path, uid_t uid,
			 char *reason);

/** bridged_control_due() - pass on the next change, end what took too long; sets .deadline */
void bridged_control_due(struct bridged_control *control);

/** bridged_control_close() - end all connections and remove the socket */
void bridged_control_close(struct bridged_control *control);

#endif
