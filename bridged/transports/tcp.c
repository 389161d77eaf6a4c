// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A TCP connection to a serial server.
 */
#include "transports/tcp.h"
#include "transport.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A peer that answers nothing for this long is gone. */
#define DEAD_AFTER_MS 10000

void tcp_init(struct tcp *tcp, const char *scheme, const struct anycan_serial_target *target)
{
	bool v6 = strchr(target->name, ':');

	*tcp = (struct tcp){.fd = -1};
	snprintf(tcp->host, sizeof(tcp->host), "%s", target->name);
	snprintf(tcp->port, sizeof(tcp->port), "%u", target->port);
	snprintf(tcp->name, sizeof(tcp->name), "%s://%s%s%s:%s", scheme, v6 ? "[" : "", tcp->host,
		 v6 ? "]" : "", tcp->port);
}

static void forget_addresses(struct tcp *tcp)
{
	if (tcp->found)
		freeaddrinfo(tcp->found);
	tcp->found = NULL;
	tcp->next = NULL;
}

void tcp_close(struct tcp *tcp)
{
	forget_addresses(tcp);
	if (tcp->fd >= 0)
		close(tcp->fd);
	tcp->fd = -1;
}

static void tune(int fd)
{
	static const int one = 1, idle_s = 3, interval_s = 2, probes = 3;
	static const unsigned int dead_ms = DEAD_AFTER_MS;

	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof(idle_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof(interval_s));
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof(probes));
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &dead_ms, sizeof(dead_ms));
}

/* Try the addresses that are left. Return as open(). */
static int connect_next(struct tcp *tcp, int last_error, char *reason)
{
	for (; tcp->next; tcp->next = tcp->next->ai_next) {
		tcp->fd = socket(tcp->next->ai_family,
				 tcp->next->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (tcp->fd < 0) {
			last_error = errno;
			continue;
		}
		tune(tcp->fd);
		if (!connect(tcp->fd, tcp->next->ai_addr, tcp->next->ai_addrlen)) {
			forget_addresses(tcp);
			return 0;
		}
		if (errno == EINPROGRESS) {
			tcp->next = tcp->next->ai_next;
			return BRIDGED_OPEN_WRITABLE;
		}
		last_error = errno;
		close(tcp->fd);
		tcp->fd = -1;
	}
	forget_addresses(tcp);
	snprintf(reason, BRIDGED_REASON_SIZE, "%s: %s (is the server running, and the port right?)",
		 tcp->name, strerror(last_error));
	return -ENODEV;
}

int tcp_open(struct tcp *tcp, char *reason)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	int ret = getaddrinfo(tcp->host, tcp->port, &hints, &tcp->found);

	if (ret) {
		tcp->found = NULL;
		snprintf(reason, BRIDGED_REASON_SIZE, "%s: %s", tcp->name, gai_strerror(ret));
		return -ENODEV;
	}
	tcp->next = tcp->found;
	return connect_next(tcp, ENOENT, reason);
}

int tcp_opened(struct tcp *tcp, char *reason)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(int), peer_len = sizeof(peer);
	int error = 0;

	getsockopt(tcp->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	/* Asked before there was an outcome: nobody answers. */
	if (!error && getpeername(tcp->fd, (struct sockaddr *)&peer, &peer_len))
		error = ETIMEDOUT;
	if (!error) {
		forget_addresses(tcp);
		return 0;
	}
	close(tcp->fd);
	tcp->fd = -1;
	return connect_next(tcp, error, reason);
}

ssize_t tcp_read(struct tcp *tcp, uint8_t *buf, size_t size)
{
	ssize_t n = recv(tcp->fd, buf, size, MSG_DONTWAIT);

	if (!n)
		return -ENODEV; /* the server has closed */
	return n < 0 ? -errno : n;
}

ssize_t tcp_write(struct tcp *tcp, const uint8_t *buf, size_t len)
{
	ssize_t n = send(tcp->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

void tcp_finish(struct tcp *tcp)
{
	shutdown(tcp->fd, SHUT_WR);
}
