#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# A bridge that is restarted, or killed, while applications use its netdev.

exec ./run --timeout 280 -- ./guest/restart.py short
