/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#ifndef TOOLS_VIEW_RATES_H
#define TOOLS_VIEW_RATES_H

#include <stdint.h>

/** view_rates_find() - the bit rates of a netdev or hub; 0 where nobody tells */
void view_rates_find(const char *name, uint32_t *bitrate, uint32_t *dbitrate);

#endif
