// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Simulated slcan adapters: command lines in, frames and answers out, over a pty or a TCP port.
 * What a firmware makes of a command is in the dialect files.
 */
#include "slcan.h"

#include <errno.h>
#include <string.h>

#include <anycan/clock.h>

/* ---- towards the host */

void slcan_say(struct slcan_channel *ch, const char *text, size_t len)
{
	static const char prefixes[SLCAN_CHANNELS] = {'\0', '&', '$'};
	struct slcan *s = ch->slcan;
	bool room = sim_link_room(&s->link) >= len + 1;

	if (ch->index && room)
		sim_link_put(&s->link, &prefixes[ch->index], 1, false);
	if (!sim_link_put(&s->link, text, len, false))
		s->counts.answers_lost++;
}

void slcan_cr(struct slcan *s)
{
	slcan_say(&s->channel[0], "\r", 1);
}

void slcan_bel(struct slcan *s)
{
	s->counts.bad_commands++;
	slcan_say(&s->channel[0], "\a", 1);
}

bool slcan_fits(const struct slcan *s)
{
	if (s->dialect->held && s->dialect->held(s) >= SLCAN_HELD)
		return false;
	return sim_link_room(&s->link) >= SLCAN_LINE && s->link.marks_len < s->link.marks_size;
}

bool slcan_push(struct slcan_channel *ch, const struct anycan_frame *frame)
{
	struct slcan *s = ch->slcan;
	char text[SLCAN_LINE + 1];
	size_t len = 0;

	if (ch->index)
		text[len++] = ch->index == 1 ? '&' : '$';
	len += s->dialect->format ? s->dialect->format(ch, frame, text + len)
				  : slcan_format(frame, text + len);
	return sim_link_put(&s->link, text, len, true);
}

/* ---- controllers */

static void slcan_node_rx(struct sim_node *node, const struct anycan_frame *frame)
{
	struct slcan_channel *ch = node->owner;
	const struct slcan_dialect *dialect = ch->slcan->dialect;

	if (dialect->accept && !dialect->accept(ch, frame)) {
		ch->slcan->counts.rx_filtered++;
		return;
	}
	if (dialect->hold && dialect->hold(ch, frame))
		return;
	if (slcan_push(ch, frame))
		return;
	ch->slcan->counts.rx_overrun++;
	if (dialect->overrun)
		dialect->overrun(ch);
}

static void slcan_node_tx_done(struct sim_node *node, const struct sim_tx *tx, enum sim_sent how)
{
	struct slcan_channel *ch = node->owner;

	if (ch->slcan->dialect->tx_done)
		ch->slcan->dialect->tx_done(ch, tx, how);
}

static void slcan_node_error(struct sim_node *node, enum sim_error error, bool sending)
{
	struct slcan_channel *ch = node->owner;

	if (ch->slcan->dialect->error)
		ch->slcan->dialect->error(ch, error, sending);
}

static void slcan_node_state(struct sim_node *node)
{
	struct slcan_channel *ch = node->owner;

	if (ch->slcan->dialect->state)
		ch->slcan->dialect->state(ch);
}

static bool slcan_node_has_room(struct sim_node *node)
{
	const struct slcan *s = ((struct slcan_channel *)node->owner)->slcan;

	return !s->lossless || !s->link.host || slcan_fits(s);
}

const struct sim_node_ops slcan_node_ops = {
	.rx = slcan_node_rx,
	.tx_done = slcan_node_tx_done,
	.error = slcan_node_error,
	.state = slcan_node_state,
	.has_room = slcan_node_has_room,
};

void slcan_open(struct slcan_channel *ch)
{
	ch->node.bitrate = ch->bitrate;
	ch->node.dbitrate = ch->dbitrate ? ch->dbitrate : ch->bitrate;
	ch->node.mode = ch->mode;
	ch->node.one_shot = ch->one_shot;
	sim_node_start(&ch->node);
}

void slcan_close(struct slcan_channel *ch)
{
	sim_node_stop(&ch->node);
}

bool slcan_full(const struct slcan_channel *ch)
{
	const struct sim_node *node = &ch->node;

	if (ch->slcan->txfull != SLCAN_TXFULL_BLOCK || !node->on || sim_node_room(node))
		return false;
	/* Bus-off that only the host can end: waiting would keep its command out as well. */
	return node->state != SIM_BUS_OFF || node->recovering;
}

