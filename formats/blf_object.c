// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * BLF objects to frames and back, and the file's head. Pure but for the notes.
 */
#include "blf.h"

#include <anycan/clock.h>
#include <linux/can/error.h>
#include <time.h>

#define FLAG_TX 0x01
#define FLAG_REMOTE 0x80
#define FD_EDL 0x01
#define FD_BRS 0x02
#define FD_ESI 0x04
#define FD64_REMOTE 0x0010
#define FD64_EDL 0x1000
#define FD64_BRS 0x2000
#define FD64_ESI 0x4000

/* Sizes of the objects' own parts, behind the object head. */
#define MESSAGE_SIZE 16
#define ERROR_SIZE 4
#define ERROR_EXT_SIZE 32
#define FD_SIZE 84
#define FD_WRITTEN_SIZE 88
#define FD64_SIZE 40
#define MARKER_SIZE 40

/* Unix time of the first time that python-can takes for a date. */
#define YEAR_1990_NS (INT64_C(631152000) * ANYCAN_NS_PER_S)

static int64_t system_time_decode(struct view v, size_t at)
{
	struct tm tm = {
		.tm_year = view_le16(v, at) - 1900,
		.tm_mon = view_le16(v, at + 2) - 1,
		.tm_mday = view_le16(v, at + 6),
		.tm_hour = view_le16(v, at + 8),
		.tm_min = view_le16(v, at + 10),
		.tm_sec = view_le16(v, at + 12),
		.tm_isdst = -1,
	};
	uint16_t ms = view_le16(v, at + 14);
	time_t sec;

	/* Nanoseconds since 1970 end in 2262. */
	if (tm.tm_year < 70 || tm.tm_year > 361 || tm.tm_mon < 0 || tm.tm_mon > 11 ||
	    tm.tm_mday < 1 || tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60 || ms > 999)
		return 0;
	sec = mktime(&tm);
	return sec < 0 ? 0 : (int64_t)sec * ANYCAN_NS_PER_S + ms * ANYCAN_NS_PER_MS;
}

static uint8_t *system_time_encode(uint8_t *p, int64_t ns)
{
	time_t sec = (time_t)(ns / ANYCAN_NS_PER_S);
	struct tm tm = {0};

	if (ns < YEAR_1990_NS || !localtime_r(&sec, &tm)) {
		memset(p, 0, 16);
		return p + 16;
	}
	p = put_le16(p, (uint16_t)(tm.tm_year + 1900));
	p = put_le16(p, (uint16_t)(tm.tm_mon + 1));
	p = put_le16(p, (uint16_t)tm.tm_wday);
	p = put_le16(p, (uint16_t)tm.tm_mday);
	p = put_le16(p, (uint16_t)tm.tm_hour);
	p = put_le16(p, (uint16_t)tm.tm_min);
	p = put_le16(p, (uint16_t)tm.tm_sec);
	return put_le16(p, (uint16_t)(ns % ANYCAN_NS_PER_S / ANYCAN_NS_PER_MS));
}

bool blf_head_decode(struct view v, struct blf_head *head, uint32_t *size)
{
	if (v.len < 72 || memcmp(v.p, "LOGG", 4))
		return false;
	*size = view_le32(v, 4);
	head->file_size = view_le64(v, 16);
	head->unpacked_size = view_le64(v, 24);
	head->objects = view_le32(v, 32);
	head->start_ns = system_time_decode(v, 40);
	head->stop_ns = system_time_decode(v, 56);
	return *size >= 72 && *size <= 65536;
}

void blf_head_encode(const struct blf_head *head, uint8_t out[BLF_HEAD_SIZE])
{
	uint8_t *p = put_bytes(out, "LOGG", 4);

	p = put_le32(p, BLF_HEAD_SIZE);
	p = put_bytes(p, (const uint8_t[]){BLF_APPLICATION, 0, 0, 0}, 4);
	/* Version of the log format: 2.6.8.1 */
	p = put_bytes(p, (const uint8_t[]){2, 6, 8, 1}, 4);
	p = put_le64(p, head->file_size);
	p = put_le64(p, head->unpacked_size);
	p = put_le32(p, head->objects);
	p = put_le32(p, 0);
	p = system_time_encode(p, head->start_ns);
	p = system_time_encode(p, head->stop_ns);
	memset(p, 0, (size_t)(out + BLF_HEAD_SIZE - p));
}

static canid_t id_decode(uint32_t id)
{
	return (id & CAN_EFF_MASK) | (id & CAN_EFF_FLAG);
}

