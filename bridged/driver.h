/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What a driver is: a state machine between an adapter's bytes and CAN frames. It opens nothing,
 * never sleeps, reads no clock, allocates nothing and logs nothing, so that the same object runs
 * in the daemon, in a unit test, under a fuzzer and in a benchmark.
 *
 * The engine owns the driver's state and everything in struct bridged_io; a hook fills what it
 * is handed and returns. Hooks of one adapter are never called at the same time.
 */
#ifndef BRIDGED_DRIVER_H
#define BRIDGED_DRIVER_H

#include "option.h"

#include <anycan/clock.h>
#include <anycan/frame.h>

/** What carries a driver's bytes. */
enum bridged_transport_kind {
	BRIDGED_STREAM, /**< bytes in order without boundaries: tty, TCP */
	BRIDGED_USB,	/**< the records of usb.h */
};

/** Space that is free in bridged_io.out whenever a hook other than encode() is called. */
#define BRIDGED_OUT_ROOM 2048

/** Most channels of one adapter. */
#define BRIDGED_CHANNELS_MAX 8

enum bridged_event_type {
	BRIDGED_READY,	   /**< the adapter is identified; describe() is final until detached */
	BRIDGED_REFUSED,   /**< attach() or start() failed for good; .reason says why */
	BRIDGED_OPENED,	   /**< the channel takes part in the bus */
	BRIDGED_TX_DONE,   /**< the frame with .echo was confirmed by the adapter */
	BRIDGED_TX_FAILED, /**< the frame with .echo was not sent and will not be */
	BRIDGED_STATE,	   /**< the controller's state or error counters changed: .state */
	BRIDGED_NOTE,	   /**< something a user should read in the log: .reason */
	BRIDGED_SET_DONE,  /**< the adapter took what set() brought */
	/** it did not; .reason names the setting and says why, and what to do next */
	BRIDGED_SET_REFUSED,
};

struct bridged_event {
	enum bridged_event_type type;
	uint16_t channel;
	union {
		const char *reason; /**< valid until the next call of a hook */
		uint32_t echo;
		struct {
			enum can_state state;
			struct can_berr_counter berr; /**< both 0 if the adapter does not tell */
		};
	};
};

/**
 * struct bridged_io - everything that goes in and out of a hook besides the adapter's input
 *
 * The engine empties frames, events and out after every call and adds up the counters.
 */
struct bridged_io {
	struct anycan_mono now; /**< the time of this call; for input, when it arrived */
	int64_t wall_ns;	/**< the same moment in nanoseconds since the epoch */

	struct anycan_frame *frames; /**< received frames, error frames included */
	unsigned int n_frames, max_frames;

	struct bridged_event *events;
	unsigned int n_events, max_events;

	uint8_t *out; /**< bytes for the adapter */
	size_t out_len, out_max;

	uint64_t bad_units; /**< units of input that were garbage */
	uint64_t overruns;  /**< frames or times that the adapter says it lost something */
};

/** bridged_io_frame() - the next free received frame, NULL when the sink is full */
static inline struct anycan_frame *bridged_io_frame(struct bridged_io *io)
{
	return io->n_frames < io->max_frames ? &io->frames[io->n_frames] : NULL;
}

/** bridged_io_event() - append an event to fill in, NULL when there is no room */
static inline struct bridged_event *
bridged_io_event(struct bridged_io *io, enum bridged_event_type type, unsigned int channel)
{
	struct bridged_event *event;

	if (io->n_events == io->max_events)
		return NULL;
	event = &io->events[io->n_events++];
	event->type = type;
	event->channel = (uint16_t)channel;
	return event;
}

/** bridged_io_out() - where @len more bytes for the adapter go, NULL when they do not fit */
static inline uint8_t *bridged_io_out(struct bridged_io *io, size_t len)
{
	uint8_t *at = io->out + io->out_len;

	if (len > io->out_max - io->out_len)
		return NULL;
	io->out_len += len;
	return at;
}

/** How sure the adapter's word is that a frame was sent. */
enum bridged_confirm {
	BRIDGED_CONFIRM_NONE,	/**< it says nothing */
	BRIDGED_CONFIRM_QUEUED, /**< it took the frame over */
	BRIDGED_CONFIRM_SENT,	/**< the frame was acknowledged on the bus */
};

/**
 * struct bridged_description - what an adapter is and can, filled by describe()
 *
 * Texts are empty when the adapter does not tell. Before BRIDGED_READY it says what any adapter
 * of this driver might do.
 */
struct bridged_description {
	char model[64];	   /**< dialect or product, for people */
	char firmware[96]; /**< version text as the adapter gives it */
	char hw_version[16];
	char sw_version[16];
	char serial[32];
	unsigned int channels;
	uint32_t ctrlmodes; /**< CAN_CTRLMODE_* that can be switched on */
	bool timestamps;    /**< frames carry the adapter's own time */
	enum bridged_confirm confirm;
	bool no_bitrate;	  /**< it cannot be told one, and needs none */
	uint32_t bitrate;	  /**< that it has stored and keeps if none is given; 0 = unknown */
	const uint32_t *bitrates; /**< the only nominal bit rates, ended by 0; NULL = any */
	const uint32_t *dbitrates;    /**< the same for the data phase */
	struct bridged_limits limits; /**< of every channel; used where there are no lists */
};

