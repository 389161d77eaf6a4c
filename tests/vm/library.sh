#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Periodic sending, subscriptions and words for error frames, with the kernel's broadcast manager.

exec ./run --timeout 200 -- ./guest/library
