#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# dkms and `make install` in the virtual machine. Compiling takes minutes there.

cd "$(dirname "$0")" || exit 1
command -v dkms >/dev/null || {
	echo "TAP version 13"
	echo "1..0 # SKIP dkms is missing (install it with: apt-get install dkms)"
	exit 4
}
headers=$(../vm/kernel --headers "${KERNEL:-6.1}") || exit
exec ../vm/run --kernel "${KERNEL:-6.1}" --smp 2 --timeout 1500 -- guest/dkms "$headers"
