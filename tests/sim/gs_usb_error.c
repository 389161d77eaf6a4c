// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Simulated gs_usb adapters: error frames, in the layout of linux/can/error.h.
 * Source: src/can_common.c and src/can/ of candleLight_fw; gs_usb.c of CANnectivity.
 */
#include <string.h>

#include <linux/can/error.h>

#include <anycan/clock.h>

#include "gs_usb.h"

#define RESTART_NS (100 * ANYCAN_NS_PER_MS)

enum {
	WARNING = 96,
	PASSIVE = 128,
	BUS_OFF = 256,
	COUNTER_MAX = 255
};

/* An error frame under construction. */
struct report {
	uint32_t id;
	uint8_t data[CAN_ERR_DLC];
};

static void report_send(struct gs_channel *ch, const struct report *report)
{
	struct gs_usb *gs = ch->gs;
	struct gs_object *object = gs_object_get(gs);

	if (!object) {
		gs->counts.errors_lost++;
		if (gs->model->firmware == GS_CANNECTIVITY)
			ch->overflows++;
		return;
	}
	object->channel = ch->index;
	memset(object->bytes, 0, sizeof(object->bytes));
	usb_put32(object->bytes, GS_NO_ECHO);
	usb_put32(object->bytes + 4, report->id | CAN_ERR_FLAG);
	object->bytes[8] = CAN_ERR_DLC;
	object->bytes[9] = ch->index;
	memcpy(object->bytes + GS_HEADER, report->data, CAN_ERR_DLC);
	gs_to_host(gs, object, GS_ERROR, gs->usb.adapter.sim->bus.now_ns);
}

static uint8_t counter(unsigned int value)
{
	return (uint8_t)(value < COUNTER_MAX ? value : COUNTER_MAX);
}

static enum sim_state state_of(unsigned int count)
{
	if (count < WARNING)
		return SIM_ERROR_ACTIVE;
	if (count < PASSIVE)
		return SIM_ERROR_WARNING;
	return count < BUS_OFF ? SIM_ERROR_PASSIVE : SIM_BUS_OFF;
}

static uint8_t state_bits(enum sim_state state, uint8_t warning, uint8_t passive)
{
	if (state == SIM_ERROR_ACTIVE)
		return CAN_ERR_CRTL_ACTIVE;
	if (state == SIM_BUS_OFF)
		return 0;
	return state == SIM_ERROR_WARNING ? warning : passive;
}

/* candleLight: what kind of error it was, and the counters; nothing when both are 0. */
static bool report_bus_error(struct gs_channel *ch, struct report *report)
{
	const struct sim_node *node = &ch->node;

	if (!node->tec && !node->rec)
		return false;
	report->id |= CAN_ERR_PROT | CAN_ERR_BUSERROR | CAN_ERR_CNT;
	report->data[6] = counter(node->tec);
	report->data[7] = counter(node->rec);
	switch ((enum sim_error)ch->lec) {
	case SIM_ERROR_STUFF:
		report->data[2] |= CAN_ERR_PROT_STUFF;
		break;
	case SIM_ERROR_FORM:
		report->data[2] |= CAN_ERR_PROT_FORM;
		break;
	case SIM_ERROR_ACK:
		report->id |= CAN_ERR_ACK;
		break;
	case SIM_ERROR_BIT1:
		report->data[2] |= CAN_ERR_PROT_BIT1;
		break;
	case SIM_ERROR_BIT0:
		report->data[2] |= CAN_ERR_PROT_BIT0;
		break;
	case SIM_ERROR_CRC:
		report->data[3] |= CAN_ERR_PROT_LOC_CRC_SEQ;
		break;
	default:
		break;
	}
	ch->lec = SIM_NO_ERROR;
	return true;
}

static void candlelight_state(struct gs_channel *ch)
{
	const struct sim_node *node = &ch->node;
	struct report report = {0};

	if (node->state == SIM_BUS_OFF) {
		report.id = CAN_ERR_BUSOFF;
		if (!(ch->flags & GS_BUS_OFF_RECOVERY))
			sim_loop_arm(&ch->gs->usb.adapter.sim->loop, &ch->restart,
				     sim_mono_ns() + RESTART_NS);
	} else {
		enum sim_state tx = state_of(node->tec), rx = state_of(node->rec);

		report.id = CAN_ERR_CRTL | CAN_ERR_CNT;
		if (tx >= rx)
			report.data[1] |=
				state_bits(tx, CAN_ERR_CRTL_TX_WARNING, CAN_ERR_CRTL_TX_PASSIVE);
		if (tx <= rx)
			report.data[1] |=
				state_bits(rx, CAN_ERR_CRTL_RX_WARNING, CAN_ERR_CRTL_RX_PASSIVE);
		report_bus_error(ch, &report);
	}
	report_send(ch, &report);
}

static void cannectivity_state(struct gs_channel *ch)
{
	const struct sim_node *node = &ch->node;
	struct report report = {.id = CAN_ERR_CRTL | CAN_ERR_CNT};

	switch (node->state) {
	case SIM_ERROR_ACTIVE:
		report.data[1] = CAN_ERR_CRTL_ACTIVE;
		report.id |= ch->was_off ? CAN_ERR_RESTARTED : 0;
		break;
	case SIM_ERROR_WARNING:
		report.data[1] = CAN_ERR_CRTL_TX_WARNING | CAN_ERR_CRTL_RX_WARNING;
		break;
	case SIM_ERROR_PASSIVE:
		report.data[1] = CAN_ERR_CRTL_TX_PASSIVE | CAN_ERR_CRTL_RX_PASSIVE;
		break;
	case SIM_BUS_OFF:
		report.id = CAN_ERR_BUSOFF | CAN_ERR_CNT;
		break;
	}
	ch->was_off = node->state == SIM_BUS_OFF;
	report.data[6] = counter(node->tec);
	report.data[7] = counter(node->rec);
	report_send(ch, &report);
	/* Zephyr gives up all that waits in the controller when it goes off. */
	if (ch->was_off)
		sim_node_flush(&ch->node);
}

void gs_state(struct sim_node *node)
{
	struct gs_channel *ch = node->owner;

	if (!node->on || !ch->started)
		return;
	if (ch->gs->model->firmware == GS_CANDLELIGHT)
		candlelight_state(ch);
	else
		cannectivity_state(ch);
}

/* The counters have moved already, the state follows: where it changes, its frame tells all. */
void gs_error(struct sim_node *node, enum sim_error error, bool sending)
{
	struct gs_channel *ch = node->owner;
	struct report report = {0};
	unsigned int worse = node->tec > node->rec ? node->tec : node->rec;

	(void)sending;
	ch->lec = (uint8_t)error;
	if (!(ch->flags & GS_BERR_REPORTING) || ch->gs->model->firmware != GS_CANDLELIGHT)
		return;
	if (state_of(worse) == node->state && report_bus_error(ch, &report))
		report_send(ch, &report);
}

void gs_report_restart(struct gs_channel *ch)
{
	report_send(ch, &(struct report){.id = CAN_ERR_RESTARTED});
}
