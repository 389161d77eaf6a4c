#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Two bridged adapters on one bus, used by can-utils.

exec ./run --smp 2 --timeout 280 -- ./guest/traffic
