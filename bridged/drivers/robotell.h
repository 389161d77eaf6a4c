/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The state of the robotell driver and what its parts call of each other. The adapter is always
 * on the bus; what it stores (bit rate, filters, modes) is read first and written only where it
 * differs, because it goes into flash memory.
 */
#ifndef ROBOTELL_H
#define ROBOTELL_H

#include "driver.h"
#include "pace.h"
#include "robotell_codec.h"

#include <anycan/string.h>

/** Most jobs that wait: every filter for set(), and every setting for an opening. */
#define ROBOTELL_JOBS 40

/** How long to wait for an answer; python-can gives it a second. */
#define ROBOTELL_ANSWER_NS (500 * ANYCAN_NS_PER_MS)

/** What an option says of a switch in the adapter. */
enum robotell_switch {
	ROBOTELL_STORED, /**< as it is */
	ROBOTELL_ON,
	ROBOTELL_OFF,
};

struct robotell_options {
	uint32_t auto_retransmit; /**< enum robotell_switch */
	uint32_t auto_bus;
	const char *filter;
};

/** What set() can change; the order is that of the table robotell_live. */
enum robotell_live_key {
	ROBOTELL_LIVE_AUTO_BUS,
	ROBOTELL_LIVE_AUTO_RETRANSMIT,
	ROBOTELL_LIVE_FACTORY,
	ROBOTELL_LIVE_FILTER,
	ROBOTELL_LIVE_SERIAL_RATE,
};

struct robotell_live {
	uint32_t factory_reset; /**< its only value is 0, which is `yes` */
	uint32_t serial_rate;
	const char *filter;
	bool auto_bus, auto_retransmit;
};

/** What to do about a setting. */
enum robotell_work {
	ROBOTELL_READ,	  /**< ask */
	ROBOTELL_SET,	  /**< ask, and write if it is another one */
	ROBOTELL_COMMAND, /**< write; the answer need not come */
};

struct robotell_job {
	uint32_t id; /**< enum robotell_id, filters counted up */
	uint8_t value[8];
	uint8_t len;
	uint8_t work; /**< enum robotell_work */
	bool last;    /**< of those that set() has added */
};

enum robotell_phase {
	ROBOTELL_DETACHED,
	ROBOTELL_PROBING,
	ROBOTELL_CLOSED,
	ROBOTELL_OPENING,
	ROBOTELL_OPEN,
};

/** What the first job of the queue waits for. */
enum robotell_wait {
	ROBOTELL_NOTHING,
	ROBOTELL_ASKED,
	ROBOTELL_WRITTEN,
};

/** The driver's state. */
struct robotell {
	struct robotell_options options;
	struct robotell_job filters[ROBOTELL_FILTERS];
	unsigned int n_filters;

	enum robotell_phase phase;
	struct robotell_job jobs[ROBOTELL_JOBS];
	unsigned int first, count;
	enum robotell_wait wait;
	unsigned int tries;
	struct anycan_mono deadline; /**< of the answer */

	bool heard;	  /**< it has answered something */
	bool mute;	  /**< it never will: settings are written blindly */
	uint32_t bitrate; /**< stored in the adapter; 0 = not known */
	uint32_t wanted;  /**< what start() was given; 0 = what is stored */
	char number[32];
	char version[8];

	bool skipping; /**< inside bytes that are no packet */
	bool blocked;  /**< a sender waits */
	struct pace pace;
	char text[256]; /**< of the event of this call */
};

/* robotell.c */

void robotell_say(struct bridged_io *io, enum bridged_event_type type, const char *reason);

/** robotell_settled() - all jobs are done, or one has failed: @reason says why */
void robotell_settled(struct robotell *st, const char *reason, struct bridged_io *io);

/* robotell_config.c: what the adapter stores */

/** robotell_config_parse() - take over the options. Return: NULL, or what is wrong with one */
const char *robotell_config_parse(struct robotell *st);

/** robotell_config_probe() - begin to ask who the adapter is */
void robotell_config_probe(struct robotell *st, struct bridged_io *io);

/** robotell_config_open() - begin to make the adapter what is wanted */
void robotell_config_open(struct robotell *st, struct bridged_io *io);

/** robotell_config_set() - begin to change a setting; see set() in driver.h */
void robotell_config_set(struct robotell *st, enum robotell_live_key key,
			 const struct robotell_live *values, struct bridged_io *io);

/** robotell_config_forget() - forget what is not done yet */
void robotell_config_forget(struct robotell *st);

/** robotell_config_answer() - a packet about the adapter has come */
void robotell_config_answer(struct robotell *st, const struct robotell_packet *packet,
			    struct bridged_io *io);

/** robotell_config_tick() - answers that are missing. Return: when to look again */
struct anycan_mono robotell_config_tick(struct robotell *st, struct bridged_io *io);

#endif
