// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The table of slcan dialects and the choice between them. Sources: see slcan_dialect.h. A new
 * dialect is a new row here, and a word in slcan_dialect_words.
 */
#include "slcan_dialect.h"

#include <string.h>

static const struct slcan_rate slcan_rates_lawicel[] = {
	{'0', 10000},  {'1', 20000},  {'2', 50000},  {'3', 100000},  {'4', 125000},
	{'5', 250000}, {'6', 500000}, {'7', 800000}, {'8', 1000000}, {0, 0},
};

static const struct slcan_rate slcan_rates_canable[] = {
	{'0', 10000},  {'1', 20000},  {'2', 50000},  {'3', 100000},  {'4', 125000},
	{'5', 250000}, {'6', 500000}, {'7', 750000}, {'8', 1000000}, {0, 0},
};

/* S7 is left out: the firmware means 750 kbit/s and sets 1.43 Mbit/s. */
static const struct slcan_rate slcan_rates_canable2[] = {
	{'0', 10000},  {'1', 20000},  {'2', 50000},   {'3', 100000}, {'4', 125000},
	{'5', 250000}, {'6', 500000}, {'8', 1000000}, {'9', 83333},  {0, 0},
};

static const struct slcan_rate slcan_rates_14[] = {
	{'0', 10000},  {'1', 20000},  {'2', 50000},  {'3', 100000},  {'4', 125000},
	{'5', 250000}, {'6', 500000}, {'7', 800000}, {'8', 1000000}, {'9', 83333},
	{'A', 75000},  {'B', 62500},  {'C', 33333},  {'D', 5000},    {0, 0},
};

static const struct slcan_rate slcan_drates_canable2[] = {{'2', 2000000}, {'5', 5000000}, {0, 0}};

static const struct slcan_rate slcan_drates_weact[] = {
	{'1', 1000000}, {'2', 2000000}, {'3', 3000000}, {'4', 4000000}, {'5', 5000000}, {0, 0},
};

static const struct slcan_rate slcan_drates_canable25[] = {
	{'0', 500000},	{'1', 1000000}, {'2', 2000000}, {'4', 4000000},
	{'5', 5000000}, {'8', 8000000}, {0, 0},
};

const char *const slcan_dialect_words[] = {
	"auto",	     "generic", "lawicel",   "canable", "canable2",
	"canable25", "weact",	"candapter", NULL,
};

