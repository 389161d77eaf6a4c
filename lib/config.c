// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Configurations: their sources, and the keys that are more than text.
 */
#include "config.h"
#include "ini.h"

#include <errno.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What anycan_config_set_rc() has set; NULL = nothing. */
static struct json_object *rc;
static pthread_mutex_t rc_lock = PTHREAD_MUTEX_INITIALIZER;

static struct json_object *new_text(const char *text)
{
	return text ? json_object_new_string(text) : NULL;
}

int anycan_config_set_rc(const char *key, const char *value)
{
	int ret = 0;

	pthread_mutex_lock(&rc_lock);
	if (!rc)
		rc = json_object_new_object();
	if (!rc)
		ret = -ENOMEM;
	else if (!value)
		json_object_object_del(rc, key);
	else if (json_object_object_add(rc, key, new_text(value)))
		ret = -ENOMEM;
	pthread_mutex_unlock(&rc_lock);
	return ret;
}

/* As Python sees it: null, false, 0, and all that is empty. */
static bool is_nothing(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_object:
		return !json_object_object_length(value);
	case json_type_array:
		return !json_object_array_length(value);
	default:
		return !json_object_get_boolean(value);
	}
}

/* Take over the keys that no source before had. @source is changed. */
static void add_source(struct json_object *values, struct json_object *source)
{
	struct json_object *bustype, *interface = NULL;

	if (json_object_object_get_ex(source, "bustype", &bustype)) {
		json_object_object_get_ex(source, "interface", &interface);
		if (is_nothing(interface))
			json_object_object_add(source, "interface", json_object_get(bustype));
		json_object_object_del(source, "bustype");
	}
	json_object_object_foreach(source, key, value)
	{
		if (!json_object_object_get_ex(values, key, NULL))
			json_object_object_add(values, key, json_object_get(value));
	}
}

static int add_arguments(struct json_object *values, const struct anycan_config_item *item)
{
	struct json_object *source = json_object_new_object();

	for (; item && item->key; item++)
		json_object_object_add(source, item->key, new_text(item->value));
	add_source(values, source);
	json_object_put(source);
	return 0;
}

static void add_rc(struct json_object *values)
{
	struct json_object *source = NULL;

	pthread_mutex_lock(&rc_lock);
	if (rc)
		json_object_deep_copy(rc, &source, NULL);
	pthread_mutex_unlock(&rc_lock);
	if (source)
		add_source(values, source);
	json_object_put(source);
}

static const char *get_variable(const char *name, const char *context, char *full, size_t size)
{
	snprintf(full, size, "%s%s%s", name, context ? "_" : "", context ? context : "");
	return getenv(full);
}

/* CAN_CONFIG. Return: 0 with an object of its keys, or a negative errno. */
static int read_variable(const char *context, struct json_object **out, struct anycan_error *error)
{
	struct json_tokener *tokener;
	char name[256];
	const char *text = get_variable("CAN_CONFIG", context, name, sizeof(name));

	if (!text) {
		*out = json_object_new_object();
		return 0;
	}
	tokener = json_tokener_new();
	if (!tokener)
		return -ENOMEM;
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	/* The NUL, too: only then a number is known to have ended. */
	*out = json_tokener_parse_ex(tokener, text, (int)strlen(text) + 1);
	json_tokener_free(tokener);
	if (json_object_is_type(*out, json_type_object))
		return 0;
	json_object_put(*out);
	return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				"%s is no JSON object such as {\"fd\": true}: %.80s", name, text);
}

static int add_environment(struct json_object *values, const char *context,
			   struct anycan_error *error)
{
	static const struct {
		const char *key, *variable;
	} singles[] = {
		{"interface", "CAN_INTERFACE"},
		{"channel", "CAN_CHANNEL"},
		{"bitrate", "CAN_BITRATE"},
	};
	struct json_object *source;
	char name[256];
	int ret = read_variable(context, &source, error);

	if (ret)
		return ret;
	for (size_t i = 0; i < sizeof(singles) / sizeof(singles[0]); i++) {
		const char *value = get_variable(singles[i].variable, context, name, sizeof(name));

		if (value && *value)
			json_object_object_add(source, singles[i].key, new_text(value));
	}
	add_source(values, source);
	json_object_put(source);
	return 0;
}

