#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The bridges' traffic test on netdevs of cantap, on kernel 6.12.

exec ../vm/run --kernel 6.12 --smp 2 --timeout 400 -- guest/traffic
