// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Buses without a kernel: the hub of a bridge that runs on this machine. The same results as on a
 * netdev.
 */
#include "bridges.h"
#include "bus_internal.h"
#include "wait.h"

#include <anycan/hub.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Records that one system call receives at most. */
#define RECORDS 16

/* How long the hub may take to answer. */
#define PATIENCE_NS (5 * ANYCAN_NS_PER_S)

struct hub {
	int fd;
	char netdev[IFNAMSIZ];
	bool fd_frames; /* the adapter has them */
	atomic_uint_fast64_t dropped, invalid;

	/* Records that were received; those before .next have been read. */
	struct mmsghdr msgs[RECORDS];
	struct iovec iov[RECORDS];
	struct anycan_hub_record records[RECORDS];
	unsigned int n_records, next;
	struct anycan_hub_reader reader;
	bool drained; /* the last look found nothing */

	/* Frames that came while the hub was asked for something. */
	struct anycan_frame *saved;
	size_t n_saved, saved_at;

	uint64_t asked, answered; /* numbers of what the hub was asked */

	struct anycan_hub_record out; /* of who sends */
};

/* ---- Records */

static int pass(const struct hub *h, const struct anycan_hub_record *record,
		struct anycan_mono deadline)
{
	int ret;

	while (send(h->fd, record->bytes, record->len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		if (errno == EPIPE || errno == ECONNRESET)
			return -ECONNRESET;
		if (errno != EAGAIN && errno != ENOBUFS && errno != EINTR)
			return -errno;
		ret = wait_for_fd(h->fd, POLLOUT, deadline);
		if (ret <= 0)
			return ret;
	}
	return 1;
}

/* Return: how many records came, 0 if there are none now, or a negative errno. */
static int receive(struct hub *h)
{
	int n;

	for (unsigned int i = 0; i < RECORDS; i++) {
		h->iov[i] = (struct iovec){h->records[i].bytes, sizeof(h->records[i].bytes)};
		h->msgs[i].msg_hdr = (struct msghdr){.msg_iov = &h->iov[i], .msg_iovlen = 1};
	}
	n = recvmmsg(h->fd, h->msgs, RECORDS, MSG_DONTWAIT, NULL);
	h->next = 0;
	h->n_records = n > 0 ? (unsigned int)n : 0;
	h->drained = n < RECORDS;
	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (int i = 0; i < n; i++)
		h->records[i].len = h->msgs[i].msg_len;
	return n;
}

/*
 * The next record that was received. One of frames begins to be read.
 *
 * Return: its type, 0 if there is none, or a negative errno.
 */
static int next_record(struct hub *h)
{
	struct anycan_hub_header header;
	struct anycan_hub_record *record = &h->records[h->next];

	if (h->next == h->n_records)
		return 0;
	if (!record->len)
		return -ECONNRESET;
	h->next++;
	if (anycan_hub_parse(record->bytes, record->len, &header))
		return -EPROTO;
	if (header.type == ANYCAN_HUB_FRAMES) {
		atomic_store_explicit(&h->dropped, header.value, memory_order_relaxed);
		anycan_hub_read(&h->reader, record->bytes, record->len, &header);
	} else if (header.type == ANYCAN_HUB_WELCOME) {
		h->fd_frames = header.flags & ANYCAN_HUB_FD;
	} else if (header.type == ANYCAN_HUB_FILTERED) {
		h->answered = header.value;
	}
	return header.type;
}

/* Frames of the records that are there. Return: how many, or a negative errno. */
static int take(struct hub *h, struct anycan_frame *frames, unsigned int max)
{
	unsigned int n = 0;

	while (n < max) {
		int ret = anycan_hub_next(&h->reader, &frames[n]);

		if (ret < 0) {
			atomic_fetch_add_explicit(&h->invalid, 1, memory_order_relaxed);
			continue;
		}
		n += (unsigned int)ret;
		if (ret)
			continue;
		ret = next_record(h);
		if (ret < 0)
			return n ? (int)n : ret;
		if (!ret)
			break;
	}
	return (int)n;
}

static unsigned int take_saved(struct hub *h, struct anycan_frame *frames, unsigned int max)
{
	size_t left = h->n_saved - h->saved_at;
	unsigned int n = left < max ? (unsigned int)left : max;

	if (!n)
		return 0;
	memcpy(frames, h->saved + h->saved_at, n * sizeof(*frames));
	h->saved_at += n;
	if (h->saved_at == h->n_saved) {
		free(h->saved);
		h->saved = NULL;
		h->n_saved = h->saved_at = 0;
	}
	return n;
}

/* ---- Asking the hub */

static int save_frames(struct hub *h)
{
	struct anycan_frame *saved;
	struct anycan_frame frame;
	int ret;

	while ((ret = anycan_hub_next(&h->reader, &frame))) {
		if (ret < 0)
			continue;
		saved = realloc(h->saved, (h->n_saved + 1) * sizeof(*saved));
		if (!saved)
			return -ENOMEM;
		h->saved = saved;
		h->saved[h->n_saved++] = frame;
	}
	return 0;
}

/* Say a record, and wait until the hub answers with @type. Return: 0 or a negative errno. */
static int ask(struct hub *h, const struct anycan_hub_record *record, int type)
{
	struct anycan_mono deadline = wait_until(PATIENCE_NS);
	int ret = pass(h, record, deadline);

	if (ret <= 0)
		return ret ? ret : -ETIMEDOUT;
	for (;;) {
		ret = save_frames(h);
		if (ret)
			return ret;
		ret = next_record(h);
		if (ret == type && h->answered == h->asked)
			return 0;
		if (ret < 0)
			return ret;
		if (ret)
			continue;
		ret = wait_for_fd(h->fd, POLLIN, deadline);
		if (ret <= 0)
			return ret ? ret : -ETIMEDOUT;
		ret = receive(h);
		if (ret < 0)
			return ret;
	}
}

static int say_hello(struct hub *h, const struct anycan_bus_options *options)
{
	struct anycan_hub_header header = {
		.type = ANYCAN_HUB_HELLO,
		.flags = (options->fd ? ANYCAN_HUB_FD : 0) |
			 (options->receive_own_messages ? ANYCAN_HUB_OWN : 0) |
			 (options->no_local_loopback ? ANYCAN_HUB_NO_LOOPBACK : 0),
		.value = options->ignore_rx_error_frames ? 0
			 : options->error_mask		 ? options->error_mask
							 : CAN_ERR_MASK,
		.queue = options->rx_queue_size,
	};
	struct anycan_hub_record record;

	anycan_hub_begin(&record, &header);
	return ask(h, &record, ANYCAN_HUB_WELCOME);
}

/* ---- Opening and closing */

static int connect_to(struct hub *h, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int ret;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	h->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (h->fd < 0)
		return -errno;
	if (!connect(h->fd, (const struct sockaddr *)&address, sizeof(address)))
		return 0;
	ret = -errno;
	close(h->fd);
	h->fd = -1;
	return ret;
}

static int find(struct hub *h, const char *netdev)
{
	char dir[ANYCAN_BRIDGE_PATH_SIZE], path[2 * ANYCAN_BRIDGE_PATH_SIZE];
	int ret = -ENOENT;

	for (unsigned int i = 0; ret && anycan_bridge_dir(i, dir); i++) {
		snprintf(path, sizeof(path), "%s/%s.hub", dir, netdev);
		ret = connect_to(h, path);
	}
	return ret;
}

static void hub_close(void *state)
{
	struct hub *h = state;

	if (h->fd >= 0)
		close(h->fd);
	free(h->saved);
	free(h);
}

static int fail_open(const char *channel, int code, struct anycan_error *error)
{
	if (code == -ENOENT || code == -ECONNREFUSED)
		return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, -ENODEV,
					"there is no hub '%s'; start one with: bridged --port hub "
					"ADAPTER %s",
					channel, channel);
	return anycan_error_set(error, ANYCAN_ERROR_INITIALIZATION, code, "hub '%s': %s", channel,
				strerror(-code));
}

