/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A TCP connection to a serial server, for the transports that speak over one: every address of
 * the host is tried, nothing blocks, and a peer that dies silently is noticed.
 */
#ifndef BRIDGED_TRANSPORTS_TCP_H
#define BRIDGED_TRANSPORTS_TCP_H

#include <anycan/address.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct addrinfo;

struct tcp {
	char name[ANYCAN_ADDRESS_SIZE + 32]; /**< SCHEME://HOST:PORT, for messages */
	char host[ANYCAN_ADDRESS_SIZE];
	char port[8];
	int fd;			/**< -1 when closed */
	struct addrinfo *found; /**< while a connection is under way */
	struct addrinfo *next;
};

/** tcp_init() - remember where @target is; @scheme is what stands before ://. Opens nothing */
void tcp_init(struct tcp *tcp, const char *scheme, const struct anycan_serial_target *target);

/**
 * tcp_open() - begin to connect
 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
 *
 * Return: as open() of a transport.
 */
int tcp_open(struct tcp *tcp, char *reason);

/** tcp_opened() - as opened() of a transport */
int tcp_opened(struct tcp *tcp, char *reason);

/** tcp_close() - also when nothing is open */
void tcp_close(struct tcp *tcp);

/** tcp_read(), tcp_write() - as read() and write() of a transport */
ssize_t tcp_read(struct tcp *tcp, uint8_t *buf, size_t size);
ssize_t tcp_write(struct tcp *tcp, const uint8_t *buf, size_t len);

/** tcp_finish() - say that nothing more will be written; what was written still arrives */
void tcp_finish(struct tcp *tcp);

#endif
