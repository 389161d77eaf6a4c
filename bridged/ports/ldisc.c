/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A netdev of the kernel's own slcan line discipline: on a pseudo terminal whose other end is
 * ours, the daemon plays an slcan adapter. So a stock kernel gives a netdev of link type `can`
 * whose bit rate `ip link` sets; what slcan has no words for is missing there. Source: behaviour
 * of drivers/net/can/slcan in Linux 6.1 and 6.12.
 */
#include "drivers/slcan_codec.h"
#include "ports/ldisc_netdev.h"
#include "ports/ldisc_text.h"
#include "ports/netdev.h"

#include <anycan/clock.h>
#include <anycan/log.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/* As much as the terminal takes at a time. */
#define OUT_SIZE 65536
#define IN_SIZE 8192

/* It does not say when the terminal takes more, nor when there is room for what waits here. */
#define RETRY_NS (2 * ANYCAN_NS_PER_MS)

/* Milliseconds that a full terminal is waited for. */
#define FULL_TRIES 100

/*
 * The netdev never leaves bus-off by itself. Controllers that recover take 128 times 11 bits; one
 * that has not done so by then waits for the host.
 */
#define BUS_OFF_NS ANYCAN_NS_PER_S

/* A netdev that is up and has not opened the adapter by then has no bit rate. */
#define MUTE_NS (200 * ANYCAN_NS_PER_MS)

struct ldisc_port {
	struct bridged_port base;
	struct ldisc_netdev netdev;
	int timer, watch_fd;
	struct anycan_rtnl *watch;
	struct bridged_settings configured, settings;
	uint32_t bitrate; /* that the netdev has asked for last */
	bool open;	  /* it has opened the adapter */
	bool link_up;	  /* it was set up, with or without a bit rate */
	bool stays_off;	  /* it was told of a bus-off */
	bool elsewhere;	  /* it was moved to another network namespace */
	struct anycan_mono retry_at, bus_off_at, mute_at;
	uint32_t token;
	uint64_t refused; /* frames that the netdev did not get */
	uint64_t invalid; /* lines that are none */
	size_t in_at, in_len;
	size_t offered; /* in_at when frames were last offered */
	size_t out_len;
	bool torn; /* out begins within a line */
	char in[IN_SIZE];
	char out[OUT_SIZE];
};

static struct ldisc_port *self(struct bridged_port *p)
{
	return (struct ldisc_port *)p;
}

/* ---- Time */

static struct anycan_mono now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (struct anycan_mono){ts.tv_sec * ANYCAN_NS_PER_S + ts.tv_nsec};
}

