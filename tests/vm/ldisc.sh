#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# A netdev of the kernel's own slcan, with the daemon as its adapter.

exec ./run --timeout 280 -- ./guest/ldisc
