// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * socket://HOST:PORT: a serial line behind a TCP server (ser2net, esp-link, an ESP32's sketch),
 * bytes as they are.
 */
#include "transport.h"
#include "transports/target.h"
#include "transports/tcp.h"

#include <anycan/address.h>
#include <anycan/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "socket"

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
	struct tcp tcp;
};

static struct tcp *tcp_of(struct bridged_transport *t)
{
	return &((struct socket_transport *)t)->tcp;
}

static bool socket_match(const char *address)
{
	return !strncmp(address, SCHEME "://", strlen(SCHEME "://"));
}

static int socket_create(struct bridged_transport **out, const char *address, const void *options,
			 char *reason)
{
	const struct socket_options *chosen = options;
	struct anycan_serial_target target;
	struct socket_transport *s;

	if (target_parse(&target, address, reason))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->base.settle_ms = chosen->settle_ms;
	tcp_init(&s->tcp, SCHEME, &target);
	if (target.baud)
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: @%u has no effect: the server sets its line; rfc2217://%s can do "
			   "it where the server can",
			   s->tcp.name, target.baud, s->tcp.name + strlen(SCHEME "://"));
	*out = &s->base;
	return 0;
}

static void socket_close(struct bridged_transport *t)
{
	tcp_close(tcp_of(t));
}

static void socket_free(struct bridged_transport *t)
{
	if (!t)
		return;
	socket_close(t);
	free(t);
}

static int socket_open(struct bridged_transport *t, char *reason)
{
	return tcp_open(tcp_of(t), reason);
}

static int socket_opened(struct bridged_transport *t, char *reason)
{
	return tcp_opened(tcp_of(t), reason);
}

static int socket_fd(const struct bridged_transport *t)
{
	return ((const struct socket_transport *)t)->tcp.fd;
}

static ssize_t socket_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	return tcp_read(tcp_of(t), buf, size);
}

static ssize_t socket_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	return tcp_write(tcp_of(t), buf, len);
}

/* close() of a socket sends what is left; nothing has to be waited for. */
static void socket_drain(struct bridged_transport *t, int timeout_ms)
{
	(void)timeout_ms;
	tcp_finish(tcp_of(t));
}

const struct bridged_transport_class socket_transport = {
	.name = SCHEME,
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
