#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The simulated adapters, as the kernel's own slcan line discipline sees them: slcand_guest.sh in
# a virtual machine with Debian's kernel. With one processor: on two, the kernel's receive path
# (a work item that moves between them, and a backlog for each) now and then swaps frames.

cd "$(dirname "$0")/../.." || exit 1
exec tests/vm/run --smp 1 --timeout 240 -- tests/sim/slcand_guest.sh