static void set_timer(const struct ldisc_port *p)
{
	struct anycan_mono next =
		anycan_mono_min(p->retry_at, anycan_mono_min(p->bus_off_at, p->mute_at));
	struct itimerspec at = {0};

	if (next.ns != ANYCAN_NEVER.ns) {
		at.it_value.tv_sec = next.ns / ANYCAN_NS_PER_S;
		at.it_value.tv_nsec = next.ns % ANYCAN_NS_PER_S;
	}
	timerfd_settime(p->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void set_deadline(struct ldisc_port *p, struct anycan_mono *deadline, int64_t ns)
{
	*deadline = anycan_mono_after(now(), ns);
	set_timer(p);
}

static bool is_due(struct anycan_mono *deadline)
{
	if (now().ns < deadline->ns)
		return false;
	*deadline = ANYCAN_NEVER;
	return true;
}

/* ---- Coming and going */

static void ldisc_close(struct bridged_port *base)
{
	struct ldisc_port *p = self(base);

	if (!p)
		return;
	ldisc_netdev_close(&p->netdev);
	if (p->timer >= 0)
		close(p->timer);
	anycan_rtnl_free(p->watch);
	free(p);
}

/* What tells of time, and of changes of the netdev. */
static int open_watches(struct ldisc_port *p)
{
	int ret = anycan_rtnl_new(&p->watch);

	if (ret)
		return ret;
	p->watch_fd = anycan_link_watch(p->watch);
	if (p->watch_fd < 0)
		return p->watch_fd;
	p->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	return p->timer < 0 ? -errno : 0;
}

static int ldisc_open(struct bridged_port **out, const struct bridged_port_config *config,
		      char *reason)
{
	struct ldisc_port *p = calloc(1, sizeof(*p));
	int ret;

	if (!p)
		return netdev_refused(config->netdev, "slcan", -ENOMEM, reason);
	p->configured = *config->settings;
	p->timer = -1;
	p->retry_at = p->bus_off_at = p->mute_at = ANYCAN_NEVER;
	/* To set it down when the adapter refuses. */
	p->base.needs_admin = true;
	ret = ldisc_netdev_open(&p->netdev, config, reason);
	if (!ret) {
		ret = open_watches(p);
		if (ret)
			netdev_refused(config->netdev, "slcan", ret, reason);
	}
	if (ret) {
		ldisc_close(&p->base);
		return ret;
	}
	p->base.ifindex = p->netdev.ifindex;
	*out = &p->base;
	return 0;
}

/* ---- What the netdev is told */

static void ldisc_flush(struct bridged_port *base)
{
	struct ldisc_port *p = self(base);
	ssize_t n;

	if (!p->out_len)
		return;
	n = write(p->netdev.master, p->out, p->out_len);
	if (n > 0) {
		p->torn = p->out[n - 1] != '\r';
		p->out_len -= (size_t)n;
		memmove(p->out, p->out + n, p->out_len);
	}
	if (p->out_len)
		set_deadline(p, &p->retry_at, RETRY_NS);
}

static bool is_full(const struct ldisc_port *p)
{
	return p->out_len + LDISC_LINE_ROOM > sizeof(p->out);
}

/*
 * Room for a line, or NULL. An adapter that is faster than the kernel's worker is not read for a
 * moment, as it would not be if the kernel took frames in a system call.
 */
static char *line_room(struct ldisc_port *p)
{
	const struct timespec moment = {.tv_nsec = ANYCAN_NS_PER_MS};

	for (int i = 0; is_full(p) && i < FULL_TRIES; i++) {
		if (i)
			nanosleep(&moment, NULL);
		ldisc_flush(&p->base);
	}
	return is_full(p) ? NULL : p->out + p->out_len;
}

/* The netdev is down: lines that wait are for nobody, but a torn one needs its end. */
static void drop_output(struct ldisc_port *p)
{
	const char *end = p->torn ? memchr(p->out, '\r', p->out_len) : NULL;
	size_t keep = end ? (size_t)(end + 1 - p->out) : 0;

	for (size_t i = keep; i < p->out_len; i++)
		if (i == keep || p->out[i - 1] == '\r')
			p->refused += p->out[i] != 's';
	p->out_len = keep;
}

static void end_line(struct ldisc_port *p, char *end)
{
	*end++ = '\r';
	p->out_len = (size_t)(end - p->out);
}

static void ldisc_send(struct bridged_port *base, const struct anycan_frame *frames, unsigned int n)
{
	struct ldisc_port *p = self(base);

	for (unsigned int i = 0; i < n; i++) {
		char *at = line_room(p);
		char *end = at ? ldisc_print_frame(at, &frames[i]) : NULL;

		if (end == at) {
			p->refused += !at || !ldisc_is_about_state(&frames[i]);
			continue;
		}
		end_line(p, end);
	}
}

static void say_state(struct ldisc_port *p, enum can_state state, struct can_berr_counter berr)
{
	char *at = line_room(p);

	if (at)
		end_line(p, ldisc_print_state(at, state, berr));
}

static void came_back(struct ldisc_port *p)
{
	p->bus_off_at = ANYCAN_NEVER;
	if (p->stays_off)
		anycan_log(ANYCAN_LOG_WARNING,
			   "%s: the adapter is no longer off the bus, but the netdev of port ldisc "
			   "is until it is set down and up",
			   p->netdev.name);
	p->stays_off = false;
}

static void ldisc_state(struct bridged_port *base, enum can_state state,
			struct can_berr_counter berr)
{
	struct ldisc_port *p = self(base);

	if (state > CAN_STATE_BUS_OFF)
		return;
	if (state != CAN_STATE_BUS_OFF)
		came_back(p);
	else if (!p->configured.restart_ms && p->bus_off_at.ns == ANYCAN_NEVER.ns && !p->stays_off)
		set_deadline(p, &p->bus_off_at, BUS_OFF_NS);
	if (!p->stays_off)
		say_state(p, state == CAN_STATE_BUS_OFF ? CAN_STATE_ERROR_PASSIVE : state, berr);
}

static void bus_off_lasts(struct ldisc_port *p)
{
	const struct can_berr_counter berr = {.txerr = 256};

	p->stays_off = true;
	say_state(p, CAN_STATE_BUS_OFF, berr);
	ldisc_flush(&p->base);
}

static void ldisc_opened(struct bridged_port *base)
{
	const struct can_berr_counter none = {0};

	/* After a replug the netdev still shows the state from before. */
	ldisc_state(base, CAN_STATE_ERROR_ACTIVE, none);
}

static void ldisc_refused(struct bridged_port *base, const char *reason)
{
	struct ldisc_port *p = self(base);
	int ret = -ENODEV;

	(void)reason;
	if (!p->elsewhere)
		ret = anycan_link_set_up(p->netdev.rtnl, p->netdev.ifindex, false);
	p->open = false;
	if (ret)
		anycan_log(ANYCAN_LOG_ERROR,
			   "%s: cannot set it down (%s); do that: ip link set %s down",
			   p->netdev.name, strerror(-ret), p->netdev.name);
}

/* The netdev has shown them when it handed them over. */
static void ldisc_finished(struct bridged_port *base, uint32_t token, enum bridged_port_fate fate)
{
	(void)base;
	(void)token;
	(void)fate;
}

/* ---- What the netdev says */

/* The next whole line, or NULL. */
static const char *next_line(const struct ldisc_port *p, size_t *len)
{
	const char *at = p->in + p->in_at;
	const char *end = memchr(at, '\r', p->in_len - p->in_at);

	if (!end)
		return NULL;
	*len = (size_t)(end - at);
	return at;
}

static bool is_frame(const char *line, size_t len)
{
	return len && memchr("tTrR", line[0], 4);
}

static void take_settings(struct ldisc_port *p, bool listen)
{
	p->settings = p->configured;
	/* What was configured beside the rate counts for that rate. */
	if (p->settings.nominal.bitrate != p->bitrate)
		p->settings.nominal = (struct can_bittiming){.bitrate = p->bitrate};
	p->settings.ctrlmode.mask |= CAN_CTRLMODE_LISTENONLY;
	p->settings.ctrlmode.flags &= ~(uint32_t)CAN_CTRLMODE_LISTENONLY;
	if (listen)
		p->settings.ctrlmode.flags |= CAN_CTRLMODE_LISTENONLY;
}

static unsigned int closed(struct ldisc_port *p)
{
	bool was_open = p->open;

	p->open = p->stays_off = false;
	p->bus_off_at = ANYCAN_NEVER;
	drop_output(p);
	return was_open ? BRIDGED_PORT_LINK : 0;
}

/* Return: enum bridged_port_event bits. */
static unsigned int command(struct ldisc_port *p, const char *line, size_t len)
{
	size_t code = len == 2 && line[0] == 'S' ? (size_t)(line[1] - '0') : LDISC_RATES;

	if (code < LDISC_RATES) {
		p->bitrate = ldisc_rates[code];
		return 0;
	}
	if (len != 1)
		return 0;
	switch (line[0]) {
	case 'C':
		return closed(p);
	case 'O':
	case 'L':
		take_settings(p, line[0] == 'L');
		p->open = true;
		return BRIDGED_PORT_LINK;
	default:
		return 0;
	}
}

/* Whether there is anything but frames in what was read. */
static bool has_command(const struct ldisc_port *p)
{
	const char *end = p->in + p->in_len;
	size_t len;

	for (const char *at = p->in + p->in_at; at < end; at += len + 1) {
		const char *cr = memchr(at, '\r', (size_t)(end - at));

		if (!cr)
			return false;
		len = (size_t)(cr - at);
		if (!is_frame(at, len))
			return true;
	}
	return false;
}

/* What was read: frames for recv(), or the next command. */
static unsigned int offer(struct ldisc_port *p)
{
	unsigned int events;
	const char *line;
	size_t len;

	line = next_line(p, &len);
	if (!line)
		return 0;
	if (is_frame(line, len)) {
		if (p->offered == p->in_at)
			return 0; /* nobody wants them now */
		p->offered = p->in_at;
		return BRIDGED_PORT_FRAMES | (has_command(p) ? BRIDGED_PORT_MORE : 0U);
	}
	p->in_at += len + 1;
	p->offered = SIZE_MAX;
	events = command(p, line, len);
	return events | (next_line(p, &len) ? BRIDGED_PORT_MORE : 0U);
}

static unsigned int take_input(struct ldisc_port *p)
{
	size_t len;
	ssize_t n;

	if (next_line(p, &len))
		return offer(p);
	p->in_len -= p->in_at;
	memmove(p->in, p->in + p->in_at, p->in_len);
	p->in_at = 0;
	p->offered = SIZE_MAX;
	if (p->in_len == sizeof(p->in)) {
		p->invalid++;
		p->in_len = 0;
	}
	n = read(p->netdev.master, p->in + p->in_len, sizeof(p->in) - p->in_len);
	if (n < 0)
		return errno == EIO ? BRIDGED_PORT_GONE : 0;
	p->in_len += (size_t)n;
	return offer(p);
}

static void complain_of_silence(const struct ldisc_port *p)
{
	if (!p->link_up || p->open)
		return;
	anycan_log(ANYCAN_LOG_WARNING,
		   "%s is up without a bit rate, and so not on the bus: ip link set %s down; ip "
		   "link set %s up type can bitrate 500000",
		   p->netdev.name, p->netdev.name, p->netdev.name);
}

static unsigned int time_has_come(struct ldisc_port *p)
{
	uint64_t times;
	size_t len;

	if (read(p->timer, &times, sizeof(times)) < 0)
		return offer(p); /* called again for the rest */
	if (is_due(&p->mute_at))
		complain_of_silence(p);
	if (is_due(&p->bus_off_at))
		bus_off_lasts(p);
	if (is_due(&p->retry_at)) {
		ldisc_flush(&p->base);
		p->offered = SIZE_MAX;
		if (next_line(p, &len))
			p->retry_at = anycan_mono_after(now(), RETRY_NS);
	}
	set_timer(p);
	return offer(p);
}

static unsigned int link_changed(struct ldisc_port *p)
{
	struct anycan_link link;
	bool deleted, up;
	int ret;

	while ((ret = anycan_link_next(p->watch, &link, &deleted)) > 0 || ret == -ENOBUFS) {
		if (ret == -ENOBUFS && anycan_link_get(p->netdev.rtnl, p->netdev.name, &link))
			continue;
		if (link.ifindex != p->netdev.ifindex)
			continue;
		/* Moved to another network namespace it still tells when it opens and closes. */
		p->elsewhere = deleted;
		up = link.up && !deleted;
		if (up && !p->link_up)
			set_deadline(p, &p->mute_at, MUTE_NS);
		p->link_up = up;
	}
	return 0;
}

static unsigned int ldisc_handle(struct bridged_port *base, int index)
{
	struct ldisc_port *p = self(base);

	switch (index) {
	case 1:
		return time_has_come(p);
	case 2:
		return link_changed(p);
	default:
		return take_input(p);
	}
}

/* Only what handle() has read: a command among it must not be passed over. */
static unsigned int ldisc_recv(struct bridged_port *base, struct anycan_frame *frames,
			       uint32_t *tokens, unsigned int max)
{
	struct ldisc_port *p = self(base);
	const char *line = NULL;
	unsigned int n = 0;
	uint32_t stamp;
	size_t len;

	while (n < max && (line = next_line(p, &len)) && is_frame(line, len)) {
		p->in_at += len + 1;
		if (!slcan_frame_parse((const uint8_t *)line, len, false, &frames[n], &stamp)) {
			p->invalid++;
			continue;
		}
		tokens[n++] = p->token++;
	}
	if (n == max && next_line(p, &len))
		set_deadline(p, &p->retry_at, RETRY_NS);
	return n;
}

/* ---- The rest of the interface */

static const struct bridged_settings *ldisc_settings(const struct bridged_port *base)
{
	return &((const struct ldisc_port *)base)->settings;
}

static void ldisc_fds(const struct bridged_port *base, int fds[BRIDGED_PORT_FDS])
{
	const struct ldisc_port *p = (const struct ldisc_port *)base;

	fds[0] = p->netdev.master;
	fds[1] = p->timer;
	fds[2] = p->watch_fd;
}

static bool ldisc_is_up(const struct bridged_port *base)
{
	return ((const struct ldisc_port *)base)->open;
}

static void ldisc_drops(const struct bridged_port *base, struct bridged_port_drops *drops)
{
	const struct ldisc_port *p = (const struct ldisc_port *)base;

	*drops = (struct bridged_port_drops){
		.rx_refused = p->refused,
		.tx_invalid = p->invalid,
	};
}

static void ldisc_backlog(struct bridged_port *base, uint64_t *rx, uint64_t *tx)
{
	struct ldisc_port *p = self(base);
	struct anycan_link link;

	*rx = *tx = 0;
	if (!p->elsewhere && !anycan_link_get(p->netdev.rtnl, p->netdev.name, &link))
		*rx = link.rx_dropped;
}

static const struct bridged_port_controller ldisc_controller = {
	.is_available = ldisc_is_available,
	.settings = ldisc_settings,
	.opened = ldisc_opened,
	.refused = ldisc_refused,
	.state = ldisc_state,
	.finished = ldisc_finished,
	.flush = ldisc_flush,
};

const struct bridged_port_class ldisc_port = {
	.name = "ldisc",
	.summary = "the kernel's own slcan on a pseudo terminal: ip link sets the bit rate",
	.choice = BRIDGED_PORT_BY_NAME,
	.controller = &ldisc_controller,
	.open = ldisc_open,
	.close = ldisc_close,
	.fds = ldisc_fds,
	.handle = ldisc_handle,
	.is_up = ldisc_is_up,
	.send = ldisc_send,
	.recv = ldisc_recv,
	.drops = ldisc_drops,
	.backlog = ldisc_backlog,
};
