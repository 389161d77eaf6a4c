#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# robotell, seeedstudio and serial adapters behind a real tty driver, and behind a serial server.

exec ./run --kernel 6.12 --usb --timeout 290 -- ./guest/serial
