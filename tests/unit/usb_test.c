// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What the tests of USB drivers share. See usb_test.h.
 */
#include "usb_test.h"

#include <anycan/hex.h>
#include <anycan/text.h>
#include <stdio.h>
#include <string.h>

struct rig *usb_open(const struct contract_setup *setup)
{
	struct rig *rig = rig_new(setup);

	rig_open(rig);
	if (rig->fault)
		fail_msg("%s: %s (%s)", setup->words, rig->fault, rig->reason);
	rig->states = 0;
	return rig;
}

const char *usb_refusal(const struct contract_setup *setup)
{
	static char reason[512];
	struct rig *rig = rig_new(setup);

	rig_open(rig);
	if (!rig->fault)
		fail_msg("%s is not refused", setup->words);
	snprintf(reason, sizeof(reason), "%s", rig->reason);
	rig_free(rig);
	return reason;
}

static int print_request(char *to, size_t room, const struct bridged_usb_record *request,
			 const uint8_t *data)
{
	char hex[2 * BRIDGED_USB_DATA_MAX + 1];

	*anycan_hex_put_bytes(hex, data, request->len) = 0;
	switch (request->type) {
	case BRIDGED_USB_CONTROL:
		if (request->request_type & 0x80)
			snprintf(hex, sizeof(hex), "%u", request->wanted);
		return snprintf(to, room, "control %02x %u %u %u %s\n", request->request_type,
				request->request, request->value, request->index, hex);
	case BRIDGED_USB_OUT:
		return snprintf(to, room, "out %02x %s\n", request->endpoint, hex);
	case BRIDGED_USB_IN:
		return snprintf(to, room, "in %02x %u\n", request->endpoint, request->wanted);
	case BRIDGED_USB_LISTEN:
		return snprintf(to, room, "listen %02x %u x %u\n", request->endpoint,
				request->wanted, request->count);
	default:
		return snprintf(to, room, "nonsense %u\n", request->type);
	}
}

const char *usb_requests(const uint8_t *bytes, size_t len)
{
	static char text[65536];
	struct bridged_usb_record request;
	const uint8_t *data;
	size_t done = 0;
	int used, n = 0;

	text[0] = 0;
	while ((used = bridged_usb_answer(bytes + done, len - done, &request, &data)) > 0) {
		n += print_request(text + n, sizeof(text) - (size_t)n, &request, data);
		done += (size_t)used;
	}
	assert_int_equal(done, len);
	return text;
}

void usb_sent(struct rig *rig, const char *text)
{
	const uint8_t *bytes;
	size_t len = rig_take(rig, &bytes);

	assert_string_equal(usb_requests(bytes, len), text);
}

void usb_feed(struct rig *rig, enum bridged_usb_type type, uint32_t tag, int status,
	      const char *hex)
{
	struct bridged_usb_record record = {.type = (uint8_t)type, .tag = tag};
	uint8_t answer[BRIDGED_USB_RECORD_MAX], data[BRIDGED_USB_DATA_MAX];
	size_t len = strlen(hex) / 2;

	assert_true(anycan_hex_bytes(hex, len, data));
	rig_feed(rig, answer,
		 (size_t)(usb_peer_answer(answer, &record, status, data, len) - answer));
	if (rig->fault)
		fail_msg("%s", rig->fault);
}

int usb_send(struct rig *rig, unsigned int channel, const char *frame)
{
	struct anycan_frame parsed;

	if (anycan_frame_parse(frame, strlen(frame), &parsed))
		fail_msg("no frame: %s", frame);
	parsed.channel = (uint16_t)channel;
	return rig_encode(rig, &parsed);
}

void usb_got(struct rig *rig, size_t index, const char *frame)
{
	char text[ANYCAN_TEXT_SIZE];

	if (index >= rig->n_frames)
		fail_msg("only %zu frames, no %s", rig->n_frames, frame);
	assert_true(anycan_frame_print(&rig->frames[index], text, sizeof(text)) > 0);
	assert_string_equal(text, frame);
}

void usb_converse(struct rig *rig)
{
	uint8_t reply[4096];
	const uint8_t *sent;
	size_t len;

	while ((len = rig_take(rig, &sent))) {
		len = rig->setup.answer(sent, len, reply, sizeof(reply));
		rig_feed(rig, reply, len);
	}
	if (rig->fault)
		fail_msg("%s", rig->fault);
}

uint32_t usb_last_tag(const struct rig *rig)
{
	struct bridged_usb_record request = {0};
	const uint8_t *data;
	size_t done = 0;
	int used;

	while ((used = bridged_usb_answer(rig->sent + done, rig->sent_len - done, &request,
					  &data)) > 0)
		done += (size_t)used;
	return request.tag;
}
