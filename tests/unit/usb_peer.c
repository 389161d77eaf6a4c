// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * USB adapters of a few lines. See usb_peer.h. The numbers are those that candleLight_fw,
 * CANnectivity on an STM32G0 and cantact-pro-fw report.
 */
#include "usb_peer.h"

#include <anycan/bytes.h>
#include <errno.h>

/* No answer here is longer. */
#define ANSWER_MAX 256

#define GS_ENDPOINTS                                                                               \
	{                                                                                          \
		{0x81, BRIDGED_USB_BULK, 64},                                                      \
		{                                                                                  \
			0x02, BRIDGED_USB_BULK, 64                                                 \
		}                                                                                  \
	}

const struct bridged_usb_device usb_peer_candlelight_device = {
	.vid = 0x1d50,
	.pid = 0x606f,
	.endpoint_count = 2,
	.endpoints = GS_ENDPOINTS,
	.manufacturer = "bytewerk",
	.product = "candleLight USB to CAN adapter",
	.serial = "0123",
};

const struct bridged_usb_device usb_peer_fd_device = {
	.vid = 0x1209,
	.pid = 0xca01,
	.endpoint_count = 2,
	.endpoints = GS_ENDPOINTS,
	.product = "CANnectivity USB to CAN adapter",
};

const struct bridged_usb_device usb_peer_cantact_device = {
	.vid = 0x1d50,
	.pid = 0x606f,
	.endpoint_count = 2,
	.endpoints = {{0x81, BRIDGED_USB_BULK, 512}, {0x02, BRIDGED_USB_BULK, 512}},
	.manufacturer = "LinkLayer Labs",
	.product = "CANtact Pro",
	.serial = "1",
};

const struct bridged_usb_device usb_peer_canalystii_device = {
	.vid = 0x04d8,
	.pid = 0x0053,
	.endpoint_count = 12,
	.endpoints =
		{
			{0x81, BRIDGED_USB_BULK, 64},
			{0x01, BRIDGED_USB_BULK, 64},
			{0x82, BRIDGED_USB_BULK, 64},
			{0x02, BRIDGED_USB_BULK, 64},
			{0x83, BRIDGED_USB_BULK, 64},
			{0x03, BRIDGED_USB_BULK, 64},
			{0x84, BRIDGED_USB_BULK, 64},
			{0x04, BRIDGED_USB_BULK, 64},
			{0x85, BRIDGED_USB_BULK, 64},
			{0x05, BRIDGED_USB_BULK, 64},
			{0x86, BRIDGED_USB_BULK, 64},
			{0x06, BRIDGED_USB_BULK, 64},
		},
	.product = "Chuangxin Tech USBCAN/CANalyst-II",
};

uint8_t *usb_peer_answer(uint8_t *at, const struct bridged_usb_record *request, int status,
			 const void *data, size_t len)
{
	struct bridged_usb_record answer = *request;

	answer.status = (int16_t)status;
	answer.len = (uint16_t)len;
	memcpy(at, &answer, sizeof(answer));
	if (len)
		memcpy(at + sizeof(answer), data, len);
	return at + sizeof(answer) + len;
}

/* What a gs_usb device reports: numbers, little endian. */
struct gs_device {
	uint8_t last_channel;
	uint32_t sw_version;
	uint32_t limits[18]; /* BT_CONST, and what BT_CONST_EXT has besides */
};

static const struct gs_device candlelight = {
	.sw_version = 2,
	.limits = {0x1f | 1U << 5, 48000000, 1, 16, 1, 8, 4, 1, 1024, 1},
};

static const struct gs_device fd = {
	.last_channel = 2,
	.sw_version = 2,
	.limits = {0x3f | 1U << 8 | 1U << 10 | 1U << 11 | 1U << 12 | 1U << 13, 80000000, 1, 256, 2,
		   128, 128, 1, 512, 1, 1, 32, 1, 16, 16, 1, 32, 1},
};

static const struct gs_device cantact = {
	.last_channel = 1,
	.sw_version = 2,
	.limits = {0x03 | 1U << 8, 80000000, 2, 256, 2, 128, 128, 1, 512, 1},
};

static size_t gs_reply(const struct gs_device *device, uint8_t request, uint8_t *data)
{
	size_t numbers = request == 4 ? 10 : 18;

	switch (request) {
	case 4:
	case 11:
		for (size_t i = 0; i < numbers; i++)
			anycan_put_le32(data + 4 * i, device->limits[i]);
		return 4 * numbers;
	case 6: /* the clock stands still, shortly before its wrap */
		anycan_put_le32(data, 0xffff0000);
		return 4;
	case 5:
		memset(data, 0, 12);
		data[3] = device->last_channel;
		anycan_put_le32(data + 4, device->sw_version);
		anycan_put_le32(data + 8, 1);
		return 12;
	default: /* GET_STATE */
		memset(data, 0, 12);
		return 12;
	}
}

static size_t gs_usb(const struct gs_device *device, const uint8_t *sent, size_t len,
		     uint8_t *reply, size_t room)
{
	struct bridged_usb_record request;
	uint8_t *at = reply, data[72];
	const uint8_t *body;
	size_t done = 0;
	int used;

	while ((used = bridged_usb_answer(sent + done, len - done, &request, &body)) > 0) {
		if ((size_t)(at - reply) + ANSWER_MAX > room)
			break; /* an adapter that does not answer everything */
		done += (size_t)used;
		if (request.type == BRIDGED_USB_CONTROL && request.request_type & 0x80) {
			at = usb_peer_answer(at, &request, 0, data,
					     gs_reply(device, request.request, data));
		} else if (request.type == BRIDGED_USB_CONTROL) {
			at = usb_peer_answer(at, &request, 0, NULL, 0);
		} else if (request.type == BRIDGED_USB_OUT) {
			/* The echo says that the frame was sent. */
			request.type = BRIDGED_USB_LISTEN;
			at = usb_peer_answer(at, &request, 0, body, request.len);
		}
	}
	return (size_t)(at - reply);
}

size_t usb_peer_candlelight(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return gs_usb(&candlelight, sent, len, reply, room);
}

size_t usb_peer_fd(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return gs_usb(&fd, sent, len, reply, room);
}

size_t usb_peer_cantact(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	return gs_usb(&cantact, sent, len, reply, room);
}

size_t usb_peer_canalystii(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	static const uint8_t nothing[64] = {0x0a};
	struct bridged_usb_record request;
	const uint8_t *body;
	uint8_t *at = reply;
	size_t done = 0;
	int used;

	while ((used = bridged_usb_answer(sent + done, len - done, &request, &body)) > 0) {
		if ((size_t)(at - reply) + ANSWER_MAX > room)
			break; /* an adapter that does not answer everything */
		done += (size_t)used;
		if (request.type == BRIDGED_USB_IN)
			at = usb_peer_answer(at, &request, 0, nothing, sizeof(nothing));
		else if (!(request.flags & BRIDGED_USB_QUIET))
			at = usb_peer_answer(at, &request, 0, NULL, 0);
	}
	return (size_t)(at - reply);
}

size_t usb_peer_silent(const uint8_t *sent, size_t len, uint8_t *reply, size_t room)
{
	struct bridged_usb_record request;
	const uint8_t *body;
	uint8_t *at = reply;
	size_t done = 0;
	int used;

	while ((used = bridged_usb_answer(sent + done, len - done, &request, &body)) > 0) {
		if ((size_t)(at - reply) + ANSWER_MAX > room)
			break;
		done += (size_t)used;
		at = usb_peer_answer(at, &request, -EPIPE, NULL, 0);
	}
	return (size_t)(at - reply);
}
