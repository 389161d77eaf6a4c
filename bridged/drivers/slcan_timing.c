// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Bit timing. Sources: SJA1000 data sheet (registers BTR0 and BTR1), CiA 601-3 (default sample
 * points), the firmwares' own commands as in slcan_dialect.h.
 */
#include "slcan_timing.h"

#include <anycan/hex.h>
#include <string.h>

#define SLCAN_SJA1000_CLOCK_HZ 8000000U
#define SLCAN_NS_PER_S 1000000000ULL

void slcan_timing_init(struct slcan_timing *timing, const struct slcan_dialect *dialect,
		       uint32_t s7_bps)
{
	memset(timing, 0, sizeof(*timing));
	timing->dialect = dialect;
	timing->nominal = dialect->nominal;
	timing->data = dialect->data;
	timing->s7_bps = s7_bps;
}

static bool slcan_within(uint32_t value, uint32_t min, uint32_t max)
{
	return value >= min && value <= max;
}

static bool slcan_bits_fit(const struct slcan_limits *limits, const struct slcan_bits *bits)
{
	return slcan_within(bits->brp, 1, limits->brp_max) &&
	       slcan_within(bits->seg1, limits->seg1_min, limits->seg1_max) &&
	       slcan_within(bits->seg2, limits->seg2_min, limits->seg2_max) &&
	       slcan_within(bits->sjw, 1, limits->sjw_max);
}

/* The kernel's default: half of the second segment, as far as the first one and the chip go. */
static uint32_t slcan_default_sjw(const struct slcan_limits *limits, const struct slcan_bits *bits)
{
	uint32_t sjw = bits->seg2 / 2;

	if (sjw > bits->seg1)
		sjw = bits->seg1;
	if (sjw > limits->sjw_max)
		sjw = limits->sjw_max;
	return sjw ? sjw : 1;
}

/* Segments are given: only the length of a quantum has to be one of the clock's. */
static bool slcan_bits_from_tq(const struct slcan_limits *limits, const struct can_bittiming *want,
			       struct slcan_bits *bits)
{
	uint64_t clocks = (uint64_t)want->tq * limits->clock_hz;
	uint64_t exact_ns;

	bits->brp = (uint32_t)((clocks + SLCAN_NS_PER_S / 2) / SLCAN_NS_PER_S);
	bits->seg1 = want->prop_seg + want->phase_seg1;
	bits->seg2 = want->phase_seg2;
	bits->sjw = want->sjw ? want->sjw : slcan_default_sjw(limits, bits);
	if (!slcan_bits_fit(limits, bits))
		return false;
	/* tq is in whole nanoseconds: 62.5 may be written as 62 or 63. */
	exact_ns = bits->brp * SLCAN_NS_PER_S / limits->clock_hz;
	return want->tq == exact_ns || want->tq == exact_ns + 1;
}

/* Sample points that CiA 601-3 recommends, in 1/1000. */
static uint32_t slcan_default_sample_point(uint32_t bps)
{
	if (bps > 800000)
		return 750;
	return bps > 500000 ? 800 : 875;
}

/* Split a bit of @quanta quanta so that it is sampled near @sample_point. */
static void slcan_bits_split(const struct slcan_limits *limits, uint32_t quanta,
			     uint32_t sample_point, struct slcan_bits *bits)
{
	uint32_t seg1 = (quanta * sample_point + 500) / 1000;

	seg1 = seg1 > 1 ? seg1 - 1 : 1;
	if (seg1 > limits->seg1_max)
		seg1 = limits->seg1_max;
	if (seg1 + 1 + limits->seg2_min > quanta)
		seg1 = quanta > 1U + limits->seg2_min ? quanta - 1 - limits->seg2_min : 1;
	if (quanta - 1 - seg1 > limits->seg2_max)
		seg1 = quanta - 1 - limits->seg2_max;
	bits->seg1 = seg1;
	bits->seg2 = quanta - 1 - seg1;
}

