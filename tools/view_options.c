// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Decode strings from command lines and files; NO_COLOR.
 */
#include "view_options.h"

#include "args.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int add(struct decode *decode, const char *text, const char *place, const char *program)
{
	const char *reason;
	int ret = decode_add(decode, text, strlen(text), &reason);

	if (!ret)
		return 0;
	fprintf(stderr, "%s: decode string '%s'%s: %s\n", program, text, place, reason);
	return ret == -EINVAL ? STATUS_USAGE : STATUS_FAILED;
}

static int add_file(struct decode *decode, const char *path, const char *program)
{
	FILE *file = fopen(path, "re");
	unsigned int number = 0;
	char *line = NULL;
	size_t size = 0;
	char place[512];
	int ret = 0;

	if (!file) {
		fprintf(stderr, "%s: %s: %s\n", program, path, strerror(errno));
		return STATUS_FAILED;
	}
	while (!ret && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "\r\n")] = '\0';
		snprintf(place, sizeof(place), " (%s:%u)", path, ++number);
		if (*line)
			ret = add(decode, line, place, program);
	}
	free(line);
	fclose(file);
	return ret;
}

bool view_is_file(const char *path)
{
	struct stat file;

	return !stat(path, &file) && S_ISREG(file.st_mode);
}

int view_take_decode(struct decode **decode, const char *word, const char *program)
{
	if (!*decode)
		*decode = decode_new();
	if (!*decode)
		return STATUS_FAILED;
	if (view_is_file(word))
		return add_file(*decode, word, program);
	return add(*decode, word, "", program);
}

bool view_is_decode(const char *word)
{
	struct decode *decode = decode_new();
	const char *reason;
	bool is = decode && !decode_add(decode, word, strlen(word), &reason);

	decode_free(decode);
	return is;
}

bool view_color_is_wanted(void)
{
	const char *no_color = getenv("NO_COLOR");

	return !(no_color && *no_color);
}
