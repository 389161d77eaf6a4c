/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Waiting for a device.
 */
#ifndef BRIDGED_PLUG_WAIT_H
#define BRIDGED_PLUG_WAIT_H

#include "plug.h"

/**
 * plug_find() - the device of an identity that is plugged in now
 * @plug: as plug_open() filled it
 * @id: the identity
 * @device: filled, with its driver
 *
 * Return: 0; -ENODEV: it is not there; -EINVAL: there is no such driver.
 */
int plug_find(struct plug *plug, const char *id, struct plug_device *device);

/**
 * plug_wait() - the same; until it is there
 *
 * The service manager is told that this takes its time. Configuration and record are read again
 * at every try.
 *
 * Return: 0, with @plug for the caller to close; or a negative errno other than -ENODEV.
 */
int plug_wait(struct plug *plug, const char *id, struct plug_device *device);

#endif