static int add_section(struct json_object *values, struct json_object *sections, const char *name,
		       struct anycan_error *error)
{
	struct json_object *source;
	int ret = anycan_ini_section(sections, name, &source, error);

	if (ret)
		return ret;
	add_source(values, source);
	json_object_put(source);
	return 0;
}

static int read_home_file(struct json_object *sections, const char *name,
			  struct anycan_error *error)
{
	const char *home = getenv("HOME");
	struct passwd *user = home ? NULL : getpwuid(getuid());
	size_t len;
	char *path;
	int ret;

	if (user)
		home = user->pw_dir;
	if (!home)
		return 0;
	len = strlen(home);
	while (len && home[len - 1] == '/')
		len--;
	if (asprintf(&path, "%.*s/%s", (int)len, home, name) < 0)
		return -ENOMEM;
	ret = anycan_ini_read(sections, path, error);
	free(path);
	return ret;
}

static int read_files(struct json_object *sections, const char *path, struct anycan_error *error)
{
	int ret;

	if (path)
		return anycan_ini_read(sections, path, error);
	ret = read_home_file(sections, "can.conf", error);
	if (!ret)
		ret = anycan_ini_read(sections, "/etc/can.conf", error);
	if (!ret)
		ret = read_home_file(sections, ".can", error);
	if (!ret)
		ret = read_home_file(sections, ".canrc", error);
	return ret;
}

static int add_files(struct json_object *values, const struct anycan_config_source *source,
		     struct anycan_error *error)
{
	struct json_object *sections = json_object_new_object();
	int ret = read_files(sections, source->path, error);

	if (!ret && source->context)
		ret = add_section(values, sections, source->context, error);
	if (!ret)
		ret = add_section(values, sections, "default", error);
	json_object_put(sections);
	return ret;
}

static int gather(struct json_object *values, const struct anycan_config_source *source,
		  struct anycan_error *error)
{
	int ret = add_arguments(values, source->arguments);

	add_rc(values);
	if (!ret && source->context && *source->context)
		ret = add_environment(values, source->context, error);
	if (!ret)
		ret = add_environment(values, NULL, error);
	if (!ret)
		ret = add_files(values, source, error);
	return ret;
}

int anycan_config_load(struct anycan_config **out, const struct anycan_config_source *source,
		       struct anycan_error *error)
{
	static const struct anycan_config_source nothing;
	struct anycan_config *config = calloc(1, sizeof(*config));
	int ret;

	if (!config)
		return -ENOMEM;
	config->values = json_object_new_object();
	ret = config->values ? gather(config->values, source ? source : &nothing, error) : -ENOMEM;
	if (!ret)
		ret = anycan_config_normalize(config, error);
	if (ret) {
		anycan_config_free(config);
		return ret;
	}
	*out = config;
	return 0;
}

void anycan_config_free(struct anycan_config *config)
{
	if (!config)
		return;
	json_object_put(config->values);
	free(config);
}

static const char *to_text(struct json_object *value)
{
	if (!value || json_object_is_type(value, json_type_string))
		return value ? json_object_get_string(value) : NULL;
	return json_object_to_json_string_ext(value, JSON_C_TO_STRING_PLAIN);
}

const char *anycan_config_get(const struct anycan_config *config, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(config->values, key, &value);
	return to_text(value);
}

const struct anycan_timing *anycan_config_timing(const struct anycan_config *config)
{
	return config->has_timing ? &config->timing : NULL;
}

int anycan_config_each(const struct anycan_config *config,
		       int (*each)(const char *key, const char *value, void *arg), void *arg)
{
	int ret = 0;

	json_object_object_foreach(config->values, key, value)
	{
		ret = each(key, to_text(value), arg);
		if (ret)
			break;
	}
	return ret;
}

int anycan_config_print(const struct anycan_config *config, char *buf, size_t size)
{
	return snprintf(buf, size, "%s",
			json_object_to_json_string_ext(config->values, JSON_C_TO_STRING_PLAIN));
}
