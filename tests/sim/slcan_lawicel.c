// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The LAWICEL CANUSB and CAN232: every command is answered with CR or BEL, frames in the transmit
 * FIFO with z or Z; status flags as the SJA1000's interrupt register has them, cleared by reading.
 * Source: LAWICEL CANUSB and CAN232 manuals. Their FIFO sizes, and BEL for an empty line, are
 * assumed: the manuals at hand do not give them.
 */
#include <errno.h>
#include <string.h>

#include <anycan/hex.h>

#include "slcan.h"

/* Bits of the answer to F. */
enum {
	FLAG_RX_FULL = 0x01,
	FLAG_TX_FULL = 0x02,
	FLAG_WARNING = 0x04,
	FLAG_OVERRUN = 0x08,
	FLAG_PASSIVE = 0x20,
	FLAG_ARBITRATION = 0x40,
	FLAG_BUS_ERROR = 0x80,
};

struct lawicel {
	bool eeprom_stamps; /* Z and X survive a power cycle */
	bool eeprom_poll;
	bool stamps;
	bool poll; /* CAN232: frames wait until they are asked for */
	uint8_t flags;
	enum sim_state last_state;
	struct sja1000_filter filter;
	struct anycan_frame held[SLCAN_HELD];
	size_t held_head;
	size_t held_len;
};

static struct lawicel *lawicel_of(const struct slcan *s)
{
	return s->state;
}

static bool lawicel_is_can232(const struct slcan *s)
{
	return s->dialect == &slcan_can232;
}

static void lawicel_power_on(struct slcan *s)
{
	struct lawicel *l = lawicel_of(s);
	bool stamps = l->eeprom_stamps, poll = l->eeprom_poll;

	*l = (struct lawicel){
		.eeprom_stamps = stamps, .stamps = stamps, .eeprom_poll = poll, .poll = poll};
	memset(l->filter.mask, 0xff, sizeof(l->filter.mask));
}

static int lawicel_options(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	struct lawicel *l = lawicel_of(s);
	bool push = !lawicel_is_can232(s);
	int err = sim_args_flag(args, "timestamp", &l->eeprom_stamps, why);

	if (!err && lawicel_is_can232(s))
		err = sim_args_flag(args, "autopoll", &push, why);
	l->eeprom_poll = !push;
	return err;
}

static void lawicel_answer(struct slcan *s, bool ok)
{
	if (ok)
		slcan_cr(s);
	else
		slcan_bel(s);
}

static bool lawicel_accept(struct slcan_channel *ch, const struct anycan_frame *frame)
{
	return sja1000_accepts(&lawicel_of(ch->slcan)->filter, frame);
}

static size_t lawicel_format(struct slcan_channel *ch, const struct anycan_frame *frame, char *text)
{
	size_t len;
	struct anycan_frame shown = *frame;

	shown.len8_dlc = 0; /* a DLC above 8 reads as 8 */
	len = slcan_format(&shown, text);
	if (lawicel_of(ch->slcan)->stamps) {
		char *end = anycan_hex_put_number(text + len - 1, 4, slcan_stamp_ms(ch, frame));

		*end++ = '\r';
		len = (size_t)(end - text);
	}
	return len;
}

static void lawicel_overrun(struct slcan_channel *ch)
{
	lawicel_of(ch->slcan)->flags |= FLAG_RX_FULL | FLAG_OVERRUN;
}

/* Without auto poll frames stay in the adapter. */
static bool lawicel_hold(struct slcan_channel *ch, const struct anycan_frame *frame)
{
	struct lawicel *l = lawicel_of(ch->slcan);

	if (!l->poll)
		return false;
	if (l->held_len == SLCAN_HELD) {
		ch->slcan->counts.rx_overrun++;
		lawicel_overrun(ch);
		return true;
	}
	l->held[(l->held_head + l->held_len++) % SLCAN_HELD] = *frame;
	return true;
}

static size_t lawicel_held(const struct slcan *s)
{
	return lawicel_of(s)->held_len;
}

static bool lawicel_give(struct slcan *s)
{
	struct lawicel *l = lawicel_of(s);

	if (!l->held_len || !slcan_push(&s->channel[0], &l->held[l->held_head]))
		return false;
	l->held_head = (l->held_head + 1) % SLCAN_HELD;
	l->held_len--;
	return true;
}

