/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What went through a log, and what could not be kept. Included by canlog.h.
 */
#ifndef CANLOG_REPORT_H
#define CANLOG_REPORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma GCC visibility push(default)

/** What was left out or changed on the way; see canlog_note_text() for the words. */
enum canlog_note {
	CANLOG_SKIPPED_EVENT,	  /**< statistics, status, triggers, markers: no frames */
	CANLOG_SKIPPED_OTHER_BUS, /**< frames of LIN, FlexRay, Ethernet, ... */
	CANLOG_SKIPPED_XL,	  /**< CAN XL frames */
	CANLOG_SKIPPED_UNKNOWN,	  /**< lines or objects of a kind that is not known */
	CANLOG_SKIPPED_MALFORMED, /**< lines or objects that break the format's rules */
	CANLOG_SKIPPED_DAMAGE,	  /**< bytes of a damaged part (counted in parts) */
	CANLOG_TRUNCATED,	  /**< the file ends in the middle of something */
	CANLOG_CHANGED_DLC,	  /**< a DLC that the frame's kind cannot have */
	CANLOG_NO_DATE,		  /**< absolute time asked for, but the file tells no date */
	CANLOG_LOST_FD,		  /**< the FD flag of a frame */
	CANLOG_LOST_FD_FLAGS,	  /**< BRS or ESI */
	CANLOG_LOST_CHANNEL,	  /**< the channel */
	CANLOG_LOST_NAME,	  /**< the channel's name; its number is kept */
	CANLOG_LOST_DIRECTION,	  /**< that a frame was sent, not received */
	CANLOG_LOST_RAW_DLC,	  /**< a raw DLC of 9..15 of a classic frame */
	CANLOG_LOST_RTR_DLC,	  /**< the length a remote frame asks for */
	CANLOG_LOST_ERROR_CLASS,  /**< class and data of an error frame */
	CANLOG_LOST_TIME_DIGITS,  /**< time finer than the format's resolution */
	CANLOG_RAISED_TIME,	  /**< a time before the previous frame's was raised to it */
	CANLOG_DROPPED_FD,	  /**< FD frames not written at all */
	CANLOG_DROPPED_REMOTE,	  /**< remote frames not written at all */
	CANLOG_DROPPED_ERROR,	  /**< error frames not written at all */
	CANLOG_DROPPED_INVALID,	  /**< frames that cannot exist, not written */
	CANLOG_NOTES
};

/** struct canlog_count - how often, and where first: line, byte offset or frame number */
struct canlog_count {
	uint64_t count;
	uint64_t first;
};

/**
 * struct canlog_report - what went through a log so far
 *
 * @channels has one bit for each channel number below 256. @where is the word for the numbers in
 * @notes[].first: "line", "offset" or "frame".
 */
struct canlog_report {
	uint64_t frames, data, fd, remote, error;
	int64_t first_ns, last_ns;
	uint64_t channels[4];
	const char *where;
	struct canlog_count notes[CANLOG_NOTES];
};

/** canlog_note_text() - the words for a note, as in "3 <words>" */
const char *canlog_note_text(enum canlog_note note);

#pragma GCC visibility pop

#ifdef __cplusplus
}
#endif

#endif
