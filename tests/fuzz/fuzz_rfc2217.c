/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libFuzzer: what a Telnet server might say to bridged/transports/rfc2217_codec.c. Whatever way
 * it is split the same must come out of it, and the input, taken as bytes of a line, must come
 * through escaping and reading unchanged. The first byte tells how it is split.
 */
#include <stdlib.h>
#include <string.h>
#include <transports/rfc2217_codec.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
	if (!condition)
		abort();
}

/* A block of exactly its size, so that the sanitizers see what goes past the end. */
static uint8_t *block(size_t size)
{
	uint8_t *bytes = malloc(size ? size : 1);

	if (!bytes)
		abort();
	return bytes;
}

/* In pieces of @step bytes, in place. Return: how much data there was, in @bytes. */
static size_t receive(struct rfc2217 *r, uint8_t *bytes, size_t len, size_t step)
{
	size_t n = 0;

	rfc2217_init(r, 115200, step & 1);
	for (size_t at = 0; at < len; at += step)
		n += rfc2217_receive(r, bytes + at, len - at < step ? len - at : step, bytes + n);
	return n;
}

static void fuzz_server(const uint8_t *data, size_t size, size_t step)
{
	uint8_t *whole = block(size), *pieces = block(size);
	struct rfc2217 a, b;
	size_t n;

	memcpy(whole, data, size);
	memcpy(pieces, data, size);
	/* The same parity of step, which picks the handshake. */
	n = receive(&a, whole, size, size + 2 + ((size ^ step) & 1));
	demand(n == receive(&b, pieces, size, step));
	demand(!memcmp(whole, pieces, n) && !memcmp(&a, &b, sizeof(a)));
	demand(a.reply_len <= sizeof(a.reply));
	demand((a.phase == RFC2217_FAILED) == (a.fault != RFC2217_FAULT_NONE));
	demand(a.phase != RFC2217_READY || !a.unconfirmed);
	free(whole);
	free(pieces);
}

static void fuzz_line(const uint8_t *data, size_t size, size_t room)
{
	uint8_t *escaped = block(room), *back = block(room);
	struct rfc2217 r;
	size_t used, n;

	rfc2217_init(&r, 115200, false);
	for (size_t at = 0; at < size; at += used) {
		n = rfc2217_escape(data + at, size - at, escaped, room, &used);
		demand(used && n <= room);
		demand(rfc2217_receive(&r, escaped, n, back) == used);
		demand(!memcmp(back, data + at, used));
	}
	free(escaped);
	free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return -1;
	fuzz_server(data + 1, size - 1, 1 + data[0] % 16U);
	fuzz_line(data + 1, size - 1, 2 + data[0]);
	return 0;
}
