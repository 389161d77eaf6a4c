/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A raw CAN socket on one netdev, for ports: batches in both directions, drops counted.
 */
#ifndef BRIDGED_CAN_SOCKET_H
#define BRIDGED_CAN_SOCKET_H

#include "port.h"

/** Frames that one system call moves at most. */
#define CAN_SOCKET_BATCH 64

/** struct can_socket - the socket and what its batches need */
struct can_socket;

/**
 * can_socket_new() - open and bind, in the calling thread's network namespace
 * @out: the socket; can_socket_free() closes it
 * @ifindex: the netdev
 * @loopback: whether other sockets on this netdev see what is sent
 *
 * Privilege, if there is any, makes the receive buffer large and lets frames carry the
 * adapter's time stamps (SO_TXTIME with CLOCK_REALTIME).
 *
 * Return: 0 or a negative errno.
 */
int can_socket_new(struct can_socket **out, int ifindex, bool loopback);

/** can_socket_open() - the descriptor for can_socket_use(), or a negative errno */
int can_socket_open(void);

/** can_socket_use() - what can_socket_new() does, with @fd, which it takes over */
int can_socket_use(struct can_socket **out, int fd, int ifindex, bool loopback);

/**
 * can_socket_adopt() - go on with a socket that another process made
 * @fd: that socket; it is duplicated
 * @ifindex: the netdev that it is bound to
 *
 * Frames that wait in it are there, and what it has dropped so far is counted.
 *
 * Return: 0 or a negative errno.
 */
int can_socket_adopt(struct can_socket **out, int fd, int *ifindex);
void can_socket_free(struct can_socket *s);

/** can_socket_is() - whether @fd is a raw CAN socket */
bool can_socket_is(int fd);

/** can_socket_fd() - descriptor for epoll */
int can_socket_fd(const struct can_socket *s);

/** can_socket_send() - as struct bridged_port_class.send */
void can_socket_send(struct can_socket *s, const struct anycan_frame *frames, unsigned int n);

/** can_socket_recv() - as struct bridged_port_class.recv */
unsigned int can_socket_recv(struct can_socket *s, struct anycan_frame *frames, unsigned int max);

/** can_socket_drops() - as struct bridged_port_class.drops */
void can_socket_drops(const struct can_socket *s, struct bridged_port_drops *drops);

#endif
