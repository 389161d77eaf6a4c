#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The canalystii driver on a simulated CANalyst-II.

exec ./run --timeout 280 -- ./guest/canalystii
