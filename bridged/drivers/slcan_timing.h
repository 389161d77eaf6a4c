/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * From what `ip link` says about bit timing to the command that sets it.
 */
#ifndef SLCAN_TIMING_H
#define SLCAN_TIMING_H

#include "slcan_dialect.h"

#include <anycan/string.h>

/** Longest command, with NUL. */
#define SLCAN_COMMAND_ROOM 32

/** What an adapter needs to know, with what its own answers added to the table. */
struct slcan_timing {
	const struct slcan_dialect *dialect;
	struct slcan_limits nominal, data; /**< clock 0: no bit timing but the listed rates */
	uint32_t s7_bps;		   /**< what S7 sets; 0 = as in the table */
	bool three_samples;
};

/** struct slcan_bits - bit timing as a controller counts it */
struct slcan_bits {
	uint32_t brp;
	uint32_t seg1; /**< propagation and phase segment 1 */
	uint32_t seg2;
	uint32_t sjw;
};

/** slcan_timing_init() - what an adapter of @dialect can do as far as the table knows */
void slcan_timing_init(struct slcan_timing *timing, const struct slcan_dialect *dialect,
		       uint32_t s7_bps);

/**
 * slcan_bits_solve() - bit timing for a rate or for given segments
 * @limits: of the controller
 * @want: tq and segments, or a bit rate with or without a sample point
 * @bits: set on success
 *
 * Only exact bit rates are taken, with the sample point as near as possible to the wanted one.
 *
 * Return: whether the controller can do it.
 */
bool slcan_bits_solve(const struct slcan_limits *limits, const struct can_bittiming *want,
		      struct slcan_bits *bits);

/**
 * slcan_timing_command() - the command for a nominal or data bit rate
 * @timing: of the adapter
 * @want: the settings
 * @data: for the data phase
 * @command: gets the command without CR
 * @bps: gets the bit rate that it sets
 *
 * Return: whether the adapter can do it.
 */
bool slcan_timing_command(const struct slcan_timing *timing, const struct can_bittiming *want,
			  bool data, char command[SLCAN_COMMAND_ROOM], uint32_t *bps);

/** slcan_rate_list() - the listed bit rates as text: "10000, 20000, 50000" */
void slcan_rate_list(const struct slcan_timing *timing, bool data, struct anycan_string *text);

/** slcan_rate_array() - the listed bit rates, ended by 0. Return: how many */
unsigned int slcan_rate_array(const struct slcan_timing *timing, bool data, uint32_t *bps,
			      unsigned int max);

/** slcan_btr_bps() - bit rate of the two SJA1000 registers at LAWICEL's clock; 0 = invalid text */
uint32_t slcan_btr_bps(const char *btr);

#endif
