// SPDX-License-Identifier: GPL-2.0-only
/*
 * What waits for the process, laid out as records.
 */
#include "priv.h"

/* Requests in the order in which they make sense. */
static const u8 requests[] = {
	CANTAP_STOP, CANTAP_TERMINATION, CANTAP_OPEN, CANTAP_RESTART, CANTAP_IDENTIFY,
	CANTAP_READ_BERR,
};

struct batch {
	u8 *buf;
	size_t len, size;
};

/* The next record of a batch with an empty payload, or NULL if there is no room. */
static struct cantap_record *append(struct batch *batch, u8 type, u32 id, size_t payload)
{
	size_t len = sizeof(struct cantap_record) + payload;
	struct cantap_record *record = (void *)(batch->buf + batch->len);

	if (len > batch->size - batch->len)
		return NULL;
	memset(record, 0, len);
	record->len = len;
	record->type = type;
	record->id = id;
	batch->len += len;
	return record;
}

static void fill_settings(const struct cantap *tap, struct cantap_settings *settings)
{
	const struct can_priv *can = &tap->can;

	settings->ctrlmode = can->ctrlmode;
	settings->restart_ms = can->restart_ms;
	settings->termination = can->termination;
#if CANTAP_HAS_TDC
	settings->tdcv = cantap_data(can)->tdc.tdcv;
	settings->tdco = cantap_data(can)->tdc.tdco;
	settings->tdcf = cantap_data(can)->tdc.tdcf;
#endif
	settings->bittiming = can->bittiming;
	if (can->ctrlmode & CAN_CTRLMODE_FD)
		settings->dbittiming = cantap_data(can)->data_bittiming;
}

static u32 id_of(const struct cantap *tap, u8 type)
{
	switch (type) {
	case CANTAP_OPEN:
	case CANTAP_RESTART:
	case CANTAP_STOP:
		return tap->session;
	case CANTAP_TERMINATION:
		return tap->can.termination;
	case CANTAP_IDENTIFY:
		return tap->identify;
	default:
		return 0;
	}
}

/* Return: false if there was no room for all. */
static bool take_requests(struct cantap *tap, struct batch *batch)
{
	unsigned int i;

	for (i = 0; tap->pending && i < ARRAY_SIZE(requests); i++) {
		u8 type = requests[i];
		bool with_settings = type == CANTAP_OPEN || type == CANTAP_RESTART;
		struct cantap_record *record;

		if (!(tap->pending & BIT(type)))
			continue;
		record = append(batch, type, id_of(tap, type),
				with_settings ? sizeof(struct cantap_settings) : 0);
		if (!record)
			return false;
		if (with_settings)
			fill_settings(tap, (void *)(record + 1));
		tap->pending &= ~BIT(type);
	}
	return true;
}

static void take_frames(struct cantap *tap, struct batch *batch)
{
	struct cantap_slot *slot, *next;

	list_for_each_entry_safe(slot, next, &tap->waiting, node) {
		struct cantap_record *record = append(batch, CANTAP_TX, slot->echo, slot->mtu);

		if (!record)
			return;
		memcpy(record + 1, &slot->frame, slot->mtu);
		slot->state = CANTAP_SLOT_READ;
		list_move_tail(&slot->node, &tap->read);
	}
}

static bool is_anything_left(const struct cantap *tap)
{
	return tap->pending || !list_empty(&tap->waiting);
}

/**
 * cantap_take() - take what waits, as far as there is room
 * @tap: the netdev
 * @buf: aligned as a record
 * @size: of @buf
 *
 * Return: bytes, 0 if there is nothing, -EINVAL if there is no room for the first record.
 */
ssize_t cantap_take(struct cantap *tap, u8 *buf, size_t size)
{
	struct batch batch = { .buf = buf, .size = size };
	bool left;

	spin_lock_bh(&tap->lock);
	if (take_requests(tap, &batch))
		take_frames(tap, &batch);
	left = is_anything_left(tap);
	spin_unlock_bh(&tap->lock);
	return batch.len || !left ? batch.len : -EINVAL;
}

static void give_back_request(struct cantap *tap, const struct cantap_record *record)
{
	bool opening = record->type == CANTAP_OPEN || record->type == CANTAP_RESTART;

	spin_lock_bh(&tap->lock);
	if (!opening || (tap->phase == CANTAP_PHASE_OPENING && tap->session == record->id))
		cantap_post(tap, record->type);
	spin_unlock_bh(&tap->lock);
}

/**
 * cantap_give_back() - the process could not be given all that was taken
 * @tap: the netdev
 * @buf: what cantap_take() has filled
 * @len: its bytes
 * @taken: how many of them have reached the process
 */
void cantap_give_back(struct cantap *tap, const u8 *buf, size_t len, size_t taken)
{
	const struct cantap_record *record;
	LIST_HEAD(skbs);
	size_t at;

	for (at = 0; at < len; at += record->len) {
		record = (const void *)(buf + at);
		if (at + record->len <= taken)
			continue;
		if (record->type != CANTAP_TX)
			give_back_request(tap, record);
		else
			/* Not one of the types that end a frame well: aborted. */
			cantap_tx_end(tap, record, &skbs);
	}
}

bool cantap_has_records(struct cantap *tap)
{
	bool has;

	spin_lock_bh(&tap->lock);
	has = is_anything_left(tap);
	spin_unlock_bh(&tap->lock);
	return has;
}
