/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What verbs that send need to know of a bus: whether it can send at all, why not, and whether a
 * frame has been acknowledged.
 */
#ifndef TOOLS_SENDING_H
#define TOOLS_SENDING_H

#include <anycan/bus.h>

/**
 * sending_check_errors() - whether error frames may be sent
 * @name: of the bus, for the error
 *
 * Only where no controller is behind the bus, which would send a data frame instead.
 *
 * Return: 0 or -EOPNOTSUPP.
 */
int sending_check_errors(struct anycan_bus *bus, const char *name, struct anycan_error *error);

/**
 * sending_check_state() - whether the bus takes part
 *
 * Return: STATUS_OK; STATUS_DOWN, STATUS_BUS_OFF or STATUS_GONE with words in @error.
 */
int sending_check_state(struct anycan_bus *bus, const char *name, struct anycan_error *error);

/**
 * sending_status() - the exit status for a frame that was not sent
 * @error: as anycan_bus_send() has set it; a full queue gets better words where there are some
 */
int sending_status(struct anycan_bus *bus, const char *name, struct anycan_error *error);

/** sending_rates() - bit rates of a bus, as its netdev or bridge tells them; 0: not known */
void sending_rates(struct anycan_bus *bus, uint32_t *bitrate, uint32_t *dbitrate);

/** sending_has_fd() - whether the netdev or adapter behind a bus takes CAN FD frames */
bool sending_has_fd(struct anycan_bus *bus);

/** struct sending_ack - how to see that a frame was acknowledged */
struct sending_ack {
	struct anycan_bus *bus;
	const char *name;
	bool by_counters;	  /**< of the bridge; otherwise by the frame's echo */
	uint64_t settled, failed; /**< counters before */
};

/** sending_ack_init() - find out how. Return: 0, or -EOPNOTSUPP where nobody tells */
int sending_ack_init(struct sending_ack *ack, struct anycan_bus *bus, const char *name,
		     struct anycan_error *error);

/** sending_ack_begin() - to be called before a frame is sent */
void sending_ack_begin(struct sending_ack *ack);

/**
 * sending_ack_wait() - wait until the frame that was just sent is acknowledged
 * @frame: the frame; the bus receives its own messages
 *
 * Return: STATUS_OK, STATUS_NO_ACK, STATUS_BUS_OFF, or another status with words in @error.
 */
int sending_ack_wait(struct sending_ack *ack, const struct anycan_frame *frame, int64_t timeout_ns,
		     struct anycan_error *error);

#endif
