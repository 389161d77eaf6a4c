/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The state of the slcan driver and what its parts call of each other. One adapter is identified
 * once; each of its channels (most have one) is opened by a script of commands and then carries
 * frames.
 */
#ifndef SLCAN_H
#define SLCAN_H

#include "pace.h"
#include "slcan_codec.h"
#include "slcan_filter.h"
#include "slcan_timing.h"

/** Longest line that an adapter sends, with its end: the version text of CANable 2.5. */
#define SLCAN_LINE_MAX 256

/** Milliseconds at which time stamps begin again at 0. */
#define SLCAN_STAMP_WRAP 60000

#define SLCAN_CHANNELS 3

/** Most frames sent and not yet answered; a power of two. */
#define SLCAN_WINDOW_MAX 64

/** Events and output that one line of input, or one call of tick(), can need. */
#define SLCAN_EVENT_ROOM 8
#define SLCAN_OUT_ROOM 512

/** How long to wait for an answer: to a question that may be ignored, and to a command. */
#define SLCAN_ASK_NS (250 * ANYCAN_NS_PER_MS)
#define SLCAN_ANSWER_NS ANYCAN_NS_PER_S

/*
 * How long a frame may be under way. Nothing is lost by waiting, but a frame that is given up
 * although it was only late counts as not sent.
 */
#define SLCAN_CONFIRM_NS (3 * ANYCAN_NS_PER_S)

enum slcan_stamps {
	SLCAN_STAMPS_AUTO, /**< take them if they come */
	SLCAN_STAMPS_ON,
	SLCAN_STAMPS_OFF,
};

/** The driver's own options, as the engine fills them. */
struct slcan_options {
	uint32_t dialect; /**< index into slcan_dialect_words */
	const char *btr;
	uint32_t s7; /**< 0 by dialect, 1 800000, 2 750000 */
	uint32_t timestamp;
	uint32_t poll_status_ms;
	uint32_t tx_window; /**< 0 by dialect */
	const char *filter;
	const char *poll_interval; /**< python-can's; nothing here polls */
};

enum slcan_slot_state {
	SLCAN_SLOT_SENT,     /**< waits for the answer to the command */
	SLCAN_SLOT_TAKEN,    /**< the adapter has it; waits until it was on the bus */
	SLCAN_SLOT_REJECTED, /**< the adapter's queue was full: to be sent again */
	SLCAN_SLOT_DONE,
	SLCAN_SLOT_FAILED,
};

/** A frame handed to the adapter. */
struct slcan_slot {
	uint32_t echo;
	uint8_t state; /**< enum slcan_slot_state */
	uint8_t len;
	char line[SLCAN_FRAME_ROOM]; /**< as it was sent, CR included; only where it may be again */
};

/** Frames between the engine and the bus; see slcan_tx.c. */
struct slcan_tx {
	struct slcan_slot slots[SLCAN_WINDOW_MAX];
	unsigned int head, tail; /**< oldest frame; next free one; modulo SLCAN_WINDOW_MAX */
	unsigned int unanswered; /**< slots in state SENT */
	unsigned int rejected;	 /**< slots in state REJECTED */
	unsigned int window, window_max;
	unsigned int run; /**< answers in a row that a waiting sender was glad of */
	bool limited;	  /**< the sender waits because of the window */
	bool blocked;	  /**< the sender waits for whatever reason */
	bool paced;	  /**< the sender waits because of the bus */
	bool retrying;	  /**< a frame was refused and none taken since */
	bool careful;	  /**< the adapter's queue was full once: one frame at a time */
	bool resync;	  /**< answers are not trusted until the version was told again */
	struct anycan_mono progress; /**< when something was answered, or waiting began */
	struct anycan_mono retry;    /**< when rejected frames are tried again */
	struct anycan_mono refused_since;
	struct anycan_mono resync_end;
	struct pace pace;
};

enum slcan_phase {
	SLCAN_CLOSED,
	SLCAN_OPENING, /**< the script runs */
	SLCAN_OPEN,
	SLCAN_BUS_OFF,	  /**< off the bus until restart */
	SLCAN_RESTARTING, /**< the script runs again */
};

/** One channel of the adapter. */
struct slcan_channel {
	enum slcan_phase phase;
	unsigned int number;
	char script[SLCAN_OUT_ROOM]; /**< see slcan_script_build() */
	size_t script_at;
	char step;		     /**< flag of the command that waits for its answer; 0 = none */
	struct anycan_mono deadline; /**< of the step; in BUS_OFF: of the restart */
	unsigned int asked;	     /**< versions that were asked for and not told yet */
	enum can_state state;
	bool bus_errors;     /**< the last status told of some */
	bool report_restart; /**< to be told as soon as there is room for the frame */
	struct anycan_clock clock;
	bool poll_pending;
	unsigned int poll_missed;
	unsigned int poll_behind; /**< frames to be answered before the poll is */
	struct anycan_mono poll;  /**< next status poll */
	struct slcan_tx tx;
};

enum slcan_stage {
	SLCAN_DETACHED,
	SLCAN_ASK_FIRST,  /**< the version was asked for */
	SLCAN_ASK_AGAIN,  /**< once more */
	SLCAN_ASK_NUMBER, /**< the serial number was asked for */
	SLCAN_DECIDED,	  /**< all is known; to be told */
	SLCAN_IDENTIFIED,
	SLCAN_UNUSABLE,
};

/** The driver's state. */
struct slcan {
	/* Set once. */
	struct bridged_settings settings;
	struct slcan_options options;
	struct slcan_filters filters;
	uint32_t s7_bps; /**< what S7 means, by option; 0 = as the dialect has it */