static int hub_open(void **state, const char *channel, const struct anycan_bus_options *options,
		    struct anycan_error *error)
{
	struct hub *h = calloc(1, sizeof(*h));
	struct bridge bridge;
	int ret = -ENODEV;

	if (!h)
		return fail_open(channel, -ENOMEM, error);
	h->fd = -1;
	if (strlen(channel) < sizeof(h->netdev) && !strchr(channel, '/')) {
		strcpy(h->netdev, channel);
		ret = find(h, channel);
	}
	if (!ret)
		ret = say_hello(h, options);
	if (ret) {
		hub_close(h);
		return fail_open(channel, ret, error);
	}
	if (!anycan_bridge_get(h->netdev, &bridge))
		ret = anycan_bridge_fits(&bridge, options, error);
	if (ret) {
		hub_close(h);
		return ret;
	}
	*state = h;
	return 0;
}

/* ---- Frames */

static int hub_recv(void *state, struct anycan_frame *frames, unsigned int max, int64_t timeout_ns)
{
	struct anycan_mono deadline = wait_until(timeout_ns);
	struct hub *h = state;
	int n = (int)take_saved(h, frames, max);

	if (!n)
		n = take(h, frames, max);
	while (!n) {
		/* What was found empty a moment ago is waited for before it is looked at. */
		if (h->drained && timeout_ns) {
			n = wait_for_fd(h->fd, POLLIN, deadline);
			if (n <= 0)
				return n;
		}
		n = receive(h);
		if (n < 0 || (!n && !timeout_ns))
			return n;
		h->drained = h->drained || !n;
		n = take(h, frames, max);
	}
	return n;
}

