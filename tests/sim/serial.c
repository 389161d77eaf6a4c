// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A simulated board that speaks python-can's "CAN over serial": what somebody's own firmware may
 * be. Source: python-can's manual, chapter on the serial interface, and what its two generations
 * write and read.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include <anycan/clock.h>

#include "adapters.h"
#include "packet.h"

enum {
	BEGIN = 0xaa,
	END = 0xbb,
	HEAD = 10,
};

/* How remote frames look on the line. */
enum remote {
	REMOTE_FILLED, /* as python-can reads them */
	REMOTE_EMPTY,  /* as it writes them */
};

static const char *const remote_words[] = {"filled", "empty", NULL};
static const char *const unit_words[] = {"ms", "us", "s", NULL};
static const char *const dialect_words[] = {"4.6", "4.0", NULL};

static const char half[] = "\xaa\x00\x00\x00\x00\x08\x23\x01\x00\x00\x11";

struct serial {
	uint32_t bitrate;
	unsigned int rtr_in, rtr_out; /* enum remote */
	unsigned int unit;
	unsigned int bare; /* identifiers without flags */
};

static struct serial *serial_of(const struct packet_adapter *p)
{
	return p->state;
}

static void serial_power_on(struct packet_adapter *p)
{
	packet_restart(p, serial_of(p)->bitrate, SIM_NORMAL, false);
}

static int serial_options(struct packet_adapter *p, struct sim_args *args, struct sim_why *why)
{
	struct serial *s = serial_of(p);
	uint64_t bitrate = 500000;
	int err = sim_args_number(args, "bitrate", 1000000, &bitrate, why);

	if (!err)
		err = packet_choice(args, "rtr-in", remote_words, REMOTE_EMPTY, &s->rtr_in, why);
	if (!err)
		err = packet_choice(args, "rtr-out", remote_words, REMOTE_FILLED, &s->rtr_out, why);
	if (!err)
		err = packet_choice(args, "unit", unit_words, 0, &s->unit, why);
	if (!err)
		err = packet_choice(args, "dialect", dialect_words, 0, &s->bare, why);
	s->bitrate = (uint32_t)bitrate;
	if (!err && !bitrate)
		err = sim_why(why, -EINVAL, "serial: bitrate cannot be 0");
	return err;
}

/* Its clock begins with the simulation. */
static uint32_t stamp_of(const struct packet_adapter *p, const struct anycan_frame *frame)
{
	static const int64_t unit_ns[] = {ANYCAN_NS_PER_MS, ANYCAN_NS_PER_US, ANYCAN_NS_PER_S};

	return (uint32_t)(frame->ts_ns / unit_ns[serial_of(p)->unit]);
}

static size_t serial_format(struct packet_adapter *p, const struct anycan_frame *frame,
			    uint8_t *out)
{
	const struct serial *s = serial_of(p);
	bool remote = frame->can_id & CAN_RTR_FLAG;
	size_t data = remote && s->rtr_out == REMOTE_EMPTY ? 0 : frame->len;

	out[0] = BEGIN;
	packet_put_le(&out[1], 4, stamp_of(p, frame));
	out[5] = (uint8_t)frame->len;
	packet_put_le(&out[6], 4, s->bare ? frame->can_id & CAN_EFF_MASK : frame->can_id);
	memset(&out[HEAD], 0, data);
	memcpy(&out[HEAD], frame->data, anycan_frame_data_len(frame));
	out[HEAD + data] = END;
	return HEAD + data + 1;
}

/* Return: bytes of the frame that begins here, 0 = not whole yet, 1 = none */
static size_t read_frame(const struct serial *s, const uint8_t *data, size_t len,
			 struct anycan_frame *frame)
{
	size_t total;

	if (data[0] != BEGIN || (len > 5 && data[5] > 8))
		return 1;
	if (len < HEAD)
		return 0;
	*frame = (struct anycan_frame){.can_id = packet_get_le(&data[6], 4), .len = data[5]};
	if (frame->can_id & CAN_ERR_FLAG)
		return 1; /* nothing to send */
	if (s->bare && (frame->can_id & CAN_EFF_MASK) > CAN_SFF_MASK)
		frame->can_id |= CAN_EFF_FLAG;
	total = HEAD + 1;
	if (!(frame->can_id & CAN_RTR_FLAG) || s->rtr_in == REMOTE_FILLED)
		total += frame->len;
	if (len < total)
		return 0;
	if (!(frame->can_id & CAN_EFF_FLAG) && frame->can_id & (CAN_EFF_MASK & ~CAN_SFF_MASK))
		return 1;
	memcpy(frame->data, &data[HEAD], anycan_frame_data_len(frame));
	return data[total - 1] == END ? total : 1;
}

static size_t serial_input(struct packet_adapter *p, const uint8_t *data, size_t len)
{
	struct anycan_frame frame;
	size_t used = 0, n;

	while (used < len && !packet_must_wait(p)) {
		n = read_frame(serial_of(p), data + used, len - used, &frame);
		if (!n)
			break;
		if (n > 1)
			packet_send(p, &frame);
		else
			p->counts.bad++;
		used += n;
	}
	return used;
}

static const struct packet_firmware serial_firmware = {
	.state_size = sizeof(struct serial),
	.tx_frames = 32,
	.out_bytes = 1024,
	.out_frames = 64,
	.half = half,
	.half_len = sizeof(half) - 1,
	.options = serial_options,
	.power_on = serial_power_on,
	.input = serial_input,
	.format = serial_format,
};

static int serial_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
			 struct sim_why *why)
{
	return packet_create(&sim_serial_ops, &serial_firmware, sim, args, adapter, why);
}

const struct sim_adapter_ops sim_serial_ops = {
	.type = "serial",
	.summary = "a board that speaks python-can's \"CAN over serial\"\n" PACKET_KEYS "\n"
		   "bitrate=N dialect=4.6|4.0 unit=ms|us|s (of its time stamps)\n"
		   "rtr-in=empty|filled rtr-out=filled|empty (bytes in remote frames)",
	.create = serial_create,
	.destroy = packet_destroy,
	.flush = packet_flush,
	.unplug = packet_unplug,
	.replug = packet_replug,
	.fault = packet_fault,
	.stats = packet_stats,
};
