// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Bit timings for a bit rate and a sample point: the kernel's choice, all of them, and those that
 * everybody uses. Source of the registers: the usual table for the SJA1000 with 16 MHz, as
 * PCANBasic.h and python-can have it.
 */
#include <anycan/bittiming.h>
#include <anycan/timing.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PRESET_CLOCK_HZ 8000000

static uint32_t timing_min(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/*
 * The split of a bit whose sample point is nearest to the one looked for.
 *
 * Return: whether the limits allow any.
 */
static bool timing_split(const struct anycan_timing_search *search, uint32_t quanta,
			 struct anycan_timing *timing)
{
	const struct can_bittiming_const *limits = search->limits;
	uint32_t tseg1 = (uint32_t)(((uint64_t)search->sample_point * quanta + 500) / 1000);

	tseg1 = tseg1 ? tseg1 - 1 : 0;
	if (quanta < 1 + limits->tseg1_min + limits->tseg2_min ||
	    quanta > 1 + limits->tseg1_max + limits->tseg2_max)
		return false;
	if (tseg1 < limits->tseg1_min)
		tseg1 = limits->tseg1_min;
	if (quanta > 1 + limits->tseg2_max && tseg1 < quanta - 1 - limits->tseg2_max)
		tseg1 = quanta - 1 - limits->tseg2_max;
	tseg1 = timing_min(tseg1, timing_min(limits->tseg1_max, quanta - 1 - limits->tseg2_min));
	timing->tseg1 = tseg1;
	timing->tseg2 = quanta - 1 - tseg1;
	timing->sjw = timing_min(timing->tseg2, limits->sjw_max);
	return tseg1 + 1 >= timing->tseg2;
}

/* Return: whether there is a solution with this prescaler. */
static bool timing_try(const struct anycan_timing_search *search, uint32_t brp,
		       struct anycan_timing *timing)
{
	uint64_t step = (uint64_t)search->bitrate * brp;
	uint64_t quanta = (search->clock_hz + step / 2) / step;
	double off;

	*timing = (struct anycan_timing){
		.clock_hz = search->clock_hz,
		.bitrate = search->bitrate,
		.brp = brp,
		.samples = 1,
	};
	if (quanta < search->min_quanta || quanta > UINT16_MAX ||
	    !timing_split(search, (uint32_t)quanta, timing))
		return false;
	off = anycan_timing_error(timing) * 10000;
	return off <= search->max_error && off >= -(double)search->max_error;
}

/* What is 0 gets its meaning. Return: 0 or -EINVAL. */
static int timing_fill_in(struct anycan_timing_search *search)
{
	if (!search->clock_hz || !search->bitrate)
		return -EINVAL;
	if (!search->limits)
		search->limits = anycan_timing_sja1000();
	if (!search->min_quanta)
		search->min_quanta = 8;
	if (!search->max_error)
		search->max_error = 1000000 / 256;
	if (!search->sample_point)
		search->sample_point = anycan_bittiming_sample_point(search->bitrate);
	return 0;
}

int anycan_timing_each(const struct anycan_timing_search *search,
		       int (*each)(const struct anycan_timing *timing, void *arg), void *arg)
{
	struct anycan_timing_search full = *search;
	struct anycan_timing timing;
	int ret = timing_fill_in(&full);
	uint32_t inc;

	if (ret)
		return ret;
	inc = full.limits->brp_inc ? full.limits->brp_inc : 1;
	for (uint64_t brp = inc; brp <= full.limits->brp_max && brp <= full.clock_hz && !ret;
	     brp += inc)
		if (brp >= full.limits->brp_min && timing_try(&full, (uint32_t)brp, &timing))
			ret = each(&timing, arg);
	return ret;
}

int anycan_timing_calc(const struct can_bittiming_const *limits, struct anycan_timing *timing,
		       uint32_t sample_point, struct anycan_error *error)
{
	struct can_bittiming kernel = {
		.bitrate = timing->bitrate,
		.sample_point = sample_point,
		.sjw = timing->sjw,
	};
	uint32_t wanted = timing->bitrate, samples = timing->samples;
	int ret = anycan_bittiming_calc(limits ? limits : anycan_timing_sja1000(), timing->clock_hz,
					&kernel);

	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -ERANGE,
					"a controller with %u Hz cannot have %u bit/s",
					timing->clock_hz, timing->bitrate);
	anycan_timing_from_kernel(timing, &kernel, timing->clock_hz);
	timing->bitrate = wanted;
	timing->samples = samples ? samples : 1;
	return 0;
}

