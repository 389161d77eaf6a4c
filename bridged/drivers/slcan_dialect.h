/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is different between the adapters that speak slcan, as data. Sources: LAWICEL CANUSB and
 * CAN232 manuals; the firmwares canable-fw, canable2-fw, CANable 2.5 (Slcan 105) and WeAct
 * USB2CANFDV1; CANdapter manual; the kernel's slcan driver.
 */
#ifndef SLCAN_DIALECT_H
#define SLCAN_DIALECT_H

#include "driver.h"

#include <stdbool.h>

/** How a command is answered. */
enum slcan_answers {
	SLCAN_SILENT, /**< not at all */
	SLCAN_CR_BEL, /**< CR (or `z` CR, or ACK) for yes, BEL for no */
	SLCAN_HASH,   /**< `#` CR for yes, `#n` CR for no */
};

/** How bit timing is written. */
enum slcan_timing_syntax {
	SLCAN_TIMING_NONE,    /**< only by number of a bit rate */
	SLCAN_TIMING_SJA1000, /**< `sxxyy`: the controller's two registers */
	SLCAN_TIMING_HEX,     /**< `Sddxxyy`, `Yddxxyy`: divider and both segments */
	SLCAN_TIMING_DECIMAL, /**< `sB,S1,S2,J`, `yB,S1,S2,J` */
};

/** How acceptance filters are written. */
enum slcan_filter_syntax {
	SLCAN_FILTER_NONE,
	SLCAN_FILTER_SJA1000, /**< `Mxxxxxxxx`, `mxxxxxxxx`: dual filter of that controller */
	SLCAN_FILTER_HEX,     /**< `fIIIMMM` and `FIIIIIIIIMMMMMMMM`, one of each */
	SLCAN_FILTER_LIST,    /**< `FIII,MMM;IIIIIIII,MMMMMMMM`, up to eight */
};

enum slcan_feature {
	SLCAN_FD = 1 << 0,	      /**< d D b B and data bit rates */
	SLCAN_STATUS = 1 << 1,	      /**< F reads status flags */
	SLCAN_STAMPS = 1 << 2,	      /**< Z switches time stamps */
	SLCAN_SERIAL = 1 << 3,	      /**< N tells a serial number */
	SLCAN_RTR = 1 << 4,	      /**< r and R */
	SLCAN_MARKERS = 1 << 5,	      /**< a sent frame is reported by its marker */
	SLCAN_NEEDS_BITRATE = 1 << 6, /**< refuses to open before a bit rate was set */
	SLCAN_RETRY = 1 << 7,	      /**< a refused frame means that the adapter's queue is full */
	SLCAN_ASK_VERSION = 1 << 8,   /**< V is worth a try */
	SLCAN_CHANNEL_PREFIX = 1 << 9, /**< `&` and `$` address channels 2 and 3 */
	SLCAN_TERMINATION = 1 << 10,   /**< MR and Mr switch the termination resistor */
};

/** A bit rate and the digit or letter that selects it. Tables end with bps 0. */
struct slcan_rate {
	char code;
	uint32_t bps;
};

/** What the bit timing of a controller can express. */
struct slcan_limits {
	uint32_t clock_hz;
	uint16_t brp_max;
	uint16_t seg1_min, seg1_max; /**< propagation and phase segment 1 together */
	uint16_t seg2_min, seg2_max;
	uint16_t sjw_max;
};

/**
 * struct slcan_dialect - one row per family of firmwares
 *
 * Commands are without the final CR; NULL = this family has none.
 */
struct slcan_dialect {
	const char *name;  /**< the word of the option `dialect` */
	const char *model; /**< for people */
	const char *marks; /**< part of the answer to V, in lower case; NULL = not found by it */
	uint32_t features; /**< enum slcan_feature */
	enum slcan_answers answers;
	enum bridged_confirm confirm;

	const struct slcan_rate *rates;
	const struct slcan_rate *drates;
	enum slcan_timing_syntax timing;
	struct slcan_limits nominal, data;

	enum slcan_filter_syntax filters;

	const char *reset;     /**< sent first of all: undo what an earlier user left behind */
	const char *modes;     /**< switches on reports and feedback */
	const char *optional;  /**< wanted, but not known to every firmware of the family */
	const char *normal;    /**< before opening, when not listen-only */
	const char *silent;    /**< before opening, when listen-only */
	const char *repeat;    /**< frames are repeated until acknowledged */
	const char *one_shot;  /**< frames are tried once */
	const char *open;      /**< takes part in the bus */
	const char *listen;    /**< opens as a listener */
	const char *loopback;  /**< opens and hears itself, on the bus */
	const char *loop_only; /**< hears itself, off the bus */
	char eff;	       /**< letter of a classic data frame with 29-bit identifier */

	uint8_t queue;	   /**< frames that surely fit into the adapter; 0 = not known */
	uint8_t window;	   /**< frames sent before the first is answered, at most */
	bool window_grows; /**< starts with one and grows while nothing is refused */
};

/** All dialects in the order of the option's choices, ended by a row without name. */
extern const struct slcan_dialect slcan_dialects[];

/** The row that serves adapters that tell nothing about themselves. */
extern const struct slcan_dialect *const slcan_generic;

/** The row that serves adapters that answer as LAWICEL's do. */
extern const struct slcan_dialect *const slcan_lawicel;

/** The option's words: `auto`, then the dialects' names, NULL. */
extern const char *const slcan_dialect_words[];

/**
 * slcan_identify() - the dialect of the adapter that answered V with a text
 *
 * Return: a row, or NULL if the text says nothing.
 */
const struct slcan_dialect *slcan_identify(const char *text, size_t len);

/** slcan_ctrlmodes() - CAN_CTRLMODE_* that a dialect can switch on */
uint32_t slcan_ctrlmodes(const struct slcan_dialect *dialect);

#endif
