#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# An adapter behind a real tty driver, pulled out and plugged in; on the newer kernel.

exec ./run --kernel 6.12 --usb --timeout 280 -- ./guest/usb
