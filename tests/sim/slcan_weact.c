// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The WeAct Studio USB2CANFDV1 with its maker's slcan firmware.
 *
 * Settings are answered at once with CR or BEL. A frame command is answered when the frame has
 * been on the bus: CR when it was sent, BEL when it met an error; a one-shot frame that loses
 * arbitration is not answered at all, and one-shot (A0) is the default. A CR with nothing before
 * it is kept as the first character of the next command; a command that pauses for 10 ms is
 * forgotten; output that the host does not take for 100 ms is thrown away.
 * Source: the firmware's behaviour, WeActStudio.USB2CANFDV1.SLCAN_Firmware abc8e97.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <anycan/clock.h>

#include "slcan.h"

/* Messages that the firmware can hold: at power-on, and once a memory pool has been made anew. */
enum {
	POOL = 128,
	POOL_AGAIN = 16,
	HARDWARE_FIFO = 3,
	STALL_MS = 100,
	LEAVE_MS = 50
};

struct weact {
	uint64_t idle_ms; /* after which half a command is forgotten; 0 = never */
	bool binary;	  /* H1 */
	bool in_line;
	bool in_record; /* a binary record */
	unsigned int pool;
	unsigned int in_fifo;	 /* frames in the controller */
	unsigned int unanswered; /* of these, not yet answered */
	int64_t moved_ns;	 /* CLOCK_MONOTONIC: output last moved */
	uint64_t moved_bytes;
	uint32_t std_id, std_mask;
	uint32_t ext_id, ext_mask;
};

static struct weact *weact_of(const struct slcan *s)
{
	return s->state;
}

static int weact_options(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	/* A slow host may well pause in the middle of a line; with lossless it must not matter. */
	weact_of(s)->idle_ms = s->lossless ? 0 : 10;
	return sim_args_number(args, "idle", 1000000, &weact_of(s)->idle_ms, why);
}

static void weact_power_on(struct slcan *s)
{
	*weact_of(s) = (struct weact){.idle_ms = weact_of(s)->idle_ms, .pool = POOL};
	s->channel[0].bitrate = 125000;
	s->channel[0].dbitrate = 2000000;
	s->channel[0].one_shot = true;
	if (!s->lossless)
		s->link.marks_size = POOL;
}

static void weact_fill_fifo(struct slcan *s)
{
	struct weact *w = weact_of(s);

	while (w->in_fifo < HARDWARE_FIFO && w->in_fifo < s->channel[0].node.queue_len) {
		w->in_fifo++;
		w->unanswered++;
	}
}

static void weact_transmit(struct slcan *s, const struct anycan_frame *frame)
{
	if (!s->channel[0].node.on) {
		slcan_bel(s);
		return;
	}
	if (slcan_send(&s->channel[0], frame, 0))
		slcan_say(&s->channel[0], "\a", 1);
	else
		weact_fill_fifo(s);
}

static void weact_tx_done(struct slcan_channel *ch, const struct sim_tx *tx, enum sim_sent how)
{
	struct weact *w = weact_of(ch->slcan);

	(void)tx;
	w->in_fifo -= w->in_fifo > 0;
	if (how == SIM_SENT) {
		w->unanswered -= w->unanswered > 0;
		slcan_cr(ch->slcan);
	}
	weact_fill_fifo(ch->slcan);
}

static void weact_error(struct slcan_channel *ch, enum sim_error error, bool sending)
{
	struct weact *w = weact_of(ch->slcan);

	(void)error;
	(void)sending; /* the firmware does not tell the two apart */
	if (!w->unanswered)
		return;
	w->unanswered--;
	slcan_say(ch, "\a", 1);
}

static bool weact_accept(struct slcan_channel *ch, const struct anycan_frame *frame)
{
	const struct weact *w = weact_of(ch->slcan);

	if (frame->can_id & CAN_EFF_FLAG)
		return !((frame->can_id ^ w->ext_id) & w->ext_mask & CAN_EFF_MASK);
	return !((frame->can_id ^ w->std_id) & w->std_mask & CAN_SFF_MASK);
}

