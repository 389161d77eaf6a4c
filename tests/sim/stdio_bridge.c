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
#include <adapter.h>
#include <anycan/log.h>
#include <anycan/text.h>
#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

struct bridge {
	struct bridged_port port; /* first: the engine hands this around */
	struct bridged_config config;
	struct bridged_loop loop;
	struct bridged_adapter adapter;
	bool up, wanted_up;
	char line[512];
	size_t len;
	char live_value[256];
	void *live;
};

/* ---- The port */

static void stdio_close(struct bridged_port *p)
{
	(void)p;
}

static void stdio_fds(const struct bridged_port *p, int fds[BRIDGED_PORT_FDS])
{
	(void)p;
	fds[0] = STDIN_FILENO;
	fds[1] = fds[2] = -1;
}

static bool stdio_is_up(const struct bridged_port *p)
{
	return ((const struct bridge *)p)->up;
}

static void stdio_send(struct bridged_port *p, const struct anycan_frame *frames, unsigned int n)
{
	char text[ANYCAN_LOG_LINE_SIZE];

	(void)p;
	for (unsigned int i = 0; i < n; i++) {
		anycan_log_line_print(&frames[i], "can0", 6, text, sizeof(text));
		puts(text);
	}
	fflush(stdout);
}

static void stdio_drops(const struct bridged_port *p, struct bridged_port_drops *drops)
{
	(void)p;
	*drops = (struct bridged_port_drops){0};
}

static void set_ended(void *arg, const char *refusal)
{
	(void)arg;
	printf("set %s\n", refusal ? refusal : "done");
	fflush(stdout);
}

static void set(struct bridge *bridge, char *key)
{
	const struct bridged_driver *driver = bridge->adapter.driver;
	char *value = strchr(key, ' '), reason[BRIDGED_REASON_SIZE] = "no such key";
	struct bridged_change change = {.values = bridge->live, .ended = set_ended};

	if (value) {
		*value++ = '\0';
		snprintf(bridge->live_value, sizeof(bridge->live_value), "%s", value);
		change.option = bridged_option_find(driver->live, key);
	}
	if (!change.option || bridged_option_set(change.option, bridge->live_value, bridge->live,
						 reason, sizeof(reason)))
		set_ended(NULL, reason);
	else if (bridged_adapter_set(&bridge->adapter, &change))
		set_ended(NULL, "not now");
}

static void stats(const struct bridge *bridge)
{
	const struct bridged_counters *counters = &bridge->adapter.channels[0].counters;
	const struct bridged_channel *channel = &bridge->adapter.channels[0];

	printf("stats {\"rx\": %llu, \"rx_errors\": %llu, \"tx\": %llu, \"unsupported\": %llu, "
	       "\"bad\": %llu, \"overruns\": %llu, \"reconnects\": %llu, \"open\": %s, "
	       "\"state\": %d, \"rxerr\": %u, \"txerr\": %u}\n",
	       (unsigned long long)counters->rx_frames, (unsigned long long)counters->rx_errors,
	       (unsigned long long)counters->tx_frames,
	       (unsigned long long)counters->tx_unsupported,
	       (unsigned long long)bridge->adapter.counters.bad_units,
	       (unsigned long long)bridge->adapter.counters.overruns,
	       (unsigned long long)bridge->adapter.counters.reconnects,
	       channel->state == BRIDGED_CHANNEL_OPEN ? "true" : "false", channel->can_state,
	       channel->berr.rxerr, channel->berr.txerr);
	fflush(stdout);
}

/*
 * The next line of input, or NULL if there is none yet. What is not wanted now stays in the pipe,
 * so that the loop knows of it.
 */
static char *next_line(struct bridge *bridge)
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
	if (!n)
		bridge->loop.stop = true;
	return NULL;
}

/* Return: whether the line was a command, now done, and no frame */
static bool command(struct bridge *bridge, char *line)
{
	if (!strncmp(line, "set ", 4))
		set(bridge, line + 4);
	else if (!strcmp(line, "stats"))
		stats(bridge);
	else if (!strcmp(line, "up") || !strcmp(line, "down"))
		bridge->wanted_up = line[0] == 'u';
	else
		return false;
	return true;
}

static unsigned int stdio_recv(struct bridged_port *p, struct anycan_frame *frames,
			       uint32_t *tokens, unsigned int max)
{
	struct bridge *bridge = (struct bridge *)p;
	unsigned int n = 0;
	char *line;

	(void)tokens;
	while (n < max && bridge->up == bridge->wanted_up && (line = next_line(bridge))) {
		if (command(bridge, line))
			continue;
		if (anycan_frame_parse(line, strlen(line), &frames[n++])) {
			fprintf(stderr, "stdio_bridge: no frame: %s\n", line);
			exit(EXIT_FAILURE);
		}
	}
	return n;
}

