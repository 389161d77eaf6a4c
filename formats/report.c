// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What went through a log, and what a format could not hold.
 */
#include "format.h"

#include <linux/can/error.h>

static const char *const note_texts[CANLOG_NOTES] = {
	[CANLOG_SKIPPED_EVENT] = "events that are no frames skipped",
	[CANLOG_SKIPPED_OTHER_BUS] = "frames of other buses skipped",
	[CANLOG_SKIPPED_XL] = "CAN XL frames skipped",
	[CANLOG_SKIPPED_UNKNOWN] = "lines or objects of unknown kind skipped",
	[CANLOG_SKIPPED_MALFORMED] = "malformed lines or objects skipped",
	[CANLOG_SKIPPED_DAMAGE] = "damaged parts skipped",
	[CANLOG_TRUNCATED] = "cut off in the middle of something at the end of the file",
	[CANLOG_CHANGED_DLC] = "DLCs that cannot be, brought into range",
	[CANLOG_NO_DATE] = "dates missing or unknown: times count from 0",
	[CANLOG_LOST_FD] = "FD frames written without the FD flag",
	[CANLOG_LOST_FD_FLAGS] = "frames written without BRS or ESI",
	[CANLOG_LOST_CHANNEL] = "frames written without their channel",
	[CANLOG_LOST_NAME] = "frames whose channel is written as a number, without its name",
	[CANLOG_LOST_DIRECTION] = "sent frames written without the direction",
	[CANLOG_LOST_RAW_DLC] = "frames written without their raw DLC of 9 to 15",
	[CANLOG_LOST_RTR_DLC] = "remote frames written without their length",
	[CANLOG_LOST_ERROR_CLASS] = "error frames written without class and data",
	[CANLOG_LOST_TIME_DIGITS] = "time stamps rounded to the format's resolution",
	[CANLOG_RAISED_TIME] = "time stamps raised to that of the frame before",
	[CANLOG_DROPPED_FD] = "FD frames not written",
	[CANLOG_DROPPED_REMOTE] = "remote frames not written",
	[CANLOG_DROPPED_ERROR] = "error frames not written",
	[CANLOG_DROPPED_INVALID] = "frames not written that no bus can carry",
};

const char *canlog_note_text(enum canlog_note note)
{
	return (unsigned int)note < CANLOG_NOTES ? note_texts[note] : "";
}

void canlog_note_at(struct canlog *log, enum canlog_note note, uint64_t where)
{
	struct canlog_count *count = &log->report.notes[note];

	if (!count->count++)
		count->first = where;
}

void canlog_note_add(struct canlog *log, enum canlog_note note)
{
	canlog_note_at(log, note, log->line);
}

static void add_kind(struct canlog_report *report, const struct anycan_frame *frame)
{
	if (frame->can_id & CAN_ERR_FLAG)
		report->error++;
	else if (frame->can_id & CAN_RTR_FLAG)
		report->remote++;
	else if (frame->flags & CANFD_FDF)
		report->fd++;
	else
		report->data++;
}

static void add_channel(struct canlog_report *report, uint16_t channel)
{
	if (channel < 256)
		report->channels[channel / 64] |= UINT64_C(1) << (channel % 64);
}

void canlog_report_add(struct canlog_report *report, const struct anycan_frame *frames, size_t n)
{
	/* In registers what changes with every frame. */
	int64_t first = report->first_ns, last = report->last_ns;
	uint64_t low_channels = 0;

	if (!report->frames && n)
		first = last = frames[0].ts_ns;
	report->frames += n;
	for (size_t i = 0; i < n; i++) {
		const struct anycan_frame *frame = &frames[i];

		add_kind(report, frame);
		first = frame->ts_ns < first ? frame->ts_ns : first;
		last = frame->ts_ns > last ? frame->ts_ns : last;
		if (frame->channel < 64)
			low_channels |= UINT64_C(1) << frame->channel;
		else
			add_channel(report, frame->channel);
	}
	report->first_ns = first;
	report->last_ns = last;
	report->channels[0] |= low_channels;
}

static const uint64_t fd_bits = UINT64_C(1) << CANLOG_LOST_FD | UINT64_C(1) << CANLOG_DROPPED_FD;
static const uint64_t remote_bits = UINT64_C(1) << CANLOG_LOST_RTR_DLC;

static bool error_has_class(const struct anycan_frame *frame)
{
	uint64_t any = 0;

	for (size_t i = 0; i < frame->len && i < CAN_MAX_DLEN; i++)
		any |= frame->data[i];
	return any || (frame->can_id & CAN_ERR_MASK & ~CAN_ERR_BUSERROR);
}

