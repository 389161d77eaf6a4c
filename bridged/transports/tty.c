/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A serial line: any tty, at any rate. libserialport tells which adapter is behind a port; the
 * line itself is set with termios2, because libserialport refuses ports without hardware (the
 * ptys of socat, of terminal servers and of our simulators).
 */
#include "keeper.h"
#include "transport.h"
#include "transports/target.h"
#include "transports/tty_identity.h"

#include <anycan/address.h>
#include <asm/termbits.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/major.h>
#include <linux/serial.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

struct tty_options {
	uint32_t baud;
	uint32_t settle_ms;
	bool rtscts;
	bool low_latency;
};

static const struct bridged_option tty_options[] = {
	{.name = "baud",
	 .alias = "ttyBaudrate",
	 .type = BRIDGED_OPT_UINT,
	 .offset = offsetof(struct tty_options, baud),
	 .min = 50,
	 .max = 12000000,
	 .fallback = "115200",
	 .help = "rate of the line in bit/s (115200); TTY@BAUD wins"},
	{.name = "rtscts",
	 .type = BRIDGED_OPT_FLAG,
	 .offset = offsetof(struct tty_options, rtscts),
	 .fallback = "off",
	 .help = "RTS/CTS handshake (off)"},
	{.name = "low-latency",
	 .type = BRIDGED_OPT_FLAG,
	 .offset = offsetof(struct tty_options, low_latency),
	 .fallback = "on",
	 .help = "ask the tty driver to hand bytes over at once (on)"},
	{.name = "sleep-after-open",
	 .type = BRIDGED_OPT_MS,
	 .offset = offsetof(struct tty_options, settle_ms),
	 .max = 60000,
	 .fallback = "0",
	 .help = "seconds until the adapter listens; 2 for boards that reset when opened (0)"},
	{0},
};

struct tty_transport {
	struct bridged_transport base;
	const struct tty_options *options;
	char path[ANYCAN_ADDRESS_SIZE];
	char node[PATH_MAX]; /* the device behind it, when it was opened last */
	uint32_t baud;
	struct tty_identity identity; /* of the adapter that was there first */
	int fd;
};

static struct tty_transport *self(struct bridged_transport *t)
{
	return (struct tty_transport *)t;
}

static bool tty_match(const char *address)
{
	return !strstr(address, "://");
}

static int tty_create(struct bridged_transport **out, const char *address, const void *options,
		      char *reason)
{
	struct anycan_serial_target target;
	struct tty_transport *s;

	if (target_parse(&target, address, reason))
		return -EINVAL;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->fd = -1;
	s->options = options;
	s->base.settle_ms = s->options->settle_ms;
	snprintf(s->path, sizeof(s->path), "%s", target.name);
	s->baud = target.baud ? target.baud : s->options->baud;
	*out = &s->base;
	return 0;
}

static void tty_close(struct bridged_transport *t)
{
	struct tty_transport *s = self(t);

	if (s->fd < 0)
		return;
	/* As long as somebody else has the port open it would stay exclusive. */
	ioctl(s->fd, TIOCNXCL);
	close(s->fd);
	s->fd = -1;
}

static void tty_free(struct bridged_transport *t)
{
	if (!t)
		return;
	tty_close(t);
	free(t);
}

static bool is_pty(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && major(st.st_rdev) >= UNIX98_PTY_SLAVE_MAJOR &&
	       major(st.st_rdev) < UNIX98_PTY_SLAVE_MAJOR + UNIX98_PTY_MAJOR_COUNT;
}

/* Nobody else may open or use the port: ModemManager and a second daemon would take our bytes. */
static int lock_port(int fd)
{
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	/* A pty would stay exclusive when we are killed, as long as its other side is open. */
	if (is_pty(fd))
		return 0;
	return ioctl(fd, TIOCEXCL) ? -errno : 0;
}

static int set_line(const struct tty_transport *s, int fd)
{
	struct termios2 line;

	if (ioctl(fd, TCGETS2, &line))
		return -errno;
	/* No HUPCL: DTR must not drop when we close, for it resets many boards. */
	line.c_cflag = CS8 | CREAD | CLOCAL | BOTHER | (s->options->rtscts ? CRTSCTS : 0);
	line.c_iflag = 0;
	line.c_oflag = 0;
	line.c_lflag = 0;
	line.c_cc[VMIN] = 1;
	line.c_cc[VTIME] = 0;
	line.c_ispeed = s->baud;
	line.c_ospeed = s->baud;
	if (ioctl(fd, TCSETS2, &line) || ioctl(fd, TCFLSH, TCIOFLUSH))
		return -errno;
	return 0;
}

