#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The gs_usb driver beside the kernel's own, on simulated adapters; on the newer kernel, whose
# driver knows most of the protocol.

exec ./run --kernel 6.12 --timeout 280 -- ./guest/gs_usb
