// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A bridge between an adapter and a script: frames_tool ADAPTER [KEY VALUE]...
 * It prints `open` when the adapter is on the bus, then each frame that comes, and sends each
 * line of standard input; both as can-utils write frames. It ends when its input does.
 */
#include "bare_bridge.h"

#include <anycan/text.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct input {
	struct bridged_loop *loop;
	char text[4096];
	size_t len;
};

static void print(struct bare_port *port, const struct anycan_frame *frames, unsigned int n)
{
	char text[ANYCAN_TEXT_SIZE];

	(void)port;
	for (unsigned int i = 0; i < n; i++)
		if (anycan_frame_print(&frames[i], text, sizeof(text)) > 0)
			puts(text);
	fflush(stdout);
}

/* The next whole line as a frame. Return: whether there was one. */
static bool take_line(struct input *input, struct anycan_frame *frame)
{
	char *end = memchr(input->text, '\n', input->len);
	size_t len;
	bool ok;

	if (!end)
		return false;
	len = (size_t)(end - input->text);
	ok = !anycan_frame_parse(input->text, len, frame);
	if (!ok)
		fprintf(stderr, "frames_tool: no frame: %.*s\n", (int)len, input->text);
	input->len -= len + 1;
	memmove(input->text, end + 1, input->len);
	return ok;
}

static unsigned int scan(struct bare_port *port, struct anycan_frame *frames, unsigned int max)
{
	struct input *input = port->arg;
	unsigned int n = 0;
	ssize_t got = read(port->fd, input->text + input->len, sizeof(input->text) - input->len);

	if (got > 0)
		input->len += (size_t)got;
	while (n < max && take_line(input, &frames[n]))
		n++;
	if (!got && !n)
		input->loop->stop = true;
	return n;
}

int main(int argc, char **argv)
{
	static struct bare_bridge bridge;
	static struct input input;
	int ret;

	fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
	input.loop = &bridge.loop;
	bridge.port = (struct bare_port){
		.fd = STDIN_FILENO,
		.send = print,
		.recv = scan,
		.arg = &input,
	};
	ret = bare_bridge_open(&bridge, argc, argv);
	if (ret) {
		fprintf(stderr, "frames_tool: %s\n", bridge.reason);
	} else {
		puts("open");
		fflush(stdout);
		bare_bridge_run(&bridge, ANYCAN_NEVER);
	}
	bare_bridge_close(&bridge);
	return ret ? 1 : 0;
}
