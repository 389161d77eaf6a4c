// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * An slcan adapter on a pty that is only as slow as its reader.
 *   pty_adapter feed FRAMES CHUNK    writes frames as fast as they are taken, CHUNK bytes at a time
 *   pty_adapter pace FRAMES RATE     one frame a write, its data the time of the write
 *   pty_adapter sink FRAMES          counts what comes, and answers nothing
 *   pty_adapter confirm FRAMES       the same, and answers each line with CR
 * It prints the pty's name and waits for a line on standard input; does its work and prints one
 * line of `key=value` words; then it keeps the pty until the end of standard input. Source of
 * the format: LAWICEL CANUSB manual.
 */
#include "samples.h"

#include <anycan/hex.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

/* Longest line: an extended frame with 8 bytes. */
#define LINE_MAX_LEN 27

#define SINK_IDLE_MS 3000
#define SINK_FIRST_MS 60000

struct adapter {
	int fd;
	bool confirms;
	struct samples *samples;
	long wanted;
	char line[64]; /* the line that is coming in */
	size_t line_len;
	int64_t arrived_ns;
};

struct frame {
	bool extended;
	uint32_t id;
	uint8_t len;
	uint8_t data[8];
};

/* The same numbers in every run. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static size_t print_frame(char *line, const struct frame *frame)
{
	char *at = line;

	*at++ = frame->extended ? 'T' : 't';
	at = anycan_hex_put_number(at, frame->extended ? 8 : 3, frame->id);
	*at++ = (char)('0' + frame->len);
	at = anycan_hex_put_bytes(at, frame->data, frame->len);
	*at++ = '\r';
	return (size_t)(at - line);
}

/* What is seen on many buses: a quarter extended, most with 8 bytes, the others shorter. */
static struct frame random_frame(uint32_t *state)
{
	struct frame frame = {.extended = !(next_random(state) & 3)};

	frame.id = next_random(state) & (frame.extended ? 0x1fffffff : 0x7ff);
	frame.len = next_random(state) % 10 < 6 ? 8 : (uint8_t)(next_random(state) % 9);
	for (int i = 0; i < frame.len; i++)
		frame.data[i] = (uint8_t)(next_random(state) >> 3);
	return frame;
}

/* Something came: the time of each frame goes into the samples. */
static void take_line(struct adapter *adapter)
{
	const char *line = adapter->line;
	int64_t sent = 0;

	if (line[0] != 't' && line[0] != 'T')
		return;
	anycan_hex_bytes(line + (line[0] == 't' ? 5 : 10), sizeof(sent), (uint8_t *)&sent);
	samples_add(adapter->samples, adapter->arrived_ns, sent);
}

static void answer(struct adapter *adapter, size_t lines)
{
	static char yes[4096];

	memset(yes, '\r', sizeof(yes));
	if (write(adapter->fd, yes, lines) < (ssize_t)lines)
		fprintf(stderr, "answers were lost\n");
}

/* Take what was written to the adapter. Return: whether there was anything. */
static bool take(struct adapter *adapter)
{
	char bytes[4096];
	ssize_t n = read(adapter->fd, bytes, sizeof(bytes));
	size_t lines = 0;

	adapter->arrived_ns = now_ns();
	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] != '\r') {
			if (adapter->line_len < sizeof(adapter->line) - 1)
				adapter->line[adapter->line_len++] = bytes[i];
			continue;
		}
		adapter->line[adapter->line_len] = 0;
		adapter->line_len = 0;
		take_line(adapter);
		lines++;
	}
	if (lines && adapter->confirms)
		answer(adapter, lines);
	return n > 0;
}

/* Return: whether something can be read from the pty within that time. */
static bool wait_for(struct adapter *adapter, short events, int ms)
{
	struct pollfd fd = {.fd = adapter->fd, .events = events};

	return poll(&fd, 1, ms) > 0 && fd.revents & POLLIN;
}

static void put(struct adapter *adapter, const char *bytes, size_t len)
{
	while (len) {
		ssize_t n = write(adapter->fd, bytes, len);

		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN) {
			return;
		} else if (wait_for(adapter, POLLIN | POLLOUT, 1)) {
			take(adapter);
		}
	}
}

static void feed(struct adapter *adapter, long chunk)
{
	char *bytes = malloc((size_t)adapter->wanted * LINE_MAX_LEN);
	uint32_t state = 12345;
	size_t len = 0;
	int64_t start;

	if (!bytes)
		abort();
	for (long i = 0; i < adapter->wanted; i++) {
		struct frame frame = random_frame(&state);

		len += print_frame(bytes + len, &frame);
	}
	start = now_ns();
	for (size_t at = 0; at < len; at += (size_t)chunk)
		put(adapter, bytes + at, len - at < (size_t)chunk ? len - at : (size_t)chunk);
	free(bytes);
	printf("fed frames=%ld start_ns=%lld\n", adapter->wanted, (long long)start);
}

static void pace(struct adapter *adapter, long rate)
{
	struct frame frame = {.id = 0x123, .len = 8};
	char line[LINE_MAX_LEN];
	int64_t start = now_ns(), now;

	for (long i = 0; i < adapter->wanted; i++) {
		sleep_until(start + i * NS_PER_S / rate);
		now = now_ns();
		memcpy(frame.data, &now, sizeof(now));
		put(adapter, line, print_frame(line, &frame));
	}
	printf("fed frames=%ld start_ns=%lld\n", adapter->wanted, (long long)start);
}

static void sink(struct adapter *adapter)
{
	while (adapter->samples->frames < (size_t)adapter->wanted)
		if (!take(adapter) &&
		    !wait_for(adapter, POLLIN,
			      adapter->samples->frames ? SINK_IDLE_MS : SINK_FIRST_MS))
			break;
	printf("taken");
	samples_print(adapter->samples);
}

/* Read the pty until standard input has a line (true) or has ended (false). */
static bool idle(struct adapter *adapter)
{
	struct pollfd fds[] = {{.fd = adapter->fd, .events = POLLIN},
			       {.fd = STDIN_FILENO, .events = POLLIN}};
	char text[16];

	for (;;) {
		poll(fds, 2, -1);
		if (fds[1].revents)
			return read(STDIN_FILENO, text, sizeof(text)) > 0;
		/* Nobody has opened the pty yet, or it is closed again: a hang-up all the time. */
		if (!take(adapter))
			sleep_until(now_ns() + NS_PER_S / 100);
	}
}

static void open_pty(struct adapter *adapter)
{
	struct termios line;
	char name[64];
	int far;

	if (openpty(&adapter->fd, &far, name, NULL, NULL)) {
		perror("openpty");
		exit(1);
	}
	tcgetattr(far, &line);
	cfmakeraw(&line);
	tcsetattr(far, TCSANOW, &line);
	close(far);
	fcntl(adapter->fd, F_SETFL, O_NONBLOCK);
	printf("pty %s\n", name);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct adapter adapter = {0};
	const char *mode;

	if (argc < 3 || argc > 4)
		return 2;
	mode = argv[1];
	adapter.wanted = number(argv[2]);
	adapter.confirms = !strcmp(mode, "confirm");
	adapter.samples = samples_new((size_t)adapter.wanted);
	open_pty(&adapter);
	if (!idle(&adapter))
		return 0;
	if (!strcmp(mode, "feed") && argc > 3)
		feed(&adapter, number(argv[3]));
	else if (!strcmp(mode, "pace") && argc > 3)
		pace(&adapter, number(argv[3]));
	else
		sink(&adapter);
	fflush(stdout);
	while (idle(&adapter))
		;
	return 0;
}
