// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The daemon's engine with drivers and transports, and with standard input and output in place of
 * a netdev: for tests of whole drivers where the kernel has no CAN.
 *
 *	stdio_bridge ADAPTER [KEY VALUE]...
 *
 * Says `ready`, then every received frame as a log line. Takes frames in cansend's form, one a
 * line; `set KEY VALUE`; `stats`, answered by a line of counters; `down` and `up`. Ends with its
 * input.
 */
#include "bare_bridge.h"

#include <anycan/log.h>
#include <anycan/text.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct stdio_bridge {
	struct bare_bridge bare;
	bool ended;	/* the input has */
	bool down;	/* as was asked for last */
	char line[512]; /* of input, so far */
	size_t len;
	char value[256]; /* of a setting that is being changed */
	void *live;
};

static void print_frames(struct bare_port *port, const struct anycan_frame *frames, unsigned int n)
{
	char text[ANYCAN_LOG_LINE_SIZE];

	(void)port;
	for (unsigned int i = 0; i < n; i++)
		if (anycan_log_line_print(&frames[i], "can0", 6, text, sizeof(text)) > 0)
			puts(text);
	fflush(stdout);
}

/* ---- Commands */

static void set_ended(void *arg, const char *refusal)
{
	(void)arg;
	printf("set %s\n", refusal ? refusal : "done");
	fflush(stdout);
}

static void set(struct stdio_bridge *bridge, char *key)
{
	struct bridged_adapter *adapter = &bridge->bare.adapter;
	char *value = strchr(key, ' '), reason[BRIDGED_REASON_SIZE] = "no such key";
	struct bridged_change change = {.values = bridge->live, .ended = set_ended};

	if (value) {
		*value++ = '\0';
		snprintf(bridge->value, sizeof(bridge->value), "%s", value);
		change.option = bridged_option_find(adapter->driver->live, key);
	}
	if (!change.option ||
	    bridged_option_set(change.option, bridge->value, bridge->live, reason, sizeof(reason)))
		set_ended(NULL, reason);
	else if (bridged_adapter_set(adapter, &change))
		set_ended(NULL, "not now");
}

static void stats(const struct stdio_bridge *bridge)
{
	const struct bridged_adapter *adapter = &bridge->bare.adapter;
	const struct bridged_channel *channel = &adapter->channels[0];

	printf("stats {\"rx\": %" PRIu64 ", \"tx\": %" PRIu64 ", \"unsupported\": %" PRIu64
	       ", \"bad\": %" PRIu64 ", \"overruns\": %" PRIu64 ", \"reconnects\": %" PRIu64
	       ", \"open\": %s, \"state\": %d, \"rxerr\": %u, \"txerr\": %u}\n",
	       channel->counters.rx_frames, channel->counters.tx_frames,
	       channel->counters.tx_unsupported, adapter->counters.bad_units,
	       adapter->counters.overruns, adapter->counters.reconnects,
	       bare_bridge_is_open(&bridge->bare) ? "true" : "false", channel->can_state,
	       channel->berr.rxerr, channel->berr.txerr);
	fflush(stdout);
}

/* Return: whether the line was a command, now done, and no frame */
static bool command(struct stdio_bridge *bridge, char *line)
{
	if (!strncmp(line, "set ", 4))
		set(bridge, line + 4);
	else if (!strcmp(line, "stats"))
		stats(bridge);
	else if (!strcmp(line, "up") || !strcmp(line, "down"))
		bridge->down = line[0] == 'd';
	else
		return false;
	return true;
}

/* ---- Input */

/*
 * The next line of input, or NULL if there is none yet. What is not wanted now stays in the pipe,
 * so that the loop knows of it.
 */
static char *next_line(struct stdio_bridge *bridge)
{
	ssize_t n;

	while ((n = read(STDIN_FILENO, &bridge->line[bridge->len], 1)) == 1) {
		if (bridge->line[bridge->len] == '\n') {
			bridge->line[bridge->len] = '\0';
			bridge->len = 0;
			return bridge->line;
		}
		if (bridge->len < sizeof(bridge->line) - 1)
			bridge->len++;
	}
	bridge->ended |= !n;
	return NULL;
}

static unsigned int take_frames(struct bare_port *port, struct anycan_frame *frames,
				unsigned int max)
{
	struct stdio_bridge *bridge = port->arg;
	unsigned int n = 0;
	char *line;

	while (n < max && bridge->down == port->down && (line = next_line(bridge))) {
		if (command(bridge, line))
			continue;
		if (anycan_frame_parse(line, strlen(line), &frames[n++])) {
			fprintf(stderr, "stdio_bridge: no frame: %s\n", line);
			exit(EXIT_FAILURE);
		}
	}
	/* Not from here, in the middle of a round. */
	if (bridge->ended || bridge->down != port->down)
		bridge->bare.loop.stop = true;
	return n;
}

static void serve(struct stdio_bridge *bridge)
{
	struct bare_bridge *bare = &bridge->bare;

	printf("ready %s %s\n", bare->adapter.description.model, bare->adapter.description.serial);
	fflush(stdout);
	while (!bridge->ended) {
		bare_bridge_run(bare, ANYCAN_NEVER);
		if (bridge->down == bare->port.down)
			break; /* ended, or a signal */
		bare->loop.stop = false;
		bare->port.down = bridge->down;
		bridged_adapter_link_changed(&bare->adapter, &bare->adapter.channels[0]);
	}
}

int main(int argc, char **argv)
{
	struct stdio_bridge *bridge = calloc(1, sizeof(*bridge));
	struct bare_bridge *bare = &bridge->bare;

	anycan_log_init("stdio_bridge", ANYCAN_LOG_WARNING);
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
	bare->port.fd = STDIN_FILENO;
	bare->port.send = print_frames;
	bare->port.recv = take_frames;
	bare->port.arg = bridge;
	if (bare_bridge_open(bare, argc, argv)) {
		fprintf(stderr, "stdio_bridge: %s\n", bare->reason);
		return EXIT_FAILURE;
	}
	bridge->live = calloc(1, bare->config.driver->live_size + 1);
	serve(bridge);
	bare_bridge_close(bare);
	free(bridge->live);
	free(bridge);
	return EXIT_SUCCESS;
}
