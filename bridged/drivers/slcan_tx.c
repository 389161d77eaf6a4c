// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Frames to the adapter, not faster than it takes them. Where it answers, a window of frames is
 * under way; where it confirms only that it took a frame, the window opens slowly, because a
 * frame that is refused while later ones are taken would come out of order. Where it does not
 * answer, a model of its queue holds frames back.
 */
#include "slcan.h"

#include <anycan/hex.h>
#include <errno.h>
#include <string.h>

/* Answers without refusal to a waiting sender until the window grows: more than any queue. */
#define SLCAN_WINDOW_RUN 128

/* How long a frame is offered to a full queue. */
#define SLCAN_REFUSED_NS (2 * ANYCAN_NS_PER_S)
/* Bits of a frame and the shortest time between two offers. */
#define SLCAN_RETRY_BITS 130
#define SLCAN_RETRY_NS (500 * ANYCAN_NS_PER_US)

#define SLCAN_MARKERS_MOD 128

/* Status polls without an answer until there are no more. */
#define SLCAN_POLLS_MISSED 3

static struct slcan_slot *slcan_slot(struct slcan_tx *tx, unsigned int index)
{
	return &tx->slots[index % SLCAN_WINDOW_MAX];
}

/* Frames come back with a marker that says they were on the bus. */
static bool slcan_has_markers(const struct slcan *st)
{
	return st->answers == SLCAN_HASH;
}

/* Frames that the adapter has taken may still be in its queue. */
static bool slcan_is_paced(const struct slcan *st)
{
	return st->answers == SLCAN_SILENT || st->dialect->confirm == BRIDGED_CONFIRM_QUEUED;
}

void slcan_tx_open(struct slcan *st, struct slcan_channel *ch, struct anycan_mono now)
{
	const struct slcan_dialect *dialect = st->dialect;
	unsigned int asked = st->options.tx_window;
	struct slcan_tx *tx = &ch->tx;
	unsigned int depth = asked ? asked : dialect->queue;

	tx->window_max = asked ? asked : dialect->window;
	/* What is reported after it was on the bus must not overfill the queue before. */
	if (dialect->queue && !slcan_is_paced(st) && tx->window_max > dialect->queue)
		tx->window_max = dialect->queue;
	if (tx->window_max > SLCAN_WINDOW_MAX)
		tx->window_max = SLCAN_WINDOW_MAX;
	if (!tx->window_max)
		tx->window_max = 1;
	tx->window = dialect->window_grows && !asked ? 1 : tx->window_max;
	tx->run = 0;
	tx->limited = tx->blocked = tx->paced = tx->careful = tx->retrying = tx->resync = false;
	tx->progress = now;
	pace_init(&tx->pace, slcan_is_paced(st) ? st->bitrate : 0, st->dbitrate, depth, now);
}

static bool slcan_unsupported(const struct slcan *st, const struct anycan_frame *frame)
{
	uint32_t modes = st->settings.ctrlmode.flags;

	if ((frame->can_id & CAN_ERR_FLAG) || (modes & CAN_CTRLMODE_LISTENONLY))
		return true;
	if (anycan_frame_is_fd(frame))
		return !(modes & CAN_CTRLMODE_FD) || frame->len > CANFD_MAX_DLEN ||
		       (frame->can_id & CAN_RTR_FLAG);
	if ((frame->can_id & CAN_RTR_FLAG) && !(st->dialect->features & SLCAN_RTR))
		return true;
	/* No firmware takes a DLC of 9 to 15 for a classic frame; 8 would be another frame. */
	return frame->len > CAN_MAX_DLEN || frame->len8_dlc;
}

static bool slcan_tx_ready(struct slcan *st, struct slcan_channel *ch, struct anycan_mono now)
{
	struct slcan_tx *tx = &ch->tx;

	tx->paced = false;
	if (ch->phase != SLCAN_OPEN || tx->resync)
		return false;
	if (st->answers != SLCAN_SILENT) {
		if (tx->rejected || tx->tail - tx->head >= tx->window) {
			tx->limited = true;
			return false;
		}
	}
	tx->paced = !pace_ready(&tx->pace, now);
	return !tx->paced;
}

