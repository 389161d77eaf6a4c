// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A simulated USB device: the transfers that the host has under way, packet by packet.
 *
 * A transfer to the host ends with a packet shorter than the endpoint's; one that is a multiple of
 * it does not end, and the next one continues in the same URB, as on the wire. A packet for which
 * the URB has no room ends it with an overflow.
 */
#include "usb_device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	GET_STATUS = 0,
	CLEAR_FEATURE = 1,
	SET_FEATURE = 3,
	SET_ADDRESS = 5,
	GET_DESCRIPTOR = 6,
	GET_CONFIGURATION = 8,
	SET_CONFIGURATION = 9,
	GET_INTERFACE = 10,
	SET_INTERFACE = 11
};

enum {
	TYPE_MASK = 0x60,
	TYPE_TO_HOST = 0x80,
	RECIPIENT_MASK = 0x1f,
	RECIPIENT_ENDPOINT = 2
};

static void endpoint_append(struct usb_endpoint *ep, struct usb_urb *urb)
{
	urb->next = NULL;
	if (ep->first)
		ep->last->next = urb;
	else
		ep->first = urb;
	ep->last = urb;
}

static struct usb_urb *endpoint_take(struct usb_endpoint *ep)
{
	struct usb_urb *urb = ep->first;

	if (urb)
		ep->first = urb->next;
	return urb;
}

static void endpoint_finish(struct usb_device *device, struct usb_endpoint *ep, int status)
{
	device->complete(device, endpoint_take(ep), status);
}

struct usb_endpoint *usb_device_endpoint(struct usb_device *device, uint8_t address)
{
	for (unsigned int i = 0; i < device->endpoint_count; i++) {
		if (device->endpoints[i].address == address)
			return &device->endpoints[i];
	}
	return NULL;
}

void usb_device_random(uint32_t seed, uint8_t *data, size_t len)
{
	uint32_t state = seed ? seed : 1;

	while (len--) {
		/* xorshift32, so that a seed gives the same bytes everywhere */
		state ^= state << 13;
		state ^= state >> 17;
		state ^= state << 5;
		*data++ = (uint8_t)(state >> 11);
	}
}

void usb_device_log(struct usb_device *device, uint8_t endpoint, const struct usb_setup *setup,
		    const uint8_t *data, size_t len)
{
	struct usb_log_entry *entry = &device->log[device->logged++ % USB_LOG];

	*entry = (struct usb_log_entry){.endpoint = endpoint, .len = (uint16_t)len};
	if (setup)
		entry->setup = *setup;
	memcpy(entry->data, data, len < USB_LOG_BYTES ? len : USB_LOG_BYTES);
}

/* ---- control transfers */

static void device_set_configuration(struct usb_device *device, unsigned int value)
{
	for (unsigned int i = 0; i < device->endpoint_count; i++) {
		device->endpoints[i].halted = false;
		device->endpoints[i].busy = false;
	}
	device->configuration = value;
	device->ops->configured(device, value);
}

static int device_feature(struct usb_device *device, const struct usb_setup *setup)
{
	struct usb_endpoint *ep = usb_device_endpoint(device, (uint8_t)setup->index);

	if ((setup->type & RECIPIENT_MASK) != RECIPIENT_ENDPOINT || setup->value)
		return 0; /* remote wake-up: allowed, without effect */
	if (!ep)
		return -EPIPE;
	ep->halted = setup->request == SET_FEATURE;
	return 0;
}

static int device_status(struct usb_device *device, const struct usb_setup *setup, uint8_t *data)
{
	struct usb_endpoint *ep = usb_device_endpoint(device, (uint8_t)setup->index);
	bool halted = (setup->type & RECIPIENT_MASK) == RECIPIENT_ENDPOINT && ep && ep->halted;

	usb_put16(data, halted);
	return 2;
}

