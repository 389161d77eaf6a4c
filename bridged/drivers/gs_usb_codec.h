/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * gs_usb on the wire: what requests and frames consist of. Sources: Linux
 * drivers/net/can/usb/gs_usb.c, candleLight_fw include/gs_usb.h, CANnectivity.
 */
#ifndef BRIDGED_GS_USB_CODEC_H
#define BRIDGED_GS_USB_CODEC_H

#include <anycan/frame.h>
#include <linux/can/netlink.h>

/** Requests: bRequest. All are vendor requests to the interface; wValue is the channel. */
enum gs_usb_request {
	GS_USB_HOST_FORMAT = 0,
	GS_USB_BITTIMING = 1,
	GS_USB_MODE = 2,
	GS_USB_BT_CONST = 4,
	GS_USB_DEVICE_CONFIG = 5,
	GS_USB_TIMESTAMP = 6,
	GS_USB_IDENTIFY = 7,
	GS_USB_DATA_BITTIMING_CANTACT = 8, /**< CANtact Pro with its first firmware */
	GS_USB_DATA_BITTIMING = 10,
	GS_USB_BT_CONST_EXT = 11,
	GS_USB_SET_TERMINATION = 12,
	GS_USB_GET_STATE = 14,
};

/** Sizes of their data. */
#define GS_USB_HOST_FORMAT_SIZE 4
#define GS_USB_BITTIMING_SIZE 20
#define GS_USB_MODE_SIZE 8
#define GS_USB_BT_CONST_SIZE 40
#define GS_USB_BT_CONST_EXT_SIZE 72
#define GS_USB_DEVICE_CONFIG_SIZE 12
#define GS_USB_TIMESTAMP_SIZE 4
#define GS_USB_FLAG_SIZE 4
#define GS_USB_STATE_SIZE 12

/** What a channel can; bits 0 to 4, 8 and 12 are also the modes that it is started in. */
#define GS_USB_LISTEN_ONLY (1U << 0)
#define GS_USB_LOOPBACK (1U << 1)
#define GS_USB_TRIPLE_SAMPLE (1U << 2)
#define GS_USB_ONE_SHOT (1U << 3)
#define GS_USB_HW_TIMESTAMP (1U << 4)
#define GS_USB_CAN_IDENTIFY (1U << 5)
#define GS_USB_FD (1U << 8)
#define GS_USB_QUIRK_LPC546XX (1U << 9)
#define GS_USB_HAS_BT_CONST_EXT (1U << 10)
#define GS_USB_TERMINATION (1U << 11)
#define GS_USB_BERR_REPORTING (1U << 12)
#define GS_USB_CAN_GET_STATE (1U << 13)

/** Of a received frame: it was no echo. */
#define GS_USB_NO_ECHO 0xFFFFFFFFU

/** Longest frame on the wire, towards the host with a time stamp. */
#define GS_USB_FRAME_MAX 80

/** struct gs_usb_limits - BT_CONST and BT_CONST_EXT */
struct gs_usb_limits {
	uint32_t features;
	uint32_t clock_hz;
	struct can_bittiming_const nominal;
	struct can_bittiming_const data;
};

/** struct gs_usb_frame - what comes from the device */
struct gs_usb_frame {
	struct anycan_frame frame; /**< without time stamp; of an echo only the channel */
	uint32_t echo_id;	   /**< GS_USB_NO_ECHO, or of a frame that was sent */
	uint32_t stamp_us;
	bool has_stamp;
	bool overflow; /**< the device lost frames before this one */
};

/**
 * gs_usb_decode() - a frame from the device
 * @data: one USB transfer
 * @len: its length; what is behind the frame does not matter
 *
 * Return: 0, or -EBADMSG if it is too short or no frame.
 */
int gs_usb_decode(const uint8_t *data, size_t len, struct gs_usb_frame *frame);

/**
 * gs_usb_encode() - a frame for the device
 * @data: room for GS_USB_FRAME_MAX bytes
 * @fd: the channel was started for FD; then all frames have the longer form
 * @quirk: one byte more, for LPC546xx controllers
 *
 * Return: bytes.
 */
size_t gs_usb_encode(const struct anycan_frame *frame, uint32_t echo_id, bool fd, bool quirk,
		     uint8_t *data);

/** gs_usb_encode_timing() - the GS_USB_BITTIMING_SIZE bytes of a bit timing */
void gs_usb_encode_timing(const struct can_bittiming *timing, uint8_t *data);

/** gs_usb_decode_limits() - BT_CONST_EXT, or BT_CONST: then .data is the same as .nominal */
void gs_usb_decode_limits(const uint8_t *data, size_t len, struct gs_usb_limits *limits);

#endif
