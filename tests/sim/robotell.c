// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A simulated Robotell USB-CAN. Source: nopnop2002's notes on his adapter and what it told, and
 * python-can's robotell.py. Assumed: the lengths of its buffers, and that it looks at checksums.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "adapters.h"
#include "packet.h"

enum {
	HEAD = 0xaa,
	TAIL = 0x55,
	ESCAPE = 0xa5,
	CONTENTS = 17,
	FILTERS = 14,
	CONFIG = 0xff,
};

/* Settings by the identifiers of their packets. */
enum {
	SERIAL_RATE = 0x01fffe90,
	RETRANSMIT = 0x01fffea0,
	BUS_MANAGEMENT = 0x01fffeb0,
	RESET = 0x01fffec0,
	BITRATE = 0x01fffed0,
	FILTER = 0x01fffee0,
	FACTORY = 0x01fffeff,
	VERSION = 0x01ffffe0,
	NUMBER_1 = 0x01fffff0,
	NUMBER_2 = 0x01fffff1,
};

static const char half[] = "\xaa\xaa\x23\x01\x00\x00\x11\x22";

/* What its flash memory holds. */
struct flash {
	uint32_t bitrate, serial_rate;
	uint32_t id[FILTERS], mask[FILTERS];
	bool retransmit, bus_management;
};

struct robotell {
	struct flash flash;
	uint64_t flash_writes;
	bool mute; /* answers nothing */
	uint8_t contents[CONTENTS + 1];
	unsigned int n;	    /* of them */
	unsigned int heads; /* seen in a row; 2 = in a packet */
	bool escaped, tail;
};

static struct robotell *robotell_of(const struct packet_adapter *p)
{
	return p->state;
}

static void factory_settings(struct flash *flash)
{
	memset(flash, 0, sizeof(*flash));
	flash->bitrate = 500000;
	flash->serial_rate = 115200;
	for (unsigned int i = 0; i < FILTERS; i++) {
		flash->id[i] = 0x5fffffff;
		flash->mask[i] = 0x1fffffff;
	}
	flash->id[0] = 0x80000000;
	flash->id[1] = 0xc0000000;
	flash->mask[0] = flash->mask[1] = 0;
}

static void start(struct packet_adapter *p)
{
	const struct flash *flash = &robotell_of(p)->flash;

	p->node.auto_recover = flash->bus_management;
	packet_restart(p, flash->bitrate, SIM_NORMAL, !flash->retransmit);
}

static void robotell_power_on(struct packet_adapter *p)
{
	struct robotell *r = robotell_of(p);

	r->n = r->heads = 0;
	r->escaped = r->tail = false;
	start(p);
}

static int robotell_options(struct packet_adapter *p, struct sim_args *args, struct sim_why *why)
{
	struct robotell *r = robotell_of(p);
	uint64_t bitrate;
	int err;

	factory_settings(&r->flash);
	bitrate = r->flash.bitrate;
	err = sim_args_number(args, "bitrate", 1000000, &bitrate, why);
	if (!err)
		err = sim_args_flag(args, "retransmit", &r->flash.retransmit, why);
	if (!err)
		err = sim_args_flag(args, "mute", &r->mute, why);
	r->flash.bitrate = (uint32_t)bitrate;
	if (!err && !bitrate)
		err = sim_why(why, -EINVAL, "robotell: bitrate cannot be 0");
	return err;
}

/* ---- towards the host */

static size_t write_packet(const uint8_t contents[CONTENTS - 1], uint8_t *out)
{
	size_t n = 0;

	out[n++] = HEAD;
	out[n++] = HEAD;
	for (unsigned int i = 0; i < CONTENTS; i++) {
		uint8_t byte = i < CONTENTS - 1 ? contents[i] : packet_sum(contents, CONTENTS - 1);

		if (byte == HEAD || byte == TAIL || byte == ESCAPE)
			out[n++] = ESCAPE;
		out[n++] = byte;
	}
	out[n++] = TAIL;
	out[n++] = TAIL;
	return n;
}

