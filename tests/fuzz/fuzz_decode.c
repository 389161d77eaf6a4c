/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: a line of decode strings, apart by |, and the rest is a payload. Whatever the strings
 * are, values come out only for the length that fits, are the same twice, and are cut off at the
 * end of the room for them.
 */
#include <decode.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

static void print(const struct decode *decode, canid_t id, const uint8_t *data, size_t len)
{
	static char values[64 * 1024];
	char few[16];
	int n = decode_print(decode, id, data, len, values, sizeof(values));
	int again = decode_print(decode, id, data, len, few, sizeof(few));

	demand(n == again);
	if (n < 0) {
		demand(n == -ENOENT || n == -EMSGSIZE);
		return;
	}
	demand(len || !n);
	demand(strlen(values) == (size_t)n);
	demand(strlen(few) == (n < 15 ? (size_t)n : 15));
	demand(!strncmp(few, values, strlen(few)));
}

static void add(struct decode *decode, const char *text, size_t len)
{
	size_t before = decode_count(decode);
	const char *reason = NULL;
	int ret = decode_add(decode, text, len, &reason);

	demand(!ret || (ret == -EINVAL && reason));
	demand(decode_count(decode) <= before + !ret);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *line_end = memchr(data, '\n', size);
	const char *text = (const char *)data, *end = (const char *)line_end;
	struct decode *decode = decode_new();

	demand(decode);
	while (line_end && text < end) {
		const char *bar = memchr(text, '|', (size_t)(end - text));
		const char *stop = bar ? bar : end;

		add(decode, text, (size_t)(stop - text));
		text = stop + 1;
	}
	if (line_end) {
		size_t len = size - (size_t)(line_end + 1 - data);

		for (canid_t id = 0; id < 4; id++)
			print(decode, id, line_end + 1,
			      len < CANFD_MAX_DLEN ? len : CANFD_MAX_DLEN);
	}
	decode_free(decode);
	return 0;
}
