// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The clock that drives the simulated bus, and the list of what sits on it.
 *
 * In real time the bus follows CLOCK_MONOTONIC and never runs ahead. When the machine is too slow
 * the bus becomes slower: what could not be carried in time is carried later, not in a burst.
 */
#include "sim.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <anycan/clock.h>

/* A turn that begins this late may still be caught up with; all beyond is lost time. */
#define CATCH_UP_NS (3 * ANYCAN_NS_PER_MS)

/* How often to look at a sender that only repeats a frame which nobody acknowledges. */
#define STALE_NS (2 * ANYCAN_NS_PER_MS)

/* Bus events between two looks at the hosts. */
enum {
	TURN_EVENTS = 256,
	STALE_EVENTS = 8
};

static const struct sim_adapter_ops *sim_type(const char *type)
{
	for (unsigned int i = 0; sim_adapter_types[i]; i++) {
		if (!strcmp(sim_adapter_types[i]->type, type))
			return sim_adapter_types[i];
	}
	return NULL;
}

static int sim_append(struct sim *sim, struct sim_adapter *adapter, struct sim_args *args,
		      struct sim_why *why)
{
	const char *name = sim_args_text(args, "name");
	const char *unknown = sim_args_unused(args);
	struct sim_adapter **end = &sim->adapters;
	unsigned int number = 0;

	if (unknown)
		return sim_why(why, -EINVAL, "%s does not know the key %s", args->type, unknown);
	if (name && sim_find_adapter(sim, name))
		return sim_why(why, -EEXIST, "two adapters are named %s", name);
	for (; *end; number++)
		end = &(*end)->next;
	snprintf(adapter->number, sizeof(adapter->number), "%u", number);
	adapter->name = name ? strdup(name) : NULL;
	*end = adapter;
	return 0;
}

int sim_add_adapter(struct sim *sim, const char *text, struct sim_why *why)
{
	const struct sim_adapter_ops *ops;
	struct sim_adapter *adapter;
	struct sim_args args;
	int err = sim_args_parse(&args, text, why);

	if (err)
		goto out;
	ops = sim_type(args.type);
	if (!ops) {
		err = sim_why(why, -EINVAL, "no kind of adapter is named %s (see --help)",
			      args.type);
		goto out;
	}
	err = ops->create(sim, &args, &adapter, why);
	if (err)
		goto out;
	err = sim_append(sim, adapter, &args, why);
	if (err)
		ops->destroy(adapter);
out:
	sim_args_free(&args);
	return err;
}

struct sim_adapter *sim_find_adapter(const struct sim *sim, const char *name)
{
	for (struct sim_adapter *a = sim->adapters; a; a = a->next) {
		if (!strcmp(a->number, name) || (a->name && !strcmp(a->name, name)))
			return a;
	}
	return NULL;
}

unsigned int sim_open_hosts(const struct sim *sim)
{
	unsigned int open = 0;

	for (struct sim_adapter *a = sim->adapters; a; a = a->next)
		open += !a->builtin && a->node_count && a->nodes[0]->on;
	return open;
}

/* Bus time that may be reached now. Being late moves the two clocks against each other. */
static int64_t sim_target_ns(struct sim *sim)
{
	int64_t target = sim_mono_ns() - sim->offset_ns;
	int64_t next = sim_bus_next(&sim->bus), late;

	if (next == SIM_NEVER || target <= next + CATCH_UP_NS)
		return target;
	late = target - next - CATCH_UP_NS;
	sim->offset_ns += late;
	sim->slipped_ns += late;
	sim->slips++;
	return target - late;
}

static void sim_advance(struct sim *sim)
{
	if (sim->max_speed)
		sim_bus_run(&sim->bus, SIM_NEVER, sim->bus.stale ? STALE_EVENTS : TURN_EVENTS);
	else
		sim_bus_run(&sim->bus, sim_target_ns(sim), TURN_EVENTS);
}

/* Hosts act at the present moment: bring bus time there before they are heard. */
static void sim_woken(struct sim_loop *loop)
{
	struct sim *sim = (struct sim *)((char *)loop - offsetof(struct sim, loop));

	if (!sim->max_speed)
		sim_advance(sim);
}

int sim_init(struct sim *sim)
{
	int err = sim_loop_init(&sim->loop);

	sim->loop.woken = sim_woken;
	sim->offset_ns = sim_mono_ns();
	return err;
}

static void sim_flush(struct sim *sim)
{
	for (struct sim_adapter *a = sim->adapters; a; a = a->next) {
		if (a->plugged && a->ops->flush)
			a->ops->flush(a);
	}
}

/* CLOCK_MONOTONIC time at which the bus wants its next turn: what it does now may have to do with
 * what the hosts have sent since its last. */
static int64_t sim_bus_wake_ns(struct sim *sim)
{
	int64_t next = sim_bus_next(&sim->bus);
	int64_t pause = sim->bus.stale ? STALE_NS : 0;

	if (sim->bus.held || next == SIM_NEVER)
		return INT64_MAX;
	if (sim->max_speed)
		return pause ? sim_mono_ns() + pause : 0;
	return next + sim->offset_ns + pause;
}

static int64_t sim_turn(struct sim *sim)
{
	int64_t timer, bus;

	sim_loop_timers(&sim->loop);
	sim_advance(sim);
	sim_flush(sim);
	/* Flushing made room, perhaps enough for the frame that had to wait. */
	if (sim->bus.held) {
		sim_advance(sim);
		sim_flush(sim);
	}
	bus = sim_bus_wake_ns(sim);
	timer = sim_loop_next(&sim->loop);
	return bus < timer ? bus : timer;
}

int sim_run(struct sim *sim)
{
	int err = 0;

	while (!sim->quit && !err) {
		int64_t until = sim_turn(sim);

		if (!sim->quit)
			err = sim_loop_wait(&sim->loop, until);
	}
	return err;
}

void sim_exit(struct sim *sim)
{
	while (sim->adapters) {
		struct sim_adapter *a = sim->adapters;

		sim->adapters = a->next;
		free((char *)a->name);
		a->ops->destroy(a);
	}
	sim_loop_exit(&sim->loop);
}