static int hub_send(void *state, const struct anycan_frame *frames, unsigned int n,
		    int64_t timeout_ns)
{
	const struct anycan_hub_header header = {.type = ANYCAN_HUB_FRAMES};
	struct hub *h = state;
	unsigned int i = 0;
	int ret;

	anycan_hub_begin(&h->out, &header);
	while (i < n && (h->fd_frames || !anycan_frame_is_fd(&frames[i])) &&
	       anycan_hub_put(&h->out, &frames[i]))
		i++;
	/* The adapter has no FD: what the kernel says of such a netdev. */
	if (!i)
		return -EINVAL;
	ret = pass(h, &h->out, wait_until(timeout_ns));
	return ret > 0 ? (int)i : ret;
}

/* ---- The rest */

static int hub_fd(void *state)
{
	return ((struct hub *)state)->fd;
}

static int hub_set_filters(void *state, const struct anycan_filters *filters)
{
	struct hub *h = state;
	const struct anycan_hub_header header = {
		.type = ANYCAN_HUB_FILTERS,
		.flags = filters->joined ? ANYCAN_HUB_JOINED : 0,
		.value = ++h->asked,
	};
	struct anycan_hub_record record;
	int ret;

	anycan_hub_begin(&record, &header);
	ret = anycan_hub_put_filters(&record, filters->list, filters->n);
	/* Too many for it: it passes all frames, and they are filtered here. */
	if (ret)
		anycan_hub_begin(&record, &header);
	return ask(h, &record, ANYCAN_HUB_FILTERED) ? -EOPNOTSUPP : ret;
}

static int hub_get_state(void *state, enum anycan_bus_state *bus_state)
{
	const struct hub *h = state;
	struct bridge bridge;
	int ret = anycan_bridge_get(h->netdev, &bridge);

	if (ret)
		return -ECONNRESET;
	if (!bridge.is_open || !strcmp(bridge.state, "BUS-OFF"))
		*bus_state = ANYCAN_BUS_ERROR;
	else
		*bus_state = bridge.listen_only ? ANYCAN_BUS_PASSIVE : ANYCAN_BUS_ACTIVE;
	return 0;
}

static int hub_set_state(void *state, enum anycan_bus_state bus_state, struct anycan_error *error)
{
	const struct hub *h = state;
	struct bridge bridge;
	int ret = anycan_bridge_get(h->netdev, &bridge);

	if (!ret && bridge.listen_only == (bus_state == ANYCAN_BUS_PASSIVE))
		return 0;
	return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EOPNOTSUPP,
				"%s is a hub, whose mode is its bridge's; start that with: "
				"listen-only %s",
				h->netdev, bus_state == ANYCAN_BUS_PASSIVE ? "on" : "off");
}

static void hub_info(const void *state, char *text, size_t size)
{
	snprintf(text, size, "hub '%s'", ((const struct hub *)state)->netdev);
}

static int hub_channel(void *state, const char *name)
{
	return strcmp(name, ((const struct hub *)state)->netdev) ? -ENODEV : 0;
}

static int hub_channel_name(void *state, uint16_t channel, char *name, size_t size)
{
	if (channel)
		return -ENODEV;
	snprintf(name, size, "%s", ((const struct hub *)state)->netdev);
	return 0;
}

static void hub_drops(const void *state, uint64_t *dropped, uint64_t *invalid)
{
	const struct hub *h = state;

	*dropped = atomic_load_explicit(&h->dropped, memory_order_relaxed);
	*invalid = atomic_load_explicit(&h->invalid, memory_order_relaxed);
}

const struct anycan_interface anycan_hub_interface = {
	.name = "hub",
	.summary = "the hub of a bridge on this machine: needs no CAN in the kernel",
	.open = hub_open,
	.close = hub_close,
	.recv = hub_recv,
	.send = hub_send,
	.fd = hub_fd,
	.set_filters = hub_set_filters,
	.get_state = hub_get_state,
	.set_state = hub_set_state,
	.info = hub_info,
	.channel = hub_channel,
	.channel_name = hub_channel_name,
	.drops = hub_drops,
	.detect = anycan_bridge_each_hub,
};