/* ---- the binary records of mode H1 */

static size_t weact_format(struct slcan_channel *ch, const struct anycan_frame *frame, char *text)
{
	bool ext = frame->can_id & CAN_EFF_FLAG;
	uint32_t id = frame->can_id & (ext ? CAN_EFF_MASK : CAN_SFF_MASK);
	size_t id_bytes = ext ? 4 : 2, data = anycan_frame_data_len(frame);
	size_t len = slcan_format(frame, text);

	if (!weact_of(ch->slcan)->binary)
		return len;
	text[0] = (char)(text[0] | 0x80);
	text[1] = (char)(id_bytes + 1 + data);
	for (size_t i = 0; i < id_bytes; i++)
		text[2 + i] = (char)(id >> (8 * i));
	text[2 + id_bytes] = (char)anycan_frame_dlc(frame);
	memcpy(text + 3 + id_bytes, frame->data, data);
	return 3 + id_bytes + data;
}

static bool weact_parse_record(const uint8_t *record, struct anycan_frame *frame)
{
	char letter = (char)(record[0] & 0x7f);
	bool ext = letter >= 'A' && letter <= 'Z';
	size_t id_bytes = ext ? 4 : 2, len = record[1];
	char head[16];
	uint32_t id = 0;

	if (!strchr("tTrRdDbB", letter) || len < id_bytes + 1)
		return false;
	for (size_t i = 0; i < id_bytes; i++)
		id |= (uint32_t)record[2 + i] << (8 * i);
	/* The text form of the same head knows the letters and the limits. */
	snprintf(head, sizeof(head), ext ? "%c%08X0" : "%c%03X0", letter,
		 id & (ext ? CAN_EFF_MASK : CAN_SFF_MASK));
	if (!slcan_parse(head, strlen(head), true, frame))
		return false;
	if (record[2 + id_bytes] > (anycan_frame_is_fd(frame) ? CANFD_MAX_DLC : CAN_MAX_DLC))
		return false;
	frame->len = anycan_dlc2len(record[2 + id_bytes]);
	if (!(frame->can_id & CAN_RTR_FLAG) && len != id_bytes + 1 + frame->len)
		return false;
	memcpy(frame->data, record + 3 + id_bytes, anycan_frame_data_len(frame));
	return true;
}

static enum slcan_eaten weact_record_byte(struct slcan *s, unsigned char byte)
{
	struct weact *w = weact_of(s);
	const uint8_t *record = (const uint8_t *)s->line;
	struct anycan_frame frame;
	size_t whole = s->line_len ? record[1] + 2u : SLCAN_LINE;

	if (s->line_len >= 2 && s->line_len + 1 == whole && slcan_full(&s->channel[0]))
		return SLCAN_WAIT;
	s->line[s->line_len++] = (char)byte;
	if (s->line_len == 2)
		whole = byte + 2u;
	if (s->line_len >= 2 && whole >= s->dialect->line_max)
		w->in_record = false;
	if (s->line_len < 2 || s->line_len < whole)
		return SLCAN_EATEN;
	w->in_record = false;
	s->counts.commands++;
	if (weact_parse_record(record, &frame))
		weact_transmit(s, &frame);
	else
		slcan_bel(s);
	return SLCAN_EATEN;
}

/* ---- lines */

static enum slcan_eaten weact_byte(struct slcan *s, unsigned char byte)
{
	struct weact *w = weact_of(s);
	int64_t idle_ns = (int64_t)w->idle_ms * ANYCAN_NS_PER_MS;

	if ((w->in_line || w->in_record) && idle_ns && s->pause_ns > idle_ns)
		w->in_line = w->in_record = false;
	if (w->in_record)
		return weact_record_byte(s, byte);
	if (w->in_line)
		return SLCAN_TEXT;
	s->line_len = 0;
	if (byte > 0x80) {
		w->in_record = w->binary;
		s->line[s->line_len] = (char)byte;
		s->line_len = w->in_record ? 1 : 0;
		return SLCAN_EATEN;
	}
	/* Whatever it is, even a CR, it begins a command. */
	w->in_line = true;
	s->line[s->line_len++] = (char)byte;
	return SLCAN_EATEN;
}

