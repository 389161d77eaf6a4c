// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The CANalyst-II as a kind of adapter: its keys, its descriptors, its numbers.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "adapters.h"
#include "canalystii.h"

/* All assumed: nothing is published about the sizes. */
enum {
	RX_MESSAGES = 1000,
	TX_MESSAGES = 64,
	RETRIES = 16
};

static struct canalystii *canalystii_of(struct sim_adapter *adapter)
{
	return (struct canalystii *)adapter;
}

static void describe(struct canalystii *c)
{
	struct usb_device *device = &c->usb.device;

	device->ops = &canalystii_usb_ops;
	device->owner = c;
	device->speed = USB_FULL_SPEED;
	device->vid = 0x04d8;
	device->pid = 0x0053;
	device->release = 0x0100;
	device->attributes = 0x80;
	device->power = 250;
	device->strings[0] = (struct usb_string){1, "Chuangxin Tech"};
	device->strings[1] = (struct usb_string){2, "Chuangxin Tech USBCAN/CANalyst-II"};
	device->interfaces[0] = (struct usb_interface){.class = 0xff, .endpoints = USB_ENDPOINTS};
	device->interface_count = 1;
	for (uint8_t i = 0; i < USB_ENDPOINTS; i++)
		device->endpoints[i] =
			(struct usb_endpoint){.address = (uint8_t)(i / 2 + 1) | (i & 1 ? 0 : 0x80),
					      .packet = CANALYSTII_BUFFER};
	device->endpoint_count = USB_ENDPOINTS;
}

/* ---- the adapter */

static void canalystii_power_on(struct canalystii *c)
{
	c->power_on_ns = c->usb.adapter.sim->bus.now_ns;
}

static int canalystii_replug(struct sim_adapter *adapter)
{
	canalystii_power_on(canalystii_of(adapter));
	return usb_adapter_replug(adapter);
}

static void canalystii_destroy(struct sim_adapter *adapter)
{
	struct canalystii *c = canalystii_of(adapter);

	usb_adapter_close(&c->usb);
	for (unsigned int i = 0; i < adapter->node_count; i++) {
		sim_node_exit(&c->channel[i].node);
		free(c->channel[i].rx);
	}
	free(c);
}

static int read_key(struct canalystii *c, struct sim_args *args, struct sim_why *why)
{
	static const char *const words[] = {"lag", "zlp", "nak"};
	const char *word = sim_args_text(args, "read");

	for (unsigned int i = 0; word && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], word)) {
			c->read = (enum canalystii_read)i;
			return 0;
		}
	}
	return word ? sim_why(why, -EINVAL, "canalystii: read is lag, zlp or nak, not %s", word)
		    : 0;
}

static int canalystii_nodes(struct canalystii *c, unsigned int queue, struct sim_why *why)
{
	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		struct canalystii_channel *ch = &c->channel[i];

		ch->owner = c;
		ch->told = true;
		ch->node.auto_recover = true;
		if (sim_node_init(&ch->node, &canalystii_node_ops, ch, queue))
			return sim_why(why, -ENOMEM, "out of memory");
		sim_bus_add(&c->usb.adapter.sim->bus, &ch->node);
		c->nodes[i] = &ch->node;
		c->usb.adapter.node_count = i + 1;
		ch->rx = calloc(c->rx_size, CANALYSTII_MESSAGE);
		if (!ch->rx)
			return sim_why(why, -ENOMEM, "out of memory");
	}
	return 0;
}

static int canalystii_options(struct canalystii *c, struct sim_args *args, struct sim_why *why)
{
	uint64_t buffer = RX_MESSAGES, queue = TX_MESSAGES, retries = RETRIES;
	int err = sim_args_number(args, "buffer", 100000, &buffer, why);

	if (!err)
		err = sim_args_number(args, "txfifo", 1000, &queue, why);
	if (!err)
		err = sim_args_number(args, "retries", UINT32_MAX, &retries, why);
	if (!err && (buffer < 2 || queue < CANALYSTII_MESSAGES))
		err = sim_why(why, -EINVAL, "canalystii: buffer from 2, txfifo from 3");
	if (!err)
		err = read_key(c, args, why);
	if (err)
		return err;
	c->rx_size = (unsigned int)buffer;
	c->retries = (unsigned int)retries;
	describe(c);
	err = canalystii_nodes(c, (unsigned int)queue, why);
	return err ? err : usb_adapter_options(&c->usb, args, why);
}

