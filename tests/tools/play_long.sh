#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Ten minutes of log, played and recorded: the error of each frame's time, and what it has grown to
# at the end.

exec ../vm/run --smp 2 --timeout 900 -- ../bench/play.py --seconds "${SECONDS_OF_LOG:-600}" \
	--rate 100 --only "anycan play"