static uint64_t kind_losses(const struct anycan_frame *frame)
{
	uint64_t bits = 0;

	if (frame->can_id & CAN_ERR_FLAG) {
		bits |= UINT64_C(1) << CANLOG_DROPPED_ERROR;
		if (error_has_class(frame))
			bits |= UINT64_C(1) << CANLOG_LOST_ERROR_CLASS;
		return bits;
	}
	if (frame->can_id & CAN_RTR_FLAG)
		bits |= UINT64_C(1) << CANLOG_DROPPED_REMOTE | (frame->len ? remote_bits : 0);
	if (frame->flags & CANFD_FDF)
		bits |= fd_bits;
	if (frame->flags & (CANFD_BRS | CANFD_ESI))
		bits |= UINT64_C(1) << CANLOG_LOST_FD_FLAGS;
	return bits;
}

static bool has_finer_time(const struct canlog *log, int64_t ts_ns)
{
	/* The usual resolution by a constant: no division. */
	if (log->time_ns == 1000)
		return ts_ns % 1000;
	return log->time_ns > 1 && ts_ns % log->time_ns;
}

static uint64_t frame_losses(const struct canlog *log, const struct anycan_frame *frame)
{
	uint64_t bits = 0;

	if ((frame->can_id & (CAN_ERR_FLAG | CAN_RTR_FLAG)) || frame->flags)
		bits |= kind_losses(frame);
	if (frame->len8_dlc)
		bits |= UINT64_C(1) << CANLOG_LOST_RAW_DLC;
	if (frame->dir != ANYCAN_RX)
		bits |= UINT64_C(1) << CANLOG_LOST_DIRECTION;
	if (frame->channel != ANYCAN_CHANNEL_NONE) {
		bits |= UINT64_C(1) << CANLOG_LOST_CHANNEL;
		if (canlog_channel_is_named(log, frame->channel))
			bits |= UINT64_C(1) << CANLOG_LOST_NAME;
	}
	if (has_finer_time(log, frame->ts_ns))
		bits |= UINT64_C(1) << CANLOG_LOST_TIME_DIGITS;
	return bits & log->loses;
}

static const uint64_t dropping =
	UINT64_C(1) << CANLOG_DROPPED_FD | UINT64_C(1) << CANLOG_DROPPED_REMOTE |
	UINT64_C(1) << CANLOG_DROPPED_ERROR | UINT64_C(1) << CANLOG_DROPPED_INVALID;

bool canlog_admit(struct canlog *log, const struct anycan_frame *frame, uint64_t number)
{
	uint64_t bits = frame_losses(log, frame);

	if (frame->len > ANYCAN_DATA_MAX || (!(frame->flags & CANFD_FDF) && frame->len > 8))
		bits = UINT64_C(1) << CANLOG_DROPPED_INVALID;
	if (bits & dropping)
		bits &= dropping;
	for (uint64_t left = bits; left; left &= left - 1)
		canlog_note_at(log, (enum canlog_note)__builtin_ctzll(left), number);
	return !(bits & dropping);
}

void canlog_set_classic_dlc(struct canlog *log, struct anycan_frame *frame, unsigned int dlc)
{
	if (dlc > ANYCAN_DLC_MAX) {
		canlog_note_add(log, CANLOG_CHANGED_DLC);
		dlc = CAN_MAX_DLC;
	}
	frame->len = (uint16_t)(dlc > CAN_MAX_DLEN ? CAN_MAX_DLEN : dlc);
	/* A remote frame or error frame may have such a DLC as well. */
	frame->len8_dlc = (uint8_t)(dlc > CAN_MAX_DLC ? dlc : 0);
}

void canlog_set_data_len(struct canlog *log, struct anycan_frame *frame, size_t len)
{
	if (frame->can_id & CAN_ERR_FLAG) {
		frame->flags = 0;
		frame->len = (uint16_t)(len > CAN_ERR_DLC ? CAN_ERR_DLC : len);
	} else if (len > CAN_MAX_DLEN || frame->flags) {
		frame->flags |= CANFD_FDF;
		frame->len = anycan_dlc2len(anycan_len2dlc(len));
		memset(frame->data + len, 0, frame->len - len);
	} else {
		frame->len = (uint16_t)len;
	}
	if (frame->len != len)
		canlog_note_add(log, CANLOG_CHANGED_DLC);
}
