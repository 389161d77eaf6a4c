/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of `anycan gen`: arguments, and the frames that it makes up.
 */
#ifndef TOOLS_GEN_H
#define TOOLS_GEN_H

#include "buses.h"

#include <anycan/clock.h>

#define GEN_PERIODIC_MAX 256
#define GEN_FOREVER UINT64_MAX

/** How an identifier, a length or data come about. */
enum gen_mode {
	GEN_RANDOM,
	GEN_RANDOM_EVEN,
	GEN_RANDOM_ODD,
	GEN_INCREMENT,
	GEN_FIXED,
};

/** struct gen_rules - what frames look like; all 0 is cangen's default */
struct gen_rules {
	bool extended, fd, brs, esi, remote;
	bool len8_dlc; /**< raw DLC of 9 to 15 in classic frames */
	bool mix;
	bool mix_fd; /**< the bus has CAN FD */
	enum gen_mode id_mode, len_mode, data_mode;
	uint32_t id;
	unsigned int len;
	uint8_t data[ANYCAN_DATA_MAX];
	uint8_t random[ANYCAN_DATA_MAX]; /**< bits of the data that are random all the same */
};

/** struct gen_frames - where one stands */
struct gen_frames {
	const struct gen_rules *rules;
	uint64_t random; /**< state of the generator */
	uint64_t n;	 /**< frames made so far */
};

/** gen_next() - make up the next frame */
void gen_next(struct gen_frames *frames, struct anycan_frame *frame);

/** struct gen_periodic - FRAME@PERIOD */
struct gen_periodic {
	struct anycan_frame frame;
	int64_t period_ns;
};

/** struct gen_args - what the command line asks for */
struct gen_args {
	struct bus_args bus;
	struct gen_rules rules;
	bool made_up; /**< something was said of frames that are made up */
	int64_t gap_ns;
	double load;		    /**< part of the bus's time; 0: -g counts */
	uint32_t bitrate, dbitrate; /**< for that; 0: the bus tells */
	uint64_t burst, count;	    /**< count: GEN_FOREVER = no limit */
	uint64_t seed;
	int64_t room_ns;     /**< how long to wait for room; negative: as long as it takes */
	bool drop;	     /**< do not wait for room; what finds none is counted */
	int64_t duration_ns; /**< negative: no limit */
	bool verbose;
	struct gen_periodic periodic[GEN_PERIODIC_MAX];
	unsigned int n_periodic;
};

/** gen_args_parse() - Return: -1 to go on, otherwise the exit status */
int gen_args_parse(struct gen_args *args, int argc, char **argv);

#endif
