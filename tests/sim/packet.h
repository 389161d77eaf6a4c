/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Simulated adapters with one channel of classic CAN that exchange packets of bytes over a serial
 * line: what all of them share. One kind is a struct packet_firmware and a struct
 * sim_adapter_ops in a file of its own.
 */
#ifndef SIM_PACKET_H
#define SIM_PACKET_H

#include "link.h"

/* The longest packet of any kind. */
#define PACKET_MAX 64

struct packet_adapter;

/** struct packet_firmware - one firmware; hooks may be NULL */
struct packet_firmware {
	size_t state_size; /**< of its own memory, cleared when it is made */
	unsigned int tx_frames;
	size_t out_bytes;
	size_t out_frames;
	const char *half; /**< half a frame, for the control command */
	size_t half_len;

	/** Its own keys. Return: 0, or a negative errno with @why */
	int (*options)(struct packet_adapter *p, struct sim_args *args, struct sim_why *why);
	void (*power_on)(struct packet_adapter *p);
	/** Bytes from the host. Return: how many were used; the rest comes again with more, or when
	    packet_must_wait() may have changed */
	size_t (*input)(struct packet_adapter *p, const uint8_t *data, size_t len);
	/** Whether the acceptance filter lets @frame through. */
	bool (*accept)(struct packet_adapter *p, const struct anycan_frame *frame);
	/** Write a received frame as it goes to the host, in PACKET_MAX bytes. Return: length */
	size_t (*format)(struct packet_adapter *p, const struct anycan_frame *frame, uint8_t *out);
	void (*stats)(const struct packet_adapter *p, struct json_object *into);
};

/** struct packet_counts - frames and packets; in = out + what is named here */
struct packet_counts {
	uint64_t commands; /**< packets that were no frame */
	uint64_t bad;	   /**< packets, and bytes between packets, that were nothing */
	uint64_t from_host;
	uint64_t tx_dropped; /**< frames for which the transmit queue had no room */
	uint64_t rx_filtered;
	uint64_t rx_overrun;
	uint64_t answers_lost;
};

/** struct packet_adapter - an adapter */
struct packet_adapter {
	struct sim_adapter adapter;
	struct sim_link link;
	const struct packet_firmware *firmware;
	void *state; /**< of the firmware */
	struct sim_node node;
	struct sim_node *nodes[1];
	bool lossless;		       /**< the bus waits for the host, and the host for the bus */
	uint8_t input[4 * PACKET_MAX]; /**< from the host, not used yet */
	size_t input_len;
	struct packet_counts counts;
};

/** The keys that every one of these adapters takes. */
#define PACKET_KEYS                                                                                \
	"pty=PATH (a symbolic link is made) or tcp=PORT (127.0.0.1; 0 = any)\n"                    \
	"txfifo=N lossless=on|off baud=N keep cooked"

/** packet_create() - as create() of struct sim_adapter_ops */
int packet_create(const struct sim_adapter_ops *ops, const struct packet_firmware *firmware,
		  struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
		  struct sim_why *why);

/** packet_destroy() and the following - hooks of struct sim_adapter_ops */
void packet_destroy(struct sim_adapter *adapter);
void packet_flush(struct sim_adapter *adapter);
int packet_unplug(struct sim_adapter *adapter);
int packet_replug(struct sim_adapter *adapter);
int packet_fault(struct sim_adapter *adapter, const struct sim_fault *fault);
void packet_stats(struct sim_adapter *adapter, struct json_object *into);

/** packet_must_wait() - whether the next frame from the host has to wait for the bus */
bool packet_must_wait(const struct packet_adapter *p);

/** packet_send() - a frame from the host into the transmit queue */
void packet_send(struct packet_adapter *p, const struct anycan_frame *frame);

/** packet_answer() - bytes to the host that are no frame */
void packet_answer(struct packet_adapter *p, const uint8_t *data, size_t len);

/** packet_restart() - the controller begins anew, at @bitrate */
void packet_restart(struct packet_adapter *p, uint32_t bitrate, enum sim_mode mode, bool one_shot);

/** packet_choice() - value of @key among @words, ended by NULL; @preset if it is absent */
int packet_choice(struct sim_args *args, const char *key, const char *const *words,
		  unsigned int preset, unsigned int *choice, struct sim_why *why);

/** packet_add() - add a number to @into */
void packet_add(struct json_object *into, const char *key, uint64_t value);

/** packet_get_le(), packet_put_le() - a number of @size bytes, least significant first */
uint32_t packet_get_le(const uint8_t *bytes, unsigned int size);
void packet_put_le(uint8_t *bytes, unsigned int size, uint32_t value);

/** packet_sum() - sum of bytes, modulo 256 */
uint8_t packet_sum(const uint8_t *bytes, size_t len);

#endif