	/* Found out about the adapter. */
	enum slcan_stage stage;
	struct anycan_mono deadline;
	const struct slcan_dialect *dialect;
	enum slcan_answers answers;
	struct slcan_timing timing;
	uint32_t bitrate, dbitrate; /**< 0 = not known */
	bool answered;		    /**< CR or BEL was seen since it was attached */
	bool versioned;		    /**< the version was told */
	bool rtr_stamps;
	unsigned int channels;
	char model[64];
	char firmware[96];
	char hw_version[16];
	char sw_version[16];
	char serial[32];
	uint32_t rates[17], drates[17];

	bool skipping; /**< inside a line that was too long */
	bool noted_wait, noted_error;
	char text[512]; /**< of the events of this call */
	size_t text_used;
	struct slcan_channel channel[SLCAN_CHANNELS];
};

/* slcan.c */

/** slcan_text() - begin a sentence that stays valid until the next hook */
struct anycan_string slcan_text(struct slcan *st);

/** slcan_text_end() - keep what slcan_text() began. Return: the sentence */
const char *slcan_text_end(struct slcan *st, const struct anycan_string *text);

/** slcan_say() - an event with a reason */
void slcan_say(struct bridged_io *io, enum bridged_event_type type, unsigned int channel,
	       const char *reason);

/** slcan_put() - send text to the adapter, on a channel */
bool slcan_put(struct bridged_io *io, unsigned int channel, const char *text, size_t len);

/* slcan_probe.c: who is there */

void slcan_probe_start(struct slcan *st, struct bridged_io *io);
/** slcan_probe_line() - a line of text came. Return: whether it tells who the adapter is */
bool slcan_probe_line(struct slcan *st, const char *line, size_t len, struct bridged_io *io);
/** slcan_probe_answer() - a yes or no came, to whatever */
void slcan_probe_answer(struct slcan *st, struct bridged_io *io);
struct anycan_mono slcan_probe_tick(struct slcan *st, struct bridged_io *io);

/* slcan_settings.c: what the user wants and the adapter can */

/** slcan_settings_check() - whether any adapter can do it. Return: NULL or why not */
const char *slcan_settings_check(struct slcan *st);
/**
 * slcan_script_build() - the commands that open a channel, and both bit rates
 *
 * Each command stands between a flag and CR: `!` must be answered with yes, `?` may be refused
 * or ignored, `-` is not answered, `=` waits for the version and ignores what comes before,
 * `~` ignores every answer for a while.
 *
 * Return: NULL or why the adapter cannot do what is set.
 */
const char *slcan_script_build(struct slcan *st, struct slcan_channel *ch);
/** slcan_script_refusal() - why a command of the script may have been refused */
const char *slcan_script_refusal(struct slcan *st, const char *command, size_t len, char code);

/* slcan_script.c: opening a channel */

void slcan_script_start(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io);
/** slcan_script_answer() - the command was answered; @code: of the refusal, or 0 */
void slcan_script_answer(struct slcan *st, struct slcan_channel *ch, bool yes, char code,
			 struct bridged_io *io);
/** slcan_ask_version() - what is told of it comes behind all answers to what was sent before */
void slcan_ask_version(struct slcan_channel *ch, struct bridged_io *io);
/** slcan_script_version() - the version that was asked for last was told */
void slcan_script_version(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io);
struct anycan_mono slcan_script_tick(struct slcan *st, struct slcan_channel *ch,
				     struct bridged_io *io);

/* slcan_rx.c: input */

size_t slcan_decode(void *state, const uint8_t *in, size_t len, struct bridged_io *io);

/* slcan_report.c: state, errors */

/** The next functions handle a line. Return: whether it is well-formed */
bool slcan_report_state(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
			struct bridged_io *io);
bool slcan_report_error(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
			struct bridged_io *io);
bool slcan_report_status(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
			 struct bridged_io *io);
bool slcan_report_canable25(struct slcan *st, struct slcan_channel *ch, const char *line,
			    size_t len, struct bridged_io *io);
/** slcan_report_tx_error() - the adapter said that a frame met an error on the bus */
void slcan_report_tx_error(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io);
/**
 * slcan_report_stuck() - the adapter's queue has been full for seconds
 *
 * Return: whether that is bus-off, now reported and handled.
 */
bool slcan_report_stuck(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io);
/** slcan_report_restarted() - the channel is on the bus again. Return: false = no room yet */
bool slcan_report_restarted(struct slcan_channel *ch, struct bridged_io *io);

/* slcan_tx.c: frames to the adapter */

void slcan_tx_open(struct slcan *st, struct slcan_channel *ch, struct anycan_mono now);
int slcan_encode(void *state, const struct anycan_frame *frame, uint32_t echo,
		 struct bridged_io *io);
/** slcan_tx_flush() - tell what became of frames, oldest first, as far as there is room */
void slcan_tx_flush(struct slcan_channel *ch, struct bridged_io *io);
/** slcan_tx_answer() - the oldest unanswered frame was taken or refused; @code as above */
void slcan_tx_answer(struct slcan *st, struct slcan_channel *ch, bool yes, char code,
		     struct bridged_io *io);
/** slcan_tx_marker() - a frame was on the bus. Return: whether there is such a frame */
bool slcan_tx_marker(struct slcan *st, struct slcan_channel *ch, uint32_t marker,
		     struct bridged_io *io);
/** slcan_tx_version() - the version was told: answers count again */
void slcan_tx_version(struct slcan_channel *ch);
/** slcan_tx_fail() - all frames under way fail */
void slcan_tx_fail(struct slcan_channel *ch, struct bridged_io *io);
struct anycan_mono slcan_tx_tick(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io);

#endif
