// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Serial ports on USB. What is behind one is not asked, that would disturb what is no CAN adapter;
 * some tell by their USB identity.
 */
#include "detect.h"

#include <libserialport.h>
#include <stdio.h>
#include <string.h>

/* Source: the adapters' own firmware and drivers. */
static const struct {
	uint16_t vid, pid;
	const char *product; /* what its name must begin with; NULL: any */
	const char *driver;
} known[] = {
	{0x0403, 0xffa8, NULL, "slcan"},      /* LAWICEL CANUSB */
	{0x0483, 0x5740, "USB2CAN", "slcan"}, /* WeAct, with ST's numbers for any such port */
	{0x16d0, 0x117e, NULL, "slcan"},      /* CANable 2 */
	{0xad50, 0x60c4, NULL, "slcan"},      /* CANable, CANtact */
};

static const char *const drivers[] = {"robotell", "seeedstudio", "serial", "slcan"};

static const char *known_driver(uint16_t vid, uint16_t pid, const char *product)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].vid == vid && known[i].pid == pid &&
		    (!known[i].product ||
		     !strncmp(product, known[i].product, strlen(known[i].product))))
			return known[i].driver;
	return NULL;
}

static void add_as(struct detect_search *search, struct anycan_detected *found, const char *driver,
		   const char *port)
{
	snprintf(found->interface, sizeof(found->interface), "%s", driver);
	snprintf(found->address, sizeof(found->address), "%s:%s", driver, port);
	detect_add(search, found);
}

static void take_port(struct detect_search *search, struct sp_port *port)
{
	struct anycan_detected found = {0};
	const char *product = sp_get_port_usb_product(port);
	const char *serial = sp_get_port_usb_serial(port);
	const char *driver;
	int vid = 0, pid = 0;

	product = product ? product : sp_get_port_description(port);
	sp_get_port_usb_vid_pid(port, &vid, &pid);
	found.vid = (uint16_t)vid;
	found.pid = (uint16_t)pid;
	snprintf(found.model, sizeof(found.model), "%s", product ? product : "");
	snprintf(found.serial, sizeof(found.serial), "%s", serial ? serial : "");
	driver = known_driver(found.vid, found.pid, found.model);
	found.certain = driver;
	if (driver) {
		if (detect_wants(search, driver))
			add_as(search, &found, driver, sp_get_port_name(port));
		return;
	}
	/* slcan is by far the most likely one. */
	if (detect_wants_all(search)) {
		add_as(search, &found, "slcan", sp_get_port_name(port));
		return;
	}
	for (size_t i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++)
		if (detect_wants(search, drivers[i]))
			add_as(search, &found, drivers[i], sp_get_port_name(port));
}

void detect_serial(struct detect_search *search)
{
	struct sp_port **ports;

	if (sp_list_ports(&ports))
		return;
	for (int i = 0; ports[i]; i++)
		if (sp_get_port_transport(ports[i]) == SP_TRANSPORT_USB)
			take_port(search, ports[i]);
	sp_free_port_list(ports);
}
