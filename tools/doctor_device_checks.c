// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What can keep an adapter from becoming a netdev.
 */
#include "doctor.h"

#include <string.h>

/* FTDI's chips wait this long for more bytes before they pass on what they have. */
#define LATENCY_MS 1

static bool by_program(const struct doctor_device *device)
{
	return !strcmp(device->driver, "usbfs");
}

static void judge_there(const struct doctor_facts *facts, unsigned int index,
			struct doctor_verdict *v)
{
	if (!facts->devices[index].missing)
		return;
	doctor_say(v, DOCTOR_PROBLEM, "there is no such adapter");
	doctor_next(v, "is it plugged in? anycan list shows those there are; dmesg tells what the "
		       "kernel saw");
}

static void judge_bridge(const struct doctor_facts *facts, unsigned int index,
			 struct doctor_verdict *v)
{
	const struct doctor_device *device = &facts->devices[index];

	if (device->missing)
		return;
	if (device->netdev[0])
		doctor_say(v, DOCTOR_OK, "it is bridged to %s", device->netdev);
	else if (device->netdevs[0])
		doctor_say(v, DOCTOR_OK, "the kernel's driver %s has made %s of it", device->driver,
			   device->netdevs);
	else if (device->certain && (!device->driver[0] || device->path[0] == '/')) {
		doctor_say(v, DOCTOR_PROBLEM, "it is plugged in, and no bridge serves it");
		doctor_next(v, "bridged %s can0 bitrate 500000, or what the bus has",
			    device->address);
	} else if (!device->certain) {
		doctor_say(v, DOCTOR_NOTE,
			   "an adapter may be on this serial port; nothing is bridged");
		doctor_next(v, "if so: bridged %s can0 bitrate 500000", device->address);
	}
}

static void judge_driver(const struct doctor_facts *facts, unsigned int index,
			 struct doctor_verdict *v)
{
	const struct doctor_device *device = &facts->devices[index];

	if (device->netdev[0] || device->netdevs[0] || !device->node[0] || !device->driver[0])
		return;
	if (by_program(device)) {
		doctor_say(v, DOCTOR_PROBLEM, "another program uses it");
		doctor_next(v, "end that program; `lsof /dev/bus/usb` as root tells which it is");
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "the kernel's driver %s has it, and made no netdev of it",
		   device->driver);
	doctor_next(v, "take it from that driver: echo %s:1.0 >/sys/bus/usb/drivers/%s/unbind",
		    device->node, device->driver);
}

static void judge_permission(const struct doctor_facts *facts, unsigned int index,
			     struct doctor_verdict *v)
{
	const struct doctor_device *device = &facts->devices[index];

	if (!device->path[0] || device->netdev[0] || device->netdevs[0] || device->missing)
		return;
	if (device->usable) {
		doctor_say(v, DOCTOR_OK, "this user may open %s", device->path);
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "this user may not open %s (owner %s, group %s, mode %03o)",
		   device->path, device->owner, device->group, device->mode);
	if (device->group_usable && !device->in_group && strcmp(device->group, "root"))
		doctor_next(v, "usermod -aG %s $USER, and log in again", device->group);
	else
		doctor_next(v, "install anycan's udev rules and plug it in again, or become root");
}

static void judge_holder(const struct doctor_facts *facts, unsigned int index,
			 struct doctor_verdict *v)
{
	const struct doctor_device *device = &facts->devices[index];

	if (device->netdev[0] || device->missing)
		return;
	if (!device->holder[0]) {
		if (!device->hidden || device->netdevs[0])
			return;
		doctor_say(v, DOCTOR_NOTE,
			   "whether another user's program has %s open cannot be seen",
			   device->path);
		doctor_next(v, "sudo anycan doctor");
		return;
	}
	doctor_say(v, DOCTOR_PROBLEM, "%s (process %d) has %s open", device->holder,
		   device->holder_pid, device->path);
	if (!strcmp(device->holder, "ModemManager"))
		doctor_next(v,
			    "it takes every serial port for a modem: install anycan's udev rules "
			    "(ID_MM_DEVICE_IGNORE), or systemctl disable --now ModemManager");
	else if (!strcmp(device->holder, "brltty"))
		doctor_next(v, "it takes the chip for a Braille display: apt-get remove brltty, or "
			       "systemctl mask --now brltty-udev");
	else
		doctor_next(v, "end it; two programs share an adapter by its netdev");
}

static void judge_latency(const struct doctor_facts *facts, unsigned int index,
			  struct doctor_verdict *v)
{
	const struct doctor_device *device = &facts->devices[index];

	if (device->latency_ms <= LATENCY_MS)
		return;
	doctor_say(v, DOCTOR_NOTE, "its FTDI chip holds back what it received for up to %u ms",
		   device->latency_ms);
	if (device->netdev[0])
		doctor_next(v,
			    "bridged could not change that; as root: echo 1 "
			    ">/sys/bus/usb-serial/devices/%s/latency_timer",
			    strrchr(device->path, '/') + 1);
	else
		doctor_next(v, "bridged sets it to %d ms", LATENCY_MS);
}

static void judge_serial(const struct doctor_facts *facts, unsigned int index,
			 struct doctor_verdict *v)
{
	const struct doctor_device *device = &facts->devices[index];
	unsigned int same = 0;

	for (unsigned int i = 0; device->serial[0] && i < facts->n_devices; i++)
		if (!strcmp(facts->devices[i].serial, device->serial))
			same++;
	if (same < 2)
		return;
	doctor_say(v, DOCTOR_NOTE, "%u adapters have the serial number %s", same, device->serial);
	doctor_next(v, "tell them apart by where they are plugged in: port=%s",
		    device->node[0] ? device->node : "1-4.2");
}

const struct doctor_check doctor_device_checks[] = {
	{"device-missing", judge_there}, {"device-permission", judge_permission},
	{"device-holder", judge_holder}, {"device-driver", judge_driver},
	{"device-bridge", judge_bridge}, {"device-latency", judge_latency},
	{"device-serial", judge_serial}, {NULL, NULL},
};
