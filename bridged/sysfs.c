// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Reading sysfs.
 */
#include "sysfs.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *sysfs_root(void)
{
	const char *root = getenv("ANYCAN_SYSFS");

	return root && *root ? root : "/sys";
}

void sysfs_read_text(const char *device, const char *attribute, char *text, size_t size)
{
	char path[PATH_MAX];
	FILE *file;

	text[0] = 0;
	snprintf(path, sizeof(path), "%s/%s", device, attribute);
	file = fopen(path, "re");
	if (!file)
		return;
	if (!fgets(text, (int)size, file))
		text[0] = 0;
	fclose(file);
	text[strcspn(text, "\n")] = 0;
}

unsigned long sysfs_read_number(const char *device, const char *attribute, int base)
{
	char text[32];

	sysfs_read_text(device, attribute, text, sizeof(text));
	return strtoul(text, NULL, base);
}

bool sysfs_has(const char *device, const char *attribute)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", device, attribute);
	return !access(path, F_OK);
}

void sysfs_link_name(const char *device, const char *link, char *name, size_t size)
{
	char path[PATH_MAX], target[PATH_MAX];
	const char *slash;
	ssize_t len;

	name[0] = 0;
	snprintf(path, sizeof(path), "%s/%s", device, link);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = 0;
	slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : target);
}