static size_t robotell_format(struct packet_adapter *p, const struct anycan_frame *frame,
			      uint8_t *out)
{
	uint8_t contents[CONTENTS - 1] = {0};

	(void)p;
	packet_put_le(contents, 4, frame->can_id & CAN_EFF_MASK);
	memcpy(&contents[4], frame->data, anycan_frame_data_len(frame));
	contents[12] = (uint8_t)frame->len;
	contents[14] = !!(frame->can_id & CAN_EFF_FLAG);
	contents[15] = !!(frame->can_id & CAN_RTR_FLAG);
	return write_packet(contents, out);
}

static bool robotell_accept(struct packet_adapter *p, const struct anycan_frame *frame)
{
	const struct flash *flash = &robotell_of(p)->flash;
	bool extended = frame->can_id & CAN_EFF_FLAG;

	for (unsigned int i = 0; i < FILTERS; i++) {
		if (!(flash->id[i] & 0x80000000) || !(flash->id[i] & 0x40000000) == extended)
			continue;
		if (!((flash->id[i] ^ frame->can_id) & flash->mask[i] & CAN_EFF_MASK))
			return true;
	}
	return false;
}

/* ---- from the host */

static void write_setting(struct packet_adapter *p, uint32_t id, const uint8_t *data)
{
	struct robotell *r = robotell_of(p);
	struct flash *flash = &r->flash;

	r->flash_writes += id != RESET;
	if (id == SERIAL_RATE) {
		flash->serial_rate = packet_get_le(data, 4);
	} else if (id == RETRANSMIT) {
		flash->retransmit = data[0];
	} else if (id == BUS_MANAGEMENT) {
		flash->bus_management = data[0];
	} else if (id == BITRATE) {
		flash->bitrate = packet_get_le(data, 4);
	} else if (id == FACTORY) {
		factory_settings(flash);
	} else if (id >= FILTER && id < FILTER + FILTERS) {
		flash->id[id - FILTER] = packet_get_le(data, 4);
		flash->mask[id - FILTER] = packet_get_le(data + 4, 4);
	}
	if (id != SERIAL_RATE)
		start(p);
}

/* What it tells. Return: how many bytes of it count */
static unsigned int read_setting(struct packet_adapter *p, uint32_t id, uint8_t *data)
{
	static const uint8_t one_byte[8] = {0, 0, 0, 0, 0xc5, 0x24, 0x00, 0x08};
	static const uint8_t number_1[8] = {0x57, 0xff, 0x73, 0x06, 0x67, 0x75, 0x54, 0x55};
	static const uint8_t number_2[8] = {0x11, 0x30, 0x17, 0x67};
	const struct flash *flash = &robotell_of(p)->flash;

	memset(data, 0, 8);
	if (id == RETRANSMIT || id == BUS_MANAGEMENT || id == VERSION) {
		memcpy(data, one_byte, 8);
		data[0] = id == RETRANSMIT ? flash->retransmit : flash->bus_management;
		if (id == VERSION)
			data[0] = 1;
	} else if (id == BITRATE || id == SERIAL_RATE) {
		packet_put_le(data, 4, id == BITRATE ? flash->bitrate : flash->serial_rate);
		return 4;
	} else if (id >= FILTER && id < FILTER + FILTERS) {
		packet_put_le(data, 4, flash->id[id - FILTER]);
		packet_put_le(data + 4, 4, flash->mask[id - FILTER]);
	} else if (id == NUMBER_1 || id == NUMBER_2) {
		memcpy(data, id == NUMBER_1 ? number_1 : number_2, 8);
	}
	return 8;
}

static void configure(struct packet_adapter *p, uint8_t *contents)
{
	uint32_t id = packet_get_le(contents, 4);
	uint8_t out[PACKET_MAX];

	p->counts.commands++;
	if (contents[15])
		contents[12] = (uint8_t)read_setting(p, id, &contents[4]);
	else
		write_setting(p, id, &contents[4]);
	contents[15] = 1;
	if (!robotell_of(p)->mute)
		packet_answer(p, out, write_packet(contents, out));
}

