// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Input: cut into lines where it lies, each line handled by its first letter. A line that is
 * nothing known, cut off or too long is one bad unit and has no other effect.
 */
#include "slcan.h"

#include <anycan/hex.h>
#include <string.h>

#define SLCAN_CR '\r'
#define SLCAN_BEL '\a'
#define SLCAN_ACK 0x06
#define SLCAN_LF '\n'

/* Whether the next line finds room for all it may cause. */
static bool slcan_has_room(const struct bridged_io *io)
{
	return io->n_frames < io->max_frames && io->max_events - io->n_events >= SLCAN_EVENT_ROOM &&
	       io->out_max - io->out_len >= SLCAN_OUT_ROOM;
}

static bool slcan_hears(const struct slcan_channel *ch)
{
	return ch->phase == SLCAN_OPEN || ch->phase == SLCAN_OPENING ||
	       ch->phase == SLCAN_RESTARTING;
}

/* Return: whether the line is a frame; on a closed channel it goes no further. */
static bool slcan_rx_frame(struct slcan *st, struct slcan_channel *ch, const uint8_t *line,
			   size_t len, struct bridged_io *io)
{
	struct anycan_frame *frame = bridged_io_frame(io);
	uint32_t stamp;

	if (!slcan_frame_parse(line, len, st->rtr_stamps, frame, &stamp))
		return false;
	if (!slcan_hears(ch))
		return true;
	if (ch->tx.pace.bitrate)
		pace_received(&ch->tx.pace, frame, io->now);
	if (st->filters.n && !slcan_filters_pass(&st->filters, frame->can_id))
		return true;
	frame->channel = (uint16_t)ch->number;
	frame->ts_ns = io->wall_ns;
	if (stamp < SLCAN_STAMP_WRAP && st->options.timestamp != SLCAN_STAMPS_OFF)
		frame->ts_ns = anycan_clock_map(&ch->clock, stamp, io->wall_ns);
	io->n_frames++;
	return true;
}

static void slcan_answer(struct slcan *st, struct slcan_channel *ch, bool yes, char code,
			 struct bridged_io *io)
{
	st->answered = true;
	if (st->stage < SLCAN_IDENTIFIED)
		slcan_probe_answer(st, io);
	else if (ch->phase == SLCAN_OPENING || ch->phase == SLCAN_RESTARTING)
		slcan_script_answer(st, ch, yes, code, io);
	else if (ch->phase == SLCAN_OPEN)
		slcan_tx_answer(st, ch, yes, code, io);
}

/* A lone CR or BEL. With feedback codes, a lone CR is left over from before. */
static void slcan_plain_answer(struct slcan *st, struct slcan_channel *ch, bool yes,
			       struct bridged_io *io)
{
	if (!yes || st->answers != SLCAN_HASH)
		slcan_answer(st, ch, yes, 0, io);
}

/* The lines that CANable 2.5 has of its own. */
static bool slcan_line_canable25(struct slcan *st, struct slcan_channel *ch, const char *line,
				 size_t len, struct bridged_io *io)
{
	struct anycan_string text;
	uint32_t marker;

	switch (line[0]) {
	case '#':
		if (len > 2)
			return false;
		slcan_answer(st, ch, len == 1, len == 1 ? 0 : line[1], io);
		return true;
	case 'M':
		if (len != 3 || !anycan_hex_number(line + 1, 2, &marker))
			return false;
		slcan_tx_marker(st, ch, marker, io);
		return true;
	case 'E':
		return slcan_report_canable25(st, ch, line, len, io);
	case 'L': /* bus load */
		return len > 1 && len < 5;
	case '>':
		text = slcan_text(st);
		anycan_string_add_n(&text, line + 1, len - 1);
		slcan_say(io, BRIDGED_NOTE, ch->number, slcan_text_end(st, &text));
		return true;
	}
	return false;
}

static bool slcan_line_known(struct slcan *st, struct slcan_channel *ch, const char *line,
			     size_t len, struct bridged_io *io)
{
	switch (line[0]) {
	case 't':
	case 'T':
	case 'r':
	case 'R':
	case 'x':
	case 'd':
	case 'D':
	case 'b':
	case 'B':
		return slcan_rx_frame(st, ch, (const uint8_t *)line, len, io);
	case 'z':
	case 'Z':
		if (len != 1)
			return false;
		slcan_plain_answer(st, ch, true, io);
		return true;
	case 'A': /* the end of what `A` has fetched */
		return len == 1;
	case 'F':
		return slcan_report_status(st, ch, line, len, io);
	case 's':
		return slcan_report_state(st, ch, line, len, io);
	case 'e':
		return slcan_report_error(st, ch, line, len, io);
	}
	return st->answers == SLCAN_HASH && slcan_line_canable25(st, ch, line, len, io);
}

