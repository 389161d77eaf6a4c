/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the engine works with, in memory: a driver of a few lines, a line with an adapter at its
 * other end, a netdev with applications on it.
 *
 * The fake driver's units have 6 bytes: type, channel, number (big endian).
 */
#ifndef TESTS_UNIT_FAKES_H
#define TESTS_UNIT_FAKES_H

#include <adapter.h>

#define UNIT_SIZE 6
/** Channels of the fake adapter. */
#define FAKE_CHANNELS 2
/** Bit rate of channel 0; that of each further one is higher by 1. */
#define FAKE_BITRATE 500000

enum unit_type {
	/* From the adapter. */
	UNIT_READY = 'R',
	UNIT_REFUSED = 'X',
	UNIT_OPENED = 'O',
	UNIT_DONE = 'D',   /**< the oldest frame under way was sent */
	UNIT_FAILED = 'E', /**< the oldest frame under way was not sent */
	UNIT_STATE = 'S',
	UNIT_NOTE = 'N',
	UNIT_OVERRUN = 'V',
	UNIT_SET_DONE = 'd',
	UNIT_SET_REFUSED = 'r',
	UNIT_GARBAGE = '?',
	/* Either way. */
	UNIT_FRAME = 'F', /**< number: the frame's identifier, counted from 0 */
	/* To the adapter. */
	UNIT_ATTACH = 'A',
	UNIT_START = '+',
	UNIT_STOP = '-',
	UNIT_SET = '=', /**< number: the value of "level", or the length of "label" */
};

/** Frames that the fake driver has under way at most. */
#define FAKE_WINDOW 100

/** struct fake_driver_state - what a test may tell the driver to do */
struct fake_driver_state {
	bool confirms;	     /**< frames stay under way until UNIT_DONE or UNIT_FAILED */
	bool busy;	     /**< encode() says -EAGAIN */
	bool opens_at_once;  /**< OPENED comes from start(), with a note before it */
	bool ready_by_tick;  /**< READY comes from the next tick() */
	bool sets_at_once;   /**< SET_DONE comes from set() */
	unsigned int window; /**< frames under way at most, up to FAKE_WINDOW */
	uint32_t bitrate;    /**< that the next start() is to bring; 0: FAKE_BITRATE and so on */
	struct anycan_mono tick_again;
	unsigned int attached, ticks;
	struct {
		uint32_t oldest; /**< echo number of the oldest frame under way */
		unsigned int n;	 /**< how many there are */
	} under_way[BRIDGED_CHANNELS_MAX];
};

/** fake_driver - "level" 1..9 and the text "label" live in the adapter */
extern const struct bridged_driver fake_driver;

/** struct fake_transport - the line, and the adapter at its other end */
struct fake_transport {
	struct bridged_transport base;
	int fd;		/**< something for epoll */
	int open_error; /**< what open() returns; 0, BRIDGED_OPEN_* or negative */
	int opened_error;
	int error;	  /**< what read() and write() return once all was read; 0 = none */
	size_t write_max; /**< bytes that one write takes at most; 0: none */
	bool held;	  /**< the peer wants nothing, though a write would take it */
	bool is_open;
	unsigned int opens;

	uint8_t to_host[1 << 16];
	size_t said, read; /**< bytes in there, and of those: taken by the engine */
	uint32_t frames_said[BRIDGED_CHANNELS_MAX]; /**< of all times */
	uint32_t frames_read[BRIDGED_CHANNELS_MAX];

	uint8_t unit[UNIT_SIZE]; /**< from the host, not yet complete */
	size_t unit_len;
	unsigned int units[256];     /**< whole units from the host, by type */
	uint8_t last_set[UNIT_SIZE]; /**< the last UNIT_SET of these */
	uint32_t frames_got[BRIDGED_CHANNELS_MAX];
	uint32_t frames_ended[BRIDGED_CHANNELS_MAX]; /**< of those: confirmed, or lost with it */
	int64_t last_got[BRIDGED_CHANNELS_MAX];	     /**< number of the last one */
	bool disorder; /**< a number was not higher than the one before */
};

/** struct fake_port - a netdev, and the applications on it */
struct fake_port {
	struct bridged_port base;
	int fd; /**< something for epoll */
	bool up;
	bool deleted;
	bool fd_frames;	       /**< a change has set the MTU so */
	uint32_t txqueuelen;   /**< that a change has set */
	uint32_t waiting;      /**< frames that applications have sent */
	uint32_t next;	       /**< number of the next one */
	uint32_t taken;	       /**< by the daemon */
	uint32_t remote_every; /**< each n-th is a remote frame, which the driver refuses */
	struct bridged_port_drops dropped;
	uint64_t backlog_rx, backlog_tx;

	uint32_t got, errors; /**< data frames and error frames that applications got */
	int64_t last_got;
	bool disorder;
	struct anycan_frame last_error;
	char trace[128]; /**< what happened: `e`rror frame, carrier `+` `-`, `H`old, `h` release */
};

extern const struct bridged_transport_class fake_transport_class;
extern const struct bridged_port_class fake_port_class;

/** fake_unit() - write a unit of UNIT_SIZE bytes */
void fake_unit(uint8_t *unit, enum unit_type type, unsigned int channel, uint32_t number);

#endif
