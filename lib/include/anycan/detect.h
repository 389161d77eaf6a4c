/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What there is to open: netdevs, hubs, virtual buses, adapters on USB and USB serial ports.
 */
#ifndef ANYCAN_DETECT_H
#define ANYCAN_DETECT_H

#include <anycan/address.h>
#include <anycan/export.h>
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Room for texts that a device tells of itself, with the NUL. */
#define ANYCAN_DETECT_TEXT_SIZE 96

/** struct anycan_detected - something that anycan_bus_open() can open */
struct anycan_detected {
	char interface[ANYCAN_DRIVER_SIZE]; /**< `socketcan`, `slcan`, `gs_usb` ... */
	char address[ANYCAN_DRIVER_SIZE + ANYCAN_ADDRESS_SIZE];
	bool certain; /**< false: a serial port that such an adapter may be on */
	/* What follows is empty or 0 where it is not known. */
	uint16_t vid, pid; /**< of USB */
	char model[ANYCAN_DETECT_TEXT_SIZE];
	char serial[ANYCAN_DETECT_TEXT_SIZE];
	char node[32];	  /**< where it is plugged in: `1-4.2` */
	char driver[32];  /**< of the kernel, that serves it; `usbfs`: a program does */
	char netdevs[96]; /**< that the driver made of it: `can0,can1` */
};

/**
 * anycan_detect() - look for everything that can be opened
 * @list: set to an array, to be given to anycan_detected_free()
 * @interfaces: names, ended by NULL, to look for these only; NULL = all
 * @timeout_ns: when to take what was found until then; negative = wait for all
 *
 * All kinds are looked for at the same time. Nothing is opened, and no adapter is disturbed. A kind
 * that cannot look, or finds nothing, adds nothing. Adapters on USB are those that `bridged` knows,
 * from PATH or as ANYCAN_BRIDGED names it. A kind whose search hangs keeps a thread until it ends.
 *
 * Return: how many; -ENOMEM.
 */
ANYCAN_API int anycan_detect(struct anycan_detected **list, const char *const *interfaces,
			     int64_t timeout_ns);

/**
 * anycan_detected_netdev() - the device behind a netdev
 * @netdev: its name
 * @found: vid, pid, model, serial, node, driver and netdevs are filled in as far as sysfs knows
 *them; nothing is changed for vcan and the like
 */
ANYCAN_API void anycan_detected_netdev(const char *netdev, struct anycan_detected *found);

/** anycan_detected_free() - NULL is fine */
ANYCAN_API void anycan_detected_free(struct anycan_detected *list);

#ifdef __cplusplus
}
#endif

#endif
