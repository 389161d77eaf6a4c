// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What all simulated USB adapters share: plugging in at vhci_hcd or behind a Unix socket, keys,
 * faults, the log of what the host asked, numbers.
 */
#include "usb_adapter.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <anycan/hex.h>

static void wire_gone(struct usbip *wire)
{
	struct usb_adapter *u = wire->owner;

	u->hangups++;
}

static const struct usbip_ops wire_ops = {
	.gone = wire_gone,
};

static void device_complete(struct usb_device *device, struct usb_urb *urb, int status)
{
	struct usb_adapter *u =
		(struct usb_adapter *)((char *)device - offsetof(struct usb_adapter, device));

	usbip_complete(&u->wire, urb, status);
}

/* ---- the Unix socket: one host at a time */

static void door_accept(struct sim_watch *watch, uint32_t events)
{
	struct usb_adapter *u =
		(struct usb_adapter *)((char *)watch - offsetof(struct usb_adapter, door));
	int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	(void)events;
	if (fd < 0)
		return;
	if (usbip_is_open(&u->wire) || usbip_open(&u->wire, fd))
		close(fd);
}

static int door_open(struct usb_adapter *u, struct sim_why *why)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(u->path) >= sizeof(address.sun_path))
		return sim_why(why, -ENAMETOOLONG, "%s is too long for a socket", u->path);
	memcpy(address.sun_path, u->path, strlen(u->path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sim_why(why, -errno, "socket: %s", strerror(errno));
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1)) {
		err = -errno;
		goto err_close;
	}
	u->door.ready = door_accept;
	err = sim_loop_watch(&u->adapter.sim->loop, &u->door, fd, EPOLLIN);
	if (err)
		goto err_unlink;
	return 0;

err_unlink:
	unlink(u->path);
err_close:
	close(fd);
	return sim_why(why, err, "%s: %s", u->path, strerror(-err));
}

static void door_close(struct usb_adapter *u)
{
	int fd = u->door.fd;

	sim_loop_forget(&u->adapter.sim->loop, &u->door);
	close(fd);
	unlink(u->path);
}

/* ---- plugging */

static int adapter_plug(struct usb_adapter *u, struct sim_why *why)
{
	int fd, err;

	if (u->path) {
		err = door_open(u, why);
	} else {
		err = vhci_attach(u->device.speed, &u->port, &fd, why);
		if (!err && usbip_open(&u->wire, fd)) {
			close(fd);
			err = sim_why(why, -ENOMEM, "out of memory");
		}
	}
	u->adapter.plugged = !err;
	return err;
}

int usb_adapter_unplug(struct sim_adapter *adapter)
{
	struct usb_adapter *u = (struct usb_adapter *)adapter;

	if (u->path)
		door_close(u);
	else
		vhci_detach(u->port);
	usbip_close(&u->wire);
	adapter->plugged = false;
	return 0;
}

int usb_adapter_replug(struct sim_adapter *adapter)
{
	struct sim_why why;

	return adapter_plug((struct usb_adapter *)adapter, &why);
}

int usb_adapter_move(struct sim_adapter *adapter, unsigned int port)
{
	struct usb_adapter *u = (struct usb_adapter *)adapter;

	if (u->path)
		return -EOPNOTSUPP;
	u->port = (int)port;
	return 0;
}

void usb_adapter_flush(struct sim_adapter *adapter)
{
	usbip_flush(&((struct usb_adapter *)adapter)->wire);
}

int usb_adapter_open(struct usb_adapter *u, struct sim_why *why)
{
	u->wire.ops = &wire_ops;
	u->wire.owner = u;
	u->wire.loop = &u->adapter.sim->loop;
	u->wire.device = &u->device;
	u->wire.stream.fd = -1;
	u->door.fd = -1;
	u->device.complete = device_complete;
	if (usb_device_init(&u->device))
		return sim_why(why, -ENOMEM, "out of memory");
	return adapter_plug(u, why);
}

void usb_adapter_close(struct usb_adapter *u)
{
	if (u->adapter.plugged)
		usb_adapter_unplug(&u->adapter);
	usb_device_exit(&u->device);
	free(u->path);
	for (unsigned int i = 0; i < USB_ADAPTER_TEXTS; i++)
		free(u->texts[i]);
}

/* ---- keys */

