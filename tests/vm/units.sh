#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The unit tests that need a kernel with CAN.

exec ./run --timeout 200 -- ./guest/units
