#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# anycan log beside candump, can_logger beside python-can's.

exec ../vm/run --timeout 280 -- ./guest/log.py "${FRAMES:-10000}"
