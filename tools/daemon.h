/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Asking running bridged daemons for their status, and for changes.
 */
#ifndef TOOLS_DAEMON_H
#define TOOLS_DAEMON_H

#include <json-c/json.h>
#include <stdbool.h>

/**
 * daemon_status() - the status of the daemon that serves @netdev
 * @status: set on success; json_object_put() when done
 *
 * Return: 0; -ENOENT if none serves it; or another negative errno.
 */
int daemon_status(const char *netdev, struct json_object **status);

/**
 * daemon_request() - have the daemon do something
 * @netdev: one that the daemon serves
 * @request: one line; see bridged(8)
 * @patience_s: seconds to wait for the answer
 * @answer: set on success; json_object_put() when done
 *
 * Return: 0 if there is an answer, be it a refusal; -ENOENT if no daemon serves it; or another
 *	negative errno.
 */
int daemon_request(const char *netdev, struct json_object *request, int patience_s,
		   struct json_object **answer);

/**
 * daemon_each() - the status of every daemon, in order of the first netdev's name
 * @each: gets the status; returns 0 to go on
 *
 * Return: how many there are, or a negative errno.
 */
int daemon_each(int (*each)(struct json_object *status, void *arg), void *arg);

/** daemon_text() - the text of @key in @object, or @fallback */
const char *daemon_text(struct json_object *object, const char *key, const char *fallback);

/** daemon_new_request() - a request about @netdev with @n settings, of which @words has 2 * @n */
struct json_object *daemon_new_request(const char *name, const char *netdev, int n, char **words);

/** daemon_agrees() - whether an answer is no refusal */
bool daemon_agrees(struct json_object *answer);

#endif