static bool slcan_bits_from_bitrate(const struct slcan_limits *limits,
				    const struct can_bittiming *want, struct slcan_bits *best)
{
	uint32_t wanted = want->sample_point;
	uint32_t best_error = UINT32_MAX, error, quanta, sampled;
	struct slcan_bits bits;

	if (!wanted)
		wanted = slcan_default_sample_point(want->bitrate);
	/* Fewer clocks per quantum give a finer sample point, so they come first. */
	for (bits.brp = 1; bits.brp <= limits->brp_max; bits.brp++) {
		quanta = limits->clock_hz / bits.brp / want->bitrate;
		if (quanta < 3 || quanta > 1U + limits->seg1_max + limits->seg2_max ||
		    limits->clock_hz / bits.brp / quanta != want->bitrate)
			continue;
		slcan_bits_split(limits, quanta, wanted, &bits);
		bits.sjw = want->sjw ? want->sjw : slcan_default_sjw(limits, &bits);
		if (!slcan_bits_fit(limits, &bits))
			continue;
		sampled = (1 + bits.seg1) * 1000 / quanta;
		error = sampled > wanted ? sampled - wanted : wanted - sampled;
		if (error < best_error) {
			best_error = error;
			*best = bits;
		}
	}
	return best_error != UINT32_MAX;
}

bool slcan_bits_solve(const struct slcan_limits *limits, const struct can_bittiming *want,
		      struct slcan_bits *bits)
{
	if (!limits->clock_hz)
		return false;
	if (want->tq)
		return slcan_bits_from_tq(limits, want, bits);
	return want->bitrate && slcan_bits_from_bitrate(limits, want, bits);
}

/* The rate behind a row of a table, with the meaning of S7 that the user gave. */
static uint32_t slcan_rate_bps(const struct slcan_timing *timing, bool data,
			       const struct slcan_rate *rate)
{
	return !data && rate->code == '7' && timing->s7_bps ? timing->s7_bps : rate->bps;
}

static const struct slcan_rate *slcan_rates(const struct slcan_timing *timing, bool data)
{
	static const struct slcan_rate none = {0, 0};
	const struct slcan_rate *rates = data ? timing->dialect->drates : timing->dialect->rates;

	return rates ? rates : &none;
}

/* 83300 and 83333 are the same rate to everybody. */
static bool slcan_same_rate(uint32_t a, uint32_t b)
{
	return (a > b ? a - b : b - a) <= b / 1000;
}

static char slcan_rate_code(const struct slcan_timing *timing, bool data, uint32_t bps,
			    uint32_t *exact)
{
	const struct slcan_rate *rate;

	for (rate = slcan_rates(timing, data); rate->bps; rate++) {
		*exact = slcan_rate_bps(timing, data, rate);
		if (slcan_same_rate(bps, *exact))
			return rate->code;
	}
	/* A table may lack S7 because it is wrong on most boards; the user knows better. */
	*exact = timing->s7_bps;
	return !data && timing->s7_bps && bps == timing->s7_bps ? '7' : 0;
}

static char *slcan_put_hex_byte(char *at, uint32_t value)
{
	return anycan_hex_put_number(at, 2, value);
}

static bool slcan_print_sja1000(const struct slcan_timing *timing, const struct slcan_bits *bits,
				char *command)
{
	char *at = command;

	*at++ = 's';
	at = slcan_put_hex_byte(at, (bits->sjw - 1) << 6 | (bits->brp - 1));
	at = slcan_put_hex_byte(at, (uint32_t)timing->three_samples << 7 | (bits->seg2 - 1) << 4 |
					    (bits->seg1 - 1));
	*at = '\0';
	return true;
}

/* The firmware sets the jump width by itself, to one less than the second segment. */
static bool slcan_print_hex(const struct slcan_bits *bits, bool data, bool sjw_wanted,
			    char *command)
{
	char *at = command;

	if (sjw_wanted && bits->sjw != (bits->seg2 > 1 ? bits->seg2 - 1 : 1))
		return false;
	*at++ = data ? 'Y' : 'S';
	at = slcan_put_hex_byte(at, bits->brp);
	at = slcan_put_hex_byte(at, bits->seg1);
	at = slcan_put_hex_byte(at, bits->seg2);
	*at = '\0';
	return true;
}

