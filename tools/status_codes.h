/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * How anycan's verbs end. candump and the like die of a signal (128 + its number in a shell) where
 * a script would want to know; a log that is complete ends with STATUS_OK.
 */
#ifndef TOOLS_STATUS_CODES_H
#define TOOLS_STATUS_CODES_H

enum status_code {
	STATUS_OK = 0,
	STATUS_FAILED = 1,
	STATUS_USAGE = 2,	  /**< wrong arguments */
	STATUS_GONE = 3,	  /**< the netdev or adapter went away */
	STATUS_TIMEOUT = 4,	  /**< no frame came in time */
	STATUS_NO_ACK = 5,	  /**< sent, and nobody has acknowledged it */
	STATUS_BUS_OFF = 6,	  /**< the controller has left the bus */
	STATUS_QUEUE_FULL = 7,	  /**< no room for a frame in time */
	STATUS_DOWN = 8,	  /**< the netdev is down */
	STATUS_NO_ARGUMENTS = 22, /**< as python-can's scripts: called with nothing at all */
	STATUS_PERMISSION = 77,	  /**< not allowed to */
};

/** status_of() - the status for a negative errno */
int status_of(int err);

#endif
