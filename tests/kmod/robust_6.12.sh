#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The module under load and under attack, on kernel 6.12.

exec ../vm/run --kernel 6.12 --smp 2 --timeout 850 -- guest/robust