/* A version may begin with any letter, so whatever is nothing else may be one. */
static bool slcan_line(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
		       struct bridged_io *io)
{
	if (slcan_line_known(st, ch, line, len, io))
		return true;
	if (!slcan_probe_line(st, line, len, io))
		return false;
	if (line[0] == 'N' || line[0] == 'v')
		return true;
	/* One that an earlier question has brought stands before answers that are to be passed
	 * over. */
	if (ch->asked && --ch->asked)
		return true;
	slcan_script_version(st, ch, io);
	slcan_tx_version(ch);
	return true;
}

/* Where the line ends, or @len. */
static size_t slcan_find_end(const uint8_t *in, size_t len)
{
	size_t at;

	for (at = 0; at < len; at++)
		if (in[at] == SLCAN_CR || in[at] == SLCAN_BEL)
			break;
	return at;
}

/* The rest of a line that was too long. Return: bytes consumed */
static size_t slcan_skip(struct slcan *st, const uint8_t *in, size_t len, struct bridged_io *io)
{
	size_t end = slcan_find_end(in, len);

	if (end == len)
		return len;
	if (!slcan_has_room(io))
		return end;
	st->skipping = false;
	if (in[end] == SLCAN_BEL)
		slcan_plain_answer(st, &st->channel[0], false, io);
	return end + 1;
}

/* The channel that a line's first letter names. */
static struct slcan_channel *slcan_prefix(struct slcan *st, uint8_t letter)
{
	if (letter == '&' && st->channels > 1)
		return &st->channel[1];
	if (letter == '$' && st->channels > 2)
		return &st->channel[2];
	return NULL;
}

/* A whole line with its end. BEL also ends what was cut off before it. */
static void slcan_whole_line(struct slcan *st, const uint8_t *in, size_t end, struct bridged_io *io)
{
	struct slcan_channel *ch = slcan_prefix(st, in[0]);
	const char *line = (const char *)in;
	bool bel = in[end] == SLCAN_BEL;
	size_t len = end;

	if (ch) {
		line++;
		len--;
	} else {
		ch = &st->channel[0];
	}
	while (len && line[len - 1] == SLCAN_LF)
		len--;
	if (len && (bel || end >= SLCAN_LINE_MAX || !slcan_line(st, ch, line, len, io)))
		io->bad_units++;
	if (bel || !len)
		slcan_plain_answer(st, ch, !bel, io);
}

/* One line, or one byte that stands for itself. Return: bytes consumed; 0 = not now */
static size_t slcan_unit(struct slcan *st, const uint8_t *in, size_t len, struct bridged_io *io)
{
	size_t end = slcan_frame_end(in, len);

	/* Nearly everything is a frame on the first channel. */
	if (end && io->n_frames < io->max_frames &&
	    slcan_rx_frame(st, &st->channel[0], in, end, io))
		return end + 1;
	if (in[0] == SLCAN_LF)
		return 1;
	if (!slcan_has_room(io))
		return 0;
	if (in[0] == SLCAN_CR || in[0] == SLCAN_BEL || in[0] == SLCAN_ACK) {
		slcan_plain_answer(st, &st->channel[0], in[0] != SLCAN_BEL, io);
		return 1;
	}
	end = slcan_find_end(in, len);
	if (end < len) {
		slcan_whole_line(st, in, end, io);
		return end + 1;
	}
	if (len < SLCAN_LINE_MAX)
		return 0;
	io->bad_units++;
	st->skipping = true;
	return len;
}

size_t slcan_decode(void *state, const uint8_t *in, size_t len, struct bridged_io *io)
{
	struct slcan *st = state;
	size_t at = 0, used;

	st->text_used = 0;
	while (at < len) {
		used = st->skipping ? slcan_skip(st, in + at, len - at, io)
				    : slcan_unit(st, in + at, len - at, io);
		if (!used)
			break;
		at += used;
	}
	return at;
}
