/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A CAN bus to send to and to receive from, whatever is behind it: a SocketCAN netdev, an adapter,
 * a daemon's hub where the kernel has no CAN, or a virtual bus in this process.
 *
 * Threads: one bus may be used by several threads at once. One sends while another receives; two
 * that send, or two that receive, take turns, so that the second waits as long as the first does.
 * anycan_bus_close() must be the last call on a bus, made when no other runs.
 *
 * Times: @timeout_ns is in nanoseconds and bounds the whole call. Negative waits for ever, 0 does
 * not wait.
 */
#ifndef ANYCAN_BUS_H
#define ANYCAN_BUS_H

#include <anycan/error.h>
#include <anycan/export.h>
#include <anycan/filter.h>
#include <anycan/frame.h>
#include <net/if.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Waits for ever; any negative time-out does. */
#define ANYCAN_FOREVER INT64_C(-1)

/** Room for a text that says what a bus is connected to, with its NUL. */
#define ANYCAN_BUS_INFO_SIZE 320

/** struct anycan_bus - an open bus */
struct anycan_bus;

/** How a bus takes part; the state of its controller is another thing, see <anycan/link.h>. */
enum anycan_bus_state {
	ANYCAN_BUS_ACTIVE,  /**< sends, receives, acknowledges */
	ANYCAN_BUS_PASSIVE, /**< only listens */
	ANYCAN_BUS_ERROR,   /**< takes no part: bus-off, down, or its adapter is away */
};

/** Which frames a bus can carry. */
enum anycan_protocol {
	ANYCAN_PROTOCOL_CAN_20,
	ANYCAN_PROTOCOL_CAN_FD,
};

/**
 * struct anycan_bus_options - how a bus is to be opened; all 0 is what most programs want
 *
 * Lists and texts need to live only until anycan_bus_open() returns.
 */
struct anycan_bus_options {
	bool receive_own_messages;   /**< also receive what this bus sends */
	bool no_local_loopback;	     /**< hide what this bus sends from other programs here */
	bool fd;		     /**< also CAN FD frames */
	bool ignore_rx_error_frames; /**< no error frames at all */
	bool hardware_timestamps;    /**< the controller's time where it tells it */
	bool preserve_timestamps;    /**< virtual: frames keep the time that the sender gave them */
	bool never_start;	     /**< do not start a bridge for an adapter that has none */
	enum anycan_bus_state state; /**< ACTIVE, or PASSIVE to set the controller listen-only */
	can_err_mask_t error_mask;   /**< error classes to receive; 0 = all */
	const struct can_filter *filters; /**< NULL = all frames */
	size_t n_filters;
	bool join_filters;	    /**< all filters must let a frame pass, not any */
	uint32_t bitrate;	    /**< bit/s that the bus must run at; 0 = as it is */
	uint32_t data_bitrate;	    /**< the same for the data phase */
	unsigned int rx_queue_size; /**< frames that may wait; 0 = default; virtual: no limit */
	const char
		*settings; /**< for a bridge that is started: `sample-point 0.8 listen-only on` */
};

/** struct anycan_bus_stats - what became of frames since the bus was opened */
struct anycan_bus_stats {
	uint64_t rx_frames;   /**< handed to the caller */
	uint64_t rx_errors;   /**< error frames among them */
	uint64_t rx_filtered; /**< stopped by filters in user space; the kernel tells of none */
	uint64_t rx_dropped;  /**< lost because the receive queue was full */
	uint64_t rx_invalid;  /**< no CAN frame */
	uint64_t tx_frames;   /**< taken by the bus */
	uint64_t tx_refused;  /**< not taken: no room in time, or an error */
};

