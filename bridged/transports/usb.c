// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * USB through libusb: the records of usb.h in, asynchronous transfers out, and back. libusb finds
 * nothing and opens nothing here: sysfs tells which device it is, the keeper opens its node, and
 * libusb wraps the descriptor. So it works without udev, and after privileges were dropped.
 */
#include "usb.h"
#include "keeper.h"
#include "transport.h"
#include "usb_find.h"

#include <errno.h>
#include <libusb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A control request that takes longer has failed. */
#define CONTROL_MS 1000

/* Reads that fail one after the other until the adapter is taken for dead. */
#define FAILURES_MAX 16

/* How long cancelled transfers may take to come back; a host controller is never slower. */
#define CANCEL_MS 1000

#define SLOTS (BRIDGED_USB_REQUESTS_MAX + 2 * BRIDGED_USB_LISTEN_MAX)

struct usb_options {
	bool detach;
};

static const struct bridged_option usb_options[] = {
	{.name = "detach-kernel-driver",
	 .type = BRIDGED_OPT_FLAG,
	 .offset = offsetof(struct usb_options, detach),
	 .fallback = "off",
	 .help = "take the adapter from a kernel driver, and give it back at the end (off)"},
	{0},
};

struct usb_transport;

/* A transfer with room for data; on one of three lists, or with libusb. */
struct usb_slot {
	struct usb_transport *owner;
	struct libusb_transfer *transfer;
	struct bridged_usb_record record;
	uint8_t *data; /* behind room for the setup packet of a control request */
	struct usb_slot *next;
};

struct usb_queue {
	struct usb_slot *first;
	struct usb_slot **end;
};

struct usb_transport {
	struct bridged_transport base;
	const struct usb_options *options;
	struct usb_selector selector;
	struct usb_found who; /* the adapter that was there first; vid 0 = none yet */

	libusb_context *context;
	libusb_device_handle *handle;
	int node;   /* descriptor of the device */
	int events; /* epoll over libusb's descriptors and .more */
	int more;   /* readable while answers wait that nobody has read */
	struct bridged_usb_device device;
	bool told;    /* the driver has the device record */
	bool gone;    /* unplugged */
	bool closing; /* what ends is not handed back any more */

	struct usb_slot slots[SLOTS];
	struct usb_slot *free;
	struct usb_queue done;
	unsigned int listening; /* slots that listen */
	unsigned int under_way; /* slots with libusb */
	unsigned int writes;	/* of those: requests other than LISTEN */
	unsigned int failures;	/* reads that failed in succession */
};

static struct usb_transport *self(struct bridged_transport *t)
{
	return (struct usb_transport *)t;
}

static bool usb_match(const char *address)
{
	(void)address;
	return true; /* what drivers of USB adapters have behind their colon */
}

static void append(struct usb_queue *queue, struct usb_slot *slot)
{
	slot->next = NULL;
	*queue->end = slot;
	queue->end = &slot->next;
}

static struct usb_slot *take_first(struct usb_queue *queue)
{
	struct usb_slot *slot = queue->first;

	queue->first = slot->next;
	if (!queue->first)
		queue->end = &queue->first;
	return slot;
}

static void release(struct usb_slot *slot)
{
	slot->next = slot->owner->free;
	slot->owner->free = slot;
}

/* ---- Making and freeing */

static int usb_create(struct bridged_transport **out, const char *address, const void *options,
		      char *reason)
{
	struct usb_selector selector;
	struct usb_transport *s;
	int ret = usb_selector_parse(&selector, address, reason);

	if (ret)
		return ret;
	s = calloc(1, sizeof(*s));
	if (!s)
		return -ENOMEM;
	s->options = options;
	s->selector = selector;
	s->node = s->events = s->more = -1;
	*out = &s->base;
	return 0;
}

static void free_slots(struct usb_transport *s)
{
	for (unsigned int i = 0; i < SLOTS; i++) {
		struct usb_slot *slot = &s->slots[i];

		if (slot->data)
			free(slot->data - LIBUSB_CONTROL_SETUP_SIZE);
		slot->data = NULL;
		libusb_free_transfer(slot->transfer);
		slot->transfer = NULL;
	}
}

