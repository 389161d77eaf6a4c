// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The byte stream between an adapter and its host: buffers, back-pressure, pace and faults. How
 * the stream appears is in pty.c and tcp.c.
 */
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <anycan/clock.h>

/* How long a full kernel buffer is left alone: not every reader of a pty wakes its writer (the
 * kernel's slcan line discipline does not). */
#define RETRY_NS (2 * ANYCAN_NS_PER_MS)

/* What may move at once after a pause, as time. */
#define PACE_BURST_NS (5 * ANYCAN_NS_PER_MS)

static struct sim_link *link_of_timer(struct sim_timer *timer)
{
	return (struct sim_link *)((char *)timer - offsetof(struct sim_link, retry));
}

static uint32_t link_rate(const struct sim_link *link)
{
	if (link->slow && (!link->rate || link->slow < link->rate))
		return link->slow;
	return link->rate;
}

/* How many of @want bytes may move now. */
static size_t pace_allow(struct sim_pace *pace, uint32_t rate, size_t want)
{
	int64_t now, allowed;

	if (!rate || !want)
		return want;
	now = sim_mono_ns();
	if (pace->next_ns < now - PACE_BURST_NS)
		pace->next_ns = now - PACE_BURST_NS;
	if (pace->next_ns > now)
		return 0;
	allowed = (now - pace->next_ns) * rate / ANYCAN_NS_PER_S + 1;
	return allowed < (int64_t)want ? (size_t)allowed : want;
}

static void pace_spend(struct sim_pace *pace, uint32_t rate, size_t bytes)
{
	if (rate)
		pace->next_ns += (int64_t)bytes * ANYCAN_NS_PER_S / rate;
}

static void link_retry(struct sim_link *link, int64_t due_ns)
{
	if (!link->retry.armed || link->retry.due_ns > due_ns)
		sim_loop_arm(&link->sim->loop, &link->retry, due_ns);
}

/* The flush that follows every turn of the loop does the work. */
static void link_retry_fire(struct sim_timer *timer)
{
	link_of_timer(timer)->blocked_out = false;
}

size_t sim_link_room(const struct sim_link *link)
{
	return link->output_size - (size_t)(link->put - link->written);
}

static void link_account(struct sim_link *link, size_t bytes)
{
	link->written += bytes;
	link->bytes_out += bytes;
	while (link->marks_len && link->marks[link->marks_head] <= link->written) {
		link->marks_head = (link->marks_head + 1) % link->marks_size;
		link->marks_len--;
		link->frames_out++;
	}
}

static void link_write(struct sim_link *link)
{
	uint32_t rate = link_rate(link);

	while (link->put > link->written && link->host && !link->stuck && !link->blocked_out) {
		size_t at = link->written % link->output_size;
		size_t waiting = (size_t)(link->put - link->written);
		size_t len = pace_allow(&link->pace_out, rate, waiting);
		size_t first = len < link->output_size - at ? len : link->output_size - at;
		struct iovec parts[2] = {{link->output + at, first}, {link->output, len - first}};
		ssize_t n;

		if (!len) {
			link_retry(link, link->pace_out.next_ns);
			return;
		}
		n = writev(link->stream.fd, parts, 2);
		if (n < 0 && errno == EAGAIN) {
			link->blocked_out = true;
			link_retry(link, sim_mono_ns() + RETRY_NS);
		} else if (n < 0) {
			return; /* the hang-up follows as an event of its own */
		} else {
			link_account(link, (size_t)n);
			pace_spend(&link->pace_out, rate, (size_t)n);
		}
	}
}

bool sim_link_put(struct sim_link *link, const char *data, size_t len, bool is_frame)
{
	size_t at, first;

	if (sim_link_room(link) < len || (is_frame && link->marks_len == link->marks_size))
		link_write(link);
	if (sim_link_room(link) < len || (is_frame && link->marks_len == link->marks_size))
		return false;
	at = link->put % link->output_size;
	first = len < link->output_size - at ? len : link->output_size - at;
	memcpy(link->output + at, data, first);
	memcpy(link->output, data + first, len - first);
	link->put += len;
	if (is_frame) {
		size_t mark = (link->marks_head + link->marks_len++) % link->marks_size;

		link->marks[mark] = link->put;
	}
	return true;
}

uint64_t sim_link_cut(struct sim_link *link)
{
	uint64_t frames = link->marks_len;

	link->frames_cut += frames;
	link->written = link->put;
	link->marks_len = 0;
	link->marks_head = 0;
	return frames;
}

static void link_feed(struct sim_link *link)
{
	size_t used = 0;

	while (used < link->input_len) {
		size_t n = link->ops->input(link, link->input + used, link->input_len - used);

		used += n;
		if (!n)
			break;
	}
	link->input_len -= used;
	memmove(link->input, link->input + used, link->input_len);
}

