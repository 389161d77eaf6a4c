/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The engine: one adapter with its transport, its driver and its channels. It moves bytes and
 * frames between them, outlives unplugging, and counts.
 */
#ifndef BRIDGED_ADAPTER_H
#define BRIDGED_ADAPTER_H

#include "channel.h"
#include "driver.h"
#include "loop.h"
#include "transport.h"

/** Bytes from the adapter that may wait for the driver, and for the adapter. */
#define BRIDGED_IN_SIZE 8192
#define BRIDGED_OUT_SIZE (4096 + BRIDGED_OUT_ROOM)

/** Frames and events that a hook of the driver may produce before they are passed on. */
#define BRIDGED_FRAMES_MAX 64
#define BRIDGED_EVENTS_MAX 128

enum bridged_adapter_phase {
	BRIDGED_ABSENT,	    /**< not there; looked for again from time to time */
	BRIDGED_CONNECTING, /**< the transport is on its way */
	BRIDGED_SETTLING,   /**< connected; the adapter is given time to start */
	BRIDGED_PROBING,    /**< the driver finds out what it is */
	BRIDGED_PRESENT,    /**< ready for its channels to be started */
	BRIDGED_UNUSABLE,   /**< the driver refused it; looked at again when it was replugged */
};

struct bridged_adapter_counters {
	uint64_t bytes_in, bytes_out;
	uint64_t bad_units;  /**< units from the adapter that were garbage */
	uint64_t overruns;   /**< times the adapter said that it lost something */
	uint64_t reconnects; /**< times it came back */
};

/**
 * struct bridged_change - a change of a setting that lives in the adapter
 */
struct bridged_change {
	unsigned int channel;
	const struct bridged_option *option; /**< row of the driver's .live */
	const void *values;		     /**< what the driver's set() gets */
	/** called once; @refusal: NULL, or why it was not done, valid for the call */
	void (*ended)(void *arg, const char *refusal);
	void *arg;
};

struct bridged_adapter {
	struct bridged_loop *loop;
	const char *address;
	const struct bridged_driver *driver;
	struct bridged_settings *settings; /**< one for each channel */
	const void *driver_options;	   /**< what its init() got */
	struct bridged_transport *transport;
	void *state; /**< the driver's */

	enum bridged_adapter_phase phase;
	struct bridged_source source;
	struct anycan_mono phase_deadline; /**< of ABSENT: next try; SETTLING, PROBING: its end */
	struct anycan_mono tick_deadline;
	int64_t retry_ns; /**< how long until the next try, growing */
	bool was_present;
	bool serve_again; /**< it is back; its channels are to be opened */
	bool failed;	  /**< the loop was stopped because of .refusal */
	char refusal[BRIDGED_REASON_SIZE];
	struct bridged_description description;
	struct bridged_change change; /**< under way, if .ended */
	struct anycan_mono change_deadline;

	uint8_t in[BRIDGED_IN_SIZE];
	size_t in_len;
	uint8_t out[BRIDGED_OUT_SIZE];
	size_t out_len;
	/** channel + 1 at the last byte in out of a frame that nobody will confirm, otherwise 0 */
	uint8_t out_ends[BRIDGED_OUT_SIZE];
	struct anycan_frame frames[BRIDGED_FRAMES_MAX];
	struct bridged_event events[BRIDGED_EVENTS_MAX];

	struct bridged_channel channels[BRIDGED_CHANNELS_MAX];
	unsigned int n_channels;
	unsigned int turn; /**< which channel is first */
	struct bridged_adapter_counters counters;
};

/**
 * bridged_adapter_connect() - reach the adapter for the first time and begin to probe it
 * @adapter: .loop, .address, .driver, .settings, .transport and .state are set, the rest is 0
 *
 * Return: 0, or a negative errno with .refusal filled.
 */
int bridged_adapter_connect(struct bridged_adapter *adapter);

/**
 * bridged_adapter_serve() - the netdevs exist: show the carrier, open what is up
 *
 * Return: 0 or a negative errno.
 */
int bridged_adapter_serve(struct bridged_adapter *adapter);

/**
 * bridged_adapter_inherit() - @channel has the netdev of an earlier daemon
 *
 * If that one ended without a word, do for it what it does when the adapter is unplugged. What
 * was sent since is counted as aborted.
 */
void bridged_adapter_inherit(struct bridged_channel *channel);

/** bridged_adapter_due() - do what time asks for; struct bridged_loop.due with the adapter */
void bridged_adapter_due(void *adapter);

/** bridged_adapter_link_changed() - the netdev of @channel was set up or down */
void bridged_adapter_link_changed(struct bridged_adapter *adapter, struct bridged_channel *channel);

/** bridged_adapter_restart() - @channel was bus-off, and is to begin anew */
void bridged_adapter_restart(struct bridged_adapter *adapter, struct bridged_channel *channel);

/**
 * bridged_adapter_set() - have the driver change a setting in the adapter
 *
 * Its outcome may come during the call; the adapter has a few seconds for it.
 *
 * Return: 0; -ENODEV: the adapter is not there, -EBUSY: another change is under way, and
 *	ended() is not called.
 */
int bridged_adapter_set(struct bridged_adapter *adapter, const struct bridged_change *change);

/** bridged_adapter_terminate() - switch the terminating resistor of @channel as its port says */
void bridged_adapter_terminate(struct bridged_adapter *adapter, struct bridged_channel *channel);

/** bridged_adapter_fail() - end the daemon with this reason */
void bridged_adapter_fail(struct bridged_adapter *adapter, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/** bridged_adapter_disconnect() - leave the bus in order, and let the adapter go */
void bridged_adapter_disconnect(struct bridged_adapter *adapter);

#endif