static int make_slots(struct usb_transport *s)
{
	s->free = NULL;
	s->done.first = NULL;
	s->done.end = &s->done.first;
	s->listening = s->under_way = s->writes = s->failures = 0;
	for (unsigned int i = SLOTS; i--;) {
		struct usb_slot *slot = &s->slots[i];
		uint8_t *block = malloc(LIBUSB_CONTROL_SETUP_SIZE + BRIDGED_USB_DATA_MAX);

		slot->owner = s;
		slot->transfer = libusb_alloc_transfer(0);
		slot->data = block ? block + LIBUSB_CONTROL_SETUP_SIZE : NULL;
		if (!slot->transfer || !block)
			return -ENOMEM;
		release(slot);
	}
	return 0;
}

/* ---- libusb's descriptors, behind one of ours */

static void watch(int fd, short events, void *arg)
{
	struct usb_transport *s = arg;
	struct epoll_event event = {.data.fd = fd};

	event.events = (events & POLLIN ? EPOLLIN : 0) | (events & POLLOUT ? EPOLLOUT : 0);
	epoll_ctl(s->events, EPOLL_CTL_ADD, fd, &event);
}

static void unwatch(int fd, void *arg)
{
	struct usb_transport *s = arg;

	epoll_ctl(s->events, EPOLL_CTL_DEL, fd, NULL);
	/* libusb drops the device's own descriptor when the kernel says that it is gone. */
	if (fd == s->node && !s->closing)
		s->gone = true;
}

static int watch_all(struct usb_transport *s)
{
	const struct libusb_pollfd **fds;
	struct epoll_event event = {.events = EPOLLIN};

	s->events = epoll_create1(EPOLL_CLOEXEC);
	s->more = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->events < 0 || s->more < 0 || epoll_ctl(s->events, EPOLL_CTL_ADD, s->more, &event))
		return -errno;
	fds = libusb_get_pollfds(s->context);
	if (!fds)
		return -ENOMEM;
	for (unsigned int i = 0; fds[i]; i++)
		watch(fds[i]->fd, fds[i]->events, s);
	libusb_free_pollfds(fds);
	libusb_set_pollfd_notifiers(s->context, watch, unwatch, s);
	return 0;
}

/* Whether more answers wait than the caller has room for. */
static void signal_more(struct usb_transport *s, bool on)
{
	const uint64_t one = 1;
	uint64_t count;

	if (on ? write(s->more, &one, sizeof(one)) < 0 : read(s->more, &count, sizeof(count)) < 0)
		return; /* it is already as it should be */
}

static void run_events(struct usb_transport *s, int timeout_ms)
{
	struct timeval timeout = {.tv_usec = timeout_ms * 1000};

	libusb_handle_events_timeout_completed(s->context, &timeout, NULL);
}

/* ---- Opening and closing */

static const char *next_step(int error)
{
	switch (error) {
	case ENOENT:
	case ENODEV:
	case EIO:
	case EPIPE:
		return "unplug it and plug it in again";
	case EBUSY:
		return "another program uses it: end that first";
	default:
		return "see the kernel's log";
	}
}

static int explain(const struct usb_found *found, int error, char *reason)
{
	if (error == EACCES || error == EPERM)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%.60s: no permission for /dev/bus/usb/%03u/%03u (run as root, or put "
			 "into /etc/udev/rules.d/60-anycan.rules: SUBSYSTEM==\"usb\", "
			 "ATTR{idVendor}==\"%04x\", ATTR{idProduct}==\"%04x\", MODE=\"0660\", "
			 "GROUP=\"plugdev\", TAG+=\"uaccess\")",
			 found->product, found->bus, found->address, found->vid, found->pid);
	else
		snprintf(reason, BRIDGED_REASON_SIZE, "USB %s %04x:%04x %.60s: %s (%s)",
			 found->name, found->vid, found->pid, found->product, strerror(error),
			 next_step(error));
	return error == EIO || error == EPIPE || error == ENOENT ? -ENODEV : -error;
}

