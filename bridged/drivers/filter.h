/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One acceptance filter, in the text that every driver's option for filters takes.
 */
#ifndef FILTER_H
#define FILTER_H

#include <linux/can.h>
#include <stdbool.h>

struct filter {
	canid_t id; /**< with CAN_EFF_FLAG */
	canid_t mask;
};

/**
 * filter_parse() - read `123:7FF` or `18FF0000:1FFF0000`
 * @filter: set on success
 * @text: the first character; behind the filter on success. An identifier of up to 3 digits has
 *	11 bits, one of 8 digits 29; without a mask all bits count
 *
 * Return: whether there is one.
 */
bool filter_parse(struct filter *filter, const char **text);

#endif
