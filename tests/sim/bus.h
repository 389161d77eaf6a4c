/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A simulated CAN bus in bus time: arbitration, acknowledgement, error signalling and fault
 * confinement, frame by frame. It opens nothing and reads no clock: sim.c drives it.
 * Source: ISO 11898-1:2015, chapters on medium access control, error signalling and fault
 * confinement; error codes as in the "last error code" of the Bosch M_CAN manual.
 */
#ifndef SIM_BUS_H
#define SIM_BUS_H

#include <anycan/frame.h>

/** A point of bus time that never comes. */
#define SIM_NEVER INT64_MAX

enum sim_error {
	SIM_NO_ERROR = 0,
	SIM_ERROR_STUFF = 1,
	SIM_ERROR_FORM = 2,
	SIM_ERROR_ACK = 3,
	SIM_ERROR_BIT1 = 4, /**< sent recessive, saw dominant */
	SIM_ERROR_BIT0 = 5, /**< sent dominant, saw recessive */
	SIM_ERROR_CRC = 6,
};

#define SIM_ERROR_KINDS 7

enum sim_state {
	SIM_ERROR_ACTIVE,
	SIM_ERROR_WARNING, /**< still error active, a counter has reached 96 */
	SIM_ERROR_PASSIVE,
	SIM_BUS_OFF,
};

enum sim_mode {
	SIM_NORMAL,
	SIM_LISTEN_ONLY,
	SIM_LOOP_INTERNAL, /**< hears itself, the bus sees nothing */
	SIM_LOOP_EXTERNAL, /**< hears only itself, sends to the bus, needs no acknowledgement */
};

/** What a controller does with CAN FD frames. */
enum sim_fd {
	SIM_FD_ERROR,	 /**< classic only: answers an FD frame with an error frame */
	SIM_FD_TOLERANT, /**< sits FD frames out */
	SIM_FD_YES,
};

/** How a frame left a node's queue. */
enum sim_sent {
	SIM_SENT,
	SIM_SENT_LOST,	  /**< one-shot: lost arbitration or met an error */
	SIM_SENT_ABORTED, /**< flushed */
};

struct sim_bus;
struct sim_node;

/** struct sim_tx - a frame waiting in a node */
struct sim_tx {
	struct anycan_frame frame;
	uint32_t tag;	  /**< the adapter's own mark */
	int64_t ready_ns; /**< bus time before which it is not sent */
};

/**
 * struct sim_node_ops - what an adapter wants to know of its controller; any may be NULL
 *
 * Called while the bus runs. They may queue frames; they must not add or remove nodes.
 */
struct sim_node_ops {
	/** A frame was received; its ts_ns is the bus time of its end. */
	void (*rx)(struct sim_node *node, const struct anycan_frame *frame);
	/** A frame left the queue. */
	void (*tx_done)(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how);
	/** The node met an error, as sender or as receiver. */
	void (*error)(struct sim_node *node, enum sim_error error, bool sending);
	/** The state changed. */
	void (*state)(struct sim_node *node);
	/** false keeps the next frame off the bus: the adapter has no room for it. */
	bool (*has_room)(struct sim_node *node);
};

/** struct sim_node_stats - what a node has counted since it was made */
struct sim_node_stats {
	uint64_t rx;
	uint64_t tx;
	uint64_t tx_lost;
	uint64_t tx_aborted;
	uint64_t arbitration_lost;
	uint64_t errors[SIM_ERROR_KINDS];
	uint64_t bus_offs;
};

/** What a node does in the frame that is on the bus. */
enum sim_role {
	SIM_OUTSIDE,
	SIM_SENDER,
	SIM_TWIN,     /**< sends the very same bits as the sender */
	SIM_COLLIDER, /**< sends the same identifier but other bits */
	SIM_RECEIVER,
	SIM_DEAF, /**< listens but cannot make sense of the bits */
};

/**
 * struct sim_node - one controller on the bus
 *
 * The owner sets the first group before sim_node_start(), reads the second, and leaves the rest.
 */
struct sim_node {
	const struct sim_node_ops *ops;
	void *owner;
	uint32_t bitrate;
	uint32_t dbitrate;
	enum sim_mode mode;
	enum sim_fd fd;
	bool one_shot;
	bool auto_recover; /**< returns from bus-off without being told */

	bool on;
	enum sim_state state;
	unsigned int tec;
	unsigned int rec;
	bool arbitration_lost; /**< sticky; the owner clears it */
	bool saw_error;	       /**< sticky; the owner clears it */
	struct sim_node_stats stats;

	struct sim_bus *bus;
	struct sim_node *next;
	struct sim_tx *queue;
	unsigned int queue_size;
	unsigned int queue_head;
	unsigned int queue_len;
	enum sim_role role;
	int64_t suspend_ns;	   /* error passive sender: not before */
	int64_t loop_ns;	   /* internal loopback: free from */
	bool recovering;	   /* bus-off, counting recessive sequences */
	unsigned int recover_left; /* sequences of 11 recessive bits still to see */
	enum sim_error inject;	   /* error to cause */
	unsigned int inject_left;  /* in so many frames */
};

