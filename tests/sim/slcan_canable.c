// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The CANable 1 (classic, bxCAN) and the CANable 2 (FD, FDCAN) with their makers' slcan firmware:
 * no command is acknowledged, nothing is checked that need not be, and the command buffer keeps
 * its contents, so an empty line executes the last command once more, and what a line is short
 * of comes from the line before it.
 * Source: the firmwares' behaviour, canable-fw 8ca5d39 and canable2-fw b158aa7.
 */
#include <stdio.h>
#include <string.h>

#include <anycan/hex.h>

#include "slcan.h"

/* Bits of the CANable 2's error register, shown by E. */
enum {
	ERROR_CAN_TX_FULL = 1 << 4,
	ERROR_USB_TX_FULL = 1 << 6
};

struct canable {
	bool silent_works; /* M1 survives O; in the sources at hand it does not */
	bool was_open;	   /* since power-on */
	uint8_t errors;
	uint8_t stale[ANYCAN_DATA_MAX]; /* what the receive buffer holds from older frames */
};

static struct canable *canable_of(const struct slcan *s)
{
	return s->state;
}

static bool canable_is_2(const struct slcan *s)
{
	return s->dialect == &slcan_canable2;
}

static int canable_options(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	return sim_args_flag(args, "silent-mode", &canable_of(s)->silent_works, why);
}

static void canable_power_on(struct slcan *s)
{
	*canable_of(s) = (struct canable){.silent_works = canable_of(s)->silent_works};
	s->channel[0].bitrate = 125000;
	s->channel[0].dbitrate = canable_is_2(s) ? 2000000 : 0;
}

/* The firmware's digit: letters and numbers alike are only shifted to 0, whatever they are. */
static uint8_t canable_digit(char c)
{
	uint8_t byte = (uint8_t)c;

	if (byte >= 'a')
		return (uint8_t)(byte - 'a' + 10);
	if (byte >= 'A')
		return (uint8_t)(byte - 'A' + 10);
	return (uint8_t)(byte - '0');
}

static void canable_set_rate(struct slcan *s, uint8_t index)
{
	static const uint32_t rates1[] = {10000,  20000,  50000,  100000, 125000,
					  250000, 500000, 750000, 1000000};
	/* The CANable 2 means 750k by S7; its prescaler makes it 170 MHz / 7 / 17. */
	static const uint32_t rates2[] = {10000,  20000,  50000,   100000,  125000,
					  250000, 500000, 1428571, 1000000, 83333};
	size_t known = canable_is_2(s) ? sizeof(rates2) / sizeof(rates2[0])
				       : sizeof(rates1) / sizeof(rates1[0]);

	if (index >= known) {
		s->counts.bad_commands++;
		return;
	}
	if (!s->channel[0].node.on)
		s->channel[0].bitrate = canable_is_2(s) ? rates2[index] : rates1[index];
}

static void canable_set_data_rate(struct slcan *s, uint8_t index)
{
	if (index != 2 && index != 5)
		s->counts.bad_commands++;
	else if (!s->channel[0].node.on)
		s->channel[0].dbitrate = index == 2 ? 2000000 : 5000000;
}

static void canable_go(struct slcan *s)
{
	struct slcan_channel *ch = &s->channel[0];

	if (ch->node.on)
		return;
	if (!canable_of(s)->silent_works)
		ch->mode = SIM_NORMAL;
	canable_of(s)->was_open = true;
	slcan_open(ch);
}

static void canable_set_mode(struct slcan *s, uint8_t value)
{
	if (!s->channel[0].node.on)
		s->channel[0].mode = value == 1 ? SIM_LISTEN_ONLY : SIM_NORMAL;
}

static void canable_set_retry(struct slcan *s, uint8_t value)
{
	if (!s->channel[0].node.on)
		s->channel[0].one_shot = value != 1;
}

/* Reads what stands in the buffer, ended or not, as the firmware does. */
static bool canable_parse(const uint8_t *digits, char letter, bool fd, struct anycan_frame *frame)
{
	unsigned int id_digits = letter >= 'A' && letter <= 'Z' && letter != 'X' ? 8 : 3;
	uint8_t dlc = digits[1 + id_digits];
	uint32_t id = 0;

	*frame = (struct anycan_frame){.channel = ANYCAN_CHANNEL_NONE};
	for (unsigned int i = 1; i <= id_digits; i++)
		id = id * 16 + digits[i];
	frame->can_id = id_digits == 8 ? (id & CAN_EFF_MASK) | CAN_EFF_FLAG : id & CAN_SFF_MASK;
	if (strchr("dDbB", letter))
		frame->flags = CANFD_FDF | (letter == 'b' || letter == 'B' ? CANFD_BRS : 0);
	if (letter == 'r' || letter == 'R')
		frame->can_id |= CAN_RTR_FLAG;
	if (dlc > (fd && frame->flags ? CANFD_MAX_DLC : CAN_MAX_DLC))
		return false;
	frame->len = anycan_dlc2len(dlc);
	for (size_t i = 0; i < anycan_frame_data_len(frame); i++) {
		const uint8_t *pair = digits + 2 + id_digits + 2 * i;

		frame->data[i] = (uint8_t)((pair[0] << 4) + pair[1]);
	}
	return true;
}

