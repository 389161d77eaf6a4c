/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The inside of a log: what the core keeps for every format, and the list of formats.
 */
#ifndef FORMATS_FORMAT_H
#define FORMATS_FORMAT_H

#include "stream.h"
#include <canlog-format.h>
#include <string.h>
#include <time.h>

#define CANLOG_NAME_SIZE 32

/* Most digits after the decimal point that a setting may ask for. */
#define CANLOG_DECIMALS_MAX 9

/** struct canlog_settings - all settings of all formats, parsed; see formats/settings.c */
struct canlog_settings {
	char channel[CANLOG_NAME_SIZE]; /* name or number for frames without one, "" = default */
	char table_name[64];
	bool append;
	bool base_dec;
	bool relative;	/* read: times from 0 instead of the header's date */
	bool deltas;	/* write: each time relative to the event before */
	bool direction; /* write the direction where it is optional */
	int compression_level;
	uint32_t max_container_size;
	int decimals;	      /* 0 = the format's usual number */
	unsigned int version; /* TRC: 10, 11, 13, 20, 21 */
	bool raw_dlc;	      /* candump: write _ and the DLC, which python-can cannot read */
	bool classic_fd;      /* ASC: classic frames in CANFD lines too */
};

struct canlog {
	const struct canlog_format *format;
	struct canlog_settings set;
	struct canlog_in in;
	struct canlog_out out;
	struct canlog_channels *channels;
	bool own_channels;
	bool writing;
	bool repair;
	bool sync;
	int threads;
	uint64_t loses;	  /* as the format's, less what settings keep */
	uint32_t time_ns; /* resolution with these settings */
	int64_t from_ns;  /* reading: frames before it are passed over until one is not */
	int failed;	  /* sticky: negative errno of the first failure */
	int64_t flush_ns;
	size_t flush_bytes;
	struct timespec last_flush;
	uint64_t flushed_size;
	size_t pending; /* bytes that the format holds and the stream does not know of */
	uint64_t line;	/* reading: line or offset in work; writing: number of the frame */
	char line_end;	/* reading text: '\n', or '\r' where that is all there is; 0 = not known */
	size_t dropped; /* reading text: bytes of a line that is too long and is passed over */
	struct canlog_report report;
	struct canlog_error error;
	char *path;
	void *state;
};

/* What the format list holds, in order of name; formats/registry.c. */
extern const struct canlog_format asc_format;
extern const struct canlog_format blf_format;
extern const struct canlog_format candump_format;
extern const struct canlog_format csv_format;
extern const struct canlog_format pcap_format;
extern const struct canlog_format pcapng_format;
extern const struct canlog_format sqlite_format;
extern const struct canlog_format trc_format;
extern const struct canlog_format txt_format;

const struct canlog_format *canlog_format_probe(const uint8_t *head, size_t len);

/* Settings of @format from "key=value" texts; words in @error. */
int canlog_settings_parse(struct canlog_settings *set, const struct canlog_format *format,
			  const struct canlog_options *options, struct canlog_error *error);

/* Sentence with the log's file name in front; returns @code. */
int canlog_fail(struct canlog *log, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int canlog_fail_to(struct canlog_error *error, int code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The pump for text formats, formats/text.c. */
ssize_t canlog_text_read(struct canlog *log, struct anycan_frame *frames, size_t n);
int canlog_text_write(struct canlog *log, const struct anycan_frame *frames, size_t n);
int canlog_text_append(struct canlog *log);

/* Report upkeep, formats/report.c. */
void canlog_report_add(struct canlog_report *report, const struct anycan_frame *frames, size_t n);
void canlog_note_at(struct canlog *log, enum canlog_note note, uint64_t where);

/* Counts what @frame, the @number-th, loses in this format; whether it is to be written. */
bool canlog_admit(struct canlog *log, const struct anycan_frame *frame, uint64_t number);

/* Whether the channel has a name that its number does not tell. */
bool canlog_channel_is_named(const struct canlog *log, uint16_t channel);

/* Name to print for a channel, "can<number>" if it has none; @buf of CANLOG_NAME_SIZE. */
const char *canlog_channel_text(const struct canlog *log, uint16_t channel, char *buf);

/* Channel number to print: the frame's + 1, or the setting's for frames without one. */
unsigned int canlog_channel_plus_1(const struct canlog *log, const struct anycan_frame *frame);

/* Number from 0 of a channel written as a number from 1; 0 counts as no channel. */
static inline uint16_t canlog_channel_from_1(uint64_t number)
{
	return number && number <= ANYCAN_CHANNEL_NONE ? (uint16_t)(number - 1)
						       : ANYCAN_CHANNEL_NONE;
}

/* Classic data length from a raw DLC of 0..15 and more; notes what cannot be. */
void canlog_set_classic_dlc(struct canlog *log, struct anycan_frame *frame, unsigned int dlc);

/*
 * Length of a frame whose data, at most ANYCAN_DATA_MAX bytes, is set: more than 8 make it an FD
 * frame, and lengths that FD does not have are filled up with zeros and noted.
 */
void canlog_set_data_len(struct canlog *log, struct anycan_frame *frame, size_t len);

/* Sum of times of a file that may be damaged: no more than the last time there is. */
static inline int64_t canlog_add_time(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? INT64_MAX : sum;
}

/*
 * A time in the digits that are written, rounded: python-can's floating point leaves times a
 * fraction short of the microsecond that was meant.
 */
static inline int64_t canlog_round_time(const struct canlog *log, int64_t ts_ns)
{
	int64_t unit = log->time_ns;

	if (ts_ns > INT64_MAX - unit)
		return ts_ns;
	if (unit == 1000)
		return (ts_ns + 500) / 1000 * 1000;
	return (ts_ns + unit / 2) / unit * unit;
}

/* Empty frame header; the data stays as it is: nobody may read it beyond len. */
static inline void canlog_frame_reset(struct anycan_frame *frame)
{
	memset(frame, 0, offsetof(struct anycan_frame, data));
}

#endif
