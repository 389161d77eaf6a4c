#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# can_viewer beside python-can's on vcan; anycan view on several netdevs.

exec ../vm/run --timeout 250 -- ./guest/view.py