/** struct sim_attempt - the frame that is on the bus */
struct sim_attempt {
	struct sim_node *sender;  /**< NULL: the bus is idle, or the sender was switched off */
	struct sim_node *culprit; /**< a receiver that destroyed the frame; NULL: the sender did */
	enum sim_error error;	  /**< what the sender met */
	enum sim_error culprit_error;
	bool on;
	int64_t start_ns;
	int64_t end_ns; /**< end of the intermission */
};

/** struct sim_bus - the wire; all zero is a valid, empty bus */
struct sim_bus {
	int64_t now_ns;
	int64_t free_ns; /**< the bus is idle from here on */
	bool no_ack;	 /**< every node is cut off from the others */
	bool held;	 /**< a node had no room for the next frame */
	bool stale;	 /**< the last attempt failed and changed nothing */
	uint64_t frames;
	uint64_t error_frames;
	uint64_t holds;
	int64_t busy_ns;
	struct sim_attempt attempt;
	struct sim_node *nodes;
};

/**
 * sim_node_init() - make a controller that is switched off
 * @node: the node; all zero but for what the owner set
 * @ops: its owner's hooks
 * @owner: for the hooks
 * @queue_size: frames that fit into its transmit queue, at least 1
 *
 * Return: 0, or -ENOMEM.
 */
int sim_node_init(struct sim_node *node, const struct sim_node_ops *ops, void *owner,
		  unsigned int queue_size);

/** sim_node_exit() - take a node off its bus and free its queue */
void sim_node_exit(struct sim_node *node);

/** sim_bus_add() - wire a node to the bus */
void sim_bus_add(struct sim_bus *bus, struct sim_node *node);

/** sim_node_start() - switch the controller on: counters at 0, error active */
void sim_node_start(struct sim_node *node);

/** sim_node_stop() - switch it off; its queue stays. What it was sending is cut off. */
void sim_node_stop(struct sim_node *node);

/** sim_node_flush() - empty the transmit queue; tx_done gets SIM_SENT_ABORTED for each frame */
void sim_node_flush(struct sim_node *node);

/** sim_node_room() - frames that the transmit queue still takes */
static inline unsigned int sim_node_room(const struct sim_node *node)
{
	return node->queue_size - node->queue_len;
}

/**
 * sim_node_send() - queue a frame
 * @node: the node, on or off
 * @frame: a valid data or remote frame
 * @tag: handed back by tx_done
 * @ready_ns: bus time before which it is not sent; 0 = now
 *
 * Return: 0, or -ENOBUFS when the queue is full.
 */
int sim_node_send(struct sim_node *node, const struct anycan_frame *frame, uint32_t tag,
		  int64_t ready_ns);

/** sim_node_force_off() - drive the node into bus-off */
void sim_node_force_off(struct sim_node *node);

/** sim_node_recover() - begin to leave bus-off: 128 sequences of 11 recessive bits from now on */
void sim_node_recover(struct sim_node *node);

/**
 * sim_node_inject() - let the next frames fail at this node
 * @node: the node
 * @error: what it shall meet: a sender of such a frame fails with it; a receiver destroys the
 *	frame. SIM_ERROR_ACK waits until the node sends: a receiver cannot meet it.
 * @count: in how many frames
 */
void sim_node_inject(struct sim_node *node, enum sim_error error, unsigned int count);

/** sim_bus_next() - bus time of the next event, or SIM_NEVER if idle or held */
int64_t sim_bus_next(const struct sim_bus *bus);

/**
 * sim_bus_run() - let the bus work
 * @bus: the bus
 * @until_ns: bus time to reach; SIM_NEVER = stop when idle, at the time of the last event
 * @budget: stop after so many events
 *
 * Return: events handled. Fewer than @budget: the bus is at @until_ns, idle, or held.
 */
unsigned int sim_bus_run(struct sim_bus *bus, int64_t until_ns, unsigned int budget);

/* ---- between bus.c, attempt.c and confine.c */

/** sim_node_head() - the frame that the node would send next */
static inline struct sim_tx *sim_node_head(const struct sim_node *node)
{
	return &node->queue[node->queue_head];
}

/** sim_node_pop() - take the first frame off the queue and tell the owner */
void sim_node_pop(struct sim_node *node, enum sim_sent how);

/** sim_node_ready_ns() - when the node could begin to send, or SIM_NEVER */
int64_t sim_node_ready_ns(const struct sim_node *node);

/** sim_attempt_start() - begin a frame at @start_ns: who sends, and how it will end */
void sim_attempt_start(struct sim_bus *bus, int64_t start_ns);

/** sim_attempt_finish() - its end: counters, deliveries, errors */
void sim_attempt_finish(struct sim_bus *bus);

/** sim_confine_tx_ok() and the following - the rules for the two error counters */
void sim_confine_tx_ok(struct sim_node *node);
void sim_confine_rx_ok(struct sim_node *node);
void sim_confine_tx_error(struct sim_node *node, enum sim_error error);
void sim_confine_rx_error(struct sim_node *node, enum sim_error error, bool first);

/** sim_confine_reset() - both counters at 0, error active */
void sim_confine_reset(struct sim_node *node);

/** sim_bit_ns() - length of @bits nominal bits of @node, rounded up */
int64_t sim_bit_ns(const struct sim_node *node, unsigned int bits);

/** sim_error_name() - stuff, form, ack, bit1, bit0, crc; sim_state_name() - error-active, ... */
const char *sim_error_name(enum sim_error error);
const char *sim_state_name(enum sim_state state);

#endif
