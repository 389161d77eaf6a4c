// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Which driver is meant, and what may be said to it in [Adapter].
 */
#include "plug.h"
#include "plug_keys.h"
#include "usb.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct bridged_driver *plug_driver_named(const char *name)
{
	for (int i = 0; bridged_drivers[i]; i++)
		if (!strcmp(bridged_drivers[i]->name, name) ||
		    (bridged_drivers[i]->alias && !strcmp(bridged_drivers[i]->alias, name)))
			return bridged_drivers[i];
	return NULL;
}

/* ---- Keys of [Adapter] */

static int unknown_driver(const char *name, char *reason)
{
	int n = snprintf(reason, BRIDGED_REASON_SIZE, "unknown driver '%.40s'; there are:", name);

	for (int i = 0; bridged_drivers[i]; i++)
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %s",
			      bridged_drivers[i]->name);
	return -EINVAL;
}

static int check_port(const char *name, char *reason)
{
	int n = snprintf(reason, BRIDGED_REASON_SIZE, "unknown port '%.40s'; there are:", name);

	for (int i = 0; bridged_ports[i]; i++) {
		if (!strcmp(bridged_ports[i]->name, name))
			return 0;
		n += snprintf(reason + n, BRIDGED_REASON_SIZE - (size_t)n, " %s",
			      bridged_ports[i]->name);
	}
	return -EINVAL;
}

/* A table of options, and the size of what they are put into. */
struct table {
	const struct bridged_option *options;
	size_t size;
};

#define TABLES_MAX 64

static unsigned int tables_of(const struct bridged_driver *driver, struct table *tables)
{
	unsigned int n = 0;

	for (int i = 0; bridged_drivers[i] && n < TABLES_MAX; i++)
		if (!driver || bridged_drivers[i] == driver)
			tables[n++] = (struct table){bridged_drivers[i]->options,
						     bridged_drivers[i]->options_size};
	for (int i = 0; bridged_transports[i] && n < TABLES_MAX; i++)
		if (!driver || bridged_transports[i]->kind == driver->transport)
			tables[n++] = (struct table){bridged_transports[i]->options,
						     bridged_transports[i]->options_size};
	for (int i = 0; bridged_ports[i] && n < TABLES_MAX; i++)
		tables[n++] =
			(struct table){bridged_ports[i]->options, bridged_ports[i]->options_size};
	return n;
}

static const struct bridged_option *find_option(const struct table *table, const char *key)
{
	const struct bridged_option *row = table->options;

	for (; row && row->name; row++)
		if (plug_same_key(row->name, key) || (row->alias && plug_same_key(row->alias, key)))
			return row;
	return NULL;
}

static int check_value(const struct table *table, const struct bridged_option *option,
		       const struct plug_pair *pair, char *reason)
{
	void *values = calloc(1, table->size + 1);
	int ret = -ENOMEM;

	if (values)
		ret = bridged_option_set(option, pair->value, values, reason, BRIDGED_REASON_SIZE);
	free(values);
	return ret;
}

static int unknown_key(const struct bridged_driver *driver, const struct table *tables,
		       unsigned int n_tables, const struct plug_pair *pair, char *reason)
{
	const char *setting = plug_key_find(PLUG_LINK, pair->key, reason);
	const struct table live = {driver ? driver->live : NULL, 0};
	size_t n;

	if (setting) {
		snprintf(reason, BRIDGED_REASON_SIZE, "%s is a key of [Link]: write it there",
			 setting);
		return -EINVAL;
	}
	if (find_option(&live, pair->key)) {
		snprintf(reason, BRIDGED_REASON_SIZE,
			 "%s is for a running adapter only: use anycan set NETDEV %s %.60s",
			 pair->key, pair->key, pair->value);
		return -EINVAL;
	}
	n = (size_t)snprintf(reason, BRIDGED_REASON_SIZE,
			     "[Adapter] has no key '%.40s'%s%s; there are: Driver Port", pair->key,
			     driver ? " for " : "", driver ? driver->name : "");
	for (unsigned int i = 0; i < n_tables; i++)
		for (const struct bridged_option *row = tables[i].options;
		     row && row->name && n < BRIDGED_REASON_SIZE; row++)
			if (!strstr(reason, row->name))
				n += (size_t)snprintf(reason + n, BRIDGED_REASON_SIZE - n, " %s",
						      row->name);
	return -EINVAL;
}

int plug_judge_adapter(const char *driver_name, struct plug_pair *pair, char *reason)
{
	const struct bridged_driver *driver = driver_name ? plug_driver_named(driver_name) : NULL;
	const struct bridged_option *option = NULL;
	struct table tables[TABLES_MAX];
	unsigned int n = tables_of(driver, tables), i;
	char *key;

	if (!strcmp(pair->key, "Driver"))
		return driver ? 0 : unknown_driver(pair->value, reason);
	if (!strcmp(pair->key, "Port"))
		return check_port(pair->value, reason);
	for (i = 0; i < n && !option; i++)
		option = find_option(&tables[i], pair->key);
	if (!option)
		return unknown_key(driver, tables, n, pair, reason);
	key = strdup(option->name);
	if (!key)
		return -ENOMEM;
	free(pair->key);
	pair->key = key;
	/* Without the driver's name another one's key of this name may be meant. */
	return driver ? check_value(&tables[i - 1], option, pair, reason) : 0;
}

/* ---- The driver for a device */

static bool fits(const struct bridged_driver *driver, const struct plug_device *device)
{
	return driver && device->kind == (driver->transport == BRIDGED_USB ? PLUG_USB : PLUG_TTY);
}

bool plug_driver_knows(const struct bridged_driver *driver, const struct plug_device *device)
{
	const struct bridged_usb_id *ids =
		device->kind == PLUG_TTY ? driver->tty_ids : driver->usb_ids;

	for (; ids && ids->vid; ids++)
		if (ids->vid == device->vid && ids->pid == device->pid &&
		    (!ids->product ||
		     !strncmp(device->product, ids->product, strlen(ids->product))))
			return true;
	return false;
}

/* What the drivers' own tables say. */
static const char *tabled_driver(const struct plug_device *device)
{
	for (int i = 0; bridged_drivers[i]; i++)
		if (fits(bridged_drivers[i], device) &&
		    plug_driver_knows(bridged_drivers[i], device))
			return bridged_drivers[i]->name;
	return "";
}

void plug_driver_of(const struct plug_config *config, const char *known, struct plug_device *device)
{
	const struct bridged_driver *driver = known ? plug_driver_named(known) : NULL;
	const struct plug_file *file;
	const struct plug_pair *pair;

	if (device->kind == PLUG_NET)
		return; /* the kernel's */
	snprintf(device->driver, sizeof(device->driver), "%s",
		 fits(driver, device) ? driver->name : tabled_driver(device));
	file = plug_config_adapter(config, device);
	pair = file ? plug_file_get(file, PLUG_ADAPTER, "Driver") : NULL;
	driver = pair ? plug_driver_named(pair->value) : NULL;
	if (fits(driver, device))
		snprintf(device->driver, sizeof(device->driver), "%s", driver->name);
}
