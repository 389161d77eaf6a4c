// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The commands of the control socket.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <anycan/text.h>

#include "control.h"

enum {
	WORDS = 4
};

/* A command being executed: its words behind the name, and the adapter that the first one names. */
struct command {
	struct sim *sim;
	struct sim_adapter *adapter;
	struct sim_node *node; /* its channel, from `N` or `N.CHANNEL` */
	char *words[WORDS];
	unsigned int count;
	struct json_object *answer;
	struct sim_why *why;
};

/* An optional number among the words. */
static int command_number(struct command *c, unsigned int at, uint64_t max, uint64_t *value)
{
	if (at >= c->count || sim_number(c->words[at], max, value))
		return 0;
	return sim_why(c->why, -EINVAL, "%s is not a number up to %llu", c->words[at],
		       (unsigned long long)max);
}

static int command_fault(struct command *c, const struct sim_fault *fault)
{
	int err;

	if (!c->adapter->ops->fault)
		return sim_why(c->why, -EOPNOTSUPP, "%s has no host side", c->words[0]);
	if (!c->adapter->plugged)
		return sim_why(c->why, -ENODEV, "%s is unplugged", c->words[0]);
	err = c->adapter->ops->fault(c->adapter, fault);
	return err ? sim_why(c->why, err, "%s: %s", c->words[0], strerror(-err)) : 0;
}

static int command_plug(struct command *c, bool in)
{
	const struct sim_adapter_ops *ops = c->adapter->ops;
	int err;

	if (!ops->unplug || !ops->replug)
		return sim_why(c->why, -EOPNOTSUPP, "%s cannot be unplugged", c->words[0]);
	if (c->adapter->plugged == in)
		return sim_why(c->why, -EALREADY, "%s is already %s", c->words[0],
			       in ? "plugged in" : "unplugged");
	err = in ? ops->replug(c->adapter) : ops->unplug(c->adapter);
	return err ? sim_why(c->why, err, "%s: %s", c->words[0], strerror(-err)) : 0;
}

static int command_unplug(struct command *c)
{
	return command_plug(c, false);
}

static int command_replug(struct command *c)
{
	const struct sim_adapter *adapter = c->adapter;
	uint64_t port = 0;
	int err = command_number(c, 1, UINT16_MAX, &port);

	if (err)
		return err;
	if (c->count > 1 && !adapter->plugged) {
		err = adapter->ops->move ? adapter->ops->move(c->adapter, (unsigned int)port)
					 : -EOPNOTSUPP;
		if (err)
			return sim_why(c->why, err, "%s: port %s: %s", c->words[0], c->words[1],
				       strerror(-err));
	}
	return command_plug(c, true);
}

static int command_garbage(struct command *c)
{
	struct sim_fault fault = {.kind = SIM_FAULT_GARBAGE};
	uint64_t bytes = 0, seed = 1;
	int err = command_number(c, 1, 65536, &bytes);

	if (!err)
		err = command_number(c, 2, UINT32_MAX, &seed);
	fault.number = (uint32_t)bytes;
	fault.seed = (uint32_t)seed;
	return err ? err : command_fault(c, &fault);
}

static int command_halfline(struct command *c)
{
	return command_fault(c, &(struct sim_fault){.kind = SIM_FAULT_HALFLINE});
}

static int command_slow(struct command *c)
{
	uint64_t rate = 0;
	int err = command_number(c, 1, UINT32_MAX, &rate);

	if (err)
		return err;
	return command_fault(c,
			     &(struct sim_fault){.kind = SIM_FAULT_SLOW, .number = (uint32_t)rate});
}

static int command_stuck(struct command *c)
{
	return command_fault(c, &(struct sim_fault){.kind = SIM_FAULT_STUCK});
}

static int command_resume(struct command *c)
{
	return command_fault(c, &(struct sim_fault){.kind = SIM_FAULT_RESUME});
}

/* `WORD N EP`: an endpoint by its address. */
static int command_halt(struct command *c, enum sim_fault_kind kind)
{
	struct sim_fault fault = {.kind = kind};
	uint64_t address = 0;
	int err = command_number(c, 1, UINT8_MAX, &address);

	fault.number = (uint32_t)address;
	return err ? err : command_fault(c, &fault);
}

static int command_stall(struct command *c)
{
	return command_halt(c, SIM_FAULT_STALL);
}