static int decode_message(struct canlog *log, struct view v, struct anycan_frame *frame)
{
	uint8_t flags = view_u8(v, 2);

	frame->channel = canlog_channel_from_1(view_le16(v, 0));
	frame->can_id = id_decode(view_le32(v, 4));
	frame->dir = flags & FLAG_TX ? ANYCAN_TX : ANYCAN_RX;
	canlog_set_classic_dlc(log, frame, view_u8(v, 3));
	if (flags & FLAG_REMOTE)
		frame->can_id |= CAN_RTR_FLAG;
	else
		view_copy(v, 8, frame->data, CAN_MAX_DLEN);
	return 1;
}

static int decode_error(struct view v, size_t channel_bytes, struct anycan_frame *frame)
{
	uint16_t channel = channel_bytes == 1 ? view_u8(v, 0) : view_le16(v, 0);

	frame->channel = canlog_channel_from_1(channel);
	frame->can_id = CAN_ERR_FLAG | CAN_ERR_BUSERROR;
	frame->len = CAN_ERR_DLC;
	memset(frame->data, 0, CAN_ERR_DLC);
	return 1;
}

/* python-can keeps the class of an error frame in the id, and so do we. */
static int decode_error_ext(struct view v, struct anycan_frame *frame)
{
	uint8_t dlc = view_u8(v, 10);

	frame->channel = canlog_channel_from_1(view_le16(v, 0));
	frame->can_id = CAN_ERR_FLAG | (view_le32(v, 16) & CAN_ERR_MASK);
	frame->len = dlc > CAN_ERR_DLC ? CAN_ERR_DLC : dlc;
	view_copy(v, 24, frame->data, CAN_MAX_DLEN);
	return 1;
}

struct fd_fields {
	bool remote, fd, brs, esi;
	uint8_t dlc;
	size_t valid; /* bytes of data told */
	struct view data;
};

static int decode_fd_fields(struct canlog *log, const struct fd_fields *fields,
			    struct anycan_frame *frame)
{
	size_t there = fields->valid < fields->data.len ? fields->valid : fields->data.len;

	if (fields->remote || !fields->fd) {
		canlog_set_classic_dlc(log, frame, fields->dlc);
		if (fields->remote)
			frame->can_id |= CAN_RTR_FLAG;
		else
			view_copy(view_sub(fields->data, 0, there), 0, frame->data, CAN_MAX_DLEN);
		return 1;
	}
	frame->flags = CANFD_FDF | (fields->brs ? CANFD_BRS : 0) | (fields->esi ? CANFD_ESI : 0);
	if (fields->dlc > ANYCAN_DLC_MAX)
		canlog_note_add(log, CANLOG_CHANGED_DLC);
	frame->len = anycan_dlc2len(fields->dlc);
	view_copy(view_sub(fields->data, 0, there), 0, frame->data, frame->len);
	return 1;
}

static int decode_fd(struct canlog *log, struct view v, struct anycan_frame *frame)
{
	uint8_t flags = view_u8(v, 2), fd_flags = view_u8(v, 13);
	struct fd_fields fields = {
		.remote = flags & FLAG_REMOTE,
		.fd = fd_flags & FD_EDL,
		.brs = fd_flags & FD_BRS,
		.esi = fd_flags & FD_ESI,
		.dlc = view_u8(v, 3),
		.valid = view_u8(v, 14),
		.data = view_sub(v, 20, CANFD_MAX_DLEN),
	};

	frame->channel = canlog_channel_from_1(view_le16(v, 0));
	frame->can_id = id_decode(view_le32(v, 4));
	frame->dir = flags & FLAG_TX ? ANYCAN_TX : ANYCAN_RX;
	return decode_fd_fields(log, &fields, frame);
}

/* @head: bytes of the object before @v: the offset of what follows the data counts from there. */
static int decode_fd64(struct canlog *log, struct view v, size_t head, struct anycan_frame *frame)
{
	uint32_t flags = view_le32(v, 12);
	size_t behind = view_u8(v, 35);
	struct fd_fields fields = {
		.remote = flags & FD64_REMOTE,
		.fd = flags & FD64_EDL,
		.brs = flags & FD64_BRS,
		.esi = flags & FD64_ESI,
		.dlc = view_u8(v, 1),
		.valid = view_u8(v, 2),
		.data = view_sub(v, FD64_SIZE, CANFD_MAX_DLEN),
	};

	if (behind >= head + FD64_SIZE && behind - head - FD64_SIZE < fields.data.len)
		fields.data.len = behind - head - FD64_SIZE;
	frame->channel = canlog_channel_from_1(view_u8(v, 0));
	frame->can_id = id_decode(view_le32(v, 4));
	frame->dir = view_u8(v, 34) ? ANYCAN_TX : ANYCAN_RX;
	return decode_fd_fields(log, &fields, frame);
}

