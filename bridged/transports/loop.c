// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * loop://: a serial line whose two ends are the same: everything that is written comes back, as
 * pyserial's URL of that name. Nothing is behind it but memory.
 */
#include "transport.h"
#include "transports/target.h"

#include <anycan/address.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SCHEME "loop"

/* Bytes on the line; as many as a socket of a serial server takes about. */
#define LOOP_SIZE 65536

struct loop_transport {
	struct bridged_transport base;
	int fd; /* an eventfd, readable while there are bytes */
	size_t len;
	uint8_t bytes[LOOP_SIZE];
};

static struct loop_transport *self(struct bridged_transport *t)
{
	return (struct loop_transport *)t;
}

static bool loop_match(const char *address)
{
	return !strncmp(address, SCHEME "://", strlen(SCHEME "://"));
}

static int loop_create(struct bridged_transport **out, const char *address, const void *options,
		       char *reason)
{
	struct anycan_serial_target target;
	struct loop_transport *s;

	(void)options;
	if (target_parse(&target, address, reason))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	*out = (struct bridged_transport *)s;
	return 0;
}

static void loop_close(struct bridged_transport *t)
{
	if (self(t)->fd >= 0)
		close(self(t)->fd);
	self(t)->fd = -1;
}

static void loop_free(struct bridged_transport *t)
{
	if (!t)
		return;
	loop_close(t);
	free(t);
}

static int loop_open(struct bridged_transport *t, char *reason)
{
	struct loop_transport *s = self(t);

	s->len = 0;
	s->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->fd >= 0)
		return 0;
	snprintf(reason, BRIDGED_REASON_SIZE, SCHEME "://: %s", strerror(errno));
	return -errno;
}

static int loop_fd(const struct bridged_transport *t)
{
	return ((const struct loop_transport *)t)->fd;
}

static ssize_t loop_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	struct loop_transport *s = self(t);
	size_t n = s->len < size ? s->len : size;
	eventfd_t count;

	if (!n)
		return -EAGAIN;
	memcpy(buf, s->bytes, n);
	s->len -= n;
	memmove(s->bytes, s->bytes + n, s->len);
	if (!s->len)
		eventfd_read(s->fd, &count);
	return (ssize_t)n;
}

static ssize_t loop_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	struct loop_transport *s = self(t);
	size_t n = LOOP_SIZE - s->len < len ? LOOP_SIZE - s->len : len;

	if (!n)
		return -EAGAIN;
	if (!s->len)
		eventfd_write(s->fd, 1);
	memcpy(s->bytes + s->len, buf, n);
	s->len += n;
	return (ssize_t)n;
}

static void loop_drain(struct bridged_transport *t, int timeout_ms)
{
	(void)t;
	(void)timeout_ms;
}

const struct bridged_transport_class loop_transport = {
	.name = SCHEME,
	.summary = "loop://: what is written comes back, for tests",
	.match = loop_match,
	.create = loop_create,
	.free = loop_free,
	.open = loop_open,
	.close = loop_close,
	.fd = loop_fd,
	.read = loop_read,
	.write = loop_write,
	.drain = loop_drain,
};
