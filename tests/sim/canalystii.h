/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A simulated CANalyst-II: what its files share.
 */
#ifndef SIM_CANALYSTII_H
#define SIM_CANALYSTII_H

#include "usb_adapter.h"

enum {
	CANALYSTII_CHANNELS = 2,
	CANALYSTII_BUFFER = 64, /* bytes of every packet */
	CANALYSTII_MESSAGE = 21,
	CANALYSTII_MESSAGES = 3, /* in a buffer */
	CANALYSTII_ANSWERS = 4	 /* that wait for the host at most */
};

/* How the message endpoint answers; which of them the firmware does is not known for sure. */
enum canalystii_read {
	CANALYSTII_READ_LAG, /* always: a buffer that was filled when the one before it was taken */
	CANALYSTII_READ_ZLP, /* with what waits; a packet of length 0 ends the transfer */
	CANALYSTII_READ_NAK, /* with what waits; otherwise not at all */
};

struct canalystii_channel {
	struct canalystii *owner;
	struct sim_node node;
	uint8_t btr[2];
	bool initialized;
	unsigned int attempts; /* that the frame at the head of the queue has failed */
	uint8_t answers[CANALYSTII_ANSWERS][CANALYSTII_BUFFER];
	unsigned int answer_head, answer_len;
	uint8_t (*rx)[CANALYSTII_MESSAGE]; /* a ring */
	unsigned int rx_head, rx_len;
	uint8_t armed[CANALYSTII_BUFFER]; /* with CANALYSTII_READ_LAG: what the next read gets */
	bool told; /* with CANALYSTII_READ_ZLP: the last transfer has been ended */
};

struct canalystii {
	struct usb_adapter usb;
	struct canalystii_channel channel[CANALYSTII_CHANNELS];
	struct sim_node *nodes[CANALYSTII_CHANNELS];
	enum canalystii_read read;
	unsigned int rx_size;
	unsigned int retries; /* 0 = without end */
	int64_t power_on_ns;
	uint64_t from_host, to_host, echoed;
	uint64_t rx_overrun, rx_cut;
	uint64_t tx_closed, tx_invalid;
	uint64_t commands, bad_commands;
};

extern const struct sim_node_ops canalystii_node_ops;
extern const struct usb_ops canalystii_usb_ops;

/** canalystii_rx_pending() - messages that the host has not read */
static inline uint32_t canalystii_rx_pending(const struct canalystii_channel *ch)
{
	return ch->rx_len + ch->armed[0];
}

#endif
