// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What simulated adapters with packets on a serial line share. See packet.h.
 */
#include "packet.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* So much room between bus and host makes holding the bus a matter of the host alone. */
enum {
	LOSSLESS_BYTES = 16384,
	LOSSLESS_FRAMES = 256
};

static struct packet_adapter *packet_of(struct sim_adapter *adapter)
{
	return (struct packet_adapter *)adapter;
}

/* ---- the controller */

static void packet_node_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct packet_adapter *p = node->owner;
	uint8_t packet[PACKET_MAX];
	size_t len;

	if (p->firmware->accept && !p->firmware->accept(p, frame)) {
		p->counts.rx_filtered++;
		return;
	}
	len = p->firmware->format(p, frame, packet);
	if (!sim_link_put(&p->link, (const char *)packet, len, true))
		p->counts.rx_overrun++;
}

static bool packet_node_has_room(struct sim_node *node)
{
	const struct packet_adapter *p = node->owner;

	return !p->lossless || !p->link.host ||
	       (sim_link_room(&p->link) >= PACKET_MAX && p->link.marks_len < p->link.marks_size);
}

static const struct sim_node_ops packet_node_ops = {
	.rx = packet_node_rx,
	.has_room = packet_node_has_room,
};

void packet_restart(struct packet_adapter *p, uint32_t bitrate, enum sim_mode mode, bool one_shot)
{
	sim_node_stop(&p->node);
	p->node.bitrate = p->node.dbitrate = bitrate;
	p->node.mode = mode;
	p->node.one_shot = one_shot;
	sim_node_start(&p->node);
}

bool packet_must_wait(const struct packet_adapter *p)
{
	return p->lossless && p->node.on && !sim_node_room(&p->node);
}

void packet_send(struct packet_adapter *p, const struct anycan_frame *frame)
{
	if (p->node.on && !sim_node_send(&p->node, frame, 0, 0))
		p->counts.from_host++;
	else
		p->counts.tx_dropped++;
}

void packet_answer(struct packet_adapter *p, const uint8_t *data, size_t len)
{
	if (!sim_link_put(&p->link, (const char *)data, len, false))
		p->counts.answers_lost++;
}

/* ---- bytes */

uint32_t packet_get_le(const uint8_t *bytes, unsigned int size)
{
	uint32_t value = 0;

	while (size--)
		value = value << 8 | bytes[size];
	return value;
}

void packet_put_le(uint8_t *bytes, unsigned int size, uint32_t value)
{
	for (unsigned int i = 0; i < size; i++, value >>= 8)
		bytes[i] = (uint8_t)value;
}

uint8_t packet_sum(const uint8_t *bytes, size_t len)
{
	uint8_t sum = 0;

	while (len--)
		sum = (uint8_t)(sum + *bytes++);
	return sum;
}

static void packet_feed(struct packet_adapter *p)
{
	size_t used = p->firmware->input(p, p->input, p->input_len);

	p->input_len -= used;
	memmove(p->input, p->input + used, p->input_len);
}

static size_t packet_input(struct sim_link *link, const char *data, size_t len)
{
	struct packet_adapter *p = link->owner;
	size_t room = sizeof(p->input) - p->input_len;

	if (len > room)
		len = room;
	memcpy(p->input + p->input_len, data, len);
	p->input_len += len;
	packet_feed(p);
	return len;
}

static const struct sim_link_ops packet_link_ops = {
	.input = packet_input,
};

/* ---- the adapter */

static void packet_power_off(struct packet_adapter *p)
{
	sim_node_stop(&p->node);
	sim_node_flush(&p->node);
	p->input_len = 0;
	sim_link_unplug(&p->link);
	p->adapter.plugged = false;
}

void packet_destroy(struct sim_adapter *adapter)
{
	struct packet_adapter *p = packet_of(adapter);

	if (adapter->plugged)
		packet_power_off(p);
	sim_link_close(&p->link);
	if (adapter->node_count)
		sim_node_exit(&p->node);
	free(p->state);
	free(p);
}

void packet_flush(struct sim_adapter *adapter)
{
	packet_feed(packet_of(adapter));
	sim_link_flush(&packet_of(adapter)->link);
}

int packet_unplug(struct sim_adapter *adapter)
{
	packet_power_off(packet_of(adapter));
	return 0;
}

int packet_replug(struct sim_adapter *adapter)
{
	struct packet_adapter *p = packet_of(adapter);
	struct sim_why why;
	int err = sim_link_plug(&p->link, &why);

	if (err)
		return err;
	adapter->plugged = true;
	p->firmware->power_on(p);
	return 0;
}

