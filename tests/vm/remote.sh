#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Adapters behind a serial server, ser2net, by RFC 2217; and requests to a running bridge.

exec ./run --timeout 280 -- ./guest/remote
