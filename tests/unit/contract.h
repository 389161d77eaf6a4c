/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The contract of bridged/driver.h as a check that knows no driver. Unit tests and the fuzzer run
 * it over every driver in every setup; what is wrong comes back as a sentence.
 */
#ifndef TESTS_UNIT_CONTRACT_H
#define TESTS_UNIT_CONTRACT_H

#include <driver.h>

/**
 * struct contract_setup - a way to bring a driver into service
 */
struct contract_setup {
	const char *driver;			 /**< its name */
	const char *words;			 /**< KEY VALUE ... as on the command line */
	const struct bridged_usb_device *device; /**< of a USB driver: what is plugged in */

	/**
	 * answer() - the adapter, until the channel is open; NULL = it says nothing
	 * @sent: what the driver has sent since the last call
	 * @reply: room for @room bytes
	 *
	 * Return: bytes of reply.
	 */
	size_t (*answer)(const uint8_t *sent, size_t len, uint8_t *reply, size_t room);
};

/** All setups; each driver has at least one. Ended by a row without driver. */
extern const struct contract_setup contract_setups[];

/**
 * contract_check() - points 1 to 5 of the contract, for one input
 * @setup: how
 * @input: what the adapter sends once the channel is open
 * @len: bytes
 * @seed: of the splits; not 0
 *
 * Any split gives the same frames and bad units; whole units make progress; a full sink stops
 * the driver and loses nothing; frames are valid; what can be sent comes back when it is read.
 *
 * Return: NULL, or what is wrong.
 */
const char *contract_check(const struct contract_setup *setup, const uint8_t *input, size_t len,
			   uint64_t seed);

/**
 * contract_round_trip() - frames sent are the same when they are read, singly and in sequence
 *
 * Frames that the setup cannot send are left out.
 *
 * Return: NULL, or what is wrong.
 */
const char *contract_round_trip(const struct contract_setup *setup,
				const struct anycan_frame *frames, size_t n);

/**
 * contract_live() - a life of the driver, its course drawn from @script
 *
 * Input, frames to send, time, starts, stops and new adapters in any order: every frame taken
 * ends exactly once, no time is asked for that has passed, nothing is written past its end.
 *
 * Return: NULL, or what is wrong.
 */
const char *contract_live(const struct contract_setup *setup, const uint8_t *script, size_t len);

#endif
