/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * gs_usb inside: what the driver's files share. See gs_usb.c.
 */
#ifndef BRIDGED_GS_USB_H
#define BRIDGED_GS_USB_H

#include "gs_usb_codec.h"
#include "usb.h"

#include <anycan/string.h>

#define GS_USB_CHANNELS BRIDGED_CHANNELS_MAX

/** Frames of a channel in the device at a time: as many as the kernel's driver has there. */
#define GS_USB_WINDOW 10
#define GS_USB_WINDOW_MAX 64

/* What a tag consists of; a frame has its echo id where a request has its step. */
#define GS_USB_TAG_FRAME 0x80U
static inline uint32_t gs_usb_tag(unsigned int round, unsigned int echo_id, unsigned int step,
				  unsigned int channel)
{
	return round << 24 | echo_id << 16 | step << 8 | channel;
}

/** Where a channel is in a sequence of requests; each waits for the answer to the one before. */
enum gs_usb_step {
	GS_USB_IDLE,
	/* Finding out what the adapter is. */
	GS_USB_ASK_DEVICE, /**< waiting for what the descriptors say */
	GS_USB_ASK_FORMAT,
	GS_USB_ASK_CONFIG,
	GS_USB_ASK_RESET, /**< from here on once for each channel */
	GS_USB_ASK_LIMITS,
	GS_USB_ASK_LIMITS_EXT,
	/* Opening a channel. */
	GS_USB_SET_TIMING,
	GS_USB_SET_DATA_TIMING,
	GS_USB_SET_OHMS,
	GS_USB_SET_IDENTIFY,
	GS_USB_SYNC, /**< reading the device's time, several times */
	GS_USB_SET_MODE,
	/* While it is open. */
	GS_USB_POLL_STATE,
	/* At any time, beside the others. */
	GS_USB_SWITCH_OHMS,
};

struct gs_usb_options {
	uint32_t tx_window;
	uint32_t poll_ms;
	bool identify;
};

enum gs_usb_echo_state {
	GS_USB_ECHO_FREE,
	GS_USB_ECHO_SENT,
	GS_USB_ECHO_FAILED, /**< which has to be told */
};

struct gs_usb_echo {
	uint32_t number; /**< the engine's */
	enum gs_usb_echo_state state;
	struct anycan_mono deadline; /**< without an echo until then it has failed */
};

/** Error frames of the driver's own. */
#define GS_USB_DUE_OVERFLOW 0x01
#define GS_USB_DUE_RESTARTED 0x02

struct gs_usb_channel {
	struct gs_usb_limits limits;
	struct bridged_settings settings;
	struct can_bittiming nominal, data; /**< as they are sent */
	enum gs_usb_step step;
	bool open;
	bool stamps;	    /**< started with time stamps */
	unsigned int syncs; /**< readings of the device's time */
	bool restarting;    /**< the opening under way ends a bus-off */
	uint8_t due;	    /**< error frames that wait for room, GS_USB_DUE_* */
	uint8_t round;	    /**< of openings: answers to an earlier one's requests are void */
	enum can_state state;
	struct can_berr_counter berr;
	struct anycan_mono poll_at;	  /**< the next GET_STATE */
	struct anycan_mono restart_at;	  /**< of a bus-off, if it ends by itself */
	unsigned int in_flight;		  /**< echo ids that are not free */
	bool failed;			  /**< some of them have failed */
	struct anycan_mono echo_deadline; /**< the first of theirs, or earlier */
	struct gs_usb_echo echo[GS_USB_WINDOW_MAX];
};

struct gs_usb {
	struct gs_usb_options options;
	struct bridged_usb_device device;
	enum gs_usb_step step; /**< of the probe */
	unsigned int probing;  /**< which channel it is about */
	bool ready;
	uint8_t in, out; /**< endpoints */
	uint16_t in_size;
	uint32_t sw_version, hw_version;
	bool quirk_request; /**< CANtact Pro: another number of the data bit timing request */
	struct anycan_clock clock;
	unsigned int channels;
	struct gs_usb_channel channel[GS_USB_CHANNELS];
	char text[256]; /**< the last reason */
};

/* gs_usb_probe.c: what the adapter is */

/** gs_usb_probe_start() - begin when the device has told its descriptors */
void gs_usb_probe_start(struct gs_usb *st, const struct bridged_usb_device *device,
			struct bridged_io *io);