static void lawicel_state(struct slcan_channel *ch)
{
	struct lawicel *l = lawicel_of(ch->slcan);
	enum sim_state now = ch->node.state;

	/* The SJA1000 interrupts on every crossing of a limit, in either direction. */
	if ((now >= SIM_ERROR_WARNING) != (l->last_state >= SIM_ERROR_WARNING) ||
	    (now == SIM_BUS_OFF) != (l->last_state == SIM_BUS_OFF))
		l->flags |= FLAG_WARNING;
	if ((now >= SIM_ERROR_PASSIVE) != (l->last_state >= SIM_ERROR_PASSIVE))
		l->flags |= FLAG_PASSIVE;
	l->last_state = now;
}

static void lawicel_status(struct slcan *s)
{
	struct lawicel *l = lawicel_of(s);
	struct sim_node *node = &s->channel[0].node;
	char text[4] = "F00\r";

	if (node->arbitration_lost)
		l->flags |= FLAG_ARBITRATION;
	if (node->saw_error)
		l->flags |= FLAG_BUS_ERROR;
	anycan_hex_put_number(text + 1, 2, l->flags);
	l->flags = 0;
	node->arbitration_lost = false;
	node->saw_error = false;
	slcan_say(&s->channel[0], text, sizeof(text));
}

static bool lawicel_set_rate(struct slcan *s, const char *line, size_t len)
{
	static const uint32_t rates[] = {10000,	 20000,	 50000,	 100000, 125000,
					 250000, 500000, 800000, 1000000};
	uint8_t btr[2];

	if (s->channel[0].node.on)
		return false;
	if (line[0] == 'S' && len == 2 && line[1] >= '0' && line[1] <= '8') {
		s->channel[0].bitrate = rates[line[1] - '0'];
		return true;
	}
	if (line[0] != 's' || len != 5 || !anycan_hex_bytes(line + 1, 2, btr))
		return false;
	s->channel[0].bitrate = slcan_btr_rate(btr[0], btr[1]);
	return true;
}

static bool lawicel_set_filter(struct slcan *s, const char *line, size_t len)
{
	struct lawicel *l = lawicel_of(s);

	if (s->channel[0].node.on || !s->channel[0].bitrate || len != 9)
		return false;
	return anycan_hex_bytes(line + 1, 4, line[0] == 'M' ? l->filter.code : l->filter.mask);
}

static bool lawicel_go(struct slcan *s, enum sim_mode mode)
{
	struct slcan_channel *ch = &s->channel[0];

	if (ch->node.on || !ch->bitrate)
		return false;
	ch->mode = mode;
	lawicel_of(s)->last_state = SIM_ERROR_ACTIVE;
	slcan_open(ch);
	return true;
}

static bool lawicel_stop(struct slcan *s)
{
	struct lawicel *l = lawicel_of(s);

	if (!s->channel[0].node.on)
		return false;
	slcan_close(&s->channel[0]);
	sim_node_flush(&s->channel[0].node);
	s->counts.rx_overrun += l->held_len;
	l->held_len = 0;
	return true;
}

/* Z X W Q U: one digit behind the letter. */
static bool lawicel_set_option(struct slcan *s, const char *line, size_t len)
{
	static const struct {
		char letter, highest;
		bool while_open, can232_only;
	} options[] = {
		{'Z', '1', false, false}, {'W', '1', false, false}, {'Q', '2', true, false},
		{'X', '1', false, true},  {'U', '6', false, true},
	};
	struct lawicel *l = lawicel_of(s);

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		if (options[i].letter != line[0])
			continue;
		if (len != 2 || line[1] < '0' || line[1] > options[i].highest ||
		    s->channel[0].node.on != options[i].while_open ||
		    (options[i].can232_only && !lawicel_is_can232(s)))
			return false;
		if (line[0] == 'Z')
			l->stamps = l->eeprom_stamps = line[1] == '1';
		else if (line[0] == 'X')
			l->poll = l->eeprom_poll = line[1] == '0';
		else if (line[0] == 'W')
			l->filter.single = line[1] == '1';
		return true;
	}
	return false;
}

