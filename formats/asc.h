/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * ASC: what its reader and its writer share.
 */
#ifndef FORMATS_ASC_H
#define FORMATS_ASC_H

#include "format.h"

/* Bits of the Flags column of CANFD lines. */
#define ASC_FLAG_RTR 0x10
#define ASC_FLAG_FDF 0x1000
#define ASC_FLAG_BRS 0x2000
#define ASC_FLAG_ESI 0x4000

struct asc_state {
	/* Reading */
	bool dec;
	bool deltas;
	int64_t start_ns; /* epoch of the file's time 0 */
	int64_t delta_ns; /* sum of the times since the start, with deltas */
	/* Writing */
	bool started;
	int64_t zero_ns; /* epoch of the time 0 written */
	int64_t last_ns;
	int64_t previous_ns; /* time of the line before, with deltas */
	unsigned int decimals;
	int64_t printed_sec; /* whole seconds as text, most often the next line's too */
	char printed[24];
	size_t printed_len;
};

int asc_parse_line(struct canlog *log, const char *line, size_t len, struct anycan_frame *frame);
char *asc_print_line(struct canlog *log, const struct anycan_frame *frame, char *out);
int asc_event(struct canlog *log, int64_t ts_ns, const char *text);
int asc_open(struct canlog *log);
int asc_close(struct canlog *log);

#endif
