// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The bit timing solver.
 */
#include <anycan/bittiming.h>

#include <errno.h>
#include <stdbool.h>

#define NS_PER_S UINT64_C(1000000000)

/* Farther off than this, two nodes do not understand each other any more. */
#define RATE_ERROR_MAX_PERMILLE 50

/* More quanta than any controller has: limits beyond are a device's nonsense. */
#define QUANTA_MAX 65536

static uint32_t distance(uint32_t a, uint32_t b)
{
	return a > b ? a - b : b - a;
}

static uint32_t bounded(uint32_t value, uint32_t min, uint32_t max)
{
	if (value < min)
		return min;
	return value > max ? max : value;
}

uint32_t anycan_bittiming_sample_point(uint32_t bitrate)
{
	if (bitrate > 800000)
		return 750;
	return bitrate > 500000 ? 800 : 875;
}

/* A bit split in two: what comes before the sample point, without the first quantum, and after. */
struct split {
	uint32_t tseg1, tseg2;
	uint32_t sample_point; /* in 1/1000 */
};

/* The best split of @quanta; a sample point later than wanted does not count. */
static bool split_bit(const struct can_bittiming_const *limits, uint32_t quanta, uint32_t wanted,
		      struct split *best)
{
	uint32_t best_error = UINT32_MAX;

	for (uint32_t less = 0; less < 2; less++) {
		struct split split;

		split.tseg2 = quanta - wanted * quanta / 1000;
		split.tseg2 = bounded(split.tseg2 > less ? split.tseg2 - less : 0,
				      limits->tseg2_min, limits->tseg2_max);
		if (split.tseg2 + 1 + limits->tseg1_min > quanta)
			continue;
		split.tseg1 = quanta - 1 - split.tseg2;
		if (split.tseg1 > limits->tseg1_max) {
			split.tseg1 = limits->tseg1_max;
			split.tseg2 = quanta - 1 - split.tseg1;
		}
		split.sample_point = 1000 * (quanta - split.tseg2) / quanta;
		if (split.sample_point <= wanted && wanted - split.sample_point < best_error) {
			best_error = wanted - split.sample_point;
			*best = split;
		}
	}
	return best_error != UINT32_MAX;
}

struct solution {
	uint32_t brp;
	uint32_t rate_error, sample_error;
	struct split split;
};

/*
 * A bit of @quanta at the prescaler next to the exact one, below or above.
 *
 * Return: whether it is better than @best, which it then is.
 */
static bool improve(const struct can_bittiming_const *limits, uint32_t clock_hz,
		    const struct can_bittiming *want, uint32_t quanta, bool above,
		    struct solution *best)
{
	uint64_t exact = clock_hz / ((uint64_t)quanta * want->bitrate) + above;
	struct solution found;

	found.brp = (uint32_t)(exact / limits->brp_inc * limits->brp_inc);
	if (found.brp < limits->brp_min || found.brp > limits->brp_max)
		return false;
	found.rate_error = distance(want->bitrate, clock_hz / (found.brp * quanta));
	if (found.rate_error > best->rate_error)
		return false;
	if (!split_bit(limits, quanta, want->sample_point, &found.split))
		return false;
	found.sample_error = distance(want->sample_point, found.split.sample_point);
	if (found.rate_error == best->rate_error && found.sample_error >= best->sample_error)
		return false;
	*best = found;
	return true;
}

static void set_segments(struct can_bittiming *timing, uint32_t tseg1, uint32_t tseg2)
{
	timing->prop_seg = tseg1 / 2;
	timing->phase_seg1 = tseg1 - timing->prop_seg;
	timing->phase_seg2 = tseg2;
}

static void set_sjw(const struct can_bittiming_const *limits, struct can_bittiming *timing)
{
	uint32_t most = timing->phase_seg1 < timing->phase_seg2 / 2 ? timing->phase_seg1
								    : timing->phase_seg2 / 2;

	if (!timing->sjw)
		timing->sjw = bounded(most, 1, limits->sjw_max);
}

