// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Records of the hub. What comes from the other side is not trusted.
 */
#include <anycan/hub.h>
#include <errno.h>
#include <string.h>

/* A frame in a record; its data follows, filled up to a multiple of 8 bytes. */
struct hub_frame {
	int64_t ts_ns;
	canid_t can_id;
	uint8_t len;
	uint8_t flags;
	uint8_t len8_dlc;
	uint8_t marks;
};

#define HUB_MARK_TX 1
#define HUB_MARK_OWN 2

static size_t hub_padded(size_t len)
{
	return (len + 7) & ~(size_t)7;
}

void anycan_hub_begin(struct anycan_hub_record *record, const struct anycan_hub_header *header)
{
	struct anycan_hub_header begun = *header;

	begun.version = ANYCAN_HUB_VERSION;
	begun.count = 0;
	memcpy(record->bytes, &begun, sizeof(begun));
	record->len = sizeof(begun);
}

static void hub_count(struct anycan_hub_record *record, uint16_t count)
{
	memcpy(record->bytes + offsetof(struct anycan_hub_header, count), &count, sizeof(count));
}

bool anycan_hub_put(struct anycan_hub_record *record, const struct anycan_frame *frame)
{
	const struct hub_frame head = {
		.ts_ns = frame->ts_ns,
		.can_id = frame->can_id,
		.len = (uint8_t)frame->len,
		.flags = frame->flags,
		.len8_dlc = frame->len8_dlc,
		.marks = (uint8_t)((frame->dir == ANYCAN_TX ? HUB_MARK_TX : 0) |
				   (frame->own ? HUB_MARK_OWN : 0)),
	};
	size_t data = anycan_frame_data_len(frame);
	uint8_t *at = record->bytes + record->len;
	uint16_t count;

	memcpy(&count, record->bytes + offsetof(struct anycan_hub_header, count), sizeof(count));
	if (count >= ANYCAN_HUB_BATCH || !anycan_frame_fits(frame))
		return false;
	memcpy(at, &head, sizeof(head));
	memset(at + sizeof(head), 0, hub_padded(data));
	memcpy(at + sizeof(head), frame->data, data);
	record->len += sizeof(head) + hub_padded(data);
	hub_count(record, (uint16_t)(count + 1));
	return true;
}

int anycan_hub_put_filters(struct anycan_hub_record *record, const struct can_filter *list,
			   size_t n)
{
	if (n > CAN_RAW_FILTER_MAX)
		return -E2BIG;
	if (n)
		memcpy(record->bytes + record->len, list, n * sizeof(*list));
	record->len += n * sizeof(*list);
	hub_count(record, (uint16_t)n);
	return 0;
}

/* Fewest bytes that the items of a record take. */
static size_t hub_items_min(const struct anycan_hub_header *header)
{
	switch (header->type) {
	case ANYCAN_HUB_FILTERS:
		return header->count * sizeof(struct can_filter);
	case ANYCAN_HUB_FRAMES:
		return header->count * sizeof(struct hub_frame);
	default:
		return 0;
	}
}

int anycan_hub_parse(const uint8_t *bytes, size_t len, struct anycan_hub_header *header)
{
	struct anycan_hub_header found;
	size_t limit;

	if (len < sizeof(found) || len > ANYCAN_HUB_RECORD_MAX)
		return -EPROTO;
	memcpy(&found, bytes, sizeof(found));
	limit = found.type == ANYCAN_HUB_FILTERS ? CAN_RAW_FILTER_MAX : ANYCAN_HUB_BATCH;
	if (found.version != ANYCAN_HUB_VERSION || found.type < ANYCAN_HUB_HELLO ||
	    found.type > ANYCAN_HUB_FRAMES || found.count > limit ||
	    hub_items_min(&found) > len - sizeof(found))
		return -EPROTO;
	*header = found;
	return 0;
}

size_t anycan_hub_filters(const uint8_t *bytes, const struct anycan_hub_header *header,
			  struct can_filter *list)
{
	if (header->type != ANYCAN_HUB_FILTERS || !header->count)
		return 0;
	memcpy(list, bytes + sizeof(*header), header->count * sizeof(*list));
	return header->count;
}

void anycan_hub_read(struct anycan_hub_reader *reader, const uint8_t *bytes, size_t len,
		     const struct anycan_hub_header *header)
{
	reader->at = bytes + sizeof(*header);
	reader->left = len - sizeof(*header);
	reader->frames = header->type == ANYCAN_HUB_FRAMES ? header->count : 0;
}

static int hub_broken(struct anycan_hub_reader *reader)
{
	reader->frames = 0;
	return -EPROTO;
}

int anycan_hub_next(struct anycan_hub_reader *reader, struct anycan_frame *frame)
{
	struct hub_frame head;
	size_t data;

	if (!reader->frames)
		return 0;
	if (reader->left < sizeof(head))
		return hub_broken(reader);
	memcpy(&head, reader->at, sizeof(head));
	*frame = (struct anycan_frame){
		.ts_ns = head.ts_ns,
		.can_id = head.can_id,
		.len = head.len,
		.flags = head.flags,
		.len8_dlc = head.len8_dlc,
		.dir = head.marks & HUB_MARK_TX ? ANYCAN_TX : ANYCAN_RX,
		.own = !!(head.marks & HUB_MARK_OWN),
	};
	data = anycan_frame_data_len(frame);
	if (anycan_frame_check(frame, NULL) || reader->left - sizeof(head) < hub_padded(data))
		return hub_broken(reader);
	memcpy(frame->data, reader->at + sizeof(head), data);
	reader->at += sizeof(head) + hub_padded(data);
	reader->left -= sizeof(head) + hub_padded(data);
	reader->frames--;
	return 1;
}
