// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What follows from a bit timing, and whether it is possible.
 */
#include <anycan/timing.h>

#include <anycan/string.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NS_PER_S UINT64_C(1000000000)
#define SAMPLES_THREE 0x80

static const struct can_bittiming_const sja1000 = {
	.name = "sja1000",
	.tseg1_min = 1,
	.tseg1_max = 16,
	.tseg2_min = 1,
	.tseg2_max = 8,
	.sjw_max = 4,
	.brp_min = 1,
	.brp_max = 64,
	.brp_inc = 1,
};

const struct can_bittiming_const *anycan_timing_sja1000(void)
{
	return &sja1000;
}

void anycan_timing_set_btr0(struct anycan_timing *timing, uint8_t btr0)
{
	timing->brp = (btr0 & 0x3f) + 1U;
	timing->sjw = (btr0 >> 6) + 1U;
}

void anycan_timing_set_btr1(struct anycan_timing *timing, uint8_t btr1)
{
	timing->tseg1 = (btr1 & 0x0f) + 1U;
	timing->tseg2 = (btr1 >> 4 & 0x07) + 1U;
	timing->samples = btr1 & SAMPLES_THREE ? 3 : 1;
}

uint32_t anycan_timing_quanta(const struct anycan_timing *timing)
{
	if (!timing->tseg1 || !timing->tseg2)
		return 0;
	return 1 + timing->tseg1 + timing->tseg2;
}

double anycan_timing_sample_point(const struct anycan_timing *timing)
{
	uint32_t quanta = anycan_timing_quanta(timing);

	return quanta ? 100.0 * (quanta - timing->tseg2) / quanta : 0;
}

uint32_t anycan_timing_brp(const struct anycan_timing *timing)
{
	uint64_t period = (uint64_t)timing->bitrate * anycan_timing_quanta(timing);
	uint64_t brp, rest;

	if (timing->brp || !period)
		return timing->brp;
	brp = timing->clock_hz / period;
	rest = timing->clock_hz % period;
	/* A half goes to the even one, as Python's round() has it. */
	return (uint32_t)(brp + (2 * rest > period || (2 * rest == period && brp % 2)));
}

double anycan_timing_reached(const struct anycan_timing *timing)
{
	double periods = (double)anycan_timing_brp(timing) * anycan_timing_quanta(timing);

	if (timing->clock_hz && periods > 0)
		return timing->clock_hz / periods;
	return timing->bitrate;
}

double anycan_timing_error(const struct anycan_timing *timing)
{
	double reached = anycan_timing_reached(timing);

	if (!timing->bitrate || reached <= 0)
		return 0;
	return 100 * (reached - timing->bitrate) / timing->bitrate;
}

static int timing_missing(struct anycan_error *error, const char *what)
{
	return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				"the bit timing lacks %s: give it", what);
}

static int timing_range(struct anycan_error *error, const char *what, uint32_t value, uint32_t min,
			uint32_t max)
{
	if (value >= min && value <= max)
		return 0;
	return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				"%s is %u, but may be %u to %u here", what, value, min, max);
}

/* @brp: anycan_timing_brp() */
static int timing_limits(const struct anycan_timing *timing, uint32_t brp,
			 const struct can_bittiming_const *limits, struct anycan_error *error)
{
	int ret = timing_range(error, "brp (the prescaler)", brp, limits->brp_min, limits->brp_max);

	if (!ret && limits->brp_inc && brp % limits->brp_inc)
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "brp (the prescaler) is %u, but must be a multiple of %u",
				       brp, limits->brp_inc);
	if (!ret)
		ret = timing_range(error, "tseg1", timing->tseg1, limits->tseg1_min,
				   limits->tseg1_max);
	if (!ret)
		ret = timing_range(error, "tseg2", timing->tseg2, limits->tseg2_min,
				   limits->tseg2_max);
	if (!ret)
		ret = timing_range(error, "sjw", timing->sjw, 1, limits->sjw_max);
	if (!ret && timing->samples != 0 && timing->samples != 1 && timing->samples != 3)
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "samples is %u, but may be 1 or 3", timing->samples);
	return ret;
}

static int timing_complete(const struct anycan_timing *timing, uint32_t brp,
			   struct anycan_error *error)
{
	if (!timing->tseg1)
		return timing_missing(error, "tseg1");
	if (!timing->tseg2)
		return timing_missing(error, "tseg2");
	if (!timing->sjw)
		return timing_missing(error, "sjw");
	if (!brp && timing->bitrate && timing->clock_hz)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"%u bit/s with %u quanta need a faster clock than %u Hz",
					timing->bitrate, anycan_timing_quanta(timing),
					timing->clock_hz);
	return brp ? 0 : timing_missing(error, "brp, or bitrate and clock");
}

int anycan_timing_btr(const struct anycan_timing *timing, uint16_t *btr, struct anycan_error *error)
{
	uint32_t brp = anycan_timing_brp(timing);
	int ret = timing_complete(timing, brp, error);

	if (!ret)
		ret = timing_limits(timing, brp, &sja1000, error);
	if (ret)
		return ret;
	*btr = (uint16_t)((timing->sjw - 1) << 14 | (brp - 1) << 8 |
			  (timing->samples == 3 ? SAMPLES_THREE : 0) | (timing->tseg2 - 1) << 4 |
			  (timing->tseg1 - 1));
	return 0;
}

