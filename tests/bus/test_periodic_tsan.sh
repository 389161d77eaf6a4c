#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# test_periodic under TSan.

exec ../harness/cmocka.py "${ANYCAN_BUILD:-../../build}/tests/bus/test_periodic_tsan"
