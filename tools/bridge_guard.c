// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Seeing that a bridge's two ends are joined elsewhere, too: then what one end receives comes to
 * the other one as well, and every frame would go round for ever.
 */
#include "bridge.h"

/*
 * Frames that an end receives between two looks, and how many of them the other end received. On
 * buses of their own that is hardly ever one. On one wire it is nearly all, unless what goes round
 * has filled the wire already.
 */
#define WINDOW 64
#define TOO_MANY 16

/* The same frame at both ends within this time. */
#define MEMORY_NS (50 * 1000000LL)

static uint32_t hash_frame(const struct anycan_frame *frame)
{
	size_t len = anycan_frame_data_len(frame);
	uint32_t hash = 2166136261U;

	hash = (hash ^ frame->can_id) * 16777619U;
	hash = (hash ^ frame->len ^ (uint32_t)(frame->flags & CANFD_FDF) << 8) * 16777619U;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ frame->data[i]) * 16777619U;
	return hash ^ hash >> 15;
}

bool bridge_guard_see(struct bridge_guard *guard, unsigned int end,
		      const struct anycan_frame *frame, int64_t now_ns)
{
	uint32_t hash = hash_frame(frame);
	struct bridge_guard_slot *slot = &guard->slots[hash % BRIDGE_GUARD_SLOTS];
	bool known = slot->hash == hash && slot->count && now_ns - slot->ns < MEMORY_NS, loop;

	if (known && slot->end != end) {
		slot->count--;
		guard->paired[0]++;
		guard->paired[1]++;
	} else {
		*slot = (struct bridge_guard_slot){hash, known ? slot->count + 1 : 1, now_ns, end};
	}
	if (++guard->received[end] < WINDOW)
		return false;
	loop = guard->paired[end] >= TOO_MANY;
	guard->received[end] = guard->paired[end] = 0;
	return loop;
}
