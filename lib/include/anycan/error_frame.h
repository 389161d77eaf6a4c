/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Error frames in words: can-utils' for what stands in them, and what that means for whoever runs
 * the bus. Source: linux/can/error.h.
 */
#ifndef ANYCAN_ERROR_FRAME_H
#define ANYCAN_ERROR_FRAME_H

#include <anycan/export.h>
#include <anycan/frame.h>
#include <linux/can/netlink.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for the words of any error frame with their NUL. */
#define ANYCAN_ERROR_FRAME_SIZE 768

/** What an error frame is about; where it tells of several things, the one that counts most. */
enum anycan_trouble {
	ANYCAN_TROUBLE_NONE,		 /**< no error frame, or an empty one */
	ANYCAN_TROUBLE_RECOVERED,	 /**< error-active again */
	ANYCAN_TROUBLE_RESTARTED,	 /**< on the bus again after bus-off */
	ANYCAN_TROUBLE_LOST_ARBITRATION, /**< another node was first; sent again */
	ANYCAN_TROUBLE_BUS_ERROR,	 /**< something was wrong on the bus */
	ANYCAN_TROUBLE_PROTOCOL,	 /**< what was wrong: form, stuffing, a bit, the CRC ... */
	ANYCAN_TROUBLE_WARNING,		 /**< an error counter has reached 96 */
	ANYCAN_TROUBLE_PASSIVE,		 /**< an error counter has passed 127 */
	ANYCAN_TROUBLE_TRANSCEIVER,	 /**< a wire is broken or shorted */
	ANYCAN_TROUBLE_OVERFLOW,	 /**< frames were lost: a queue was full */
	ANYCAN_TROUBLE_TX_TIMEOUT,	 /**< a frame was not sent in time */
	ANYCAN_TROUBLE_NO_ACK,		 /**< nobody has acknowledged a frame */
	ANYCAN_TROUBLE_BUS_OFF,		 /**< the controller has left the bus */
};

/** struct anycan_error_report - what an error frame says */
struct anycan_error_report {
	enum anycan_trouble trouble;
	bool has_state; /**< it tells of a new state */
	enum can_state state;
	bool has_counters; /**< it tells the error counters */
	uint8_t txerr, rxerr;
	const char *advice; /**< a static sentence: the likely cause and what to do; never NULL */
};

/**
 * anycan_error_frame_print() - the words of an error frame
 * @frame: an error frame
 * @separator: what to put between the classes: candump takes "\n\t", otherwise ","
 * @buf: room for @size bytes with the NUL; ANYCAN_ERROR_FRAME_SIZE is always enough if the
 *	separator has up to two characters
 *
 * `controller-problem{rx-overflow},bus-error,error-counter-tx-rx{{0}{96}}`. As candump does, and
 * for transceiver-status also what is wrong with which wire.
 *
 * Return: length of the whole text, as snprintf(); 0 if it is no error frame.
 */
ANYCAN_API int anycan_error_frame_print(const struct anycan_frame *frame, const char *separator,
					char *buf, size_t size);

/**
 * anycan_error_frame_report() - what an error frame means
 * @frame: any frame
 * @report: filled
 */
ANYCAN_API void anycan_error_frame_report(const struct anycan_frame *frame,
					  struct anycan_error_report *report);

/** anycan_trouble_name() - `no acknowledgement`, `bus-off` ... */
ANYCAN_API const char *anycan_trouble_name(enum anycan_trouble trouble);

#ifdef __cplusplus
}
#endif

#endif
