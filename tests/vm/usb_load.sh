#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# USB adapters on full buses.

exec ./run --timeout 280 -- ./guest/usb_load