/* FTDI chips otherwise collect bytes for 16 ms. Many ttys have no such setting, which is fine. */
static void set_low_latency(int fd)
{
	struct serial_struct serial;

	if (ioctl(fd, TIOCGSERIAL, &serial) || serial.flags & ASYNC_LOW_LATENCY)
		return;
	serial.flags |= ASYNC_LOW_LATENCY;
	if (ioctl(fd, TIOCSSERIAL, &serial)) {
		/* The adapter works all the same, only later. */
	}
}

static const char *next_step(int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case ENOTDIR:
	case ENXIO:
		return "is the adapter plugged in? `anycan list` shows what is there";
	case EACCES:
	case EPERM:
		return "run as root, or join the group that owns it (`ls -l` shows it)";
	case EBUSY:
		return "another program uses it; `fuser -v` on it shows which";
	case ENOTTY:
	case EISDIR:
		return "it is no serial port";
	case EINVAL:
		return "the port cannot do this rate or handshake";
	default:
		return "see the kernel's log";
	}
}

static int explain(const struct tty_transport *s, int error, char *reason)
{
	snprintf(reason, BRIDGED_REASON_SIZE, "%.120s: %s (%s)", s->path,
		 error == EBUSY ? "busy" : strerror(error), next_step(error));
	return error == ENXIO || error == EIO ? -ENODEV : -error;
}

static int tty_open(struct bridged_transport *t, char *reason)
{
	struct tty_transport *s = self(t);
	char path[PATH_MAX];
	int fd, ret;

	ret = tty_identity_find(&s->identity, s->path, bridged_transport_stays(t), path);
	if (ret)
		return explain(s, -ret, reason);
	fd = bridged_keeper_open(t->keeper, path);
	if (fd < 0)
		return explain(s, -fd, reason);
	if (!isatty(fd))
		ret = -ENOTTY;
	if (!ret)
		ret = lock_port(fd);
	if (!ret)
		ret = set_line(s, fd);
	if (ret) {
		close(fd);
		return explain(s, -ret, reason);
	}
	if (s->options->low_latency)
		set_low_latency(fd);
	tty_identity_learn(&s->identity, path);
	if (!realpath(path, s->node))
		snprintf(s->node, sizeof(s->node), "%s", path);
	s->fd = fd;
	return 0;
}

static void tty_scope(const struct bridged_transport *t, struct bridged_keeper_scope *scope)
{
	scope->path = ((const struct tty_transport *)t)->path;
}

static const char *tty_node(const struct bridged_transport *t)
{
	return ((const struct tty_transport *)t)->node;
}

static int tty_fd(const struct bridged_transport *t)
{
	return ((const struct tty_transport *)t)->fd;
}

static ssize_t tty_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	ssize_t n = read(self(t)->fd, buf, size);

	if (!n)
		return -ENODEV; /* hung up */
	return n < 0 ? -errno : n;
}

static ssize_t tty_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	ssize_t n = write(self(t)->fd, buf, len);

	return n < 0 ? -errno : n;
}

/* tcdrain() could wait for ever for an adapter that takes nothing. */
static void tty_drain(struct bridged_transport *t, int timeout_ms)
{
	const struct timespec ms = {0, 1000000};
	int waiting;

	for (; timeout_ms > 0; timeout_ms--) {
		if (ioctl(self(t)->fd, TIOCOUTQ, &waiting) || !waiting)
			break;
		nanosleep(&ms, NULL);
	}
}

const struct bridged_transport_class tty_transport = {
	.name = "tty",
	.summary = "TTY[@BAUD]: a serial line, 8N1",
	.options = tty_options,
	.options_size = sizeof(struct tty_options),
	.match = tty_match,
	.create = tty_create,
	.free = tty_free,
	.open = tty_open,
	.close = tty_close,
	.scope = tty_scope,
	.node = tty_node,
	.fd = tty_fd,
	.read = tty_read,
	.write = tty_write,
	.drain = tty_drain,
};