static unsigned int stdio_handle(struct bridged_port *p, int index)
{
	(void)p;
	(void)index;
	return BRIDGED_PORT_FRAMES;
}

/* After every round: the link may have changed. */
static void due(void *arg)
{
	struct bridge *bridge = arg;

	if (bridge->up != bridge->wanted_up) {
		bridge->up = bridge->wanted_up;
		bridged_adapter_link_changed(&bridge->adapter, &bridge->adapter.channels[0]);
	}
	bridged_adapter_due(&bridge->adapter);
}

static const struct bridged_port_class stdio_port = {
	.name = "stdio",
	.summary = "standard input and output",
	.close = stdio_close,
	.fds = stdio_fds,
	.handle = stdio_handle,
	.is_up = stdio_is_up,
	.send = stdio_send,
	.recv = stdio_recv,
	.drops = stdio_drops,
};

/* ---- The daemon around it */

static int fail(const char *reason)
{
	fprintf(stderr, "stdio_bridge: %s\n", reason);
	return EXIT_FAILURE;
}

static int prepare(struct bridge *bridge, int argc, char **argv, char *reason)
{
	struct bridged_config *config = &bridge->config;
	struct bridged_adapter *adapter = &bridge->adapter;
	const char *why;

	if (bridged_config_parse(config, argc, argv, reason))
		return -EINVAL;
	adapter->loop = &bridge->loop;
	adapter->address = config->adapter;
	adapter->driver = config->driver;
	adapter->settings = config->settings;
	adapter->state = calloc(1, config->driver->state_size);
	bridge->live = calloc(1, config->driver->live_size + 1);
	if (config->driver->init(adapter->state, config->settings, config->driver_options, &why)) {
		snprintf(reason, BRIDGED_REASON_SIZE, "%s", why);
		return -EINVAL;
	}
	if (config->transport->create(&adapter->transport, config->address,
				      config->transport_options, reason))
		return -EINVAL;
	adapter->transport->class = config->transport;
	adapter->transport->usb_ids = config->driver->usb_ids;
	return 0;
}

static int meet(struct bridge *bridge)
{
	struct bridged_adapter *adapter = &bridge->adapter;

	bridge->loop.due = bridged_adapter_due;
	bridge->loop.arg = adapter;
	if (bridged_adapter_connect(adapter))
		return -EIO;
	while (adapter->phase != BRIDGED_PRESENT) {
		if (adapter->phase == BRIDGED_UNUSABLE || adapter->phase == BRIDGED_ABSENT ||
		    bridge->loop.stop)
			return -EIO;
		bridged_adapter_due(adapter);
		bridged_loop_run(&bridge->loop,
				 anycan_mono_after(bridged_now(NULL), ANYCAN_NS_PER_MS));
	}
	return 0;
}

static int serve(struct bridge *bridge)
{
	struct bridged_adapter *adapter = &bridge->adapter;
	struct bridged_channel *channel = &adapter->channels[0];

	channel->adapter = adapter;
	channel->can_state = CAN_STATE_STOPPED;
	snprintf(channel->netdev, sizeof(channel->netdev), "can0");
	channel->port = &bridge->port;
	bridge->port.class = &stdio_port;
	bridge->up = bridge->wanted_up = true;
	if (bridged_channel_listen(channel))
		return fail("standard input cannot be watched");
	adapter->n_channels = 1;
	bridged_adapter_serve(adapter);
	printf("ready %s %s\n", adapter->description.model, adapter->description.serial);
	fflush(stdout);
	bridge->loop.due = due;
	bridge->loop.arg = bridge;
	due(bridge);
	bridged_loop_run(&bridge->loop, ANYCAN_NEVER);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct bridge *bridge = calloc(1, sizeof(*bridge));
	char reason[BRIDGED_REASON_SIZE] = "";
	int status;

	anycan_log_init("stdio_bridge", ANYCAN_LOG_WARNING);
	if (bridged_loop_init(&bridge->loop) || prepare(bridge, argc, argv, reason))
		return fail(reason);
	fcntl(STDIN_FILENO, F_SETFL, fcntl(STDIN_FILENO, F_GETFL) | O_NONBLOCK);
	if (meet(bridge))
		return fail(bridge->adapter.refusal);
	status = serve(bridge);
	bridged_adapter_disconnect(&bridge->adapter);
	bridge->config.transport->free(bridge->adapter.transport);
	bridged_channel_close(&bridge->adapter.channels[0]);
	bridged_config_free(&bridge->config);
	bridged_loop_exit(&bridge->loop);
	free(bridge->adapter.state);
	free(bridge->live);
	free(bridge);
	return status;
}
