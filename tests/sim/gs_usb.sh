#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The simulated gs_usb adapters, as the kernel's own driver sees them: gs_usb_guest.sh in a virtual
# machine with Debian's kernel. With one processor, as in slcand.sh.

cd "$(dirname "$0")/../.." || exit 1
exec tests/vm/run --smp 1 --timeout 280 -- tests/sim/gs_usb_guest.sh
