// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The contract of every driver, on input that libFuzzer thinks of. The first byte picks the
 * driver by the sum of its name's letters, the second one of its setups, the third what the rest
 * is: input from the adapter, or the course of a life with frames, time, stops and starts.
 * FUZZ_DRIVER in the environment holds it to one driver.
 */
#include "../unit/contract.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* So that a seed stays with its driver when there are more of them. */
static uint8_t name_sum(const char *name)
{
	uint8_t sum = 0;

	while (*name)
		sum = (uint8_t)(sum + *name++);
	return sum;
}

static const struct bridged_driver *pick_driver(uint8_t byte)
{
	const char *only = getenv("FUZZ_DRIVER");
	unsigned int n = 0;

	for (; bridged_drivers[n]; n++)
		if (only ? !strcmp(bridged_drivers[n]->name, only)
			 : name_sum(bridged_drivers[n]->name) == byte)
			return bridged_drivers[n];
	return bridged_drivers[byte % n];
}

static const struct contract_setup *pick_setup(const struct bridged_driver *driver, uint8_t byte)
{
	const struct contract_setup *setup, *first = NULL;
	unsigned int n = 0;

	for (setup = contract_setups; setup->driver; setup++) {
		if (strcmp(setup->driver, driver->name))
			continue;
		if (!n++)
			first = setup;
	}
	for (setup = first, n = byte % n; n; setup++)
		n -= !strcmp(setup[1].driver, driver->name);
	return setup;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct contract_setup *setup;
	const char *fault;

	if (size < 3)
		return -1;
	setup = pick_setup(pick_driver(data[0]), data[1]);
	if (data[2] & 1)
		fault = contract_live(setup, data + 3, size - 3);
	else
		fault = contract_check(setup, data + 3, size - 3, 1U + data[2]);
	if (fault) {
		fprintf(stderr, "%s %s: %s\n", setup->driver, setup->words, fault);
		abort();
	}
	return 0;
}
