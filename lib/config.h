/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the files of lib/config*.c share.
 */
#ifndef ANYCAN_CONFIG_INTERNAL_H
#define ANYCAN_CONFIG_INTERNAL_H

#include <anycan/config.h>
#include <json-c/json.h>
#include <stdbool.h>

struct anycan_config {
	struct json_object *values;
	struct anycan_timing timing;
	bool has_timing;
};

/** anycan_config_normalize() - check the keys that are more than text, and give them their types */
int anycan_config_normalize(struct anycan_config *config, struct anycan_error *error);

/** anycan_config_find_interface() - Return: NULL if there is no such interface */
const struct anycan_config_interface *anycan_config_find_interface(const char *name);

#endif
