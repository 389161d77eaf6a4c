/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * CANalyst-II on the wire. Source: python-canalystii's protocol.py and what it was seen to send;
 * there is no documentation by the maker.
 */
#ifndef BRIDGED_CANALYSTII_CODEC_H
#define BRIDGED_CANALYSTII_CODEC_H

#include <anycan/frame.h>

/** Everything comes in pieces of this size: a command, its answer, up to 3 messages. */
#define CANALYSTII_BUFFER_SIZE 64

/** Messages in a buffer. */
#define CANALYSTII_MESSAGES 3

enum canalystii_command {
	CANALYSTII_INIT = 0x01,
	CANALYSTII_START = 0x02,
	CANALYSTII_STOP = 0x03,
	CANALYSTII_MESSAGE_STATUS = 0x0a, /**< the only one here that is answered */
	CANALYSTII_CAN_STATUS = 0x0b,	  /**< so is this */
};

/** struct canalystii_status - the answer to CANALYSTII_MESSAGE_STATUS */
struct canalystii_status {
	uint32_t rx_pending; /**< messages that wait for the host */
	uint16_t tx_pending; /**< messages that wait for the bus */
};

/** canalystii_encode_command() - a command without arguments, CANALYSTII_BUFFER_SIZE bytes */
void canalystii_encode_command(enum canalystii_command command, uint8_t *buffer);

/** canalystii_encode_init() - CANALYSTII_INIT with the registers BTR0 (high byte) and BTR1 */
void canalystii_encode_init(uint16_t btr, uint8_t *buffer);

/**
 * canalystii_decode_status() - the answer to CANALYSTII_MESSAGE_STATUS
 *
 * Return: 0, or -EBADMSG if it is another or too short.
 */
int canalystii_decode_status(const uint8_t *buffer, size_t len, struct canalystii_status *status);

/** canalystii_count() - messages in a buffer, 0..3; -EBADMSG for more */
int canalystii_count(const uint8_t *buffer);

/**
 * canalystii_decode() - message @index of a buffer
 * @stamp: its time in units of 100 us
 *
 * Return: 0, or -EBADMSG if it is no frame.
 */
int canalystii_decode(const uint8_t *buffer, unsigned int index, struct anycan_frame *frame,
		      uint32_t *stamp);

/** canalystii_add() - append @frame to a buffer that has room */
void canalystii_add(uint8_t *buffer, const struct anycan_frame *frame, bool one_shot);

#endif
