/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Adapters as they answer commands, each as a table: for the tests of the slcan driver.
 */
#ifndef TESTS_UNIT_SLCAN_PEER_H
#define TESTS_UNIT_SLCAN_PEER_H

#include <stddef.h>
#include <stdint.h>

/** What is answered to commands that begin with a text; the first row that fits counts. */
struct slcan_peer_row {
	const char *command;
	const char *reply;
};

/**
 * slcan_peer_reply() - answers to whole commands
 * @rows: ended by a row without command
 *
 * Return: bytes of reply.
 */
size_t slcan_peer_reply(const struct slcan_peer_row *rows, const uint8_t *sent, size_t len,
			uint8_t *reply, size_t room);

size_t slcan_peer_lawicel(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);
size_t slcan_peer_canable(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);
size_t slcan_peer_canable2(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);
size_t slcan_peer_canable25(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);
size_t slcan_peer_weact(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);
size_t slcan_peer_candapter(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);

/** What CANable 2.5 answers to V. */
#define SLCAN_PEER_CANABLE25_VERSION                                                               \
	"+Board: Multiboard\tMCU: STM32G431\tDevID: 1128\tFirmware: 2491909\tSlcan: 105\t"         \
	"Clock: 160\tChannels: 1\tQuartz: No\tLimits: 512,256,128,128,32,32,16,16\t"               \
	"HAL: 1.2.5\tSerial: 206249E39463\r"

#endif
