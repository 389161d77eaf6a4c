/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Asking running bridged daemons for their status.
 */
#ifndef TOOLS_DAEMON_H
#define TOOLS_DAEMON_H

#include <json-c/json.h>

/**
 * daemon_status() - the status of the daemon that serves @netdev
 * @status: set on success; json_object_put() when done
 *
 * Return: 0; -ENOENT if none serves it; or another negative errno.
 */
int daemon_status(const char *netdev, struct json_object **status);

/**
 * daemon_each() - the status of every daemon, in order of the first netdev's name
 * @each: gets the status; returns 0 to go on
 *
 * Return: how many there are, or a negative errno.
 */
int daemon_each(int (*each)(struct json_object *status, void *arg), void *arg);

/** daemon_text() - the text of @key in @object, or @fallback */
const char *daemon_text(struct json_object *object, const char *key, const char *fallback);

#endif