static void slcan_tx_remember(struct slcan_tx *tx, uint32_t echo, const char *line, size_t len,
			      bool again)
{
	struct slcan_slot *slot = slcan_slot(tx, tx->tail);

	slot->echo = echo;
	slot->state = SLCAN_SLOT_SENT;
	slot->len = (uint8_t)len;
	if (again)
		memcpy(slot->line, line, len);
	tx->tail++;
	tx->unanswered++;
}

int slcan_encode(void *state, const struct anycan_frame *frame, uint32_t echo,
		 struct bridged_io *io)
{
	static const char prefixes[SLCAN_CHANNELS] = {0, '&', '$'};
	struct slcan *st = state;
	struct slcan_channel *ch;
	char *line, *at;

	if (frame->channel >= SLCAN_CHANNELS || !st->dialect || slcan_unsupported(st, frame))
		return -EOPNOTSUPP;
	ch = &st->channel[frame->channel];
	if (io->out_max - io->out_len < SLCAN_FRAME_ROOM)
		return -EAGAIN;
	ch->tx.blocked = !slcan_tx_ready(st, ch, io->now);
	if (ch->tx.blocked)
		return -EAGAIN;
	line = at = (char *)io->out + io->out_len;
	if (ch->number)
		*at++ = prefixes[ch->number];
	at = slcan_frame_print(at, frame, st->dialect->eff);
	if (slcan_has_markers(st))
		at = anycan_hex_put_number(at, 2, ch->tx.tail % SLCAN_MARKERS_MOD + 1);
	*at++ = '\r';
	io->out_len += (size_t)(at - line);
	pace_sent(&ch->tx.pace, frame);
	if (st->answers == SLCAN_SILENT)
		return BRIDGED_TAKEN_DONE;
	if (ch->tx.head == ch->tx.tail)
		ch->tx.progress = io->now;
	slcan_tx_remember(&ch->tx, echo, line, (size_t)(at - line),
			  st->dialect->features & SLCAN_RETRY);
	return BRIDGED_TAKEN;
}

void slcan_tx_flush(struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;
	struct bridged_event *event;
	struct slcan_slot *slot;

	for (; tx->head != tx->tail; tx->head++) {
		slot = slcan_slot(tx, tx->head);
		if (slot->state != SLCAN_SLOT_DONE && slot->state != SLCAN_SLOT_FAILED)
			return;
		event = bridged_io_event(
			io, slot->state == SLCAN_SLOT_DONE ? BRIDGED_TX_DONE : BRIDGED_TX_FAILED,
			ch->number);
		if (!event)
			return;
		event->echo = slot->echo;
	}
}

void slcan_tx_fail(struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;
	struct slcan_slot *slot;
	unsigned int i;

	for (i = tx->head; i != tx->tail; i++) {
		slot = slcan_slot(tx, i);
		if (slot->state != SLCAN_SLOT_DONE)
			slot->state = SLCAN_SLOT_FAILED;
	}
	tx->unanswered = tx->rejected = 0;
	slcan_tx_flush(ch, io);
}

/* The oldest frame in a state; NULL = none. */
static struct slcan_slot *slcan_tx_oldest(struct slcan_tx *tx, enum slcan_slot_state state)
{
	unsigned int i;

	for (i = tx->head; i != tx->tail; i++)
		if (slcan_slot(tx, i)->state == state)
			return slcan_slot(tx, i);
	return NULL;
}

/* The adapter keeps up with a sender that waits: let more frames be under way. */
static void slcan_tx_grow(struct slcan_tx *tx)
{
	tx->run = tx->limited ? tx->run + 1 : 0;
	tx->limited = false;
	if (tx->run < SLCAN_WINDOW_RUN || tx->careful || tx->window == tx->window_max)
		return;
	tx->window++;
	tx->run = 0;
}

