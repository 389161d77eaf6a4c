// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * From an address to what is behind it.
 */
#include "bus_internal.h"

#include <anycan/address.h>
#include <errno.h>
#include <string.h>

void anycan_started_end(struct anycan_started *started)
{
	(void)started;
}

int anycan_bus_reach(struct anycan_opened *opened, const char *address,
		     const struct anycan_bus_options *options, struct anycan_error *error)
{
	struct anycan_address parsed = {0};
	const char *reason;
	int ret = *address ? anycan_address_parse(address, &parsed, &reason) : 0;

	if (ret)
		return anycan_error_set(error, ANYCAN_ERROR_VALUE, ret, "'%s': %s", address,
					reason);
	opened->interface = anycan_interface_find(*parsed.driver ? parsed.driver : "socketcan");
	if (!opened->interface)
		return anycan_error_set(error, ANYCAN_ERROR_NOT_IMPLEMENTED, -EPROTONOSUPPORT,
					"'%s': there is no interface '%s'", address, parsed.driver);
	return opened->interface->open(&opened->state, parsed.rest, options, error);
}
