#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Python's user-space drivers on the simulated USB adapters, through libusb and a real kernel: by
# hand, for they are no Debian packages. PYTHON_CANALYSTII and PYTHON_GS_USB are folders with the
# packages canalystii (projectgus/python-canalystii) and gs_usb (jxltom/gs_usb), PYTHON_CAN one
# with a newer python-can than the installed one.

cd "$(dirname "$0")/../.." || exit 1
: "${PYTHON_CANALYSTII:=}" "${PYTHON_GS_USB:=}" "${PYTHON_CAN:=}"
if [ -z "$PYTHON_CANALYSTII$PYTHON_GS_USB" ]; then
	echo "TAP version 13"
	echo "1..0 # SKIP set PYTHON_CANALYSTII or PYTHON_GS_USB to a checkout"
	exit 4
fi
exec tests/vm/run --smp 1 --timeout 280 -- env PYTHON_CANALYSTII="$PYTHON_CANALYSTII" \
	PYTHON_GS_USB="$PYTHON_GS_USB" PYTHONPATH="$PYTHON_CAN" tests/sim/usb_python_guest.py