static void lawicel_transmit(struct slcan *s, const char *line, size_t len)
{
	struct slcan_channel *ch = &s->channel[0];
	struct lawicel *l = lawicel_of(s);
	struct anycan_frame frame;

	if (!ch->node.on || ch->node.mode != SIM_NORMAL || !slcan_parse(line, len, false, &frame)) {
		slcan_bel(s);
		return;
	}
	if (slcan_send(ch, &frame, 0)) {
		l->flags |= FLAG_TX_FULL;
		slcan_say(ch, "\a", 1);
	} else if (l->poll) {
		slcan_cr(s);
	} else {
		slcan_say(ch, frame.can_id & CAN_EFF_FLAG ? "Z\r" : "z\r", 2);
	}
}

static void lawicel_poll(struct slcan *s, bool all)
{
	bool any = false;

	if (!s->channel[0].node.on || !lawicel_of(s)->poll) {
		slcan_bel(s);
		return;
	}
	while (lawicel_give(s)) {
		any = true;
		if (!all)
			return;
	}
	if (all)
		slcan_say(&s->channel[0], "A\r", 2);
	else if (!any)
		slcan_cr(s);
}

static void lawicel_tell(struct slcan *s, char letter, const char *text)
{
	char line[SLCAN_LINE];
	size_t len = strlen(text);

	if (len > sizeof(line) - 2)
		len = sizeof(line) - 2;
	line[0] = letter;
	memcpy(line + 1, text, len);
	line[len + 1] = '\r';
	slcan_say(&s->channel[0], line, len + 2);
}

static void lawicel_ask(struct slcan *s, char letter)
{
	if (letter == 'V')
		lawicel_tell(s, 'V', s->version);
	else if (letter == 'v')
		lawicel_tell(s, 'v', s->version);
	else if (letter == 'N')
		lawicel_tell(s, 'N', s->serial);
	else if (s->channel[0].node.on)
		lawicel_status(s);
	else
		slcan_bel(s);
}

static void lawicel_command(struct slcan *s, char *line, size_t len)
{
	switch (len ? line[0] : '\0') {
	case 'S':
	case 's':
		lawicel_answer(s, lawicel_set_rate(s, line, len));
		break;
	case 'M':
	case 'm':
		lawicel_answer(s, lawicel_set_filter(s, line, len));
		break;
	case 'O':
	case 'L':
		lawicel_answer(s, len == 1 && lawicel_go(s, line[0] == 'O' ? SIM_NORMAL
									   : SIM_LISTEN_ONLY));
		break;
	case 'C':
		lawicel_answer(s, len == 1 && lawicel_stop(s));
		break;
	case 't':
	case 'T':
	case 'r':
	case 'R':
		lawicel_transmit(s, line, len);
		break;
	case 'P':
	case 'A':
		lawicel_poll(s, line[0] == 'A');
		break;
	case 'V':
	case 'v':
	case 'N':
	case 'F':
		lawicel_ask(s, line[0]);
		break;
	default:
		lawicel_answer(s, len && lawicel_set_option(s, line, len));
		break;
	}
}

const struct slcan_dialect slcan_lawicel = {
	.name = "lawicel",
	.version = "1013",
	.serial = "A123",
	.state_size = sizeof(struct lawicel),
	.tx_frames = 32,
	.out_bytes = 1024,
	.out_frames = 32,
	.line_max = 40,
	.fd = SIM_FD_ERROR,
	.txfull = SLCAN_TXFULL_BEL,
	.manual_recovery = true,
	.options = lawicel_options,
	.power_on = lawicel_power_on,
	.command = lawicel_command,
	.accept = lawicel_accept,
	.format = lawicel_format,
	.overrun = lawicel_overrun,
	.state = lawicel_state,
};

const struct slcan_dialect slcan_can232 = {
	.name = "can232",
	.version = "1013",
	.serial = "A123",
	.state_size = sizeof(struct lawicel),
	.tx_frames = 32,
	.out_bytes = 1024,
	.out_frames = 32,
	.line_max = 40,
	.fd = SIM_FD_ERROR,
	.txfull = SLCAN_TXFULL_BEL,
	.manual_recovery = true,
	.options = lawicel_options,
	.power_on = lawicel_power_on,
	.command = lawicel_command,
	.accept = lawicel_accept,
	.format = lawicel_format,
	.hold = lawicel_hold,
	.held = lawicel_held,
	.overrun = lawicel_overrun,
	.state = lawicel_state,
};
