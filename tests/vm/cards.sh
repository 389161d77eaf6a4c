#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Names and settings for netdevs of cards that the kernel has a driver for.

bus='-object can-bus,id=bus -device kvaser_pci,canbus=bus -device kvaser_pci,canbus=bus'
exec ./run --timeout 280 --qemu "$bus" -- ./guest/cards
