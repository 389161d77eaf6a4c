/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Attributes and links of sysfs, which are one line of text each.
 */
#ifndef BRIDGED_SYSFS_H
#define BRIDGED_SYSFS_H

#include <stdbool.h>
#include <stddef.h>

/**
 * sysfs_root() - where sysfs is: /sys, or what ANYCAN_SYSFS names, for tests
 */
const char *sysfs_root(void);

/**
 * sysfs_read_text() - an attribute without its newline
 * @device: the device's folder
 * @attribute: name of the file
 * @text: room for @size characters; empty where there is no such attribute
 */
void sysfs_read_text(const char *device, const char *attribute, char *text, size_t size);

/** sysfs_read_number() - an attribute that is a number, 0 where there is none */
unsigned long sysfs_read_number(const char *device, const char *attribute, int base);

/** sysfs_has() - whether there is such an attribute */
bool sysfs_has(const char *device, const char *attribute);

/** sysfs_link_name() - last part of what a link such as `driver` points to; empty: no such link */
void sysfs_link_name(const char *device, const char *link, char *name, size_t size);

#endif
