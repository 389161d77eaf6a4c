/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Simulated gs_usb adapters: what their files share. A model is a row in gs_usb_models.c; the two
 * firmwares it can run differ in what is asked of enum gs_firmware.
 * Source: candleLight_fw 64dc8dc and CANnectivity 283a670, behaviour and structures.
 */
#ifndef SIM_GS_USB_H
#define SIM_GS_USB_H

#include "usb_adapter.h"

enum {
	GS_CHANNELS = 8,
	GS_POOL = 64 * GS_CHANNELS,
	GS_HEADER = 12,
	GS_DATA_CLASSIC = 8,
	GS_DATA_FD = 64,
	GS_STAMP = 4
};

/** What a frame from the bus has for an echo identifier. */
#define GS_NO_ECHO UINT32_MAX

/** What a device can do, and most of it: how a channel is started. */
enum gs_feature {
	GS_LISTEN_ONLY = 1 << 0,
	GS_LOOP_BACK = 1 << 1,
	GS_TRIPLE_SAMPLE = 1 << 2,
	GS_ONE_SHOT = 1 << 3,
	GS_HW_TIMESTAMP = 1 << 4,
	GS_IDENTIFY = 1 << 5,
	GS_PAD_PACKETS = 1 << 7,
	GS_FD = 1 << 8,
	GS_BT_CONST_EXT = 1 << 10,
	GS_TERMINATION = 1 << 11,
	GS_BERR_REPORTING = 1 << 12,
	GS_GET_STATE = 1 << 13,
	GS_BUS_OFF_RECOVERY = 1 << 18
};

/** Flags of a host frame. */
enum gs_flag {
	GS_FLAG_OVERFLOW = 1 << 0,
	GS_FLAG_FD = 1 << 1,
	GS_FLAG_BRS = 1 << 2,
	GS_FLAG_ESI = 1 << 3
};

/** Requests, in the order of their numbers. */
enum gs_request {
	GS_REQUEST_HOST_FORMAT,
	GS_REQUEST_BITTIMING,
	GS_REQUEST_MODE,
	GS_REQUEST_BERR,
	GS_REQUEST_BT_CONST,
	GS_REQUEST_DEVICE_CONFIG,
	GS_REQUEST_TIMESTAMP,
	GS_REQUEST_IDENTIFY,
	GS_REQUEST_GET_USER_ID,
	GS_REQUEST_SET_USER_ID,
	GS_REQUEST_DATA_BITTIMING,
	GS_REQUEST_BT_CONST_EXT,
	GS_REQUEST_SET_TERMINATION,
	GS_REQUEST_GET_TERMINATION,
	GS_REQUEST_GET_STATE,
	GS_REQUEST_BUS_OFF_RECOVERY = 32
};

enum gs_firmware {
	/** One pool of frames for all; a queue for each channel; a frame is echoed when it enters
	 * a mailbox; requests that make no sense are swallowed; error frames with every detail. */
	GS_CANDLELIGHT,
	/** One queue for all channels; a frame is echoed, without its contents, when it has been
	 * sent; what makes no sense is refused; error frames only for changes of state. */
	GS_CANNECTIVITY,
};

/** struct gs_limits - the limits of a bit timing */
struct gs_limits {
	uint32_t tseg1_min, tseg1_max, tseg2_min, tseg2_max, sjw_max, brp_min, brp_max, brp_inc;
};

/** struct gs_model - an adapter as it is sold */
struct gs_model {
	const char *name;
	enum gs_firmware firmware;
	uint16_t vid, pid, release;
	const char *manufacturer, *product, *dfu;
	enum usb_speed speed;
	uint16_t packet;
	uint8_t out; /**< the address of the endpoint from the host; 0x81 goes to it */
	uint8_t out2;
	uint32_t features;
	uint32_t clock;
	const struct gs_limits *limits;
	const struct gs_limits *data_limits;
	unsigned int channels;
	unsigned int pool; /**< frames in the adapter; for each channel with GS_CANDLELIGHT */
	uint32_t sw_version;
	uint8_t data_timing_request;
	bool odd_length;	/**< wants one byte more in each transfer from the host */
	enum sim_fd classic_fd; /**< what it does with FD frames when not started for them */
};

extern const struct gs_model gs_models[];
extern const unsigned int gs_model_count;

/** What an object in the pool is. */
enum gs_kind {
	GS_TX,	  /**< from the host, on its way to the bus */
	GS_ECHO,  /**< the same on its way back */
	GS_RX,	  /**< from the bus */
	GS_ERROR, /**< an error frame */
};

/** struct gs_object - a frame in the adapter's memory */
struct gs_object {
	struct gs_object *next;
	enum gs_kind kind;
	uint8_t channel;
	bool stamped; /**< goes to the host with its stamp */
	uint32_t stamp_us;
	uint8_t bytes[GS_HEADER + GS_DATA_FD]; /**< as it goes to the host, but for the stamp */
};

