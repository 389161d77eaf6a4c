#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The module on a kernel with KASAN, lockdep and kmemleak, by hand: debug.sh [contract|crash|...].
# Several times slower than on a plain one.

cd "$(dirname "$0")" || exit 1
make -s all || exit
kernel=$(./debug-kernel) || exit
exec ../vm/run --kernel "$kernel" --smp 2 --memory 2048 --timeout 3600 -- guest/"${1:-contract}"
