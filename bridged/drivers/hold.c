// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Remote frames with or without bytes of data. See hold.h.
 */
#include "hold.h"

#include <string.h>

int hold_remote(const struct hold_form *form, const uint8_t *in, size_t len, bool silent)
{
	size_t filled = form->head + form->data + 1;

	if (len <= form->head)
		return HOLD_MORE;
	if (in[form->head] == form->end) {
		size_t empty = form->head + 1;

		if (!form->data || silent || (len > empty && in[empty] == form->begin))
			return (int)empty;
		if (len < filled)
			return HOLD_UNSURE;
		return in[filled - 1] == form->end ? (int)filled : (int)empty;
	}
	if (len < filled)
		return HOLD_MORE;
	return in[filled - 1] == form->end ? (int)filled : HOLD_BAD;
}

static void hold_wait(struct hold *hold, int found, const struct bridged_io *io)
{
	hold->unsure = found == HOLD_UNSURE;
	hold->deadline = hold->unsure ? anycan_mono_after(io->now, HOLD_NS) : ANYCAN_NEVER;
}

/* First what is held, with as much of the input as it takes. Return: bytes of the input used */
static size_t hold_drain(struct hold *hold, const struct hold_parser *parser, void *state,
			 const uint8_t *in, size_t len, struct bridged_io *io)
{
	size_t at = 0, take;
	int found;

	while (hold->len && parser->has_room(io)) {
		take = len - at < HOLD_MAX - hold->len ? len - at : HOLD_MAX - hold->len;
		memcpy(hold->bytes + hold->len, in + at, take);
		found = parser->unit(state, hold->bytes, hold->len + take, false, io);
		if (found <= 0) {
			hold->len += take;
			hold_wait(hold, found, io);
			return at + take;
		}
		if ((size_t)found >= hold->len) {
			at += (size_t)found - hold->len;
			hold->len = 0;
			hold->unsure = false;
		} else {
			hold->len -= (size_t)found;
			memmove(hold->bytes, hold->bytes + found, hold->len);
		}
	}
	return at;
}

size_t hold_decode(struct hold *hold, const struct hold_parser *parser, void *state,
		   const uint8_t *in, size_t len, struct bridged_io *io)
{
	size_t at = hold_drain(hold, parser, state, in, len, io);
	int found = 1;

	while (!hold->len && at < len && found > 0 && parser->has_room(io)) {
		found = parser->unit(state, in + at, len - at, false, io);
		if (found > 0)
			at += (size_t)found;
	}
	if (found == HOLD_UNSURE) {
		hold->len = len - at;
		memcpy(hold->bytes, in + at, hold->len);
		hold_wait(hold, found, io);
		at = len;
	}
	return at;
}

struct anycan_mono hold_tick(struct hold *hold, const struct hold_parser *parser, void *state,
			     struct bridged_io *io)
{
	int found;

	if (hold->unsure && io->now.ns < hold->deadline.ns)
		return hold->deadline;
	if (!hold->len)
		return ANYCAN_NEVER;
	if (!parser->has_room(io))
		return io->now;
	if (hold->unsure) {
		found = parser->unit(state, hold->bytes, hold->len, true, io);
		hold->unsure = false;
		hold->len -= (size_t)found;
		memmove(hold->bytes, hold->bytes + found, hold->len);
	}
	/* What was held behind it may be units, too, or the beginning of one. */
	hold_drain(hold, parser, state, hold->bytes, 0, io);
	if (hold->len && !parser->has_room(io))
		return io->now;
	return hold->unsure ? hold->deadline : ANYCAN_NEVER;
}
