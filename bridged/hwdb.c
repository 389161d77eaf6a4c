// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The drivers' tables of adapters in the form of hwdb(7). Keys are this project's own, so that the
 * name of a product can be part of them, which udev's own keys for serial ports lack:
 *
 *	anycan:KIND:vVENDORpPRODUCTinINTERFACE:NAME
 *
 * with hexadecimal numbers as in sysfs, and `usb` for a USB device (which has no INTERFACE),
 * `interface` for one of its interfaces, `tty` for a serial port.
 */
#include "hwdb.h"
#include "usb.h"

#include <ctype.h>
#include <stdio.h>

/* As udev writes a product's name: what it does not trust becomes `_`; here any character fits. */
static void print_product(const char *product)
{
	for (; product && *product; product++)
		putchar(isalnum((unsigned char)*product) || *product == '-' ? *product : '?');
	printf("*\n");
}

static void print_key(const char *kind, const struct bridged_usb_id *id, bool interface)
{
	printf("anycan:%s:v%04xp%04x", kind, id->vid, id->pid);
	if (interface)
		printf("in%02x", id->interface);
	printf(":");
	print_product(id->product);
}

/* ModemManager would talk to whatever looks like a serial port, whoever uses it. */
static void print_rows(const char *driver, const char *kind, const struct bridged_usb_id *id)
{
	for (; id && id->vid; id++) {
		printf("\n# %s\n", id->name);
		print_key("usb", id, false);
		print_key(kind, id, true);
		printf(" ID_CAN_DRIVER=%s\n ID_MM_DEVICE_IGNORE=1\n", driver);
	}
}

void bridged_print_hwdb(void)
{
	printf("# CAN adapters, from the drivers' tables: bridged --hwdb\n");
	for (int i = 0; bridged_drivers[i]; i++) {
		print_rows(bridged_drivers[i]->name, "interface", bridged_drivers[i]->usb_ids);
		print_rows(bridged_drivers[i]->name, "tty", bridged_drivers[i]->tty_ids);
	}
}
