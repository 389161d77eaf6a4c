// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Four simple dialects:
 * kernel	what the kernel's slcan line discipline understands: nothing is acknowledged, states
 *		(s) and errors (e) are reported. Source: Linux 6.1 drivers/net/can/slcan.
 * candapter	the Ewert CANdapter: ACK (06h) and BEL, 29-bit frames with the letter x.
 *		Source: CANdapter manual, 2008, table of commands.
 * silent	carries frames, answers nothing at all
 * dead		takes everything, does nothing
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <anycan/hex.h>

#include "slcan.h"

enum {
	MOST_ERRORS = 9
};

struct plain {
	bool stamps; /* candapter */
	bool stamps_preset;
	unsigned int error_count; /* kernel: not yet reported */
	char errors[MOST_ERRORS];
};

static struct plain *plain_of(const struct slcan *s)
{
	return s->state;
}

static int plain_options(struct slcan *s, struct sim_args *args, struct sim_why *why)
{
	if (s->dialect != &slcan_candapter)
		return 0;
	return sim_args_flag(args, "timestamp", &plain_of(s)->stamps_preset, why);
}

static void plain_power_on(struct slcan *s)
{
	bool preset = plain_of(s)->stamps_preset;

	*plain_of(s) = (struct plain){.stamps = preset, .stamps_preset = preset};
}

/* ---- commands that all of them share; false = refused */

static bool plain_set_rate(struct slcan *s, const char *line, size_t len)
{
	static const uint32_t rates[] = {10000,	 20000,	 50000,	 100000, 125000,
					 250000, 500000, 800000, 1000000};
	uint8_t btr[2];

	if (s->channel[0].node.on)
		return false;
	if (line[0] == 'S' && len == 2 && line[1] >= '0' && line[1] <= '8')
		s->channel[0].bitrate = rates[line[1] - '0'];
	else if (line[0] == 's' && len == 5 && anycan_hex_bytes(line + 1, 2, btr))
		s->channel[0].bitrate = slcan_btr_rate(btr[0], btr[1]);
	else
		return false;
	return true;
}

static bool plain_go(struct slcan *s, enum sim_mode mode)
{
	struct slcan_channel *ch = &s->channel[0];

	if (ch->node.on || !ch->bitrate)
		return false;
	ch->mode = mode;
	slcan_open(ch);
	return true;
}

static bool plain_stop(struct slcan *s)
{
	if (!s->channel[0].node.on)
		return false;
	slcan_close(&s->channel[0]);
	sim_node_flush(&s->channel[0].node);
	return true;
}

static bool plain_transmit(struct slcan *s, const char *line, size_t len)
{
	struct slcan_channel *ch = &s->channel[0];
	struct anycan_frame frame;

	if (!ch->node.on || ch->node.mode != SIM_NORMAL || !slcan_parse(line, len, false, &frame))
		return false;
	return !slcan_send(ch, &frame, 0);
}

static bool plain_execute(struct slcan *s, const char *line, size_t len)
{
	switch (len ? line[0] : '\0') {
	case 'S':
	case 's':
		return plain_set_rate(s, line, len);
	case 'O':
		return len == 1 && plain_go(s, SIM_NORMAL);
	case 'L':
		return len == 1 && plain_go(s, SIM_LISTEN_ONLY);
	case 'C':
		return len == 1 && plain_stop(s);
	case 't':
	case 'T':
	case 'r':
	case 'R':
		return plain_transmit(s, line, len);
	default:
		return false;
	}
}

static void silent_command(struct slcan *s, char *line, size_t len)
{
	if (!plain_execute(s, line, len))
		s->counts.bad_commands++;
}

static void dead_command(struct slcan *s, char *line, size_t len)
{
	(void)s;
	(void)line;
	(void)len;
}

/* ---- kernel */

static void kernel_report_state(struct slcan_channel *ch)
{
	static const char letters[] = "awpb";
	const struct sim_node *node = &ch->node;
	char line[16];

	/* Three digits each; 256 stands for everything beyond the last step. */
	snprintf(line, sizeof(line), "s%c%03u%03u\r", letters[node->state],
		 node->rec > 256 ? 256 : node->rec, node->tec > 256 ? 256 : node->tec);
	slcan_say(ch, line, 9);
}

static void kernel_note(struct slcan *s, char letter)
{
	struct plain *p = plain_of(s);

	if (p->error_count < MOST_ERRORS)
		p->errors[p->error_count++] = letter;
}

