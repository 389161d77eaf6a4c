#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The same as gs_usb.sh on the newer kernel, whose gs_usb knows berr-reporting and device states.

cd "$(dirname "$0")/../.." || exit 1
exec tests/vm/run --kernel 6.12 --smp 1 --timeout 280 -- tests/sim/gs_usb_guest.sh