/**
 * anycan_bus_open() - open a bus
 * @out: set on success; to be given to anycan_bus_close()
 * @address: `can0`, or `socketcan:can0`: a netdev, or where the kernel has no CAN the hub of the
 *	bridge that serves it; `` (empty): all CAN netdevs at once; `slcan:/dev/ttyUSB0@115200` and
 *	all adapters that bridged knows: the netdev or hub that the adapter is bridged to, or a
 *	bridge that is started and ends with the bus; `hub:can0`: a hub; `virtual:NAME`: a bus in
 *	this process; or the name of a registered interface with a channel
 * @options: NULL = defaults
 * @error: NULL, or filled on failure
 *
 * Return: 0 or a negative errno: -ENODEV if there is no such device or bridge, -EINVAL for an
 * address or option that is never right, -EPERM, -EBUSY, -EPROTONOSUPPORT if there is no such
 * interface.
 */
ANYCAN_API int anycan_bus_open(struct anycan_bus **out, const char *address,
			       const struct anycan_bus_options *options,
			       struct anycan_error *error);

/** anycan_bus_close() - close a bus and end what it has started; NULL is fine */
ANYCAN_API void anycan_bus_close(struct anycan_bus *bus);

/**
 * anycan_bus_recv() - receive one frame
 * @bus: the bus
 * @frame: filled; .channel as anycan_bus_channel() numbers it, .dir ANYCAN_TX if a program of
 *	this machine sent it, .own if this bus did
 * @timeout_ns: see above; frames that filters stop do not prolong it
 * @error: NULL, or filled on failure
 *
 * Return: 1; 0 if no frame came in time; or a negative errno, -ENETDOWN if the netdev went down,
 * -ENODEV if it is gone.
 */
ANYCAN_API int anycan_bus_recv(struct anycan_bus *bus, struct anycan_frame *frame,
			       int64_t timeout_ns, struct anycan_error *error);

/**
 * anycan_bus_recv_many() - receive what there is, in one go
 * @bus: the bus
 * @frames: room for @max frames, filled as anycan_bus_recv() does
 * @max: at least 1; 64 or more make the best use of a call
 * @timeout_ns: how long to wait for the first one
 * @error: NULL, or filled on failure
 *
 * Return: how many, 0 if no frame came in time, or a negative errno.
 */
ANYCAN_API int anycan_bus_recv_many(struct anycan_bus *bus, struct anycan_frame *frames,
				    unsigned int max, int64_t timeout_ns,
				    struct anycan_error *error);

/**
 * anycan_bus_send() - send one frame
 * @bus: the bus
 * @frame: a valid frame; .ts_ns and .dir do not count; .channel does on a bus of several netdevs
 * @timeout_ns: how long to wait for room
 * @error: NULL, or filled on failure
 *
 * Return: 0 if the bus took it; -ENOBUFS without a time-out and -ETIMEDOUT with one if there was no
 * room; -EPERM if the bus only listens; -EINVAL for a frame that no such bus carries; or another
 * negative errno.
 */
ANYCAN_API int anycan_bus_send(struct anycan_bus *bus, const struct anycan_frame *frame,
			       int64_t timeout_ns, struct anycan_error *error);

/**
 * anycan_bus_send_many() - send frames in order, in as few system calls as possible
 * @bus: the bus
 * @frames: valid frames
 * @n: how many; 0 is fine
 * @timeout_ns: how long to wait in all for room
 * @error: NULL, or filled if fewer than @n were taken
 *
 * Return: how many were taken, from the first on; or a negative errno as anycan_bus_send() if it
 * was none of them.
 */
ANYCAN_API int anycan_bus_send_many(struct anycan_bus *bus, const struct anycan_frame *frames,
				    unsigned int n, int64_t timeout_ns, struct anycan_error *error);

/**
 * anycan_bus_fd() - a descriptor that is readable when a frame may be received
 * @bus: the bus
 *
 * For poll() and the like; receive with time-out 0 until there is no more. It belongs to the bus.
 *
 * Return: the descriptor, or -EOPNOTSUPP.
 */
ANYCAN_API int anycan_bus_fd(struct anycan_bus *bus);

/**
 * anycan_bus_flush() - throw away the frames that wait to be received
 *
 * Return: how many, or a negative errno.
 */
ANYCAN_API int anycan_bus_flush(struct anycan_bus *bus, struct anycan_error *error);

/**
 * anycan_bus_flush_tx() - throw away the frames that wait to be sent
 *
 * Return: 0, or -EOPNOTSUPP where nobody can: the kernel's queues are not ours.
 */