static void kernel_error(struct slcan_channel *ch, enum sim_error error, bool sending)
{
	static const char letters[SIM_ERROR_KINDS] = {'\0', 's', 'f', 'a', 'B', 'b', 'c'};

	(void)sending;
	kernel_note(ch->slcan, letters[error]);
}

static void kernel_overrun(struct slcan_channel *ch)
{
	kernel_note(ch->slcan, 'o');
}

/* One line for the errors of a turn, so that a broken bus does not drown its own frames. */
static void kernel_turn(struct slcan *s)
{
	struct plain *p = plain_of(s);
	char line[MOST_ERRORS + 3];

	if (!p->error_count)
		return;
	line[0] = 'e';
	line[1] = (char)('0' + p->error_count);
	memcpy(line + 2, p->errors, p->error_count);
	line[2 + p->error_count] = '\r';
	slcan_say(&s->channel[0], line, 3 + p->error_count);
	p->error_count = 0;
}

static void kernel_command(struct slcan *s, char *line, size_t len)
{
	uint64_t refused = s->counts.tx_refused;

	if (len == 1 && line[0] == 'F') {
		kernel_report_state(&s->channel[0]);
		return;
	}
	if (plain_execute(s, line, len))
		return;
	if (s->counts.tx_refused != refused)
		kernel_note(s, 'O');
	else
		s->counts.bad_commands++;
}

/* ---- candapter */

static void candapter_say(struct slcan *s, bool ok)
{
	s->counts.bad_commands += !ok;
	slcan_say(&s->channel[0], ok ? "\x06" : "\a", 1);
}

/* Letters are the same in either case, but for the reading side's t and x. */
static void candapter_command(struct slcan *s, char *line, size_t len)
{
	char letter = len ? (char)(line[0] & ~0x20) : '\0';

	if (letter == 'T' || letter == 'X') {
		line[0] = letter == 'T' ? 't' : 'T';
		candapter_say(s, plain_execute(s, line, len));
	} else if (letter == 'A' && len == 2 && (line[1] == '0' || line[1] == '1') &&
		   !s->channel[0].node.on) {
		plain_of(s)->stamps = line[1] == '1';
		candapter_say(s, true);
	} else {
		if (len)
			line[0] = letter;
		candapter_say(s, letter != 'R' && plain_execute(s, line, len));
	}
}

static size_t candapter_format(struct slcan_channel *ch, const struct anycan_frame *frame,
			       char *text)
{
	size_t len = slcan_format(frame, text);
	char *end = text + len - 1;

	if (text[0] == 'T')
		text[0] = 'x';
	if (plain_of(ch->slcan)->stamps)
		end = anycan_hex_put_number(end, 4, slcan_stamp_ms(ch, frame));
	*end++ = '\r';
	return (size_t)(end - text);
}

/* It has no form for remote frames. */
static bool candapter_accept(struct slcan_channel *ch, const struct anycan_frame *frame)
{
	(void)ch;
	return !(frame->can_id & CAN_RTR_FLAG);
}

const struct slcan_dialect slcan_kernel = {
	.name = "kernel",
	.state_size = sizeof(struct plain),
	.tx_frames = 32,
	.out_bytes = 4096,
	.out_frames = 256,
	.line_max = 40,
	.fd = SIM_FD_ERROR,
	.txfull = SLCAN_TXFULL_BLOCK,
	.manual_recovery = true,
	.power_on = plain_power_on,
	.command = kernel_command,
	.overrun = kernel_overrun,
	.error = kernel_error,
	.state = kernel_report_state,
	.turn = kernel_turn,
};

const struct slcan_dialect slcan_candapter = {
	.name = "candapter",
	.state_size = sizeof(struct plain),
	.tx_frames = 32,
	.out_bytes = 1024,
	.out_frames = 32,
	.line_max = 40,
	.fd = SIM_FD_ERROR,
	.txfull = SLCAN_TXFULL_BEL,
	.options = plain_options,
	.power_on = plain_power_on,
	.command = candapter_command,
	.accept = candapter_accept,
	.format = candapter_format,
};

const struct slcan_dialect slcan_silent = {
	.name = "silent",
	.state_size = sizeof(struct plain),
	.tx_frames = 32,
	.out_bytes = 1024,
	.out_frames = 32,
	.line_max = 40,
	.fd = SIM_FD_ERROR,
	.txfull = SLCAN_TXFULL_DROP,
	.power_on = plain_power_on,
	.command = silent_command,
};

const struct slcan_dialect slcan_dead = {
	.name = "dead",
	.tx_frames = 1,
	.out_bytes = 64,
	.out_frames = 1,
	.line_max = 40,
	.fd = SIM_FD_TOLERANT,
	.command = dead_command,
};
