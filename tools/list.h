/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The parts of anycan list.
 */
#ifndef TOOLS_LIST_H
#define TOOLS_LIST_H

#include <stdbool.h>

struct anycan_rtnl;

/** list_adapters() - print adapters on USB and PCI, and who uses them. Return: 0 */
int list_adapters(struct anycan_rtnl *rtnl);

#endif