static int errno_of(int libusb_error)
{
	switch (libusb_error) {
	case LIBUSB_ERROR_IO:
		return EIO;
	case LIBUSB_ERROR_INVALID_PARAM:
		return EINVAL;
	case LIBUSB_ERROR_ACCESS:
		return EACCES;
	case LIBUSB_ERROR_NO_DEVICE:
		return ENODEV;
	case LIBUSB_ERROR_NOT_FOUND:
		return ENOENT;
	case LIBUSB_ERROR_BUSY:
		return EBUSY;
	case LIBUSB_ERROR_TIMEOUT:
		return ETIMEDOUT;
	case LIBUSB_ERROR_OVERFLOW:
		return EOVERFLOW;
	case LIBUSB_ERROR_PIPE:
		return EPIPE;
	case LIBUSB_ERROR_NO_MEM:
		return ENOMEM;
	default:
		return EOPNOTSUPP;
	}
}

/* Somebody else's adapter stays theirs, unless the user says otherwise. */
static int check_owner(const struct usb_transport *s, const struct usb_found *found,
		       unsigned int interface, char *reason)
{
	struct usb_owner owner;

	usb_owner_of(USB_SYSFS, found, interface, &owner);
	if (!owner.driver[0])
		return 0;
	if (!strcmp(owner.driver, "usbfs"))
		return explain(found, EBUSY, reason);
	if (s->options->detach)
		return 0;
	if (owner.netdevs[0])
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%.60s: the kernel's driver %s serves it already, as %s: use that "
			 "(ip link set %.*s up type can bitrate 500000), or take it with: "
			 "detach-kernel-driver on",
			 found->product, owner.driver, owner.netdevs,
			 (int)strcspn(owner.netdevs, ","), owner.netdevs);
	else
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%.60s: the kernel's driver %s has it; take it with: "
			 "detach-kernel-driver on",
			 found->product, owner.driver);
	return -EBUSY;
}

static int find(const struct usb_transport *s, struct usb_found *found, char *reason)
{
	struct usb_selector again = {.vid = s->who.vid, .pid = s->who.pid, .bus = s->who.bus};
	const char *port = strchr(s->who.name, '-');
	char why[BRIDGED_REASON_SIZE];

	if (!s->who.vid)
		return usb_find(USB_SYSFS, &s->selector, s->base.usb_ids, found, reason);
	/* The same one as before: where it was, or elsewhere by its serial number. */
	snprintf(again.port, sizeof(again.port), "%s", port ? port + 1 : "");
	snprintf(again.serial, sizeof(again.serial), "%s", s->who.serial);
	if (!usb_find(USB_SYSFS, &again, s->base.usb_ids, found, why))
		return 0;
	again.bus = 0;
	again.port[0] = 0;
	if (!again.serial[0] || bridged_transport_stays(&s->base) ||
	    usb_find(USB_SYSFS, &again, s->base.usb_ids, found, reason))
		return -ENODEV;
	return 0;
}

static int open_handle(struct usb_transport *s, char *reason)
{
	int ret;

	/* Neither a thread nor udev: we have found the device ourselves. */
	libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
	ret = libusb_init(&s->context);
	if (!ret)
		ret = libusb_wrap_sys_device(s->context, s->node, &s->handle);
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "libusb: %s", libusb_strerror(ret));
	return ret ? -errno_of(ret) : 0;
}

static void read_endpoints(struct usb_transport *s, const struct libusb_interface_descriptor *alt)
{
	struct bridged_usb_device *device = &s->device;

	for (int i = 0; i < alt->bNumEndpoints; i++) {
		const struct libusb_endpoint_descriptor *from = &alt->endpoint[i];
		unsigned int n = device->endpoint_count;

		if (n == BRIDGED_USB_ENDPOINTS_MAX)
			break;
		device->endpoints[n].address = from->bEndpointAddress;
		device->endpoints[n].type = from->bmAttributes & LIBUSB_TRANSFER_TYPE_MASK;
		device->endpoints[n].max_packet = from->wMaxPacketSize & 0x7ff;
		device->endpoint_count++;
	}
}

