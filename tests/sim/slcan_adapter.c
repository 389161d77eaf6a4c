// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * slcan adapters as a kind of adapter: their keys, their faults, their numbers.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <anycan/clock.h>

#include "adapters.h"
#include "slcan.h"

/* So much room between bus and host makes holding the bus a matter of the host alone. */
enum {
	LOSSLESS_BYTES = 16384,
	LOSSLESS_FRAMES = 256
};

static const struct slcan_dialect *const slcan_dialects[] = {
	&slcan_lawicel,	  &slcan_can232, &slcan_canable,   &slcan_canable2, &slcan_weact,
	&slcan_canable25, &slcan_kernel, &slcan_candapter, &slcan_silent,   &slcan_dead,
};

static struct slcan *slcan_of(struct sim_adapter *adapter)
{
	return (struct slcan *)adapter;
}

/* The flush that follows every turn of the loop does the work. */
static void slcan_tick(struct sim_timer *timer)
{
	struct slcan *s = (struct slcan *)((char *)timer - offsetof(struct slcan, tick));

	sim_loop_arm(&s->adapter.sim->loop, timer,
		     sim_mono_ns() + s->dialect->tick_ms * ANYCAN_NS_PER_MS);
}

static void slcan_flush(struct sim_adapter *adapter)
{
	struct slcan *s = slcan_of(adapter);

	if (s->dialect->turn)
		s->dialect->turn(s);
	sim_link_flush(&s->link);
	if (s->leave_ns && sim_mono_ns() >= s->leave_ns)
		slcan_power_off(s);
}

static int slcan_unplug(struct sim_adapter *adapter)
{
	slcan_power_off(slcan_of(adapter));
	return 0;
}

static int slcan_replug(struct sim_adapter *adapter)
{
	struct slcan *s = slcan_of(adapter);
	struct sim_why why;
	int err = sim_link_plug(&s->link, &why);

	if (err)
		return err;
	adapter->plugged = true;
	slcan_power_on(s);
	return 0;
}

static int slcan_fault(struct sim_adapter *adapter, const struct sim_fault *fault)
{
	static const char half[] = "t1238112233";
	struct slcan *s = slcan_of(adapter);

	if (fault->kind != SIM_FAULT_HALFLINE)
		return sim_link_fault(&s->link, fault);
	return sim_link_put(&s->link, half, sizeof(half) - 1, false) ? 0 : -ENOBUFS;
}

static void slcan_destroy(struct sim_adapter *adapter)
{
	struct slcan *s = slcan_of(adapter);

	if (adapter->plugged)
		slcan_power_off(s);
	sim_link_close(&s->link);
	for (unsigned int i = 0; i < adapter->node_count; i++)
		sim_node_exit(&s->channel[i].node);
	free(s->state);
	free(s->version);
	free(s->serial);
	free(s);
}

static int slcan_choose_dialect(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	const char *name = sim_args_text(args, "dialect");

	if (!name)
		name = "lawicel";
	for (size_t i = 0; i < sizeof(slcan_dialects) / sizeof(slcan_dialects[0]); i++) {
		if (!strcmp(slcan_dialects[i]->name, name))
			s->dialect = slcan_dialects[i];
	}
	if (!s->dialect)
		return sim_why(why, -EINVAL, "slcan: no dialect is named %s (see --help)", name);
	s->state = calloc(1, s->dialect->state_size + 1);
	return s->state ? 0 : sim_why(why, -ENOMEM, "out of memory");
}

static int slcan_text_option(struct sim_args *args, const char *key, const char *preset,
			     char **text)
{
	const char *value = sim_args_text(args, key);

	*text = strdup(value ? value : preset ? preset : "");
	return *text ? 0 : -ENOMEM;
}

static int slcan_choose_txfull(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	static const char *const words[] = {"drop", "bel", "block"};
	const char *word = sim_args_text(args, "txfull");

	s->txfull = s->lossless ? SLCAN_TXFULL_BLOCK : s->dialect->txfull;
	if (!word)
		return 0;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], word)) {
			s->txfull = (enum slcan_txfull)i;
			return 0;
		}
	}
	return sim_why(why, -EINVAL, "slcan: txfull is drop, bel or block, not %s", word);
}

static int slcan_options(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	int err = slcan_choose_dialect(s, args, why);

	if (err)
		return err;
	s->lossless = s->adapter.sim->lossless;
	err = sim_args_flag(args, "lossless", &s->lossless, why);
	if (!err)
		err = slcan_choose_txfull(s, args, why);
	if (!err)
		err = slcan_text_option(args, "version", s->dialect->version, &s->version);
	if (!err)
		err = slcan_text_option(args, "serial", s->dialect->serial, &s->serial);
	if (!err && s->dialect->options)
		err = s->dialect->options(s, args, why);
	return err;
}

static int slcan_nodes(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	uint64_t channels = 1, frames = s->dialect->tx_frames;
	const char *recover = sim_args_text(args, "recover");
	int err = 0;

	if (s->dialect->channels > 1)
		err = sim_args_number(args, "channels", s->dialect->channels, &channels, why);
	if (!err)
		err = sim_args_number(args, "txfifo", 100000, &frames, why);
	if (!err && (!channels || !frames))
		err = sim_why(why, -EINVAL, "slcan: channels and txfifo cannot be 0");
	if (!err && recover && strcmp(recover, "auto") && strcmp(recover, "manual"))
		err = sim_why(why, -EINVAL, "slcan: recover is auto or manual, not %s", recover);
	for (unsigned int i = 0; !err && i < channels; i++) {
		struct slcan_channel *ch = &s->channel[i];

		ch->slcan = s;
		ch->index = i;
		ch->node.fd = s->dialect->fd;
		ch->node.auto_recover =
			recover ? !strcmp(recover, "auto") : !s->dialect->manual_recovery;
		err = sim_node_init(&ch->node, &slcan_node_ops, ch, (unsigned int)frames);
		if (err)
			return sim_why(why, err, "out of memory");
		sim_bus_add(&s->adapter.sim->bus, &ch->node);
		s->nodes[i] = &ch->node;
		s->adapter.node_count = i + 1;
	}
	return err;
}

