#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Drivers and the codecs of transports are pure: their objects call nothing but memory and text
functions, lib's helpers without I/O, and themselves. The list of drivers is no driver."""

import os
import re
import subprocess

import style

OBJECTS = os.path.join(style.TOP, "build/obj")
ALLOWED = re.compile(
    r"(mem|str)[a-z]+"
    r"|anycan_(bittiming|hex|frame|clock|string|wire|mono)_\w+|anycan_dlc2len|anycan_len2dlc"
    r"|_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|_DYNAMIC"
)
# Functions of str* and mem* that are not pure.
FORBIDDEN = {"strdup", "strndup", "strerror", "strerror_r", "strsignal", "strcoll", "strftime"}


def symbols(path, *options):
    listing = subprocess.run(
        ["nm", "-P", *options, path], stdout=subprocess.PIPE, text=True, check=True
    )
    return [line.split()[0] for line in listing.stdout.splitlines() if line]


def is_pure(symbol):
    return bool(ALLOWED.fullmatch(symbol)) and symbol not in FORBIDDEN


def drivers():
    paths = style.files("bridged/drivers/*.c", "bridged/transports/*_codec.c")
    return [path for path in paths if os.path.basename(path) != "list.c"]


def check_drivers():
    if not drivers():
        raise style.Skip("there is no driver")
    objects = {path: os.path.join(OBJECTS, path[:-2] + ".o") for path in drivers()}
    for path, built in objects.items():
        if not os.path.exists(built):
            yield style.Offence(path, 1, "was not built: make -C tests/style all")
            return
    own = set()
    for built in objects.values():
        own.update(symbols(built, "--defined-only", "-g"))
    for path, built in objects.items():
        for symbol in symbols(built, "-u"):
            if not is_pure(symbol) and symbol not in own:
                yield style.Offence(path, 1, f"this must not use {symbol}")


if __name__ == "__main__":
    style.run(check_drivers)