static int64_t slcan_retry_ns(const struct slcan *st)
{
	int64_t ns = st->bitrate ? SLCAN_RETRY_BITS * ANYCAN_NS_PER_S / st->bitrate : 0;

	return ns > SLCAN_RETRY_NS ? ns : SLCAN_RETRY_NS;
}

/* The adapter's queue is full. From now on there is only one frame under way: order is kept. */
static void slcan_tx_reject(struct slcan *st, struct slcan_channel *ch, struct slcan_slot *slot,
			    struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;

	slot->state = SLCAN_SLOT_REJECTED;
	if (!tx->rejected++ && !tx->retrying)
		tx->refused_since = io->now;
	tx->retrying = true;
	tx->retry = anycan_mono_after(io->now, slcan_retry_ns(st));
	tx->window = 1;
	tx->careful = true;
	if (st->noted_wait)
		return;
	st->noted_wait = true;
	slcan_say(
		io, BRIDGED_NOTE, ch->number,
		"the adapter's transmit queue was full: frames are sent one at a time from now on");
}

static void slcan_tx_refused(struct slcan *st, struct slcan_channel *ch, struct slcan_slot *slot,
			     char code, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;

	if ((st->dialect->features & SLCAN_RETRY) && (!code || code == '7')) {
		tx->unanswered--;
		slcan_tx_reject(st, ch, slot, io);
	} else if (st->answers == SLCAN_HASH ||
		   (st->settings.ctrlmode.flags & CAN_CTRLMODE_ONE_SHOT)) {
		tx->unanswered--;
		slot->state = SLCAN_SLOT_FAILED;
	} else {
		/* An error on the bus; the controller repeats the frame by itself. */
		slcan_report_tx_error(st, ch, io);
	}
}

void slcan_tx_answer(struct slcan *st, struct slcan_channel *ch, bool yes, char code,
		     struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;
	struct slcan_slot *slot = slcan_tx_oldest(tx, SLCAN_SLOT_SENT);

	if (tx->resync)
		return;
	if (!yes && ch->poll_pending && !ch->poll_behind) {
		/* The status was asked for before any of these frames, and is not known. */
		ch->poll_pending = false;
		ch->poll = ANYCAN_NEVER;
		return;
	}
	if (!slot)
		return;
	if (ch->poll_behind)
		ch->poll_behind--;
	tx->progress = io->now;
	if (!yes) {
		slcan_tx_refused(st, ch, slot, code, io);
	} else {
		tx->unanswered--;
		tx->retrying = false;
		slot->state = slcan_has_markers(st) ? SLCAN_SLOT_TAKEN : SLCAN_SLOT_DONE;
		slcan_tx_grow(tx);
	}
	slcan_tx_flush(ch, io);
}

bool slcan_tx_marker(struct slcan *st, struct slcan_channel *ch, uint32_t marker,
		     struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;
	bool one_shot = st->settings.ctrlmode.flags & CAN_CTRLMODE_ONE_SHOT;
	struct slcan_slot *slot;
	unsigned int end, i;

	for (end = tx->head; end != tx->tail; end++)
		if (end % SLCAN_MARKERS_MOD + 1 == marker)
			break;
	if (end == tx->tail)
		return false;
	tx->progress = io->now;
	/* Frames leave in order: those before were sent, or given up where they are tried once. */
	for (i = tx->head; i != end + 1; i++) {
		slot = slcan_slot(tx, i);
		if (slot->state == SLCAN_SLOT_SENT)
			tx->unanswered--;
		else if (slot->state != SLCAN_SLOT_TAKEN)
			continue;
		slot->state = i != end && one_shot ? SLCAN_SLOT_FAILED : SLCAN_SLOT_DONE;
	}
	slcan_tx_grow(tx);
	slcan_tx_flush(ch, io);
	return true;
}

void slcan_tx_version(struct slcan_channel *ch)
{
	ch->tx.resync = false;
}

/* Answers are missing: nobody knows which frame the next one would be about. */
static void slcan_tx_lost(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;

	if (tx->unanswered) {
		tx->resync = true;
		tx->resync_end = anycan_mono_after(io->now, SLCAN_ASK_NS);
		if (st->versioned)
			slcan_ask_version(ch, io);
	}
	ch->poll_pending = false;
	slcan_say(io, BRIDGED_NOTE, ch->number,
		  "the adapter did not confirm frames within 3 seconds; they count as not sent");
	slcan_tx_fail(ch, io);
}