static int read_descriptors(struct usb_transport *s, const struct usb_found *found,
			    unsigned int interface, char *reason)
{
	struct libusb_config_descriptor *config;
	struct libusb_device_descriptor descriptor;
	int ret = libusb_get_active_config_descriptor(libusb_get_device(s->handle), &config);

	if (ret)
		return explain(found, errno_of(ret), reason);
	libusb_get_device_descriptor(libusb_get_device(s->handle), &descriptor);
	s->device = (struct bridged_usb_device){
		.vid = found->vid,
		.pid = found->pid,
		.release = descriptor.bcdDevice,
		.interface = (uint8_t)interface,
	};
	memcpy(s->device.manufacturer, found->manufacturer, sizeof(s->device.manufacturer));
	memcpy(s->device.product, found->product, sizeof(s->device.product));
	memcpy(s->device.serial, found->serial, sizeof(s->device.serial));
	ret = -EINVAL;
	for (int i = 0; i < config->bNumInterfaces && ret; i++) {
		const struct libusb_interface *all = &config->interface[i];

		if (!all->num_altsetting || all->altsetting->bInterfaceNumber != interface)
			continue;
		read_endpoints(s, all->altsetting);
		ret = 0;
	}
	libusb_free_config_descriptor(config);
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "USB %s %04x:%04x %.60s: it has no interface %u (is it in its boot "
			 "loader?)",
			 found->name, found->vid, found->pid, found->product, interface);
	return ret;
}

static int claim(struct usb_transport *s, const struct usb_found *found, unsigned int interface,
		 char *reason)
{
	int ret;

	libusb_set_auto_detach_kernel_driver(s->handle, s->options->detach);
	ret = libusb_claim_interface(s->handle, (int)interface);
	return ret ? explain(found, errno_of(ret), reason) : 0;
}

static void cancel_all(struct usb_transport *s)
{
	s->closing = true;
	for (unsigned int i = 0; i < SLOTS; i++)
		if (s->slots[i].transfer)
			libusb_cancel_transfer(s->slots[i].transfer);
	for (int ms = 0; s->under_way && ms < CANCEL_MS; ms++)
		run_events(s, 1);
}

static void usb_close(struct bridged_transport *t)
{
	struct usb_transport *s = self(t);

	if (s->node < 0)
		return;
	if (s->context) {
		cancel_all(s);
		libusb_set_pollfd_notifiers(s->context, NULL, NULL, NULL);
	}
	if (s->handle) {
		libusb_release_interface(s->handle, s->device.interface);
		libusb_close(s->handle);
	}
	/* What the kernel did not give back in time must not be freed under its hands. */
	if (!s->under_way)
		free_slots(s);
	if (s->context)
		libusb_exit(s->context);
	if (s->events >= 0)
		close(s->events);
	if (s->more >= 0)
		close(s->more);
	close(s->node);
	s->handle = NULL;
	s->context = NULL;
	s->node = s->events = s->more = -1;
}

static void usb_free(struct bridged_transport *t)
{
	if (!t)
		return;
	usb_close(t);
	free(t);
}

static int set_up(struct usb_transport *s, const struct usb_found *found, unsigned int interface,
		  char *reason)
{
	int ret = open_handle(s, reason);

	if (!ret)
		ret = read_descriptors(s, found, interface, reason);
	if (!ret)
		ret = claim(s, found, interface, reason);
	if (ret)
		return ret;
	ret = make_slots(s);
	if (!ret)
		ret = watch_all(s);
	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "USB: %s", strerror(-ret));
	return ret;
}

static int usb_open(struct bridged_transport *t, char *reason)
{
	struct usb_transport *s = self(t);
	const struct bridged_usb_id *id;
	struct bridged_usb_id own;
	struct usb_found found;
	char path[64];
	int ret = find(s, &found, reason);

	if (ret)
		return ret;
	id = usb_selector_id(&s->selector, t->usb_ids, &own, &found);
	ret = check_owner(s, &found, id ? id->interface : 0, reason);
	if (ret)
		return ret;
	snprintf(path, sizeof(path), "/dev/bus/usb/%03u/%03u", found.bus, found.address);
	s->node = bridged_keeper_open(t->keeper, path);
	if (s->node < 0)
		return explain(&found, -s->node, reason);
	s->told = s->gone = s->closing = false;
	ret = set_up(s, &found, id ? id->interface : 0, reason);
	if (ret) {
		usb_close(t);
		return ret;
	}
	s->who = found;
	signal_more(s, true); /* the device record */
	return 0;
}

static void usb_scope(const struct bridged_transport *t, struct bridged_keeper_scope *scope)
{
	scope->vid = ((const struct usb_transport *)t)->who.vid;
	scope->pid = ((const struct usb_transport *)t)->who.pid;
}

static const char *usb_node(const struct bridged_transport *t)
{
	return ((const struct usb_transport *)t)->who.name;
}

