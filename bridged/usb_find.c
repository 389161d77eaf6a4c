// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Finding USB devices in sysfs.
 */
#include "usb_find.h"
#include "sysfs.h"
#include "transport.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More devices than a host can have; what is beyond is not looked at. */
#define DEVICES_MAX 512

static bool read_device(const char *sysfs, const char *name, struct usb_found *found)
{
	char device[PATH_MAX];

	memset(found, 0, sizeof(*found));
	snprintf(device, sizeof(device), "%s/%s", sysfs, name);
	snprintf(found->name, sizeof(found->name), "%s", name);
	found->vid = (uint16_t)sysfs_read_number(device, "idVendor", 16);
	found->pid = (uint16_t)sysfs_read_number(device, "idProduct", 16);
	found->bus = (unsigned int)sysfs_read_number(device, "busnum", 10);
	found->address = (unsigned int)sysfs_read_number(device, "devnum", 10);
	sysfs_read_text(device, "manufacturer", found->manufacturer, sizeof(found->manufacturer));
	sysfs_read_text(device, "product", found->product, sizeof(found->product));
	sysfs_read_text(device, "serial", found->serial, sizeof(found->serial));
	/* A device that went away in between has lost its numbers. */
	return found->vid && found->bus && found->address;
}

/* Devices are called BUS-PORT[.PORT]...; interfaces have a colon, root hubs begin with usb. */
static int is_device(const struct dirent *entry)
{
	return entry->d_name[0] >= '0' && entry->d_name[0] <= '9' && !strchr(entry->d_name, ':') &&
	       strlen(entry->d_name) < sizeof(((struct usb_found *)0)->name);
}

int usb_each(const char *sysfs, int (*visit)(const struct usb_found *found, void *arg), void *arg)
{
	struct dirent **entries;
	struct usb_found found;
	int n = scandir(sysfs, &entries, is_device, versionsort);
	int ret = 0;

	if (n < 0)
		return -ENODEV;
	for (int i = 0; i < n; i++) {
		if (!ret && i < DEVICES_MAX && read_device(sysfs, entries[i]->d_name, &found))
			ret = visit(&found, arg);
		free(entries[i]);
	}
	free(entries);
	return ret;
}

