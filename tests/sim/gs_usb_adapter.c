// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * gs_usb adapters as a kind of adapter: their keys, their descriptors, their numbers.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "adapters.h"
#include "gs_usb.h"

enum {
	MAILBOXES = 3, /* of bxCAN and of the STM32's M_CAN */
	DFU_STRING = 0xe0,
	ENDPOINT_IN = 0x81
};

/* The DFU functional descriptor of a run-time interface: detach, upload, download; version 1.1a */
static const uint8_t dfu_functional[] = {0x09, 0x21, 0x0b, 0xff, 0x00, 0x00, 0x08, 0x1a, 0x01};

static struct gs_usb *gs_of(struct sim_adapter *adapter)
{
	return (struct gs_usb *)adapter;
}

static void gs_configured(struct usb_device *device, unsigned int value)
{
	struct gs_usb *gs = device->owner;

	if (!value)
		gs_power_off(gs);
}

static const struct usb_ops gs_usb_ops = {
	.control = gs_control,
	.out = gs_out,
	.in = gs_in,
	.configured = gs_configured,
};

static int gs_replug(struct sim_adapter *adapter)
{
	gs_power_on(gs_of(adapter));
	return usb_adapter_replug(adapter);
}

static void gs_destroy(struct sim_adapter *adapter)
{
	struct gs_usb *gs = gs_of(adapter);

	usb_adapter_close(&gs->usb);
	for (unsigned int i = 0; i < adapter->node_count; i++)
		sim_node_exit(&gs->channel[i].node);
	free(gs);
}

/* ---- descriptors */

static void gs_endpoint(struct usb_device *device, uint8_t address, uint16_t packet)
{
	device->endpoints[device->endpoint_count++] =
		(struct usb_endpoint){.address = address, .packet = packet};
	device->interfaces[0].endpoints++;
}

static void gs_describe(struct gs_usb *gs, uint8_t in, uint8_t out)
{
	const struct gs_model *model = gs->model;
	struct usb_device *device = &gs->usb.device;
	bool candlelight = model->firmware == GS_CANDLELIGHT;

	device->ops = &gs_usb_ops;
	device->owner = gs;
	device->speed = model->speed;
	device->other_speed = model->speed == USB_HIGH_SPEED;
	device->vid = model->vid;
	device->pid = model->pid;
	device->release = model->release;
	device->attributes = candlelight ? 0x80 : 0xc0;
	device->power = candlelight ? 75 : 125;
	device->strings[0] = (struct usb_string){1, model->manufacturer};
	device->strings[1] = (struct usb_string){2, model->product};
	device->strings[2] = (struct usb_string){3, "0000000000000001"};
	device->interfaces[0] = (struct usb_interface){.class = 0xff};
	if (candlelight)
		device->interfaces[0].subclass = device->interfaces[0].protocol = 0xff;
	device->interface_count = 1;
	gs_endpoint(device, in, model->packet);
	if (model->out2 && out == model->out)
		gs_endpoint(device, model->out2, model->packet);
	gs_endpoint(device, out, model->packet);
	if (!model->dfu)
		return;
	device->strings[4] = (struct usb_string){DFU_STRING, model->dfu};
	device->interfaces[1] = (struct usb_interface){.class = 0xfe,
						       .subclass = 1,
						       .protocol = 1,
						       .string = DFU_STRING,
						       .extra = dfu_functional,
						       .extra_len = sizeof(dfu_functional)};
	device->interface_count = 2;
}

/* ---- keys */

static int gs_choose_model(struct gs_usb *gs, struct sim_args *args, struct sim_why *why)
{
	const char *name = sim_args_text(args, "model");

	if (!name)
		name = "candlelight";
	for (unsigned int i = 0; i < gs_model_count; i++) {
		if (!strcmp(gs_models[i].name, name))
			gs->model = &gs_models[i];
	}
	if (!gs->model)
		return sim_why(why, -EINVAL, "gs_usb: no model is named %s (see --help)", name);
	gs->features = gs->model->features;
	return 0;
}

static int gs_feature_key(struct gs_usb *gs, struct sim_args *args, const char *key,
			  uint32_t feature, struct sim_why *why)
{
	bool on = (gs->features & feature) == feature;
	int err = sim_args_flag(args, key, &on, why);

	gs->features = on ? gs->features | feature : gs->features & ~feature;
	return err;
}