ANYCAN_API int anycan_bus_flush_tx(struct anycan_bus *bus, struct anycan_error *error);

/**
 * anycan_bus_set_filters() - choose the frames to receive
 * @bus: the bus
 * @list: filters, copied; NULL or an empty list lets all frames pass
 * @n: how many
 * @joined: whether all must let a frame pass, not any
 * @error: NULL, or filled on failure
 *
 * They replace those that were set. The kernel or the hub filters as far as it can, this process
 * otherwise; the frames are the same. Frames that wait already are not filtered again.
 *
 * Return: 0 or -ENOMEM.
 */
ANYCAN_API int anycan_bus_set_filters(struct anycan_bus *bus, const struct can_filter *list,
				      size_t n, bool joined, struct anycan_error *error);

/**
 * anycan_bus_get_filters() - the filters that are set
 * @bus: the bus
 * @list: room for @max filters, or NULL
 * @max: how many
 * @joined: NULL, or set
 *
 * Return: how many there are, of which the first @max were copied.
 */
ANYCAN_API size_t anycan_bus_get_filters(struct anycan_bus *bus, struct can_filter *list,
					 size_t max, bool *joined);

/** anycan_bus_filters_in_kernel() - whether the filters work before this process is woken */
ANYCAN_API bool anycan_bus_filters_in_kernel(struct anycan_bus *bus);

/**
 * anycan_bus_get_state() - whether the bus takes part
 * @bus: the bus
 * @state: set on success
 * @error: NULL, or filled on failure
 *
 * Return: 0 or a negative errno.
 */
ANYCAN_API int anycan_bus_get_state(struct anycan_bus *bus, enum anycan_bus_state *state,
				    struct anycan_error *error);

/**
 * anycan_bus_set_state() - take part, or only listen
 * @bus: the bus
 * @state: ANYCAN_BUS_ACTIVE or ANYCAN_BUS_PASSIVE
 * @error: NULL, or filled on failure
 *
 * On a netdev with a controller this is its listen-only mode; the netdev goes down and up again
 * for it, which needs CAP_NET_ADMIN.
 *
 * Return: 0, -EOPNOTSUPP where there is no such mode, -EPERM, or another negative errno.
 */
ANYCAN_API int anycan_bus_set_state(struct anycan_bus *bus, enum anycan_bus_state state,
				    struct anycan_error *error);

/** anycan_bus_protocol() - which frames this bus may send and receives */
ANYCAN_API enum anycan_protocol anycan_bus_protocol(const struct anycan_bus *bus);

/** anycan_bus_interface() - name of the interface behind: `socketcan`, `hub`, `virtual` ... */
ANYCAN_API const char *anycan_bus_interface(const struct anycan_bus *bus);

/** anycan_bus_info() - what the bus is connected to, for people; lives as long as the bus */
ANYCAN_API const char *anycan_bus_info(const struct anycan_bus *bus);

/**
 * anycan_bus_channel() - the number of a channel, as struct anycan_frame.channel has it
 * @bus: the bus
 * @name: of a netdev
 * @error: NULL, or filled on failure
 *
 * A bus on one netdev has channel 0 alone. A bus on all netdevs numbers them as they turn up.
 *
 * Return: the number, or -ENODEV.
 */
ANYCAN_API int anycan_bus_channel(struct anycan_bus *bus, const char *name,
				  struct anycan_error *error);

/**
 * anycan_bus_channel_name() - the name of a channel
 * @bus: the bus
 * @channel: a number, of a frame received or from anycan_bus_channel()
 * @name: room for IFNAMSIZ characters at least; what does not fit is cut off
 * @size: bytes in @name
 *
 * Return: 0, or -ENODEV.
 */
ANYCAN_API int anycan_bus_channel_name(struct anycan_bus *bus, uint16_t channel, char *name,
				       size_t size);

/** anycan_bus_get_stats() - what was counted so far */
ANYCAN_API void anycan_bus_get_stats(struct anycan_bus *bus, struct anycan_bus_stats *stats);

#ifdef __cplusplus
}
#endif

#endif