static int command_unstall(struct command *c)
{
	return command_halt(c, SIM_FAULT_UNSTALL);
}

/* `WORD N [BYTES] [COUNT]` */
static int command_spoil(struct command *c, enum sim_fault_kind kind, unsigned int bytes_at)
{
	struct sim_fault fault = {.kind = kind, .seed = 1};
	uint64_t bytes = 0, count = 1;
	int err = bytes_at ? command_number(c, bytes_at, 65536, &bytes) : 0;

	if (!err)
		err = command_number(c, bytes_at ? bytes_at + 1 : 1, UINT32_MAX, &count);
	fault.number = (uint32_t)bytes;
	fault.count = (uint32_t)count;
	return err ? err : command_fault(c, &fault);
}

static int command_short(struct command *c)
{
	return command_spoil(c, SIM_FAULT_SHORT, 1);
}

static int command_long(struct command *c)
{
	return command_spoil(c, SIM_FAULT_LONG, 1);
}

static int command_nonsense(struct command *c)
{
	return command_spoil(c, SIM_FAULT_NONSENSE, 0);
}

static int command_refuse(struct command *c)
{
	return command_spoil(c, SIM_FAULT_REFUSE, 0);
}

static int command_log(struct command *c)
{
	uint64_t count = 20;
	int err = command_number(c, 1, UINT32_MAX, &count);

	if (!err && !c->adapter->ops->log)
		err = sim_why(c->why, -EOPNOTSUPP, "%s keeps no log", c->words[0]);
	if (!err)
		c->adapter->ops->log(c->adapter, (unsigned int)count, c->answer);
	return err;
}

static int command_need_on(struct command *c)
{
	if (c->node->on)
		return 0;
	return sim_why(c->why, -ENETDOWN, "%s is not on the bus", c->words[0]);
}

static int command_busoff(struct command *c)
{
	int err = command_need_on(c);

	if (!err)
		sim_node_force_off(c->node);
	return err;
}

static int command_noack(struct command *c)
{
	bool on = !strcmp(c->words[0], "on");

	if (!on && strcmp(c->words[0], "off"))
		return sim_why(c->why, -EINVAL, "noack is on or off, not %s", c->words[0]);
	c->sim->bus.no_ack = on;
	c->sim->bus.stale = false;
	return 0;
}

static int command_error(struct command *c)
{
	uint64_t count = 1;
	int err = command_number(c, 2, UINT32_MAX, &count);

	for (int kind = SIM_ERROR_STUFF; !err && kind < SIM_ERROR_KINDS; kind++) {
		if (!strcmp(c->words[1], sim_error_name((enum sim_error)kind))) {
			sim_node_inject(c->node, (enum sim_error)kind, (unsigned int)count);
			return 0;
		}
	}
	return err ? err
		   : sim_why(c->why, -EINVAL, "%s is not one of stuff form ack bit0 bit1 crc",
			     c->words[1]);
}

static int command_send(struct command *c)
{
	struct anycan_frame frame;
	int err = command_need_on(c);

	if (err)
		return err;
	if (anycan_frame_parse(c->words[1], strlen(c->words[1]), &frame) ||
	    frame.can_id & CAN_ERR_FLAG)
		return sim_why(c->why, -EINVAL, "%s is no frame as cansend has them", c->words[1]);
	if (anycan_frame_is_fd(&frame) && c->node->fd != SIM_FD_YES)
		return sim_why(c->why, -EINVAL, "%s cannot send FD frames", c->words[0]);
	if (sim_node_send(c->node, &frame, 0, 0))
		return sim_why(c->why, -ENOBUFS, "the transmit queue of %s is full", c->words[0]);
	c->adapter->from_control++;
	return 0;
}

static int command_traffic(struct command *c, bool on)
{
	if (!c->adapter->ops->traffic)
		return sim_why(c->why, -EOPNOTSUPP, "%s is no traffic source", c->words[0]);
	return c->adapter->ops->traffic(c->adapter, on);
}

static int command_start(struct command *c)
{
	return command_traffic(c, true);
}

static int command_pause(struct command *c)
{
	return command_traffic(c, false);
}

static int command_stats(struct command *c)
{
	sim_stats(c->sim, c->answer);
	return 0;
}

static int command_quit(struct command *c)
{
	c->sim->quit = true;
	return 0;
}

