/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A simulated USB device on a stream socket in the framing of USB/IP: to the kernel's vhci_hcd, or
 * to whoever connects to a Unix socket.
 * Source: Documentation/usb/usbip_protocol.rst of Linux, the four messages of a running connection.
 */
#ifndef SIM_USBIP_H
#define SIM_USBIP_H

#include "sim.h"
#include "usb_device.h"

struct usbip;

struct usbip_ops {
	/** The host has closed the stream, or spoke nonsense; the stream is closed already. */
	void (*gone)(struct usbip *wire);
};

/** struct usbip - the stream; the owner sets the first group */
struct usbip {
	const struct usbip_ops *ops;
	void *owner;
	struct sim_loop *loop;
	struct usb_device *device;

	struct sim_watch stream;
	uint8_t *input;
	size_t input_len;
	size_t input_size;
	uint8_t *output;
	size_t output_len;
	size_t output_size;
	bool dead;    /* broken, to be closed at the next flush */
	uint64_t bad; /**< streams that ended with nonsense */
};

/** usbip_open() - serve @device on the connected socket @fd, which is taken over; 0 or -errno */
int usbip_open(struct usbip *wire, int fd);

/** usbip_close() - close the stream; the device has lost its host */
void usbip_close(struct usbip *wire);

/** usbip_flush() - let the device work and hand over what it answers */
void usbip_flush(struct usbip *wire);

/** usbip_is_open() - whether there is a stream */
static inline bool usbip_is_open(const struct usbip *wire)
{
	return wire->stream.fd >= 0;
}

/** usbip_complete() - answer a transfer that is over, and free it: for struct usb_device.complete
 */
void usbip_complete(struct usbip *wire, struct usb_urb *urb, int status);

/**
 * vhci_attach() - plug a device into the kernel's vhci_hcd
 * @speed: of the device
 * @port: the port, or -1 for the first free one of that speed; set to the one that was taken
 * @fd: the device's end of the connection
 * @why: filled on failure
 *
 * Return: 0, or a negative errno.
 */
int vhci_attach(enum usb_speed speed, int *port, int *fd, struct sim_why *why);

/** vhci_detach() - pull it out again */
void vhci_detach(int port);

#endif
