// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The contract of drivers. See contract.h.
 */
#include "contract.h"
#include "contract_rig.h"
#include "random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Hooks that contract_live() may run until its script counts as too long. */
#define LIVE_STEPS_MAX 4096

#define READ_PAUSE_NS (100 * ANYCAN_NS_PER_MS)

static bool same_frame(const struct anycan_frame *a, const struct anycan_frame *b)
{
	if (a->can_id != b->can_id || a->len != b->len || a->channel != b->channel)
		return false;
	if (a->can_id & CAN_ERR_FLAG)
		return !memcmp(a->data, b->data, CAN_MAX_DLEN);
	return anycan_frame_equal(a, b, 0, true) && a->len8_dlc == b->len8_dlc;
}

static const char *same_result(const struct rig *a, const struct rig *b)
{
	size_t i;

	if (a->bad_units != b->bad_units)
		return "the count of bad units depends on how the input is split";
	if (a->overruns != b->overruns)
		return "the count of overruns depends on how the input is split";
	if (a->n_frames != b->n_frames)
		return "the number of frames depends on how the input is split";
	for (i = 0; i < a->n_frames; i++)
		if (!same_frame(&a->frames[i], &b->frames[i]))
			return "a frame depends on how the input is split";
	return NULL;
}

/* How the input is given to a driver. */
struct split {
	struct test_random *random; /* NULL: the sizes are exact, otherwise at most these */
	size_t piece;
	unsigned int max_frames;
};

static struct rig *run(const struct contract_setup *setup, const uint8_t *input, size_t len,
		       const struct split *split)
{
	struct rig *rig = rig_new(setup);
	size_t at = 0, n;

	rig_open(rig);
	while (at < len && !rig->fault) {
		n = split->piece;
		rig->max_frames = split->max_frames;
		if (split->random) {
			n = 1 + test_random_below(split->random, (uint32_t)n);
			rig->max_frames = 1 + test_random_below(split->random, split->max_frames);
		}
		if (n > len - at)
			n = len - at;
		rig_feed(rig, input + at, n);
		at += n;
	}
	return rig;
}

static const char *check_splits(struct rig *whole, const uint8_t *input, size_t len, uint64_t seed)
{
	struct test_random random = {seed};
	const struct split splits[] = {
		{NULL, 1, 3}, {&random, 3, 3}, {&random, 17, 3}, {&random, 200, 3}};
	const char *fault = NULL;
	struct rig *other;
	size_t i;

	for (i = 0; i < sizeof(splits) / sizeof(splits[0]) && !fault; i++) {
		other = run(&whole->setup, input, len, &splits[i]);
		fault = other->fault ? other->fault : same_result(whole, other);
		rig_free(other);
	}
	return fault;
}

const char *contract_check(const struct contract_setup *setup, const uint8_t *input, size_t len,
			   uint64_t seed)
{
	const struct split all = {NULL, len ? len : 1, 64};
	struct rig *whole = run(setup, input, len, &all);
	const char *fault = whole->fault;

	if (!fault)
		fault = check_splits(whole, input, len, seed);
	if (!fault)
		fault = contract_round_trip(setup, whole->frames, whole->n_frames);
	rig_free(whole);
	return fault;
}

/* Send a frame, however long the driver wants it to wait. Return: as encode() */
static int send(struct rig *rig, const struct anycan_frame *frame)
{
	unsigned int tries;
	int ret = -EAGAIN;

	for (tries = 0; tries < 1000 && ret == -EAGAIN && !rig->fault; tries++) {
		ret = rig_encode(rig, frame);
		if (ret == -EAGAIN)
			rig_pass(rig, ANYCAN_NS_PER_MS);
	}
	return ret;
}

/* What was sent, read by another driver of the same setup, is @frames. */
static const char *read_back(const struct contract_setup *setup, const uint8_t *bytes, size_t len,
			     const struct anycan_frame *frames, size_t n)
{
	struct rig *reader = rig_new(setup);
	const char *fault;
	size_t i;

	rig_open(reader);
	rig_feed(reader, bytes, len);
	/* The end of a unit may be known by the silence behind it. */
	rig_pass(reader, READ_PAUSE_NS);
	fault = reader->fault;
	if (!fault && reader->n_frames != n)
		fault = "not as many frames are read as were sent";
	for (i = 0; i < n && !fault; i++) {
		struct anycan_frame sent = frames[i], got = reader->frames[i];

		/* The error state is the sender's own, and time stamps are the reader's. */
		sent.flags &= (uint8_t)~CANFD_ESI;
		got.flags &= (uint8_t)~CANFD_ESI;
		sent.dir = got.dir;
		if (!anycan_frame_equal(&sent, &got, ANYCAN_ANY_TIME, true))
			fault = "a frame is not the same after it was sent and read";
	}
	if (!fault && reader->bad_units)
		fault = "what was sent counts as garbage when it is read";
	rig_free(reader);
	return fault;
}

