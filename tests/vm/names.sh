#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Adapters that are plugged in become netdevs with their names and settings: real ttys, and cards
# that the kernel has a driver for.

bus='-object can-bus,id=bus -device kvaser_pci,canbus=bus -device kvaser_pci,canbus=bus'
exec ./run --usb --timeout 280 --qemu "$bus" -- ./guest/names
