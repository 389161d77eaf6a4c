/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What `anycan config` runs.
 */
#ifndef BRIDGED_PLUG_SHOW_H
#define BRIDGED_PLUG_SHOW_H

/**
 * plug_check() - bridged --config-check: say which files are fine, and what is wrong with others
 * @paths: files, ended by NULL; none = all that are read
 *
 * Return: exit status.
 */
int plug_check(char **paths);

/**
 * plug_show() - bridged --config-show: what is plugged in, which file is for it, what results
 * @what: an identity, serial number, device or netdev; NULL = all
 *
 * Return: exit status.
 */
int plug_show(const char *what);

#endif
