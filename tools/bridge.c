// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * anycan bridge: two buses joined. One thread: whatever is received is sent on before it waits
 * again, so that a frame is passed on as soon as the other bus has room.
 */
#include "bridge.h"
#include "args.h"
#include "stop.h"
#include "tools.h"

#include <anycan/clock.h>
#include <anycan/link.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

/* Between attempts to open a bus that is away. */
#define RETRY_NS (ANYCAN_NS_PER_S / 2)

/* Of a bus that has no descriptor to wait for. */
#define POLL_NS ANYCAN_NS_PER_MS

struct end {
	struct buses buses; /* one, or none while it is away */
	int64_t retry_ns;
	bool told; /* that it is away */
};

struct bridge {
	const struct bridge_args *args;
	const char *program;
	struct end ends[2];
	struct bridge_way ways[2];
	uint64_t lost_before[2]; /* by buses that were closed since */
	struct bridge_guard guard;
	bool loop_told;
	int stop_fd, stats_fd;
	int64_t stats_ns; /* when counters are printed next */
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * ANYCAN_NS_PER_S + now.tv_nsec;
}

static int complain(const struct bridge *b, const char *text)
{
	fprintf(stderr, "%s: %s\n", b->program, text);
	return STATUS_FAILED;
}

static struct anycan_bus *bus_of(const struct bridge *b, unsigned int end)
{
	return b->ends[end].buses.n ? b->ends[end].buses.list[0] : NULL;
}

static bool is_used(const struct bridge *b, unsigned int way)
{
	return way == 0 || !b->args->one_way;
}

/* ---- Opening both */

static bool look_up(const struct bridge *b, unsigned int end, struct anycan_link *link)
{
	struct anycan_bus *bus = bus_of(b, end);
	char name[IFNAMSIZ];
	struct anycan_rtnl *rtnl;
	int ret;

	if (!bus || strcmp(anycan_bus_interface(bus), "socketcan") ||
	    anycan_bus_channel_name(bus, 0, name, sizeof(name)) || anycan_rtnl_new(&rtnl))
		return false;
	ret = anycan_link_get(rtnl, name, link);
	anycan_rtnl_free(rtnl);
	return !ret;
}

/* Return: why these two must not be joined, or NULL. */
static const char *joined_already(const struct bridge *b)
{
	struct anycan_bus *a = bus_of(b, 0), *other = bus_of(b, 1);
	struct anycan_link links[2];

	if (!a || !other)
		return NULL;
	if (!strcmp(anycan_bus_info(a), anycan_bus_info(other)))
		return "both ends are the same bus: every frame would come back for ever; name "
		       "two buses";
	if (look_up(b, 0, &links[0]) && look_up(b, 1, &links[1]) && links[0].peer &&
	    !links[0].peer_elsewhere && links[0].peer == links[1].ifindex)
		return "these are the two ends of one vxcan pair, which are joined already; name "
		       "two buses";
	return NULL;
}

static void attach(struct bridge *b, unsigned int end)
{
	struct bridge_way *way = &b->ways[!end];
	struct anycan_link link;
	bool known = look_up(b, end, &link);

	way->to = bus_of(b, end);
	way->to_classic = anycan_bus_protocol(way->to) != ANYCAN_PROTOCOL_CAN_FD ||
			  (known && link.mtu < CANFD_MTU);
	way->to_controller = known && !strcmp(link.kind, "can");
	if (way->to_controller && b->args->error_frames && !b->args->python_can && is_used(b, !end))
		fprintf(stderr,
			"%s: %s is a controller, which sends no error frames on demand; those for "
			"it are counted as dropped\n",
			b->program, b->args->names[end]);
}

static int open_end(struct bridge *b, unsigned int end, struct anycan_error *error)
{
	struct buses *buses = &b->ends[end].buses;
	int ret = buses_open(buses, &b->args->ends[end], error);

	if (!ret && buses->n != 1) {
		buses_close(buses);
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"a bridge joins two buses; %s is more than one",
					b->args->names[end]);
	}
	if (!ret)
		attach(b, end);
	return ret;
}

/* An end is away: say so once, and try again later. */
static void wait_for_end(struct bridge *b, unsigned int end, const struct anycan_error *error)
{
	struct end *e = &b->ends[end];

	if (!e->told)
		fprintf(stderr, "%s: %s: %s; waiting for it\n", b->program, b->args->names[end],
			error->text);
	e->told = true;
	e->retry_ns = now_ns() + RETRY_NS;
}

static int open_both(struct bridge *b)
{
	struct anycan_error error;
	const char *reason;

	for (unsigned int end = 0; end < 2; end++) {
		int ret = open_end(b, end, &error);

		if (ret && (!b->args->reconnect || error.category == ANYCAN_ERROR_VALUE)) {
			complain(b, error.text);
			if (b->args->python_can)
				return STATUS_FAILED;
			return error.category == ANYCAN_ERROR_VALUE ? STATUS_USAGE : status_of(ret);
		}
		if (ret)
			wait_for_end(b, end, &error);
	}
	reason = joined_already(b);
	return reason ? complain(b, reason) : 0;
}