/* What follows from prescaler and segments. */
static void complete(const struct can_bittiming_const *limits, uint32_t clock_hz,
		     struct can_bittiming *timing)
{
	uint32_t tseg1 = timing->prop_seg + timing->phase_seg1;
	uint32_t quanta = 1 + tseg1 + timing->phase_seg2;

	timing->tq = (uint32_t)(timing->brp * NS_PER_S / clock_hz);
	timing->bitrate = (uint32_t)(clock_hz / ((uint64_t)timing->brp * quanta));
	timing->sample_point = 1000 * (1 + tseg1) / quanta;
	set_sjw(limits, timing);
}

static int from_bitrate(const struct can_bittiming_const *limits, uint32_t clock_hz,
			struct can_bittiming *timing)
{
	struct solution best = {.rate_error = UINT32_MAX, .sample_error = UINT32_MAX};

	if (!timing->sample_point)
		timing->sample_point = anycan_bittiming_sample_point(timing->bitrate);
	for (uint32_t quanta = 1 + limits->tseg1_max + limits->tseg2_max;
	     quanta >= 1 + limits->tseg1_min + limits->tseg2_min; quanta--) {
		improve(limits, clock_hz, timing, quanta, true, &best);
		improve(limits, clock_hz, timing, quanta, false, &best);
		if (!best.rate_error && !best.sample_error)
			break;
	}
	if (!best.brp ||
	    (uint64_t)best.rate_error * 1000 > (uint64_t)timing->bitrate * RATE_ERROR_MAX_PERMILLE)
		return -ERANGE;
	timing->brp = best.brp;
	set_segments(timing, best.split.tseg1, best.split.tseg2);
	return 0;
}

static bool are_segments_valid(const struct can_bittiming_const *limits,
			       const struct can_bittiming *timing)
{
	uint32_t tseg1 = timing->prop_seg + timing->phase_seg1;

	return tseg1 >= limits->tseg1_min && tseg1 <= limits->tseg1_max &&
	       timing->phase_seg2 >= limits->tseg2_min && timing->phase_seg2 <= limits->tseg2_max;
}

/* Somebody else has worked it out already. */
static int from_prescaler(const struct can_bittiming_const *limits,
			  const struct can_bittiming *timing)
{
	return timing->brp >= limits->brp_min && timing->brp <= limits->brp_max &&
			       timing->brp % limits->brp_inc == 0 &&
			       are_segments_valid(limits, timing)
		       ? 0
		       : -ERANGE;
}

/* Segments are given; the prescaler is the one whose quantum is nearest. */
static int from_segments(const struct can_bittiming_const *limits, uint32_t clock_hz,
			 struct can_bittiming *timing)
{
	uint64_t brp = ((uint64_t)timing->tq * clock_hz + NS_PER_S / 2) / NS_PER_S;

	brp = (brp + limits->brp_inc / 2) / limits->brp_inc * limits->brp_inc;
	if (brp < limits->brp_min || brp > limits->brp_max || !are_segments_valid(limits, timing))
		return -ERANGE;
	timing->brp = (uint32_t)brp;
	return 0;
}

/* Limits come from devices, and so they may be anything. */
static bool is_sound(const struct can_bittiming_const *limits)
{
	return limits->brp_min && limits->brp_inc && limits->tseg2_min && limits->sjw_max &&
	       limits->tseg1_min <= limits->tseg1_max && limits->tseg1_max <= QUANTA_MAX &&
	       limits->tseg2_min <= limits->tseg2_max && limits->tseg2_max <= QUANTA_MAX;
}

int anycan_bittiming_calc(const struct can_bittiming_const *limits, uint32_t clock_hz,
			  struct can_bittiming *timing)
{
	int ret = -EINVAL;

	if (!clock_hz || !is_sound(limits))
		return -ERANGE;
	if (timing->brp)
		ret = from_prescaler(limits, timing);
	else if (timing->bitrate)
		ret = from_bitrate(limits, clock_hz, timing);
	else if (timing->tq)
		ret = from_segments(limits, clock_hz, timing);
	if (ret)
		return ret;
	complete(limits, clock_hz, timing);
	return timing->sjw > limits->sjw_max || timing->sjw > timing->phase_seg2 ? -ERANGE : 0;
}
