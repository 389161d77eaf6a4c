// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A simulated USB-CAN analyzer of Seeed or Waveshare. Source: the vendor's description of its
 * protocol, version 7.10, Waveshare's of the fixed one, kobolt's canusb.c, python-can. Assumed:
 * the lengths of its buffers, that it is on the bus at 250 kbit/s when it is plugged in, and
 * which of the two ways to write remote frames it has.
 */
#include <errno.h>
#include <json-c/json.h>
#include <string.h>

#include "adapters.h"
#include "packet.h"

enum {
	BEGIN = 0xaa,
	END = 0x55,
	MESSAGE = 20,
	EXTENDED = 0x20,
	REMOTE = 0x10,
};

enum remote {
	REMOTE_FILLED, /* as python-can reads them */
	REMOTE_EMPTY,  /* as it writes them */
};

static const char *const remote_words[] = {"filled", "empty", NULL};
static const char *const order_words[] = {"little", "big", NULL};

static const char half[] = "\xaa\xc8\x23\x01\x11\x22";

struct seeedstudio {
	unsigned int rtr_in, rtr_out; /* enum remote */
	unsigned int big_endian;
	bool mute; /* does not tell its counters */
	uint32_t filter_id, filter_mask;
	bool filter_extended, fixed;
	uint64_t settings; /* times it was set */
};

static struct seeedstudio *seeedstudio_of(const struct packet_adapter *p)
{
	return p->state;
}

static void seeedstudio_power_on(struct packet_adapter *p)
{
	struct seeedstudio *s = seeedstudio_of(p);

	s->fixed = false;
	s->filter_mask = 0;
	packet_restart(p, 250000, SIM_NORMAL, false);
}

static int seeedstudio_options(struct packet_adapter *p, struct sim_args *args, struct sim_why *why)
{
	struct seeedstudio *s = seeedstudio_of(p);
	int err = packet_choice(args, "rtr-in", remote_words, REMOTE_EMPTY, &s->rtr_in, why);

	if (!err)
		err = packet_choice(args, "rtr-out", remote_words, REMOTE_FILLED, &s->rtr_out, why);
	if (!err)
		err = packet_choice(args, "id-order", order_words, 0, &s->big_endian, why);
	if (!err)
		err = sim_args_flag(args, "mute", &s->mute, why);
	return err;
}

/* ---- towards the host */

static void put_id(const struct seeedstudio *s, uint8_t *out, canid_t id)
{
	packet_put_le(out, 4, s->big_endian ? __builtin_bswap32(id) : id);
}

static size_t format_fixed(const struct seeedstudio *s, const struct anycan_frame *frame,
			   uint8_t *out)
{
	memset(out, 0, MESSAGE);
	out[0] = BEGIN;
	out[1] = END;
	out[2] = 1;
	out[3] = frame->can_id & CAN_EFF_FLAG ? 2 : 1;
	out[4] = frame->can_id & CAN_RTR_FLAG ? 2 : 1;
	put_id(s, &out[5], frame->can_id & CAN_EFF_MASK);
	out[9] = (uint8_t)frame->len;
	memcpy(&out[10], frame->data, anycan_frame_data_len(frame));
	out[19] = packet_sum(&out[2], 17);
	return MESSAGE;
}

static size_t seeedstudio_format(struct packet_adapter *p, const struct anycan_frame *frame,
				 uint8_t *out)
{
	const struct seeedstudio *s = seeedstudio_of(p);
	bool remote = frame->can_id & CAN_RTR_FLAG, extended = frame->can_id & CAN_EFF_FLAG;
	size_t data = remote && s->rtr_out == REMOTE_EMPTY ? 0 : frame->len;
	size_t id = extended ? 4 : 2;

	if (s->fixed)
		return format_fixed(s, frame, out);
	out[0] = BEGIN;
	out[1] = (uint8_t)(0xc0 | (extended ? EXTENDED : 0) | (remote ? REMOTE : 0) | frame->len);
	packet_put_le(&out[2], (unsigned int)id, frame->can_id & CAN_EFF_MASK);
	memset(&out[2 + id], 0, data);
	memcpy(&out[2 + id], frame->data, anycan_frame_data_len(frame));
	out[2 + id + data] = END;
	return 2 + id + data + 1;
}

static bool seeedstudio_accept(struct packet_adapter *p, const struct anycan_frame *frame)
{
	const struct seeedstudio *s = seeedstudio_of(p);
	bool extended = frame->can_id & CAN_EFF_FLAG;

	if (!s->filter_mask)
		return true;
	return extended == s->filter_extended &&
	       !((frame->can_id ^ s->filter_id) & s->filter_mask & CAN_EFF_MASK);
}

/* ---- from the host */

static bool set_up(struct packet_adapter *p, const uint8_t *message)
{
	static const uint32_t rates[] = {0,	 1000000, 800000, 500000, 400000, 250000, 200000,
					 125000, 100000,  50000,  20000,  10000,  5000};
	static const enum sim_mode modes[] = {SIM_NORMAL, SIM_LOOP_EXTERNAL, SIM_LISTEN_ONLY,
					      SIM_LOOP_INTERNAL};
	struct seeedstudio *s = seeedstudio_of(p);

	if (!message[3] || message[3] > 12 || message[13] > 3)
		return false;
	s->settings++;
	s->fixed = message[2] == 0x02;
	s->filter_extended = message[4] == 2;
	s->filter_id = packet_get_le(&message[5], 4);
	s->filter_mask = packet_get_le(&message[9], 4);
	packet_restart(p, rates[message[3]], modes[message[13]], message[14] == 1);
	return true;
}

