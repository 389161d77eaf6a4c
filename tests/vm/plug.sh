#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Adapters that are plugged in, under the systemd and udev of Debian.

exec ./run --systemd --usb --timeout 280 -- ./guest/plug