static int device_standard(struct usb_device *device, const struct usb_setup *setup, uint8_t *data)
{
	switch (setup->request) {
	case GET_STATUS:
		return device_status(device, setup, data);
	case CLEAR_FEATURE:
	case SET_FEATURE:
		return device_feature(device, setup);
	case SET_ADDRESS:
		return 0;
	case GET_DESCRIPTOR:
		return usb_descriptor(device, setup->value, data);
	case GET_CONFIGURATION:
		data[0] = (uint8_t)device->configuration;
		return 1;
	case SET_CONFIGURATION:
		if (setup->value > 1)
			return -EPIPE;
		device_set_configuration(device, setup->value);
		return 0;
	case GET_INTERFACE:
		data[0] = 0;
		return 1;
	case SET_INTERFACE:
		return setup->value ? -EPIPE : 0;
	default:
		return -EPIPE;
	}
}

static int device_special(struct usb_device *device, const struct usb_setup *setup, uint8_t *data)
{
	struct usb_faults *faults = &device->faults;
	int len;

	if (faults->refuse) {
		faults->refuse--;
		return -EPIPE;
	}
	len = device->ops->control(device, setup, data);
	if (faults->nonsense && len > 0) {
		faults->nonsense--;
		usb_device_random(faults->seed++, data, (size_t)len);
	}
	return len;
}

static void device_control(struct usb_device *device, struct usb_urb *urb)
{
	const struct usb_setup *setup = &urb->setup;
	bool standard = !(setup->type & TYPE_MASK);
	uint8_t data[USB_CONTROL_MAX] = {0};
	int len;

	if (!urb->in)
		memcpy(data, urb->data, urb->length < sizeof(data) ? urb->length : sizeof(data));
	len = standard ? device_standard(device, setup, data) : device_special(device, setup, data);
	device->requests++;
	device->refused += len < 0;
	if (!urb->in)
		urb->actual = urb->length;
	else if (len > 0)
		urb->actual = (uint32_t)len < urb->length ? (uint32_t)len : urb->length;
	if (urb->in && len > 0)
		memcpy(urb->data, data, urb->actual);
	if (!standard || (setup->request != GET_DESCRIPTOR && setup->request != GET_STATUS)) {
		usb_device_log(device, 0, setup, urb->data, len < 0 && urb->in ? 0 : urb->actual);
		device->log[(device->logged - 1) % USB_LOG].refused = len < 0;
	}
	if (len < 0)
		urb->actual = 0;
	device->complete(device, urb, len < 0 ? -EPIPE : 0);
}

/* ---- bulk transfers */

/* Gets the next transfer to the host ready; false = NAK. */
static bool endpoint_load(struct usb_device *device, struct usb_endpoint *ep)
{
	struct usb_faults *faults = &device->faults;
	int len;

	if (faults->garbage) {
		len = (int)faults->garbage;
		usb_device_random(faults->seed, ep->transfer, faults->garbage);
		faults->garbage = 0;
	} else {
		len = device->ops->in(device, ep->address & 0x7f, ep->transfer);
	}
	if (len < 0)
		return false;
	ep->transfer_len = (size_t)len;
	if (faults->cut) {
		faults->cut--;
		if (faults->cut_len < ep->transfer_len)
			ep->transfer_len = faults->cut_len;
	} else if (faults->stretch && faults->stretch_len > ep->transfer_len) {
		faults->stretch--;
		memset(ep->transfer + len, 0xa5, faults->stretch_len - ep->transfer_len);
		ep->transfer_len = faults->stretch_len;
	}
	ep->transfer_sent = 0;
	ep->busy = true;
	return true;
}

/* Sends packets until the URB is over; returns whether it is, with its status. */
static bool endpoint_send(struct usb_device *device, struct usb_endpoint *ep, int *status)
{
	struct usb_urb *urb = ep->first;

	*status = 0;
	while (ep->busy || endpoint_load(device, ep)) {
		size_t left = ep->transfer_len - ep->transfer_sent;
		size_t packet = left < ep->packet ? left : ep->packet;
		size_t room = urb->length - urb->actual;
		size_t fits = packet < room ? packet : room;

		memcpy(urb->data + urb->actual, ep->transfer + ep->transfer_sent, fits);
		urb->actual += (uint32_t)fits;
		ep->transfer_sent += packet;
		ep->busy = ep->transfer_sent < ep->transfer_len;
		if (packet > room) {
			device->overflows++;
			*status = -EOVERFLOW;
		}
		if (*status || packet < ep->packet || urb->actual == urb->length)
			return true;
	}
	return false;
}

