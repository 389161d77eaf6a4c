/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Plug it in: from "there is a device" to an adapter's address, the names of its netdevs and their
 * settings. What udev's rules, the units and `anycan config` run is here; plug_device.h reads
 * sysfs, plug_config.h the configuration, plug_names.h keeps the names.
 */
#ifndef BRIDGED_PLUG_H
#define BRIDGED_PLUG_H

#include "config.h"
#include "plug_config.h"
#include "plug_device.h"
#include "plug_names.h"

/** struct plug - all that is known before an adapter is looked at */
struct plug {
	const char *root; /**< of sysfs */
	struct plug_config config;
	struct plug_names names;
};

/** plug_judge_adapter() - struct plug_judge's adapter(), with the drivers that there are */
int plug_judge_adapter(const char *driver, struct plug_pair *pair, char *reason);

/** plug_driver_named() - the driver that is called so, or NULL */
const struct bridged_driver *plug_driver_named(const char *name);

/** plug_driver_knows() - whether the table of @driver has the ids of @device */
bool plug_driver_knows(const struct bridged_driver *driver, const struct plug_device *device);

/**
 * plug_driver_of() - find out which driver a device is for
 * @config: files that may name one
 * @known: what udev's rules say, or NULL
 * @device: its .driver is filled; empty: for none
 */
void plug_driver_of(const struct plug_config *config, const char *known,
		    struct plug_device *device);

/** plug_open() - read configuration and record. Return: 0 or -ENOMEM */
int plug_open(struct plug *plug, enum plug_purpose purpose);

/** plug_log_errors() - say in the log which files have errors */
void plug_log_errors(const struct plug_config *config);

/** plug_close() - keep what was learnt, forget the rest */
void plug_close(struct plug *plug);

/**
 * plug_name() - the name that a netdev is to have
 * @device: whose it is, with its driver
 * @wish: which netdev of it
 * @name: room for IFNAMSIZ characters
 * @reason: room for BRIDGED_REASON_SIZE characters, filled on failure
 *
 * Return: 1: a file names it so; 0: it is a default; -EINVAL, -ENOTUNIQ, -ENFILE with @reason.
 */
int plug_name(struct plug *plug, const struct plug_device *device, const struct plug_wish *wish,
	      char *name, char *reason);

/**
 * plug_identify() - bridged --identify: print ID_CAN_* for udev
 * @place: the device in sysfs
 *
 * Return: exit status.
 */
int plug_identify(const char *place);

#endif
