/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * TRC: what its reader and its writer share.
 */
#ifndef FORMATS_TRC_H
#define FORMATS_TRC_H

#include "format.h"

#define TRC_COLUMNS_MAX 16

/* Days from 1899-12-30, where STARTTIME counts from, to the Unix epoch. */
#define TRC_EPOCH_DAYS 25569

struct trc_state {
	unsigned int version; /* 10 if the file tells none */
	bool has_start;
	int64_t start_ns;
	char columns[TRC_COLUMNS_MAX + 1]; /* version 2: a letter each */
	/* Writing */
	bool started;
	uint64_t number;
	int64_t last_ns;
};

int trc_parse_line(struct canlog *log, const char *line, size_t len, struct anycan_frame *frame);

/* PCAN's error frame: kind (1 bit, 2 form, 4 stuff, 8 other), direction, position, counters. */
void trc_error_to_frame(const uint8_t pcan[5], struct anycan_frame *frame);
void trc_error_from_frame(const struct anycan_frame *frame, uint8_t pcan[5]);

/* Head of a file in the version of log->set; returns the byte behind. */
char *trc_print_head(const struct canlog *log, int64_t start_ns, char *out);

#endif
