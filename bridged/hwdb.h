/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * bridged --hwdb: the drivers' tables of adapters in the form of hwdb(7).
 */
#ifndef BRIDGED_HWDB_H
#define BRIDGED_HWDB_H

/** bridged_print_hwdb() - print what udev's rules look adapters up in */
void bridged_print_hwdb(void);

#endif
