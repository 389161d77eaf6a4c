/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Payload to values by python-can's decode strings, `ID:FORMAT[:SCALE...]`: FORMAT is one of
 * Python's module struct, each value is divided by its scale. Pure: no file, clock or log.
 * Sources: python-can 4.1's help text of can.viewer; the Python Library Reference, struct.
 */
#ifndef TOOLS_DECODE_H
#define TOOLS_DECODE_H

#include <linux/can.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most values that one string may give. */
#define DECODE_VALUES_MAX 128

/** struct decode - what the strings say, by identifier */
struct decode;

/** decode_new() - nothing to decode yet; NULL without memory */
struct decode *decode_new(void);

/** decode_free() - NULL is fine */
void decode_free(struct decode *decode);

/**
 * decode_add() - take a decode string
 * @decode: gets it; an earlier one for the same identifier is replaced
 * @text: `100:<BHL`, `101:<BHL:1:10.0:100.0`
 * @len: characters of @text
 * @reason: set to a static sentence on failure
 *
 * A whole scale divides as Python's // does, another one as /. Values behind the last scale are
 * not shown if there is any scale, as in python-can.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int decode_add(struct decode *decode, const char *text, size_t len, const char **reason);

/** decode_count() - for how many identifiers there are strings */
size_t decode_count(const struct decode *decode);

/**
 * decode_print() - the values of a frame, as python-can's viewer prints them
 * @decode: strings
 * @can_id: the frame's; flags do not count, nor does the format of the frame
 * @data: payload
 * @len: its bytes
 * @buf: gets the values, separated by blanks, and a NUL; floating numbers have 6 decimals
 * @size: bytes in @buf; what does not fit is cut off
 *
 * Return: characters of the whole text, as snprintf(); 0 for an empty payload; -ENOENT if there is
 * no string for this identifier; -EMSGSIZE if the payload is not as long as FORMAT.
 */
int decode_print(const struct decode *decode, canid_t can_id, const uint8_t *data, size_t len,
		 char *buf, size_t size);

#endif