static bool slcan_print_decimal(const struct slcan_bits *bits, bool data, char *command)
{
	struct anycan_string text;

	anycan_string_init(&text, command, SLCAN_COMMAND_ROOM);
	anycan_string_add(&text, data ? "y" : "s");
	anycan_string_add_uint(&text, bits->brp);
	anycan_string_add(&text, ",");
	anycan_string_add_uint(&text, bits->seg1);
	anycan_string_add(&text, ",");
	anycan_string_add_uint(&text, bits->seg2);
	anycan_string_add(&text, ",");
	anycan_string_add_uint(&text, bits->sjw);
	return true;
}

static bool slcan_print_bits(const struct slcan_timing *timing, const struct slcan_bits *bits,
			     bool data, bool sjw_wanted, char *command)
{
	switch (timing->dialect->timing) {
	case SLCAN_TIMING_SJA1000:
		return !data && slcan_print_sja1000(timing, bits, command);
	case SLCAN_TIMING_HEX:
		return slcan_print_hex(bits, data, sjw_wanted, command);
	case SLCAN_TIMING_DECIMAL:
		return slcan_print_decimal(bits, data, command);
	case SLCAN_TIMING_NONE:
		break;
	}
	return false;
}

bool slcan_timing_command(const struct slcan_timing *timing, const struct can_bittiming *want,
			  bool data, char command[SLCAN_COMMAND_ROOM], uint32_t *bps)
{
	const struct slcan_limits *limits = data ? &timing->data : &timing->nominal;
	bool detailed = want->tq || want->sample_point || want->sjw;
	struct slcan_bits bits;
	char code = 0;

	if (!detailed && !(timing->three_samples && !data))
		code = slcan_rate_code(timing, data, want->bitrate, bps);
	if (code) {
		command[0] = data ? 'Y' : 'S';
		command[1] = code;
		command[2] = '\0';
		return true;
	}
	if (!slcan_bits_solve(limits, want, &bits))
		return false;
	*bps = limits->clock_hz / bits.brp / (1 + bits.seg1 + bits.seg2);
	return slcan_print_bits(timing, &bits, data, want->sjw != 0, command);
}

unsigned int slcan_rate_array(const struct slcan_timing *timing, bool data, uint32_t *bps,
			      unsigned int max)
{
	const struct slcan_rate *rate;
	unsigned int n = 0, i;
	uint32_t swap;

	for (rate = slcan_rates(timing, data); rate->bps && n + 1 < max; rate++) {
		bps[n++] = slcan_rate_bps(timing, data, rate);
		/* The codes are not in the order of the rates; people read them in order. */
		for (i = n - 1; i > 0 && bps[i - 1] > bps[i]; i--) {
			swap = bps[i];
			bps[i] = bps[i - 1];
			bps[i - 1] = swap;
		}
	}
	bps[n] = 0;
	return n;
}

void slcan_rate_list(const struct slcan_timing *timing, bool data, struct anycan_string *text)
{
	uint32_t bps[16];
	unsigned int n = slcan_rate_array(timing, data, bps, 16), i;

	for (i = 0; i < n; i++) {
		if (i)
			anycan_string_add(text, ", ");
		anycan_string_add_uint(text, bps[i]);
	}
}

uint32_t slcan_btr_bps(const char *btr)
{
	uint32_t value, brp, quanta;

	if (strlen(btr) != 4 || !anycan_hex_number(btr, 4, &value))
		return 0;
	brp = (value >> 8 & 0x3f) + 1;
	quanta = 1 + (value & 0xf) + 1 + (value >> 4 & 0x7) + 1;
	return SLCAN_SJA1000_CLOCK_HZ / brp / quanta;
}