/* Object numbers of other buses, in ranges; the rest of the known numbers are events. */
static enum canlog_note note_of(uint32_t type)
{
	static const struct {
		uint8_t from, to;
	} buses[] = {{11, 29}, {32, 34}, {36, 43},   {45, 50},	{54, 64},
		     {66, 71}, {75, 85}, {113, 114}, {116, 126}};

	for (size_t i = 0; i < sizeof(buses) / sizeof(buses[0]); i++)
		if (type >= buses[i].from && type <= buses[i].to)
			return CANLOG_SKIPPED_OTHER_BUS;
	return type && type < 132 ? CANLOG_SKIPPED_EVENT : CANLOG_SKIPPED_UNKNOWN;
}

static size_t least_size(uint32_t type)
{
	switch (type) {
	case BLF_CAN_MESSAGE:
	case BLF_CAN_MESSAGE2:
		return MESSAGE_SIZE;
	case BLF_CAN_ERROR:
		return ERROR_SIZE;
	case BLF_CAN_ERROR_EXT:
		return ERROR_EXT_SIZE;
	case BLF_CAN_FD_MESSAGE:
		return FD_SIZE;
	default:
		return FD64_SIZE;
	}
}

static int decode_by_type(struct canlog *log, uint32_t type, struct view v, size_t head,
			  struct anycan_frame *frame)
{
	switch (type) {
	case BLF_CAN_MESSAGE:
	case BLF_CAN_MESSAGE2:
		return decode_message(log, v, frame);
	case BLF_CAN_ERROR:
		return decode_error(v, 2, frame);
	case BLF_CAN_FD_ERROR_64:
		return decode_error(v, 1, frame);
	case BLF_CAN_ERROR_EXT:
		return decode_error_ext(v, frame);
	case BLF_CAN_FD_MESSAGE:
		return decode_fd(log, v, frame);
	default:
		return decode_fd64(log, v, head, frame);
	}
}

static bool is_frame_type(uint32_t type)
{
	return type == BLF_CAN_MESSAGE || type == BLF_CAN_MESSAGE2 || type == BLF_CAN_FD_MESSAGE ||
	       type == BLF_CAN_FD_MESSAGE_64 || type == BLF_CAN_ERROR ||
	       type == BLF_CAN_ERROR_EXT || type == BLF_CAN_FD_ERROR_64;
}

int blf_object_decode(struct canlog *log, struct view object, struct anycan_frame *frame)
{
	struct blf_state *st = log->state;
	uint32_t type = view_le32(object, 12);
	uint16_t version = view_le16(object, 6);
	size_t head = version == 2 ? 40 : BLF_OBJECT_HEAD;
	uint64_t time;

	if (!is_frame_type(type)) {
		canlog_note_add(log, note_of(type));
		return 0;
	}
	if (version != 1 && version != 2) {
		canlog_note_add(log, CANLOG_SKIPPED_UNKNOWN);
		return 0;
	}
	if (object.len < head + least_size(type)) {
		canlog_note_add(log, CANLOG_SKIPPED_MALFORMED);
		return -1;
	}
	canlog_frame_reset(frame);
	time = view_le64(object, 24);
	if (view_le32(object, 16) == BLF_TIME_10US && __builtin_mul_overflow(time, 10000, &time))
		time = UINT64_MAX;
	/* Beyond what 63 bits of nanoseconds hold, year 2262, nothing sensible can be. */
	frame->ts_ns = time > (uint64_t)(INT64_MAX - st->head.start_ns)
			       ? INT64_MAX
			       : st->head.start_ns + (int64_t)time;
	return decode_by_type(log, type, view_sub(object, head, object.len), head, frame);
}

static uint8_t *put_object_head(uint8_t *p, uint32_t type, size_t size, uint64_t time_ns)
{
	p = put_bytes(p, "LOBJ", 4);
	p = put_le16(p, BLF_OBJECT_HEAD);
	p = put_le16(p, 1);
	p = put_le32(p, (uint32_t)(BLF_OBJECT_HEAD + size));
	p = put_le32(p, type);
	p = put_le32(p, BLF_TIME_1NS);
	p = put_le32(p, 0);
	return put_le64(p, time_ns);
}

