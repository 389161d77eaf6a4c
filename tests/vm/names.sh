#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Serial adapters that are plugged in become netdevs with their names and settings.

exec ./run --usb --timeout 600 -- ./guest/names
