#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The same on every port, attaching, and slcand beside the real one.

exec ./run --timeout 800 -- ./guest/control all