static const char *round_trip_sequence(struct rig *sender, const struct anycan_frame *frames,
				       size_t n)
{
	struct anycan_frame *taken = calloc(n + 1, sizeof(*taken));
	const char *fault = NULL;
	const uint8_t *bytes;
	size_t i, count = 0, len;

	if (!taken)
		abort();
	rig_take(sender, &bytes);
	for (i = 0; i < n && !sender->fault; i++) {
		if (frames[i].can_id & CAN_ERR_FLAG)
			continue;
		if (send(sender, &frames[i]) >= 0)
			taken[count++] = frames[i];
	}
	len = rig_take(sender, &bytes);
	fault = sender->fault;
	if (!fault && count)
		fault = read_back(&sender->setup, bytes, len, taken, count);
	free(taken);
	return fault;
}

const char *contract_round_trip(const struct contract_setup *setup,
				const struct anycan_frame *frames, size_t n)
{
	struct rig *sender;
	const char *fault;
	size_t i;

	if (setup->answer || !n)
		return NULL; /* an adapter that answers would be needed beyond the opening */
	sender = rig_new(setup);
	rig_open(sender);
	fault = sender->fault;
	for (i = 0; i < n && i < 4 && !fault; i++)
		fault = round_trip_sequence(sender, &frames[i], 1);
	if (!fault)
		fault = round_trip_sequence(sender, frames, n);
	rig_free(sender);
	return fault;
}

struct live {
	struct rig *rig;
	const uint8_t *script;
	size_t len, at;
	unsigned int sets; /* changes asked for */
	bool started;
};

static uint8_t live_byte(struct live *live)
{
	return live->at < live->len ? live->script[live->at++] : 0;
}

static void live_input(struct live *live)
{
	size_t n = 1U + (live_byte(live) & 0x1f);

	if (n > live->len - live->at)
		n = live->len - live->at;
	live->rig->max_frames = 1 + n % 5;
	rig_feed(live->rig, live->script + live->at, n);
	live->at += n;
}

static void live_frame(struct live *live)
{
	/* Close seeds give close numbers at first: spread them. */
	struct test_random random = {(1U + live_byte(live)) * UINT64_C(0x9e3779b97f4a7c15)};
	struct anycan_frame frame;
	unsigned int burst;

	for (burst = 1 + test_random_below(&random, 8); burst && live->started; burst--) {
		frame = test_random_frame(&random);
		if (test_random_below(&random, 4)) {
			/* one that every driver can send */
			frame.can_id &= CAN_SFF_MASK;
			frame.flags = 0;
			frame.len8_dlc = 0;
			frame.len %= CAN_MAX_DLEN + 1;
		}
		rig_encode(live->rig, &frame);
	}
}

/* The adapter answers what it was sent. */
static void live_answer(struct live *live)
{
	uint8_t reply[4096];
	const uint8_t *sent;
	size_t len = rig_take(live->rig, &sent);

	if (!len || !live->rig->setup.answer)
		return;
	len = live->rig->setup.answer(sent, len, reply, sizeof(reply));
	rig_feed(live->rig, reply, len);
}

/* Change a setting that lives in the adapter, by whatever word its row takes. */
static void live_set(struct live *live)
{
	static const char *const words[] = {"on", "yes", "115200", "1=123:7FF,2=off", "5"};
	const struct bridged_option *row = live->rig->driver->live;
	unsigned int skip = live_byte(live) % 8;

	for (; row && row->name && skip; skip--)
		row++;
	if (!row || !row->name)
		return;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (rig_can_set(live->rig, row->name, words[i])) {
			rig_set(live->rig, row->name, words[i]);
			live->sets++;
			return;
		}
}

static void live_step(struct live *live)
{
	uint8_t what = live_byte(live);

	switch (what & 7) {
	case 0:
	case 1:
		live_input(live);
		break;
	case 2:
	case 3:
		live_frame(live);
		break;
	case 4:
		rig_pass(live->rig, (1 + live_byte(live)) * (what & 8 ? 20 * ANYCAN_NS_PER_MS
								      : 50 * ANYCAN_NS_PER_US));
		break;
	case 5:
	case 6:
		live_answer(live);
		break;
	default:
		if (what & 0xe0) {
			if ((what & 0xe0) == 0x20)
				live_set(live);
			break;
		}
		if (what & 8) {
			rig_attach(live->rig);
			live->started = false;
		} else if (live->started) {
			rig_stop(live->rig);
			live->started = false;
		} else {
			rig_start(live->rig);
			live->started = true;
		}
	}
}

const char *contract_live(const struct contract_setup *setup, const uint8_t *script, size_t len)
{
	struct live live = {.rig = rig_new(setup), .script = script, .len = len, .started = true};
	unsigned int steps = 0;
	const char *fault;
	uint32_t i;

	rig_open(live.rig);
	while (live.at < live.len && !live.rig->fault && steps++ < LIVE_STEPS_MAX)
		live_step(&live);
	rig_stop(live.rig);
	rig_pass(live.rig, ANYCAN_NS_PER_MS);
	fault = live.rig->fault;
	for (i = 0; i < live.rig->next_echo && !fault; i++)
		if (live.rig->echo[i] == 1)
			fault = "a frame that was taken never ended";
	if (live.rig->set_done + live.rig->set_refused > live.sets)
		fault = "a change of a setting ended more than once";
	rig_free(live.rig);
	return fault;
}
