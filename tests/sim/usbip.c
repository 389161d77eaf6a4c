// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The messages of USB/IP: CMD_SUBMIT and CMD_UNLINK from the host, RET_SUBMIT and RET_UNLINK to it.
 */
#include "usbip.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CMD_SUBMIT = 1,
	CMD_UNLINK = 2,
	RET_SUBMIT = 3,
	RET_UNLINK = 4,
	HEADER = 48,
	SETUP = 40,
	TRANSFER_MAX = 1 << 20,
	CHUNK = 65536
};

static uint32_t header_get(const uint8_t *header, unsigned int word)
{
	uint32_t value;

	memcpy(&value, header + 4 * word, 4);
	return be32toh(value);
}

static void header_put(uint8_t *header, unsigned int word, uint32_t value)
{
	value = htobe32(value);
	memcpy(header + 4 * word, &value, 4);
}

static bool buffer_grow(uint8_t **buffer, size_t *size, size_t need)
{
	size_t bigger = *size ? *size : CHUNK;
	uint8_t *moved;

	if (need <= *size)
		return true;
	while (bigger < need)
		bigger *= 2;
	moved = realloc(*buffer, bigger);
	if (!moved)
		return false;
	*buffer = moved;
	*size = bigger;
	return true;
}

/* Appends a header of zeros and room for data behind it; NULL if there is no memory. */
static uint8_t *usbip_append(struct usbip *wire, uint32_t command, uint32_t seqnum, size_t data)
{
	uint8_t *header;

	if (!buffer_grow(&wire->output, &wire->output_size, wire->output_len + HEADER + data)) {
		wire->dead = true;
		return NULL;
	}
	header = wire->output + wire->output_len;
	memset(header, 0, HEADER);
	header_put(header, 0, command);
	header_put(header, 1, seqnum);
	wire->output_len += HEADER + data;
	return header;
}

void usbip_complete(struct usbip *wire, struct usb_urb *urb, int status)
{
	size_t data = urb->in ? urb->actual : 0;
	uint8_t *header = usbip_append(wire, RET_SUBMIT, urb->seqnum, data);

	if (header) {
		header_put(header, 5, (uint32_t)status);
		header_put(header, 6, urb->actual);
		memcpy(header + HEADER, urb->data, data);
	}
	free(urb);
}

static void usbip_unlink(struct usbip *wire, const uint8_t *header)
{
	bool found = usb_device_unlink(wire->device, header_get(header, 5));
	uint8_t *answer = usbip_append(wire, RET_UNLINK, header_get(header, 1), 0);

	if (answer)
		header_put(answer, 5, found ? (uint32_t)-ECONNRESET : 0);
}

static void usbip_submit(struct usbip *wire, const uint8_t *header, uint32_t length)
{
	bool in = header_get(header, 3);
	struct usb_urb *urb = calloc(1, sizeof(*urb) + length + 1);

	if (!urb) {
		wire->dead = true;
		return;
	}
	urb->seqnum = header_get(header, 1);
	urb->in = in;
	urb->endpoint = header_get(header, 4) & 0x0f;
	urb->length = length;
	urb->setup = (struct usb_setup){.type = header[SETUP],
					.request = header[SETUP + 1],
					.value = usb_get16(header + SETUP + 2),
					.index = usb_get16(header + SETUP + 4),
					.length = usb_get16(header + SETUP + 6)};
	if (!in)
		memcpy(urb->data, header + HEADER, length);
	usb_device_submit(wire->device, urb);
}

/* Handles one message; returns its length, 0 if more bytes are needed for it. */
static size_t usbip_message(struct usbip *wire, const uint8_t *header, size_t len)
{
	uint32_t command, length, data;

	if (len < HEADER)
		return 0;
	command = header_get(header, 0);
	if (command == CMD_UNLINK) {
		usbip_unlink(wire, header);
		return HEADER;
	}
	length = header_get(header, 6);
	if (command != CMD_SUBMIT || length > TRANSFER_MAX) {
		wire->bad++;
		wire->dead = true;
		return 0;
	}
	data = header_get(header, 3) ? 0 : length;
	if (!buffer_grow(&wire->input, &wire->input_size, HEADER + data) || len < HEADER + data)
		return 0;
	usbip_submit(wire, header, length);
	return HEADER + data;
}

static void usbip_messages(struct usbip *wire)
{
	size_t used = 0, n;

	while (!wire->dead && (n = usbip_message(wire, wire->input + used, wire->input_len - used)))
		used += n;
	wire->input_len -= used;
	memmove(wire->input, wire->input + used, wire->input_len);
}

static void usbip_write(struct usbip *wire)
{
	size_t sent = 0;

	while (sent < wire->output_len && !wire->dead) {
		ssize_t n = send(wire->stream.fd, wire->output + sent, wire->output_len - sent,
				 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0)
			sent += (size_t)n;
		else if (errno == EAGAIN)
			break;
		else
			wire->dead = true;
	}
	wire->output_len -= sent;
	memmove(wire->output, wire->output + sent, wire->output_len);
	sim_loop_change(wire->loop, &wire->stream, EPOLLIN | (wire->output_len ? EPOLLOUT : 0));
}

void usbip_close(struct usbip *wire)
{
	int fd = wire->stream.fd;

	if (fd < 0)
		return;
	sim_loop_forget(wire->loop, &wire->stream);
	close(fd);
	free(wire->input);
	free(wire->output);
	wire->input = wire->output = NULL;
	wire->input_len = wire->output_len = 0;
	wire->input_size = wire->output_size = 0;
	wire->dead = false;
	usb_device_gone(wire->device);
}

void usbip_flush(struct usbip *wire)
{
	if (!usbip_is_open(wire))
		return;
	usb_device_flush(wire->device);
	if (wire->output_len)
		usbip_write(wire);
	if (wire->dead) {
		usbip_close(wire);
		wire->ops->gone(wire);
	}
}

/* The flush that follows every turn of the loop lets the device work. */
static void usbip_ready(struct sim_watch *watch, uint32_t events)
{
	struct usbip *wire = (struct usbip *)((char *)watch - offsetof(struct usbip, stream));
	ssize_t n;

	(void)events;
	if (wire->input_len == wire->input_size &&
	    !buffer_grow(&wire->input, &wire->input_size, wire->input_size + 1)) {
		wire->dead = true;
		return;
	}
	n = recv(watch->fd, wire->input + wire->input_len, wire->input_size - wire->input_len,
		 MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		wire->dead = true;
		return;
	}
	wire->input_len += (size_t)n;
	usbip_messages(wire);
}

int usbip_open(struct usbip *wire, int fd)
{
	wire->dead = false;
	wire->stream.ready = usbip_ready;
	if (!buffer_grow(&wire->input, &wire->input_size, CHUNK))
		return -ENOMEM;
	return sim_loop_watch(wire->loop, &wire->stream, fd, EPOLLIN);
}
