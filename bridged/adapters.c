// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * bridged --adapters, for `anycan list` and for scripts.
 */
#include "adapters.h"
#include "driver.h"
#include "usb_find.h"

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

struct listing {
	const struct bridged_driver *driver;
	struct json_object *array;
};

static void add(struct json_object *to, const char *key, const char *text)
{
	if (text[0])
		json_object_object_add(to, key, json_object_new_string(text));
}

static void add_hex(struct json_object *to, const char *key, uint16_t number)
{
	char text[8];

	snprintf(text, sizeof(text), "%04x", number);
	add(to, key, text);
}

/* By its serial number it is found wherever it is plugged in. */
static void add_address(struct json_object *to, const struct bridged_driver *driver,
			const struct usb_found *found)
{
	const char *port = strchr(found->name, '-');
	char address[160];

	if (found->serial[0] && !strpbrk(found->serial, ", "))
		snprintf(address, sizeof(address), "%s:serial=%s", driver->name, found->serial);
	else
		snprintf(address, sizeof(address), "%s:bus=%u,port=%s", driver->name, found->bus,
			 port ? port + 1 : "");
	add(to, "address", address);
}

static int describe(const struct usb_found *found, void *arg)
{
	static const struct usb_selector any;
	const struct listing *listing = arg;
	const struct bridged_usb_id *id;
	struct bridged_usb_id own;
	struct json_object *to;
	struct usb_owner owner;

	id = usb_selector_id(&any, listing->driver->usb_ids, &own, found);
	if (!id)
		return 0;
	usb_owner_of(USB_SYSFS, found, id->interface, &owner);
	to = json_object_new_object();
	add(to, "driver", listing->driver->name);
	add_address(to, listing->driver, found);
	add(to, "name", id->name);
	add(to, "product", found->product);
	add(to, "manufacturer", found->manufacturer);
	add(to, "serial", found->serial);
	add_hex(to, "vid", found->vid);
	add_hex(to, "pid", found->pid);
	add(to, "node", found->name);
	add(to, "used_by", owner.driver);
	add(to, "netdevs", owner.netdevs);
	json_object_array_add(listing->array, to);
	return 0;
}

void bridged_print_adapters(void)
{
	struct json_object *array = json_object_new_array();

	for (int i = 0; bridged_drivers[i]; i++) {
		struct listing listing = {bridged_drivers[i], array};

		/* A machine without USB has none, which is an answer. */
		if (bridged_drivers[i]->usb_ids)
			usb_each(USB_SYSFS, describe, &listing);
	}
	printf("%s\n", json_object_to_json_string_ext(
			       array, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(array);
}