/** struct gs_list - objects, first in, first out */
struct gs_list {
	struct gs_object *first;
	struct gs_object *last;
	unsigned int len;
};

/** struct gs_timing - a bit timing as the host gives it */
struct gs_timing {
	uint32_t prop_seg, phase_seg1, phase_seg2, sjw, brp;
};

struct gs_usb;

/** struct gs_channel - a controller and how the firmware has set it up */
struct gs_channel {
	struct gs_usb *gs;
	struct sim_node node;
	uint8_t index;
	bool started;
	uint32_t flags; /**< enum gs_feature of the last start */
	struct gs_timing timing;
	struct gs_timing data_timing;
	bool identify;
	bool termination;
	bool was_off;
	uint8_t lec;		/* last error code, 0 = reported */
	struct gs_list tx;	/* of GS_CANDLELIGHT */
	unsigned int overflows; /* lost frames that no flag has told of yet */
	struct sim_timer restart;
};

/** struct gs_counts - frames and transfers; in = out + what is named here */
struct gs_counts {
	uint64_t from_host;
	uint64_t to_host;
	uint64_t echoes;
	uint64_t error_frames;
	uint64_t rx_overrun;
	uint64_t rx_cut;
	uint64_t tx_purged; /**< thrown away with a channel's queue */
	uint64_t tx_closed; /**< for a channel that is not started */
	uint64_t tx_invalid;
	uint64_t echoes_lost;
	uint64_t errors_lost;
	uint64_t even_lengths; /**< transfers without the extra byte, where the model wants it */
	uint64_t ignored;      /**< requests that made no sense and were swallowed */
};

/** struct gs_usb - an adapter */
struct gs_usb {
	struct usb_adapter usb;
	const struct gs_model *model;
	uint32_t features;
	bool early_echo;
	uint32_t clock_us;   /**< at power-on */
	int64_t power_on_ns; /* bus time */
	uint32_t byte_order; /**< of the last HOST_FORMAT */
	struct gs_channel channel[GS_CHANNELS];
	struct sim_node *nodes[GS_CHANNELS];
	struct gs_object objects[GS_POOL];
	unsigned int pool;
	struct gs_list free;
	struct gs_list tx; /* of GS_CANNECTIVITY */
	struct gs_list to_host;
	struct gs_counts counts;
};

extern const struct sim_node_ops gs_node_ops;

/** gs_power_on() - the firmware starts */
void gs_power_on(struct gs_usb *gs);

/** gs_power_off() - everything stops; what is in the adapter is lost and counted */
void gs_power_off(struct gs_usb *gs);

/** gs_start() - take a channel onto the bus as it is set up */
void gs_start(struct gs_channel *ch, uint32_t flags);

/** gs_stop() - take it off the bus */
void gs_stop(struct gs_channel *ch);

/** gs_pump() - move frames from the queues into mailboxes */
void gs_pump(struct gs_usb *gs);

/** gs_restart() - leave bus-off: the controller begins anew; its mailboxes are lost */
void gs_restart(struct gs_channel *ch);

/** gs_stamp_us() - the adapter's clock at a moment of bus time */
uint32_t gs_stamp_us(const struct gs_usb *gs, int64_t bus_ns);

/** gs_rate() - the bit rate of a timing; 0 if it is none */
uint32_t gs_rate(const struct gs_usb *gs, const struct gs_timing *timing);

/** gs_control(), gs_out(), gs_in() - for struct usb_ops */
int gs_control(struct usb_device *device, const struct usb_setup *setup, uint8_t *data);
int gs_out(struct usb_device *device, uint8_t endpoint, const uint8_t *data, size_t len);
int gs_in(struct usb_device *device, uint8_t endpoint, uint8_t *data);

/** gs_object_get() - an object from the pool, or NULL; gs_object_put() - back into it */
struct gs_object *gs_object_get(struct gs_usb *gs);
void gs_object_put(struct gs_usb *gs, struct gs_object *object);

/** gs_to_host() - queue an object for the host, stamped with a moment of bus time */
void gs_to_host(struct gs_usb *gs, struct gs_object *object, enum gs_kind kind, int64_t bus_ns);

/** gs_list_add() and gs_list_take() - at the end, from the beginning */
void gs_list_add(struct gs_list *list, struct gs_object *object);
struct gs_object *gs_list_take(struct gs_list *list);

/** gs_error(), gs_state() - for struct sim_node_ops: make error frames */
void gs_error(struct sim_node *node, enum sim_error error, bool sending);
void gs_state(struct sim_node *node);

/** gs_report_restart() - tell the host that the controller was restarted */
void gs_report_restart(struct gs_channel *ch);

#endif
