/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What sysfs tells of an adapter that was plugged in: a USB device, a tty, or the netdev that a
 * driver of the kernel made. Nothing is opened, and no adapter is asked. Source of the layout:
 * Documentation/ABI/testing/sysfs-bus-usb, sysfs-class-net and sysfs-class-tty of Linux.
 */
#ifndef BRIDGED_PLUG_DEVICE_H
#define BRIDGED_PLUG_DEVICE_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

/** Room for the words that make up an identity, with the NUL. */
#define PLUG_WORD_SIZE 128

enum plug_kind {
	PLUG_USB, /**< a USB device that a driver of bridged's speaks to */
	PLUG_TTY, /**< a serial port */
	PLUG_NET, /**< a CAN netdev of a driver of the kernel */
};

/** struct plug_device - an adapter, or what one may be behind */
struct plug_device {
	enum plug_kind kind;
	char name[32];		     /**< sysfs's: 1-2.3, ttyACM0, can0 */
	char folder[PATH_MAX];	     /**< in sysfs, without links */
	char driver[32];	     /**< bridged's, for a netdev the kernel's; empty: not known */
	char kernel[32];	     /**< the kernel's driver for a tty or netdev */
	char serial[PLUG_WORD_SIZE]; /**< empty: it has none */
	char path[PLUG_WORD_SIZE];   /**< where it is plugged in, in the words of udev's ID_PATH */
	char usb[32];		     /**< of the USB device: 1-2.3; empty: it is not on USB */
	uint16_t vid, pid;	     /**< of the USB device */
	char product[64];
	unsigned int channel; /**< of a netdev */
};

/**
 * plug_device_read() - learn who is at a place in sysfs
 * @root: of sysfs
 * @place: a path below @root, links allowed, or as udev writes it: /devices/...
 * @device: filled
 *
 * .driver is filled for a netdev only. A USB interface is read as its device.
 *
 * Return: 0; -ENOENT: there is nothing; -ENODEV: it is nothing that an adapter can be.
 */
int plug_device_read(const char *root, const char *place, struct plug_device *device);

/**
 * plug_device_each() - call @visit for all that may be adapters: USB devices, serial ports with
 * hardware behind them, and CAN netdevs of the kernel's drivers, each kind in order of name
 *
 * Return: 0, or what @visit ended with.
 */
int plug_device_each(const char *root, int (*visit)(const struct plug_device *device, void *arg),
		     void *arg);

/**
 * plug_device_twin() - look for another USB device with the vendor, product and serial number of
 * @device
 * @root: of sysfs
 * @device: who may have a twin
 * @twin: room for PLUG_WORD_SIZE characters: where it is plugged in
 *
 * Return: whether there is one; never for what has no serial number or is not on USB.
 */
bool plug_device_twin(const char *root, const struct plug_device *device, char *twin);

#endif
