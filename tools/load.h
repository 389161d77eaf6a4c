/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of `anycan load`.
 */
#ifndef TOOLS_LOAD_H
#define TOOLS_LOAD_H

#include "buses.h"

#include <anycan/wire.h>

/** struct load_rates - bit/s; 0: not known */
struct load_rates {
	uint32_t nominal, data;
};

/** struct load_args - what the command line asks for */
struct load_args {
	struct bus_args buses;
	char *names[BUSES_MAX]; /**< copies of the words without their rates */
	struct load_rates rates[BUSES_MAX];
	enum anycan_stuffing stuffing;
	int64_t period_ns;
	uint64_t count; /**< reports; 0: without end */
	unsigned int verbose;
	bool color, bar, redraw, json, time;
};

/* Fills @args. Return: -1 to go on, otherwise the exit status (help was asked for, or an error). */
int load_args_parse(struct load_args *args, int argc, char **argv);

/** load_args_clear() - free what it holds */
void load_args_clear(struct load_args *args);

/** load_rates_of() - the rates of a netdev's controller, or of the bridge that serves it */
struct load_rates load_rates_of(const char *netdev);

/** struct load_channel - what one channel has carried since the last report */
struct load_channel {
	bool known;
	struct load_rates rates;
	uint64_t frames, errors;
	uint64_t nominal_bits, data_bits; /* on the wire, by the phase they are sent in */
	uint64_t payload_bits;
	uint64_t dropped; /* not counted with the others */
};

/** struct load_report - one line */
struct load_report {
	const char *name;
	const struct load_channel *channel;
	double seconds;
};

/** load_part() - the part of the time that the bus was busy, 1 = all of it; < 0: not known */
double load_part(const struct load_report *report);

/** load_print() - a line for people; @width: of the longest name, @color: -1 for none */
void load_print(const struct load_args *args, const struct load_report *report, int width,
		int color);

/** load_print_json() - a line for programs */
void load_print_json(const struct load_report *report);

#endif