static int usb_fd(const struct bridged_transport *t)
{
	return ((const struct usb_transport *)t)->events;
}

/* ---- Transfers */

static int status_of(enum libusb_transfer_status status)
{
	switch (status) {
	case LIBUSB_TRANSFER_COMPLETED:
		return 0;
	case LIBUSB_TRANSFER_TIMED_OUT:
		return -ETIMEDOUT;
	case LIBUSB_TRANSFER_CANCELLED:
		return -ECANCELED;
	case LIBUSB_TRANSFER_STALL:
		return -EPIPE;
	case LIBUSB_TRANSFER_NO_DEVICE:
		return -ENODEV;
	case LIBUSB_TRANSFER_OVERFLOW:
		return -EOVERFLOW;
	default:
		return -EPROTO;
	}
}

static bool brings_data(const struct bridged_usb_record *record)
{
	return record->type == BRIDGED_USB_CONTROL ? record->request_type & 0x80
						   : record->endpoint & 0x80;
}

static void LIBUSB_CALL ended(struct libusb_transfer *transfer)
{
	struct usb_slot *slot = transfer->user_data;
	struct usb_transport *s = slot->owner;
	int status = status_of(transfer->status);

	s->under_way--;
	if (slot->record.type != BRIDGED_USB_LISTEN)
		s->writes--;
	if (status == -ENODEV)
		s->gone = true;
	if (s->closing || (!status && slot->record.flags & BRIDGED_USB_QUIET)) {
		release(slot);
		return;
	}
	slot->record.status = (int16_t)status;
	slot->record.len = brings_data(&slot->record) ? (uint16_t)transfer->actual_length : 0;
	append(&s->done, slot);
}

static bool is_interrupt(const struct usb_transport *s, uint8_t endpoint)
{
	for (unsigned int i = 0; i < s->device.endpoint_count; i++)
		if (s->device.endpoints[i].address == endpoint)
			return s->device.endpoints[i].type == BRIDGED_USB_INTERRUPT;
	return false;
}

static void fill(struct usb_slot *slot)
{
	const struct bridged_usb_record *record = &slot->record;
	struct usb_transport *s = slot->owner;
	uint8_t *setup = slot->data - LIBUSB_CONTROL_SETUP_SIZE;
	int length = brings_data(record) ? record->wanted : record->len;

	if (record->type == BRIDGED_USB_CONTROL) {
		libusb_fill_control_setup(setup, record->request_type, record->request,
					  record->value, record->index, (uint16_t)length);
		libusb_fill_control_transfer(slot->transfer, s->handle, setup, ended, slot,
					     CONTROL_MS);
	} else if (is_interrupt(s, record->endpoint)) {
		libusb_fill_interrupt_transfer(slot->transfer, s->handle, record->endpoint,
					       slot->data, length, ended, slot, 0);
	} else {
		libusb_fill_bulk_transfer(slot->transfer, s->handle, record->endpoint, slot->data,
					  length, ended, slot, record->timeout_ms);
	}
}

/* What cannot even begin ends at once, as if the device had refused it. */
static void submit(struct usb_slot *slot)
{
	struct usb_transport *s = slot->owner;
	int ret;

	fill(slot);
	ret = libusb_submit_transfer(slot->transfer);
	if (!ret) {
		s->under_way++;
		if (slot->record.type != BRIDGED_USB_LISTEN)
			s->writes++;
		return;
	}
	if (ret == LIBUSB_ERROR_NO_DEVICE)
		s->gone = true;
	slot->record.status = (int16_t)-errno_of(ret);
	slot->record.len = 0;
	append(&s->done, slot);
	signal_more(s, true);
}

static struct usb_slot *take_free(struct usb_transport *s)
{
	struct usb_slot *slot = s->free;

	s->free = slot->next;
	return slot;
}

static void begin_request(struct usb_transport *s, const struct bridged_usb_record *record,
			  const uint8_t *data)
{
	unsigned int n = 1;

	if (record->type == BRIDGED_USB_LISTEN) {
		n = record->count;
		s->listening += n;
	}
	for (; n; n--) {
		struct usb_slot *slot = take_free(s);

		slot->record = *record;
		if (record->len)
			memcpy(slot->data, data, record->len);
		submit(slot);
	}
}