static void canable_transmit(struct slcan *s, const uint8_t *digits, char letter)
{
	struct slcan_channel *ch = &s->channel[0];
	uint64_t dropped = s->counts.tx_dropped;
	struct anycan_frame frame;

	if (!canable_parse(digits, letter, canable_is_2(s), &frame)) {
		s->counts.bad_commands++;
		return;
	}
	/* Before the first O frames wait in the queue; once closed again the CANable 2 throws them
	 * away, the CANable 1 keeps them. */
	if (!ch->node.on && canable_is_2(s) && canable_of(s)->was_open) {
		s->counts.tx_dropped++;
		return;
	}
	slcan_send(ch, &frame, 0);
	if (s->counts.tx_dropped != dropped)
		canable_of(s)->errors |= ERROR_CAN_TX_FULL;
}

static void canable_tell(struct slcan *s, char letter)
{
	char text[SLCAN_LINE];
	int len;

	if (letter == 'V')
		len = snprintf(text, sizeof(text), "%s\r", s->version);
	else /* without a CR */
		len = snprintf(text, sizeof(text), "CANable Error Register: %X",
			       canable_of(s)->errors);
	slcan_say(&s->channel[0], text, (size_t)len);
}

/* Letters that only one of the two firmwares knows. */
static void canable_special(struct slcan *s, const uint8_t *digits, char letter)
{
	bool is_2 = canable_is_2(s);

	if (!is_2 && letter == 'm')
		canable_set_mode(s, digits[1]);
	else if (!is_2 && letter == 'a')
		canable_set_retry(s, digits[1]);
	else if (is_2 && letter == 'Y')
		canable_set_data_rate(s, digits[1]);
	else if (is_2 && letter == 'E')
		canable_tell(s, letter);
	else if (is_2 && strchr("dDbBX", letter)) /* X does nothing and falls into a t */
		canable_transmit(s, digits, letter);
	else
		s->counts.bad_commands++;
}

static void canable_command(struct slcan *s, char *line, size_t len)
{
	uint8_t *digits = (uint8_t *)line;

	/* In place, and kept: with no new characters the old command stands there, converted. */
	for (size_t i = 1; i < len; i++)
		digits[i] = canable_digit(line[i]);
	switch (line[0]) {
	case 'O':
		canable_go(s);
		break;
	case 'C':
		slcan_close(&s->channel[0]);
		break;
	case 'S':
		canable_set_rate(s, digits[1]);
		break;
	case 'M':
		canable_set_mode(s, digits[1]);
		break;
	case 'A':
		canable_set_retry(s, digits[1]);
		break;
	case 'V':
		canable_tell(s, 'V');
		break;
	case 't':
	case 'T':
	case 'r':
	case 'R':
		canable_transmit(s, digits, line[0]);
		break;
	case '\0':
		s->counts.bad_commands++;
		break;
	default:
		canable_special(s, digits, line[0]);
		break;
	}
}

/* Data digits go out for every DLC, even of a remote frame: whatever the buffer holds. */
static size_t canable_format(struct slcan_channel *ch, const struct anycan_frame *frame, char *text)
{
	struct canable *c = canable_of(ch->slcan);
	struct anycan_frame head = *frame;
	uint8_t dlc = anycan_frame_dlc(frame);
	size_t len, shown = dlc;

	memcpy(c->stale, frame->data, anycan_frame_data_len(frame));
	head.can_id &= ~CAN_RTR_FLAG;
	head.len = 0;
	head.len8_dlc = 0;
	len = slcan_format(&head, text) - 2; /* up to the DLC */
	if (frame->can_id & CAN_RTR_FLAG)
		text[0] = frame->can_id & CAN_EFF_FLAG ? 'R' : 'r';
	if (canable_is_2(ch->slcan))
		shown = anycan_dlc2len(dlc);
	anycan_hex_put_number(text + len, 1, dlc);
	anycan_hex_put_bytes(text + len + 1, c->stale, shown);
	len += 1 + 2 * shown;
	text[len++] = '\r';
	return len;
}

static void canable_overrun(struct slcan_channel *ch)
{
	canable_of(ch->slcan)->errors |= ERROR_USB_TX_FULL;
}

/* No buffer towards USB: while one frame is on its way the next is lost. */
const struct slcan_dialect slcan_canable = {
	.name = "canable",
	.version = "8ca5d39 https://github.com/normaldotcom/canable-fw.git",
	.state_size = sizeof(struct canable),
	.tx_frames = 27 + 3,
	.out_bytes = 64,
	.out_frames = 1,
	.line_max = 30,
	.line_wraps = true,
	.keeps_lf = true,
	.fd = SIM_FD_ERROR,
	.txfull = SLCAN_TXFULL_DROP,
	.options = canable_options,
	.power_on = canable_power_on,
	.command = canable_command,
	.format = canable_format,
	.overrun = canable_overrun,
};

const struct slcan_dialect slcan_canable2 = {
	.name = "canable2",
	.version = "b158aa7 github.com/normaldotcom/canable2-fw.git",
	.state_size = sizeof(struct canable),
	.tx_frames = 63 + 3,
	.out_bytes = 2047,
	.out_frames = 340,
	.line_max = 155,
	.line_wraps = true,
	.keeps_lf = true,
	.fd = SIM_FD_YES,
	.txfull = SLCAN_TXFULL_DROP,
	.manual_recovery = true,
	.options = canable_options,
	.power_on = canable_power_on,
	.command = canable_command,
	.format = canable_format,
	.overrun = canable_overrun,
};