static int options_texts(struct usb_adapter *u, struct sim_args *args, struct sim_why *why)
{
	static const char *const keys[USB_ADAPTER_TEXTS] = {"manufacturer", "product", "serial"};

	for (unsigned int i = 0; i < USB_ADAPTER_TEXTS; i++) {
		const char *text = sim_args_text(args, keys[i]);

		if (!text)
			continue;
		u->texts[i] = strdup(text);
		if (!u->texts[i])
			return sim_why(why, -ENOMEM, "out of memory");
		u->device.strings[i] = (struct usb_string){(uint8_t)(i + 1), u->texts[i]};
	}
	return 0;
}

static int options_speed(struct usb_adapter *u, struct sim_args *args, struct sim_why *why)
{
	const char *word = sim_args_text(args, "speed");

	if (!word)
		return 0;
	if (strcmp(word, "full") && strcmp(word, "high"))
		return sim_why(why, -EINVAL, "%s: speed is full or high, not %s", args->type, word);
	u->device.speed = *word == 'h' ? USB_HIGH_SPEED : USB_FULL_SPEED;
	for (unsigned int i = 0; i < u->device.endpoint_count; i++)
		u->device.endpoints[i].packet = *word == 'h' ? 512 : 64;
	return 0;
}

static int options_wrong(struct usb_adapter *u, struct sim_args *args, struct sim_why *why)
{
	static const char *const words[] = {"", "no-in", "no-out", "interrupt", "cut", "size"};
	const char *word = sim_args_text(args, "wrong");

	for (unsigned int i = 1; word && i < sizeof(words) / sizeof(words[0]); i++) {
		if (!strcmp(words[i], word))
			u->device.wrong = (enum usb_wrong)i;
	}
	if (word && !u->device.wrong)
		return sim_why(why, -EINVAL, "%s: wrong is %s", args->type,
			       "no-in, no-out, interrupt, cut or size");
	return 0;
}

static int options_place(struct usb_adapter *u, struct sim_args *args, struct sim_why *why)
{
	const char *path = sim_args_text(args, "socket");
	uint64_t port = UINT64_MAX;
	int err = sim_args_number(args, "port", 127, &port, why);

	if (err)
		return err;
	if (path && port != UINT64_MAX)
		return sim_why(why, -EINVAL, "%s: either port=N or socket=PATH", args->type);
	u->port = port == UINT64_MAX ? -1 : (int)port;
	u->path = path ? strdup(path) : NULL;
	return 0;
}

int usb_adapter_options(struct usb_adapter *u, struct sim_args *args, struct sim_why *why)
{
	uint64_t vid = u->device.vid, pid = u->device.pid;
	int err = options_place(u, args, why);

	u->lossless = u->adapter.sim->lossless;
	if (!err)
		err = sim_args_flag(args, "lossless", &u->lossless, why);
	if (!err)
		err = sim_args_number(args, "vid", UINT16_MAX, &vid, why);
	if (!err)
		err = sim_args_number(args, "pid", UINT16_MAX, &pid, why);
	if (!err)
		err = options_texts(u, args, why);
	if (!err)
		err = options_speed(u, args, why);
	if (!err)
		err = options_wrong(u, args, why);
	u->device.vid = (uint16_t)vid;
	u->device.pid = (uint16_t)pid;
	return err;
}

/* ---- faults */

static int fault_halt(struct usb_device *device, uint32_t address, bool on)
{
	struct usb_endpoint *ep = usb_device_endpoint(device, (uint8_t)address);

	if (!ep)
		return -ENXIO;
	ep->halted = on;
	return 0;
}

static int fault_bytes(const struct sim_fault *fault, unsigned int *count, size_t *len)
{
	if (fault->number > USB_CONTROL_MAX)
		return -EMSGSIZE;
	*count = fault->count;
	*len = fault->number;
	return 0;
}