static uint32_t id_encode(const struct anycan_frame *frame)
{
	return (frame->can_id & CAN_EFF_MASK) | (frame->can_id & CAN_EFF_FLAG);
}

/* The data with zeros behind, in @room bytes. */
static uint8_t *put_data(uint8_t *p, const struct anycan_frame *frame, size_t room)
{
	size_t len = anycan_frame_data_len(frame);

	memset(p, 0, room);
	memcpy(p, frame->data, len < room ? len : room);
	return p + room;
}

static uint8_t *encode_error(const struct anycan_frame *frame, uint16_t channel, uint64_t time_ns,
			     uint8_t *p)
{
	p = put_object_head(p, BLF_CAN_ERROR_EXT, ERROR_EXT_SIZE, time_ns);
	p = put_le16(p, channel);
	p = put_le16(p, 0);
	p = put_le32(p, 0);
	p = put_le16(p, 0);
	p = put_u8(p, (uint8_t)(frame->len > CAN_ERR_DLC ? CAN_ERR_DLC : frame->len));
	p = put_u8(p, 0);
	p = put_le32(p, 0);
	p = put_le32(p, frame->can_id & CAN_ERR_MASK);
	p = put_le32(p, 0);
	return put_data(p, frame, CAN_MAX_DLEN);
}

static uint8_t *encode_fd(const struct anycan_frame *frame, uint16_t channel, uint64_t time_ns,
			  uint8_t *p)
{
	uint8_t fd_flags = FD_EDL;

	if (frame->flags & CANFD_BRS)
		fd_flags |= FD_BRS;
	if (frame->flags & CANFD_ESI)
		fd_flags |= FD_ESI;
	p = put_object_head(p, BLF_CAN_FD_MESSAGE, FD_WRITTEN_SIZE, time_ns);
	p = put_le16(p, channel);
	p = put_u8(p, frame->dir == ANYCAN_TX ? FLAG_TX : 0);
	p = put_u8(p, anycan_frame_dlc(frame));
	p = put_le32(p, id_encode(frame));
	p = put_le32(p, 0);
	p = put_u8(p, 0);
	p = put_u8(p, fd_flags);
	p = put_u8(p, (uint8_t)frame->len);
	p = put_u8(p, 0);
	p = put_le32(p, 0);
	p = put_data(p, frame, CANFD_MAX_DLEN);
	return put_le32(p, 0);
}

uint8_t *blf_object_encode(const struct canlog *log, const struct anycan_frame *frame,
			   uint64_t time_ns, uint8_t *p)
{
	uint16_t channel = (uint16_t)canlog_channel_plus_1(log, frame);
	uint8_t flags = frame->dir == ANYCAN_TX ? FLAG_TX : 0;

	if (frame->can_id & CAN_ERR_FLAG)
		return encode_error(frame, channel, time_ns, p);
	if (frame->flags & CANFD_FDF)
		return encode_fd(frame, channel, time_ns, p);
	if (frame->can_id & CAN_RTR_FLAG)
		flags |= FLAG_REMOTE;
	p = put_object_head(p, BLF_CAN_MESSAGE, MESSAGE_SIZE, time_ns);
	p = put_le16(p, channel);
	p = put_u8(p, flags);
	p = put_u8(p, (uint8_t)(frame->len8_dlc ? frame->len8_dlc : frame->len));
	p = put_le32(p, id_encode(frame));
	return put_data(p, frame, CAN_MAX_DLEN);
}

uint8_t *blf_marker_encode(const char *text, size_t len, uint64_t time_ns, uint8_t *p)
{
	static const char marker[] = "anycan", remark[] = "Added by anycan";
	size_t size = MARKER_SIZE + len + sizeof(marker) - 1 + sizeof(remark) - 1;
	size_t pad = (BLF_OBJECT_HEAD + size) % 4;

	p = put_object_head(p, BLF_GLOBAL_MARKER, size, time_ns);
	p = put_le32(p, 0);
	p = put_le32(p, 0xffffff);
	p = put_le32(p, 0xff3300);
	p = put_le32(p, 0);
	p = put_le32(p, (uint32_t)len);
	p = put_le32(p, sizeof(marker) - 1);
	p = put_le32(p, sizeof(remark) - 1);
	memset(p, 0, 12);
	p = put_bytes(p + 12, text, len);
	p = put_bytes(p, marker, sizeof(marker) - 1);
	p = put_bytes(p, remark, sizeof(remark) - 1);
	memset(p, 0, pad);
	return p + pad;
}
