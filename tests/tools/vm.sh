#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Joining netdevs, also beside python-can's can_bridge where PYTHON_CAN names a folder with the
# newest python-can; and what anycan doctor finds in a kernel with CAN.

bus='-object can-bus,id=bus -device kvaser_pci,canbus=bus -device kvaser_pci,canbus=bus'
exec ../vm/run --timeout 200 --qemu "$bus" -- env PYTHON_CAN="${PYTHON_CAN:-}" \
	guest/vm
