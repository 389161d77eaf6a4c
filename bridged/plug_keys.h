/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The keys of /etc/anycan/NAME.conf and what is right in a file: for plug_config.c and
 * plug_drivers.c.
 */
#ifndef BRIDGED_PLUG_KEYS_H
#define BRIDGED_PLUG_KEYS_H

#include "plug_config.h"

/**
 * plug_key_find() - the key as the tables spell it
 * @section: PLUG_MATCH or PLUG_LINK
 * @key: as a user wrote it: sample-point, SamplePoint, sample_point
 * @reason: room for BRIDGED_REASON_SIZE characters, filled if there is no such key
 *
 * Return: static text, or NULL.
 */
const char *plug_key_find(enum plug_section section, const char *key, char *reason);

/** plug_same_key() - whether two spellings mean one key: case, `-` and `_` do not count */
bool plug_same_key(const char *a, const char *b);

/**
 * plug_pair_check() - whether the value of a line of [Match] or [Link] is one
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int plug_pair_check(const struct plug_pair *pair, char *reason);

/**
 * plug_file_check() - whether the lines of a file go together
 * @line: set to the line to blame
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int plug_file_check(const struct plug_file *file, unsigned int *line, char *reason);

#endif
