/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * USB for drivers: transfers as records in the streams of bytes that every driver works with.
 *
 * A driver of the kind BRIDGED_USB writes requests into bridged_io.out and reads answers in its
 * decode(); each is a struct bridged_usb_record with its data behind it. So the engine, the
 * contract and the fuzzers treat USB like a serial line: batches, flow control, any split.
 *
 * After attach() the first answer is BRIDGED_USB_DEVICE. Every request has one answer with the
 * same tag, BRIDGED_USB_LISTEN any number of them. Transfers on one endpoint keep their order.
 */
#ifndef BRIDGED_USB_H
#define BRIDGED_USB_H

#include "driver.h"

#include <string.h>

/** Most bytes of data in a record. */
#define BRIDGED_USB_DATA_MAX 2048

/** Most requests other than LISTEN that may be under way; more wait in the engine. */
#define BRIDGED_USB_REQUESTS_MAX 128

/** Most transfers that LISTEN keeps in flight. */
#define BRIDGED_USB_LISTEN_MAX 32

enum bridged_usb_type {
	BRIDGED_USB_DEVICE = 1,	 /**< answer only: data is a struct bridged_usb_device */
	BRIDGED_USB_CONTROL = 2, /**< a control request on endpoint 0, answered within a second */
	BRIDGED_USB_OUT = 3,	 /**< data for a bulk or interrupt endpoint */
	BRIDGED_USB_IN = 4,	 /**< one read of .wanted bytes */
	BRIDGED_USB_LISTEN = 5,	 /**< .count reads of .wanted bytes in flight, again and again */
};

/** Flag of a request: it is answered only if it fails. */
#define BRIDGED_USB_QUIET 0x01

/**
 * struct bridged_usb_record - a transfer, asked for or ended
 */
struct bridged_usb_record {
	uint8_t type;	      /**< enum bridged_usb_type */
	uint8_t endpoint;     /**< address, bit 7 set: towards the host; 0 for CONTROL */
	uint8_t flags;	      /**< BRIDGED_USB_QUIET */
	uint8_t count;	      /**< LISTEN: transfers in flight, 1..BRIDGED_USB_LISTEN_MAX */
	uint16_t timeout_ms;  /**< IN: it ends then, with what has come; 0 = never */
	uint8_t request_type; /**< CONTROL: bmRequestType, bit 7 set: data comes back */
	uint8_t request;      /**< CONTROL: bRequest */
	uint16_t value;	      /**< CONTROL: wValue */
	uint16_t index;	      /**< CONTROL: wIndex */
	uint16_t wanted;      /**< bytes that may come back, up to BRIDGED_USB_DATA_MAX */
	uint16_t len;	      /**< bytes of data behind the record */
	int16_t status;	      /**< of an answer: 0 or a negative errno; -EPIPE: stalled */
	uint16_t reserved;    /**< 0 */
	uint32_t tag;	      /**< the driver's own */
};

_Static_assert(sizeof(struct bridged_usb_record) == 24, "no hidden bytes");

#define BRIDGED_USB_RECORD_MAX (sizeof(struct bridged_usb_record) + BRIDGED_USB_DATA_MAX)

#define BRIDGED_USB_ENDPOINTS_MAX 16

/** How an endpoint carries data; the numbers are those of bmAttributes. */
enum bridged_usb_endpoint_type {
	BRIDGED_USB_ISOCHRONOUS = 1,
	BRIDGED_USB_BULK = 2,
	BRIDGED_USB_INTERRUPT = 3,
};

/**
 * struct bridged_usb_device - what the descriptors say; texts are empty where there are none
 */
struct bridged_usb_device {
	uint16_t vid, pid;
	uint16_t release;  /**< bcdDevice */
	uint8_t interface; /**< number of the claimed one */
	uint8_t endpoint_count;
	struct {
		uint8_t address;
		uint8_t type; /**< enum bridged_usb_endpoint_type */
		uint16_t max_packet;
	} endpoints[BRIDGED_USB_ENDPOINTS_MAX];
	char manufacturer[64];
	char product[64];
	char serial[64];
};

/**
 * struct bridged_usb_id - a row of the devices that a driver is for
 */
struct bridged_usb_id {
	uint16_t vid, pid;
	uint8_t interface; /**< the one to claim */
	const char
		*product; /**< NULL, or how the product's name begins where others share the id */
	const char *name; /**< for people */
};

/**
 * bridged_usb_request() - append a request
 * @request: .len bytes of data follow it
 *
 * Return: where the data goes (for .len 0 not to be written to), NULL if there is no room.
 */
static inline uint8_t *bridged_usb_request(struct bridged_io *io,
					   const struct bridged_usb_record *request)
{
	uint8_t *at = bridged_io_out(io, sizeof(*request) + request->len);

	if (!at)
		return NULL;
	memcpy(at, request, sizeof(*request));
	return at + sizeof(*request);
}

/**
 * bridged_usb_answer() - the next record of the input
 * @in: unread input
 * @len: bytes of it
 * @answer: the record, aligned
 * @data: its data
 *
 * Return: bytes of the whole record; 0: it is not there in full yet; -EBADMSG (as a negative
 * number): no record begins here.
 */
static inline int bridged_usb_answer(const uint8_t *in, size_t len,
				     struct bridged_usb_record *answer, const uint8_t **data)
{
	if (len < sizeof(*answer))
		return 0;
	memcpy(answer, in, sizeof(*answer));
	if (answer->len > BRIDGED_USB_DATA_MAX || !answer->type ||
	    answer->type > BRIDGED_USB_LISTEN)
		return -1;
	if (len - sizeof(*answer) < answer->len)
		return 0;
	*data = in + sizeof(*answer);
	return (int)(sizeof(*answer) + answer->len);
}

#endif