int anycan_timing_check(const struct anycan_timing *timing,
			const struct can_bittiming_const *limits, struct anycan_error *error)
{
	uint32_t brp = anycan_timing_brp(timing);
	double off = anycan_timing_error(timing);
	int ret = timing_complete(timing, brp, error);

	if (!ret)
		ret = timing_limits(timing, brp, limits ? limits : &sja1000, error);
	if (!ret && timing->sjw > timing->tseg2)
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "sjw is %u, but must not be longer than tseg2, which is %u",
				       timing->sjw, timing->tseg2);
	if (!ret && timing->tseg1 + 1 < timing->tseg2)
		ret = anycan_error_set(
			error, ANYCAN_ERROR_VALUE, -EINVAL,
			"the sample point is at %.2f %%, but must not be before 50 %%",
			anycan_timing_sample_point(timing));
	if (!ret && (off > 100 / 256. || off < -100 / 256.))
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "the bit rate would be %.0f instead of %u bit/s (%+.1f %%)",
				       anycan_timing_reached(timing), timing->bitrate, off);
	return ret;
}

int anycan_timing_check_iso(const struct anycan_timing *timing, struct anycan_error *error)
{
	double reached = anycan_timing_reached(timing);
	int ret = anycan_timing_check(timing, NULL, error);

	if (!ret)
		ret = timing_range(error, "a bit in quanta", anycan_timing_quanta(timing), 8, 25);
	if (!ret)
		ret = timing_range(error, "brp (the prescaler)", anycan_timing_brp(timing), 1, 32);
	if (!ret && reached <= 0)
		ret = timing_missing(error, "a clock or a bitrate");
	if (!ret)
		ret = timing_range(error, "bitrate", (uint32_t)(reached + 0.5), 5000, 1000000);
	return ret;
}

static void timing_add(struct anycan_string *s, const char *word, uint32_t value)
{
	if (!value)
		return;
	anycan_string_add(s, s->len ? ", " : "");
	anycan_string_add(s, word);
	anycan_string_add(s, ": ");
	anycan_string_add_uint(s, value);
}

int anycan_timing_print(const struct anycan_timing *timing, char *buf, size_t size)
{
	double bitrate = timing->bitrate ? timing->bitrate : anycan_timing_reached(timing);
	double point = anycan_timing_sample_point(timing);
	char text[ANYCAN_TIMING_SIZE], part[48];
	struct anycan_string s;
	uint16_t btr;

	anycan_string_init(&s, text, sizeof(text));
	if (bitrate > 0) {
		snprintf(part, sizeof(part), "%.2f", bitrate);
		if (!strcmp(part + strlen(part) - 3, ".00"))
			part[strlen(part) - 3] = 0;
		anycan_string_add(&s, part);
		anycan_string_add(&s, " bits/s");
	}
	if (point > 0) {
		snprintf(part, sizeof(part), "%ssample point: %.2f%%", s.len ? ", " : "", point);
		anycan_string_add(&s, part);
	}
	timing_add(&s, "BRP", anycan_timing_brp(timing));
	timing_add(&s, "TSEG1", timing->tseg1);
	timing_add(&s, "TSEG2", timing->tseg2);
	timing_add(&s, "SJW", timing->sjw);
	if (!anycan_timing_btr(timing, &btr, NULL)) {
		snprintf(part, sizeof(part), ", BTR: %04Xh", btr);
		anycan_string_add(&s, part);
	}
	return snprintf(buf, size, "%s", text);
}

int anycan_timing_to_kernel(const struct anycan_timing *timing, struct can_bittiming *kernel,
			    struct anycan_error *error)
{
	uint32_t brp = anycan_timing_brp(timing);
	int ret = timing_complete(timing, brp, error);

	if (!ret && !timing->clock_hz)
		ret = timing_missing(error, "the clock");
	if (ret)
		return ret;
	/* The kernel takes either a bit rate or a quantum. */
	*kernel = (struct can_bittiming){
		.tq = (uint32_t)(brp * NS_PER_S / timing->clock_hz),
		.prop_seg = timing->tseg1 / 2,
		.phase_seg1 = timing->tseg1 - timing->tseg1 / 2,
		.phase_seg2 = timing->tseg2,
		.sjw = timing->sjw,
	};
	return 0;
}

void anycan_timing_from_kernel(struct anycan_timing *timing, const struct can_bittiming *kernel,
			       uint32_t clock_hz)
{
	*timing = (struct anycan_timing){
		.clock_hz = clock_hz,
		.bitrate = kernel->bitrate,
		.brp = kernel->brp,
		.tseg1 = kernel->prop_seg + kernel->phase_seg1,
		.tseg2 = kernel->phase_seg2,
		.sjw = kernel->sjw,
		.samples = 1,
	};
}