/* Nothing moves. With errors before and none now, the controller has left the bus. */
static void slcan_tx_stuck(struct slcan *st, struct slcan_channel *ch, struct slcan_slot *slot,
			   struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;

	if (slcan_report_stuck(st, ch, io))
		return;
	tx->rejected--;
	slot->state = SLCAN_SLOT_FAILED;
	tx->refused_since = io->now;
	slcan_tx_flush(ch, io);
}

/* Offer the oldest refused frame again, for a while. */
static void slcan_tx_retry(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;
	struct slcan_slot *slot = slcan_tx_oldest(tx, SLCAN_SLOT_REJECTED);
	char *out;

	if (!slot)
		return;
	if (io->now.ns - tx->refused_since.ns >= SLCAN_REFUSED_NS) {
		slcan_tx_stuck(st, ch, slot, io);
		return;
	}
	out = (char *)bridged_io_out(io, slot->len);
	if (!out)
		return;
	memcpy(out, slot->line, slot->len);
	slot->state = SLCAN_SLOT_SENT;
	tx->rejected--;
	tx->unanswered++;
	tx->progress = io->now;
}

static void slcan_tx_poll(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	ch->poll_missed = ch->poll_pending ? ch->poll_missed + 1 : 0;
	ch->poll_pending = false;
	ch->poll = ANYCAN_NEVER;
	if (ch->poll_missed == SLCAN_POLLS_MISSED)
		return;
	ch->poll = anycan_mono_after(io->now, st->options.poll_status_ms * ANYCAN_NS_PER_MS);
	if (!slcan_put(io, ch->number, "F\r", 2))
		return;
	ch->poll_pending = true;
	ch->poll_behind = ch->tx.unanswered;
}

/* Frames whose answers should come. */
static bool slcan_tx_waits(const struct slcan_tx *tx)
{
	return tx->unanswered || (tx->head != tx->tail && !tx->rejected);
}

/* Do what is due. */
static void slcan_tx_due(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;

	slcan_tx_flush(ch, io);
	if (ch->phase != SLCAN_OPEN)
		return;
	if (tx->resync && io->now.ns >= tx->resync_end.ns)
		tx->resync = false;
	if (tx->rejected && !tx->unanswered && io->now.ns >= tx->retry.ns)
		slcan_tx_retry(st, ch, io);
	if (ch->phase == SLCAN_OPEN && slcan_tx_waits(tx) &&
	    io->now.ns >= tx->progress.ns + SLCAN_CONFIRM_NS)
		slcan_tx_lost(st, ch, io);
	if (ch->phase == SLCAN_OPEN && io->now.ns >= ch->poll.ns && !tx->resync)
		slcan_tx_poll(st, ch, io);
}

struct anycan_mono slcan_tx_tick(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_tx *tx = &ch->tx;
	struct anycan_mono next;

	slcan_tx_due(st, ch, io);
	/* Events that found no room. */
	if (tx->head != tx->tail && slcan_slot(tx, tx->head)->state >= SLCAN_SLOT_DONE)
		return io->now;
	if (ch->phase != SLCAN_OPEN)
		return ANYCAN_NEVER;
	/* The sender is asked for frames before a tick, so a second round brings them. */
	if (tx->blocked && slcan_tx_ready(st, ch, io->now)) {
		tx->blocked = false;
		return io->now;
	}
	next = tx->resync ? tx->resync_end : ch->poll;
	if (tx->rejected && !tx->unanswered)
		next = anycan_mono_min(next, tx->retry);
	if (slcan_tx_waits(tx))
		next = anycan_mono_min(next, anycan_mono_after(tx->progress, SLCAN_CONFIRM_NS));
	if (tx->blocked && tx->paced)
		next = anycan_mono_min(next, pace_wake(&tx->pace));
	return next;
}