static int gs_feature_keys(struct gs_usb *gs, struct sim_args *args, struct sim_why *why)
{
	bool fd = gs->features & GS_FD;
	int err = sim_args_flag(args, "fd", &fd, why);

	if (!err && fd && !(gs->features & GS_FD))
		return sim_why(why, -EINVAL, "gs_usb: model %s is classic CAN only",
			       gs->model->name);
	if (!fd)
		gs->features &= ~(uint32_t)(GS_FD | GS_BT_CONST_EXT);
	if (!err)
		err = gs_feature_key(gs, args, "stamps", GS_HW_TIMESTAMP, why);
	if (!err)
		err = gs_feature_key(gs, args, "termination", GS_TERMINATION, why);
	if (!err)
		err = gs_feature_key(gs, args, "one-shot", GS_ONE_SHOT, why);
	if (!err)
		err = gs_feature_key(gs, args, "triple-sample", GS_TRIPLE_SAMPLE, why);
	if (!err)
		err = gs_feature_key(gs, args, "berr", GS_BERR_REPORTING, why);
	if (!err)
		err = gs_feature_key(gs, args, "state", GS_GET_STATE, why);
	return err;
}

static int gs_echo_key(struct gs_usb *gs, struct sim_args *args, struct sim_why *why)
{
	const char *word = sim_args_text(args, "echo");

	gs->early_echo = gs->model->firmware == GS_CANDLELIGHT;
	if (!word)
		return 0;
	if (strcmp(word, "sent") && strcmp(word, "mailbox"))
		return sim_why(why, -EINVAL, "gs_usb: echo is sent or mailbox, not %s", word);
	gs->early_echo = *word == 'm';
	return 0;
}

static int gs_pool_key(struct gs_usb *gs, struct sim_args *args, struct sim_why *why)
{
	unsigned int channels = gs->usb.adapter.node_count;
	uint64_t pool = gs->model->pool;
	int err;

	if (gs->model->firmware == GS_CANDLELIGHT)
		pool *= channels;
	err = sim_args_number(args, "pool", GS_POOL, &pool, why);
	if (!err && pool < 4 * channels)
		return sim_why(why, -EINVAL, "gs_usb: pool needs at least 4 frames a channel");
	gs->pool = (unsigned int)pool;
	for (unsigned int i = 0; i < gs->pool; i++)
		gs_object_put(gs, &gs->objects[i]);
	return err;
}

static int gs_nodes(struct gs_usb *gs, struct sim_args *args, struct sim_why *why)
{
	uint64_t channels = gs->model->channels;
	int err = sim_args_number(args, "channels", GS_CHANNELS, &channels, why);

	if (!err && !channels)
		err = sim_why(why, -EINVAL, "gs_usb: channels cannot be 0");
	for (unsigned int i = 0; !err && i < channels; i++) {
		struct gs_channel *ch = &gs->channel[i];

		ch->gs = gs;
		ch->index = (uint8_t)i;
		if (sim_node_init(&ch->node, &gs_node_ops, ch, MAILBOXES))
			return sim_why(why, -ENOMEM, "out of memory");
		sim_bus_add(&gs->usb.adapter.sim->bus, &ch->node);
		gs->nodes[i] = &ch->node;
		gs->usb.adapter.node_count = i + 1;
	}
	return err;
}

static int gs_options(struct gs_usb *gs, struct sim_args *args, struct sim_why *why)
{
	uint64_t clock = 0, in = ENDPOINT_IN, out;
	int err = gs_choose_model(gs, args, why);

	if (err)
		return err;
	out = gs->model->out;
	err = sim_args_number(args, "clock", UINT32_MAX, &clock, why);
	if (!err)
		err = sim_args_number(args, "in", 0x8f, &in, why);
	if (!err)
		err = sim_args_number(args, "out", 0x0f, &out, why);
	if (!err && (in < ENDPOINT_IN || !out))
		err = sim_why(why, -EINVAL, "gs_usb: in is 0x81..0x8f, out 1..15");
	if (!err)
		err = gs_feature_keys(gs, args, why);
	if (!err)
		err = gs_echo_key(gs, args, why);
	if (!err)
		err = gs_nodes(gs, args, why);
	if (!err)
		err = gs_pool_key(gs, args, why);
	gs->clock_us = (uint32_t)clock;
	gs_describe(gs, (uint8_t)in, (uint8_t)out);
	return err ? err : usb_adapter_options(&gs->usb, args, why);
}

static int gs_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		     struct sim_why *why)
{
	struct gs_usb *gs = calloc(1, sizeof(*gs));
	int err;

	if (!gs)
		return sim_why(why, -ENOMEM, "out of memory");
	gs->usb.adapter =
		(struct sim_adapter){.ops = &sim_gs_usb_ops, .sim = sim, .nodes = gs->nodes};
	gs->usb.wire.stream.fd = -1;
	err = gs_options(gs, args, why);
	if (!err) {
		gs_power_on(gs);
		err = usb_adapter_open(&gs->usb, why);
	}
	if (err)
		gs_destroy(&gs->usb.adapter);
	else
		*adapter = &gs->usb.adapter;
	return err;
}

/* ---- numbers */

static struct json_object *gs_stats_timing(const struct gs_timing *timing)
{
	const uint32_t words[] = {timing->prop_seg, timing->phase_seg1, timing->phase_seg2,
				  timing->sjw, timing->brp};
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		json_object_array_add(list, json_object_new_int64(words[i]));
	return list;
}