static void tell_counters(struct packet_adapter *p)
{
	uint8_t out[MESSAGE] = {BEGIN, END, 0x04};

	out[3] = (uint8_t)p->node.rec;
	out[4] = (uint8_t)p->node.tec;
	out[19] = packet_sum(&out[2], 17);
	if (!seeedstudio_of(p)->mute)
		packet_answer(p, out, MESSAGE);
}

static bool send_fixed(struct packet_adapter *p, const uint8_t *message)
{
	const struct seeedstudio *s = seeedstudio_of(p);
	struct anycan_frame frame = {.can_id = packet_get_le(&message[5], 4), .len = message[9]};

	if (s->big_endian)
		frame.can_id = __builtin_bswap32(frame.can_id);
	if (frame.len > 8 || frame.can_id > (message[3] == 2 ? CAN_EFF_MASK : CAN_SFF_MASK))
		return false;
	if (message[3] == 2)
		frame.can_id |= CAN_EFF_FLAG;
	if (message[4] == 2)
		frame.can_id |= CAN_RTR_FLAG;
	memcpy(frame.data, &message[10], anycan_frame_data_len(&frame));
	packet_send(p, &frame);
	return true;
}

static size_t read_message(struct packet_adapter *p, const uint8_t *data, size_t len)
{
	bool good;

	if (len < MESSAGE)
		return 0;
	good = packet_sum(&data[2], 17) == data[19];
	if (good && data[2] == 0x01) {
		good = send_fixed(p, data);
	} else if (good && data[2] == 0x04) {
		tell_counters(p);
	} else if (good && (data[2] == 0x12 || data[2] == 0x02)) {
		good = set_up(p, data);
	}
	p->counts.commands += good && data[2] != 0x01;
	p->counts.bad += !good;
	return good ? MESSAGE : 1;
}

/* Return: bytes used, 0 = not whole yet */
static size_t read_frame(struct packet_adapter *p, const uint8_t *data, size_t len)
{
	const struct seeedstudio *s = seeedstudio_of(p);
	bool remote = data[1] & REMOTE, extended = data[1] & EXTENDED;
	unsigned int id = extended ? 4 : 2, dlc = data[1] & 0x0f;
	size_t filled = remote && s->rtr_in == REMOTE_EMPTY ? 0 : dlc;
	struct anycan_frame frame = {.len = (uint16_t)dlc};

	if ((data[1] & 0xc0) != 0xc0 || dlc > 8) {
		p->counts.bad++;
		return 1;
	}
	if (len < 2 + id + filled + 1)
		return 0;
	frame.can_id = packet_get_le(&data[2], id);
	if (data[2 + id + filled] != END ||
	    frame.can_id > (extended ? CAN_EFF_MASK : CAN_SFF_MASK)) {
		p->counts.bad++;
		return 1;
	}
	frame.can_id |= (extended ? CAN_EFF_FLAG : 0) | (remote ? CAN_RTR_FLAG : 0);
	memcpy(frame.data, &data[2 + id], anycan_frame_data_len(&frame));
	packet_send(p, &frame);
	return 2 + id + filled + 1;
}

static size_t seeedstudio_input(struct packet_adapter *p, const uint8_t *data, size_t len)
{
	size_t used = 0, n;

	while (used < len && !packet_must_wait(p)) {
		n = 1;
		if (data[used] != BEGIN)
			p->counts.bad++;
		else if (len - used < 2)
			break;
		else if (data[used + 1] == END)
			n = read_message(p, data + used, len - used);
		else
			n = read_frame(p, data + used, len - used);
		if (!n)
			break;
		used += n;
	}
	return used;
}

static void seeedstudio_stats(const struct packet_adapter *p, struct json_object *into)
{
	const struct seeedstudio *s = seeedstudio_of(p);
	static const char *const modes[] = {
		[SIM_NORMAL] = "normal",
		[SIM_LISTEN_ONLY] = "silent",
		[SIM_LOOP_INTERNAL] = "loopback_and_silent",
		[SIM_LOOP_EXTERNAL] = "loopback",
	};

	packet_add(into, "settings", s->settings);
	json_object_object_add(into, "mode", json_object_new_string(modes[p->node.mode]));
	json_object_object_add(into, "one_shot", json_object_new_boolean(p->node.one_shot));
	json_object_object_add(into, "fixed", json_object_new_boolean(s->fixed));
	json_object_object_add(into, "extended", json_object_new_boolean(s->filter_extended));
}

static const struct packet_firmware seeedstudio_firmware = {
	.state_size = sizeof(struct seeedstudio),
	.tx_frames = 32,
	.out_bytes = 4096,
	.out_frames = 256,
	.half = half,
	.half_len = sizeof(half) - 1,
	.options = seeedstudio_options,
	.power_on = seeedstudio_power_on,
	.input = seeedstudio_input,
	.accept = seeedstudio_accept,
	.format = seeedstudio_format,
	.stats = seeedstudio_stats,
};

static int seeedstudio_create(struct sim *sim, struct sim_args *args, struct sim_adapter **adapter,
			      struct sim_why *why)
{
	return packet_create(&sim_seeedstudio_ops, &seeedstudio_firmware, sim, args, adapter, why);
}

const struct sim_adapter_ops sim_seeedstudio_ops = {
	.type = "seeedstudio",
	.summary = "a USB-CAN analyzer of Seeed or Waveshare on a serial line\n" PACKET_KEYS "\n"
		   "id-order=little|big (fixed protocol) mute (does not tell its counters)\n"
		   "rtr-in=empty|filled rtr-out=filled|empty (bytes in remote frames)",
	.create = seeedstudio_create,
	.destroy = packet_destroy,
	.flush = packet_flush,
	.unplug = packet_unplug,
	.replug = packet_replug,
	.fault = packet_fault,
	.stats = packet_stats,
};
