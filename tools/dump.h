/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Frames as lines for people and scripts: those of candump, of candump -L, and JSON. Source: what
 * candump of can-utils 2020.11 and 2025.01 prints.
 */
#ifndef TOOLS_DUMP_H
#define TOOLS_DUMP_H

#include "buses.h"

#include <time.h>

/** Room for any line with its end. */
#define DUMP_LINE_MAX 4096

/** Channels whose names are remembered; of others they are looked up for each frame. */
#define DUMP_CHANNELS 64

enum dump_form {
	DUMP_LONG, /**< `  can0  123   [4]  DE AD BE EF` */
	DUMP_LOG,  /**< `(1436509052.249713) can0 123#DEADBEEF` */
	DUMP_JSON, /**< an object a line */
};

/** enum dump_time - which time stands before a frame; candump's letters */
enum dump_time {
	DUMP_NO_TIME = 0,
	DUMP_ABSOLUTE = 'a',
	DUMP_DELTA = 'd',
	DUMP_ZERO = 'z',
	DUMP_DATE = 'A',
};

/** struct dump_options - how lines look; all 0: as candump without options */
struct dump_options {
	enum dump_form form;
	enum dump_time time;
	bool ns;	    /**< nine decimals */
	bool binary;	    /**< data bit by bit */
	bool ascii;	    /**< data also as characters */
	bool swap;	    /**< last byte first */
	bool error_words;   /**< error frames in words */
	bool raw_dlc;	    /**< {DLC} in place of [length] of classic frames */
	bool extra;	    /**< direction, BRS, ESI */
	unsigned int color; /**< candump's level: 0 none, 1 the name, 2 and the frame, 3 all */
};

/** struct dump_name - a channel as it is printed */
struct dump_name {
	char text[64]; /* for JSON with its escapes */
	unsigned int len;
	unsigned int color;
};

/** struct dump - lines in the making; dump_init() begins */
struct dump {
	struct dump_options options;
	const struct buses *buses;
	struct dump_name names[DUMP_CHANNELS]; /* len 0: not met yet */
	unsigned int width;		       /* of the longest name */
	unsigned int n_colors;		       /* given away */
	bool indent;			       /* an extended frame was met */
	int64_t last_ns;		       /* 0: none yet */
	time_t date_s;			       /* whose text .date is */
	char date[32];
};

/** dump_init() - begin; @buses must stay */
void dump_init(struct dump *dump, const struct dump_options *options, const struct buses *buses);

/**
 * dump_frame() - write the line of a frame
 * @out: room for DUMP_LINE_MAX characters
 *
 * Return: behind the line's end.
 */
char *dump_frame(struct dump *dump, const struct anycan_frame *frame, char *out);

/**
 * dump_dropped() - write that frames were lost
 * @name: of the bus
 * @frames: how many
 * @total: since it was opened
 * @out: room for DUMP_LINE_MAX characters
 *
 * Return: behind the line's end.
 */
char *dump_dropped(const struct dump *dump, const char *name, uint64_t frames, uint64_t total,
		   char *out);

#endif
