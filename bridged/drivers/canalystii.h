/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * CANalyst-II inside: what the driver's files share. See canalystii.c.
 */
#ifndef BRIDGED_CANALYSTII_H
#define BRIDGED_CANALYSTII_H

#include "canalystii_codec.h"
#include "usb.h"

#include <linux/can/netlink.h>

#define CANALYSTII_CHANNELS 2

/** Buffers that one read takes, and the messages in them. */
#define CANALYSTII_READ_MAX 32
#define CANALYSTII_BATCH (CANALYSTII_READ_MAX * CANALYSTII_MESSAGES)

#define CANALYSTII_WINDOW_MAX 255

struct canalystii_options {
	const char *btr;
	uint32_t poll_ms;
	uint32_t tx_window;
};

enum canalystii_phase {
	CANALYSTII_CLOSED,
	CANALYSTII_OPENING, /**< INIT and START are on their way */
	CANALYSTII_OPEN,
};

/** What a channel waits for; the same number is in the tag of the request. */
enum canalystii_wait {
	CANALYSTII_NOTHING,
	CANALYSTII_STARTED, /**< START to be written */
	CANALYSTII_STATUS,  /**< how much there is to read */
	CANALYSTII_MESSAGES_COME,
	CANALYSTII_WRITTEN, /**< frames to be written: any number of requests at a time */
};

struct canalystii_stamped {
	struct anycan_frame frame;
	uint32_t stamp;
};

struct canalystii_channel {
	enum canalystii_phase phase;
	enum canalystii_wait wait;
	uint8_t round; /**< of openings: answers to an earlier one's requests are void */
	bool one_shot;

	/* Received, not yet passed on. */
	struct canalystii_stamped batch[CANALYSTII_BATCH];
	unsigned int first, count;

	/* Sent. In echo[] stand, in this order, frames that failed and have to be told, frames in
	 * the device of which the first are done and have to be told, and frames on their way. */
	uint32_t echo[CANALYSTII_WINDOW_MAX];
	unsigned int failed, done, written, on_way;
	unsigned int asked;	 /**< .written when the status was asked for */
	const uint8_t *open_end; /**< where the last buffer of frames ends, if it may be added to */
};

struct canalystii {
	struct canalystii_options options;
	struct bridged_usb_device device;
	bool ready;
	uint16_t btr[CANALYSTII_CHANNELS];
	struct anycan_mono poll_at;
	int64_t pause_ns;      /**< between two polls that find nothing */
	unsigned int failures; /**< polls without an answer, in succession */
	struct anycan_clock clock;
	struct canalystii_channel channel[CANALYSTII_CHANNELS];
	char text[256];
};

/* canalystii_timing.c */

/**
 * canalystii_timing() - the registers for a bit timing
 * @btr: BTR0 in the high byte, BTR1 in the low one
 *
 * Return: 0, -ERANGE if the controller cannot do it, -EINVAL if nothing is given.
 */
int canalystii_timing(const struct bridged_settings *settings, uint16_t *btr);

/** canalystii_limits - of its controllers */
extern const struct bridged_limits canalystii_limits;

/** canalystii_parse_btr() - 4 hex digits. Return: whether it is that */
bool canalystii_parse_btr(const char *text, uint16_t *btr);

/* canalystii_poll.c: received frames and confirmations */

/** canalystii_poll() - ask the open channels that wait for nothing what they have */
void canalystii_poll(struct canalystii *st, struct bridged_io *io);

/** canalystii_pass_on() - frames to applications in the order of their stamps. Return: all? */
bool canalystii_pass_on(struct canalystii *st, struct bridged_io *io);

/** canalystii_take_status() - the answer to a poll of @channel */
void canalystii_take_status(struct canalystii *st, unsigned int channel,
			    const struct bridged_usb_record *answer, const uint8_t *data,
			    struct bridged_io *io);

/** canalystii_take_messages() - the messages that the status announced */
void canalystii_take_messages(struct canalystii *st, unsigned int channel,
			      const struct bridged_usb_record *answer, const uint8_t *data,
			      struct bridged_io *io);

/* canalystii_tx.c: frames for the bus */

/** canalystii_send() - bridged_driver.encode */
int canalystii_send(void *state, const struct anycan_frame *frame, uint32_t echo,
		    struct bridged_io *io);

/** canalystii_take_written() - @n frames were written to the device, or not */
void canalystii_take_written(struct canalystii_channel *ch, unsigned int n, bool well);

/** canalystii_fail_all() - frames under way fail */
void canalystii_fail_all(struct canalystii_channel *ch);

/** canalystii_tell() - what became of frames, as far as there is room. Return: all? */
bool canalystii_tell(struct canalystii_channel *ch, unsigned int channel, struct bridged_io *io);

/** canalystii_tag() - of a request about @channel */
uint32_t canalystii_tag(const struct canalystii_channel *ch, unsigned int channel,
			enum canalystii_wait wait, unsigned int count);

/** canalystii_endpoint() - the endpoint of @channel for commands or messages, towards the device */
static inline uint8_t canalystii_endpoint(unsigned int channel, bool command)
{
	return (uint8_t)(2 * channel + (command ? 2 : 1));
}

#endif
