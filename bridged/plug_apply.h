/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * bridged --apply, which `anycan apply` runs.
 */
#ifndef BRIDGED_PLUG_APPLY_H
#define BRIDGED_PLUG_APPLY_H

/**
 * plug_apply() - name and set up a netdev of the kernel's drivers
 * @netdev: its name, ifindex, or place in sysfs
 *
 * Return: exit status: BRIDGED_EXIT_USAGE if a file is wrong.
 */
int plug_apply(const char *netdev);

#endif
