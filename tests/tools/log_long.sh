#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# anycan log beside candump over 100,000 frames, and on four buses at full load.

exec ../vm/run --smp 2 --timeout 900 -- ./guest/log_long.py "${FRAMES:-100000}"