static int canalystii_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
			     struct sim_why *why)
{
	struct canalystii *c = calloc(1, sizeof(*c));
	int err;

	if (!c)
		return sim_why(why, -ENOMEM, "out of memory");
	c->usb.adapter =
		(struct sim_adapter){.ops = &sim_canalystii_ops, .sim = sim, .nodes = c->nodes};
	c->usb.wire.stream.fd = -1;
	err = canalystii_options(c, args, why);
	if (!err) {
		canalystii_power_on(c);
		err = usb_adapter_open(&c->usb, why);
	}
	if (err)
		canalystii_destroy(&c->usb.adapter);
	else
		*adapter = &c->usb.adapter;
	return err;
}

static struct json_object *stats_channel(const struct canalystii_channel *ch)
{
	struct json_object *into = json_object_new_object();

	json_object_object_add(into, "initialized", json_object_new_boolean(ch->initialized));
	usb_adapter_add(into, "btr0", ch->btr[0]);
	usb_adapter_add(into, "btr1", ch->btr[1]);
	usb_adapter_add(into, "rx_pending", canalystii_rx_pending(ch));
	usb_adapter_add(into, "tx_pending", ch->node.queue_len);
	usb_adapter_add(into, "from_bus", ch->node.stats.rx);
	usb_adapter_add(into, "to_bus", ch->node.stats.tx);
	return into;
}

static void canalystii_stats(struct sim_adapter *adapter, struct json_object *into)
{
	const struct canalystii *c = canalystii_of(adapter);
	struct json_object *settings = json_object_new_array();
	struct json_object *dropped = json_object_new_object();
	uint64_t sent = 0, heard = 0, lost = 0, aborted = 0, waiting_tx = 0, waiting_rx = 0;

	for (unsigned int i = 0; i < CANALYSTII_CHANNELS; i++) {
		const struct sim_node *node = &c->channel[i].node;

		sent += node->stats.tx;
		heard += node->stats.rx;
		lost += node->stats.tx_lost;
		aborted += node->stats.tx_aborted;
		waiting_tx += node->queue_len;
		waiting_rx += canalystii_rx_pending(&c->channel[i]);
		json_object_array_add(settings, stats_channel(&c->channel[i]));
	}
	json_object_object_add(into, "settings", settings);
	usb_adapter_stats(&c->usb, into);
	usb_adapter_add(into, "from_host", c->from_host);
	usb_adapter_add(into, "to_bus", sent);
	usb_adapter_add(into, "from_bus", heard + c->echoed);
	usb_adapter_add(into, "to_host", c->to_host);
	usb_adapter_add(into, "waiting_tx", waiting_tx);
	usb_adapter_add(into, "waiting_rx", waiting_rx);
	usb_adapter_add(dropped, "tx_closed", c->tx_closed);
	usb_adapter_add(dropped, "tx_lost", lost);
	usb_adapter_add(dropped, "tx_aborted", aborted);
	usb_adapter_add(dropped, "rx_overrun", c->rx_overrun);
	usb_adapter_add(dropped, "rx_cut", c->rx_cut);
	json_object_object_add(into, "dropped", dropped);
	usb_adapter_add(into, "tx_invalid", c->tx_invalid);
	usb_adapter_add(into, "echoes", c->echoed);
	usb_adapter_add(into, "commands", c->commands);
	usb_adapter_add(into, "bad_commands", c->bad_commands);
}

const struct sim_adapter_ops sim_canalystii_ops = {
	.type = "canalystii",
	.summary =
		"a CANalyst-II on USB, two channels\n"
		"buffer=CANALYSTII_MESSAGES (to the host) txfifo=CANALYSTII_MESSAGES (to the bus)\n"
		"read=lag|zlp|nak (how messages are read) retries=N (0: without "
		"end)\n" USB_ADAPTER_KEYS,
	.create = canalystii_create,
	.destroy = canalystii_destroy,
	.flush = usb_adapter_flush,
	.unplug = usb_adapter_unplug,
	.replug = canalystii_replug,
	.move = usb_adapter_move,
	.fault = usb_adapter_fault,
	.log = usb_adapter_log,
	.stats = canalystii_stats,
};