static void packet_ended(struct packet_adapter *p)
{
	struct robotell *r = robotell_of(p);
	struct anycan_frame frame = {0};

	if (r->n != CONTENTS || r->contents[16] != packet_sum(r->contents, CONTENTS - 1) ||
	    r->contents[12] > 8) {
		p->counts.bad++;
		return;
	}
	if (r->contents[13] == CONFIG) {
		configure(p, r->contents);
		return;
	}
	frame.len = r->contents[12];
	frame.can_id =
		packet_get_le(r->contents, 4) & (r->contents[14] ? CAN_EFF_MASK : CAN_SFF_MASK);
	if (r->contents[14])
		frame.can_id |= CAN_EFF_FLAG;
	if (r->contents[15])
		frame.can_id |= CAN_RTR_FLAG;
	else
		memcpy(frame.data, &r->contents[4], frame.len);
	packet_send(p, &frame);
}

/* A byte between the marks, or of the end mark. */
static void packet_byte(struct packet_adapter *p, uint8_t byte)
{
	struct robotell *r = robotell_of(p);

	if (!r->escaped && byte == ESCAPE) {
		r->escaped = true;
		return;
	}
	if (!r->escaped && byte == TAIL) {
		if (r->tail) {
			packet_ended(p);
			r->heads = 0;
		}
		r->tail = true;
		return;
	}
	if (!r->escaped && byte == HEAD) {
		/* another one begins */
		p->counts.bad += r->n > 0;
		r->heads = r->n ? 1 : 2;
		r->n = 0;
		return;
	}
	r->escaped = r->tail = false;
	if (r->n <= CONTENTS)
		r->contents[r->n++] = byte;
}

static size_t robotell_input(struct packet_adapter *p, const uint8_t *data, size_t len)
{
	struct robotell *r = robotell_of(p);
	size_t used;

	for (used = 0; used < len; used++) {
		/* Only the last byte of a packet needs room. */
		if (r->heads == 2 && r->tail && data[used] == TAIL && packet_must_wait(p))
			break;
		if (r->heads == 2) {
			packet_byte(p, data[used]);
			continue;
		}
		if (data[used] == HEAD && ++r->heads == 2) {
			r->n = 0;
			r->escaped = r->tail = false;
		} else if (data[used] != HEAD) {
			p->counts.bad++;
			r->heads = 0;
		}
	}
	return used;
}

static void robotell_stats(const struct packet_adapter *p, struct json_object *into)
{
	const struct robotell *r = robotell_of(p);
	struct json_object *filters = json_object_new_array();

	packet_add(into, "stored_bitrate", r->flash.bitrate);
	packet_add(into, "serial_rate", r->flash.serial_rate);
	packet_add(into, "flash_writes", r->flash_writes);
	json_object_object_add(into, "retransmit", json_object_new_boolean(r->flash.retransmit));
	json_object_object_add(into, "bus_management",
			       json_object_new_boolean(r->flash.bus_management));
	for (unsigned int i = 0; i < FILTERS; i++) {
		json_object_array_add(filters, json_object_new_int64(r->flash.id[i]));
		json_object_array_add(filters, json_object_new_int64(r->flash.mask[i]));
	}
	json_object_object_add(into, "filters", filters);
}

static const struct packet_firmware robotell_firmware = {
	.state_size = sizeof(struct robotell),
	.tx_frames = 32,
	.out_bytes = 2048,
	.out_frames = 96,
	.half = half,
	.half_len = sizeof(half) - 1,
	.options = robotell_options,
	.power_on = robotell_power_on,
	.input = robotell_input,
	.accept = robotell_accept,
	.format = robotell_format,
	.stats = robotell_stats,
};

static int robotell_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
			   struct sim_why *why)
{
	return packet_create(&sim_robotell_ops, &robotell_firmware, sim, args, adapter, why);
}

const struct sim_adapter_ops sim_robotell_ops = {
	.type = "robotell",
	.summary = "a Robotell USB-CAN on a serial line\n" PACKET_KEYS "\n"
		   "bitrate=N retransmit (stored in it) mute (answers nothing)",
	.create = robotell_create,
	.destroy = packet_destroy,
	.flush = packet_flush,
	.unplug = packet_unplug,
	.replug = packet_replug,
	.fault = packet_fault,
	.stats = packet_stats,
};
