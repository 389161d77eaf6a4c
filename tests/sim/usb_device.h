/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A simulated USB device as its host sees it: descriptors, standard requests, endpoints with the
 * transfers that the host has under way (URBs), and faults. How transfers reach it is in usbip.h,
 * what it does is its owner's.
 * Source: USB 2.0 specification, chapters 5.8 (bulk transfers), 8.5 (NAK, STALL) and 9.
 */
#ifndef SIM_USB_DEVICE_H
#define SIM_USB_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	USB_STRINGS = 8,
	USB_ENDPOINTS = 12,
	USB_INTERFACES = 2,
	USB_CONTROL_MAX = 4096, /* bytes of a data stage, and of a transfer to the host */
	USB_LOG = 256,
	USB_LOG_BYTES = 72
};

/** Speeds, by the numbers that vhci_hcd's attach file takes. */
enum usb_speed {
	USB_FULL_SPEED = 2,
	USB_HIGH_SPEED = 3,
};

/** Descriptors that are wrong on purpose. */
enum usb_wrong {
	USB_RIGHT,
	USB_WRONG_NO_IN,     /**< no endpoint towards the host */
	USB_WRONG_NO_OUT,    /**< none from the host */
	USB_WRONG_INTERRUPT, /**< interrupt endpoints where bulk ones belong */
	USB_WRONG_CUT,	     /**< the configuration ends before the length that it states */
	USB_WRONG_SIZE,	     /**< endpoints with a packet size of 0 */
};

struct usb_device;

/** struct usb_setup - the eight bytes that open a control transfer */
struct usb_setup {
	uint8_t type;
	uint8_t request;
	uint16_t value;
	uint16_t index;
	uint16_t length;
};

/** struct usb_urb - a transfer that the host has under way */
struct usb_urb {
	struct usb_urb *next;
	uint32_t seqnum; /**< the host's mark */
	bool in;
	uint8_t endpoint; /**< number, without the direction */
	struct usb_setup setup;
	uint32_t length; /**< bytes of data */
	uint32_t actual; /**< of these, moved */
	uint8_t data[];
};

/** struct usb_endpoint - one direction of an endpoint */
struct usb_endpoint {
	uint8_t address; /**< with bit 7 for IN */
	uint16_t packet; /**< bytes of its largest packet */
	bool halted;
	struct usb_urb *first;
	struct usb_urb *last;
	/* IN: the transfer that is being sent */
	uint8_t *transfer;
	size_t transfer_len;
	size_t transfer_sent;
	bool busy;
};

/** struct usb_interface - an interface with its endpoints, one after the other in the device's */
struct usb_interface {
	uint8_t class, subclass, protocol;
	uint8_t string;
	unsigned int endpoints;
	const uint8_t *extra; /**< class descriptors behind it */
	size_t extra_len;
};

/** struct usb_ops - what the device is; called with the host's transfers */
struct usb_ops {
	/**
	 * A request that is not a standard one.
	 * @data: OUT: what came with it; IN: room for USB_CONTROL_MAX bytes
	 * Return: bytes of the answer, 0 for OUT, or -EPIPE to refuse.
	 */
	int (*control)(struct usb_device *device, const struct usb_setup *setup, uint8_t *data);
	/**
	 * What is left of a transfer from the host.
	 * Return: how many bytes were taken, all but the last time whole packets; -EAGAIN = NAK.
	 */
	int (*out)(struct usb_device *device, uint8_t endpoint, const uint8_t *data, size_t len);
	/** The next transfer to the host. Return: its length, or -EAGAIN if there is none */
	int (*in)(struct usb_device *device, uint8_t endpoint, uint8_t *data);
	/** The host chose configuration @value: as after power-on; 0 = the host is gone. */
	void (*configured)(struct usb_device *device, unsigned int value);
};

struct usb_string {
	uint8_t index;
	const char *text;
};

/** struct usb_log_entry - a request that the host made */
struct usb_log_entry {
	uint8_t endpoint;
	struct usb_setup setup; /**< endpoint 0 only */
	bool refused;
	uint16_t len; /**< all that it carried, of which data has the beginning */
	uint8_t data[USB_LOG_BYTES];
};

