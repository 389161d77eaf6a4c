#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The socket unit for attaching, under Debian's systemd.

exec ./run --systemd --usb --timeout 280 -- ./guest/attach
