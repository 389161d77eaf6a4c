/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Requests that come over sockets.
 */
#include "request.h"

#include <json-c/json.h>
#include <limits.h>

/* Deeper than any request. */
#define JSON_DEPTH 4

struct json_object *bridged_request_parse(const char *line, size_t len)
{
	struct json_tokener *parser = len < INT_MAX ? json_tokener_new_ex(JSON_DEPTH) : NULL;
	struct json_object *request;

	if (!parser)
		return NULL;
	request = json_tokener_parse_ex(parser, line, (int)len);
	if (json_tokener_get_parse_end(parser) != len ||
	    !json_object_is_type(request, json_type_object)) {
		json_object_put(request);
		request = NULL;
	}
	json_tokener_free(parser);
	return request;
}

const char *bridged_request_text(struct json_object *value)
{
	const char *text;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	text = json_object_get_string(value);
	for (int i = 0; i < json_object_get_string_len(value); i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return NULL;
	return text;
}