/* The data phase's sample point in clock periods, as far as a controller can have it. */
static uint32_t timing_delay(const struct anycan_timing_fd_limits *limits,
			     const struct anycan_timing *data)
{
	uint32_t delay = (1 + data->tseg1) * data->brp;

	if (!limits->tdco_max || data->brp > 2 || delay < limits->tdco_min)
		return 0;
	return timing_min(delay, limits->tdco_max);
}

static int timing_fd_order(const struct anycan_timing_fd *timing, struct anycan_error *error)
{
	double nominal = anycan_timing_reached(&timing->nominal);
	double data = anycan_timing_reached(&timing->data);

	if (timing->nominal.clock_hz != timing->data.clock_hz)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"both phases have one clock, not %u Hz and %u Hz",
					timing->nominal.clock_hz, timing->data.clock_hz);
	if (data < nominal)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
					"the data bit rate, %.0f, is lower than the other, %.0f",
					data, nominal);
	return 0;
}

int anycan_timing_fd_calc(const struct anycan_timing_fd_limits *limits,
			  struct anycan_timing_fd *timing, uint32_t nominal_point,
			  uint32_t data_point, struct anycan_error *error)
{
	int ret = anycan_timing_calc(limits->nominal, &timing->nominal, nominal_point, error);

	if (!ret)
		ret = anycan_timing_calc(limits->data, &timing->data, data_point, error);
	if (!ret)
		ret = timing_fd_order(timing, error);
	if (!ret)
		timing->tdco = timing_delay(limits, &timing->data);
	return ret;
}

int anycan_timing_fd_check(const struct anycan_timing_fd *timing,
			   const struct anycan_timing_fd_limits *limits, struct anycan_error *error)
{
	int ret = anycan_timing_check(&timing->nominal, limits->nominal, error);

	if (!ret)
		ret = anycan_timing_check(&timing->data, limits->data, error);
	if (!ret)
		ret = timing_fd_order(timing, error);
	if (!ret && timing->tdco &&
	    (timing->tdco < limits->tdco_min || timing->tdco > limits->tdco_max))
		ret = anycan_error_set(error, ANYCAN_ERROR_VALUE, -EINVAL,
				       "tdco is %u, but may be %u to %u here", timing->tdco,
				       limits->tdco_min, limits->tdco_max);
	return ret;
}

static const struct anycan_timing_preset presets[] = {
	{"1M", 1000000, 0x0014},  {"800k", 800000, 0x0016}, {"500k", 500000, 0x001c},
	{"250k", 250000, 0x011c}, {"125k", 125000, 0x031c}, {"100k", 100000, 0x432f},
	{"95k", 95000, 0xc34e},	  {"83k", 83000, 0x852b},   {"50k", 50000, 0x472f},
	{"47k", 47000, 0x1414},	  {"33k", 33000, 0x8b2f},   {"20k", 20000, 0x532f},
	{"10k", 10000, 0x672f},	  {"5k", 5000, 0x7f7f},
};

#define PRESETS (sizeof(presets) / sizeof(presets[0]))

const struct anycan_timing_preset *anycan_timing_presets(size_t *count)
{
	*count = PRESETS;
	return presets;
}

int anycan_timing_find_preset(const char *name, struct anycan_timing *timing)
{
	char *end;
	unsigned long bitrate = strtoul(name, &end, 10);

	for (size_t i = 0; i < PRESETS; i++) {
		if (strcmp(presets[i].name, name) && (*end || bitrate != presets[i].bitrate))
			continue;
		*timing = (struct anycan_timing){.clock_hz = PRESET_CLOCK_HZ};
		anycan_timing_set_btr0(timing, (uint8_t)(presets[i].btr >> 8));
		anycan_timing_set_btr1(timing, (uint8_t)presets[i].btr);
		return 0;
	}
	return -ENOENT;
}
