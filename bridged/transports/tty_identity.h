/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which adapter is behind a serial port, so that it is found again under another name.
 */
#ifndef BRIDGED_TTY_IDENTITY_H
#define BRIDGED_TTY_IDENTITY_H

#include <stdbool.h>

/**
 * struct tty_identity - an adapter on USB: by its serial number, or else where it is plugged in
 */
struct tty_identity {
	bool known; /**< false for ports that are not on USB: then the path is all there is */
	int vid, pid;
	char serial[128];
	char usb_path[64]; /**< port chain and interface, such as 1-2.3:1.0 */
};

/**
 * tty_identity_learn() - remember who is behind @path, unless somebody is remembered already
 */
void tty_identity_learn(struct tty_identity *identity, const char *path);

/**
 * tty_identity_find() - the port behind which the adapter is now
 * @identity: who it was; unknown = whoever is at @path
 * @path: the user's name for it
 * @stays: whether it is only where it was, though it has a serial number
 * @found: room for PATH_MAX characters
 *
 * Return: 0, -ENOENT if it is not there, or what else is wrong with the path.
 */
int tty_identity_find(const struct tty_identity *identity, const char *path, bool stays,
		      char *found);

#endif