/* ---- Losing one, and having it back */

static void count_lost(struct bridge *b, unsigned int end)
{
	struct anycan_bus_stats stats;

	b->ways[end].lost = b->lost_before[end];
	if (!bus_of(b, end))
		return;
	anycan_bus_get_stats(bus_of(b, end), &stats);
	b->ways[end].lost += stats.rx_dropped + stats.rx_invalid;
}

/* Return: 0 to go on without it, or the exit status. */
static int lose_end(struct bridge *b, unsigned int end, int code, const struct anycan_error *error)
{
	struct bridge_way *way = &b->ways[!end];

	count_lost(b, end);
	b->lost_before[end] = b->ways[end].lost;
	bridge_way_drop_queue(way, BRIDGE_DROP_AWAY);
	way->to = NULL;
	buses_close(&b->ends[end].buses);
	if (!b->args->reconnect) {
		fprintf(stderr, "%s: %s: %s (--reconnect waits for it)\n", b->program,
			b->args->names[end], error->text);
		return status_of(code) == STATUS_FAILED ? STATUS_GONE : status_of(code);
	}
	wait_for_end(b, end, error);
	return 0;
}

/* Return: 0, or the exit status. */
static int try_again(struct bridge *b, unsigned int end)
{
	struct end *e = &b->ends[end];
	struct anycan_error error;
	const char *reason;
	struct anycan_frame frame;
	int ret;

	if (bus_of(b, end) || now_ns() < e->retry_ns)
		return 0;
	ret = open_end(b, end, &error);
	if (ret) {
		wait_for_end(b, end, &error);
		return 0;
	}
	/* A netdev that is there and down says so when it is read. */
	ret = anycan_bus_recv(bus_of(b, end), &frame, 0, &error);
	if (ret < 0)
		return lose_end(b, end, ret, &error);
	fprintf(stderr, "%s: %s is back\n", b->program, b->args->names[end]);
	e->told = false;
	if (ret)
		bridge_way_put(&b->ways[end], &frame, 1, now_ns());
	reason = joined_already(b);
	return reason ? complain(b, reason) : 0;
}

/* ---- Frames */

/* Return: 0 to go on, or the exit status. */
static int tell_loop(struct bridge *b)
{
	static const char *const text =
		"the buses are joined elsewhere, too: what one receives the other one receives as "
		"well, so that every frame would go round for ever. Are both adapters on one wire, "
		"or is there a second bridge?";

	if (b->loop_told)
		return 0;
	b->loop_told = true;
	fprintf(stderr, "%s: %s and %s: %s%s\n", b->program, b->args->names[0], b->args->names[1],
		text, b->args->python_can ? "" : " (--no-loop-check bridges nevertheless)");
	return b->args->python_can ? 0 : STATUS_FAILED;
}

/* Only what passes a filter can go round. */
static bool goes_round(struct bridge *b, unsigned int end, const struct anycan_frame *frames, int n,
		       int64_t now)
{
	bool found = false;

	for (int i = 0; i < n && !b->args->no_loop_check; i++) {
		const struct anycan_frame *frame = &frames[i];

		if (frame->can_id & CAN_ERR_FLAG)
			continue;
		if (bridge_way_wants(&b->ways[0], frame) ||
		    (is_used(b, 1) && bridge_way_wants(&b->ways[1], frame)))
			found |= bridge_guard_see(&b->guard, end, frame, now);
	}
	return found;
}

/* Take what an end has. Return: 0, or the exit status; @more if there may be more. */
static int receive(struct bridge *b, unsigned int end, bool *more)
{
	struct anycan_frame frames[BRIDGE_BATCH];
	struct anycan_error error;
	int64_t now;
	int n;

	if (!bus_of(b, end))
		return 0;
	n = anycan_bus_recv_many(bus_of(b, end), frames, BRIDGE_BATCH, 0, &error);
	if (n < 0)
		return lose_end(b, end, n, &error);
	if (!n)
		return 0;
	*more = true;
	now = now_ns();
	if (is_used(b, end))
		bridge_way_put(&b->ways[end], frames, (unsigned int)n, now);
	return goes_round(b, end, frames, n, now) ? tell_loop(b) : 0;
}

/* Once each way. Return: 0, or the exit status. */
static int move(struct bridge *b, bool *more)
{
	struct anycan_error error;
	int status = 0;

	for (unsigned int end = 0; end < 2 && !status; end++) {
		int ret = 0;

		status = receive(b, end, more);
		if (!status)
			ret = bridge_way_flush(&b->ways[end], now_ns(), &error);
		if (ret)
			status = lose_end(b, !end, ret, &error);
	}
	return status;
}

/* ---- Waiting */