/** gs_usb_probe_answer() - the answer to the request under way */
void gs_usb_probe_answer(struct gs_usb *st, const struct bridged_usb_record *answer,
			 const uint8_t *data, struct bridged_io *io);

/** gs_usb_describe() - the driver's hook */
void gs_usb_describe(const void *state, struct bridged_description *desc);

/* gs_usb_open.c: opening and closing channels */

/** gs_usb_settings_check() - NULL, or why @settings are nothing for any such adapter */
const char *gs_usb_settings_check(const struct bridged_settings *settings);

/**
 * gs_usb_plan() - compare @settings with the device and work out the bit timing
 *
 * Return: NULL, or why the device cannot do it.
 */
const char *gs_usb_plan(struct gs_usb *st, unsigned int channel,
			const struct bridged_settings *settings);

/** gs_usb_open() - begin to open @channel. Return: NULL, or why it cannot be */
const char *gs_usb_open(struct gs_usb *st, unsigned int channel,
			const struct bridged_settings *settings, struct bridged_io *io);

/** gs_usb_open_answer() - the answer to the request under way */
void gs_usb_open_answer(struct gs_usb *st, unsigned int channel,
			const struct bridged_usb_record *answer, const uint8_t *data,
			struct bridged_io *io);

/** gs_usb_terminate() - the driver's hook */
void gs_usb_terminate(void *state, unsigned int channel, uint16_t ohms, struct bridged_io *io);

/** gs_usb_terminated() - the answer to what gs_usb_terminate() has asked */
void gs_usb_terminated(unsigned int channel, const struct bridged_usb_record *answer,
		       struct bridged_io *io);

/** gs_usb_close() - leave the bus. Frames under way fail. */
void gs_usb_close(struct gs_usb *st, unsigned int channel, struct bridged_io *io);

/** gs_usb_poll() - ask for the state of the controller. Return: whether there was room */
bool gs_usb_poll(struct gs_usb *st, unsigned int channel, struct bridged_io *io);

/** gs_usb_restart() - open @channel again after a bus-off */
void gs_usb_restart(struct gs_usb *st, unsigned int channel, struct bridged_io *io);

/* gs_usb_tx.c: frames for the bus */

/** gs_usb_send() - bridged_driver.encode */
int gs_usb_send(void *state, const struct anycan_frame *frame, uint32_t echo,
		struct bridged_io *io);

/** gs_usb_take_echo() - a frame that was sent came back. Return: whether it was one of ours */
bool gs_usb_take_echo(struct gs_usb_channel *ch, const struct gs_usb_frame *got,
		      struct bridged_io *io);

/** gs_usb_take_failure() - a frame did not even reach the device */
void gs_usb_take_failure(struct gs_usb *st, const struct bridged_usb_record *answer,
			 struct bridged_io *io);

/** gs_usb_forget_frames() - frames under way fail; answers to earlier requests are void */
void gs_usb_forget_frames(struct gs_usb_channel *ch);

/** gs_usb_limit_frames() - frames under way are confirmed within a second, or not at all */
void gs_usb_limit_frames(struct gs_usb_channel *ch, const struct bridged_io *io);

/** gs_usb_expire_frames() - frames whose time is up fail */
void gs_usb_expire_frames(struct gs_usb_channel *ch, const struct bridged_io *io);

/** gs_usb_tell_failed() - TX_FAILED for those that failed, with room. Return: all are told */
bool gs_usb_tell_failed(struct gs_usb_channel *ch, unsigned int channel, struct bridged_io *io);

/* gs_usb.c */

/** gs_usb_ask() - a control request about @channel, its answer to be about @step */
uint8_t *gs_usb_ask(struct gs_usb *st, enum gs_usb_request request, unsigned int channel,
		    enum gs_usb_step step, struct bridged_io *io);

/** gs_usb_say() - an event with a reason */
void gs_usb_say(struct bridged_io *io, enum bridged_event_type type, unsigned int channel,
		const char *reason);

/** gs_usb_complain() - "KEY VALUE: MODEL REST", kept in @st */
const char *gs_usb_complain(struct gs_usb *st, const char *key, uint32_t value, const char *rest);

/** gs_usb_tell_state() - the state of a channel changed, or its counters */
void gs_usb_tell_state(struct gs_usb_channel *ch, unsigned int channel, enum can_state state,
		       const struct can_berr_counter *berr, struct bridged_io *io);

#endif
