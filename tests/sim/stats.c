// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The numbers that the control socket's `stats` shows, as JSON.
 */
#include <json-c/json.h>

#include "control.h"

static void stats_add(struct json_object *into, const char *key, uint64_t value)
{
	json_object_object_add(into, key, json_object_new_int64((int64_t)value));
}

static void stats_node(const struct sim_node *node, struct json_object *into)
{
	struct json_object *errors = json_object_new_object();

	for (int kind = SIM_ERROR_STUFF; kind < SIM_ERROR_KINDS; kind++)
		stats_add(errors, sim_error_name((enum sim_error)kind), node->stats.errors[kind]);
	json_object_object_add(into, "open", json_object_new_boolean(node->on));
	json_object_object_add(
		into, "state",
		json_object_new_string(node->on ? sim_state_name(node->state) : "stopped"));
	stats_add(into, "tec", node->tec);
	stats_add(into, "rec", node->rec);
	stats_add(into, "bitrate", node->bitrate);
	stats_add(into, "dbitrate", node->dbitrate);
	stats_add(into, "arbitration_lost", node->stats.arbitration_lost);
	stats_add(into, "bus_offs", node->stats.bus_offs);
	json_object_object_add(into, "errors", errors);
}

static struct json_object *stats_adapter(struct sim_adapter *adapter)
{
	struct json_object *into = json_object_new_object();

	json_object_object_add(
		into, "name",
		json_object_new_string(adapter->name ? adapter->name : adapter->number));
	json_object_object_add(into, "type", json_object_new_string(adapter->ops->type));
	json_object_object_add(into, "plugged", json_object_new_boolean(adapter->plugged));
	stats_add(into, "from_control", adapter->from_control);
	stats_node(adapter->nodes[0], into);
	if (adapter->node_count > 1) {
		struct json_object *channels = json_object_new_array();

		for (unsigned int i = 0; i < adapter->node_count; i++) {
			struct json_object *channel = json_object_new_object();

			stats_node(adapter->nodes[i], channel);
			json_object_array_add(channels, channel);
		}
		json_object_object_add(into, "channels", channels);
	}
	if (adapter->ops->stats)
		adapter->ops->stats(adapter, into);
	return into;
}

void sim_stats(const struct sim *sim, struct json_object *into)
{
	struct json_object *bus = json_object_new_object();
	struct json_object *adapters = json_object_new_array();
	const struct sim_bus *b = &sim->bus;

	stats_add(bus, "bitrate", sim->bitrate);
	stats_add(bus, "dbitrate", sim->dbitrate);
	stats_add(bus, "frames", b->frames);
	stats_add(bus, "error_frames", b->error_frames);
	stats_add(bus, "time_ns", (uint64_t)b->now_ns);
	stats_add(bus, "busy_ns", (uint64_t)b->busy_ns);
	json_object_object_add(
		bus, "load",
		json_object_new_double(b->now_ns ? (double)b->busy_ns / (double)b->now_ns : 0));
	stats_add(bus, "holds", b->holds);
	json_object_object_add(bus, "held", json_object_new_boolean(b->held));
	stats_add(bus, "slips", sim->slips);
	stats_add(bus, "slipped_ns", (uint64_t)sim->slipped_ns);
	json_object_object_add(bus, "no_ack", json_object_new_boolean(b->no_ack));
	for (struct sim_adapter *a = sim->adapters; a; a = a->next)
		json_object_array_add(adapters, stats_adapter(a));
	json_object_object_add(into, "bus", bus);
	json_object_object_add(into, "adapters", adapters);
}
