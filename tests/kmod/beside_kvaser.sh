#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Back-pressure as on a Kvaser card.

bus='-object can-bus,id=bus -device kvaser_pci,canbus=bus -device kvaser_pci,canbus=bus'
exec ../vm/run --timeout 200 --qemu "$bus" -- guest/beside_kvaser