int usb_adapter_fault(struct sim_adapter *adapter, const struct sim_fault *fault)
{
	struct usb_adapter *u = (struct usb_adapter *)adapter;
	struct usb_faults *faults = &u->device.faults;

	faults->seed = fault->seed;
	switch (fault->kind) {
	case SIM_FAULT_GARBAGE:
		return fault_bytes(fault, &(unsigned int){0}, &faults->garbage);
	case SIM_FAULT_HALFLINE:
		return fault_bytes(&(struct sim_fault){.number = 6, .count = 1}, &faults->cut,
				   &faults->cut_len);
	case SIM_FAULT_STUCK:
		faults->stuck = true;
		return 0;
	case SIM_FAULT_RESUME:
		*faults = (struct usb_faults){0};
		return 0;
	case SIM_FAULT_STALL:
		return fault_halt(&u->device, fault->number, true);
	case SIM_FAULT_UNSTALL:
		return fault_halt(&u->device, fault->number, false);
	case SIM_FAULT_SHORT:
		return fault_bytes(fault, &faults->cut, &faults->cut_len);
	case SIM_FAULT_LONG:
		return fault_bytes(fault, &faults->stretch, &faults->stretch_len);
	case SIM_FAULT_NONSENSE:
		faults->nonsense = fault->count;
		return 0;
	case SIM_FAULT_REFUSE:
		faults->refuse = fault->count;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* ---- what the control socket reads */

void usb_adapter_add(struct json_object *into, const char *key, uint64_t value)
{
	json_object_object_add(into, key, json_object_new_int64((int64_t)value));
}

static void log_hex(struct json_object *into, const char *key, const uint8_t *data, size_t len)
{
	char text[2 * USB_LOG_BYTES + 1];

	anycan_hex_put_bytes(text, data, len);
	json_object_object_add(into, key, json_object_new_string_len(text, (int)(2 * len)));
}

static struct json_object *log_entry(const struct usb_log_entry *entry)
{
	struct json_object *into = json_object_new_object();
	const struct usb_setup *setup = &entry->setup;
	uint8_t bytes[8] = {setup->type, setup->request};

	usb_put16(bytes + 2, setup->value);
	usb_put16(bytes + 4, setup->index);
	usb_put16(bytes + 6, setup->length);
	usb_adapter_add(into, "endpoint", entry->endpoint);
	if (!entry->endpoint)
		log_hex(into, "setup", bytes, sizeof(bytes));
	log_hex(into, "data", entry->data, entry->len < USB_LOG_BYTES ? entry->len : USB_LOG_BYTES);
	usb_adapter_add(into, "len", entry->len);
	json_object_object_add(into, "refused", json_object_new_boolean(entry->refused));
	return into;
}

void usb_adapter_log(struct sim_adapter *adapter, unsigned int count, struct json_object *into)
{
	const struct usb_device *device = &((struct usb_adapter *)adapter)->device;
	struct json_object *list = json_object_new_array();
	uint64_t have = device->logged < USB_LOG ? device->logged : USB_LOG;

	if (have > count)
		have = count;
	for (uint64_t i = device->logged - have; i < device->logged; i++)
		json_object_array_add(list, log_entry(&device->log[i % USB_LOG]));
	json_object_object_add(into, "log", list);
	usb_adapter_add(into, "logged", device->logged);
}

static struct json_object *stats_endpoint(const struct usb_endpoint *ep)
{
	struct json_object *into = json_object_new_object();
	uint64_t urbs = 0;

	for (const struct usb_urb *urb = ep->first; urb; urb = urb->next)
		urbs++;
	usb_adapter_add(into, "address", ep->address);
	usb_adapter_add(into, "urbs", urbs);
	json_object_object_add(into, "halted", json_object_new_boolean(ep->halted));
	return into;
}

void usb_adapter_stats(const struct usb_adapter *u, struct json_object *into)
{
	const struct usb_device *device = &u->device;
	struct json_object *endpoints = json_object_new_array();

	json_object_object_add(into, "host", json_object_new_boolean(usbip_is_open(&u->wire)));
	if (u->path)
		json_object_object_add(into, "address", json_object_new_string(u->path));
	else
		json_object_object_add(into, "port", json_object_new_int(u->port));
	for (unsigned int i = 0; i < device->endpoint_count; i++)
		json_object_array_add(endpoints, stats_endpoint(&device->endpoints[i]));
	json_object_object_add(into, "endpoints", endpoints);
	usb_adapter_add(into, "configuration", device->configuration);
	usb_adapter_add(into, "requests", device->requests);
	usb_adapter_add(into, "refused", device->refused);
	usb_adapter_add(into, "transfers_in", device->transfers_in);
	usb_adapter_add(into, "transfers_out", device->transfers_out);
	usb_adapter_add(into, "overflows", device->overflows);
	usb_adapter_add(into, "unlinked", device->unlinked);
	usb_adapter_add(into, "hangups", u->hangups);
	usb_adapter_add(into, "bad_streams", u->wire.bad);
}
