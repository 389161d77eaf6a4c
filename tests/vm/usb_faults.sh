#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# USB adapters with every fault that a USB device can have.

exec ./run --timeout 280 -- ./guest/usb_faults
