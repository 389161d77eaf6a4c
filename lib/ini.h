/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Configuration files as Python's configparser reads them: for lib/config.c only.
 */
#ifndef ANYCAN_INI_H
#define ANYCAN_INI_H

#include <anycan/error.h>
#include <json-c/json.h>

/**
 * anycan_ini_parse() - read the text of a file
 * @sections: object of sections, each an object of texts; what stands in it already is replaced key
 *	by key
 * @path: for messages
 * @text: the file
 * @len: its bytes
 * @error: NULL or the reason, with file and line
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int anycan_ini_parse(struct json_object *sections, const char *path, const char *text, size_t len,
		     struct anycan_error *error);

/** anycan_ini_read() - the same for a file; one that cannot be opened has nothing in it */
int anycan_ini_read(struct json_object *sections, const char *path, struct anycan_error *error);

/**
 * anycan_ini_section() - a section with what it inherits from [DEFAULT], `%(key)s` replaced
 * @sections: as anycan_ini_parse() has filled it
 * @name: name of the section
 * @out: a new object on success, empty if there is no such section
 * @error: NULL or the reason
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int anycan_ini_section(struct json_object *sections, const char *name, struct json_object **out,
		       struct anycan_error *error);

#endif
