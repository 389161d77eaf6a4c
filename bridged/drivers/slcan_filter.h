/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Acceptance filters: the option `filter` and what each dialect makes of it. The adapter passes
 * at least what is wanted, to save the serial line; the driver drops the rest.
 */
#ifndef SLCAN_FILTER_H
#define SLCAN_FILTER_H

#include "filter.h"
#include "slcan_dialect.h"

#include <anycan/string.h>

/** Most filters of any dialect. */
#define SLCAN_FILTERS_MAX 8

struct slcan_filters {
	struct filter list[SLCAN_FILTERS_MAX];
	unsigned int n; /**< 0: everything passes */
};

/**
 * slcan_filters_parse() - read `123:7FF,18FF0000:1FFF0000`
 * @filters: set on success
 * @text: identifiers of up to 3 digits are 11 bits, of 8 digits 29 bits; without a mask all bits
 *	count
 *
 * Return: whether @text is such a list.
 */
bool slcan_filters_parse(struct slcan_filters *filters, const char *text);

/** slcan_filters_pass() - whether a received frame is wanted */
bool slcan_filters_pass(const struct slcan_filters *filters, canid_t can_id);

/**
 * slcan_filters_commands() - the commands that set filters
 * @dialect: of the adapter
 * @filters: none = let everything pass
 * @flag: put before each command, CR behind it
 * @script: appended to
 *
 * Return: NULL, or what the adapter lacks, as the end of a sentence.
 */
const char *slcan_filters_commands(const struct slcan_dialect *dialect,
				   const struct slcan_filters *filters, const char *flag,
				   struct anycan_string *script);

#endif
