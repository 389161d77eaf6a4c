/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * socket://HOST:PORT: a serial line behind a TCP server (ser2net, esp-link, an ESP32's sketch),
 * bytes as they are. The peer is noticed when it dies silently, too.
 */
#include "transport.h"

#include <anycan/address.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFIX "socket://"

/* A peer that answers nothing for this long is gone. */
#define DEAD_AFTER_MS 10000

struct socket_options {
	uint32_t settle_ms;
};

static const struct bridged_option socket_options[] = {
	{.name = "sleep-after-open",
	 .type = BRIDGED_OPT_MS,
	 .offset = offsetof(struct socket_options, settle_ms),
	 .max = 60000,
	 .fallback = "0",
	 .help = "seconds until the adapter listens (0)"},
	{0},
};

struct socket_transport {
	struct bridged_transport base;
	char host[ANYCAN_ADDRESS_SIZE];
	char port[8];
	int fd;
	struct addrinfo *found; /* while a connection is under way */
	struct addrinfo *next;
};

static struct socket_transport *self(struct bridged_transport *t)
{
	return (struct socket_transport *)t;
}

static bool socket_match(const char *address)
{
	return !strncmp(address, PREFIX, strlen(PREFIX));
}

static int socket_create(struct bridged_transport **out, const char *address, const void *options,
			 char *reason)
{
	const struct socket_options *chosen = options;
	struct anycan_serial_target target;
	struct socket_transport *s;
	const char *why;

	if (anycan_serial_target_parse(address, &target, &why)) {
		snprintf(reason, BRIDGED_REASON_SIZE, "%.200s: %s", address, why);
		return -EINVAL;
	}
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->base.settle_ms = chosen->settle_ms;
	snprintf(s->host, sizeof(s->host), "%s", target.name);
	snprintf(s->port, sizeof(s->port), "%u", target.port);
	*out = &s->base;
	return 0;
}

static void forget_addresses(struct socket_transport *s)
{
	if (s->found)
		freeaddrinfo(s->found);
	s->found = NULL;
	s->next = NULL;
}

static void socket_close(struct bridged_transport *t)
{
	struct socket_transport *s = self(t);

	forget_addresses(s);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void socket_free(struct bridged_transport *t)
{
	if (!t)
		return;
	socket_close(t);
	free(t);
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
static int connect_next(struct socket_transport *s, int last_error, char *reason)
{
	for (; s->next; s->next = s->next->ai_next) {
		s->fd = socket(s->next->ai_family,
			       s->next->ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (s->fd < 0) {
			last_error = errno;
			continue;
		}
		tune(s->fd);
		if (!connect(s->fd, s->next->ai_addr, s->next->ai_addrlen)) {
			forget_addresses(s);
			return 0;
		}
		if (errno == EINPROGRESS) {
			s->next = s->next->ai_next;
			return 1;
		}
		last_error = errno;
		close(s->fd);
		s->fd = -1;
	}
	forget_addresses(s);
	snprintf(reason, BRIDGED_REASON_SIZE,
		 "socket://%s:%s: %s (is the server running, and the port right?)", s->host,
		 s->port, strerror(last_error));
	return -ENODEV;
}

static int socket_open(struct bridged_transport *t, char *reason)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	struct socket_transport *s = self(t);
	int ret = getaddrinfo(s->host, s->port, &hints, &s->found);

	if (ret) {
		s->found = NULL;
		snprintf(reason, BRIDGED_REASON_SIZE, "socket://%s:%s: %s", s->host, s->port,
			 gai_strerror(ret));
		return -ENODEV;
	}
	s->next = s->found;
	return connect_next(s, ENOENT, reason);
}

static int socket_opened(struct bridged_transport *t, char *reason)
{
	struct socket_transport *s = self(t);
	struct sockaddr_storage peer;
	socklen_t len = sizeof(int), peer_len = sizeof(peer);
	int error = 0;

	getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &len);
	/* Asked before there was an outcome: nobody answers. */
	if (!error && getpeername(s->fd, (struct sockaddr *)&peer, &peer_len))
		error = ETIMEDOUT;
	if (!error) {
		forget_addresses(s);
		return 0;
	}
	close(s->fd);
	s->fd = -1;
	return connect_next(s, error, reason);
}

static int socket_fd(const struct bridged_transport *t)
{
	return ((const struct socket_transport *)t)->fd;
}

static ssize_t socket_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	ssize_t n = recv(self(t)->fd, buf, size, MSG_DONTWAIT);

	if (!n)
		return -ENODEV; /* the server has closed */
	return n < 0 ? -errno : n;
}

static ssize_t socket_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	ssize_t n = send(self(t)->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);

	return n < 0 ? -errno : n;
}

/* close() of a socket sends what is left; nothing has to be waited for. */
static void socket_drain(struct bridged_transport *t, int timeout_ms)
{
	(void)timeout_ms;
	shutdown(self(t)->fd, SHUT_WR);
}

const struct bridged_transport_class socket_transport = {
	.name = "socket",
	.summary = "socket://HOST:PORT: a serial line behind a TCP server",
	.options = socket_options,
	.options_size = sizeof(struct socket_options),
	.match = socket_match,
	.create = socket_create,
	.free = socket_free,
	.open = socket_open,
	.opened = socket_opened,
	.close = socket_close,
	.fd = socket_fd,
	.read = socket_read,
	.write = socket_write,
	.drain = socket_drain,
};
