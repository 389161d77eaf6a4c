// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What running bridges say, as JSON.
 */
#include "daemon.h"

#include <anycan/bridge.h>
#include <errno.h>
#include <stdlib.h>

/* Return: 0, or -EPROTO if the line is no JSON; it is freed. */
static int parse(char *line, struct json_object **object)
{
	*object = json_tokener_parse(line);
	free(line);
	return json_object_is_type(*object, json_type_object) ? 0 : -EPROTO;
}

int daemon_status(const char *netdev, struct json_object **status)
{
	char *line;
	int ret = anycan_bridge_status(netdev, &line);

	return ret ? ret : parse(line, status);
}

int daemon_request(const char *netdev, struct json_object *request, int patience_s,
		   struct json_object **answer)
{
	const char *text = json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN);
	char *line;
	int ret = anycan_bridge_request(netdev, text, patience_s * 1000, &line);

	return ret ? ret : parse(line, answer);
}

struct telling {
	int (*each)(struct json_object *status, void *arg);
	void *arg;
	int found;
};

static int tell(char *status, void *arg)
{
	struct json_object *object = json_tokener_parse(status);
	struct telling *telling = arg;
	int ret = 0;

	if (json_object_is_type(object, json_type_object)) {
		ret = telling->each(object, telling->arg);
		telling->found++;
	}
	json_object_put(object);
	return ret;
}

int daemon_each(int (*each)(struct json_object *status, void *arg), void *arg)
{
	struct telling telling = {.each = each, .arg = arg};
	int ret = anycan_bridge_each(tell, &telling);

	return ret < 0 ? ret : telling.found;
}

const char *daemon_text(struct json_object *object, const char *key, const char *fallback)
{
	struct json_object *value;

	return object && json_object_object_get_ex(object, key, &value)
		       ? json_object_get_string(value)
		       : fallback;
}

static struct json_object *new_pairs(int n, char **words)
{
	struct json_object *pairs = json_object_new_array();

	for (int i = 0; i < n; i++) {
		struct json_object *pair = json_object_new_array();

		json_object_array_add(pair, json_object_new_string(words[2 * i]));
		json_object_array_add(pair, json_object_new_string(words[2 * i + 1]));
		json_object_array_add(pairs, pair);
	}
	return pairs;
}

struct json_object *daemon_new_request(const char *name, const char *netdev, int n, char **words)
{
	struct json_object *request = json_object_new_object();

	json_object_object_add(request, "request", json_object_new_string(name));
	json_object_object_add(request, "netdev", json_object_new_string(netdev));
	if (n)
		json_object_object_add(request, "settings", new_pairs(n, words));
	return request;
}

bool daemon_agrees(struct json_object *answer)
{
	struct json_object *ok;

	return json_object_object_get_ex(answer, "ok", &ok) && json_object_get_boolean(ok);
}
