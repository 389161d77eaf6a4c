// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Finding and running bridged.
 */
#include "bridged.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS_MAX 256

bool bridged_find(void)
{
	char self[PATH_MAX], program[PATH_MAX + 16];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	const char *folders = getenv("PATH");

	if (getenv("ANYCAN_BRIDGED"))
		return true;
	self[len > 0 ? len : 0] = 0;
	snprintf(program, sizeof(program), "%s/bridged", len > 0 ? dirname(self) : ".");
	if (len > 0 && !access(program, X_OK))
		return !setenv("ANYCAN_BRIDGED", program, 1);
	while (folders && *folders) {
		size_t n = strcspn(folders, ":");

		snprintf(program, sizeof(program), "%.*s/bridged", (int)n, folders);
		if (!access(program, X_OK))
			return true;
		folders += n + (folders[n] == ':');
	}
	return false;
}

int bridged_exec(const char *verb, char *const *argv)
{
	const char *program, *words[WORDS_MAX + 1] = {"bridged"};
	unsigned int n = 1;

	for (; argv[n - 1] && n < WORDS_MAX; n++)
		words[n] = argv[n - 1];
	if (bridged_find()) {
		program = getenv("ANYCAN_BRIDGED");
		execvp(program && *program ? program : "bridged", (char *const *)words);
	}
	fprintf(stderr,
		"anycan %s: bridged cannot be run (%s): is it installed beside anycan, or in "
		"PATH?\n",
		verb, strerror(errno));
	return EXIT_FAILURE;
}
