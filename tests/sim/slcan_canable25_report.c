// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What a CANable 2.5 reports by itself: errors, bus load, debug text; and its transmit time-out.
 * A change is reported after 100 ms, bus-off at once, an error that lasts every 3 s; bus-off is
 * left only after it was reported, so never without ME.
 * Source: the firmware's behaviour, Elmue/CANable-2.5 3c94657 (Slcan 105), and its manual.
 */
#include <stdio.h>
#include <string.h>

#include <anycan/clock.h>

#include "slcan_canable25.h"

#define REPORT_NS (100 * ANYCAN_NS_PER_MS)
#define REPEAT_NS (3000 * ANYCAN_NS_PER_MS)
#define TX_TIMEOUT_NS (500 * ANYCAN_NS_PER_MS)
enum {
	C25_HARDWARE_FIFO = 3
};

#define LOAD_UNIT_NS (100 * ANYCAN_NS_PER_MS)

void c25_debug(struct slcan_channel *ch, const char *text)
{
	char line[SLCAN_LINE];
	int len = snprintf(line, sizeof(line), ">%s\r", text);

	if (c25_of(ch)->debug)
		slcan_say(ch, line, (size_t)len);
}

void c25_report_reset(struct slcan_channel *ch)
{
	struct c25_channel *c = c25_of(ch);

	c->now = c->last = (struct c25_report){0};
	c->first_error = SIM_NO_ERROR;
	c->back_to_active = false;
	c->reported_ns = 0;
}

/* The firmware's codes are those of the controller: as enum sim_error. */
static void c25_look(struct slcan_channel *ch)
{
	static const uint8_t bus[] = {0x00, 0x10, 0x20, 0x30};
	struct c25_channel *c = c25_of(ch);
	const struct sim_node *node = &ch->node;

	c->now.bus = bus[node->state];
	c->now.error = (uint8_t)c->first_error;
	c->now.tec = node->tec > 255 ? 248 : (uint8_t)node->tec;
	c->now.rec = node->rec > 127 ? 127 : (uint8_t)node->rec;
	if (!c->now.bus && c->last.bus)
		c->back_to_active = true;
}

static bool c25_is_due(const struct c25_channel *c, int64_t now_ns)
{
	static const struct c25_report nothing;
	int64_t elapsed = now_ns - c->reported_ns;

	if (!memcmp(&c->now, &nothing, sizeof(nothing)) && !c->back_to_active)
		return false;
	if (c->now.bus == 0x30 && c->last.bus != 0x30)
		return true;
	if (elapsed < REPORT_NS)
		return false;
	return memcmp(&c->now, &c->last, sizeof(c->now)) || elapsed >= REPEAT_NS;
}

static void c25_recover(struct slcan_channel *ch)
{
	struct sim_node *node = &ch->node;

	if (node->state != SIM_BUS_OFF || node->recovering)
		return;
	c25_debug(ch, ">> Start recovery from Bus Off");
	/* What is in the controller is given up; the buffer before it stays. */
	for (int i = 0; i < C25_HARDWARE_FIFO && ch->node.queue_len; i++)
		sim_node_pop(&ch->node, SIM_SENT_ABORTED);
	sim_node_recover(node);
}

static void c25_report_errors(struct slcan_channel *ch, int64_t now_ns)
{
	struct c25_channel *c = c25_of(ch);
	char line[16];

	c25_look(ch);
	if (!c25_is_due(c, now_ns))
		return;
	snprintf(line, sizeof(line), "E%02X%02X%02X%02X\r", c->now.bus | c->now.error, c->now.app,
		 c->now.tec, c->now.rec);
	slcan_say(ch, line, 10);
	c->reported_ns = now_ns;
	c->last = c->now;
	c->now.app = 0;
	c->first_error = SIM_NO_ERROR;
	c->back_to_active = false;
	c25_recover(ch);
}

static void c25_report_load(struct slcan_channel *ch, int64_t now_ns)
{
	struct c25_channel *c = c25_of(ch);
	const struct sim_bus *bus = ch->node.bus;
	int64_t span_ns = bus->now_ns - c->load_bus_ns, percent = 0;
	char line[16];
	int len;

	if (now_ns - c->load_ns < c->load_interval * LOAD_UNIT_NS)
		return;
	if (span_ns > 0)
		percent = (bus->busy_ns - c->load_busy_ns) * 100 / span_ns;
	len = snprintf(line, sizeof(line), "L%d\r", percent > 99 ? 99 : (int)percent);
	/* An idle bus is reported once. */
	if (percent || c->load_shown)
		slcan_say(ch, line, (size_t)len);
	c->load_shown = percent;
	c->load_busy_ns = bus->busy_ns;
	c->load_bus_ns = bus->now_ns;
	c->load_ns = now_ns;
}

/* A frame that nobody acknowledges is given up, with all that wait behind it. */
static void c25_time_out(struct slcan_channel *ch, int64_t now_ns)
{
	struct c25_channel *c = c25_of(ch);

	if (!ch->node.queue_len || ch->node.one_shot) {
		c->pending_ns = now_ns;
		return;
	}
	if (now_ns - c->pending_ns < TX_TIMEOUT_NS || ch->slcan->lossless)
		return;
	sim_node_flush(&ch->node);
	c->now.app |= C25_TX_TIMEOUT;
	c->pending_ns = now_ns;
}

void c25_reports(struct slcan *s)
{
	int64_t now_ns = sim_mono_ns();

	for (unsigned int i = 0; i < s->adapter.node_count; i++) {
		struct slcan_channel *ch = &s->channel[i];

		if (!ch->node.on)
			continue;
		c25_time_out(ch, now_ns);
		if (c25_of(ch)->errors)
			c25_report_errors(ch, now_ns);
		if (c25_of(ch)->load_interval)
			c25_report_load(ch, now_ns);
	}
}
