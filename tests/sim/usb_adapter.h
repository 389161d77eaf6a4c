/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What all simulated USB adapters share: where they are plugged in, their keys, faults, log.
 */
#ifndef SIM_USB_ADAPTER_H
#define SIM_USB_ADAPTER_H

#include "sim.h"
#include "usbip.h"

/** The keys of usb_adapter_options() for --help. */
#define USB_ADAPTER_KEYS                                                                           \
	"port=N (of vhci_hcd; default: the first free one) or socket=PATH (USB/IP messages)\n"     \
	"serial=TEXT vid=N pid=N manufacturer=TEXT product=TEXT speed=full|high\n"                 \
	"wrong=no-in|no-out|interrupt|cut|size (descriptors)   lossless=on|off"

enum {
	USB_ADAPTER_TEXTS = 3
};

/** struct usb_adapter - embed it as the first member */
struct usb_adapter {
	struct sim_adapter adapter;
	struct usb_device device;
	struct usbip wire;
	int port;	       /**< of vhci_hcd; -1: not chosen yet, or a socket */
	char *path;	       /**< of the Unix socket, or NULL */
	struct sim_watch door; /* the listening socket */
	bool lossless;
	char *texts[USB_ADAPTER_TEXTS]; /* manufacturer, product, serial number */
	uint64_t hangups;
};

/**
 * usb_adapter_options() - the keys that all have
 * @u: with adapter.sim and the device's identity set, which the keys change
 * @args: the keys
 * @why: filled on failure
 *
 * Return: 0, or a negative errno.
 */
int usb_adapter_options(struct usb_adapter *u, struct sim_args *args, struct sim_why *why);

/** usb_adapter_open() - plug it in for the first time; Return: 0, or a negative errno with @why */
int usb_adapter_open(struct usb_adapter *u, struct sim_why *why);

/** usb_adapter_close() - pull it out and free what is shared */
void usb_adapter_close(struct usb_adapter *u);

/** usb_adapter_flush() and the following - hooks of struct sim_adapter_ops */
void usb_adapter_flush(struct sim_adapter *adapter);
int usb_adapter_unplug(struct sim_adapter *adapter);
int usb_adapter_replug(struct sim_adapter *adapter);
int usb_adapter_move(struct sim_adapter *adapter, unsigned int port);
int usb_adapter_fault(struct sim_adapter *adapter, const struct sim_fault *fault);
void usb_adapter_log(struct sim_adapter *adapter, unsigned int count, struct json_object *into);

/** usb_adapter_stats() - the members that all have */
void usb_adapter_stats(const struct usb_adapter *u, struct json_object *into);

/** usb_adapter_add() - a number as a member of @into */
void usb_adapter_add(struct json_object *into, const char *key, uint64_t value);

#endif