/** struct usb_faults - what the control socket has ordered */
struct usb_faults {
	bool stuck;	       /**< nothing moves, no request is answered */
	unsigned int cut;      /**< the next transfers to the host are cut short, */
	size_t cut_len;	       /**< to so many bytes */
	unsigned int stretch;  /**< the next transfers to the host become longer, */
	size_t stretch_len;    /**< so many bytes long */
	unsigned int nonsense; /**< the next answers to non-standard requests are random */
	unsigned int refuse;   /**< the next non-standard requests are refused */
	uint32_t seed;
	size_t garbage; /**< a transfer of random bytes to the host, so long */
};

/** struct usb_device - a device; the owner sets the first group */
struct usb_device {
	const struct usb_ops *ops;
	void *owner;
	enum usb_speed speed;
	bool other_speed; /**< it could run at both speeds */
	uint16_t vid, pid, release;
	uint8_t class, attributes, power;
	struct usb_string strings[USB_STRINGS];
	struct usb_interface interfaces[USB_INTERFACES];
	unsigned int interface_count;
	struct usb_endpoint endpoints[USB_ENDPOINTS];
	unsigned int endpoint_count;
	enum usb_wrong wrong;
	/** A transfer is over: @status 0 or a negative errno as in Linux's URBs. Frees @urb. */
	void (*complete)(struct usb_device *device, struct usb_urb *urb, int status);

	struct usb_endpoint control; /* endpoint 0 */
	unsigned int configuration;
	struct usb_faults faults;
	struct usb_log_entry log[USB_LOG];
	uint64_t logged;
	uint64_t requests;	/**< control requests, standard ones included */
	uint64_t refused;	/**< of these, answered with a stall */
	uint64_t transfers_out; /**< taken from the host on other endpoints */
	uint64_t transfers_in;	/**< given to the host on other endpoints */
	uint64_t overflows;	/**< packets that were larger than what the host had room for */
	uint64_t unlinked;	/**< transfers that the host gave up */
};

/** usb_device_init() - after the owner filled in the first group; Return: 0, or -ENOMEM */
int usb_device_init(struct usb_device *device);

/** usb_device_exit() - free; no transfer may be under way */
void usb_device_exit(struct usb_device *device);

/** usb_device_submit() - the host begins a transfer; taken over */
void usb_device_submit(struct usb_device *device, struct usb_urb *urb);

/** usb_device_unlink() - the host gives a transfer up; Return: whether it was under way */
bool usb_device_unlink(struct usb_device *device, uint32_t seqnum);

/** usb_device_flush() - move what can be moved */
void usb_device_flush(struct usb_device *device);

/** usb_device_gone() - the host is gone: its transfers vanish, halts and faults are over */
void usb_device_gone(struct usb_device *device);

/** usb_device_endpoint() - by address, or NULL */
struct usb_endpoint *usb_device_endpoint(struct usb_device *device, uint8_t address);

/** usb_device_log() - keep a request in mind for the control socket's `log` */
void usb_device_log(struct usb_device *device, uint8_t endpoint, const struct usb_setup *setup,
		    const uint8_t *data, size_t len);

/** usb_device_random() - bytes that follow from the seed alone */
void usb_device_random(uint32_t seed, uint8_t *data, size_t len);

/**
 * usb_descriptor() - answer a GET_DESCRIPTOR request
 * @device: the device
 * @value: type and index
 * @data: room for USB_CONTROL_MAX bytes
 *
 * Return: length of the descriptor, or -EPIPE if there is none.
 */
int usb_descriptor(const struct usb_device *device, uint16_t value, uint8_t *data);

/** usb_get32() and the following - little-endian numbers, as USB has them */
static inline uint16_t usb_get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static inline uint32_t usb_get32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline void usb_put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

static inline void usb_put32(uint8_t *at, uint32_t value)
{
	usb_put16(at, (uint16_t)value);
	usb_put16(at + 2, (uint16_t)(value >> 16));
}

#endif