const struct slcan_dialect slcan_dialects[] = {
	{
		/* The kernel's slcan, slcand, small firmwares: whatever it is, do not wait. */
		.name = "generic",
		.model = "slcan adapter",
		.features = SLCAN_RTR,
		.answers = SLCAN_SILENT,
		.confirm = BRIDGED_CONFIRM_NONE,
		.rates = slcan_rates_lawicel,
		.open = "O",
		.listen = "L",
		.eff = 'T',
	},
	{
		.name = "lawicel",
		.model = "LAWICEL",
		.features = SLCAN_STATUS | SLCAN_STAMPS | SLCAN_SERIAL | SLCAN_RTR | SLCAN_RETRY |
			    SLCAN_ASK_VERSION | SLCAN_NEEDS_BITRATE,
		.answers = SLCAN_CR_BEL,
		.confirm = BRIDGED_CONFIRM_QUEUED,
		.rates = slcan_rates_lawicel,
		.timing = SLCAN_TIMING_SJA1000,
		.nominal = {8000000, 64, 1, 16, 1, 8, 4},
		.filters = SLCAN_FILTER_SJA1000,
		/* CAN232 is delivered with reception by polling; CANUSB does not know X. */
		.optional = "X1",
		.open = "O",
		.listen = "L",
		.eff = 'T',
		.queue = 8,
		.window = 8,
		.window_grows = true,
	},
	{
		.name = "canable",
		.model = "CANable",
		.marks = "canable",
		.features = SLCAN_RTR | SLCAN_ASK_VERSION,
		.answers = SLCAN_SILENT,
		.confirm = BRIDGED_CONFIRM_NONE,
		.rates = slcan_rates_canable,
		.normal = "M0",
		.silent = "M1",
		.repeat = "A1",
		.one_shot = "A0",
		.open = "O",
		.listen = "O",
		.eff = 'T',
		.queue = 24, /* of 27 and 3 mailboxes */
	},
	{
		/* M1 is known but has no effect: O always opens in normal mode. */
		.name = "canable2",
		.model = "CANable 2",
		.marks = "canable2",
		.features = SLCAN_FD | SLCAN_RTR | SLCAN_ASK_VERSION,
		.answers = SLCAN_SILENT,
		.confirm = BRIDGED_CONFIRM_NONE,
		.rates = slcan_rates_canable2,
		.drates = slcan_drates_canable2,
		.normal = "M0",
		.repeat = "A1",
		.one_shot = "A0",
		.open = "O",
		.eff = 'T',
		.queue = 56, /* of 63 and 3 buffers */
	},
	{
		.name = "canable25",
		.model = "CANable 2.5",
		.marks = "+board:",
		.features = SLCAN_FD | SLCAN_RTR | SLCAN_MARKERS | SLCAN_NEEDS_BITRATE |
			    SLCAN_RETRY | SLCAN_ASK_VERSION | SLCAN_CHANNEL_PREFIX |
			    SLCAN_TERMINATION,
		.answers = SLCAN_HASH,
		.confirm = BRIDGED_CONFIRM_SENT,
		.rates = slcan_rates_14,
		.drates = slcan_drates_canable25,
		.timing = SLCAN_TIMING_DECIMAL,
		.nominal = {160000000, 512, 2, 256, 2, 128, 128},
		.data = {160000000, 32, 1, 32, 1, 16, 16},
		.filters = SLCAN_FILTER_LIST,
		.modes = "MFEMS", /* feedback first: the answer is already in that form */
		.repeat = "MA",
		.one_shot = "Ma",
		.open = "ON",
		.listen = "OS",
		.loopback = "OE",
		.loop_only = "OI",
		.eff = 'T',
		.queue = 64,
		.window = 48,
	},
	{
		/*
		 * CR comes when the frame was on the bus, BEL for every error on it besides. The
		 * firmware holds 16 frames after the first close, so that the window never fills
		 * it.
		 */
		.name = "weact",
		.model = "WeAct USB2CANFDV1",
		.marks = "weact",
		.features = SLCAN_FD | SLCAN_RTR | SLCAN_ASK_VERSION,
		.answers = SLCAN_CR_BEL,
		.confirm = BRIDGED_CONFIRM_SENT,
		.rates = slcan_rates_14,
		.drates = slcan_drates_weact,
		.timing = SLCAN_TIMING_HEX,
		.nominal = {60000000, 255, 2, 255, 2, 128, 127},
		.data = {60000000, 32, 1, 32, 1, 16, 15},
		.filters = SLCAN_FILTER_HEX,
		.reset = "H0", /* text, not the binary records of its enhanced mode */
		.normal = "M0",
		.silent = "M1",
		.repeat = "A1",
		.one_shot = "A0",
		.open = "O",
		.listen = "O",
		.eff = 'T',
		.queue = 16,
		.window = 16,
	},
	{
		.name = "candapter",
		.model = "CANdapter",
		.answers = SLCAN_CR_BEL, /* yes is a lone ACK */
		.confirm = BRIDGED_CONFIRM_QUEUED,
		.features = SLCAN_RETRY | SLCAN_NEEDS_BITRATE,
		.rates = slcan_rates_lawicel,
		.open = "O",
		.eff = 'x',
		.queue = 8,
		.window = 8,
		.window_grows = true,
	},
	{.name = NULL},
};

const struct slcan_dialect *const slcan_generic = &slcan_dialects[0];
const struct slcan_dialect *const slcan_lawicel = &slcan_dialects[1];

static char slcan_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Whether @text holds @word, which is in lower case. */
static bool slcan_contains(const char *text, size_t len, const char *word)
{
	size_t n = strlen(word), at, i;

	for (at = 0; at + n <= len; at++) {
		for (i = 0; i < n && slcan_lower(text[at + i]) == word[i]; i++)
			;
		if (i == n)
			return true;
	}
	return false;
}

/* `Vhhss`: four hexadecimal digits. */
static bool slcan_is_lawicel_version(const char *text, size_t len)
{
	size_t i;
	char c;

	if (len != 5 || text[0] != 'V')
		return false;
	for (i = 1; i < len; i++) {
		c = slcan_lower(text[i]);
		if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f')))
			return false;
	}
	return true;
}

const struct slcan_dialect *slcan_identify(const char *text, size_t len)
{
	const struct slcan_dialect *row, *best = NULL;

	if (slcan_is_lawicel_version(text, len))
		return slcan_lawicel;
	for (row = slcan_dialects; row->name; row++) {
		if (!row->marks || !slcan_contains(text, len, row->marks))
			continue;
		/* `canable2` holds `canable`: the longer mark is the better one. */
		if (!best || strlen(row->marks) > strlen(best->marks))
			best = row;
	}
	return best;
}

uint32_t slcan_ctrlmodes(const struct slcan_dialect *dialect)
{
	uint32_t modes = CAN_CTRLMODE_BERR_REPORTING;

	if (dialect->listen)
		modes |= CAN_CTRLMODE_LISTENONLY;
	if (dialect->loopback)
		modes |= CAN_CTRLMODE_LOOPBACK;
	if (dialect->one_shot)
		modes |= CAN_CTRLMODE_ONE_SHOT;
	if (dialect->features & SLCAN_FD)
		modes |= CAN_CTRLMODE_FD;
	if (dialect->timing == SLCAN_TIMING_SJA1000)
		modes |= CAN_CTRLMODE_3_SAMPLES;
	return modes;
}
