// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Plugging into the kernel's virtual host controller: a socket pair, one end of which is given to
 * vhci_hcd through sysfs.
 * Source: drivers/usb/usbip/vhci_sysfs.c of Linux: its files attach, detach and status.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <anycan/clock.h>

#include "usbip.h"

#define VHCI "/sys/devices/platform/vhci_hcd.0/"

/* A port that has just been left is busy until the kernel has cleaned it up. */
enum {
	PORT_FREE = 4, /* the kernel's VDEV_ST_NULL */
	ATTEMPTS = 200
};

static int vhci_write(const char *file, const char *text)
{
	int fd = open(file, O_WRONLY | O_CLOEXEC);
	ssize_t n;
	int err = 0;

	if (fd < 0)
		return -errno;
	n = write(fd, text, strlen(text));
	if (n < 0)
		err = -errno;
	close(fd);
	return err;
}

/* The state of @port, or with -1 the first free port. High and full speed share a hub. */
static int vhci_status(int *port, int *state)
{
	FILE *file = fopen(VHCI "status", "re");
	char hub[8], line[256];
	int number, sta;

	if (!file)
		return -errno;
	*state = -1;
	while (*state < 0 && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%7s %d %d", hub, &number, &sta) != 3 || strcmp(hub, "hs"))
			continue;
		if (*port == number || (*port < 0 && sta == PORT_FREE)) {
			*port = number;
			*state = sta;
		}
	}
	fclose(file);
	return 0;
}

static int vhci_wait_free(int *port)
{
	const struct timespec pause = {.tv_nsec = 5 * ANYCAN_NS_PER_MS};
	int state, err;

	for (int i = 0; i < ATTEMPTS; i++) {
		err = vhci_status(port, &state);
		if (err)
			return err;
		if (state < 0)
			return *port < 0 ? -EBUSY : -ENODEV;
		if (state == PORT_FREE)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -EBUSY;
}

int vhci_attach(enum usb_speed speed, int *port, int *fd, struct sim_why *why)
{
	int ends[2], err = vhci_wait_free(port);
	char text[64];

	if (err == -ENOENT)
		return sim_why(why, err, "no virtual USB host controller (modprobe vhci-hcd)");
	if (err && *port < 0)
		return sim_why(why, err, "no port of vhci_hcd is free");
	if (err)
		return sim_why(why, err, "port %d of vhci_hcd: %s", *port, strerror(-err));
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return sim_why(why, -errno, "socketpair: %s", strerror(errno));
	/* Bus number 1, device 1: what the number says matters to nobody. */
	snprintf(text, sizeof(text), "%d %d %d %d", *port, ends[0], 1 << 16 | 1, speed);
	err = vhci_write(VHCI "attach", text);
	close(ends[0]);
	if (err) {
		close(ends[1]);
		return sim_why(why, err, "attaching to port %d of vhci_hcd: %s", *port,
			       strerror(-err));
	}
	*fd = ends[1];
	return 0;
}

void vhci_detach(int port)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", port);
	vhci_write(VHCI "detach", text);
}
