// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Simulated gs_usb adapters: control requests.
 * Source: src/usbd_gs_can.c of candleLight_fw; gs_usb.c of CANnectivity.
 */
#include <errno.h>
#include <string.h>

#include "gs_usb.h"

enum {
	TYPE_MASK = 0x60,
	TYPE_CLASS = 0x20,
	TYPE_TO_HOST = 0x80,
	RECIPIENT_MASK = 0x1f,
	RECIPIENT_INTERFACE = 1
};

enum {
	DFU_INTERFACE = 1,
	DFU_DETACH = 0,
	DFU_GET_STATUS = 3,
	DFU_ANSWER = 6
};

enum {
	MODE_RESET = 0,
	MODE_START = 1,
	STATE_STOPPED = 4,
	LITTLE_ENDIAN_MARK = 0xbeef
};

/* Microseconds between two starts of a frame on a full-speed bus: when candleLight reads its clock
 * for the host. */
#define SOF_US 1000

/* Whether firmwares of this kind swallow what makes no sense. */
static bool gs_swallows(const struct gs_usb *gs)
{
	return gs->model->firmware == GS_CANDLELIGHT;
}

static int gs_senseless(struct gs_usb *gs)
{
	gs->counts.ignored += gs_swallows(gs);
	return gs_swallows(gs) ? 0 : -EPIPE;
}

/* ---- answers */

static size_t put_limits(uint8_t *at, const struct gs_limits *limits)
{
	const uint32_t words[] = {limits->tseg1_min, limits->tseg1_max, limits->tseg2_min,
				  limits->tseg2_max, limits->sjw_max,	limits->brp_min,
				  limits->brp_max,   limits->brp_inc};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		usb_put32(at + 4 * i, words[i]);
	return sizeof(words);
}

static int get_bt_const(struct gs_channel *ch, uint8_t *data)
{
	usb_put32(data, ch->gs->features);
	usb_put32(data + 4, ch->gs->model->clock);
	return 8 + (int)put_limits(data + 8, ch->gs->model->limits);
}

static int get_bt_const_ext(struct gs_channel *ch, uint8_t *data)
{
	int len = get_bt_const(ch, data);

	return len + (int)put_limits(data + len, ch->gs->model->data_limits);
}

static int get_device_config(struct gs_channel *ch, uint8_t *data)
{
	memset(data, 0, 12);
	data[3] = (uint8_t)(ch->gs->usb.adapter.node_count - 1);
	usb_put32(data + 4, ch->gs->model->sw_version);
	usb_put32(data + 8, 1);
	return 12;
}

static int get_timestamp(struct gs_channel *ch, uint8_t *data)
{
	uint32_t now = gs_stamp_us(ch->gs, ch->gs->usb.adapter.sim->bus.now_ns);

	usb_put32(data, ch->gs->model->firmware == GS_CANDLELIGHT ? now - now % SOF_US : now);
	return 4;
}

static int get_termination(struct gs_channel *ch, uint8_t *data)
{
	usb_put32(data, ch->termination);
	return 4;
}

static int get_state(struct gs_channel *ch, uint8_t *data)
{
	const struct sim_node *node = &ch->node;
	bool stopped = !ch->started && ch->gs->model->firmware == GS_CANNECTIVITY;

	usb_put32(data, stopped ? STATE_STOPPED : node->state);
	usb_put32(data + 4, node->rec < UINT8_MAX ? node->rec : UINT8_MAX);
	usb_put32(data + 8, node->tec < UINT8_MAX ? node->tec : UINT8_MAX);
	return 12;
}

/* ---- settings */

static int set_host_format(struct gs_channel *ch, const uint8_t *data)
{
	ch->gs->byte_order = usb_get32(data);
	if (ch->gs->byte_order == LITTLE_ENDIAN_MARK || gs_swallows(ch->gs))
		return 0;
	return -EPIPE;
}

static bool timing_fits(const struct gs_timing *timing, const struct gs_limits *limits)
{
	uint64_t tseg1 = (uint64_t)timing->prop_seg + timing->phase_seg1;

	return tseg1 >= limits->tseg1_min && tseg1 <= limits->tseg1_max &&
	       timing->phase_seg2 >= limits->tseg2_min && timing->phase_seg2 <= limits->tseg2_max &&
	       timing->sjw <= limits->sjw_max && timing->brp >= limits->brp_min &&
	       timing->brp <= limits->brp_max;
}

static int set_timing(struct gs_channel *ch, const uint8_t *data, struct gs_timing *into,
		      const struct gs_limits *limits)
{
	struct gs_timing timing = {usb_get32(data), usb_get32(data + 4), usb_get32(data + 8),
				   usb_get32(data + 12), usb_get32(data + 16)};

	if (!timing_fits(&timing, limits) || (ch->started && !gs_swallows(ch->gs)))
		return gs_senseless(ch->gs);
	*into = timing;
	return 0;
}

static int set_bittiming(struct gs_channel *ch, const uint8_t *data)
{
	return set_timing(ch, data, &ch->timing, ch->gs->model->limits);
}

static int set_data_bittiming(struct gs_channel *ch, const uint8_t *data)
{
	const struct gs_model *model = ch->gs->model;

	return set_timing(ch, data, &ch->data_timing,
			  model->data_limits ? model->data_limits : model->limits);
}

