/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Frames, errors and states in the words of slcan. See ldisc_text.h.
 */
#include "ports/ldisc_text.h"
#include "drivers/slcan_codec.h"

#include <linux/can/error.h>
#include <stdio.h>
#include <string.h>

/* Error counters are told in three digits, bus-off as 256. */
#define COUNTER_MAX 256U

const uint32_t ldisc_rates[LDISC_RATES] = {10000,  20000,  50000,  100000, 125000,
					   250000, 500000, 800000, 1000000};

/* The errors that slcan has a letter for. Return: how many. */
static size_t error_letters(const struct anycan_frame *frame, char letters[8])
{
	const uint8_t control = frame->can_id & CAN_ERR_CRTL ? frame->data[1] : 0;
	const uint8_t protocol = frame->can_id & CAN_ERR_PROT ? frame->data[2] : 0;
	const bool crc =
		frame->can_id & CAN_ERR_PROT && (frame->data[3] == CAN_ERR_PROT_LOC_CRC_SEQ ||
						 frame->data[3] == CAN_ERR_PROT_LOC_CRC_DEL);
	const struct {
		bool is;
		char letter;
	} errors[] = {
		{frame->can_id & CAN_ERR_ACK, 'a'},
		{protocol & CAN_ERR_PROT_BIT0, 'b'},
		{protocol & CAN_ERR_PROT_BIT1, 'B'},
		{crc, 'c'},
		{protocol & CAN_ERR_PROT_FORM, 'f'},
		{control & CAN_ERR_CRTL_RX_OVERFLOW, 'o'},
		{control & CAN_ERR_CRTL_TX_OVERFLOW, 'O'},
		{protocol & CAN_ERR_PROT_STUFF, 's'},
	};
	size_t n = 0;

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		if (errors[i].is)
			letters[n++] = errors[i].letter;
	return n;
}

bool ldisc_is_about_state(const struct anycan_frame *frame)
{
	return frame->can_id & (CAN_ERR_BUSOFF | CAN_ERR_RESTARTED) ||
	       (frame->can_id & CAN_ERR_CRTL &&
		!(frame->data[1] & (CAN_ERR_CRTL_RX_OVERFLOW | CAN_ERR_CRTL_TX_OVERFLOW)));
}

static char *print_error(char *at, const struct anycan_frame *frame)
{
	char letters[8];
	size_t n = error_letters(frame, letters);

	if (!n)
		return at;
	/* The kernel ignores lines of less than five characters, and letters may be repeated. */
	while (n < 3) {
		letters[n] = letters[0];
		n++;
	}
	*at++ = 'e';
	*at++ = (char)('0' + n);
	memcpy(at, letters, n);
	return at + n;
}

char *ldisc_print_frame(char *at, const struct anycan_frame *frame)
{
	struct anycan_frame plain;

	if (frame->can_id & CAN_ERR_FLAG)
		return print_error(at, frame);
	if (anycan_frame_is_fd(frame))
		return at;
	if (!frame->len8_dlc)
		return slcan_frame_print(at, frame, 'T');
	plain = *frame;
	plain.len8_dlc = 0;
	return slcan_frame_print(at, &plain, 'T');
}

static unsigned int bounded(uint16_t counter)
{
	return counter > COUNTER_MAX ? COUNTER_MAX : counter;
}

char *ldisc_print_state(char *at, enum can_state state, struct can_berr_counter berr)
{
	static const char letters[] = {[CAN_STATE_ERROR_ACTIVE] = 'a',
				       [CAN_STATE_ERROR_WARNING] = 'w',
				       [CAN_STATE_ERROR_PASSIVE] = 'p',
				       [CAN_STATE_BUS_OFF] = 'b'};

	return at + snprintf(at, LDISC_LINE_ROOM, "s%c%03u%03u", letters[state],
			     bounded(berr.rxerr), bounded(berr.txerr));
}
