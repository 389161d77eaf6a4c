#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# robotell, seeedstudio and serial at the full speed of their lines: behind QEMU's USB serial
# adapter and behind ser2net; on the newer kernel.

exec ./run --kernel 6.12 --usb --timeout 290 -- ./guest/serial
