#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The life of a bridge: up and down, unplugged, killed, refused, merged, moved.

exec ./run --timeout 280 -- ./guest/lifecycle
