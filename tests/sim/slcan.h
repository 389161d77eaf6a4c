/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Simulated slcan adapters: what all dialects share. A dialect is one firmware's behaviour; a new
 * one is a struct slcan_dialect in a file of its own and a line in the list in slcan.c.
 */
#ifndef SIM_SLCAN_H
#define SIM_SLCAN_H

#include "link.h"

/* The longest line of any dialect: an FD frame with channel, ESI, and marker, rounded up. */
#define SLCAN_LINE 256

#define SLCAN_CHANNELS 3

/* Time stamps begin again after a minute. */
#define SLCAN_STAMP_WRAP_MS 60000

/* Frames that an adapter holds back until it is asked for them. */
#define SLCAN_HELD 32

struct slcan;
struct slcan_channel;

/** What becomes of a frame command when the transmit queue is full. */
enum slcan_txfull {
	SLCAN_TXFULL_DROP,  /**< the frame vanishes */
	SLCAN_TXFULL_BEL,   /**< it is refused as the dialect refuses */
	SLCAN_TXFULL_BLOCK, /**< the adapter stops reading until there is room */
};

/** What a dialect did with a byte of input. */
enum slcan_eaten {
	SLCAN_EATEN,
	SLCAN_TEXT, /**< belongs to an ordinary line */
	SLCAN_WAIT, /**< cannot be taken now */
};

/** struct slcan_dialect - one firmware; hooks may be NULL where the default serves */
struct slcan_dialect {
	const char *name;
	const char *version; /**< text behind V, without CR */
	const char *serial;
	size_t state_size;     /**< of its own memory, zeroed at power-on */
	unsigned int channels; /**< most that it can have */
	unsigned int tx_frames;
	size_t out_bytes;
	size_t out_frames;
	size_t line_max; /**< characters of a command */
	bool line_wraps; /**< a longer one starts over in the buffer; else it is refused */
	bool keeps_lf;	 /**< LF is a character like any other */
	enum sim_fd fd;
	enum slcan_txfull txfull;
	bool manual_recovery; /**< stays in bus-off until it is told */

	/** The dialect's own keys. Return: 0, or a negative errno with @why */
	int (*options)(struct slcan *s, struct sim_args *args, struct sim_why *why);
	void (*power_on)(struct slcan *s);
	enum slcan_eaten (*byte)(struct slcan *s, unsigned char byte);
	/** A line without its CR. The rest of the buffer still holds older lines. */
	void (*command)(struct slcan *s, char *line, size_t len);
	/** Whether the channel's acceptance filter lets @frame through. */
	bool (*accept)(struct slcan_channel *ch, const struct anycan_frame *frame);
	/** Write a received frame as it goes to the host. Return: its length */
	size_t (*format)(struct slcan_channel *ch, const struct anycan_frame *frame, char *text);
	/** A received frame that is not simply pushed to the host. Return: whether it was taken */
	bool (*hold)(struct slcan_channel *ch, const struct anycan_frame *frame);
	/** How many frames it holds back. */
	size_t (*held)(const struct slcan *s);
	/** A received frame was lost for want of room. */
	void (*overrun)(struct slcan_channel *ch);
	void (*tx_done)(struct slcan_channel *ch, const struct sim_tx *tx, enum sim_sent how);
	void (*error)(struct slcan_channel *ch, enum sim_error error, bool sending);
	void (*state)(struct slcan_channel *ch);
	/** Every turn of the loop, and @tick_ms after the last tick. */
	void (*turn)(struct slcan *s);
	unsigned int tick_ms;
};

/** struct slcan_channel - a controller and how the firmware has set it up */
struct slcan_channel {
	struct sim_node node;
	struct slcan *slcan;
	unsigned int index;
	uint32_t bitrate;  /**< to be used at the next opening; 0 = not set */
	uint32_t dbitrate; /**< the same */
	enum sim_mode mode;
	bool one_shot;
};

/** struct slcan_counts - frames and commands; in = out + what is named here */
struct slcan_counts {
	uint64_t commands;
	uint64_t bad_commands;
	uint64_t from_host;  /**< frames that went into the transmit queue */
	uint64_t tx_refused; /**< valid frames that the host was told are not sent */
	uint64_t tx_dropped; /**< valid frames that vanished before the transmit queue */
	uint64_t rx_filtered;
	uint64_t rx_overrun;
	uint64_t answers_lost;
};

