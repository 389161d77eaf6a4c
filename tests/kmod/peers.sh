#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Tests of others on netdevs of cantap, by hand, for they are no Debian packages. Folders, with
# what is to be built there built:
#   KSELFTEST_CAN  the kernel's tools/testing/selftests/net/can
#   CAN_TESTS      linux-can/can-tests
#   PYTHON_CAN     hardbyte/python-can; python3-pytest and python3-parameterized run its tests

: "${KSELFTEST_CAN:=}" "${CAN_TESTS:=}" "${PYTHON_CAN:=}"
if [ -z "$KSELFTEST_CAN$CAN_TESTS$PYTHON_CAN" ]; then
	echo "TAP version 13"
	echo "1..0 # SKIP set KSELFTEST_CAN, CAN_TESTS or PYTHON_CAN to a folder"
	exit 4
fi
exec ../vm/run --kernel "${KERNEL:-6.1}" --smp 2 --timeout 580 -- env \
	KSELFTEST_CAN="$KSELFTEST_CAN" CAN_TESTS="$CAN_TESTS" PYTHON_CAN="$PYTHON_CAN" \
	guest/peers
