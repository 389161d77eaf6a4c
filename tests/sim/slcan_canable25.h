/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The state of a simulated CANable 2.5 channel, shared by its commands and its reports.
 */
#ifndef SIM_SLCAN_CANABLE25_H
#define SIM_SLCAN_CANABLE25_H

#include "slcan.h"

#define C25_FILTERS 8

/** Codes behind '#' in feedback mode; C25_OK and C25_SILENT are the firmware's own. */
enum c25_feedback {
	C25_OK = 0,
	C25_SILENT = 1, /**< answered already, or never */
	C25_BAD_COMMAND = '1',
	C25_BAD_PARAMETER = '2',
	C25_MUST_BE_OPEN = '3',
	C25_MUST_BE_CLOSED = '4',
	C25_UNSUPPORTED = '6',
	C25_TX_FULL = '7',
	C25_BUS_OFF = '8',
	C25_NO_TX_SILENT = '9',
	C25_NO_BITRATE = ':',
	C25_OUT_OF_RANGE = '=',
};

/** Application flags of an error report. */
enum c25_app_flag {
	C25_RX_FAIL = 0x01,
	C25_TX_FAIL = 0x02,
	C25_TX_OVERFLOW = 0x04,
	C25_USB_OVERFLOW = 0x08,
	C25_TX_TIMEOUT = 0x10,
};

struct c25_filter {
	bool ext;
	uint32_t id;
	uint32_t mask;
};

/** What an error report says. */
struct c25_report {
	uint8_t bus;
	uint8_t error;
	uint8_t app;
	uint8_t tec;
	uint8_t rec;
};

struct c25_channel {
	bool debug, errors, feedback, echo, esi; /* MD ME MF MM MS */
	struct c25_filter filter[C25_FILTERS];
	unsigned int filters;
	unsigned int load_interval; /* of 100 ms; 0 = no report */
	unsigned int load_ticks;
	int64_t load_busy_ns; /* bus time: busy so far, and then */
	int64_t load_bus_ns;
	bool load_shown;
	struct c25_report now, last;
	enum sim_error first_error; /* since the last report */
	bool back_to_active;
	int64_t reported_ns; /* CLOCK_MONOTONIC, as all below */
	int64_t load_ns;
	int64_t pending_ns; /* the controller last took or sent a frame */
};

/** c25_of() - the firmware's state of a channel */
static inline struct c25_channel *c25_of(const struct slcan_channel *ch)
{
	return (struct c25_channel *)ch->slcan->state + ch->index;
}

/** c25_debug() - a text for people, if the host wants it */
void c25_debug(struct slcan_channel *ch, const char *text);

/** c25_reports() - error and bus load reports, transmit time-out; in every turn */
void c25_reports(struct slcan *s);

/** c25_report_reset() - nothing has happened yet: the channel was opened */
void c25_report_reset(struct slcan_channel *ch);

#endif
