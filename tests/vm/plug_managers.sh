#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The examples for other network managers, under the systemd and udev of Debian.

exec ./run --systemd --timeout 280 -- ./guest/plug_managers
