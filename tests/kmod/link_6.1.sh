#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Controllers and bit timing as the library sees them, on kernel 6.1, with a Kvaser card besides.

bus='-object can-bus,id=bus -device kvaser_pci,canbus=bus -device kvaser_pci,canbus=bus'
exec ../vm/run --kernel 6.1 --timeout 280 --qemu "$bus" -- guest/link