static int64_t next_deadline(const struct bridge *b, int64_t now)
{
	int64_t next = b->args->stats_ns ? b->stats_ns : INT64_MAX;

	for (unsigned int i = 0; i < 2; i++) {
		struct anycan_bus *bus = bus_of(b, i);
		int64_t at = bridge_way_next(&b->ways[i], now);

		if (!bus && b->ends[i].retry_ns < at)
			at = b->ends[i].retry_ns;
		if (bus && anycan_bus_fd(bus) < 0 && now + POLL_NS < at)
			at = now + POLL_NS;
		if (at < next)
			next = at;
	}
	return next;
}

static void wait_for_work(const struct bridge *b, bool more)
{
	struct pollfd fds[4] = {{b->stop_fd, POLLIN, 0}, {b->stats_fd, POLLIN, 0}};
	int64_t now = now_ns(), next = more ? now : next_deadline(b, now);
	int64_t left = next > now ? next - now : 0;
	struct timespec timeout = {left / ANYCAN_NS_PER_S, left % ANYCAN_NS_PER_S};

	for (unsigned int i = 0; i < 2; i++) {
		fds[2 + i].fd = bus_of(b, i) ? anycan_bus_fd(bus_of(b, i)) : -1;
		fds[2 + i].events = POLLIN;
	}
	ppoll(fds, 4, next == INT64_MAX ? NULL : &timeout, NULL);
}

/* SIGUSR1 asks for the counters. Return: a descriptor or a negative errno. */
static int open_stats(void)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -errno;
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static void report(struct bridge *b)
{
	count_lost(b, 0);
	count_lost(b, 1);
	bridge_report(stdout, b->args, b->ways);
}

static void report_if_due(struct bridge *b)
{
	struct signalfd_siginfo info;
	bool asked = read(b->stats_fd, &info, sizeof(info)) == sizeof(info);
	int64_t now;

	if (b->args->stats_ns && (now = now_ns()) >= b->stats_ns) {
		asked = true;
		b->stats_ns += b->args->stats_ns;
		if (b->stats_ns < now)
			b->stats_ns = now + b->args->stats_ns;
	}
	if (asked)
		report(b);
}

/* ---- All of it */

static int loop(struct bridge *b)
{
	int status = 0;

	b->stats_ns = now_ns() + b->args->stats_ns;
	while (!status && !stop_requested()) {
		bool more = false;

		status = move(b, &more);
		for (unsigned int end = 0; end < 2 && !status; end++)
			status = try_again(b, end);
		if (!status)
			wait_for_work(b, more);
		report_if_due(b);
	}
	return status;
}

static void print_time(const char *what)
{
	struct timespec now;
	char text[32];
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &tm);
	printf("CAN Bridge (%s on %s.%06ld)\n", what, text, now.tv_nsec / 1000);
	fflush(stdout);
}

static void tell_ready(const struct bridge *b)
{
	if (b->args->python_can)
		print_time("Started");
	else if (!b->args->quiet)
		fprintf(stderr, "%s: %s %s %s\n", b->program, b->args->names[0],
			b->args->one_way ? "->" : "<->", b->args->names[1]);
}

static void finish(struct bridge *b)
{
	bridge_way_drop_queue(&b->ways[0], BRIDGE_DROP_UNSENT);
	bridge_way_drop_queue(&b->ways[1], BRIDGE_DROP_UNSENT);
	if (b->args->python_can)
		print_time("Stopped");
	else if (!b->args->quiet)
		report(b);
}

int bridge_run(const struct bridge_args *args)
{
	struct bridge *b = calloc(1, sizeof(*b));
	int status = STATUS_FAILED;

	if (!b)
		return STATUS_FAILED;
	b->args = args;
	b->program = args->python_can ? "can_bridge" : "anycan bridge";
	b->stop_fd = b->stats_fd = -1;
	if (bridge_way_init(&b->ways[0], args, 0) || bridge_way_init(&b->ways[1], args, 1)) {
		complain(b, "no memory");
		goto end;
	}
	status = open_both(b);
	if (status)
		goto end;
	b->stop_fd = stop_open();
	b->stats_fd = open_stats();
	if (b->stop_fd < 0 || b->stats_fd < 0) {
		status = complain(b, "no descriptor for signals");
		goto end;
	}
	tell_ready(b);
	status = loop(b);
	finish(b);
end:
	if (b->stats_fd >= 0)
		close(b->stats_fd);
	for (unsigned int i = 0; i < 2; i++) {
		buses_close(&b->ends[i].buses);
		bridge_way_clear(&b->ways[i]);
	}
	free(b);
	return status;
}

int tool_bridge(int argc, char **argv)
{
	struct bridge_args *args = calloc(1, sizeof(*args));
	int status = args ? bridge_args_parse(args, argc, argv) : STATUS_FAILED;

	if (status < 0)
		status = bridge_run(args);
	if (args)
		bridge_args_clear(args);
	free(args);
	return status;
}
