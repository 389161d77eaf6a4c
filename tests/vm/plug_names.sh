#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Adapters pulled out and plugged in again in any order keep their names, after a boot as well.

dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
./run --systemd --usb --timeout 2400 --dir "$dir" -- env ROUNDS="${ROUNDS:-20}" \
	./guest/plug_names first &&
	./run --systemd --usb --timeout 280 --dir "$dir" -- ./guest/plug_names second
