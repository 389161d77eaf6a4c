// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Lets a script put decode strings to the tools' decoder: on standard input one question per line,
 * `ID` in hex, payload in hex or `-`, and the string, apart by tabs. The answer is a line with the
 * values, `refused WORDS`, `unknown` or `length`.
 */
#include "../../tools/decode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t take_payload(const char *text, uint8_t *data)
{
	size_t len = 0;
	unsigned int byte;

	for (; len < CANFD_MAX_DLEN && sscanf(text, "%2x", &byte) == 1; text += 2)
		data[len++] = (uint8_t)byte;
	return len;
}

static void answer(const char *id, const char *payload, const char *string)
{
	static char values[64 * 1024];
	struct decode *decode = decode_new();
	uint8_t data[CANFD_MAX_DLEN];
	const char *reason;
	int ret;

	if (!decode)
		abort();
	if (decode_add(decode, string, strlen(string), &reason)) {
		printf("refused %s\n", reason);
	} else {
		ret = decode_print(decode, (canid_t)strtoul(id, NULL, 16), data,
				   take_payload(payload, data), values, sizeof(values));
		printf("%s\n", ret == -ENOENT ? "unknown" : ret == -EMSGSIZE ? "length" : values);
	}
	decode_free(decode);
}

int main(void)
{
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		char *payload = strchr(line, '\t'),
		     *string = payload ? strchr(payload + 1, '\t') : NULL;

		line[strcspn(line, "\n")] = '\0';
		if (!string)
			return 1;
		*payload++ = '\0';
		*string++ = '\0';
		answer(line, payload, string);
	}
	return 0;
}
