/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Buses for tests: open one or fail with the library's own words.
 */
#ifndef TESTS_UNIT_BUSES_H
#define TESTS_UNIT_BUSES_H

#include <anycan/bus.h>

static inline struct anycan_bus *test_open_bus(const char *address,
					       struct anycan_bus_options options)
{
	struct anycan_error error;
	struct anycan_bus *bus;

	if (anycan_bus_open(&bus, address, &options, &error))
		fail_msg("%s", error.text);
	return bus;
}

/** OPEN() - a bus by its address and members of struct anycan_bus_options */
#define OPEN(address, ...) test_open_bus(address, (struct anycan_bus_options){__VA_ARGS__})

#endif
