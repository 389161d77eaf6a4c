// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What adapters tell about errors, as events and as error frames of linux/can/error.h. Sources:
 * status flags of the LAWICEL manuals, the lines `s` and `e` of the kernel's slcan driver (and
 * the frames that it makes of them), error reports of CANable 2.5.
 */
#include "slcan.h"

#include <anycan/hex.h>
#include <linux/can/error.h>
#include <string.h>

/* Status flags of F. */
#define SLCAN_STATUS_RX_FULL 0x01
#define SLCAN_STATUS_WARNING 0x04
#define SLCAN_STATUS_OVERRUN 0x08
#define SLCAN_STATUS_PASSIVE 0x20
#define SLCAN_STATUS_BUS_ERROR 0x80

/* Flags of CANable 2.5's report. */
#define SLCAN_FLAG_RX_LOST 0x01
#define SLCAN_FLAG_TX_FULL 0x04
#define SLCAN_FLAG_USB_LOST 0x08
#define SLCAN_FLAG_TX_TIMEOUT 0x10

/* An error frame in the making, and the counters: both 0 if they are not known. */
struct slcan_report {
	struct anycan_frame frame;
	struct can_berr_counter berr;
};

static void slcan_error_init(struct anycan_frame *frame, const struct slcan_channel *ch,
			     const struct bridged_io *io)
{
	memset(frame, 0, sizeof(*frame));
	frame->can_id = CAN_ERR_FLAG;
	frame->len = CAN_ERR_DLC;
	frame->channel = (uint16_t)ch->number;
	frame->ts_ns = io->wall_ns;
}

/* Hand over an error frame that says something. */
static void slcan_error_put(const struct anycan_frame *frame, struct bridged_io *io)
{
	struct anycan_frame *out = bridged_io_frame(io);

	if (frame->can_id == CAN_ERR_FLAG || !out)
		return;
	*out = *frame;
	io->n_frames++;
}

static void slcan_state_event(const struct slcan_channel *ch, const struct can_berr_counter *berr,
			      struct bridged_io *io)
{
	struct bridged_event *event = bridged_io_event(io, BRIDGED_STATE, ch->number);

	if (!event)
		return;
	event->state = ch->state;
	event->berr = *berr;
}

/* Out of the bus until the restart; the adapter is closed so that it does not come back alone. */
static void slcan_bus_off(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	ch->phase = SLCAN_BUS_OFF;
	ch->deadline = ANYCAN_NEVER;
	if (st->settings.restart_ms)
		ch->deadline =
			anycan_mono_after(io->now, st->settings.restart_ms * ANYCAN_NS_PER_MS);
	slcan_tx_fail(ch, io);
	slcan_put(io, ch->number, "C\r", 2);
}

/* The bits of data[1] for a state that one counter or both have caused. */
static uint8_t slcan_state_bits(enum can_state state, bool tx, bool rx)
{
	uint8_t bits = 0;

	if (state == CAN_STATE_ERROR_ACTIVE)
		return CAN_ERR_CRTL_ACTIVE;
	if (tx)
		bits |= state == CAN_STATE_ERROR_WARNING ? CAN_ERR_CRTL_TX_WARNING
							 : CAN_ERR_CRTL_TX_PASSIVE;
	if (rx)
		bits |= state == CAN_STATE_ERROR_WARNING ? CAN_ERR_CRTL_RX_WARNING
							 : CAN_ERR_CRTL_RX_PASSIVE;
	return bits;
}

/* Go to @state and put into the frame what the kernel's drivers put there. */
static void slcan_change_state(struct slcan *st, struct slcan_channel *ch, enum can_state state,
			       struct slcan_report *report, struct bridged_io *io)
{
	struct can_berr_counter *berr = &report->berr;
	struct anycan_frame *frame = &report->frame;

	if (state == ch->state || ch->phase != SLCAN_OPEN)
		return;
	ch->state = state;
	if (state == CAN_STATE_BUS_OFF) {
		frame->can_id |= CAN_ERR_BUSOFF;
		slcan_bus_off(st, ch, io);
		return;
	}
	frame->can_id |= CAN_ERR_CRTL;
	frame->data[1] |=
		slcan_state_bits(state, berr->txerr >= berr->rxerr, berr->txerr <= berr->rxerr);
}

/* Put the counters in, where there is anything to tell. Bus-off has none. */
static void slcan_add_counters(const struct slcan_channel *ch, struct slcan_report *report)
{
	struct anycan_frame *frame = &report->frame;

	if (frame->can_id == CAN_ERR_FLAG || ch->state == CAN_STATE_BUS_OFF)
		return;
	frame->can_id |= CAN_ERR_CNT;
	frame->data[6] = (uint8_t)report->berr.txerr;
	frame->data[7] = (uint8_t)report->berr.rxerr;
}

