/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A result, and a descriptor if there is one, from one process to another.
 */
#ifndef BRIDGED_FDPASS_H
#define BRIDGED_FDPASS_H

struct msghdr;

/** bridged_fd_send_message() - send @msg, and @fd unless it is negative. Return: 0 or -errno */
int bridged_fd_send_message(int socket, struct msghdr *msg, int fd);

/** bridged_fd_send() - send @result, and @fd unless it is negative. Return: 0 or -errno */
int bridged_fd_send(int socket, int result, int fd);

/**
 * bridged_fd_recv() - wait for what bridged_fd_send() sent
 * @fd: the descriptor, close-on-exec, or -1
 *
 * Return: the result, or -EIO if the other side has gone.
 */
int bridged_fd_recv(int socket, int *fd);

#endif