static int set_mode(struct gs_channel *ch, const uint8_t *data)
{
	uint32_t mode = usb_get32(data), flags = usb_get32(data + 4);

	if (mode == MODE_RESET) {
		gs_stop(ch);
		return 0;
	}
	if (mode != MODE_START)
		return gs_senseless(ch->gs);
	if (!gs_swallows(ch->gs) && (ch->started || (flags & ~ch->gs->features)))
		return -EPIPE;
	gs_start(ch, flags);
	return 0;
}

static int set_identify(struct gs_channel *ch, const uint8_t *data)
{
	uint32_t on = usb_get32(data);

	if (on > 1 && !gs_swallows(ch->gs))
		return -EPIPE;
	ch->identify = on;
	return 0;
}

static int set_termination(struct gs_channel *ch, const uint8_t *data)
{
	uint32_t on = usb_get32(data);

	if (on > 1 && !gs_swallows(ch->gs))
		return -EPIPE;
	ch->termination = on;
	return 0;
}

static int bus_off_recovery(struct gs_channel *ch, const uint8_t *data)
{
	(void)data;
	if (!(ch->flags & GS_BUS_OFF_RECOVERY) || ch->node.state != SIM_BUS_OFF)
		return gs_senseless(ch->gs);
	gs_restart(ch);
	return 0;
}

/* One of get and set; @needs is a feature without which the request does not exist. */
static const struct request {
	uint8_t number;
	uint16_t len;
	bool device; /* not of a channel */
	uint32_t needs;
	int (*get)(struct gs_channel *ch, uint8_t *data);
	int (*set)(struct gs_channel *ch, const uint8_t *data);
} requests[] = {
	{.number = GS_REQUEST_HOST_FORMAT, .len = 4, .device = true, .set = set_host_format},
	{.number = GS_REQUEST_BITTIMING, .len = 20, .set = set_bittiming},
	{.number = GS_REQUEST_MODE, .len = 8, .set = set_mode},
	{.number = GS_REQUEST_BT_CONST, .len = 40, .get = get_bt_const},
	{.number = GS_REQUEST_DEVICE_CONFIG, .len = 12, .device = true, .get = get_device_config},
	{.number = GS_REQUEST_TIMESTAMP, .len = 4, .needs = GS_HW_TIMESTAMP, .get = get_timestamp},
	{.number = GS_REQUEST_IDENTIFY, .len = 4, .needs = GS_IDENTIFY, .set = set_identify},
	{.number = GS_REQUEST_DATA_BITTIMING, .len = 20, .needs = GS_FD, .set = set_data_bittiming},
	{.number = GS_REQUEST_BT_CONST_EXT,
	 .len = 72,
	 .needs = GS_BT_CONST_EXT,
	 .get = get_bt_const_ext},
	{.number = GS_REQUEST_SET_TERMINATION,
	 .len = 4,
	 .needs = GS_TERMINATION,
	 .set = set_termination},
	{.number = GS_REQUEST_GET_TERMINATION,
	 .len = 4,
	 .needs = GS_TERMINATION,
	 .get = get_termination},
	{.number = GS_REQUEST_GET_STATE, .len = 12, .needs = GS_GET_STATE, .get = get_state},
	{.number = GS_REQUEST_BUS_OFF_RECOVERY,
	 .len = 0,
	 .needs = GS_BUS_OFF_RECOVERY,
	 .set = bus_off_recovery},
};

static const struct request *request_find(const struct gs_usb *gs, uint8_t number)
{
	uint8_t data_timing = gs->model->data_timing_request;

	if (number == data_timing)
		number = GS_REQUEST_DATA_BITTIMING;
	else if (number == GS_REQUEST_DATA_BITTIMING)
		return NULL; /* the model has another number for it */
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		if (requests[i].number == number &&
		    (gs->features & requests[i].needs) == requests[i].needs)
			return &requests[i];
	}
	return NULL;
}

/* The run-time part of the firmware upgrade interface. */
static int dfu_control(struct usb_device *device, const struct usb_setup *setup, uint8_t *data)
{
	if (device->interface_count <= DFU_INTERFACE)
		return -EPIPE;
	if (setup->request == DFU_DETACH)
		return 0;
	if (setup->request != DFU_GET_STATUS)
		return -EPIPE;
	memset(data, 0, DFU_ANSWER);
	data[5] = 0xff;
	return DFU_ANSWER;
}

static bool request_fits(const struct gs_usb *gs, const struct request *request,
			 const struct usb_setup *setup)
{
	bool strict = gs->model->firmware == GS_CANNECTIVITY;

	if (!request->device && setup->value >= gs->usb.adapter.node_count)
		return false;
	if (!request->get == !!(setup->type & TYPE_TO_HOST))
		return false;
	if (strict && (setup->type & RECIPIENT_MASK) != RECIPIENT_INTERFACE)
		return false;
	return strict ? setup->length == request->len : setup->length >= request->len;
}

int gs_control(struct usb_device *device, const struct usb_setup *setup, uint8_t *data)
{
	struct gs_usb *gs = device->owner;
	const struct request *request;
	struct gs_channel *ch;

	if ((setup->type & TYPE_MASK) == TYPE_CLASS &&
	    (setup->type & RECIPIENT_MASK) == RECIPIENT_INTERFACE && setup->index == DFU_INTERFACE)
		return dfu_control(device, setup, data);
	request = request_find(gs, setup->request);
	if (!request || !request_fits(gs, request, setup))
		return -EPIPE;
	ch = &gs->channel[request->device ? 0 : setup->value];
	return request->get ? request->get(ch, data) : request->set(ch, data);
}