/** struct slcan - an adapter */
struct slcan {
	struct sim_adapter adapter;
	struct sim_link link;
	const struct slcan_dialect *dialect;
	void *state; /**< of the dialect */
	struct slcan_channel channel[SLCAN_CHANNELS];
	struct sim_node *nodes[SLCAN_CHANNELS];
	char *version;
	char *serial;
	enum slcan_txfull txfull;
	bool lossless;
	int64_t leave_ns;      /**< CLOCK_MONOTONIC time to vanish, by its own command; 0 = never */
	char line[SLCAN_LINE]; /**< command being collected */
	size_t line_len;
	bool overlong;
	int64_t last_input_ns; /**< CLOCK_MONOTONIC */
	int64_t pause_ns;      /**< before the byte that is being handled */
	struct sim_timer tick;
	struct slcan_counts counts;
};

extern const struct slcan_dialect slcan_lawicel;
extern const struct slcan_dialect slcan_can232;
extern const struct slcan_dialect slcan_canable;
extern const struct slcan_dialect slcan_canable2;
extern const struct slcan_dialect slcan_weact;
extern const struct slcan_dialect slcan_canable25;
extern const struct slcan_dialect slcan_kernel;
extern const struct slcan_dialect slcan_candapter;
extern const struct slcan_dialect slcan_silent;
extern const struct slcan_dialect slcan_dead;

extern const struct sim_node_ops slcan_node_ops;
extern const struct sim_link_ops slcan_link_ops;

/** slcan_power_on() - the firmware starts; slcan_power_off() - host and bus lose it */
void slcan_power_on(struct slcan *s);
void slcan_power_off(struct slcan *s);

/** slcan_say() - text to the host, behind the channel's prefix */
void slcan_say(struct slcan_channel *ch, const char *text, size_t len);

/** slcan_cr(), slcan_bel() - the two classic answers; slcan_bel() also counts a bad command */
void slcan_cr(struct slcan *s);
void slcan_bel(struct slcan *s);

/** slcan_open() - take the channel onto the bus as it is set up */
void slcan_open(struct slcan_channel *ch);

/** slcan_close() - take it off the bus; its transmit queue stays */
void slcan_close(struct slcan_channel *ch);

/**
 * slcan_send() - put a frame from the host into the transmit queue
 * @ch: the channel
 * @frame: the frame
 * @tag: for tx_done
 *
 * Return: 0 if it is queued or the firmware believes so, -ENOBUFS if the host must be told.
 */
int slcan_send(struct slcan_channel *ch, const struct anycan_frame *frame, uint32_t tag);

/** slcan_full() - whether input has to wait because the next frame could not be queued */
bool slcan_full(const struct slcan_channel *ch);

/** slcan_stamp_ms() - the adapter's clock at the end of a received frame */
uint32_t slcan_stamp_ms(const struct slcan_channel *ch, const struct anycan_frame *frame);

/** slcan_push() - a received frame to the host, now; Return: whether there was room */
bool slcan_push(struct slcan_channel *ch, const struct anycan_frame *frame);

/** slcan_fits() - whether one more received frame finds room on its way to the host */
bool slcan_fits(const struct slcan *s);

/**
 * slcan_format() - a frame as a line with its CR, without prefix: t T r R d D b B
 * @frame: a frame
 * @text: room for SLCAN_LINE characters
 *
 * Return: its length.
 */
size_t slcan_format(const struct anycan_frame *frame, char *text);

/**
 * slcan_parse() - read a frame command, strictly
 * @line: `tiiildd..` without its CR; letters t T r R, with @fd also d D b B
 * @len: its length; all of it must belong to the frame
 * @fd: whether FD frames are known
 * @frame: set on success
 *
 * Return: whether it was a frame.
 */
bool slcan_parse(const char *line, size_t len, bool fd, struct anycan_frame *frame);

/** slcan_digit() - value of an upper or lower case hexadecimal digit, or -1 */
int slcan_digit(char digit);

/** slcan_btr_rate() - bit rate of SJA1000 timing registers at 16 MHz */
uint32_t slcan_btr_rate(uint8_t btr0, uint8_t btr1);

/** struct sja1000_filter - acceptance code and mask registers */
struct sja1000_filter {
	uint8_t code[4];
	uint8_t mask[4]; /**< 1 = does not matter */
	bool single;
};

/** sja1000_accepts() - whether the filter lets @frame through */
bool sja1000_accepts(const struct sja1000_filter *filter, const struct anycan_frame *frame);

#endif
