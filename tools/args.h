/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What command lines have in common: numbers with units, options with - and _ alike, complaints.
 */
#ifndef TOOLS_ARGS_H
#define TOOLS_ARGS_H

#include "status_codes.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** args_unify() - turn _ into - in the names of long options, so that both are taken */
void args_unify(int argc, char **argv);

/**
 * args_error() - say what is wrong with a command line
 * @program: `anycan log`, `can_logger`
 * @what: what is wrong
 * @value: NULL, or the word that is
 *
 * Return: STATUS_USAGE.
 */
int args_error(const char *program, const char *what, const char *value);

/** args_count() - a whole number from 0 to @max */
bool args_count(const char *text, uint64_t max, uint64_t *value);

/** args_size() - bytes: millions as tcpdump's -C, or `512k`, `10M`, `10MB`, `1G` of 1024 */
bool args_size(const char *text, uint64_t *value);

/**
 * args_duration() - a time that is not negative
 * @text: `10`, `0.5`, `10ms`, `100us`, `1.5s`, `2m`, `1h`
 * @unit_ns: what a bare number counts
 */
bool args_duration(const char *text, int64_t unit_ns, int64_t *ns);

/** args_rate() - bit/s: `500000`, `500k`, `83.333k`, `1M` */
bool args_rate(const char *text, uint32_t *value);

#endif
