#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# A netdev in the hands of members of group can.

exec ./run --timeout 280 -- ./guest/control
