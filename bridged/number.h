/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Numbers as people type them.
 */
#ifndef BRIDGED_NUMBER_H
#define BRIDGED_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * bridged_parse_uint() - a whole number: 500000, 0x14, 500k, 83.333k, 1M
 *
 * Return: 0; or -EINVAL if it is none, is not whole, or does not fit.
 */
int bridged_parse_uint(const char *text, uint32_t *value);

/**
 * bridged_parse_ms() - a time: 2, 0.5, 2s, 20ms; a bare number is seconds
 *
 * Return: 0 and whole milliseconds; or -EINVAL.
 */
int bridged_parse_ms(const char *text, uint32_t *ms);

/**
 * bridged_parse_permille() - a fraction from 0.000 to 0.999, as `ip link` takes sample points
 *
 * Return: 0 and thousandths; or -EINVAL.
 */
int bridged_parse_permille(const char *text, uint32_t *permille);

/** bridged_parse_flag() - on or off (also true, yes, 1 ...). Return: 0 or -EINVAL */
int bridged_parse_flag(const char *text, bool *flag);

#endif
