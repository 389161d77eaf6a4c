// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A transport and a script: line_tool URL [KEY VALUE]...
 * Standard input goes to the line, what comes from the line to standard output. `open` and `gone`
 * on standard error tell how it is, each behind it with a reason if there is one; it goes on
 * connecting as the engine does. It ends when its input does.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <transport.h>
#include <unistd.h>

/* As the engine: how long open() and opened() have, and the time between two tries. */
#define OPEN_LIMIT_MS 10000
#define RETRY_US 200000

static void *options;

static struct bridged_transport *create(int argc, char **argv)
{
	const struct bridged_transport_class *const *class = bridged_transports;
	char reason[BRIDGED_REASON_SIZE] = "no such key";
	struct bridged_transport *t = NULL;

	while (*class && !(*class)->match(argv[1]))
		class ++;
	if (!*class)
		return NULL;
	options = calloc(1, (*class)->options_size + 1);
	bridged_option_defaults((*class)->options, options);
	for (int i = 2; i + 1 < argc; i += 2) {
		const struct bridged_option *row = bridged_option_find((*class)->options, argv[i]);

		if (!row || bridged_option_set(row, argv[i + 1], options, reason, sizeof(reason))) {
			fprintf(stderr, "%s: %s\n", argv[i], reason);
			return NULL;
		}
	}
	if ((*class)->create(&t, argv[1], options, reason))
		fprintf(stderr, "%s\n", reason);
	else
		t->class = *class;
	return t;
}

static bool open_line(struct bridged_transport *t)
{
	char reason[BRIDGED_REASON_SIZE];
	int ret = t->class->open(t, reason);

	while (ret > 0) {
		struct pollfd fd = {
			.fd = t->class->fd(t),
			.events = ret == BRIDGED_OPEN_WRITABLE ? POLLOUT : POLLIN,
		};

		poll(&fd, 1, OPEN_LIMIT_MS);
		ret = t->class->opened(t, reason);
	}
	fprintf(stderr, "%s %s\n", ret ? "gone" : "open", ret ? reason : "");
	return !ret;
}

/* Hand on what the line has. Return: 0 or a negative errno. */
static int take(struct bridged_transport *t)
{
	uint8_t bytes[4096];
	ssize_t n = t->class->read(t, bytes, sizeof(bytes));

	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	return write(STDOUT_FILENO, bytes, (size_t)n) == n ? 0 : -EPIPE;
}

/* Both directions at once: a line that sends until it is read takes nothing meanwhile. */
static int put(struct bridged_transport *t, const uint8_t *bytes, size_t len)
{
	while (len) {
		struct pollfd fd = {.fd = t->class->fd(t), .events = POLLIN};
		ssize_t n = t->class->held && t->class->held(t) ? -EAGAIN
								: t->class->write(t, bytes, len);

		if (n < 0 && n != -EAGAIN)
			return (int)n;
		if (n > 0) {
			bytes += n;
			len -= (size_t)n;
			continue;
		}
		fd.events |= t->class->held && t->class->held(t) ? 0 : POLLOUT;
		poll(&fd, 1, -1);
		if (fd.revents & ~POLLOUT && take(t))
			return -EIO;
	}
	return 0;
}

/* Until the line is gone (false) or standard input ends (true). */
static bool pump(struct bridged_transport *t)
{
	uint8_t bytes[4096];
	ssize_t n;

	for (;;) {
		struct pollfd fds[] = {{.fd = t->class->fd(t), .events = POLLIN},
				       {.fd = STDIN_FILENO, .events = POLLIN}};

		poll(fds, 2, -1);
		if (fds[0].revents && take(t))
			return false;
		if (!fds[1].revents)
			continue;
		n = read(STDIN_FILENO, bytes, sizeof(bytes));
		if (n <= 0)
			return true;
		if (put(t, bytes, (size_t)n))
			return false;
	}
}

int main(int argc, char **argv)
{
	struct bridged_transport *t = argc > 1 ? create(argc, argv) : NULL;
	bool ended = false;

	if (!t)
		return 2;
	while (!ended) {
		struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};

		if (!open_line(t)) {
			if (poll(&input, 1, 0) && input.revents & POLLHUP)
				break;
			usleep(RETRY_US);
			continue;
		}
		ended = pump(t);
		t->class->drain(t, 500);
		t->class->close(t);
		if (!ended)
			fprintf(stderr, "gone\n");
	}
	t->class->free(t);
	free(options);
	return 0;
}
