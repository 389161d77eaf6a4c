/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * BLF: numbers of the format and what its parts share. No official description is public; source:
 * files of CANoe, python-can 4.1 and 4.6, and Technica's vector_blf 2.4.2 (object numbers, order
 * and sizes of fields).
 */
#ifndef FORMATS_BLF_H
#define FORMATS_BLF_H

#include "blf_pool.h"
#include "bytes.h"
#include "format.h"

#define BLF_HEAD_SIZE 144
#define BLF_BASE_SIZE 16      /* LOBJ, header size, header version, object size, type */
#define BLF_OBJECT_HEAD 32    /* with flags, client, version, time */
#define BLF_CONTAINER_HEAD 32 /* with method and size */

/* Objects longer than this are never those of CAN frames. */
#define BLF_FRAME_OBJECT_MAX 4096

#define BLF_TIME_10US 1
#define BLF_TIME_1NS 2

#define BLF_METHOD_STORED 0
#define BLF_METHOD_ZLIB 2

#define BLF_APPLICATION 5 /* python-can's, which other readers know */

enum blf_type {
	BLF_CAN_MESSAGE = 1,
	BLF_CAN_ERROR = 2,
	BLF_CONTAINER = 10,
	BLF_CAN_ERROR_EXT = 73,
	BLF_CAN_MESSAGE2 = 86,
	BLF_GLOBAL_MARKER = 96,
	BLF_CAN_FD_MESSAGE = 100,
	BLF_CAN_FD_MESSAGE_64 = 101,
	BLF_CAN_FD_ERROR_64 = 104,
};

/* Field by field what stands in a file's head. */
struct blf_head {
	uint64_t file_size;
	uint64_t unpacked_size;
	uint32_t objects;
	int64_t start_ns; /* local time to the millisecond, 0 = none */
	int64_t stop_ns;
};

struct blf_state {
	struct blf_head head;
	struct blf_pool *pool;
	/* Reading: unpacked bytes, those of an object begun in an earlier container first */
	struct blf_bytes work;
	size_t pos;
	uint64_t skip;	/* rest of a long object to pass over */
	bool file_done; /* no container is left to start */
	bool cut;	/* the file or a container ended early */
	uint64_t container_at;
	/* Writing */
	struct blf_bytes pending;
	bool started;
	bool head_written;
	size_t flight; /* unpacked bytes being packed */
};

bool blf_head_decode(struct view v, struct blf_head *head, uint32_t *size);
void blf_head_encode(const struct blf_head *head, uint8_t out[BLF_HEAD_SIZE]);

/* Frame of an object: 1, 0 for other objects (noted), negative for a malformed one (noted). */
int blf_object_decode(struct canlog *log, struct view object, struct anycan_frame *frame);

/* Writes the object of a frame; returns the byte behind. At most BLF_FRAME_OBJECT_MAX bytes. */
uint8_t *blf_object_encode(const struct canlog *log, const struct anycan_frame *frame,
			   uint64_t time_ns, uint8_t *out);

/* A GLOBAL_MARKER with @text as its group, as python-can writes it. */
uint8_t *blf_marker_encode(const char *text, size_t len, uint64_t time_ns, uint8_t *out);

ssize_t blf_read(struct canlog *log, struct anycan_frame *frames, size_t n);
int blf_read_open(struct canlog *log);

int blf_write(struct canlog *log, const struct anycan_frame *frames, size_t n);
int blf_write_open(struct canlog *log);
int blf_write_close(struct canlog *log);
int blf_flush(struct canlog *log);
int blf_event(struct canlog *log, int64_t ts_ns, const char *text);

/* Appending: finds the end of the last whole container and the true totals. */
int blf_append_scan(struct canlog *log);

#endif