static bool endpoint_in(struct usb_device *device, struct usb_endpoint *ep)
{
	bool moved = false;
	int status;

	while (ep->first) {
		if (ep->halted)
			status = -EPIPE;
		else if (!endpoint_send(device, ep, &status))
			break;
		device->transfers_in++;
		endpoint_finish(device, ep, status);
		moved = true;
	}
	return moved;
}

/* Hands over the rest of the URB; returns whether all of it is taken now. */
static bool endpoint_hand_over(struct usb_device *device, struct usb_endpoint *ep)
{
	struct usb_urb *urb = ep->first;

	do {
		int taken = device->ops->out(device, ep->address, urb->data + urb->actual,
					     urb->length - urb->actual);

		if (taken < 0)
			return false;
		urb->actual += (uint32_t)taken;
	} while (urb->actual < urb->length);
	return true;
}

static bool endpoint_out(struct usb_device *device, struct usb_endpoint *ep)
{
	bool moved = false;

	while (ep->first && (ep->halted || endpoint_hand_over(device, ep))) {
		device->transfers_out++;
		endpoint_finish(device, ep, ep->halted ? -EPIPE : 0);
		moved = true;
	}
	return moved;
}

void usb_device_flush(struct usb_device *device)
{
	bool moved = true;

	while (moved && !device->faults.stuck) {
		moved = device->control.first;
		while (device->control.first && !device->faults.stuck)
			device_control(device, endpoint_take(&device->control));
		for (unsigned int i = 0; i < device->endpoint_count; i++) {
			struct usb_endpoint *ep = &device->endpoints[i];

			if (!ep->first)
				continue;
			moved |= ep->address & 0x80 ? endpoint_in(device, ep)
						    : endpoint_out(device, ep);
		}
	}
}

void usb_device_submit(struct usb_device *device, struct usb_urb *urb)
{
	struct usb_endpoint *ep = &device->control;

	urb->actual = 0;
	if (urb->endpoint)
		ep = usb_device_endpoint(device, urb->endpoint | (urb->in ? 0x80 : 0));
	if (ep)
		endpoint_append(ep, urb);
	else
		device->complete(device, urb, -EPIPE);
}

static bool endpoint_unlink(struct usb_endpoint *ep, uint32_t seqnum)
{
	struct usb_urb *before = NULL, *urb = ep->first;

	while (urb && urb->seqnum != seqnum) {
		before = urb;
		urb = urb->next;
	}
	if (!urb)
		return false;
	if (before)
		before->next = urb->next;
	else
		ep->first = urb->next;
	if (ep->last == urb)
		ep->last = before;
	free(urb);
	return true;
}

bool usb_device_unlink(struct usb_device *device, uint32_t seqnum)
{
	bool found = endpoint_unlink(&device->control, seqnum);

	for (unsigned int i = 0; !found && i < device->endpoint_count; i++)
		found = endpoint_unlink(&device->endpoints[i], seqnum);
	device->unlinked += found;
	return found;
}

static void endpoint_clear(struct usb_endpoint *ep)
{
	struct usb_urb *urb;

	while ((urb = endpoint_take(ep)))
		free(urb);
	ep->halted = false;
	ep->busy = false;
}

void usb_device_gone(struct usb_device *device)
{
	endpoint_clear(&device->control);
	for (unsigned int i = 0; i < device->endpoint_count; i++)
		endpoint_clear(&device->endpoints[i]);
	device->faults = (struct usb_faults){0};
	device_set_configuration(device, 0);
}

int usb_device_init(struct usb_device *device)
{
	for (unsigned int i = 0; i < device->endpoint_count; i++) {
		if (!(device->endpoints[i].address & 0x80))
			continue;
		device->endpoints[i].transfer = malloc(USB_CONTROL_MAX);
		if (!device->endpoints[i].transfer)
			return -ENOMEM;
	}
	return 0;
}

void usb_device_exit(struct usb_device *device)
{
	for (unsigned int i = 0; i < device->endpoint_count; i++)
		free(device->endpoints[i].transfer);
}