static void weact_answer(struct slcan *s, bool ok)
{
	if (ok)
		slcan_cr(s);
	else
		slcan_bel(s);
}

/* Values of the digits behind the command letter; false if one is none. */
static bool weact_digits(const char *line, size_t len, uint32_t *values)
{
	for (size_t i = 1; i < len; i++) {
		int value = slcan_digit(line[i]);

		if (value < 0)
			return false;
		if (i < 18)
			values[i] = (uint32_t)value;
	}
	return true;
}

/* Timing given in segments: Sxxyy and Yxxyy with the usual divider, Sddxxyy and Yddxxyy. */
static bool weact_set_timing(struct slcan *s, bool data, const uint32_t *v, size_t len)
{
	uint32_t first = len == 7 ? v[1] << 4 | v[2] : data ? 1 : 2;
	const uint32_t *rest = len == 7 ? v + 2 : v;
	uint32_t seg1 = rest[1] << 4 | rest[2], seg2 = rest[3] << 4 | rest[4];
	uint32_t rate;

	if (s->channel[0].node.on || !first)
		return false;
	if (data ? !seg1 || !seg2 || seg1 > 32 || seg2 > 16 || first > 32
		 : seg1 < 2 || seg2 < 2 || seg2 > 128)
		return false;
	rate = 60000000 / first / (1 + seg1 + seg2);
	if (data)
		s->channel[0].dbitrate = rate;
	else
		s->channel[0].bitrate = rate;
	return true;
}

static bool weact_set_rate(struct slcan *s, const uint32_t *v, size_t len)
{
	static const uint32_t rates[] = {10000,	 20000,	  50000, 100000, 125000, 250000, 500000,
					 800000, 1000000, 83333, 75000,	 62500,	 33333,	 5000};

	if (len == 5 || len == 7)
		return weact_set_timing(s, false, v, len);
	if (len != 2 || v[1] >= sizeof(rates) / sizeof(rates[0]))
		return false;
	if (!s->channel[0].node.on) /* while open: no effect, and still a CR */
		s->channel[0].bitrate = rates[v[1]];
	return true;
}

static bool weact_set_data_rate(struct slcan *s, const uint32_t *v, size_t len)
{
	if (len == 5 || len == 7)
		return weact_set_timing(s, true, v, len);
	if (len != 2 || v[1] > 5)
		return false;
	if (!s->channel[0].node.on)
		s->channel[0].dbitrate = (v[1] ? v[1] : 5) * 1000000;
	return true;
}

static bool weact_set_filter(struct slcan *s, const uint32_t *v, size_t len)
{
	struct weact *w = weact_of(s);
	size_t digits = (len - 1) / 2;
	uint32_t id = 0, mask = 0;

	if (s->channel[0].node.on)
		return false;
	for (size_t i = 1; i <= digits; i++) {
		id = id << 4 | v[i];
		mask = mask << 4 | v[i + digits];
	}
	if (digits == 3) {
		w->std_id = id;
		w->std_mask = mask;
	} else {
		w->ext_id = id;
		w->ext_mask = mask;
	}
	return true;
}

static bool weact_close(struct slcan *s)
{
	struct weact *w = weact_of(s);

	if (!s->channel[0].node.on)
		return true;
	slcan_close(&s->channel[0]);
	sim_node_flush(&s->channel[0].node);
	w->in_fifo = w->unanswered = 0;
	w->pool = POOL_AGAIN;
	return true;
}

/* M A H: a 0 or a 1 behind the letter. */
static bool weact_switch(struct slcan *s, char letter, const uint32_t *v, size_t len)
{
	if (len != 2 || v[1] > 1 || (letter != 'H' && s->channel[0].node.on))
		return false;
	if (letter == 'M')
		s->channel[0].mode = v[1] ? SIM_LISTEN_ONLY : SIM_NORMAL;
	else if (letter == 'A')
		s->channel[0].one_shot = !v[1];
	else
		weact_of(s)->binary = v[1];
	return true;
}

