/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Requests that come over sockets: one line with one JSON object.
 */
#ifndef BRIDGED_REQUEST_H
#define BRIDGED_REQUEST_H

#include <stddef.h>

struct json_object;

/**
 * bridged_request_parse() - understand a line
 * @line: without its line end; nothing may follow the object
 *
 * Return: the object, to be given to json_object_put(), or NULL if it is none.
 */
struct json_object *bridged_request_parse(const char *line, size_t len);

/**
 * bridged_request_text() - a text of it
 *
 * Return: one without line ends and other control characters, which are not for the log, and
 *	without an end before the end; or NULL if @value is none.
 */
const char *bridged_request_text(struct json_object *value);

#endif