/* Whether there are slots for a request. Those that listen leave enough for the others. */
static bool has_room(const struct usb_transport *s, const struct bridged_usb_record *record)
{
	if (record->type == BRIDGED_USB_LISTEN)
		return s->listening + record->count <= 2 * BRIDGED_USB_LISTEN_MAX;
	return s->free && s->writes < BRIDGED_USB_REQUESTS_MAX;
}

static ssize_t usb_write(struct bridged_transport *t, const uint8_t *buf, size_t len)
{
	struct usb_transport *s = self(t);
	struct bridged_usb_record record;
	const uint8_t *data;
	size_t done = 0;
	int used;

	if (s->gone)
		return -ENODEV;
	while ((used = bridged_usb_answer(buf + done, len - done, &record, &data)) > 0) {
		if (!has_room(s, &record))
			break;
		begin_request(s, &record, data);
		done += (size_t)used;
	}
	return done ? (ssize_t)done : -EAGAIN;
}

/* A read that failed is tried again, after the endpoint was set right. */
static void listen_again(struct usb_slot *slot)
{
	struct usb_transport *s = slot->owner;

	s->failures = slot->record.status ? s->failures + 1 : 0;
	if (s->failures > FAILURES_MAX)
		s->gone = true;
	if (s->gone) {
		release(slot);
		return;
	}
	if (slot->record.status == -EPIPE)
		libusb_clear_halt(s->handle, slot->record.endpoint);
	submit(slot);
}

static void read_on(struct usb_slot *slot)
{
	struct usb_transport *s = slot->owner;

	if (slot->record.type == BRIDGED_USB_LISTEN) {
		listen_again(slot);
		return;
	}
	/* The next transfer on the endpoint is to find it working again. */
	if (slot->record.status == -EPIPE && slot->record.type != BRIDGED_USB_CONTROL && !s->gone)
		libusb_clear_halt(s->handle, slot->record.endpoint);
	release(slot);
}

static size_t tell_device(struct usb_transport *s, uint8_t *buf)
{
	const struct bridged_usb_record record = {
		.type = BRIDGED_USB_DEVICE,
		.len = sizeof(s->device),
	};

	memcpy(buf, &record, sizeof(record));
	memcpy(buf + sizeof(record), &s->device, sizeof(s->device));
	s->told = true;
	return sizeof(record) + sizeof(s->device);
}

static size_t hand_back(struct usb_slot *slot, uint8_t *buf)
{
	const struct bridged_usb_record *record = &slot->record;

	memcpy(buf, record, sizeof(*record));
	memcpy(buf + sizeof(*record), slot->data, record->len);
	return sizeof(*record) + record->len;
}

static ssize_t usb_read(struct bridged_transport *t, uint8_t *buf, size_t size)
{
	struct usb_transport *s = self(t);
	size_t len = 0;
	bool full = false;

	run_events(s, 0);
	signal_more(s, false);
	if (!s->told && size >= sizeof(struct bridged_usb_record) + sizeof(s->device))
		len = tell_device(s, buf);
	while (s->done.first && !full) {
		struct usb_slot *slot = s->done.first;

		full = size - len < sizeof(slot->record) + slot->record.len;
		if (full)
			break;
		take_first(&s->done);
		len += hand_back(slot, buf + len);
		read_on(slot);
	}
	if (s->done.first || (s->gone && len))
		signal_more(s, true);
	if (len)
		return (ssize_t)len;
	return s->gone ? -ENODEV : -EAGAIN;
}

static void usb_drain(struct bridged_transport *t, int timeout_ms)
{
	struct usb_transport *s = self(t);

	for (; timeout_ms > 0 && s->writes && !s->gone; timeout_ms--)
		run_events(s, 1);
}

const struct bridged_transport_class usb_transport = {
	.name = "usb",
	.summary = "[serial=S|bus=N,port=P|bus=N,address=N|index=N]: a USB device",
	.kind = BRIDGED_USB,
	.options = usb_options,
	.options_size = sizeof(struct usb_options),
	.match = usb_match,
	.create = usb_create,
	.free = usb_free,
	.open = usb_open,
	.close = usb_close,
	.scope = usb_scope,
	.node = usb_node,
	.fd = usb_fd,
	.read = usb_read,
	.write = usb_write,
	.drain = usb_drain,
};
