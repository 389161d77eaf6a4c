#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# robotell, seeedstudio and serial adapters on netdevs of cantap.

exec ../vm/run --kernel 6.12 --timeout 280 -- guest/serial_drivers