static const struct {
	const char *name;
	const char *usage;
	unsigned int least, most;
	bool adapter; /* the first word names one */
	int (*run)(struct command *c);
} commands[] = {
	{"unplug", "unplug N", 1, 1, true, command_unplug},
	{"replug", "replug N [PORT]", 1, 2, true, command_replug},
	{"garbage", "garbage N BYTES [SEED]", 2, 3, true, command_garbage},
	{"halfline", "halfline N", 1, 1, true, command_halfline},
	{"slow", "slow N BYTES_PER_S", 2, 2, true, command_slow},
	{"stuck", "stuck N", 1, 1, true, command_stuck},
	{"resume", "resume N", 1, 1, true, command_resume},
	{"stall", "stall N ENDPOINT", 2, 2, true, command_stall},
	{"unstall", "unstall N ENDPOINT", 2, 2, true, command_unstall},
	{"short", "short N BYTES [COUNT]", 2, 3, true, command_short},
	{"long", "long N BYTES [COUNT]", 2, 3, true, command_long},
	{"nonsense", "nonsense N [COUNT]", 1, 2, true, command_nonsense},
	{"refuse", "refuse N [COUNT]", 1, 2, true, command_refuse},
	{"log", "log N [COUNT]", 1, 2, true, command_log},
	{"busoff", "busoff N", 1, 1, true, command_busoff},
	{"noack", "noack on|off", 1, 1, false, command_noack},
	{"error", "error N stuff|form|ack|bit0|bit1|crc [COUNT]", 2, 3, true, command_error},
	{"send", "send N FRAME", 2, 2, true, command_send},
	{"start", "start N", 1, 1, true, command_start},
	{"pause", "pause N", 1, 1, true, command_pause},
	{"stats", "stats", 0, 0, false, command_stats},
	{"quit", "quit", 0, 0, false, command_quit},
};

enum {
	COMMANDS = sizeof(commands) / sizeof(commands[0])
};

const char *sim_control_help(void)
{
	return "  unplug N   replug N [PORT]   stuck N   resume N   slow N BYTES_PER_S\n"
	       "  halfline N   garbage N BYTES [SEED]   busoff N   noack on|off   send N FRAME\n"
	       "  error N stuff|form|ack|bit0|bit1|crc [COUNT]   start N   pause N   stats   "
	       "quit\n"
	       "  USB: stall N ENDPOINT   unstall N ENDPOINT   short N BYTES [COUNT]\n"
	       "  long N BYTES [COUNT]   nonsense N [COUNT]   refuse N [COUNT]   log N [COUNT]\n";
}

/* `N`, a name, or either with `.CHANNEL` behind it. */
static int command_find(struct command *c)
{
	char *dot = strrchr(c->words[0], '.');
	uint64_t channel = 0;

	c->adapter = sim_find_adapter(c->sim, c->words[0]);
	if (!c->adapter && dot && sim_number(dot + 1, 100, &channel)) {
		*dot = '\0';
		c->adapter = sim_find_adapter(c->sim, c->words[0]);
	}
	if (!c->adapter || channel >= c->adapter->node_count)
		return sim_why(c->why, -ENOENT, "there is no adapter %s", c->words[0]);
	c->node = c->adapter->nodes[channel];
	return 0;
}

int sim_command(struct sim *sim, char *line, struct json_object *answer, struct sim_why *why)
{
	struct command c = {.sim = sim, .answer = answer, .why = why};
	char *rest = NULL, *name = strtok_r(line, " \t", &rest), *word;
	unsigned int i;

	if (!name)
		return sim_why(why, -EINVAL, "no command given");
	for (i = 0; i < COMMANDS && strcmp(commands[i].name, name); i++)
		;
	if (i == COMMANDS)
		return sim_why(why, -EINVAL, "there is no command %s", name);
	while ((word = strtok_r(NULL, " \t", &rest))) {
		if (c.count == commands[i].most)
			return sim_why(why, -EINVAL, "usage: %s", commands[i].usage);
		c.words[c.count++] = word;
	}
	if (c.count < commands[i].least)
		return sim_why(why, -EINVAL, "usage: %s", commands[i].usage);
	if (commands[i].adapter) {
		int err = command_find(&c);

		if (err)
			return err;
	}
	return commands[i].run(&c);
}
