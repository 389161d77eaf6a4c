/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of anycan bridge and can_bridge: two buses (`ends`), and what goes from one to the
 * other (`ways`): way 0 from end 0 to end 1, way 1 back.
 */
#ifndef TOOLS_BRIDGE_H
#define TOOLS_BRIDGE_H

#include "buses.h"

#include <stdio.h>

/** Frames that are received or sent in one go. */
#define BRIDGE_BATCH 64

/** Frames that may wait for a bus to have room; a power of two. */
#define BRIDGE_QUEUE 4096

#define BRIDGE_RULES_MAX 32

/** What happens to CAN FD frames for a bus that has classic CAN only. */
enum bridge_fd_policy {
	BRIDGE_FD_DROP,
	BRIDGE_FD_CONVERT, /**< up to 8 bytes become a classic frame, longer ones are dropped */
	BRIDGE_FD_SPLIT,   /**< as many classic frames as it takes */
};

/** Why a frame is not passed on. */
enum bridge_drop {
	BRIDGE_DROP_FILTERED,
	BRIDGE_DROP_ERROR_FRAME,
	BRIDGE_DROP_FD,		/**< the other bus has classic CAN only */
	BRIDGE_DROP_ID,		/**< rewritten it has more bits than its format */
	BRIDGE_DROP_QUEUE_FULL, /**< too many wait for the other bus */
	BRIDGE_DROP_LATE,	/**< has waited too long */
	BRIDGE_DROP_REFUSED,	/**< the other bus does not take it */
	BRIDGE_DROP_AWAY,	/**< the other bus is down or gone */
	BRIDGE_DROP_UNSENT,	/**< waited when the bridge ended */
	BRIDGE_DROPS,
};

/** struct bridge_rule - how identifiers are rewritten */
struct bridge_rule {
	enum bridge_rule_kind {
		BRIDGE_RULE_MAP, /**< first .. last become to .. */
		BRIDGE_RULE_AND,
		BRIDGE_RULE_OR,
		BRIDGE_RULE_XOR,
		BRIDGE_RULE_SET,
	} kind;
	canid_t first, last; /**< of a map, with CAN_EFF_FLAG */
	canid_t to;	     /**< operand; of map and set with CAN_EFF_FLAG */
};

struct bridge_rules {
	struct bridge_rule list[BRIDGE_RULES_MAX];
	unsigned int n;
};

/** bridge_rules_parse() - add rules such as `100-1FF=500,and:7F0`. Return: false if it is none */
bool bridge_rules_parse(const char *text, struct bridge_rules *rules);

/** bridge_rules_apply() - rewrite an identifier. Return: false if the result has too many bits */
bool bridge_rules_apply(const struct bridge_rules *rules, canid_t *can_id);

/** struct bridge_way_options - what is to happen on a way */
struct bridge_way_options {
	struct anycan_filters filters; /**< bridge_args_clear() frees them */
	struct bridge_rules rules;
	double rate; /**< frames a second; 0: no limit */
};

struct bridge_args {
	struct bus_args ends[2];
	struct bridge_way_options ways[2];
	char *names[2]; /**< targets without their filters */
	enum bridge_fd_policy fd_policy;
	int64_t patience_ns; /**< how long a frame may wait */
	int64_t stats_ns;    /**< counters are printed this often; 0: never */
	bool one_way;
	bool error_frames;
	bool reconnect;
	bool json;
	bool quiet;
	bool no_loop_check;
	bool python_can; /**< called as can_bridge */
};

/**
 * bridge_args_parse() - read the command line of anycan bridge
 *
 * Return: -1 to go on, or the exit status.
 */
int bridge_args_parse(struct bridge_args *args, int argc, char **argv);

/** bridge_args_clear() - free what belongs to it */
void bridge_args_clear(struct bridge_args *args);

/** bridge_run() - connect the buses until a signal comes or one is gone. Return: exit status */
int bridge_run(const struct bridge_args *args);

/** struct bridge_way - frames on their way from one bus to the other */
struct bridge_way {
	const struct bridge_args *args;
	const struct bridge_way_options *options;
	struct anycan_bus *to; /**< NULL: away */
	bool to_classic;       /**< it has no CAN FD */
	bool to_controller;    /**< which cannot send error frames */
	int64_t earliest_ns;   /**< by .rate, of the next frame */
	bool blocked;	       /**< .to had no room */

	struct anycan_frame *queue; /**< ring of BRIDGE_QUEUE */
	int64_t *since_ns;	    /**< when each came */
	uint64_t head, tail;	    /**< head: next to be sent; tail: next free */

	uint64_t received, sent, rewritten, converted;
	uint64_t split; /**< further frames that others were split into */
	uint64_t dropped[BRIDGE_DROPS];
	uint64_t lost; /**< by the queue of the bus that they came from */
};

/** bridge_way_new() - Return: 0 or -ENOMEM */
int bridge_way_init(struct bridge_way *way, const struct bridge_args *args, unsigned int index);

void bridge_way_clear(struct bridge_way *way);

/** bridge_way_wants() - whether a frame passes the filters of this way */
bool bridge_way_wants(const struct bridge_way *way, const struct anycan_frame *frame);

/** bridge_way_put() - take frames that were received at @now_ns */
void bridge_way_put(struct bridge_way *way, const struct anycan_frame *frames, unsigned int n,
		    int64_t now_ns);

/**
 * bridge_way_flush() - send what waits, as far as the bus and the rate allow
 *
 * Return: 0, or the negative errno with which the bus ended.
 */
int bridge_way_flush(struct bridge_way *way, int64_t now_ns, struct anycan_error *error);

/** bridge_way_next() - when bridge_way_flush() is to be called again; INT64_MAX: nothing waits */
int64_t bridge_way_next(const struct bridge_way *way, int64_t now_ns);

/** bridge_way_drop_queue() - give up what waits */
void bridge_way_drop_queue(struct bridge_way *way, enum bridge_drop reason);

#define BRIDGE_GUARD_SLOTS 4096

/**
 * struct bridge_guard - finds out that both ends are the same wire, or joined by another bridge
 *
 * What one end receives the other one then receives too, which it does not when all that connects
 * them is this bridge, as that does not receive its own frames.
 */
struct bridge_guard {
	struct bridge_guard_slot {
		uint32_t hash;
		uint32_t count; /**< received at .end, and not yet at the other one */
		int64_t ns;
		unsigned int end;
	} slots[BRIDGE_GUARD_SLOTS];
	unsigned int received[2], paired[2];
};

/** bridge_guard_see() - a frame was received. Return: whether this is surely a loop */
bool bridge_guard_see(struct bridge_guard *guard, unsigned int end,
		      const struct anycan_frame *frame, int64_t now_ns);

/** bridge_report() - print the counters of both ways */
void bridge_report(FILE *to, const struct bridge_args *args, const struct bridge_way ways[2]);

#endif
