#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The unit of an adapter, restarted, killed and stopped by the systemd of Debian.

make -s installed || exit
exec ./run --systemd --usb --timeout 280 -- ./guest/plug_restart
