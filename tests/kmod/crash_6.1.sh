#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The process behind netdevs is killed under load, on kernel 6.1.

exec ../vm/run --kernel 6.1 --smp 2 --timeout 850 -- guest/crash
