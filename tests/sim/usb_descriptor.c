// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The descriptors of a simulated USB device, right ones and wrong ones.
 * Source: USB 2.0 specification, chapter 9.6.
 */
#include <errno.h>
#include <string.h>

#include "usb_device.h"

enum {
	TYPE_DEVICE = 1,
	TYPE_CONFIGURATION = 2,
	TYPE_STRING = 3,
	TYPE_INTERFACE = 4,
	TYPE_ENDPOINT = 5,
	TYPE_QUALIFIER = 6,
	TYPE_OTHER_SPEED = 7
};

enum {
	ATTRIBUTES_BULK = 2,
	ATTRIBUTES_INTERRUPT = 3,
	BULK_FULL = 64,
	BULK_HIGH = 512,
	STRING_CHARACTERS = 126
};

static int descriptor_device(const struct usb_device *device, uint8_t *data)
{
	memset(data, 0, 18);
	data[0] = 18;
	data[1] = TYPE_DEVICE;
	usb_put16(data + 2, 0x0200);
	data[4] = device->class;
	data[7] = 64; /* of endpoint 0 */
	usb_put16(data + 8, device->vid);
	usb_put16(data + 10, device->pid);
	usb_put16(data + 12, device->release);
	for (unsigned int i = 0; i < 3; i++)
		data[14 + i] = device->strings[i].text ? device->strings[i].index : 0;
	data[17] = 1;
	return 18;
}

static int descriptor_qualifier(const struct usb_device *device, uint8_t *data)
{
	if (!device->other_speed)
		return -EPIPE;
	memset(data, 0, 10);
	data[0] = 10;
	data[1] = TYPE_QUALIFIER;
	usb_put16(data + 2, 0x0200);
	data[4] = device->class;
	data[7] = 64;
	data[8] = 1;
	return 10;
}

static bool descriptor_leaves_out(const struct usb_device *device, const struct usb_endpoint *ep)
{
	bool in = ep->address & 0x80;

	return (device->wrong == USB_WRONG_NO_IN && in) ||
	       (device->wrong == USB_WRONG_NO_OUT && !in);
}

static size_t descriptor_endpoint(const struct usb_device *device, const struct usb_endpoint *ep,
				  bool other, uint8_t *data)
{
	uint16_t packet = ep->packet;

	if (other)
		packet = device->speed == USB_HIGH_SPEED ? BULK_FULL : BULK_HIGH;
	if (device->wrong == USB_WRONG_SIZE)
		packet = 0;
	data[0] = 7;
	data[1] = TYPE_ENDPOINT;
	data[2] = ep->address;
	data[3] = device->wrong == USB_WRONG_INTERRUPT ? ATTRIBUTES_INTERRUPT : ATTRIBUTES_BULK;
	usb_put16(data + 4, packet);
	data[6] = device->wrong == USB_WRONG_INTERRUPT ? 1 : 0;
	return 7;
}

static size_t descriptor_interface(const struct usb_device *device, unsigned int number,
				   unsigned int first, bool other, uint8_t *data)
{
	const struct usb_interface *interface = &device->interfaces[number];
	size_t len = 9;

	memset(data, 0, len);
	data[0] = 9;
	data[1] = TYPE_INTERFACE;
	data[2] = (uint8_t)number;
	data[5] = interface->class;
	data[6] = interface->subclass;
	data[7] = interface->protocol;
	data[8] = interface->string;
	for (unsigned int i = first; i < first + interface->endpoints; i++) {
		if (descriptor_leaves_out(device, &device->endpoints[i]))
			continue;
		len += descriptor_endpoint(device, &device->endpoints[i], other, data + len);
		data[4]++;
	}
	if (interface->extra_len)
		memcpy(data + len, interface->extra, interface->extra_len);
	return len + interface->extra_len;
}

static int descriptor_configuration(const struct usb_device *device, bool other, uint8_t *data)
{
	unsigned int endpoint = 0;
	size_t len = 9;

	for (unsigned int i = 0; i < device->interface_count; i++) {
		len += descriptor_interface(device, i, endpoint, other, data + len);
		endpoint += device->interfaces[i].endpoints;
	}
	data[0] = 9;
	data[1] = other ? TYPE_OTHER_SPEED : TYPE_CONFIGURATION;
	usb_put16(data + 2, (uint16_t)len);
	data[4] = (uint8_t)device->interface_count;
	data[5] = 1;
	data[6] = device->strings[3].text ? device->strings[3].index : 0;
	data[7] = device->attributes;
	data[8] = device->power;
	return (int)(device->wrong == USB_WRONG_CUT ? len - 7 : len);
}

/* Latin-1 is enough for every name at hand. */
static int descriptor_string(const struct usb_device *device, uint8_t index, uint8_t *data)
{
	const char *text = NULL;
	size_t len;

	data[1] = TYPE_STRING;
	if (!index) {
		data[0] = 4;
		usb_put16(data + 2, 0x0409); /* English, United States */
		return 4;
	}
	for (unsigned int i = 0; i < USB_STRINGS; i++) {
		if (device->strings[i].text && device->strings[i].index == index)
			text = device->strings[i].text;
	}
	if (!text)
		return -EPIPE;
	len = strlen(text) < STRING_CHARACTERS ? strlen(text) : STRING_CHARACTERS;
	data[0] = (uint8_t)(2 + 2 * len);
	for (size_t i = 0; i < len; i++)
		usb_put16(data + 2 + 2 * i, (uint8_t)text[i]);
	return data[0];
}

int usb_descriptor(const struct usb_device *device, uint16_t value, uint8_t *data)
{
	switch (value >> 8) {
	case TYPE_DEVICE:
		return descriptor_device(device, data);
	case TYPE_CONFIGURATION:
		return descriptor_configuration(device, false, data);
	case TYPE_STRING:
		return descriptor_string(device, (uint8_t)value, data);
	case TYPE_QUALIFIER:
		return descriptor_qualifier(device, data);
	case TYPE_OTHER_SPEED:
		return device->other_speed ? descriptor_configuration(device, true, data) : -EPIPE;
	default:
		return -EPIPE;
	}
}