static int is_netdev(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static void read_netdevs(const char *interface, char *netdevs, size_t size)
{
	struct dirent **entries;
	char path[PATH_MAX];
	size_t len = 0;
	int n;

	snprintf(path, sizeof(path), "%.4000s/net", interface);
	n = scandir(path, &entries, is_netdev, versionsort);
	for (int i = 0; i < n; i++) {
		if (len < size)
			len += (size_t)snprintf(netdevs + len, size - len, "%s%.15s",
						len ? "," : "", entries[i]->d_name);
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
}

void usb_owner_of(const char *sysfs, const struct usb_found *found, unsigned int interface,
		  struct usb_owner *owner)
{
	char device[PATH_MAX], path[PATH_MAX];
	unsigned long configuration;

	memset(owner, 0, sizeof(*owner));
	snprintf(path, sizeof(path), "%s/%s", sysfs, found->name);
	configuration = sysfs_read_number(path, "bConfigurationValue", 10);
	snprintf(device, sizeof(device), "%.4000s:%lu.%u", path, configuration, interface);
	sysfs_link_name(device, "driver", owner->driver, sizeof(owner->driver));
	if (owner->driver[0])
		read_netdevs(device, owner->netdevs, sizeof(owner->netdevs));
}

/* ---- Which one is meant */

static int wrong(char *reason, const char *text, const char *why)
{
	snprintf(reason, BRIDGED_REASON_SIZE, "USB address '%.100s': %s", text, why);
	return -EINVAL;
}

static bool parse_number(const char *value, int base, unsigned long max, unsigned int *number)
{
	unsigned long parsed;
	char *end;

	if (!*value || strspn(value, "0123456789abcdefABCDEF") != strlen(value))
		return false;
	errno = 0;
	parsed = strtoul(value, &end, base);
	*number = (unsigned int)parsed;
	return !*end && !errno && parsed <= max;
}

/* Return: NULL, or what is wrong. */
static const char *set_number(struct usb_selector *selector, const char *key, const char *value)
{
	unsigned int number;

	if (!strcmp(key, "vid") || !strcmp(key, "pid")) {
		if (!parse_number(value, 16, UINT16_MAX, &number) || !number)
			return "vid and pid have 1 to 4 hex digits, as lsusb shows them";
		*(key[0] == 'v' ? &selector->vid : &selector->pid) = (uint16_t)number;
		return NULL;
	}
	if (!parse_number(value, 10, 1023, &number))
		return "bus, address and index are numbers";
	if (!strcmp(key, "index")) {
		selector->index = number;
		selector->has_index = true;
	} else {
		*(key[0] == 'b' ? &selector->bus : &selector->address) = number;
	}
	return NULL;
}

static const char *set_item(struct usb_selector *selector, const char *key, const char *value)
{
	static const char *const numbers[] = {"address", "bus", "index", "pid", "vid"};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(key, numbers[i]))
			return set_number(selector, key, value);
	if (!strcmp(key, "serial")) {
		if (!*value || strlen(value) >= sizeof(selector->serial))
			return "serial has 1 to 63 characters";
		strcpy(selector->serial, value);
		return NULL;
	}
	if (!strcmp(key, "port")) {
		if (!*value || strspn(value, "0123456789.") != strlen(value) ||
		    strlen(value) >= sizeof(selector->port))
			return "port is a path such as 2 or 2.3, as in /sys/bus/usb/devices";
		strcpy(selector->port, value);
		return NULL;
	}
	return "it takes serial=, bus=, address=, port=, index=, vid= and pid=, with commas "
	       "between, or nothing where there is only one";
}

static const char *check_selector(const struct usb_selector *selector)
{
	if (selector->has_index && (selector->bus || selector->address || selector->port[0]))
		return "give either index or bus with address or port";
	if ((selector->address || selector->port[0]) && !selector->bus)
		return "address and port need bus beside them";
	if (selector->address && selector->port[0])
		return "give either address or port";
	if (!selector->vid != !selector->pid)
		return "vid and pid go together";
	return NULL;
}

int usb_selector_parse(struct usb_selector *selector, const char *text, char *reason)
{
	char items[256], *save = NULL, *item, *value;
	const char *why = NULL;

	memset(selector, 0, sizeof(*selector));
	if (strlen(text) >= sizeof(items))
		return wrong(reason, text, "it is too long");
	strcpy(items, text);
	for (item = strtok_r(items, ",", &save); item && !why; item = strtok_r(NULL, ",", &save)) {
		value = strchr(item, '=');
		if (value)
			*value++ = 0;
		if (!value && strspn(item, "0123456789") == strlen(item))
			why = set_number(selector, "index", item);
		else
			why = set_item(selector, item, value ? value : "");
	}
	if (!why)
		why = check_selector(selector);
	return why ? wrong(reason, text, why) : 0;
}

const struct bridged_usb_id *usb_selector_id(const struct usb_selector *selector,
					     const struct bridged_usb_id *ids,
					     struct bridged_usb_id *own,
					     const struct usb_found *found)
{
	if (selector->vid) {
		*own = (struct bridged_usb_id){.vid = selector->vid, .pid = selector->pid};
		return found->vid == own->vid && found->pid == own->pid ? own : NULL;
	}
	for (; ids->vid; ids++)
		if (found->vid == ids->vid && found->pid == ids->pid &&
		    (!ids->product || !strncmp(found->product, ids->product, strlen(ids->product))))
			return ids;
	return NULL;
}

struct search {
	const struct usb_selector *selector;
	const struct bridged_usb_id *ids;
	struct usb_found *found;
	unsigned int matches;
	char *list; /* of those that match, for people */
	size_t list_len;
};

/* The name is the bus, a dash and the path of ports. */
static const char *port_of(const struct usb_found *found)
{
	const char *dash = strchr(found->name, '-');

	return dash ? dash + 1 : "";
}

static bool is_meant(const struct usb_selector *selector, const struct usb_found *found)
{
	if (selector->serial[0] && strcmp(selector->serial, found->serial))
		return false;
	if (selector->bus && selector->bus != found->bus)
		return false;
	if (selector->address && selector->address != found->address)
		return false;
	return !selector->port[0] || !strcmp(selector->port, port_of(found));
}

static int look_at(const struct usb_found *found, void *arg)
{
	struct search *search = arg;
	const struct usb_selector *selector = search->selector;
	struct bridged_usb_id own;
	int n;

	if (!usb_selector_id(selector, search->ids, &own, found) || !is_meant(selector, found))
		return 0;
	if (!selector->has_index || search->matches == selector->index)
		*search->found = *found;
	search->matches++;
	n = snprintf(search->list + search->list_len, BRIDGED_REASON_SIZE - search->list_len,
		     "%s bus=%u,port=%s (serial %s)", search->list_len ? ";" : "", found->bus,
		     port_of(found), found->serial[0] ? found->serial : "none");
	search->list_len += (size_t)n;
	if (search->list_len >= BRIDGED_REASON_SIZE)
		search->list_len = BRIDGED_REASON_SIZE - 1;
	return 0;
}

int usb_find(const char *sysfs, const struct usb_selector *selector,
	     const struct bridged_usb_id *ids, struct usb_found *found, char *reason)
{
	char list[BRIDGED_REASON_SIZE] = "";
	struct search search = {.selector = selector, .ids = ids, .found = found, .list = list};
	int ret = usb_each(sysfs, look_at, &search);

	if (ret)
		snprintf(reason, BRIDGED_REASON_SIZE, "%s: this machine shows no USB", sysfs);
	else if (!search.matches)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "no such adapter is plugged in (`anycan list` shows what is there)");
	else if (selector->has_index && selector->index >= search.matches)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "index %u: there are only %u such adapters, counted from 0:%.300s",
			 selector->index, search.matches, list);
	else if (!selector->has_index && search.matches > 1)
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%u such adapters are plugged in; name one of them:%.300s", search.matches,
			 list);
	else
		return 0;
	return search.matches > 1 && !selector->has_index ? -ENOTUNIQ : -ENODEV;
}
