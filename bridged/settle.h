/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The end of a bridge, before its adapter is taken off the bus.
 */
#ifndef BRIDGED_SETTLE_H
#define BRIDGED_SETTLE_H

#include "adapter.h"

/**
 * bridged_settle() - let what applications have sent go out on the bus
 * @adapter: one that is served; its loop has stopped
 *
 * Returns at once if there is nothing, after a second at the latest, and when nothing moves.
 */
void bridged_settle(struct bridged_adapter *adapter);

#endif