uint32_t slcan_stamp_ms(const struct slcan_channel *ch, const struct anycan_frame *frame)
{
	const struct sim *sim = ch->slcan->adapter.sim;
	/* A quartz does not slow down with the bus. */
	int64_t ns = frame->ts_ns + (sim->max_speed ? 0 : sim->offset_ns);

	return (uint32_t)(ns / ANYCAN_NS_PER_MS % SLCAN_STAMP_WRAP_MS);
}

int slcan_send(struct slcan_channel *ch, const struct anycan_frame *frame, uint32_t tag)
{
	struct slcan *s = ch->slcan;

	if (!sim_node_send(&ch->node, frame, tag, 0)) {
		s->counts.from_host++;
		return 0;
	}
	if (s->txfull == SLCAN_TXFULL_DROP) {
		s->counts.tx_dropped++;
		return 0;
	}
	s->counts.tx_refused++;
	return -ENOBUFS;
}

/* ---- from the host */

static bool slcan_must_wait(const struct slcan *s)
{
	const struct slcan_channel *ch = &s->channel[0];
	const char *line = s->line;

	if (s->line_len && (*line == '&' || *line == '$')) {
		ch = &s->channel[*line == '&' ? 1 : 2];
		line++;
	}
	return s->line_len && strchr("tTrRdDbBxX", *line) && ch->slcan && slcan_full(ch);
}

static void slcan_line_byte(struct slcan *s, char byte)
{
	if (byte == '\n' && !s->dialect->keeps_lf)
		return;
	if (s->line_len >= s->dialect->line_max) {
		if (!s->dialect->line_wraps) {
			s->overlong = true;
			return;
		}
		s->line_len = 0;
	}
	s->line[s->line_len++] = byte;
}

static void slcan_line_end(struct slcan *s)
{
	/* A command that is too long is as good as none. */
	size_t len = s->overlong ? 0 : s->line_len;

	s->line_len = 0;
	s->overlong = false;
	s->counts.commands++;
	s->dialect->command(s, s->line, len);
}

static bool slcan_byte(struct slcan *s, char byte)
{
	enum slcan_eaten eaten = SLCAN_TEXT;

	if (s->dialect->byte)
		eaten = s->dialect->byte(s, (unsigned char)byte);
	if (eaten != SLCAN_TEXT)
		return eaten == SLCAN_EATEN;
	if (byte != '\r') {
		slcan_line_byte(s, byte);
		return true;
	}
	if (slcan_must_wait(s))
		return false;
	slcan_line_end(s);
	return true;
}

static size_t slcan_input(struct sim_link *link, const char *data, size_t len)
{
	struct slcan *s = link->owner;
	size_t used = 0;

	if (s->leave_ns)
		return len;
	s->pause_ns = sim_mono_ns() - s->last_input_ns;
	while (used < len && slcan_byte(s, data[used])) {
		s->pause_ns = 0;
		used++;
	}
	/* Also when nothing could be taken: the adapter did not look, it did not see a pause. */
	s->last_input_ns = sim_mono_ns();
	return used;
}

const struct sim_link_ops slcan_link_ops = {
	.input = slcan_input,
};

/* ---- the adapter */

void slcan_power_on(struct slcan *s)
{
	s->line_len = 0;
	s->overlong = false;
	s->leave_ns = 0;
	memset(s->line, 0, sizeof(s->line));
	for (unsigned int i = 0; i < s->adapter.node_count; i++) {
		s->channel[i].mode = SIM_NORMAL;
		s->channel[i].one_shot = false;
		s->channel[i].bitrate = 0;
		s->channel[i].dbitrate = 0;
	}
	if (s->dialect->power_on)
		s->dialect->power_on(s);
	if (s->dialect->tick_ms)
		sim_loop_arm(&s->adapter.sim->loop, &s->tick, sim_mono_ns());
}

void slcan_power_off(struct slcan *s)
{
	sim_loop_disarm(&s->adapter.sim->loop, &s->tick);
	for (unsigned int i = 0; i < s->adapter.node_count; i++) {
		sim_node_stop(&s->channel[i].node);
		sim_node_flush(&s->channel[i].node);
	}
	sim_link_unplug(&s->link);
	s->adapter.plugged = false;
}
