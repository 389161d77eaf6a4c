#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The same with everything that can go wrong, and on cantap.

./kernel --headers 6.1 >/dev/null && make -s -C ../.. kmod || exit
exec ./run --timeout 280 -- ./guest/restart.py
