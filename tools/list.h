/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of anycan list.
 */
#ifndef TOOLS_LIST_H
#define TOOLS_LIST_H

#include <anycan/clock.h>
#include <anycan/detect.h>
#include <stdbool.h>

struct anycan_rtnl;

/* What has not been found by then is not listed. */
#define LIST_PATIENCE_NS (5 * ANYCAN_NS_PER_S)

/**
 * list_adapters() - print adapters on USB and PCI, and who uses them
 * @list: set to all that can be opened, to be given to anycan_detected_free()
 *
 * Return: how many there are in @list, or a negative errno.
 */
int list_adapters(struct anycan_rtnl *rtnl, struct anycan_detected **list);

/** list_json() - print everything as JSON, an object a line. Return: 0 or a negative errno */
int list_json(struct anycan_rtnl *rtnl);

#endif