int packet_fault(struct sim_adapter *adapter, const struct sim_fault *fault)
{
	struct packet_adapter *p = packet_of(adapter);

	if (fault->kind != SIM_FAULT_HALFLINE)
		return sim_link_fault(&p->link, fault);
	return sim_link_put(&p->link, p->firmware->half, p->firmware->half_len, false) ? 0
										       : -ENOBUFS;
}

int packet_choice(struct sim_args *args, const char *key, const char *const *words,
		  unsigned int preset, unsigned int *choice, struct sim_why *why)
{
	const char *word = sim_args_text(args, key);

	*choice = preset;
	if (!word)
		return 0;
	for (*choice = 0; words[*choice]; (*choice)++)
		if (!strcmp(words[*choice], word))
			return 0;
	return sim_why(why, -EINVAL, "%s: %s cannot be %s (see --help)", args->type, key, word);
}

static int packet_options(struct packet_adapter *p, struct sim_args *args, struct sim_why *why)
{
	uint64_t frames = p->firmware->tx_frames;
	int err;

	p->lossless = p->adapter.sim->lossless;
	p->state = calloc(1, p->firmware->state_size);
	if (!p->state)
		return sim_why(why, -ENOMEM, "out of memory");
	err = sim_args_flag(args, "lossless", &p->lossless, why);
	if (!err)
		err = sim_args_number(args, "txfifo", 100000, &frames, why);
	if (!err && !frames)
		err = sim_why(why, -EINVAL, "%s: txfifo cannot be 0", args->type);
	if (!err)
		err = sim_link_options(&p->link, args, why);
	if (!err && p->firmware->options)
		err = p->firmware->options(p, args, why);
	if (err)
		return err;
	err = sim_node_init(&p->node, &packet_node_ops, p, (unsigned int)frames);
	if (err)
		return sim_why(why, err, "out of memory");
	p->node.auto_recover = true;
	sim_bus_add(&p->adapter.sim->bus, &p->node);
	p->nodes[0] = &p->node;
	p->adapter.node_count = 1;
	return 0;
}

int packet_create(const struct sim_adapter_ops *ops, const struct packet_firmware *firmware,
		  struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		  struct sim_why *why)
{
	struct packet_adapter *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return sim_why(why, -ENOMEM, "out of memory");
	p->adapter = (struct sim_adapter){.ops = ops, .sim = sim, .nodes = p->nodes};
	p->firmware = firmware;
	p->link.ops = &packet_link_ops;
	p->link.owner = p;
	p->link.sim = sim;
	err = packet_options(p, args, why);
	if (!err)
		err = sim_link_open(&p->link, p->lossless ? LOSSLESS_BYTES : firmware->out_bytes,
				    p->lossless ? LOSSLESS_FRAMES : firmware->out_frames, why);
	if (err) {
		packet_destroy(&p->adapter);
		return err;
	}
	p->adapter.plugged = true;
	firmware->power_on(p);
	*adapter = &p->adapter;
	return 0;
}

void packet_add(struct json_object *into, const char *key, uint64_t value)
{
	json_object_object_add(into, key, json_object_new_int64((int64_t)value));
}

void packet_stats(struct sim_adapter *adapter, struct json_object *into)
{
	const struct packet_adapter *p = packet_of(adapter);
	struct json_object *dropped = json_object_new_object();
	char address[256];

	sim_link_address(&p->link, address, sizeof(address));
	json_object_object_add(into, "address", json_object_new_string(address));
	json_object_object_add(into, "host", json_object_new_boolean(p->link.host));
	packet_add(into, "from_host", p->counts.from_host);
	packet_add(into, "to_bus", p->node.stats.tx);
	packet_add(into, "from_bus", p->node.stats.rx);
	packet_add(into, "to_host", p->link.frames_out);
	packet_add(into, "waiting_tx", p->node.queue_len);
	packet_add(into, "waiting_rx", sim_link_waiting(&p->link));
	packet_add(dropped, "tx_full", p->counts.tx_dropped);
	packet_add(dropped, "tx_lost", p->node.stats.tx_lost);
	packet_add(dropped, "tx_aborted", p->node.stats.tx_aborted);
	packet_add(dropped, "rx_overrun", p->counts.rx_overrun);
	packet_add(dropped, "rx_cut", p->link.frames_cut);
	packet_add(dropped, "rx_filtered", p->counts.rx_filtered);
	json_object_object_add(into, "dropped", dropped);
	packet_add(into, "commands", p->counts.commands);
	packet_add(into, "bad_packets", p->counts.bad);
	packet_add(into, "answers_lost", p->counts.answers_lost);
	packet_add(into, "bytes_in", p->link.bytes_in);
	packet_add(into, "bytes_out", p->link.bytes_out);
	packet_add(into, "hangups", p->link.hangups);
	if (p->firmware->stats)
		p->firmware->stats(p, into);
}
