/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Numbers as Python reads, divides and prints them, as far as decode strings have them.
 */
#ifndef TOOLS_DECODE_NUMBER_H
#define TOOLS_DECODE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** struct decode_scale - what a value is divided by */
struct decode_scale {
	bool whole;
	__int128 number; /**< cut to +-10^30: a value of 64 bits divided gives the same */
	double factor;
};

/** struct decode_value - one value of a payload */
struct decode_value {
	char type;	      /**< of the format; c, s and p have only .bytes */
	const uint8_t *bytes; /**< in the payload */
	size_t len;
	bool is_float;
	__int128 number;
	double floating;
};

/** decode_id_parse() - an identifier as int(text, 16) reads it, 0 to 1FFFFFFF */
bool decode_id_parse(const char *text, size_t len, uint32_t *id);

/** decode_scale_parse() - a scale as int(text) reads it, else as float(text) does; not 0 */
bool decode_scale_parse(const char *text, size_t len, struct decode_scale *scale);

/** decode_value_set() - the number that @bits mean in .type; @size in bytes */
void decode_value_set(struct decode_value *value, uint64_t bits, unsigned int size);

/** decode_value_scale() - divide: // by a whole scale, otherwise / */
void decode_value_scale(struct decode_value *value, const struct decode_scale *scale);

/**
 * decode_value_print() - @before, and what str() or "%.6f" make of it
 *
 * Return: characters of the whole text, as snprintf().
 */
size_t decode_value_print(const struct decode_value *value, const char *before, char *buf,
			  size_t size);

#endif