bool sim_link_read(struct sim_link *link)
{
	uint32_t rate = link_rate(link);

	while (link->input_len < sizeof(link->input) && !link->stuck) {
		size_t len =
			pace_allow(&link->pace_in, rate, sizeof(link->input) - link->input_len);
		ssize_t n;

		if (!len) {
			link_retry(link, link->pace_in.next_ns);
			return true;
		}
		n = read(link->stream.fd, link->input + link->input_len, len);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (n <= 0)
			return false;
		link->bytes_in += (uint64_t)n;
		link->input_len += (size_t)n;
		pace_spend(&link->pace_in, rate, (size_t)n);
		link_feed(link);
		if (link->input_len)
			return true; /* the adapter is full */
	}
	return true;
}

void sim_link_update(struct sim_link *link)
{
	uint32_t events = EPOLLPRI; /* nothing but the hang-up */

	if (!link->stuck && !link->input_len && pace_allow(&link->pace_in, link_rate(link), 1))
		events |= EPOLLIN;
	if (link->blocked_out && !link->stuck)
		events |= EPOLLOUT;
	if (link->host)
		sim_loop_change(&link->sim->loop, &link->stream, events);
}

void sim_link_flush(struct sim_link *link)
{
	if (link->input_len && !link->stuck) {
		link_feed(link);
		if (!link->input_len && link->host)
			sim_link_read(link);
	} else if (link_rate(link) && link->host) {
		sim_link_read(link);
	}
	link_write(link);
	sim_link_update(link);
}

void sim_link_host(struct sim_link *link, bool present)
{
	link->hangups += link->host && !present;
	link->host = present;
	link->blocked_out = false;
}

static int link_garbage(struct sim_link *link, uint32_t bytes, uint32_t seed)
{
	uint32_t state = seed ? seed : 1;

	if (bytes > sim_link_room(link))
		return -ENOBUFS;
	while (bytes--) {
		char byte;

		/* xorshift32, so that a seed gives the same bytes everywhere */
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		byte = (char)(state >> 11);
		sim_link_put(link, &byte, 1, false);
	}
	return 0;
}

int sim_link_fault(struct sim_link *link, const struct sim_fault *fault)
{
	switch (fault->kind) {
	case SIM_FAULT_GARBAGE:
		return link_garbage(link, fault->number, fault->seed);
	case SIM_FAULT_SLOW:
		link->slow = fault->number;
		return 0;
	case SIM_FAULT_STUCK:
		link->stuck = true;
		return 0;
	case SIM_FAULT_RESUME:
		link->stuck = false;
		link->slow = 0;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

int sim_link_plug(struct sim_link *link, struct sim_why *why)
{
	int err = link->path ? sim_pty_plug(link, why) : sim_tcp_plug(link, why);

	if (err)
		return err;
	link->plugged = true;
	link->input_len = 0;
	link->blocked_out = false;
	link->stuck = false;
	link->slow = 0;
	return 0;
}

void sim_link_unplug(struct sim_link *link)
{
	if (!link->plugged)
		return;
	link->plugged = false;
	sim_link_host(link, false);
	sim_loop_disarm(&link->sim->loop, &link->retry);
	if (link->path)
		sim_pty_unplug(link);
	else
		sim_tcp_unplug(link);
	sim_link_cut(link);
}

int sim_link_options(struct sim_link *link, struct sim_args *args, struct sim_why *why)
{
	const char *path = sim_args_text(args, "pty");
	uint64_t port = UINT64_MAX, baud = 0;
	int err = sim_args_number(args, "tcp", UINT16_MAX, &port, why);

	if (!err)
		err = sim_args_number(args, "baud", 100000000, &baud, why);
	if (!err)
		err = sim_args_flag(args, "keep", &link->keep_pty, why);
	if (!err)
		err = sim_args_flag(args, "cooked", &link->cooked, why);
	if (err)
		return err;
	if (!path == (port == UINT64_MAX))
		return sim_why(why, -EINVAL, "%s: give either pty=PATH or tcp=PORT", args->type);
	link->path = path ? strdup(path) : NULL;
	link->port = path ? 0 : (uint16_t)port;
	link->rate = (uint32_t)(baud / 10); /* start bit, eight bits, stop bit */
	return 0;
}

void sim_link_address(const struct sim_link *link, char *text, size_t size)
{
	if (link->path)
		snprintf(text, size, "%s", link->path);
	else
		snprintf(text, size, "127.0.0.1:%u", link->port);
}

int sim_link_open(struct sim_link *link, size_t output_size, size_t frames, struct sim_why *why)
{
	link->stream.fd = -1;
	link->door.fd = -1;
	link->retry.fire = link_retry_fire;
	link->output_size = output_size;
	link->marks_size = frames;
	link->output = malloc(output_size);
	link->marks = malloc(frames * sizeof(*link->marks));
	if (!link->output || !link->marks)
		return sim_why(why, -ENOMEM, "out of memory");
	return sim_link_plug(link, why);
}

void sim_link_close(struct sim_link *link)
{
	sim_link_unplug(link);
	free(link->output);
	free(link->marks);
	free(link->path);
}
