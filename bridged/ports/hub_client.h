/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * One program at a hub: its connection, its filters, and the frames that wait for it.
 */
#ifndef BRIDGED_HUB_CLIENT_H
#define BRIDGED_HUB_CLIENT_H

#include "port.h"

#include <anycan/hub.h>

struct hub_client {
	int fd;
	bool greeted; /* has said HELLO */
	bool gone;    /* closed the connection, or broke the rules */
	uint32_t flags;
	struct anycan_filters filters;

	/* To it: a ring. */
	struct anycan_frame *queue;
	unsigned int room, head, queued;
	uint64_t dropped; /* frames it has not got because the ring was full */

	uint8_t answer; /* type of a record that is owed to it behind the frames; 0 = none */
	uint32_t answer_flags;
	uint64_t answer_value;

	/* From it: a record of which some frames have not been taken yet. */
	struct anycan_hub_reader reader;
	struct anycan_hub_record record;
};

/** hub_client_new() - a program that has connected to @fd, which is closed with it */
struct hub_client *hub_client_new(int fd);
void hub_client_free(struct hub_client *client);

/**
 * hub_client_hear() - obey what the program says, up to its first record of frames, which waits for
 * hub_client_take()
 */
void hub_client_hear(struct hub_client *client, bool fd);

/**
 * hub_client_take() - the next frame from the program; control records are answered on the way
 * @fd: whether the adapter has CAN FD
 * @invalid: incremented for what is no frame
 *
 * Return: whether there was one. .gone may be set.
 */
bool hub_client_take(struct hub_client *client, bool fd, struct anycan_frame *frame,
		     uint64_t *invalid);

/** hub_client_offer() - let a frame wait for the program, if it wants it; full: count it */
void hub_client_offer(struct hub_client *client, const struct anycan_frame *frame);

/** hub_client_waits() - whether there is something to pass on */
bool hub_client_waits(const struct hub_client *client);

/** hub_client_flush() - pass on what waits. Return: whether some must wait for room */
bool hub_client_flush(struct hub_client *client);

#endif
