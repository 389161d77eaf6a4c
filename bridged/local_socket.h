/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Unix sockets on which a daemon waits for programs of this machine.
 */
#ifndef BRIDGED_LOCAL_SOCKET_H
#define BRIDGED_LOCAL_SOCKET_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

/** Where the sockets are, unless ANYCAN_RUN_DIR says otherwise. */
#define BRIDGED_RUN_DIR "/run/anycan"

/** Room for a path with its NUL. */
#define BRIDGED_PATH_SIZE sizeof(((struct sockaddr_un *)NULL)->sun_path)

/**
 * local_socket_path() - where the socket of @netdev is
 * @suffix: what follows the netdev's name
 * @path: room for @size bytes
 *
 * Return: 0, or -ENAMETOOLONG.
 */
int local_socket_path(const char *netdev, const char *suffix, char *path, size_t size);

/**
 * local_socket_listen() - wait for anybody at @path
 * @type: SOCK_STREAM or SOCK_SEQPACKET
 * @uid: user that the daemon will become, who is to own the folder if it has to be made
 *
 * A socket that nobody serves any more is replaced.
 *
 * Return: the descriptor, -EADDRINUSE if somebody serves it, or another negative errno.
 */
int local_socket_listen(const char *path, int type, uid_t uid);

#endif
