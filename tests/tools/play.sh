#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# anycan play beside canplayer, can_player beside python-can's, send and gen beside cansend, on
# netdevs.

bus='-object can-bus,id=bus -device kvaser_pci,canbus=bus -device kvaser_pci,canbus=bus'
exec ../vm/run --timeout 280 --qemu "$bus" -- ./guest/play.py
