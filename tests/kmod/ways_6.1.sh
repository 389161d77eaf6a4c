#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Programs beside ip that set a netdev of cantap, on kernel 6.1.

exec ../vm/run --kernel 6.1 --timeout 280 -- guest/ways