static bool slcan_three_digits(const char *text, uint16_t *value)
{
	unsigned int i;

	*value = 0;
	for (i = 0; i < 3; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*value = (uint16_t)(*value * 10 + (text[i] - '0'));
	}
	return true;
}

/* `sa057033`: state, receive and transmit error counter */
bool slcan_report_state(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
			struct bridged_io *io)
{
	static const char letters[] = "awpb";
	struct slcan_report report;
	const char *letter;

	if (len != 8)
		return false;
	letter = memchr(letters, line[1], 4);
	if (!letter || !slcan_three_digits(line + 2, &report.berr.rxerr) ||
	    !slcan_three_digits(line + 5, &report.berr.txerr))
		return false;
	if (ch->phase != SLCAN_OPEN)
		return true;
	slcan_error_init(&report.frame, ch, io);
	slcan_change_state(st, ch, (enum can_state)(letter - letters), &report, io);
	slcan_add_counters(ch, &report);
	slcan_error_put(&report.frame, io);
	slcan_state_event(ch, &report.berr, io);
	return true;
}

/* One letter of an `e` line. */
static bool slcan_add_error(struct anycan_frame *frame, char letter, struct bridged_io *io)
{
	switch (letter) {
	case 'a':
		frame->can_id |= CAN_ERR_ACK;
		frame->data[3] = CAN_ERR_PROT_LOC_ACK;
		return true;
	case 'b':
		frame->data[2] |= CAN_ERR_PROT_BIT0;
		return true;
	case 'B':
		frame->data[2] |= CAN_ERR_PROT_BIT1;
		return true;
	case 'c':
		frame->data[2] |= CAN_ERR_PROT_BIT;
		frame->data[3] = CAN_ERR_PROT_LOC_CRC_SEQ;
		return true;
	case 'f':
		frame->data[2] |= CAN_ERR_PROT_FORM;
		return true;
	case 's':
		frame->data[2] |= CAN_ERR_PROT_STUFF;
		return true;
	case 'o':
		frame->can_id |= CAN_ERR_CRTL;
		frame->data[1] |= CAN_ERR_CRTL_RX_OVERFLOW;
		io->overruns++;
		return true;
	case 'O':
		frame->can_id |= CAN_ERR_CRTL;
		frame->data[1] |= CAN_ERR_CRTL_TX_OVERFLOW;
		return true;
	}
	return false;
}

/* `e3bcO`: how many, then a letter for each */
bool slcan_report_error(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
			struct bridged_io *io)
{
	uint64_t overruns = io->overruns;
	struct anycan_frame frame;
	size_t i;

	(void)st;
	if (len < 2 || line[1] < '0' || line[1] > '8' || len != 2U + (size_t)(line[1] - '0'))
		return false;
	slcan_error_init(&frame, ch, io);
	frame.can_id |= CAN_ERR_PROT | CAN_ERR_BUSERROR;
	for (i = 2; i < len; i++) {
		if (!slcan_add_error(&frame, line[i], io)) {
			io->overruns = overruns;
			return false;
		}
	}
	if (ch->phase == SLCAN_OPEN)
		slcan_error_put(&frame, io);
	return true;
}

/*
 * The state that status flags tell. LAWICEL's are interrupts of the SJA1000, set when a limit is
 * crossed; others set them as long as the state lasts. Both keep the state while errors go on or
 * nothing can be sent, and are back to active when all is quiet.
 */
static enum can_state slcan_status_state(const struct slcan_channel *ch, uint32_t flags)
{
	if (flags & SLCAN_STATUS_PASSIVE)
		return CAN_STATE_ERROR_PASSIVE;
	if (flags & SLCAN_STATUS_WARNING)
		return CAN_STATE_ERROR_WARNING;
	if ((flags & SLCAN_STATUS_BUS_ERROR) || ch->tx.retrying)
		return ch->state;
	return CAN_STATE_ERROR_ACTIVE;
}

/* `Fxx`: flags since the last poll */
bool slcan_report_status(struct slcan *st, struct slcan_channel *ch, const char *line, size_t len,
			 struct bridged_io *io)
{
	struct slcan_report report = {.berr = {0, 0}};
	enum can_state before = ch->state;
	uint32_t flags;

