// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * CANalyst-II: bit timing registers, which are those of an SJA1000 with 8 MHz. Sources:
 * python-canalystii's table, the SJA1000 data sheet.
 */
#include "canalystii.h"

#include <anycan/bittiming.h>
#include <anycan/hex.h>
#include <errno.h>
#include <string.h>

#define CLOCK_HZ 8000000

#define BTR1_THREE_SAMPLES 0x80U

static const struct can_bittiming_const sja1000 = {
	.tseg1_min = 1,
	.tseg1_max = 16,
	.tseg2_min = 1,
	.tseg2_max = 8,
	.sjw_max = 4,
	.brp_min = 1,
	.brp_max = 64,
	.brp_inc = 1,
};

/* What python-can sends for its rates. */
static const struct {
	uint32_t bitrate;
	uint16_t btr;
} table[] = {
	{5000, 0xbfff},	  {10000, 0x311c},  {20000, 0x181c},   {33330, 0x096f},	 {40000, 0x87ff},
	{50000, 0x091c},  {66660, 0x046f},  {80000, 0x83ff},   {83330, 0x036f},	 {100000, 0x041c},
	{125000, 0x031c}, {200000, 0x81fa}, {250000, 0x011c},  {400000, 0x80fa}, {500000, 0x001c},
	{666000, 0x80b6}, {800000, 0x0016}, {1000000, 0x0014},
};

static uint16_t registers(const struct can_bittiming *timing)
{
	uint32_t tseg1 = timing->prop_seg + timing->phase_seg1;
	uint32_t btr0 = (timing->sjw - 1) << 6 | (timing->brp - 1);
	uint32_t btr1 = (timing->phase_seg2 - 1) << 4 | (tseg1 - 1);

	return (uint16_t)(btr0 << 8 | btr1);
}

const struct bridged_limits canalystii_limits = {.clock_hz = CLOCK_HZ, .nominal = &sja1000};

int canalystii_timing(const struct bridged_settings *settings, uint16_t *btr)
{
	const uint16_t samples =
		settings->ctrlmode.flags & CAN_CTRLMODE_3_SAMPLES ? BTR1_THREE_SAMPLES : 0;
	struct can_bittiming timing = settings->nominal;
	bool plain = timing.bitrate && !timing.sample_point && !timing.sjw;
	int ret;

	for (size_t i = 0; plain && i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].bitrate == timing.bitrate) {
			*btr = table[i].btr | samples;
			return 0;
		}
	}
	ret = anycan_bittiming_calc(&sja1000, CLOCK_HZ, &timing);
	if (!ret)
		*btr = registers(&timing) | samples;
	return ret;
}

bool canalystii_parse_btr(const char *text, uint16_t *btr)
{
	uint32_t value;

	if (strlen(text) != 4 || !anycan_hex_number(text, 4, &value))
		return false;
	*btr = (uint16_t)value;
	return true;
}
