/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Filters on a command line: candump's, and ranges besides.
 */
#ifndef TOOLS_FILTER_ARGS_H
#define TOOLS_FILTER_ARGS_H

#include <anycan/filter.h>

/**
 * filter_args_parse() - add the filters of a text to a list
 * @text: `123:7FF,#FFFFFFFF` as candump has them, and `100-1FF`: a range of standard frames, or of
 *	extended ones where both ends have eight digits
 * @filters: all 0 or filled by an earlier call; anycan_filters_free() frees it
 * @reason: set to a static sentence on failure
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int filter_args_parse(const char *text, struct anycan_filters *filters, const char **reason);

/**
 * filter_args_id() - read an identifier
 * @text: up to three hexadecimal digits: standard; eight: extended, as candump has it
 * @len: characters of it
 * @can_id: set on success, with CAN_EFF_FLAG
 *
 * Return: false if it is none.
 */
bool filter_args_id(const char *text, size_t len, canid_t *can_id);

/**
 * filter_args_range() - read `100` or `100-1FF`
 * @text: an identifier, or two of one format with the smaller one first
 * @len: characters of it
 * @first: set on success
 * @last: set on success
 */
bool filter_args_range(const char *text, size_t len, canid_t *first, canid_t *last);

#endif