	if (len != 3 || !anycan_hex_number(line + 1, 2, &flags))
		return false;
	ch->poll_pending = false;
	if (ch->phase != SLCAN_OPEN)
		return true;
	slcan_error_init(&report.frame, ch, io);
	slcan_change_state(st, ch, slcan_status_state(ch, flags), &report, io);
	ch->bus_errors = flags & SLCAN_STATUS_BUS_ERROR;
	if (flags & (SLCAN_STATUS_RX_FULL | SLCAN_STATUS_OVERRUN)) {
		report.frame.can_id |= CAN_ERR_CRTL;
		report.frame.data[1] |= CAN_ERR_CRTL_RX_OVERFLOW;
		io->overruns++;
	}
	if (ch->bus_errors)
		report.frame.can_id |= CAN_ERR_PROT | CAN_ERR_BUSERROR;
	slcan_error_put(&report.frame, io);
	if (ch->state != before)
		slcan_state_event(ch, &report.berr, io);
	return true;
}

bool slcan_report_stuck(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	struct slcan_report report = {.berr = {0, 0}};

	if (!(st->dialect->features & SLCAN_STATUS) || ch->bus_errors ||
	    ch->state == CAN_STATE_ERROR_ACTIVE || !bridged_io_frame(io))
		return false;
	slcan_error_init(&report.frame, ch, io);
	slcan_change_state(st, ch, CAN_STATE_BUS_OFF, &report, io);
	slcan_error_put(&report.frame, io);
	slcan_state_event(ch, &report.berr, io);
	return true;
}

/* Letters of an `e` line for the last protocol error of CANable 2.5. */
static const char slcan_canable25_errors[] = {0, 's', 'f', 'a', 'B', 'b', 'c'};

static void slcan_canable25_flags(struct slcan_channel *ch, uint32_t flags,
				  struct anycan_frame *frame, struct bridged_io *io)
{
	if (flags & (SLCAN_FLAG_RX_LOST | SLCAN_FLAG_USB_LOST))
		slcan_add_error(frame, 'o', io);
	if (flags & SLCAN_FLAG_TX_FULL)
		slcan_add_error(frame, 'O', io);
	if (flags & SLCAN_FLAG_TX_TIMEOUT) {
		/* It has thrown away whatever it was to send. */
		frame->can_id |= CAN_ERR_TX_TIMEOUT;
		slcan_tx_fail(ch, io);
	}
}

/* `Esefftxrx`: bus state, last protocol error, flags, both error counters */
bool slcan_report_canable25(struct slcan *st, struct slcan_channel *ch, const char *line,
			    size_t len, struct bridged_io *io)
{
	uint32_t status, error, flags, txerr, rxerr;
	struct slcan_report report;

	if (len != 9 || !anycan_hex_number(line + 1, 1, &status) || status > 3 ||
	    !anycan_hex_number(line + 2, 1, &error) || !anycan_hex_number(line + 3, 2, &flags) ||
	    !anycan_hex_number(line + 5, 2, &txerr) || !anycan_hex_number(line + 7, 2, &rxerr))
		return false;
	if (ch->phase != SLCAN_OPEN)
		return true;
	report.berr.txerr = (uint16_t)txerr;
	report.berr.rxerr = (uint16_t)rxerr;
	slcan_error_init(&report.frame, ch, io);
	slcan_canable25_flags(ch, flags, &report.frame, io);
	if (error && error < sizeof(slcan_canable25_errors)) {
		report.frame.can_id |= CAN_ERR_PROT | CAN_ERR_BUSERROR;
		slcan_add_error(&report.frame, slcan_canable25_errors[error], io);
	}
	slcan_change_state(st, ch, (enum can_state)status, &report, io);
	slcan_add_counters(ch, &report);
	slcan_error_put(&report.frame, io);
	slcan_state_event(ch, &report.berr, io);
	return true;
}

void slcan_report_tx_error(struct slcan *st, struct slcan_channel *ch, struct bridged_io *io)
{
	struct anycan_frame frame;

	if (st->settings.ctrlmode.flags & CAN_CTRLMODE_BERR_REPORTING) {
		slcan_error_init(&frame, ch, io);
		frame.can_id |= CAN_ERR_PROT | CAN_ERR_BUSERROR;
		frame.data[2] = CAN_ERR_PROT_TX;
		slcan_error_put(&frame, io);
	} else if (!st->noted_error) {
		st->noted_error = true;
		slcan_say(io, BRIDGED_NOTE, ch->number,
			  "frames meet errors on the bus and are repeated: check bit rate, "
			  "termination and that another node is there");
	}
}

bool slcan_report_restarted(struct slcan_channel *ch, struct bridged_io *io)
{
	static const struct can_berr_counter none = {0, 0};
	struct anycan_frame frame;

	if (!bridged_io_frame(io))
		return false;
	slcan_error_init(&frame, ch, io);
	frame.can_id |= CAN_ERR_RESTARTED;
	slcan_error_put(&frame, io);
	slcan_state_event(ch, &none, io);
	return true;
}
