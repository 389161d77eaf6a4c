/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What every transport of a serial line begins with: its address.
 */
#ifndef BRIDGED_TRANSPORTS_TARGET_H
#define BRIDGED_TRANSPORTS_TARGET_H

#include "transport.h"

#include <anycan/address.h>
#include <stdio.h>

/** target_parse() - read @address, or fill @reason as create() does. Return: as create() */
static inline int target_parse(struct anycan_serial_target *target, const char *address,
			       char *reason)
{
	const char *why;
	int ret = anycan_serial_target_parse(address, target, &why);

	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "%.200s: %s", address, why);
	return ret;
}

#endif
