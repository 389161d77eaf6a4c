/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The simulator: one bus, the adapters that sit on it, and the clock that drives it.
 *
 * A kind of adapter is one struct sim_adapter_ops, listed in adapters.c. It owns its controllers
 * (struct sim_node, one per channel) and its side towards the host, whatever that is: nothing, a
 * byte stream (link.h), or USB transfers.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include "args.h"
#include "bus.h"
#include "loop.h"

struct json_object;
struct sim;
struct sim_adapter;

/** Kinds of trouble that the control socket can cause at the host's side of an adapter. */
enum sim_fault_kind {
	SIM_FAULT_GARBAGE,  /**< random bytes to the host */
	SIM_FAULT_HALFLINE, /**< half a frame, then nothing of it */
	SIM_FAULT_SLOW,	    /**< moves @number bytes a second in each direction; 0 = full speed */
	SIM_FAULT_STUCK,    /**< neither reads nor writes */
	SIM_FAULT_RESUME,   /**< ends what lasts: slow, stuck, ... */
	SIM_FAULT_STALL,    /**< USB: halts the endpoint with address @number */
	SIM_FAULT_UNSTALL,  /**< USB: ends that */
	SIM_FAULT_SHORT,    /**< USB: cuts @count transfers to the host to @number bytes */
	SIM_FAULT_LONG,	    /**< USB: lengthens them to so many */
	SIM_FAULT_NONSENSE, /**< USB: answers @count control requests with random bytes */
	SIM_FAULT_REFUSE,   /**< USB: refuses @count control requests */
};

struct sim_fault {
	enum sim_fault_kind kind;
	uint32_t number; /**< bytes, bytes a second, or an endpoint's address */
	uint32_t count;	 /**< how often */
	uint32_t seed;
};

/** struct sim_adapter_ops - a kind of adapter. NULL hooks are not supported by it. */
struct sim_adapter_ops {
	const char *type;    /**< the word before the colon on the command line */
	const char *summary; /**< for --help: one line, then a line for each key */
	/** Make one, plugged in. On failure @why says what is wrong. Return: 0, negative errno */
	int (*create)(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		      struct sim_why *why);
	void (*destroy)(struct sim_adapter *adapter);
	/** Move bytes to and from the host as far as possible now; called in every turn. */
	void (*flush)(struct sim_adapter *adapter);
	/** Pull it out: the host sees it vanish, power is off. */
	int (*unplug)(struct sim_adapter *adapter);
	/** Plug it in again: as after power-on, at the same address. */
	int (*replug)(struct sim_adapter *adapter);
	/** Unplugged: choose another port, where it is plugged in from now on. */
	int (*move)(struct sim_adapter *adapter, unsigned int port);
	int (*fault)(struct sim_adapter *adapter, const struct sim_fault *fault);
	/** The last @count requests of the host. */
	void (*log)(struct sim_adapter *adapter, unsigned int count, struct json_object *into);
	/** A traffic source begins, or pauses. */
	int (*traffic)(struct sim_adapter *adapter, bool on);
	/** Add its own members to @into. */
	void (*stats)(struct sim_adapter *adapter, struct json_object *into);
};

/** struct sim_adapter - what every adapter has; embed it as the first member */
struct sim_adapter {
	const struct sim_adapter_ops *ops;
	struct sim *sim;
	const char *name; /**< from the command line, or its number */
	char number[12];
	bool plugged;
	bool builtin;	       /**< has no host */
	uint64_t from_control; /**< frames that the control socket's `send` queued */
	struct sim_node **nodes;
	unsigned int node_count;
	struct sim_adapter *next;
};

/** struct sim - the simulation */
struct sim {
	struct sim_loop loop;
	struct sim_bus bus;
	uint32_t bitrate;  /**< of the built-in nodes */
	uint32_t dbitrate; /**< of the built-in nodes */
	bool max_speed;	   /**< bus time is virtual: as fast as the hosts read */
	bool lossless;	   /**< default of the adapters: the bus waits for a full one */
	bool quit;
	int64_t offset_ns; /* CLOCK_MONOTONIC minus bus time */
	uint64_t slips;	   /* times the bus could not keep up with the clock */
	int64_t slipped_ns;
	struct sim_adapter *adapters;
};

/** All kinds of adapters, in the order of --help, ending with NULL. */
extern const struct sim_adapter_ops *const sim_adapter_types[];

/**
 * sim_add_adapter() - make an adapter from its description
 * @sim: the simulation
 * @text: `TYPE` or `TYPE:key=value,...`
 * @why: filled on failure
 *
 * Return: 0, or a negative errno.
 */
int sim_add_adapter(struct sim *sim, const char *text, struct sim_why *why);

/** sim_find_adapter() - by name, or by number in the order of the command line; NULL if none */
struct sim_adapter *sim_find_adapter(const struct sim *sim, const char *name);

/** sim_open_hosts() - adapters with a host whose first controller is on the bus */
unsigned int sim_open_hosts(const struct sim *sim);

/** sim_init() - Return: 0, or a negative errno */
int sim_init(struct sim *sim);

/** sim_run() - work until sim->quit; Return: 0, or a negative errno */
int sim_run(struct sim *sim);

/** sim_exit() - destroy all adapters */
void sim_exit(struct sim *sim);

#endif
