/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A driver in a glass: state, sinks of any size and a clock of one's own. Every sink is a block
 * of memory of exactly its size, so that the sanitizers see what goes past the end.
 */
#ifndef TESTS_UNIT_CONTRACT_RIG_H
#define TESTS_UNIT_CONTRACT_RIG_H

#include "contract.h"

/** Events that are always free; what a driver may count on. */
#define RIG_EVENTS 16

struct rig {
	struct contract_setup setup;
	const struct bridged_driver *driver;
	struct bridged_settings settings[BRIDGED_CHANNELS_MAX];
	void *state;
	void *options;
	char *words;
	struct anycan_mono now;
	int64_t wall_ns;
	struct anycan_mono deadline; /**< what tick() asked for */

	unsigned int max_frames;	  /**< of the next hooks */
	struct anycan_frame *sink_frames; /**< of sink_max frames, exactly */
	unsigned int sink_max;
	struct bridged_event *sink_events;
	uint8_t *sink_out;
	struct bridged_io io; /**< of the last hook */

	struct anycan_frame *frames; /**< all frames so far */
	size_t n_frames, frames_room;
	uint64_t bad_units, overruns;
	uint8_t *sent; /**< all bytes for the adapter that nobody took yet */
	size_t sent_len, sent_room;

	char *said; /**< all bytes for the adapter, ended by NUL */
	size_t said_len, said_room;

	uint8_t *unread; /**< input that the driver left */
	size_t unread_len;

	unsigned int ready, opened, refused, notes, states, set_done, set_refused;
	char reason[512]; /**< of the last event with one */
	enum can_state state_told;
	uint8_t *echo; /**< what became of each frame taken: 0 not taken, 1 under way, 2 done, 3
			  failed */
	size_t echo_room;
	uint32_t next_echo;
	const char *fault; /**< first breach of the contract */
};

/** rig_new() - a driver after init(); @fault of the result is set if init() refused */
struct rig *rig_new(const struct contract_setup *setup);
void rig_free(struct rig *rig);

/** rig_open() - attach, identify, start; the adapter answers as the setup says. */
void rig_open(struct rig *rig);

/** rig_attach() ... rig_tick() - one hook each; the adapter says nothing of its own accord. */
void rig_attach(struct rig *rig);
void rig_start(struct rig *rig);
void rig_stop(struct rig *rig);
void rig_terminate(struct rig *rig, uint16_t ohms);
void rig_tick(struct rig *rig);

/** rig_set() - change a setting in the adapter; the value is gone afterwards, as in the engine */
void rig_set(struct rig *rig, const char *key, const char *value);

/** rig_can_set() - whether the driver has such a setting, and it takes this value */
bool rig_can_set(const struct rig *rig, const char *key, const char *value);

/** rig_encode() - offer a frame. Return: what the driver says */
int rig_encode(struct rig *rig, const struct anycan_frame *frame);

/** rig_feed() - input as it arrives, in a block of its own; tick() follows */
void rig_feed(struct rig *rig, const uint8_t *input, size_t len);

/** rig_pass() - let time pass, tick by tick */
void rig_pass(struct rig *rig, int64_t ns);

/** rig_take() - bytes sent since the last call; valid until the next hook */
size_t rig_take(struct rig *rig, const uint8_t **bytes);

#endif