/** What encode() did with a frame. */
enum bridged_taken {
	BRIDGED_TAKEN,	    /**< in out; TX_DONE or TX_FAILED with its echo number follows */
	BRIDGED_TAKEN_DONE, /**< in out; nothing about it will follow */
};

struct bridged_usb_id;

/**
 * struct bridged_driver - one family of adapters
 */
struct bridged_driver {
	const char *name;    /**< the word before the colon of an adapter address */
	const char *alias;   /**< NULL, or another word for it */
	const char *summary; /**< one line for --help and `anycan list` */
	enum bridged_transport_kind transport;
	/** KEY, VALUE, ..., NULL, or NULL: what a transport is set to unless the user says so */
	const char *const *transport_defaults;
	const struct bridged_usb_id *usb_ids; /**< of USB adapters, ended by a row without vid */
	/** NULL or a table as .usb_ids: the USB serial ports that can be nothing else */
	const struct bridged_usb_id *tty_ids;
	const struct bridged_option *options; /**< NULL or a table ended by a row without name */
	size_t options_size;		      /**< of the structure that the options point into */
	const struct bridged_option *live; /**< NULL or a table as .options: what set() changes */
	size_t live_size;		   /**< of the structure that these point into */
	size_t state_size;		   /**< bytes of state; the engine clears and aligns them */
	size_t unit_max; /**< longest unit of input; the engine can keep that much unread */

	/**
	 * init() - take over the settings before anything is sent
	 * @state: cleared
	 * @settings: bit timing and control modes, BRIDGED_CHANNELS_MAX of them, one per channel;
	 *	they are gone afterwards, start() brings those that count
	 * @options: structure with the values of .options
	 * @reason: on failure, a sentence that names the setting and the next step; static or
	 *	in @state
	 *
	 * Return: 0, or -EINVAL if no adapter of this driver can do it.
	 */
	int (*init)(void *state, const struct bridged_settings *settings, const void *options,
		    const char **reason);

	/**
	 * needs_bitrate() - whether start() needs a bit rate that init() was not given
	 *
	 * NULL: such adapters may have one of their own.
	 */
	bool (*needs_bitrate)(const void *state);

	/**
	 * attach() - an adapter is there (again): forget the old one, find out what this one is
	 *
	 * READY or REFUSED follows, from decode() or tick().
	 */
	void (*attach)(void *state, struct bridged_io *io);

	/** describe() - what is known of the adapter by now. */
	void (*describe)(const void *state, struct bridged_description *desc);

	/** start() - take part in the bus, with @settings. OPENED or REFUSED follows. */
	void (*start)(void *state, unsigned int channel, const struct bridged_settings *settings,
		      struct bridged_io *io);

	/** stop() - leave the bus. Frames not yet confirmed fail (TX_FAILED) at once. */
	void (*stop)(void *state, unsigned int channel, struct bridged_io *io);

	/**
	 * set() - change a setting that lives in the adapter, whether or not it is on the bus
	 * @channel: whose netdev it was asked for on
	 * @option: a row of .live; its place in the table tells which
	 * @values: structure of .live_size with the value of this row alone; gone after the call,
	 *	texts included
	 *
	 * SET_DONE or SET_REFUSED follows, from here, decode() or tick(). Another call means that
	 * nobody waits for the outcome of the one before any more. NULL if .live is.
	 */
	void (*set)(void *state, unsigned int channel, const struct bridged_option *option,
		    const void *values, struct bridged_io *io);

	/**
	 * terminate() - switch the terminating resistor, whether the channel is open or not
	 * @ohms: one of limits.terminations
	 *
	 * NULL: start() does it, and nothing else.
	 */
	void (*terminate)(void *state, unsigned int channel, uint16_t ohms, struct bridged_io *io);

	/**
	 * decode() - bytes from the adapter
	 * @in: unread input, from the oldest byte on
	 * @len: how much; less than unit_max may be half a unit
	 *
	 * The contract, checked for every driver by tests/unit/contract.c: any split of the input
	 * gives the same frames and the same bad_units; with a whole unit, room for a frame and
	 * for events it consumes something; a full sink stops it and loses nothing; garbage
	 * is counted and never fatal.
	 *
	 * Return: bytes consumed; the rest comes again with what follows it.
	 */
	size_t (*decode)(void *state, const uint8_t *in, size_t len, struct bridged_io *io);

	/**
	 * encode() - a frame for the bus of frame->channel
	 * @echo: the engine's number for it, handed back in TX_DONE or TX_FAILED
	 *
	 * Return: enum bridged_taken; -EAGAIN: not now, offer it again after decode() or tick();
	 *	-EOPNOTSUPP: this adapter cannot send such a frame.
	 */
	int (*encode)(void *state, const struct anycan_frame *frame, uint32_t echo,
		      struct bridged_io *io);

	/**
	 * tick() - do what is due: polls, time-outs, held-back frames
	 *
	 * Called at the returned moment or earlier, and after every other hook.
	 *
	 * Return: when to call again at the latest.
	 */
	struct anycan_mono (*tick)(void *state, struct bridged_io *io);
};

/** All drivers, sorted by name, ended by NULL (bridged/drivers/list.c). */
extern const struct bridged_driver *const bridged_drivers[];

#endif