static struct json_object *gs_stats_channel(const struct gs_channel *ch)
{
	struct json_object *into = json_object_new_object();

	json_object_object_add(into, "started", json_object_new_boolean(ch->started));
	usb_adapter_add(into, "flags", ch->flags);
	json_object_object_add(into, "timing", gs_stats_timing(&ch->timing));
	json_object_object_add(into, "data_timing", gs_stats_timing(&ch->data_timing));
	json_object_object_add(into, "identify", json_object_new_boolean(ch->identify));
	json_object_object_add(into, "termination", json_object_new_boolean(ch->termination));
	usb_adapter_add(into, "from_bus", ch->node.stats.rx);
	usb_adapter_add(into, "to_bus", ch->node.stats.tx);
	return into;
}

static uint64_t gs_waiting(const struct gs_list *list, enum gs_kind kind)
{
	uint64_t count = 0;

	for (const struct gs_object *object = list->first; object; object = object->next)
		count += object->kind == kind;
	return count;
}

static void gs_stats_drops(const struct gs_usb *gs, struct json_object *into)
{
	struct json_object *dropped = json_object_new_object();
	uint64_t lost = 0, aborted = gs->counts.tx_purged;

	for (unsigned int i = 0; i < gs->usb.adapter.node_count; i++) {
		lost += gs->nodes[i]->stats.tx_lost;
		aborted += gs->nodes[i]->stats.tx_aborted;
	}
	usb_adapter_add(dropped, "tx_closed", gs->counts.tx_closed);
	usb_adapter_add(dropped, "tx_lost", lost);
	usb_adapter_add(dropped, "tx_aborted", aborted);
	usb_adapter_add(dropped, "rx_overrun", gs->counts.rx_overrun);
	usb_adapter_add(dropped, "rx_cut", gs->counts.rx_cut);
	json_object_object_add(into, "dropped", dropped);
}

static void gs_stats(struct sim_adapter *adapter, struct json_object *into)
{
	const struct gs_usb *gs = gs_of(adapter);
	struct json_object *settings = json_object_new_array();
	uint64_t sent = 0, heard = 0, queued = gs->tx.len;

	for (unsigned int i = 0; i < adapter->node_count; i++) {
		sent += gs->nodes[i]->stats.tx;
		heard += gs->nodes[i]->stats.rx;
		queued += gs->nodes[i]->queue_len + gs->channel[i].tx.len;
		json_object_array_add(settings, gs_stats_channel(&gs->channel[i]));
	}
	json_object_object_add(into, "model", json_object_new_string(gs->model->name));
	json_object_object_add(into, "settings", settings);
	usb_adapter_stats(&gs->usb, into);
	usb_adapter_add(into, "from_host", gs->counts.from_host);
	usb_adapter_add(into, "to_bus", sent);
	usb_adapter_add(into, "from_bus", heard);
	usb_adapter_add(into, "to_host", gs->counts.to_host);
	usb_adapter_add(into, "waiting_tx", queued);
	usb_adapter_add(into, "waiting_rx", gs_waiting(&gs->to_host, GS_RX));
	gs_stats_drops(gs, into);
	usb_adapter_add(into, "tx_invalid", gs->counts.tx_invalid);
	usb_adapter_add(into, "echoes", gs->counts.echoes);
	usb_adapter_add(into, "echoes_lost", gs->counts.echoes_lost);
	usb_adapter_add(into, "waiting_echoes", gs_waiting(&gs->to_host, GS_ECHO));
	usb_adapter_add(into, "error_frames", gs->counts.error_frames);
	usb_adapter_add(into, "error_frames_lost", gs->counts.errors_lost);
	usb_adapter_add(into, "even_lengths", gs->counts.even_lengths);
	usb_adapter_add(into, "ignored", gs->counts.ignored);
	usb_adapter_add(into, "clock", gs_stamp_us(gs, adapter->sim->bus.now_ns));
	usb_adapter_add(into, "free", gs->free.len);
	usb_adapter_add(into, "pool", gs->pool);
}

const struct sim_adapter_ops sim_gs_usb_ops = {
	.type = "gs_usb",
	.summary = "a gs_usb adapter on USB\n"
		   "model=abe|canable|candlelight|candlelight-fd|cannectivity|cantact|cantactpro|"
		   "ces|\n"
		   "      xylanta   channels=1..8 pool=FRAMES clock=US (at power-on)\n"
		   "echo=sent|mailbox fd=off in=0x81..0x8f out=1..15\n"
		   "stamps termination one-shot triple-sample berr state (each =on|off: "
		   "features)\n" USB_ADAPTER_KEYS,
	.create = gs_create,
	.destroy = gs_destroy,
	.flush = usb_adapter_flush,
	.unplug = usb_adapter_unplug,
	.replug = gs_replug,
	.move = usb_adapter_move,
	.fault = usb_adapter_fault,
	.log = usb_adapter_log,
	.stats = gs_stats,
};
