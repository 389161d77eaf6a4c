/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Which adapters are plugged in that a driver of ours is for.
 */
#ifndef BRIDGED_ADAPTERS_H
#define BRIDGED_ADAPTERS_H

/**
 * bridged_print_adapters() - print the USB adapters of this machine, as one line of JSON
 *
 * An array of objects: driver, address (for the command line), name, product, manufacturer,
 * serial, vid and pid (hex), node (name in /sys/bus/usb/devices), and if somebody uses the adapter
 * used_by (a kernel driver, or usbfs for a program) with netdevs. Nothing is opened.
 */
void bridged_print_adapters(void);

#endif
