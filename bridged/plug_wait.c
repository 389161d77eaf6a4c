// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Finding the device of an identity, and hearing from the kernel that there is a new one.
 */
#include "plug_wait.h"
#include "notify.h"

#include <anycan/log.h>
#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* How long one waits for news before one looks all the same, and how long for them to end. */
#define LOOK_MS 10000
#define SETTLE_MS 100

/* The kernel's own news; udev's are group 2. */
#define KERNEL_GROUP 1

struct search {
	struct plug *plug;
	const struct bridged_driver *driver;
	const char *id;
	struct plug_device *found;
};

static int look_at(const struct plug_device *device, void *arg)
{
	const struct search *search = arg;
	struct plug_device other = *device;
	char id[PLUG_ID_SIZE];

	if (device->kind == PLUG_NET)
		return 0;
	/* udev may know of serial ports more than the drivers' tables do. */
	plug_driver_of(&search->plug->config, search->driver->name, &other);
	if (strcmp(other.driver, search->driver->name) ||
	    plug_names_identify(&search->plug->names, search->plug->root, &other, id) ||
	    strcmp(id, search->id))
		return 0;
	*search->found = other;
	return 1;
}

int plug_find(struct plug *plug, const char *id, struct plug_device *device)
{
	struct search search = {.plug = plug, .id = id, .found = device};
	char name[32];

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(id, ":"), id);
	search.driver = plug_driver_named(name);
	if (!search.driver)
		return -EINVAL;
	return plug_device_each(plug->root, look_at, &search) == 1 ? 0 : -ENODEV;
}

/* Return: a socket that is readable when there is news, or -1. */
static int listen_to_kernel(void)
{
	const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP};
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void wait_for_news(int fd)
{
	struct pollfd news = {.fd = fd, .events = POLLIN};
	int timeout_ms = LOOK_MS;
	char text[4096];

	/* A plug makes many of them. */
	while (poll(&news, 1, timeout_ms) > 0) {
		while (recv(fd, text, sizeof(text), 0) >= 0 || errno == ENOBUFS)
			;
		timeout_ms = SETTLE_MS;
	}
}

int plug_wait(struct plug *plug, const char *id, struct plug_device *device)
{
	char status[PLUG_ID_SIZE + 80];
	int fd = listen_to_kernel();
	bool told = false;
	int ret;

	for (;;) {
		ret = plug_open(plug, PLUG_LOOK);
		if (!ret)
			ret = plug_find(plug, id, device);
		if (!ret)
			break;
		plug_close(plug);
		if (ret != -ENODEV)
			break;
		if (!told)
			anycan_log(ANYCAN_LOG_INFO, "%s: waiting until it is plugged in", id);
		told = true;
		snprintf(status, sizeof(status),
			 "EXTEND_TIMEOUT_USEC=%d\nSTATUS=%s is not plugged in; waiting for it",
			 3000 * LOOK_MS, id);
		bridged_notify(status);
		wait_for_news(fd);
	}
	if (fd >= 0)
		close(fd);
	return ret;
}
