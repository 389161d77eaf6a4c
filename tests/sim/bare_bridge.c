// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A bridge without a netdev. See bare_bridge.h.
 */
#include "bare_bridge.h"

#include <stdio.h>
#include <stdlib.h>

/* An adapter that has not answered by then will not. */
#define OPEN_LIMIT_NS (30 * ANYCAN_NS_PER_S)

static struct bare_port *port_of(struct bridged_port *p)
{
	return (struct bare_port *)p;
}

static void port_close(struct bridged_port *p)
{
	(void)p;
}

static void port_fds(const struct bridged_port *p, int fds[BRIDGED_PORT_FDS])
{
	fds[0] = ((const struct bare_port *)p)->fd;
	for (int i = 1; i < BRIDGED_PORT_FDS; i++)
		fds[i] = -1;
}

static unsigned int port_handle(struct bridged_port *p, int index)
{
	(void)p;
	(void)index;
	return BRIDGED_PORT_FRAMES;
}

static bool port_is_up(const struct bridged_port *p)
{
	return !((const struct bare_port *)p)->down;
}

static void port_send(struct bridged_port *p, const struct anycan_frame *frames, unsigned int n)
{
	port_of(p)->send(port_of(p), frames, n);
}

static unsigned int port_recv(struct bridged_port *p, struct anycan_frame *frames, uint32_t *tokens,
			      unsigned int max)
{
	(void)tokens;
	return port_of(p)->recv(port_of(p), frames, max);
}

static void port_drops(const struct bridged_port *p, struct bridged_port_drops *drops)
{
	(void)p;
	*drops = (struct bridged_port_drops){0};
}

static void port_backlog(struct bridged_port *p, uint64_t *rx, uint64_t *tx)
{
	(void)p;
	*rx = *tx = 0;
}

static const struct bridged_port_class bare_port_class = {
	.name = "bare",
	.summary = "functions of the caller",
	.close = port_close,
	.fds = port_fds,
	.handle = port_handle,
	.is_up = port_is_up,
	.send = port_send,
	.recv = port_recv,
	.drops = port_drops,
	.backlog = port_backlog,
};

static int prepare(struct bare_bridge *bridge, int argc, char **argv)
{
	struct bridged_config *config = &bridge->config;
	struct bridged_adapter *adapter = &bridge->adapter;
	const char *why;

	if (bridged_config_parse(config, argc, argv, bridge->reason))
		return -1;
	adapter->loop = &bridge->loop;
	adapter->address = config->adapter;
	adapter->driver = config->driver;
	adapter->settings = config->settings;
	adapter->state = calloc(1, config->driver->state_size);
	if (!adapter->state)
		abort();
	if (config->driver->init(adapter->state, config->settings, config->driver_options, &why)) {
		snprintf(bridge->reason, sizeof(bridge->reason), "%s", why);
		return -1;
	}
	if (config->transport->create(&adapter->transport, config->address,
				      config->transport_options, bridge->reason))
		return -1;
	adapter->transport->class = config->transport;
	adapter->transport->usb_ids = config->driver->usb_ids;
	return 0;
}

static bool is_under_way(const struct bare_bridge *bridge)
{
	return bridge->adapter.phase != BRIDGED_UNUSABLE && bridge->adapter.phase != BRIDGED_ABSENT;
}

/* Until the adapter is in @phase, or will not be. */
static int await(struct bare_bridge *bridge, bool (*is_so)(const struct bare_bridge *bridge))
{
	struct anycan_mono limit = anycan_mono_after(bridged_now(NULL), OPEN_LIMIT_NS);

	while (!is_so(bridge) && is_under_way(bridge) && bridged_now(NULL).ns < limit.ns)
		bare_bridge_run(bridge, anycan_mono_after(bridged_now(NULL), ANYCAN_NS_PER_MS));
	return is_so(bridge) ? 0 : -1;
}

static bool is_present(const struct bare_bridge *bridge)
{
	return bridge->adapter.phase == BRIDGED_PRESENT;
}

bool bare_bridge_is_open(const struct bare_bridge *bridge)
{
	return bridge->adapter.channels[0].state == BRIDGED_CHANNEL_OPEN;
}

static int fail(struct bare_bridge *bridge)
{
	const char *refusal = bridge->adapter.refusal[0] ? bridge->adapter.refusal
							 : bridge->adapter.channels[0].refusal;

	snprintf(bridge->reason, sizeof(bridge->reason), "%s", refusal);
	return -1;
}

int bare_bridge_open(struct bare_bridge *bridge, int argc, char **argv)
{
	struct bridged_channel *channel = &bridge->adapter.channels[0];

	if (prepare(bridge, argc, argv))
		return -1;
	if (bridged_loop_init(&bridge->loop))
		abort();
	bridge->loop.due = bridged_adapter_due;
	bridge->loop.arg = &bridge->adapter;
	if (bridged_adapter_connect(&bridge->adapter) || await(bridge, is_present))
		return fail(bridge);
	bridge->port.base.class = &bare_port_class;
	channel->adapter = &bridge->adapter;
	channel->can_state = CAN_STATE_STOPPED;
	channel->port = &bridge->port.base;
	bridge->adapter.n_channels = 1;
	if (bridged_channel_listen(channel) || bridged_adapter_serve(&bridge->adapter) ||
	    await(bridge, bare_bridge_is_open))
		return fail(bridge);
	return 0;
}

void bare_bridge_run(struct bare_bridge *bridge, struct anycan_mono until)
{
	bridged_adapter_due(&bridge->adapter);
	bridged_loop_run(&bridge->loop, until);
}

void bare_bridge_close(struct bare_bridge *bridge)
{
	if (bridge->adapter.transport) {
		bridged_adapter_disconnect(&bridge->adapter);
		bridge->adapter.transport->class->free(bridge->adapter.transport);
	}
	bridged_channel_close(&bridge->adapter.channels[0]);
	free(bridge->adapter.state);
	bridged_config_free(&bridge->config);
}
