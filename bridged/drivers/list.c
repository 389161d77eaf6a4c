// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * All drivers, sorted by name. A new one is a line in each of the two lists below.
 */
#include "driver.h"

extern const struct bridged_driver slcan_driver;

const struct bridged_driver *const bridged_drivers[] = {
	&slcan_driver,
	NULL,
};
