/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The folder with the daemons' sockets, named by netdev.
 */
#ifndef BRIDGED_RUN_DIR_H
#define BRIDGED_RUN_DIR_H

#include <stddef.h>
#include <sys/types.h>

/** Where the sockets are, unless ANYCAN_RUN_DIR says otherwise. */
#define BRIDGED_RUN_DIR "/run/anycan"

/**
 * bridged_run_path() - where the socket of @name is
 * @name: a netdev, or a netdev with a number
 * @suffix: .sock for the status, .ctl for control, .hub for a hub
 * @path: room for as much as a struct sockaddr_un takes
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int bridged_run_path(const char *name, const char *suffix, char *path, size_t size);

/**
 * bridged_run_listen() - serve a socket at @path, to which everybody may connect
 * @type: SOCK_STREAM or SOCK_SEQPACKET
 * @uid: user that the daemon will become, who is to own the folder if it has to be made
 *
 * Return: a descriptor, -EADDRINUSE if another process serves it, or another negative errno.
 */
int bridged_run_listen(const char *path, int type, uid_t uid);

#endif
