// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * All drivers, sorted by name. A new one is a line in each of the two lists below.
 */
#include "driver.h"

extern const struct bridged_driver canalystii_driver;
extern const struct bridged_driver gs_usb_driver;
extern const struct bridged_driver robotell_driver;
extern const struct bridged_driver seeedstudio_driver;
extern const struct bridged_driver serial_driver;
extern const struct bridged_driver slcan_driver;

const struct bridged_driver *const bridged_drivers[] = {
	&canalystii_driver, &gs_usb_driver, &robotell_driver, &seeedstudio_driver, &serial_driver,
	&slcan_driver,	    NULL,
};
