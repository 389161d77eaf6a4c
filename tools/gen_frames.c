// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Frames that are made up by cangen's rules. Source: its manual, and what it sends.
 */
#include "gen.h"

#include <string.h>

/* splitmix64: any state is a good one, and the same seed gives the same frames. */
static uint64_t random_number(struct gen_frames *g)
{
	uint64_t x = g->random += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Half of the frames are extended, half are FD, a quarter of the others are remote. */
static void mix(struct gen_frames *g, struct gen_rules *rules)
{
	uint64_t bits = random_number(g);

	rules->extended = bits & 1;
	rules->fd = rules->mix_fd && (bits & 2);
	rules->brs = rules->fd && (bits & 4);
	rules->esi = rules->fd && (bits & 8);
	rules->remote = !rules->fd && (bits & 48) == 48;
}

static canid_t make_id(struct gen_frames *g, const struct gen_rules *rules)
{
	uint32_t id = rules->id;

	if (rules->id_mode == GEN_INCREMENT)
		id = (uint32_t)g->n;
	else if (rules->id_mode != GEN_FIXED)
		id = (uint32_t)random_number(g);
	if (rules->id_mode == GEN_RANDOM_EVEN)
		id &= ~1U;
	else if (rules->id_mode == GEN_RANDOM_ODD)
		id |= 1;
	id = rules->extended ? (id & CAN_EFF_MASK) | CAN_EFF_FLAG : id & CAN_SFF_MASK;
	return rules->remote && !rules->fd ? id | CAN_RTR_FLAG : id;
}

/* The raw DLC. Classic frames have one above 8 only if that was asked for. */
static uint8_t make_dlc(struct gen_frames *g, const struct gen_rules *rules)
{
	unsigned int steps = rules->fd || rules->len8_dlc ? 16 : 9;

	switch (rules->len_mode) {
	case GEN_FIXED:
		if (rules->fd)
			return anycan_len2dlc(rules->len);
		return (uint8_t)(rules->len < steps ? rules->len : steps - 1);
	case GEN_INCREMENT:
		return (uint8_t)(g->n % steps);
	default:
		/* As on the wire, where 9 to 15 mean 8: about half of classic frames have 8 bytes.
		 */
		return (uint8_t)(random_number(g) & 15);
	}
}

static void make_data(struct gen_frames *g, const struct gen_rules *rules, uint8_t *data)
{
	for (unsigned int i = 0; i < ANYCAN_DATA_MAX; i++) {
		if (rules->data_mode == GEN_INCREMENT)
			data[i] = i < 8 ? (uint8_t)(g->n >> (8 * i)) : 0;
		else if (rules->data_mode == GEN_RANDOM)
			data[i] = (uint8_t)random_number(g);
		else
			data[i] = rules->data[i] |
				  (rules->random[i] ? random_number(g) & rules->random[i] : 0);
	}
}

void gen_next(struct gen_frames *g, struct anycan_frame *frame)
{
	struct gen_rules rules = *g->rules;
	uint8_t dlc;

	if (rules.mix)
		mix(g, &rules);
	*frame = (struct anycan_frame){0};
	frame->can_id = make_id(g, &rules);
	if (rules.fd)
		frame->flags = (uint8_t)(CANFD_FDF | (rules.brs ? CANFD_BRS : 0) |
					 (rules.esi ? CANFD_ESI : 0));
	dlc = make_dlc(g, &rules);
	if (rules.data_mode == GEN_INCREMENT && !dlc)
		dlc = 1;
	frame->len = rules.fd || dlc <= CAN_MAX_DLEN ? anycan_dlc2len(dlc) : CAN_MAX_DLEN;
	if (rules.len8_dlc && !rules.fd && dlc > CAN_MAX_DLEN)
		frame->len8_dlc = dlc;
	make_data(g, &rules, frame->data);
	memset(frame->data + anycan_frame_data_len(frame), 0,
	       sizeof(frame->data) - anycan_frame_data_len(frame));
	g->n++;
}