static bool weact_go(struct slcan *s)
{
	if (!s->channel[0].node.on)
		slcan_open(&s->channel[0]);
	weact_fill_fifo(s);
	return true;
}

static void weact_tell(struct slcan *s, char letter)
{
	char text[SLCAN_LINE];
	int len;

	if (letter == 'V')
		len = snprintf(text, sizeof(text), "%s\r", s->version);
	else /* without a CR */
		len = snprintf(text, sizeof(text), "CANable Error Register: 0");
	slcan_say(&s->channel[0], text, (size_t)len);
}

static bool weact_set(struct slcan *s, const char *line, size_t len, const uint32_t *v)
{
	switch (line[0]) {
	case 'O':
		return len == 1 && weact_go(s);
	case 'C':
		return len == 1 && weact_close(s);
	case 'S':
		return weact_set_rate(s, v, len);
	case 'Y':
		return weact_set_data_rate(s, v, len);
	case 'M':
	case 'A':
	case 'H':
		return weact_switch(s, line[0], v, len);
	case 'f':
		return len == 7 && weact_set_filter(s, v, len);
	case 'F':
		return len == 17 && weact_set_filter(s, v, len);
	case 'X': /* the boot loader takes over once the answer is out */
		if (len == 1 && !s->channel[0].node.on)
			s->leave_ns = sim_mono_ns() + LEAVE_MS * ANYCAN_NS_PER_MS;
		return s->leave_ns;
	default:
		return false;
	}
}

static void weact_command(struct slcan *s, char *line, size_t len)
{
	struct weact *w = weact_of(s);
	uint32_t values[18] = {0};
	struct anycan_frame frame;

	w->in_line = false;
	/* Every command takes a message from the transmit pool, even one that sends nothing. */
	if (s->channel[0].node.queue_len >= w->pool + HARDWARE_FIFO &&
	    s->txfull != SLCAN_TXFULL_BLOCK) {
		s->counts.tx_refused += strchr("tTrRdDbB", line[0]) != NULL;
		slcan_say(&s->channel[0], "\a", 1);
	} else if (!weact_digits(line, len, values)) {
		slcan_bel(s);
	} else if (strchr("tTrRdDbB", line[0])) {
		if (slcan_parse(line, len, true, &frame))
			weact_transmit(s, &frame);
		else
			slcan_bel(s);
	} else if (len == 1 && (line[0] == 'V' || line[0] == 'E')) {
		weact_tell(s, line[0]);
	} else {
		weact_answer(s, weact_set(s, line, len, values));
	}
}

/* The firmware gives up on a host that takes nothing. */
static void weact_turn(struct slcan *s)
{
	struct weact *w = weact_of(s);
	int64_t now = sim_mono_ns();

	if (w->moved_bytes != s->link.bytes_out || s->link.put == s->link.written || s->lossless) {
		w->moved_bytes = s->link.bytes_out;
		w->moved_ns = now;
	} else if (now - w->moved_ns > STALL_MS * ANYCAN_NS_PER_MS) {
		sim_link_cut(&s->link);
		s->link.marks_size = POOL_AGAIN;
		w->moved_ns = now;
	}
}

const struct slcan_dialect slcan_weact = {
	.name = "weact",
	.version = "WeAct Studio V1.0.0.5_26040323",
	.state_size = sizeof(struct weact),
	.tx_frames = POOL + HARDWARE_FIFO,
	.out_bytes = POOL * 139,
	.out_frames = POOL,
	.line_max = 139,
	.line_wraps = true,
	.keeps_lf = true,
	.fd = SIM_FD_YES,
	.txfull = SLCAN_TXFULL_BEL,
	.options = weact_options,
	.power_on = weact_power_on,
	.byte = weact_byte,
	.command = weact_command,
	.accept = weact_accept,
	.format = weact_format,
	.tx_done = weact_tx_done,
	.error = weact_error,
	.turn = weact_turn,
	.tick_ms = 10,
};