static int slcan_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
			struct sim_why *why)
{
	struct slcan *s = calloc(1, sizeof(*s));
	size_t bytes, frames;
	int err;

	if (!s)
		return sim_why(why, -ENOMEM, "out of memory");
	s->adapter = (struct sim_adapter){.ops = &sim_slcan_ops, .sim = sim, .nodes = s->nodes};
	s->link.ops = &slcan_link_ops;
	s->link.owner = s;
	s->link.sim = sim;
	s->tick.fire = slcan_tick;
	err = slcan_options(s, args, why);
	if (!err)
		err = sim_link_options(&s->link, args, why);
	if (!err)
		err = slcan_nodes(s, args, why);
	if (err)
		goto err_destroy;
	bytes = s->lossless ? LOSSLESS_BYTES : s->dialect->out_bytes;
	frames = s->lossless ? LOSSLESS_FRAMES : s->dialect->out_frames;
	err = sim_link_open(&s->link, bytes, frames, why);
	if (err)
		goto err_destroy;
	s->adapter.plugged = true;
	slcan_power_on(s);
	*adapter = &s->adapter;
	return 0;

err_destroy:
	slcan_destroy(&s->adapter);
	return err;
}

static void slcan_add(struct json_object *into, const char *key, uint64_t value)
{
	json_object_object_add(into, key, json_object_new_int64((int64_t)value));
}

static void slcan_stats_drops(const struct slcan *s, struct json_object *into)
{
	struct json_object *dropped = json_object_new_object();
	uint64_t lost = 0, aborted = 0;

	for (unsigned int i = 0; i < s->adapter.node_count; i++) {
		lost += s->nodes[i]->stats.tx_lost;
		aborted += s->nodes[i]->stats.tx_aborted;
	}
	slcan_add(dropped, "tx_full", s->counts.tx_dropped);
	slcan_add(dropped, "tx_lost", lost);
	slcan_add(dropped, "tx_aborted", aborted);
	slcan_add(dropped, "rx_overrun", s->counts.rx_overrun);
	slcan_add(dropped, "rx_cut", s->link.frames_cut);
	slcan_add(dropped, "rx_filtered", s->counts.rx_filtered);
	json_object_object_add(into, "dropped", dropped);
	slcan_add(into, "tx_refused", s->counts.tx_refused);
}

static void slcan_stats(struct sim_adapter *adapter, struct json_object *into)
{
	const struct slcan *s = slcan_of(adapter);
	uint64_t sent = 0, heard = 0, queued = 0;
	char address[256];

	for (unsigned int i = 0; i < adapter->node_count; i++) {
		sent += s->nodes[i]->stats.tx;
		heard += s->nodes[i]->stats.rx;
		queued += s->nodes[i]->queue_len;
	}
	sim_link_address(&s->link, address, sizeof(address));
	json_object_object_add(into, "dialect", json_object_new_string(s->dialect->name));
	json_object_object_add(into, "address", json_object_new_string(address));
	json_object_object_add(into, "host", json_object_new_boolean(s->link.host));
	slcan_add(into, "from_host", s->counts.from_host);
	slcan_add(into, "to_bus", sent);
	slcan_add(into, "from_bus", heard);
	slcan_add(into, "to_host", s->link.frames_out);
	slcan_add(into, "waiting_tx", queued);
	slcan_add(into, "waiting_rx",
		  sim_link_waiting(&s->link) + (s->dialect->held ? s->dialect->held(s) : 0));
	slcan_stats_drops(s, into);
	slcan_add(into, "commands", s->counts.commands);
	slcan_add(into, "bad_commands", s->counts.bad_commands);
	slcan_add(into, "answers_lost", s->counts.answers_lost);
	slcan_add(into, "bytes_in", s->link.bytes_in);
	slcan_add(into, "bytes_out", s->link.bytes_out);
	slcan_add(into, "hangups", s->link.hangups);
}

const struct sim_adapter_ops sim_slcan_ops = {
	.type = "slcan",
	.summary = "an slcan adapter\n"
		   "pty=PATH (a symbolic link is made) or tcp=PORT (127.0.0.1; 0 = any)\n"
		   "dialect=lawicel|can232|canable|canable2|weact|canable25|kernel|candapter|\n"
		   "        silent|dead   version=TEXT serial=TEXT\n"
		   "txfull=drop|bel|block txfifo=N lossless=on|off baud=N keep cooked\n"
		   "recover=auto|manual\n"
		   "lawicel, can232, candapter: timestamp   can232: autopoll\n"
		   "canable, canable2: silent-mode=off|on   weact: idle=MS\n"
		   "canable25: channels=1..3",
	.create = slcan_create,
	.destroy = slcan_destroy,
	.flush = slcan_flush,
	.unplug = slcan_unplug,
	.replug = slcan_replug,
	.fault = slcan_fault,
	.stats = slcan_stats,
};
