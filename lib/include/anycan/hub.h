/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What programs and a hub say to each other: records on a Unix socket of type SOCK_SEQPACKET,
 * /run/anycan/NETDEV.hub. Both sides run on one machine, so numbers are in its byte order.
 *
 * A program says HELLO, and the hub WELCOME; from then on both send FRAMES. FILTERS may come from
 * the program at any time; the hub answers FILTERED once they work. A record is a header and
 * `count` items: filters as struct can_filter, frames as put by anycan_hub_put(), or no items.
 * What is behind the last item is ignored, so that records can grow.
 */
#ifndef ANYCAN_HUB_H
#define ANYCAN_HUB_H

#include <anycan/export.h>
#include <anycan/filter.h>
#include <anycan/frame.h>
#include <linux/can/raw.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Version of these records; a hub refuses others by closing the connection. */
#define ANYCAN_HUB_VERSION 1

/** Frames that one record holds at most. */
#define ANYCAN_HUB_BATCH 64

/** Bytes that a frame takes at most. */
#define ANYCAN_HUB_FRAME_MAX (16 + ANYCAN_DATA_MAX)

/** Kinds of records. */
enum anycan_hub_type {
	ANYCAN_HUB_HELLO = 1,	 /**< flags, value = error mask, queue */
	ANYCAN_HUB_WELCOME = 2,	 /**< flags: ANYCAN_HUB_FD if the adapter has it */
	ANYCAN_HUB_FILTERS = 3,	 /**< flags: ANYCAN_HUB_JOINED; value = any number */
	ANYCAN_HUB_FILTERED = 4, /**< the filters with this value work */
	ANYCAN_HUB_FRAMES = 5,	 /**< value = frames that this program has lost so far */
};

/** Flags of records. */
enum anycan_hub_flags {
	ANYCAN_HUB_FD = 1 << 0,		 /**< FD frames, too */
	ANYCAN_HUB_OWN = 1 << 1,	 /**< the program receives what it sends */
	ANYCAN_HUB_NO_LOOPBACK = 1 << 2, /**< others here do not receive what it sends */
	ANYCAN_HUB_JOINED = 1 << 3,	 /**< all filters must let a frame pass */
};

/** struct anycan_hub_header - what a record begins with */
struct anycan_hub_header {
	uint8_t type;	 /**< enum anycan_hub_type */
	uint8_t version; /**< ANYCAN_HUB_VERSION */
	uint16_t count;	 /**< items behind the header */
	uint32_t flags;	 /**< enum anycan_hub_flags */
	uint64_t value;
	uint32_t queue; /**< frames that may wait for the program; 0 = the hub's choice */
	uint32_t reserved;
};

/** Bytes that a record takes at most. */
#define ANYCAN_HUB_RECORD_MAX                                                                      \
	(sizeof(struct anycan_hub_header) + ANYCAN_HUB_BATCH * ANYCAN_HUB_FRAME_MAX)

/** struct anycan_hub_record - a record with room for the largest */
struct anycan_hub_record {
	size_t len; /**< bytes that are used */
	uint8_t bytes[ANYCAN_HUB_RECORD_MAX] __attribute__((aligned(8)));
};

/** struct anycan_hub_reader - where one stands in a record of frames */
struct anycan_hub_reader {
	const uint8_t *at;
	size_t left;
	unsigned int frames; /**< still to come */
};

/** anycan_hub_begin() - begin a record without items */
ANYCAN_API void anycan_hub_begin(struct anycan_hub_record *record,
				 const struct anycan_hub_header *header);

/**
 * anycan_hub_put() - append a frame to a record of type ANYCAN_HUB_FRAMES
 * @record: begun by anycan_hub_begin()
 * @frame: a valid frame; .channel is not kept
 *
 * Return: whether there was room for it.
 */
ANYCAN_API bool anycan_hub_put(struct anycan_hub_record *record, const struct anycan_frame *frame);

/**
 * anycan_hub_put_filters() - append filters to a record of type ANYCAN_HUB_FILTERS
 *
 * Return: 0, or -E2BIG for more than CAN_RAW_FILTER_MAX.
 */
ANYCAN_API int anycan_hub_put_filters(struct anycan_hub_record *record,
				      const struct can_filter *list, size_t n);

/**
 * anycan_hub_parse() - look at a record
 * @bytes: what came
 * @len: how much; more than ANYCAN_HUB_RECORD_MAX is no record
 * @header: set on success
 *
 * Return: 0, or -EPROTO if it is no record of this version, or has no room for its items.
 */
ANYCAN_API int anycan_hub_parse(const uint8_t *bytes, size_t len, struct anycan_hub_header *header);

/**
 * anycan_hub_filters() - the filters of a record that anycan_hub_parse() accepted
 * @bytes: the record
 * @header: its header
 * @list: room for CAN_RAW_FILTER_MAX filters
 *
 * Return: how many.
 */
ANYCAN_API size_t anycan_hub_filters(const uint8_t *bytes, const struct anycan_hub_header *header,
				     struct can_filter *list);

/** anycan_hub_read() - begin to read the frames of a record that anycan_hub_parse() accepted */
ANYCAN_API void anycan_hub_read(struct anycan_hub_reader *reader, const uint8_t *bytes, size_t len,
				const struct anycan_hub_header *header);

/**
 * anycan_hub_next() - the next frame
 * @reader: begun by anycan_hub_read()
 * @frame: set to a valid frame with channel 0
 *
 * Return: 1; 0 after the last one; -EPROTO if what comes is no frame, and after it the end.
 */
ANYCAN_API int anycan_hub_next(struct anycan_hub_reader *reader, struct anycan_frame *frame);

#ifdef __cplusplus
}
#endif

#endif
