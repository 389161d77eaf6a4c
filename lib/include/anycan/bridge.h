/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Asking the bridges that run on this machine what they do, and for changes: lines of JSON on
 * sockets in /run/anycan, or where ANYCAN_RUN_DIR says, and in the folder of this user
 * ($XDG_RUNTIME_DIR/anycan). bridged(8) says what is in those lines.
 *
 * Every text handed out is allocated by malloc() and freed by the caller. Any thread may call.
 */
#ifndef ANYCAN_BRIDGE_H
#define ANYCAN_BRIDGE_H

#include <anycan/export.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the path of a socket with its NUL. */
#define ANYCAN_BRIDGE_PATH_SIZE 108

/**
 * anycan_bridge_dir() - folders with sockets, in the order in which they are looked at
 * @index: 0, 1 ...
 * @dir: room for ANYCAN_BRIDGE_PATH_SIZE bytes
 *
 * Return: whether there is one of this index.
 */
ANYCAN_API bool anycan_bridge_dir(unsigned int index, char *dir);

/**
 * anycan_bridge_each() - the status of every bridge, in order of the folders and their sockets
 * @each: gets a line of JSON, its own to change; returns 0 to go on, anything else to end
 * @arg: handed to @each
 *
 * A bridge that does not answer within 2 s is passed over.
 *
 * Return: 0, what @each ended with, or -ENOMEM.
 */
ANYCAN_API int anycan_bridge_each(int (*each)(char *status, void *arg), void *arg);

/**
 * anycan_bridge_status() - the status of the bridge that serves a netdev
 * @netdev: any of those that it serves; of several bridges for one netdev the first is asked,
 *	`vcan0.2` names the second
 * @status: set on success
 *
 * Return: 0; -ENOENT if none serves it; -ETIMEDOUT if it does not answer within 2 s; or another
 *	negative errno.
 */
ANYCAN_API int anycan_bridge_status(const char *netdev, char **status);

/**
 * anycan_bridge_request() - have the bridge that serves a netdev do something
 * @netdev: as for anycan_bridge_status()
 * @request: a JSON object in one line, without a line end
 * @timeout_ms: how long to wait for the answer
 * @answer: set on success
 *
 * Only root, the bridge's own user and members of group `can` get more than a refusal.
 *
 * Return: 0 if there is an answer, be it a refusal; errors as of anycan_bridge_status().
 */
ANYCAN_API int anycan_bridge_request(const char *netdev, const char *request, int timeout_ms,
				     char **answer);

/**
 * anycan_bridge_attach() - ask whoever starts bridges for others to start one
 * @request: as for anycan_bridge_request()
 * @timeout_ms: how long to wait until the bridge is there
 * @answer: set on success
 * @held: NULL; or set to a descriptor, or -1: a bridge that was asked for with `hold` lives while
 *	it is open
 *
 * Return: 0 if there is an answer, be it a refusal; -ENOENT if nobody does that here (see
 *	bridged(8)); or another negative errno.
 */
ANYCAN_API int anycan_bridge_attach(const char *request, int timeout_ms, char **answer, int *held);

#ifdef __cplusplus
}
#endif

#endif
