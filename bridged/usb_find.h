/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which USB devices there are, and which of them is meant. Read from sysfs: it needs neither
 * privilege nor a running udev, and tells who uses a device. Source of the layout:
 * Documentation/ABI/testing/sysfs-bus-usb and sysfs-devices-usb of Linux.
 */
#ifndef BRIDGED_USB_FIND_H
#define BRIDGED_USB_FIND_H

#include "usb.h"

#include <net/if.h>

/** Where sysfs shows USB devices. */
#define USB_SYSFS "/sys/bus/usb/devices"

/**
 * struct usb_found - a device that is plugged in
 */
struct usb_found {
	char name[32];	      /**< sysfs's name for it: bus and port path, such as 1-2.3 */
	unsigned int bus;     /**< number of the bus, as lsusb shows it */
	unsigned int address; /**< number on that bus, another one after every replug */
	uint16_t vid, pid;
	char manufacturer[64];
	char product[64];
	char serial[64];
};

/**
 * struct usb_owner - who uses an interface of a device
 */
struct usb_owner {
	char driver[32];	    /**< the kernel's driver; empty = none, "usbfs" = a program */
	char netdevs[8 * IFNAMSIZ]; /**< its netdevs, sorted, with commas between */
};

/**
 * struct usb_selector - which device a user means; all zero = the only one
 */
struct usb_selector {
	char serial[64];
	char port[24]; /**< port path behind the bus: 2.3 */
	unsigned int bus, address;
	unsigned int index; /**< from 0, in order of bus and port path */
	bool has_index;
	uint16_t vid, pid; /**< another id than the driver's own; 0 = those */
};

/**
 * usb_selector_parse() - understand the part of an address behind the driver's colon
 * @text: empty, an index, or KEY=VALUE,... with serial, bus, address, port, index, vid, pid (hex)
 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int usb_selector_parse(struct usb_selector *selector, const char *text, char *reason);

/** usb_selector_id() - the row of @ids, or of @own from vid and pid, that @found is; or NULL */
const struct bridged_usb_id *usb_selector_id(const struct usb_selector *selector,
					     const struct bridged_usb_id *ids,
					     struct bridged_usb_id *own,
					     const struct usb_found *found);

/**
 * usb_find() - the device that is meant
 * @sysfs: USB_SYSFS, or a test's
 * @selector: which
 * @ids: the driver's devices, ended by a row without vid
 * @found: the device
 * @reason: room for BRIDGED_REASON_SIZE bytes, filled on failure
 *
 * Return: 0; -ENODEV: it is not there; -ENOTUNIQ: several are.
 */
int usb_find(const char *sysfs, const struct usb_selector *selector,
	     const struct bridged_usb_id *ids, struct usb_found *found, char *reason);

/**
 * usb_each() - call @visit for every device, in order of bus and port path
 *
 * Return: 0; -ENODEV if there is no USB at all; or what @visit returned, other than 0.
 */
int usb_each(const char *sysfs, int (*visit)(const struct usb_found *found, void *arg), void *arg);

/** usb_owner_of() - who uses interface @interface of @found */
void usb_owner_of(const char *sysfs, const struct usb_found *found, unsigned int interface,
		  struct usb_owner *owner);

#endif
